"""Lists: one page at a time, filters in the address, and no more queries for more rows."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from qc import clock
from qc.models import Plant, User

PAGE_SIZE = 50
PERIODS = [("", _("Any time")), ("1", _("Today")), ("7", _("7 days")), ("30", _("30 days")), ("90", _("90 days"))]


def page_of(request: HttpRequest, rows: QuerySet[Any], size: int = PAGE_SIZE) -> dict[str, Any]:
    """The page that the address asks for, and the rest of the address for the pager."""
    query = request.GET.copy()
    query.pop("page", None)
    page: Page[Any] = Paginator(rows, size).get_page(request.GET.get("page"))
    return {"page": page, "query": query.urlencode(), "filtered": any(value for value in query.values())}


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
        name = getattr(obj, "name", "")
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
