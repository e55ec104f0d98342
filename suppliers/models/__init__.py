"""What exists only because a supplier is outside: requests, stages, answers, evidence, links, scores."""

from suppliers.models.agreements import (
    ClaimMove,
    ControlledShipping,
    CostClaim,
    Extension,
    SortResult,
)
from suppliers.models.contacts import ContactCard, ContactCardQuerySet
from suppliers.models.evidence import Evidence, EvidenceQuerySet, evidence_path
from suppliers.models.ladders import LadderRung, Round
from suppliers.models.links import AccessLink, AccessLinkQuerySet
from suppliers.models.messages import Message, MessageRead, MessageReadQuerySet
from suppliers.models.requests import (
    CorrectiveActionRequest,
    CorrectiveActionRequestQuerySet,
    RequestScopedQuerySet,
    Stage,
    StageQuerySet,
    StageScopedQuerySet,
    Submission,
)
from suppliers.models.scorecards import Scorecard, ScorecardQuerySet, ScoreMonth, ScoreRules
from suppliers.models.sharing import SharedDefect

__all__ = [
    "AccessLink",
    "AccessLinkQuerySet",
    "ClaimMove",
    "ContactCard",
    "ContactCardQuerySet",
    "ControlledShipping",
    "CorrectiveActionRequest",
    "CorrectiveActionRequestQuerySet",
    "CostClaim",
    "Evidence",
    "EvidenceQuerySet",
    "Extension",
    "LadderRung",
    "Message",
    "MessageRead",
    "MessageReadQuerySet",
    "RequestScopedQuerySet",
    "Round",
    "ScoreMonth",
    "ScoreRules",
    "Scorecard",
    "ScorecardQuerySet",
    "SharedDefect",
    "SortResult",
    "Stage",
    "StageQuerySet",
    "StageScopedQuerySet",
    "Submission",
    "evidence_path",
]
