"""The life of a case in one table: which step leads from where to where, who may take it, and what it still needs.

The verbs of `cases` and the page's "what is next" both read it, so they never disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from qc import permissions
from qc.errors import NotAllowed, Refused, Stale
from qc.models import (
    Cause,
    CorrectiveAction,
    EffectivenessCheck,
    Finding,
    Nonconformance,
    Severity,
    User,
)
from qc.services import board, events
from qc.services.board import undisposed
from qc.services.scope import require_visible

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.utils.functional import _StrPromise

S = Nonconformance.Status
Act = CorrectiveAction.Status
Result = EffectivenessCheck.Result
Needs = Callable[[Nonconformance, User], list[str]]
ANYWHERE = (S.OPEN, S.CONTAINED, S.IN_REVIEW, S.DISPOSITIONED, S.INVESTIGATING, S.ACTION_PLAN, S.VERIFYING)


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table. `to` is None for a verb that does not move the case."""

    verb: str
    sources: tuple[str, ...]
    to: str | None
    permission: str
    label: _StrPromise
    needs: Needs
    is_side: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What a person could do now: `blockers` are sentences, empty when the step can be taken.

    `is_side` marks what is possible beside the main way (cancel, another containment).
    """

    verb: str
    label: str
    to: str
    blockers: tuple[str, ...]
    is_allowed: bool
    is_side: bool

    @property
    def is_ready(self) -> bool:
        """Whether the person may take the step now."""
        return self.is_allowed and not self.blockers


def nothing(case: Nonconformance, user: User) -> list[str]:
    """Only what the person types in is needed."""
    return []


def suspect_material(case: Nonconformance) -> bool:
    """Whether there is a quantity that has to be disposed of."""
    return bool(case.suspect_quantity)


def is_repeat(case: Nonconformance) -> bool:
    """Whether the same defect type had an earlier case in this plant, or this case came back after it was closed."""
    if case.reopened_from_id:
        return True
    if case.defect_type_id is None:
        return False
    others = Nonconformance.objects.filter(plant_id=case.plant_id, defect_type_id=case.defect_type_id)
    return others.exclude(status=S.CANCELLED).filter(pk__lt=case.pk).exists()


def live_checks(case: Nonconformance) -> list[EffectivenessCheck]:
    """The checks of the present loop: what an earlier one decided says nothing of the fix that came after it."""
    checks = [c for c in case.effectiveness_checks.all() if c.action.status != Act.CANCELLED]
    return [c for c in checks if c.numbers.get("loop", 0) == case.loops]


def to_investigate(case: Nonconformance, user: User) -> list[str]:
    """A case is investigated when it is systemic, serious or a repeat; or again when the fix did not help."""
    if case.status == S.VERIFYING:
        if any(check.result == Result.NOT_EFFECTIVE for check in live_checks(case)):
            return []
        return [_("No effectiveness check says that the fix failed.")]
    if case.status == S.CONTAINED and suspect_material(case):
        return [_("There is suspect material: review and dispose of it first.")]
    serious = case.severity in (Severity.MAJOR, Severity.CRITICAL)
    if serious or case.verdict == Finding.Verdict.SYSTEMIC or is_repeat(case):
        return []
    return [_("A minor case that is neither systemic nor a repeat needs no investigation: close it with a reason.")]


def to_finish_dispositions(case: Nonconformance, user: User) -> list[str]:
    """The dispositions add up to the suspect quantity, and the review board has signed each."""
    left, missing = undisposed(case), []
    if left > 0:
        missing.append(_("%(left)s of %(all)s has no disposition yet.") % _amounts(case, left))
    if left < 0:
        text = _("The dispositions exceed the suspect quantity of %(all)s by %(left)s.")
        missing.append(text % _amounts(case, -left))
    return missing + [each.missing for each in board.decided(board.standing(case)) if each.missing]


def _amounts(case: Nonconformance, left: Decimal) -> dict[str, str]:
    return {"left": plain(left), "all": plain(case.suspect_quantity or Decimal(0))}


def plain(quantity: Decimal) -> str:
    """A quantity as people write it: 12 or 0.5."""
    return f"{quantity.normalize():f}"


def to_plan(case: Nonconformance, user: User) -> list[str]:
    """One verified cause for why it happened and one for why it was not found."""
    legs = {cause.leg for cause in case.causes.all() if cause.verified_at is not None}
    missing = []
    if Cause.Leg.OCCURRENCE not in legs:
        missing.append(_("A verified cause for why it happened (occurrence) is missing."))
    if Cause.Leg.ESCAPE not in legs:
        missing.append(_("A verified cause for why it was not found in time (escape) is missing."))
    return missing


def to_verify(case: Nonconformance, user: User) -> list[str]:
    """Every corrective action is implemented with evidence, and a check of its effect is planned."""
    corrective = [each for each in case.actions.all() if each.kind == CorrectiveAction.Kind.CORRECTIVE]
    actions = [(each.title, each.status) for each in corrective if each.status != Act.CANCELLED]
    if not actions:
        return [_("There is no corrective action.")]
    missing = []
    if waiting := [title for title, status in actions if status not in (Act.DONE, Act.VERIFIED)]:
        text = ngettext("Not implemented yet: %(titles)s.", "%(count)d not implemented yet: %(titles)s.", len(waiting))
        missing.append(text % {"count": len(waiting), "titles": "; ".join(waiting[:5])})
    if not any(check.result in (Result.NOT_YET, Result.EFFECTIVE) for check in live_checks(case)):
        missing.append(_("No check is planned that will show whether the fix helps."))
    return missing


def to_close(case: Nonconformance, user: User) -> list[str]:
    """Settled actions and an effective fix, judged by someone who did not implement it; or a one-off."""
    missing = unsettled(case)
    if case.status != S.VERIFYING:
        return missing + _to_close_a_one_off(case)
    results = {check.result for check in live_checks(case)}
    if Result.NOT_EFFECTIVE in results:
        missing.append(_("The fix was not effective: investigate again."))
    elif Result.NOT_YET in results or Result.EFFECTIVE not in results:
        missing.append(_("It is not shown yet that the fix is effective."))
    if any(each.done_by_id == user.pk and each.status != Act.CANCELLED for each in case.actions.all()):
        missing.append(_("You carried out an action of this case, so someone else closes it."))
    return missing


def to_waive(case: Nonconformance, user: User) -> list[str]:
    """A waiver spares the proof that the fix helps, not the second look at what was done."""
    return unsettled(case)


def unsettled(case: Nonconformance) -> list[str]:
    """Actions that wait for somebody, and lots that nobody has released."""
    titles = [each.title for each in _open_actions(case)]
    missing = on_hold(case)
    if titles:
        text = _("Not verified by a second person yet: %(titles)s.")
        missing.insert(0, text % {"titles": "; ".join(titles[:5])})
    return missing


def _open_actions(case: Nonconformance) -> list[CorrectiveAction]:
    return [each for each in case.actions.all() if each.status not in (Act.VERIFIED, Act.CANCELLED)]


def on_hold(case: Nonconformance) -> list[str]:
    """Lots that this case keeps on hold: without it nobody would know why."""
    codes = [hold.lot_code for hold in case.holds.all() if hold.released_at is None]
    if not codes:
        return []
    return [_("Still on hold: %(lots)s. Release them first, with a reason.") % {"lots": "; ".join(codes[:5])}]


def to_cancel(case: Nonconformance, user: User) -> list[str]:
    """No supplier is still at work for it, and nothing is on hold."""
    missing = on_hold(case)
    if titles := [each.title for each in _open_actions(case) if each.supplier_id]:
        text = _("A supplier is still working on: %(titles)s. Cancel that first.")
        missing.insert(0, text % {"titles": "; ".join(titles[:5])})
    return missing


def _to_close_a_one_off(case: Nonconformance) -> list[str]:
    if case.verdict != Finding.Verdict.ONE_OFF:
        return [_("Only a one-off is closed without an investigation.")]
    if case.status == S.CONTAINED and suspect_material(case):
        return [_("There is suspect material: review and dispose of it first.")]
    return []


TABLE: tuple[Transition, ...] = (
    Transition("contain", (S.OPEN,), S.CONTAINED, "case.edit", gettext_lazy("Contain"), nothing),
    Transition("review", (S.CONTAINED,), S.IN_REVIEW, "case.edit", gettext_lazy("Review the material"), nothing),
    Transition("dispose", (S.IN_REVIEW,), None, "case.dispose", gettext_lazy("Decide what happens to it"), nothing),
    Transition(
        "finish_dispositions",
        (S.IN_REVIEW,),
        S.DISPOSITIONED,
        "case.edit",
        gettext_lazy("Finish the review"),
        to_finish_dispositions,
    ),
    Transition(
        "investigate",
        (S.CONTAINED, S.DISPOSITIONED, S.VERIFYING),
        S.INVESTIGATING,
        "case.edit",
        gettext_lazy("Investigate"),
        to_investigate,
    ),
    Transition(
        "close", (S.VERIFYING, S.DISPOSITIONED, S.CONTAINED), S.CLOSED, "case.close", gettext_lazy("Close"), to_close
    ),
    Transition(
        "add_cause", (S.INVESTIGATING, S.ACTION_PLAN), None, "case.edit", gettext_lazy("Record a cause"), nothing
    ),
    Transition("plan_actions", (S.INVESTIGATING,), S.ACTION_PLAN, "case.edit", gettext_lazy("Plan actions"), to_plan),
    Transition(
        "start_verifying", (S.ACTION_PLAN,), S.VERIFYING, "case.edit", gettext_lazy("Start verifying"), to_verify
    ),
    Transition("waive", (S.VERIFYING,), S.CLOSED, "case.waive", gettext_lazy("Close by a waiver"), to_waive, True),
    Transition("contain", ANYWHERE[1:], None, "case.edit", gettext_lazy("Add a containment"), nothing, True),
    Transition("cancel", ANYWHERE, S.CANCELLED, "case.cancel", gettext_lazy("Cancel the case"), to_cancel, True),
)


def may(user: User | AnonymousUser, permission: str) -> bool:
    """Whether the person may take a step: by role, and for dispositions also as a member of the review board."""
    if permission == "case.dispose":
        member = bool(getattr(user, "is_mrb_member", False))
        return permissions.may(user, "case.edit") or (member and permissions.may(user, "comment.write"))
    return permissions.may(user, permission)


def next_steps(case: Nonconformance, user: User, *, only: Collection[str] = ()) -> list[Step]:
    """What can happen to the case now, in the table's order, and what blocks each step; of all verbs or only some."""
    rows = [row for row in TABLE if case.status in row.sources and (not only or row.verb in only)]
    return [
        Step(
            verb=row.verb,
            label=str(row.label),
            to=row.to or case.status,
            blockers=tuple(row.needs(case, user)),
            is_allowed=may(user, row.permission),
            is_side=row.is_side,
        )
        for row in rows
    ]


def begin(by: User, case: Nonconformance, verb: str, *, version: int | None = None) -> Nonconformance:
    """The locked case, ready for the step; the first thing that a verb does.

    NotAllowed for the wrong role or a case that is not the person's, Stale for an old version, Refused when the step
    is not possible from here or something is missing.
    """
    row = _row(case, verb)
    if not may(by, row.permission if row else _permission(verb)):
        raise NotAllowed(_("Your role does not include this step. Ask a quality manager."))
    require_visible(by, case)
    current = locked(case, version)
    row = _row(current, verb)
    if row is None:
        text = _("%(number)s is “%(state)s”: this step is not possible now.")
        raise Refused(text % {"number": current.number, "state": current.get_status_display()})
    if missing := row.needs(current, by):
        raise Refused(" ".join(missing))
    return current


def begin_beside(by: User, case: Nonconformance, permission: str) -> Nonconformance:
    """The locked case for a verb that is no step of its life: holds, links, defects. Refused when it is finished."""
    permissions.require(by, permission)
    require_visible(by, case)
    current = locked(case)
    if not current.is_open:
        raise Refused(_("%(number)s is finished and stays as it is.") % {"number": current.number})
    return current


def locked(case: Nonconformance, version: int | None = None) -> Nonconformance:
    """The case as it is now, held until commit. Stale when the person saw an older version."""
    current = Nonconformance.objects.select_for_update().get(pk=case.pk)
    if version is not None and current.version != version:
        text = _("%(number)s was changed by someone else meanwhile. Look at it again before you change it.")
        raise Stale(text % {"number": current.number})
    return current


def _row(case: Nonconformance, verb: str) -> Transition | None:
    return next((row for row in TABLE if row.verb == verb and case.status in row.sources), None)


def _permission(verb: str) -> str:
    return next(row.permission for row in TABLE if row.verb == verb)


@transaction.atomic
def move(by: User, case: Nonconformance, verb: str, *, reason: str = "", **data: Any) -> Nonconformance:
    """Save the case in the state that the step leads to and write the event; the last thing that a verb does."""
    row = _row(case, verb)
    if row is not None and row.to is not None:
        data["status"] = [case.status, row.to]
        case.status = row.to
    case.version += 1
    case.save()
    events.write(by=by, verb=f"case.{verb}", subject=case, data=data, reason=reason)
    return case
