"""The records of one defect type in a period, and what could have shown it: units made, lots used, other records."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Sum
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay

from qc.analysis.scope import WEEKDAYS
from qc.models import Defect, DefectType, LotUse, Machine, Plant, ProductionCount, Station

Record = dict[str, Any]
DAY = dt.timedelta(days=1)
SAID = 0.9  # of the units: enough to tell values apart by units made
PATHS = {
    "line": "line__code",
    "station": "station__code",
    "machine": "machine__code",
    "tool": "tool",
    "cavity": "cavity",
    "product": "product__code",
    "supplier": "supplier__code",
    "supplier_lot": "supplier_lot__code",
    "shift": "shift__code",
    "inspector": "inspector",
    "part": "part__number",
}


@dataclass(frozen=True)
class Made:
    """Units that a line made on a day, of which product, in which shift."""

    line: str
    on: dt.date
    shift: str
    product: str
    units: int


@dataclass(frozen=True)
class Occurrences:
    """Records with their dimensions by name, units made, uses of lots, and the plant's stations and machines."""

    plant: Plant
    defect_type: DefectType
    first: dt.date
    last: dt.date
    records: Sequence[Record]
    made: Sequence[Made]

    def between(self, first: dt.date, last: dt.date) -> Occurrences:
        """The same for a part of the period."""
        records = [each for each in self.records if first <= each["on"] <= last]
        return replace(
            self, first=first, last=last, records=records, made=[m for m in self.made if first <= m.on <= last]
        )

    @property
    def lines(self) -> set[str]:
        """The lines that show the type."""
        return {each["line"] for each in self.records if each["line"]}

    def units_of(self, name: str) -> Mapping[str, float]:
        """Units made of each value; nothing where they were not counted by it."""
        if name in ("line", "product", "shift", "week"):
            return self._counted(name)
        if name in ("station", "machine"):
            return self._passed(name)
        return self._fed(name) if name in ("supplier", "supplier_lot") else {}

    def _counted(self, name: str) -> Mapping[str, float]:
        units: Counter[str] = Counter()
        for each in self.made:
            value = week_of(each.on) if name == "week" else getattr(each, name)
            units[value] += each.units
        blank = units.pop("", 0)
        return units if units.total() and units.total() >= SAID * (units.total() + blank) else {}

    def _passed(self, name: str) -> Mapping[str, float]:
        """Every unit of a line passes each of its stations; machines of one station share it alike."""
        made = self._counted("line")
        here = [line for line in self.lines if made.get(line)]
        where = {"line__plant": self.plant, "line__code__in": here, "is_active": True}
        if name == "station":
            rows = Station.objects.filter(**where).values_list("code", "line__code")
            return _summed((code, made[line]) for code, line in rows)
        own = {each["station"] for each in self.records}
        of_station: dict[str, list[tuple[str, str]]] = defaultdict(list)
        found = Machine.objects.filter(is_active=True, station__code__in=own, **_at("station__", where))
        for code, station, line in found.values_list("code", "station__code", "station__line__code"):
            of_station[station].append((code, line))
        return _summed((code, made[line] / len(several)) for several in of_station.values() for code, line in several)

    def _fed(self, name: str) -> Mapping[str, float]:
        """Units of the days and lines that a lot of the part concerned fed; lots at once share by their size."""
        parts = Counter(each["part"] for each in self.records if each["part"])
        if not parts:
            return {}
        part = parts.most_common(1)[0][0]
        uses = LotUse.objects.filter(line__plant=self.plant, supplier_lot__part__number=part, first_on__lte=self.last)
        paths = ("supplier_lot__code", "supplier_lot__part__supplier__code", "line__code", "first_on", "last_on")
        on_day: dict[tuple[str, dt.date], list[tuple[str, float]]] = defaultdict(list)
        for lot, supplier, line, first, last, units in uses.values_list(*paths, "units"):
            until = min(last or self.last, self.last)
            whole = max(((last or self.last) - first).days + 1, 1)
            weight = max(units or 0, 1) / whole
            day = max(first, self.first)
            while day <= until:
                on_day[line, day].append((lot if name == "supplier_lot" else supplier, weight))
                day += DAY
        made: Counter[tuple[str, dt.date]] = Counter()
        for each in self.made:
            made[each.line, each.on] += each.units
        shares = ((value, units, weight, sum(w for _, w in on_day[key])) for key, units in made.items()
                  for value, weight in on_day.get(key, ()))  # fmt: skip
        return _summed((value, units * weight / total) for value, units, weight, total in shares)

    def others_of(self, name: str) -> Mapping[str, float]:
        """Records of other codes of each value, on the lines that show the type: what stands for uncounted units."""
        rows = Defect.objects.counted().filter(plant=self.plant, production_on__range=(self.first, self.last))
        rows = rows.exclude(counts_as=self.defect_type).order_by()
        rows = rows.filter(line__code__in=self.lines) if self.lines and name != "line" else rows
        if name == "hour_of_week":
            day, hour = (each("occurred_at", tzinfo=self.plant.zone) for each in (ExtractIsoWeekDay, ExtractHour))
            found = rows.annotate(day=day, hour=hour).values_list("day", "hour").annotate(Count("pk"))
            return {hour_text(day_, hour_): float(times) for day_, hour_, times in found}
        if name == "week":
            days = rows.values_list("production_on").annotate(Count("pk"))
            return _summed((week_of(on), times) for on, times in days)
        named = rows.values_list(PATHS[name]).annotate(Count("pk"))
        return {value: float(times) for value, times in named if value}


def read(plant: Plant, defect_type: DefectType, *, first: dt.date, last: dt.date) -> Occurrences:
    """The type's counted records of a period (both days included) and the units of the plant, in two statements."""
    rows = Defect.objects.counted().judged_as(defect_type).filter(plant=plant, production_on__range=(first, last))
    names = list(PATHS)
    records = []
    for on, at, quantity, *values in rows.order_by("production_on").values_list(
        "production_on", "occurred_at", "quantity", *PATHS.values()
    ):
        local = at.astimezone(plant.zone)
        record: Record = dict(zip(names, values, strict=True)) | {"on": on, "at": at, "quantity": quantity}
        records.append(record | {"week": week_of(on), "hour_of_week": hour_text(local.isoweekday(), local.hour)})
    made = ProductionCount.objects.filter(line__plant=plant, production_on__range=(first, last)).order_by()
    paths = ("line__code", "production_on", "shift__code", "product__code")
    counts = [Made(line, on, shift or "", product or "", units)
              for line, on, shift, product, units in made.values_list(*paths).annotate(Sum("units"))]  # fmt: skip
    return Occurrences(plant, defect_type, first, last, records, counts)


def week_of(day: dt.date) -> str:
    """The week of a day, so that weeks sort as they follow each other: 2026-W33."""
    year, week, _day = day.isocalendar()
    return f"{year}-W{week:02d}"


def hour_text(weekday: int, hour: int) -> str:
    """An hour of the week as a finding's scope writes it: Monday 06:00."""
    return f"{WEEKDAYS[weekday - 1]} {hour:02d}:00"


def _at(prefix: str, where: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{prefix}{name}": value for name, value in where.items()}


def _summed(pairs: Iterable[tuple[str, float]]) -> Mapping[str, float]:
    sums: Counter[str] = Counter()
    for value, amount in pairs:
        sums[value] += amount  # type: ignore[assignment]
    return sums
