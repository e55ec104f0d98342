"""A supplier's month from sums: parts received and rejected, answers due and on time, requests that came again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Q, Sum

from qc import clock
from qc.errors import Refused
from qc.models import Defect, Supplier, SupplierLot, User
from qc.permissions import require
from qc.services import events
from qc.services.scope import require_visible
from suppliers.models import CorrectiveActionRequest, Scorecard, Stage, Submission

LOOK_BACK = dt.timedelta(days=365)


@dataclass(frozen=True)
class Totals:
    """Sums over months; what has no denominator is None, never 0."""

    units_received: int
    units_rejected: int
    answers_due: int
    answers_on_time: int
    repeat_requests: int

    @property
    def ppm(self) -> float | None:
        """Rejected parts per million received; None when nothing was received."""
        return self.units_rejected / self.units_received * 1e6 if self.units_received else None

    @property
    def on_time_percent(self) -> float | None:
        """Answers on time in percent; None when none was due."""
        return self.answers_on_time / self.answers_due * 100 if self.answers_due else None


def totals(cards: Iterable[Scorecard]) -> Totals:
    """The sums of several months (the year to date): from sums, never the mean of monthly figures."""
    rows = list(cards)
    names = ("units_received", "units_rejected", "answers_due", "answers_on_time", "repeat_requests")
    return Totals(**{name: sum(getattr(row, name) for row in rows) for name in names})


@transaction.atomic
def compute(by: User, *, supplier: Supplier, month: dt.date) -> Scorecard:
    """Compute (again) a supplier's card for the month of a day. Refused for a month that has not begun."""
    require(by, "request.review")
    require_visible(by, supplier)
    first = month.replace(day=1)
    until = (first + dt.timedelta(days=32)).replace(day=1)
    now = clock.now()
    if first > now.date():
        raise Refused("This month has not begun.")
    received, rejected = _parts(supplier, first, until)
    asked, on_time = _answers(supplier, first, until, now)
    values = {
        "units_received": received,
        "units_rejected": rejected,
        "answers_due": asked,
        "answers_on_time": on_time,
        "repeat_requests": _repeats(supplier, first, until),
        "computed_at": now,
    }
    card, _created = Scorecard.objects.update_or_create(supplier=supplier, month=first, defaults=values)
    events.write(by=by, verb="scorecard.compute", subject=card, data={"month": first, **values})
    return card


def _parts(supplier: Supplier, first: dt.date, until: dt.date) -> tuple[int, int]:
    lots = SupplierLot.objects.filter(part__supplier=supplier, received_on__gte=first, received_on__lt=until)
    received = lots.aggregate(units=Sum("units", default=0))["units"]
    bad = Defect.objects.counted().filter(supplier=supplier, production_on__gte=first, production_on__lt=until)
    return received, int(bad.aggregate(quantity=Sum("quantity", default=0))["quantity"])


def _answers(supplier: Supplier, first: dt.date, until: dt.date, now: dt.datetime) -> tuple[int, int]:
    """Answers whose date fell into the month, sent or missing; and those of them that came in time."""
    start, end = _midnight(first), min(_midnight(until), now)
    sent = Submission.objects.filter(stage__request__supplier=supplier, answer_due_at__gte=start, answer_due_at__lt=end)
    missing = Stage.objects.filter(
        request__supplier=supplier,
        request__status="open",
        status__in=["pending", "returned"],
        answer_due_at__gte=start,
        answer_due_at__lt=end,
    )
    on_time = sent.filter(submitted_at__lte=F("answer_due_at"))
    return sent.count() + missing.count(), on_time.count()


def _repeats(supplier: Supplier, first: dt.date, until: dt.date) -> int:
    """Requests of the month about a part and defect type that a request of the year before was about as well."""
    issued = CorrectiveActionRequest.objects.filter(supplier=supplier, issued_at__isnull=False)
    repeats = 0
    for row in issued.filter(issued_at__gte=_midnight(first), issued_at__lt=_midnight(until)).select_related(
        "nonconformance"
    ):
        case = row.nonconformance
        if case.defect_type_id is None or row.issued_at is None:
            continue
        same = Q(nonconformance__defect_type=case.defect_type_id, nonconformance__part=case.part_id)
        earlier = issued.filter(same, issued_at__lt=row.issued_at, issued_at__gte=row.issued_at - LOOK_BACK)
        repeats += earlier.exclude(status="cancelled").exists()
    return repeats


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)
