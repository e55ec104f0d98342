"""Form fields that refuse what only looks right: `1_000`, Arabic digits, 02:30 in the hour that does not exist."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})?", re.ASCII)
VALUE = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?", re.ASCII)
EARLIEST = dt.datetime(1990, 1, 1)  # noqa: DTZ001  (plant time; the zone follows from the line)


class Amount(forms.CharField):
    """A quantity: digits, and at most three decimals after a point."""

    pattern = NUMBER
    sentence = _("A quantity is a number such as 3 or 2.5, without thousands separators.")

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(widget=widget, max_length=20, **kwargs)

    def to_python(self, value: Any) -> Any:
        text = str(super().to_python(value) or "").strip()
        if not text:
            return None
        if not self.pattern.fullmatch(text):
            raise forms.ValidationError(self.sentence)
        return Decimal(text)

    def validate(self, value: Any) -> None:
        if value is None and self.required:
            raise forms.ValidationError(_("Say how many."))

    def run_validators(self, value: Any) -> None:
        """The pattern said it all: the validators of text do not apply to a number."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != (None if initial in (None, "") else Decimal(str(initial))))
        except forms.ValidationError:
            return True


class Measured(Amount):
    """A measured value: it may be below zero, and has at most six decimals after a point."""

    pattern = VALUE
    sentence = _("A value is a number such as 35.031 or -0.4, with a point and without the unit.")


class PlantMoment(forms.Field):
    """A date and time as the clock on the plant's wall shows it; `in_zone` makes an instant of it."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> dt.datetime | None:
        if not value:
            return None
        try:
            moment = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(str(value))
        except ValueError:
            raise forms.ValidationError(_("This date and time does not exist.")) from None
        if moment.tzinfo is not None or moment < EARLIEST:
            raise forms.ValidationError(_("Give the date and time of the plant, such as 2026-11-20T14:05."))
        return moment


def in_zone(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The instant of a wall clock reading. ValidationError for the hour that a change of the clocks leaves out."""
    aware = moment.replace(tzinfo=zone)
    if aware.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != moment:
        raise forms.ValidationError(_("The clocks went forward in that hour: this time does not exist."))
    return aware.astimezone(dt.UTC)


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFiles(forms.FileField):
    """Several files at once."""

    widget = ManyFilesInput(attrs={"accept": "image/*,.pdf,.csv,.txt,.xlsx"})

    def clean(self, data: Any, initial: Any = None) -> Any:
        single = super().clean
        given = data if isinstance(data, list | tuple) else [data]
        return [single(each, initial) for each in given if each]


class Reason(forms.CharField):
    """Words for a step that has to be explained."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Reason"))
        kwargs.setdefault("max_length", 2000)
        super().__init__(widget=forms.Textarea(attrs={"rows": 3}), **kwargs)
