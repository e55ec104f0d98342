"""Where a lot went: the lines that used it, what was found on it, and the cases that name it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Max, Min, Q, Sum, Value, When
from django.db.models.functions import Lower

from qc.models import Defect, LotHold, LotUse, Nonconformance, SupplierLot, User


@dataclass
class Found:
    """Defects on a lot at one place."""

    line: str
    records: int
    units: Decimal
    first: Any
    last: Any


@dataclass
class Trace:
    """A lot's way through the plant: receipt, use, defects, cases, holds."""

    code: str
    lot: SupplierLot | None = None
    uses: list[LotUse] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    cases: list[Nonconformance] = field(default_factory=list)
    holds: list[LotHold] = field(default_factory=list)

    @property
    def used_units(self) -> int | None:
        """How much the lines have used; None where one of them did not say."""
        known = [use.units for use in self.uses]
        return None if not known or None in known else sum(unit for unit in known if unit)

    @property
    def records(self) -> int:
        """How many defects were recorded on it."""
        return sum(each.records for each in self.found)

    def add(self, row: dict[str, Any]) -> None:
        """Count what was found at a line; a lot of ours may lie in several groups of one line."""
        line, units = row["line__code"] or "", row["units"] or Decimal(0)
        at = next((each for each in self.found if each.line == line), None)
        if at is None:
            self.found.append(Found(line, row["n"], units, row["first"], row["last"]))
            return
        at.records, at.units = at.records + row["n"], at.units + units
        at.first, at.last = min(at.first, row["first"]), max(at.last, row["last"])


def of_lots(viewer: User, lots: Sequence[SupplierLot]) -> dict[int, Trace]:
    """The ways of some supplier lots, within what the person may read; as many queries for one lot as for many."""
    if not lots:
        return {}
    held = LotHold.objects.visible_to(viewer).filter(supplier_lot__in=lots).select_related(*NAMED)
    return {trace.lot.pk: trace for trace in of_material(viewer, lots[0].plant_id, lots, [], held) if trace.lot}


def of_material(
    viewer: User, plant_id: int, lots: Sequence[SupplierLot], own: Sequence[str], held: Iterable[LotHold]
) -> list[Trace]:
    """The ways of supplier lots and of our own lots at a plant; who calls has the holds, with their cases."""
    traces = {lot.pk: Trace(lot.code, lot) for lot in lots}
    ours = {code.casefold(): Trace(code) for code in own if code}
    if traces:
        for use in LotUse.objects.visible_to(viewer).filter(supplier_lot__in=traces).select_related("line"):
            traces[use.supplier_lot_id].uses.append(use)
        for hold in held:
            if hold.supplier_lot_id in traces:
                traces[hold.supplier_lot_id].holds.append(hold)
        _cases(viewer, traces)
    if traces or ours:
        _defects(viewer, plant_id, traces, ours)
    return [*traces.values(), *ours.values()]


NAMED = ("nonconformance", "placed_by", "released_by", "supplier_lot")


def _cases(viewer: User, traces: dict[int, Trace]) -> None:
    """Cases that name a lot, or that hold it."""
    found = {pk: {hold.nonconformance_id: hold.nonconformance for hold in each.holds} for pk, each in traces.items()}
    named = Nonconformance.objects.visible_to(viewer).annotate(named_lot=F("supplier_lots"))
    for case in named.filter(named_lot__in=list(traces)):
        found[case.named_lot][case.pk] = case
    for pk, cases in found.items():
        traces[pk].cases = sorted(cases.values(), key=lambda case: (case.opened_at, case.pk), reverse=True)


def _defects(viewer: User, plant_id: int, traces: dict[int, Trace], ours: dict[str, Trace]) -> None:
    """What was found on the lots, line by line. Our own lots are known by what was recorded on them."""
    mine = Q(pk=None)
    for code in ours:
        mine |= Q(lot__iexact=code, plant=plant_id)
    rows = Defect.objects.visible_to(viewer).counted().filter(mine | Q(supplier_lot__in=list(traces)))
    lot = Case(When(mine, then=Lower("lot")), default=Value("")) if ours else Value("")
    for row in _by_line(rows.annotate(own_lot=lot)):
        for trace in (traces.get(row["supplier_lot"]), ours.get(row["own_lot"])):
            if trace is not None:
                trace.add(row)


def _by_line(rows: Any) -> list[dict[str, Any]]:
    grouped = rows.order_by().values("supplier_lot", "own_lot", "line__code").annotate(
        n=Count("pk"), units=Sum("quantity"), first=Min("production_on"), last=Max("production_on")
    )  # fmt: skip
    return list(grouped.order_by("line__code"))
