"""Who may do what: one table of verbs and roles, read by every door through the services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qc.errors import NotAllowed
from qc.models import User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

Role = User.Role
_QUALITY = frozenset({Role.ENGINEER, Role.MANAGER})
_MANAGER = frozenset({Role.MANAGER})
_OUTSIDE = frozenset({Role.SUPPLIER})
_INSIDE = frozenset({Role.INSPECTOR, Role.ENGINEER, Role.MANAGER, Role.PLANT_MANAGER, Role.PURCHASING, Role.AUDITOR})

VERBS: dict[str, frozenset[User.Role]] = {
    "defect.record": _QUALITY | {Role.INSPECTOR, Role.INTEGRATION},
    "defect.correct": _QUALITY | {Role.INSPECTOR},
    "defect.void": _QUALITY | {Role.INSPECTOR},
    "defect.restore": _QUALITY,
    "catalogue.edit": _QUALITY,
    "duplicates.policy": _MANAGER,
    "exposure.record": _QUALITY | {Role.INSPECTOR, Role.INTEGRATION},
    "master.edit": _QUALITY,
    "import.read": _QUALITY | {Role.AUDITOR},
    "import.records": _QUALITY | {Role.INTEGRATION},
    "import.master": _QUALITY,
    "plant.edit": _MANAGER,
    "contact.edit": _QUALITY | {Role.PURCHASING},
    "finding.decide": _QUALITY,
    "case.open": _QUALITY | {Role.INSPECTOR},
    "case.edit": _QUALITY,
    "case.close": _QUALITY,
    "case.waive": _MANAGER,
    "case.cancel": _MANAGER,
    "case.rules": _MANAGER,
    "lot.hold": _QUALITY | {Role.INSPECTOR},
    "lot.release": _QUALITY,
    "cost.edit": _QUALITY | {Role.PURCHASING},
    "cause_code.edit": _MANAGER,
    "action.edit": _QUALITY,
    "action.carry_out": _QUALITY | {Role.INSPECTOR, Role.PURCHASING},
    "action.verify": _QUALITY,
    "comment.write": _QUALITY | {Role.INSPECTOR, Role.PURCHASING, Role.PLANT_MANAGER},
    "attachment.add": _QUALITY | {Role.INSPECTOR},
    "request.issue": _QUALITY,
    "request.review": _QUALITY,
    "request.cancel": _MANAGER,
    "shipping.edit": _QUALITY,
    "claim.edit": _QUALITY | {Role.PURCHASING},
    "request.message": _QUALITY | {Role.PURCHASING},
    "request.answer": _OUTSIDE,
    "schedule.edit": _QUALITY | {Role.PLANT_MANAGER},
    "audit.read": frozenset({Role.AUDITOR, Role.MANAGER}),
    "system.manage": _MANAGER,
    "ladder.edit": _MANAGER,
    "score.read": _QUALITY | {Role.PURCHASING, Role.AUDITOR},
    "score.rules": _MANAGER,
    "score.input": _QUALITY | {Role.PURCHASING},
}


def may(user: User | AnonymousUser, verb: str) -> bool:
    """Whether the user's role includes the verb. KeyError for a verb that is not in the table."""
    roles = VERBS[verb]
    if not user.is_authenticated or not user.is_active:
        return False
    return user.role == Role.SYSTEM or user.role in roles


def require(user: User | AnonymousUser, verb: str) -> None:
    """Refuse when the role does not include the verb."""
    if not may(user, verb):
        raise NotAllowed("Your role does not include this step. Ask a quality manager.")


def is_inside(user: User | AnonymousUser) -> bool:
    """Whether this is one of our own people."""
    return bool(user.is_authenticated and user.is_active and user.role in _INSIDE | {Role.SYSTEM})
