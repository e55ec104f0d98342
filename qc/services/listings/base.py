"""What every list is made of: dimensions to filter by, columns to show and to keep, orders that have an index."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from qc import clock
from qc.models import User

Params = Mapping[str, str]
Condition = Callable[[QuerySet[Any], User, Any], QuerySet[Any]]

LONGEST = 200  # characters of a search or of a value
BIGGEST_KEY = 2**63 - 1
NOT_FILTERS = frozenset({"page", "after", "before", "open", "sort", "cols", "view", "pick", "all", "format"})
PERIODS = (("1", _("Today")), ("7", _("7 days")), ("30", _("30 days")), ("90", _("90 days")))


@dataclass(frozen=True, slots=True)
class Dimension:
    """Something to filter by.

    `model`: a row of it, by key. `choices`: one of them. `how` says what else it is: text (equal, capitals do not
    matter), day, flag. `path` is the column that has to equal the value unless `condition` narrows the rows itself.
    """

    name: str
    label: Any
    path: str = ""
    model: type[Model] | None = None
    choices: tuple[tuple[str, Any], ...] = ()
    how: str = "text"
    condition: Condition | None = None
    empty: Any = _("All")
    longest: int = LONGEST

    def value(self, text: str) -> Any:
        """What the address says, or None where it makes no sense: an old link still opens the list."""
        text = text.replace("\x00", "").strip()[: self.longest]
        if not text:
            return None
        if self.model is not None:
            number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
            return number if 0 < number <= BIGGEST_KEY else None
        if self.choices:
            return text if text in {value for value, _label in self.choices} else None
        return _read(self.how, text)

    def narrow(self, rows: QuerySet[Any], user: User, value: Any) -> QuerySet[Any]:
        """The rows that have this value."""
        if self.condition:
            return self.condition(rows, user, value)
        lookup = f"{self.path}__iexact" if self.how == "text" and not self.model and not self.choices else self.path
        return rows.filter(**{lookup: value})


def _read(how: str, text: str) -> Any:
    if how == "flag":
        return True if text in ("1", "on", "yes", "true") else None
    if how == "day":
        try:
            day = dt.date.fromisoformat(text)
        except ValueError:
            return None
        return day if dt.date(1990, 1, 1) <= day <= dt.date(2200, 1, 1) else None
    return text


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file, and of the page where `cell` says how it is drawn there from the row's values."""

    name: str
    label: Any
    paths: tuple[str, ...] = ()
    cell: str = ""  # text, mono, moment, day, number, choice, long or a kind that the page knows
    keeps: tuple[tuple[str, str], ...] = ()  # heading and path of each column of a file; none: not kept
    choices: Mapping[str, Any] = field(default_factory=dict)
    is_usual: bool = True


@dataclass(frozen=True, slots=True)
class Order:
    """An order with an index behind it; the last field tells every row from every other."""

    name: str
    label: Any
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Listing:
    """A list: its rows for a person before any filter, and what can be asked of it."""

    name: str
    title: Any
    source: Callable[[User], QuerySet[Any]]
    dimensions: tuple[Dimension, ...]
    columns: tuple[Column, ...]
    orders: tuple[Order, ...]
    zone: str = ""  # path of the time zone that moments are told in
    more: Callable[[QuerySet[Any]], QuerySet[Any]] = lambda rows: rows  # adds what columns need beyond paths
    cap: int = 10_000  # counted up to here

    def chosen(self, params: Params) -> dict[str, Any]:
        """What the address asks for and the list understands."""
        found = {each.name: each.value(params.get(each.name, "")) for each in self.dimensions}
        return {name: value for name, value in found.items() if value is not None}

    def rows(self, user: User, params: Params) -> QuerySet[Any]:
        """The rows that the person may read and that the filters leave, in the chosen order."""
        rows = self.source(user)
        chosen = self.chosen(params)
        for dimension in self.dimensions:
            if dimension.name in chosen:
                rows = dimension.narrow(rows, user, chosen[dimension.name])
        return rows.order_by(*self.order(params).fields)

    def order(self, params: Params) -> Order:
        """The chosen order, or the first one."""
        return next((each for each in self.orders if each.name == params.get("sort")), self.orders[0])

    def shown(self, params: Params) -> list[Column]:
        """The first column and the chosen ones in the list's order, or the usual ones."""
        names = params.get("cols", "").split(",")
        picked = [each for each in self.columns[1:] if each.name in names]
        return [self.columns[0], *picked] if picked else [each for each in self.columns if each.is_usual]


def parse(query: str) -> dict[str, str]:
    """The parameters of a query; the last one wins, what is too much is left out."""
    try:
        return dict(parse_qsl(query, max_num_fields=100, errors="replace"))
    except ValueError:
        return {}


def query_of(params: Params, *, without: Iterable[str] = ()) -> str:
    """The query that says the same, without some of its names and without what is empty."""
    gone = set(without)
    return urlencode([(name, value) for name, value in params.items() if value and name not in gone])


def period(path: str, *, moment: str = "") -> tuple[Dimension, ...]:
    """The dimensions `period`, `since` and `until` over a day; `moment` is the indexed instant of the same rows."""

    def since(rows: QuerySet[Any], user: User, day: dt.date) -> QuerySet[Any]:
        # A production day starts at most a day before its date says in UTC: this lets the index start there.
        early = dt.datetime.combine(day - dt.timedelta(days=1), dt.time(), dt.UTC)
        return rows.filter(**{f"{path}__gte": day}, **({f"{moment}__gte": early} if moment else {}))

    def until(rows: QuerySet[Any], user: User, day: dt.date) -> QuerySet[Any]:
        late = dt.datetime.combine(day + dt.timedelta(days=3), dt.time(), dt.UTC)
        return rows.filter(**{f"{path}__lte": day}, **({f"{moment}__lt": late} if moment else {}))

    def last_days(rows: QuerySet[Any], user: User, days: str) -> QuerySet[Any]:
        return since(rows, user, clock.today() - dt.timedelta(days=int(days) - 1))

    return (
        Dimension("period", _("Period"), choices=PERIODS, condition=last_days, empty=_("Any time")),
        Dimension("since", _("From"), how="day", condition=since),
        Dimension("until", _("To"), how="day", condition=until),
    )


def spoken(values: Sequence[Any]) -> str:
    """Values of one cell in a row."""
    return " ".join(str(value) for value in values if value not in (None, ""))
