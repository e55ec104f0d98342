"""The grid of a line's week: a row per shift and, where several run, per product; what is missing, what was typed."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from qc import clock
from qc.models import Defect, Product, ProductionCount, ProductionLine, ProductionRun, Shift, User
from qc.services.weeks import Entry

UNITS = re.compile(r"[0-9]{1,12}", re.ASCII)
WEEK = dt.timedelta(weeks=1)
LOOK_BACK = 4  # weeks: a weekday and shift that was counted in one of them is expected to be counted
Slot = tuple[dt.date, int | None]


def monday(text: str | None, zone: str) -> dt.date:
    """The Monday of the week that the address names, or of this week."""
    try:
        day = dt.date.fromisoformat(text or "")
    except ValueError:
        day = clock.today(zone)
    if not dt.date(1990, 1, 1) <= day <= dt.date(2200, 1, 1):
        day = clock.today(zone)
    return day - dt.timedelta(days=day.weekday())


@dataclass
class Cell:
    """One day, shift and product: what is stored, what was typed, and what is wrong with it."""

    entry: Entry
    text: str
    label: str
    is_future: bool = False
    is_copied: bool = False
    error: str = ""

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def stored(self) -> int | None:
        """What the person saw when the page was made."""
        return self.entry.was


@dataclass
class Row:
    """The week of a shift and product."""

    shift: Shift | None
    product: Product | None
    cells: list[Cell]
    is_by_product: bool

    @property
    def total(self) -> int:
        return sum(cell.stored or 0 for cell in self.cells)


@dataclass
class Gap:
    """A shift without a count, and how many records lie in it."""

    day: dt.date
    shift: Shift | None
    records: int


@dataclass
class Week:
    """Everything that the page of a week shows."""

    line: ProductionLine
    monday: dt.date
    rows: list[Row] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    may_add: list[Product] = field(default_factory=list)

    @property
    def days(self) -> list[dt.date]:
        return [self.monday + dt.timedelta(days=offset) for offset in range(7)]

    @property
    def cells(self) -> list[Cell]:
        return [cell for row in self.rows for cell in row.cells]

    @property
    def errors(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.error]

    @property
    def total(self) -> int:
        return sum(row.total for row in self.rows)

    @property
    def copied(self) -> int:
        return sum(cell.is_copied for cell in self.cells)

    @property
    def records(self) -> int:
        """Records in shifts without a count."""
        return sum(gap.records for gap in self.gaps)

    @property
    def by_product(self) -> bool:
        return any(row.is_by_product for row in self.rows)


def week_of(user: User, line: ProductionLine, start: dt.date, *, also: str = "", copy: bool = False) -> Week:
    """The week as stored; `also` names a product that gets rows, `copy` fills what is empty with last week's units."""
    since = start - LOOK_BACK * WEEK
    counts = ProductionCount.objects.visible_to(user).filter(line=line, production_on__gte=since)
    counts = counts.filter(production_on__lt=start + WEEK)
    keys = ("production_on", "shift_id", "product_id", "units")
    known = {(day, shift, product): units for day, shift, product, units in counts.values_list(*keys)}
    shifts: list[Shift | None] = [*Shift.objects.visible_to(user).filter(plant=line.plant)]
    week = Week(line, start)
    products = _products(user, week, known, also)
    for shift in [*shifts] or [None]:
        week.rows += _rows(week, shift, products, known)
    whole = {key for key in known if key[1] is None and start <= key[0]}
    if shifts and whole:
        week.rows += _rows(week, None, products, known)
    if copy:
        _copy(week, known)
    week.gaps = _gaps(user, week, shifts or [None], known)
    return week


def _products(user: User, week: Week, known: dict[Any, int], also: str) -> list[Product]:
    """The products that have rows of their own: those counted lately, or several that ran."""
    line, start = week.line, week.monday
    counted = {product for day, _shift, product in known if product and day >= start - WEEK}
    first = dt.datetime.combine(start, dt.time(), line.plant.zone)
    runs = ProductionRun.objects.visible_to(user).filter(Q(ended_at=None) | Q(ended_at__gte=first), line=line)
    ran = set(runs.filter(started_at__lt=first + WEEK).values_list("product_id", flat=True))
    shown = counted | (ran if counted or len(ran) > 1 else set())
    every = list(Product.objects.visible_to(user))
    shown |= {each.pk for each in every if each.code.casefold() == also.strip().casefold()}
    week.may_add = [each for each in every if each.is_active and each.pk not in shown]
    return [each for each in every if each.pk in shown]


def _rows(week: Week, shift: Shift | None, products: list[Product], known: dict[Any, int]) -> list[Row]:
    key = shift.pk if shift else None
    has_total = any((day, key, None) in known for day in week.days)
    kinds: list[Product | None] = [*products]
    if has_total or not products:
        kinds.insert(0, None)
    return [
        Row(shift, product, [_cell(week, day, shift, product, known) for day in week.days], bool(products))
        for product in kinds
    ]


def _cell(week: Week, day: dt.date, shift: Shift | None, product: Product | None, known: dict[Any, int]) -> Cell:
    units = known.get((day, shift and shift.pk, product and product.pk))
    label = ", ".join(str(each) for each in (shift or _("Day"), product, f"{day:%a %-d %b}") if each)
    late = day > clock.today(week.line.plant.time_zone) + dt.timedelta(days=1)
    return Cell(Entry(day, shift, product, units, units), "" if units is None else str(units), label, is_future=late)


def _copy(week: Week, known: dict[Any, int]) -> None:
    today = clock.today(week.line.plant.time_zone)
    for cell in week.cells:
        day, shift, product = cell.entry.key
        before = known.get((day - WEEK, shift, product))
        if cell.stored is None and before is not None and day <= today:
            cell.text, cell.is_copied = str(before), True


def _gaps(user: User, week: Week, shifts: list[Shift | None], known: dict[Any, int]) -> list[Gap]:
    """Past shifts that have no count although records lie in them or the weekday and shift usually has one."""
    counted: set[Slot] = {(day, shift) for day, shift, _product in known}
    whole_days = {day for day, shift in counted if shift is None}
    usual = {(day.weekday(), shift) for day, shift in counted if day < week.monday}
    records = _records(user, week)
    today = clock.today(week.line.plant.time_zone)
    gaps = []
    for day in week.days:
        for shift in shifts:
            key = shift.pk if shift else None
            missing = (day, key) not in counted and day not in whole_days and day < today
            if missing and (records[day, key] or (day.weekday(), key) in usual):
                gaps.append(Gap(day, shift, records[day, key]))
    return gaps


def _records(user: User, week: Week) -> Counter[Slot]:
    """Records by day and shift; the time bounds only let the database find them by the index of the line."""
    first = dt.datetime.combine(week.monday, dt.time(), dt.UTC) - dt.timedelta(days=2)
    rows = Defect.objects.visible_to(user).counted().filter(line=week.line, occurred_at__gte=first)
    rows = rows.filter(occurred_at__lt=first + dt.timedelta(days=12), production_on__in=week.days)
    found: Counter[Slot] = Counter()
    has_shifts = any(row.shift for row in week.rows)
    for day, shift, number in rows.order_by().values_list("production_on", "shift_id").annotate(n=Count("pk")):
        found[day, shift if has_shifts else None] += number
    return found


def take(week: Week, sent: Any) -> list[Entry]:
    """What was typed into the cells that came along; what is wrong stands in `cell.error` afterwards."""
    entries = []
    for cell in week.cells:
        if cell.name not in sent:
            continue
        cell.text = str(sent[cell.name]).strip()
        was = str(sent.get(f"w{cell.name[1:]}", "")).strip()
        seen = int(was) if UNITS.fullmatch(was) else None
        if cell.text and not UNITS.fullmatch(cell.text):
            cell.error = _("Units are a whole number such as 480; %(text)s is not.") % {"text": cell.text[:40]}
            continue
        units = int(cell.text) if cell.text else None
        day, shift, product = cell.entry.production_on, cell.entry.shift, cell.entry.product
        if units != seen:
            entries.append(Entry(day, shift, product, units, seen))
    return entries


def missing_days(
    weeks: list[dt.date], known: set[tuple[int, dt.date]], line: ProductionLine
) -> list[tuple[dt.date, int, int]]:
    """Per week: its Monday, how many days have counts, and how many are missing of those that usually have one."""
    today = clock.today(line.plant.time_zone)
    counted: dict[dt.date, set[int]] = defaultdict(set)
    for week in weeks:
        counted[week] = {day for day in range(7) if (line.pk, week + dt.timedelta(days=day)) in known}
    answer = []
    for week in weeks:
        usual = set().union(*(counted[other] for other in weeks if other != week))
        past = {day for day in usual if week + dt.timedelta(days=day) < today}
        answer.append((week, len(counted[week]), len(past - counted[week])))
    return answer
