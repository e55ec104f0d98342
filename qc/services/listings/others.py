"""The lists of findings, cases, production counts and the audit trail."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from qc import clock
from qc.models import (
    DefectType,
    Event,
    Finding,
    Nonconformance,
    Plant,
    ProductionCount,
    ProductionLine,
    Severity,
    Supplier,
    User,
)
from qc.permissions import may
from qc.services.listings.ages import age
from qc.services.listings.base import Column, Dimension, Listing, Order, period

PLANT = Dimension("plant", _("Plant"), "plant", Plant, empty=_("All plants"))
LINE = Dimension("line", _("Line"), "line", ProductionLine, empty=_("All lines"))
SUPPLIER = Dimension("supplier", _("Supplier"), "supplier", Supplier, empty=_("All suppliers"))


def _column(name: str, label: Any, path: str = "") -> Column:
    return Column(name, label, keeps=((name, path or name),))


# Findings: undecided ones first.


def standing(verdict: str) -> Q:
    """Findings whose verdict is this one: a person's where there is one, else the engine's."""
    return Q(human_verdict=verdict) | Q(human_verdict="", verdict=verdict)


def _findings(user: User) -> QuerySet[Finding]:
    first = Case(When(decision="none", then=Value(0)), default=Value(1), output_field=IntegerField())
    return Finding.objects.visible_to(user).current().annotate(rank=first)


FINDINGS = Listing(
    "findings", _("Findings"), _findings,
    (
        PLANT, LINE, SUPPLIER,
        Dimension("code", _("Code"), "defect_type", DefectType, empty=_("All codes")),
        Dimension("decision", _("Decision"), "decision", choices=tuple(Finding.Decision.choices), empty=_("Any")),
        Dimension("watched", _("Watched"), "is_watched", how="flag"),
        Dimension(
            "verdict", _("Verdict"), choices=tuple(Finding.Verdict.choices),
            condition=lambda rows, user, verdict: rows.filter(standing(verdict)),
        ),
    ),
    (
        _column("plant", _("Plant"), "plant__code"), _column("defect_type", _("Code"), "defect_type__code"),
        _column("verdict", _("Verdict"), "verdict"), _column("verdict_of_a_person", _("Verdict"), "human_verdict"),
        _column("decision", _("Decision")), _column("where", _("Where"), "where_key"),
        _column("line", _("Line"), "line__code"), _column("supplier", _("Supplier"), "supplier__code"),
        _column("since", _("Since")), _column("until", _("Until")), _column("found", _("Found"), "incidents"),
        _column("expected", _("Expected")), _column("times", _("Times"), "rate_ratio"),
        _column("times_low", _("Times"), "ratio_low"), _column("times_high", _("Times"), "ratio_high"),
        _column("explanation", _("Explanation")),
    ),
    (Order("undecided", _("Undecided first"), ("rank", "-changed_at", "-pk")),),
)  # fmt: skip


# Cases: overdue ones first.


def _cases(user: User) -> QuerySet[Nonconformance]:
    open_ones = ~Q(status__in=[Nonconformance.Status.CLOSED, Nonconformance.Status.CANCELLED])
    late = When(open_ones & Q(due_on__lt=clock.today()), then=Value(0))
    rank = Case(late, default=Value(1), output_field=IntegerField())
    return Nonconformance.objects.visible_to(user).annotate(rank=rank)


def _case_text(rows: QuerySet[Any], user: User, text: str) -> QuerySet[Any]:
    return rows.filter(Q(number__icontains=text) | Q(title__icontains=text))


def _case_status(rows: Any, user: User, status: str) -> QuerySet[Any]:
    if status == "all":
        return rows  # type: ignore[no-any-return]
    return rows.open() if status == "active" else rows.filter(status=status)  # type: ignore[no-any-return]


CASES = Listing(
    "cases", _("Cases"), _cases,
    (
        PLANT, SUPPLIER,
        Dimension("severity", _("Severity"), "severity", choices=tuple(Severity.choices)),
        Dimension(
            "status", _("State"), condition=_case_status, empty=_("Open ones"),
            choices=(("all", _("All")), ("active", _("Open ones")), *Nonconformance.Status.choices),
        ),
        age("opened_at"),
        Dimension(
            "mine", _("Mine"), how="flag", condition=lambda rows, user, chosen: rows.filter(owner=user),
        ),
        Dimension("q", _("Search"), condition=_case_text),
    ),
    (
        _column("number", _("Number")), _column("title", _("Title")), _column("plant", _("Plant"), "plant__code"),
        _column("status", _("State")), _column("severity", _("Severity")), _column("verdict", _("Verdict")),
        _column("defect_type", _("Code"), "defect_type__code"), _column("line", _("Line"), "line__code"),
        _column("supplier", _("Supplier"), "supplier__code"), _column("owner", _("Owner"), "owner__username"),
        _column("opened_at", _("Opened")), _column("due_on", _("Due")), _column("closed_at", _("Closed")),
        _column("description", _("Description")),
    ),
    (Order("overdue", _("Overdue first"), ("rank", "-opened_at", "-pk")),),
    "plant__time_zone",
)  # fmt: skip


# Production counts: the columns that an import knows.

COUNTS = Listing(
    "counts", _("Production counts"), lambda user: ProductionCount.objects.visible_to(user),
    (Dimension("plant", _("Plant"), "line__plant", Plant, empty=_("All plants")), LINE, *period("production_on")),
    (
        _column("production_on", _("Production date")), _column("plant", _("Plant"), "line__plant__code"),
        _column("line", _("Line"), "line__code"), _column("shift", _("Shift"), "shift__code"),
        _column("product", _("Product"), "product__code"), _column("units", _("Units")),
    ),
    (Order("newest", _("Newest first"), ("-production_on", "-pk")),),
)  # fmt: skip


# The audit trail.


def _events(user: User) -> QuerySet[Event]:
    return Event.objects.visible_to(user) if may(user, "audit.read") else Event.objects.none()


def _happened(rows: QuerySet[Any], user: User, verb: str) -> QuerySet[Any]:
    return rows.filter(verb__startswith=verb)


def _about(rows: QuerySet[Any], user: User, text: str) -> QuerySet[Any]:
    return rows.filter(subject_text__icontains=text)


EVENTS = Listing(
    "audit", _("Audit trail"), _events,
    (
        Dimension("q", _("Record"), condition=_about),
        Dimension("person", _("Person"), "by", User, empty=_("Anyone")),
        Dimension("verb", _("What"), condition=_happened),
        *period("at__date", moment="at"),
    ),
    (
        _column("sequence", _("No")), _column("at", _("When")), _column("by", _("Person"), "by__username"),
        _column("what", _("What"), "verb"), _column("record", _("Record"), "subject_text"),
        _column("plant", _("Plant"), "plant__code"), _column("reason", _("Reason")), _column("data", _("Change")),
    ),
    (Order("newest", _("Newest first"), ("-sequence",)),),
)  # fmt: skip
