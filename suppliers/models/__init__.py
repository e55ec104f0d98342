"""What exists only because a supplier is outside: requests, stages, answers, evidence, links, scores."""

from suppliers.models.evidence import Evidence, EvidenceQuerySet, Message, evidence_path
from suppliers.models.links import AccessLink
from suppliers.models.requests import (
    CorrectiveActionRequest,
    CorrectiveActionRequestQuerySet,
    RequestScopedQuerySet,
    Stage,
    StageQuerySet,
    StageScopedQuerySet,
    Submission,
)
from suppliers.models.scorecards import Scorecard, ScorecardQuerySet

__all__ = [
    "AccessLink",
    "CorrectiveActionRequest",
    "CorrectiveActionRequestQuerySet",
    "Evidence",
    "EvidenceQuerySet",
    "Message",
    "RequestScopedQuerySet",
    "Scorecard",
    "ScorecardQuerySet",
    "Stage",
    "StageQuerySet",
    "StageScopedQuerySet",
    "Submission",
    "evidence_path",
]
