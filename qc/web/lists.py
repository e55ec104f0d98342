"""Lists: one page at a time, filters in the address, and no more queries for more rows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import CharField, F, Model, QuerySet, Value
from django.db.models.functions import Cast
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from qc import clock
from qc.models import Plant, SavedView, User
from qc.services.listings.base import NOT_FILTERS, Dimension, Listing, query_of
from qc.services.views import COLUMNS
from qc.web import keyset

PAGE_SIZE = 50
PERIODS = [("", _("Any time")), ("1", _("Today")), ("7", _("7 days")), ("30", _("30 days")), ("90", _("90 days"))]


def params_of(query: QueryDict) -> dict[str, str]:
    """The parameters of an address; of several with one name the last."""
    return cast(dict[str, str], query.dict())


def page_of(request: HttpRequest, rows: QuerySet[Any], size: int = PAGE_SIZE) -> dict[str, Any]:
    """The page that the address asks for, and the rest of the address for the pager. For lists of some hundred rows."""
    query = request.GET.copy()
    query.pop("page", None)
    page: Page[Any] = Paginator(rows, size).get_page(request.GET.get("page"))
    return {"page": page, "query": query.urlencode(), "filtered": any(value for value in query.values())}


def slice_of(request: HttpRequest, listing: Listing, rows: QuerySet[Any], **options: Any) -> dict[str, Any]:
    """A page of a list that may grow without limit, and what its pager, filters and export need."""
    params = request.GET.dict()
    fields = options.pop("fields", listing.order(params).fields)
    options.setdefault("cap", listing.cap)
    page = keyset.page(rows, request.GET, fields=fields, size=PAGE_SIZE, **options)
    return {
        "page": page,
        "listing": listing,
        "query": query_of(params, without=("page", "after", "before", "open")),
        "filtered": any(value for name, value in params.items() if name not in NOT_FILTERS),
    }


class CodeChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A choice among rows with a code and a name: `LINE-3 Final assembly`. Empty until it is scoped to a person."""

    def __init__(
        self, rows: type[Model] | QuerySet[Any], *, related: tuple[str, ...] = (), only: Any = None, **kwargs: Any
    ) -> None:
        kwargs.setdefault("empty_label", _("Choose") if kwargs.get("required", True) else _("Not said"))
        super().__init__(rows if isinstance(rows, QuerySet) else rows._default_manager.none(), **kwargs)
        self.related, self.only = related, only or {}

    def scope(self, user: User) -> None:
        """Leave the rows that the person may read."""
        rows: Any = self.queryset
        self.queryset = rows.model._default_manager.visible_to(user).filter(**self.only).select_related(*self.related)

    def label_from_instance(self, obj: Model) -> str:
        code = getattr(obj, "code", "") or getattr(obj, "number", "")
        name = getattr(obj, "name", "") or getattr(obj, "title", "")
        return f"{code} {name}".strip() if name != code else str(name)


class Filter(forms.Form):
    """Filters of a list. What does not make sense is as good as empty: an old link still opens the list."""

    def __init__(self, user: User, data: Any) -> None:
        super().__init__(data)
        self.user = user
        for field in self.fields.values():
            field.required = False
            if isinstance(field, CodeChoice):
                field.scope(user)
            elif hasattr(getattr(field, "queryset", None), "visible_to"):
                field.queryset = field.queryset.visible_to(user)  # type: ignore[attr-defined]
        if "plant" in self.fields and Plant.objects.visible_to(user).count() < 2:
            del self.fields["plant"]

    def chosen(self, name: str) -> Any:
        """The value of a filter, or None."""
        self.is_valid()
        return getattr(self, "cleaned_data", {}).get(name) or None

    def first_day(self) -> dt.date | None:
        """The first day of the chosen period; 1 is today."""
        days = self.chosen("period")
        return clock.today() - dt.timedelta(days=int(days) - 1) if days else None


class ListFilter(Filter):
    """The form of a list's dimensions: each its widget, with the rows that the person may read."""

    def __init__(self, user: User, listing: Listing, data: Any, *, leave: tuple[str, ...] = ()) -> None:
        super().__init__(user, data)
        for dimension in listing.dimensions:
            if dimension.name not in leave:
                self.fields[dimension.name] = _field(dimension, user)
        if "plant" in self.fields and len(self.fields["plant"].choices) < 3:  # type: ignore[attr-defined]
            del self.fields["plant"]


def _field(dimension: Dimension, user: User) -> forms.Field:
    given: dict[str, Any] = {"required": False, "label": dimension.label}
    if dimension.model is not None:
        field = CodeChoice(dimension.model, empty_label=dimension.empty, **given)
        field.scope(user)
        return field
    if dimension.choices:
        return forms.ChoiceField(choices=[("", dimension.empty), *dimension.choices], **given)
    if dimension.how == "flag":
        return forms.BooleanField(**given)
    kind = "date" if dimension.how == "day" else "search" if dimension.name == "q" else "text"
    return forms.CharField(max_length=200, widget=forms.TextInput(attrs={"type": kind}), **given)


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is set: what it is, its value in words, and the address without it."""

    label: Any
    text: Any
    without: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a list: its chips and the person's views."""

    chips: list[Chip]
    views: list[dict[str, Any]]
    columns: str = ""  # the person's own, where the address names none


def frame_of(user: User, listing: Listing, query: QueryDict) -> Frame:
    """Chips with the names of chosen rows, and saved views: one statement for all of them."""
    params = params_of(query)
    chosen = listing.chosen(params)
    kinds = [listing.name, listing.name + COLUMNS]
    kept = SavedView.objects.visible_to(user).filter(list_name__in=kinds).order_by()
    parts = [kept.values_list("list_name", "pk", "name", "query", Cast("is_default", CharField()))]
    for each in listing.dimensions:
        if each.model is not None and each.name in chosen:
            parts.append(_named(user, each, chosen[each.name]))
    found = list(parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0])
    names = {kind: f"{code} {name}".strip() for kind, _pk, code, name, _is in found if kind not in kinds}
    here = query_of(params, without=("page", "after", "before", "open", "view"))
    return Frame(
        [_chip(each, chosen[each.name], names, params) for each in listing.dimensions if each.name in chosen],
        [
            {"pk": pk, "name": name, "query": text, "is_default": is_default in ("1", "true"), "is_here": text == here}
            for kind, pk, name, text, is_default in sorted(found, key=lambda row: str(row[2]).casefold())
            if kind == listing.name
        ],
        next((text for kind, _pk, _name, text, _is in found if kind == kinds[1]), ""),
    )


def _named(user: User, dimension: Dimension, key: int) -> QuerySet[Any]:
    assert dimension.model is not None  # noqa: S101  (for the type checker)
    fields = {field.name for field in dimension.model._meta.concrete_fields}
    code = next((name for name in ("code", "number") if name in fields), None)
    name = next((name for name in ("name", "title", "explanation") if name in fields), None)
    rows = dimension.model._default_manager.visible_to(user).filter(pk=key).order_by()  # type: ignore[attr-defined]
    empty = Value("", CharField())
    named: QuerySet[Any] = rows.values_list(
        Value(dimension.name, CharField()), "pk", F(code) if code else empty, F(name) if name else empty, empty
    )
    return named


def _chip(dimension: Dimension, value: Any, names: dict[str, str], params: dict[str, str]) -> Chip:
    gone = query_of(params, without=(dimension.name, "page", "after", "before", "open"))
    if dimension.model is not None:
        return Chip(dimension.label, names.get(dimension.name) or _("not yours"), gone)
    if dimension.choices:
        return Chip(dimension.label, dict(dimension.choices)[value], gone)
    return Chip(dimension.label, value if value is not True else "", gone)
