"""Finding one's own requests."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

OPEN = ("open", "disputed", "verifying")
STATES = (
    ("", _("All")),
    ("current", _("Not over")),
    ("over", _("Over")),
)


class RequestFilter(forms.Form):
    """By state and by words of number, title, part or lot."""

    q = forms.CharField(label=_("Number, part or words"), max_length=100, required=False)
    state = forms.ChoiceField(label=_("State"), choices=STATES, required=False)

    def narrow(self, rows: Any) -> Any:
        """The rows that were asked for; what makes no sense is passed over."""
        self.is_valid()
        chosen = self.cleaned_data
        words = chosen.get("q", "").replace("\x00", "").strip()
        if words:
            named = Q(number__icontains=words) | Q(title__icontains=words)
            rows = rows.filter(named | Q(part_number__icontains=words) | Q(lots__icontains=words))
        if chosen.get("state") == "current":
            rows = rows.filter(status__in=OPEN)
        elif chosen.get("state") == "over":
            rows = rows.exclude(status__in=OPEN)
        return rows

    @property
    def is_used(self) -> bool:
        """Whether anything was asked for."""
        return any(self.cleaned_data.values())
