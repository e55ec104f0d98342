"""Forms of the scorecards: the rules of the score, and the figures that people give."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qc import clock


class RulesForm(forms.Form):
    """Weights, the points of the ppm, and where the bands begin."""

    ppm_weight = forms.IntegerField(label=_("Weight of the ppm"), min_value=0, max_value=100)
    answers_weight = forms.IntegerField(label=_("Weight of answers on time"), min_value=0, max_value=100)
    repeats_weight = forms.IntegerField(label=_("Weight of repeated requests"), min_value=0, max_value=100)
    delivery_weight = forms.IntegerField(label=_("Weight of deliveries on time"), min_value=0, max_value=100)
    documents_weight = forms.IntegerField(
        label=_("Weight of documents"), help_text=_("All five add up to 100."), min_value=0, max_value=100
    )
    ppm_full = forms.IntegerField(label=_("All points up to so many ppm"), min_value=0, max_value=999_999)
    ppm_none = forms.IntegerField(label=_("No points from so many ppm"), min_value=1, max_value=1_000_000)
    a_from = forms.IntegerField(label=_("A begins at"), min_value=1, max_value=100)
    b_from = forms.IntegerField(label=_("B begins at"), min_value=1, max_value=100)
    c_from = forms.IntegerField(label=_("C begins at"), help_text=_("Below it is D."), min_value=1, max_value=100)


class GivenForm(forms.Form):
    """What the software cannot know of a month."""

    month = forms.ChoiceField(label=_("Month"))
    deliveries = forms.IntegerField(label=_("Deliveries"), min_value=0, max_value=10**9, required=False)
    deliveries_on_time = forms.IntegerField(label=_("of them on time"), min_value=0, max_value=10**9, required=False)
    documents = forms.IntegerField(label=_("Documents asked for"), min_value=0, max_value=10**9, required=False)
    documents_complete = forms.IntegerField(
        label=_("of them complete"), help_text=_("Leave empty what nobody counted."),
        min_value=0, max_value=10**9, required=False,
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = [(f"{day:%Y-%m}", f"{day:%B %Y}") for day in last_months(13)]  # type: ignore[attr-defined]

    def first_day(self) -> dt.date:
        """The first day of the chosen month."""
        return month_of(self.cleaned_data["month"]) or clock.today()


def last_months(count: int, last: dt.date | None = None) -> list[dt.date]:
    """The first days of the last months, newest first."""
    day = (last or clock.today()).replace(day=1)
    found = [day]
    while len(found) < count:
        day = (day - dt.timedelta(days=1)).replace(day=1)
        found.append(day)
    return found


def month_of(text: str) -> dt.date | None:
    """The first day of a month such as 2026-11; None for anything else."""
    try:
        return dt.datetime.strptime(text, "%Y-%m").replace(tzinfo=dt.UTC).date()
    except ValueError:
        return None
