"""The lists of actions and of the codes of causes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Case, Count, DateField, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from qc import clock
from qc.models import (
    Category,
    Cause,
    CauseCode,
    CorrectiveAction,
    EffectivenessCheck,
    Nonconformance,
    Plant,
    Supplier,
    User,
)
from qc.services.listings.base import Column, Dimension, Listing, Order

NEVER = dt.date(9999, 12, 31)
NO_CLOCK = [CorrectiveAction.Status.DONE, CorrectiveAction.Status.VERIFIED, CorrectiveAction.Status.CANCELLED]


def _column(name: str, label: Any, path: str = "") -> Column:
    return Column(name, label, keeps=((name, path or name),))


def late() -> Q:
    """Actions that wait for whoever carries them out, past their due date; no due date means no clock."""
    return ~Q(status__in=NO_CLOCK) & Q(due_on__lt=clock.today())


def _actions(user: User) -> QuerySet[CorrectiveAction]:
    rank = Case(When(late(), then=Value(0)), default=Value(1), output_field=IntegerField())
    by_due = Coalesce("due_on", Value(NEVER), output_field=DateField())
    return CorrectiveAction.objects.visible_to(user).annotate(rank=rank, by_due=by_due)


def _status(rows: Any, user: User, status: str) -> QuerySet[Any]:
    if status == "all":
        return rows  # type: ignore[no-any-return]
    return rows.open() if status == "active" else rows.filter(status=status)  # type: ignore[no-any-return]


def _text(rows: QuerySet[Any], user: User, text: str) -> QuerySet[Any]:
    return rows.filter(Q(title__icontains=text) | Q(nonconformance__number__iexact=text))


ACTIONS = Listing(
    "actions", _("Actions"), _actions,
    (
        Dimension("plant", _("Plant"), "nonconformance__plant", Plant, empty=_("All plants")),
        Dimension("supplier", _("Supplier"), "supplier", Supplier, empty=_("All suppliers")),
        Dimension("kind", _("Kind"), "kind", choices=tuple(CorrectiveAction.Kind.choices)),
        Dimension("strength", _("Strength"), "strength", choices=tuple(CorrectiveAction.Strength.choices)),
        Dimension(
            "status", _("State"), condition=_status, empty=_("Open ones"),
            choices=(("all", _("All")), ("active", _("Open ones")), *CorrectiveAction.Status.choices),
        ),
        Dimension("mine", _("Mine"), how="flag", condition=lambda rows, user, chosen: rows.filter(owner=user)),
        Dimension("late", _("Late"), how="flag", condition=lambda rows, user, chosen: rows.filter(late())),
        Dimension("case", _("Case"), "nonconformance", Nonconformance, empty=_("All cases")),
        Dimension("q", _("Search"), condition=_text),
    ),
    (
        _column("case", _("Case"), "nonconformance__number"), _column("title", _("What")), _column("kind", _("Kind")),
        _column("status", _("State")), _column("strength", _("Strength")),
        _column("owner", _("Owner"), "owner__username"), _column("supplier", _("Supplier"), "supplier__code"),
        _column("plant", _("Plant"), "nonconformance__plant__code"), _column("due_on", _("Due")),
        _column("cause", _("Cause"), "cause__statement"),
        _column("cause_code", _("Kind of cause"), "cause__code__code"),
        _column("implemented_on", _("Implemented")), _column("done_by", _("Done by"), "done_by__username"),
        _column("verified_by", _("Verified by"), "verified_by__username"), _column("evidence", _("Evidence")),
        _column("description", _("Description")), _column("cancel_reason", _("Given up because")),
    ),
    (Order("late", _("Late first"), ("rank", "by_due", "pk")),),
)  # fmt: skip


# The catalogue of causes, with how often each was used and what was shown to help against it.


def _number_of(rows: QuerySet[Any], path: str) -> Any:
    """How many of the rows belong to a code; every row once."""
    counted = rows.filter(**{path: OuterRef("pk")}).order_by().values(path).annotate(n=Count("pk", distinct=True))
    return Coalesce(Subquery(counted.values("n")), 0)


def cured(user: User) -> QuerySet[CorrectiveAction]:
    """Actions whose check said that they help, of the plants that the person reads."""
    actions = CorrectiveAction.objects.visible_to(user)
    return actions.filter(effectiveness_checks__result=EffectivenessCheck.Result.EFFECTIVE)


def _codes(user: User) -> QuerySet[CauseCode]:
    rows = CauseCode.objects.visible_to(user)
    uses = _number_of(Cause.objects.visible_to(user).filter(ruled_out_at__isnull=True), "code")
    return rows.annotate(uses=uses, cures=_number_of(cured(user), "cause__code"))


def _in_use(rows: Any, user: User, state: str) -> QuerySet[Any]:
    return rows if state == "all" else rows.filter(is_active=state == "used")  # type: ignore[no-any-return]


def _code_text(rows: QuerySet[Any], user: User, text: str) -> QuerySet[Any]:
    return rows.filter(Q(code__icontains=text) | Q(name__icontains=text))


CAUSE_CODES = Listing(
    "cause-codes", _("Catalogue of causes"), _codes,
    (
        Dimension("category", _("Group"), "category", choices=tuple(Category.choices)),
        Dimension(
            "state", _("State"), condition=_in_use, empty=_("In use"),
            choices=(("used", _("In use")), ("retired", _("Retired")), ("all", _("All"))),
        ),
        Dimension("q", _("Search"), condition=_code_text),
    ),
    (
        _column("code", _("Code")), _column("name", _("Name")), _column("category", _("Group")),
        _column("description", _("Description")), _column("is_active", _("In use")), _column("uses", _("Causes")),
        _column("cures", _("Effective actions")),
    ),
    (Order("group", _("By group"), ("category", "code", "pk")),),
)  # fmt: skip
