"""The supplier's forms about dates, sorting and money."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


def _day(**more: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more)


def _words(**more: Any) -> forms.CharField:
    return forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=2000, **more)


class MoreTimeForm(forms.Form):
    """Until when, and why."""

    use_required_attribute = False
    wanted_on = _day(label=_("Until when do you need?"))
    reason = _words(label=_("Why?"), help_text=_("Say what takes longer, and what you have done so far."))


class OwnSortForm(forms.Form):
    """One shipment that you sorted."""

    use_required_attribute = False
    sorted_on = _day(label=_("Day"))
    lot = forms.CharField(label=_("Lot or shipment"), max_length=120)
    quantity_checked = forms.IntegerField(label=_("Parts checked"), min_value=1, max_value=10_000_000)
    quantity_bad = forms.IntegerField(label=_("Of these bad"), min_value=0, max_value=10_000_000)


class ObjectForm(forms.Form):
    """Why you do not agree, and what you would pay."""

    use_required_attribute = False
    reason = _words(label=_("Why do you not agree?"))
    offer = forms.CharField(label=_("What would you pay?"), max_length=30, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)


class AgreeForm(forms.Form):
    """The version that was read."""

    version = forms.IntegerField(widget=forms.HiddenInput)
