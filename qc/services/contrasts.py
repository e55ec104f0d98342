"""Is and is not: what the records say is filled in, what people say stands beside it; neither overwrites the other."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from qc import clock
from qc.analysis import contrasts as numbers
from qc.analysis.contrasts import Side, Value
from qc.analysis.occurrences import read
from qc.errors import Stale
from qc.models import Contrast, Defect, Nonconformance, Plant, Product, ProductionLine, Station, Supplier, User
from qc.services import causes, events
from qc.services.wording import short
from qc.stats.rates import poisson_interval

QUESTIONS = ("what", "where", "when", "how_many")
TYPED = ("is_text", "is_not_text", "distinction", "change")
LOOK_BACK = dt.timedelta(days=90)  # without a finding and without a linked record
Filled = dict[str, dict[str, Any]]


@transaction.atomic
def fill(by: User, *, case: Nonconformance) -> list[Contrast]:
    """Fill the matrix from the records of the case's defect type, or fill it anew; what people typed stays.

    A question that the records no longer answer keeps its row while somebody wrote there, else it goes.
    """
    current = causes.thinking_on(by, case)
    filled = _filled(current)
    rows = {row.question: row for row in current.contrasts.select_for_update()}
    for question in [*filled, *(name for name in rows if name not in filled)]:
        row = rows.get(question) or Contrast(nonconformance=current, question=question, filled_by=by)
        said = filled.get(question, {"seen": [], "unseen": [], "basis": {}})
        if question not in filled and not any(getattr(row, name) for name in TYPED):
            row.delete()
            continue
        row.seen, row.unseen, row.basis = said["seen"], said["unseen"], said["basis"]
        row.filled_by, row.filled_at = by, clock.now()
        row.version += row.pk is not None
        row.save()
    events.write(by=by, verb="case.fill_contrasts", subject=current, data={"questions": list(filled)})
    return list(current.contrasts.all())


@transaction.atomic
def edit(by: User, *, contrast: Contrast, version: int, **typed: str) -> Contrast:
    """Say what is, what is not, what is different about it and what changed. Stale when it was changed meanwhile."""
    case = causes.thinking_on(by, contrast.nonconformance)
    row = Contrast.objects.select_for_update().get(pk=contrast.pk)
    if row.version != version:
        raise Stale(_("This row was changed by someone else meanwhile. Look at it again."))
    before = {name: getattr(row, name) for name in TYPED}
    for name, text in typed.items():
        if name not in TYPED:
            raise ValueError(f"a row of the matrix has no field {name!r}")
        setattr(row, name, short(text, name))
    difference = events.changes(before, {name: getattr(row, name) for name in TYPED})
    if not difference:
        return row
    row.typed_by, row.typed_at, row.version = by, clock.now(), row.version + 1
    row.save()
    events.write(by=by, verb="case.edit_contrast", subject=case, data={"question": row.question, **difference})
    return row


def period_of(case: Nonconformance) -> tuple[dt.date, dt.date]:
    """The days of the trouble: since the finding says, else since the first linked record; up to today or the close."""
    last = clock.today(case.plant.time_zone)
    if case.closed_at is not None:
        last = case.closed_at.astimezone(case.plant.zone).date()
    first = case.finding.since if case.finding else None
    if first is None:
        first = case.defects.order_by("production_on").values_list("production_on", flat=True).first()
    return min(first or last - LOOK_BACK, last), last


def _filled(case: Nonconformance) -> Filled:
    first, last = period_of(case)
    defect_type = case.defect_type
    if defect_type is None:
        return {question: {"seen": [], "unseen": [], "basis": {}} for question in QUESTIONS}
    sides, found = numbers.contrasts(case.plant, defect_type, first=first, last=last)
    basis = {"from": first.isoformat(), "until": last.isoformat(), "found": found}
    filled: Filled = {question: {"seen": [], "unseen": [], "basis": basis} for question in QUESTIONS}
    filled["what"]["seen"] = [_fact(f"{defect_type.code} {defect_type.name}")]
    filled["where"]["seen"] = [_fact(text) for text in _where(case)]
    filled["when"]["seen"], filled["when"]["unseen"] = _when(case, first, last)
    filled["how_many"]["seen"], filled["how_many"]["unseen"] = _how_many(case, first, last)
    return filled | {side.question: _side(case.plant, side, basis) for side in sides}


def _side(plant: Plant, side: Side, basis: dict[str, Any]) -> dict[str, Any]:
    more = {"unit": side.unit, "said": side.said, "more_seen": side.more_seen, "more_unseen": side.more_unseen}
    names = _names(plant, side)
    return {
        "seen": [_plain(value, names) for value in side.seen],
        "unseen": [_plain(value, names) for value in side.unseen],
        "basis": basis | more,
    }


def _names(plant: Plant, side: Side) -> dict[str, str]:
    """Codes with their names, where they have one."""
    codes = [value.name for value in (*side.seen, *side.unseen)]
    rows: dict[str, QuerySet[Any]] = {
        "line": ProductionLine.objects.filter(plant=plant),
        "station": Station.objects.filter(line__plant=plant),
        "product": Product.objects.all(),
        "supplier": Supplier.objects.all(),
    }
    if side.question not in rows:
        return {}
    return dict(rows[side.question].filter(code__in=codes).values_list("code", "name"))


def _plain(value: Value, names: dict[str, str]) -> dict[str, Any]:
    """A value as plain numbers, rounded as they are read."""
    name = names.get(value.name, "")
    return {
        "name": f"{value.name} {name}" if name and name != value.name else value.name,
        "found": value.found,
        "exposure": None if value.exposure is None else round(value.exposure),
        "expected": None if value.expected is None else round(value.expected, 1),
        "is_raised": value.is_raised,
        "is_fewer": value.is_unseen and value.found > 0,
        "is_telling": value.is_telling,
    }


def _fact(text: str) -> dict[str, Any]:
    return {"name": text, "found": None}


def _where(case: Nonconformance) -> list[str]:
    known = [
        (_("Line"), case.line and f"{case.line.code} {case.line.name}".strip()),
        (_("Product"), case.product and f"{case.product.code} {case.product.name}".strip()),
        (_("Supplier"), case.supplier and case.supplier.name),
        (_("Part"), case.part and f"{case.part.number} {case.part.name}".strip()),
    ]
    return [f"{label}: {text}" for label, text in known if text] or [_("Plant: %(plant)s") % {"plant": case.plant}]


def _when(case: Nonconformance, first: dt.date, last: dt.date) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    days = _records(case, first, last).order_by("production_on").values_list("production_on", flat=True)
    inside = list(days)
    if not inside:
        return [], []
    text = _("First on %(first)s, last on %(last)s, on %(days)d days.")
    seen = text % {"first": _day(inside[0]), "last": _day(inside[-1]), "days": len(set(inside))}
    before = _records(case, first - numbers.WEEKS_BEFORE * dt.timedelta(weeks=1), first - dt.timedelta(days=1)).count()
    unseen = _("In the eight weeks before %(first)s: %(n)d.") % {"first": _day(first), "n": before}
    return [_fact(seen)], [_fact(unseen)]


def _how_many(case: Nonconformance, first: dt.date, last: dt.date) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Records with the units of the lines that show them, in the trouble and in as many days before it."""
    defect_type = case.defect_type
    assert defect_type is not None  # noqa: S101  (for the type checker)
    length = last - first + dt.timedelta(days=1)
    data = read(case.plant, defect_type, first=first - length, last=last)
    now, before = data.between(first, last), data.between(first - length, first - dt.timedelta(days=1))
    lines = now.lines
    told = []
    for part in (now, before):
        units = sum(each.units for each in part.made if each.line in lines)
        pieces = sum(each["quantity"] for each in part.records)
        told.append(_told(len(part.records), f"{pieces.normalize():f}" if pieces else "0", units))
    earlier = _("In the %(days)d days before: %(told)s") % {"days": length.days, "told": told[1]}
    return [_fact(told[0])], [_fact(earlier)]


def _told(found: int, pieces: str, units: int) -> str:
    values = {"n": f"{found:,}", "pieces": pieces, "units": f"{units:,}"}
    if not units:
        return _("%(n)s records, %(pieces)s pieces; units made are not known.") % values
    rate = poisson_interval(found, units)
    pairs = (("ppm", found / units), ("low", rate.low), ("high", rate.high))
    ppm = {name: f"{value * 1e6:,.0f}" for name, value in pairs}
    text = _("%(n)s records, %(pieces)s pieces, of %(units)s units = %(ppm)s ppm (%(low)s to %(high)s).")
    return text % (values | ppm)


def _records(case: Nonconformance, first: dt.date, last: dt.date) -> Any:
    rows = Defect.objects.counted().filter(plant=case.plant, production_on__range=(first, last))
    return rows.judged_as(case.defect_type) if case.defect_type else rows.none()


def _day(day: dt.date) -> str:
    return date_format(day, "j M Y")
