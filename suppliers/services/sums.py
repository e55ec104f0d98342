"""What happened with suppliers in a month: the sums of a scorecard, and the rows behind each of them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BooleanField, Case, Count, Exists, F, OuterRef, Q, QuerySet, Sum, When

from qc.models import Defect, SupplierLot, User
from suppliers.models import CorrectiveActionRequest, CostClaim, Stage, Submission

LOOK_BACK = dt.timedelta(days=365)
REPEATS: dict[str, Any] = {"is_repeat": True}  # of `requests`
Keys = Collection[int]


@dataclass(frozen=True)
class Span:
    """A month up to now: its first day, the first day after it, and this instant."""

    first: dt.date
    until: dt.date
    now: dt.datetime

    @classmethod
    def month(cls, day: dt.date, now: dt.datetime) -> Span:
        """The month of a day."""
        first = day.replace(day=1)
        return cls(first, (first + dt.timedelta(days=32)).replace(day=1), now)

    @property
    def start(self) -> dt.datetime:
        """The first instant."""
        return dt.datetime.combine(self.first, dt.time(), dt.UTC)

    @property
    def end(self) -> dt.datetime:
        """The first instant after it."""
        return dt.datetime.combine(self.until, dt.time(), dt.UTC)


@dataclass
class Sums:
    """The figures of one supplier."""

    numbers: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    costs: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def of(suppliers: Keys, span: Span, viewer: User) -> dict[int, Sums]:
    """The sums of every supplier that something happened with, within what the viewer may read. Seven statements."""
    found: dict[int, Sums] = defaultdict(Sums)
    _add(found, "units_received", lots(suppliers, span, viewer).values_list("part__supplier").annotate(Sum("units")))
    _add(found, "units_rejected", rejected(suppliers, span, viewer).values_list("supplier").annotate(Sum("quantity")))
    sent, missing = answers(suppliers, span, viewer), missing_answers(suppliers, span, viewer)
    by = "stage__request__supplier"
    _add(found, "answers_due", sent.order_by().values_list(by).annotate(Count("pk")))
    _add(found, "answers_due", missing.order_by().values_list("request__supplier").annotate(Count("pk")))
    in_time = sent.filter(submitted_at__lte=F("answer_due_at"))
    _add(found, "answers_on_time", in_time.order_by().values_list(by).annotate(Count("pk")))
    issued = requests(suppliers, span, viewer).order_by()
    _add(found, "requests_issued", issued.values_list("supplier").annotate(Count("pk")))
    _add(found, "repeat_requests", issued.filter(**REPEATS).values_list("supplier").annotate(Count("pk")))
    money = claims(suppliers, span, viewer).order_by().values_list("request__supplier", "currency")
    for supplier, currency, minor in money.annotate(Sum("agreed_minor")):
        found[supplier].costs[currency] += minor or 0
    return found


def _add(found: dict[int, Sums], name: str, rows: Any) -> None:
    for supplier, number in rows.order_by():
        found[supplier].numbers[name] += int(number or 0)


def lots(suppliers: Keys, span: Span, viewer: User) -> QuerySet[SupplierLot]:
    """What was received."""
    rows = SupplierLot.objects.visible_to(viewer).filter(part__supplier__in=suppliers)
    return rows.filter(received_on__gte=span.first, received_on__lt=span.until)


def rejected(suppliers: Keys, span: Span, viewer: User) -> QuerySet[Defect]:
    """What was found on delivered parts."""
    rows = Defect.objects.visible_to(viewer).counted().filter(supplier__in=suppliers)
    return rows.filter(production_on__gte=span.first, production_on__lt=span.until)


def answers(suppliers: Keys, span: Span, viewer: User) -> QuerySet[Submission]:
    """Answers that were sent and whose date, as granted, has come."""
    rows = Submission.objects.visible_to(viewer).filter(stage__request__supplier__in=suppliers)
    return rows.filter(answer_due_at__gte=span.start, answer_due_at__lt=min(span.end, span.now))


def missing_answers(suppliers: Keys, span: Span, viewer: User) -> QuerySet[Stage]:
    """Answers whose date has come and that are missing."""
    rows = Stage.objects.visible_to(viewer).filter(request__supplier__in=suppliers, request__status="open")
    waits = rows.filter(status__in=["pending", "returned"])
    return waits.filter(answer_due_at__gte=span.start, answer_due_at__lt=min(span.end, span.now))


def requests(suppliers: Keys, span: Span, viewer: User) -> QuerySet[CorrectiveActionRequest]:
    """Requests that were issued and stand; `is_repeat`: the year before there was one about this part and defect."""
    standing = CorrectiveActionRequest.objects.exclude(status="cancelled")
    earlier = standing.filter(
        supplier=OuterRef("supplier"),
        nonconformance__defect_type=OuterRef("nonconformance__defect_type"),
        issued_at__lt=OuterRef("issued_at"),
        issued_at__gte=OuterRef("issued_at") - LOOK_BACK,
    )
    case = "nonconformance__part"
    is_repeat = Q(Exists(earlier.filter(nonconformance__part=OuterRef(case))))
    is_repeat |= Q(Exists(earlier.filter(nonconformance__part__isnull=True)), nonconformance__part__isnull=True)
    rows = CorrectiveActionRequest.objects.visible_to(viewer).exclude(status="cancelled")
    rows = rows.filter(supplier__in=suppliers, issued_at__gte=span.start, issued_at__lt=span.end)
    return rows.annotate(is_repeat=Case(When(is_repeat, then=True), default=False, output_field=BooleanField()))


def claims(suppliers: Keys, span: Span, viewer: User) -> QuerySet[CostClaim]:
    """Costs that the supplier agreed to in the month."""
    rows = CostClaim.objects.visible_to(viewer).filter(request__supplier__in=suppliers, agreed_at__gte=span.start)
    return rows.filter(agreed_at__lt=span.end, status__in=[CostClaim.Status.AGREED, CostClaim.Status.CREDITED])
