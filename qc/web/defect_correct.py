"""Correcting a defect: a new version; who had an older one open sees what was changed meanwhile and by whom."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qc.errors import Stale
from qc.models import Defect, DefectType, ProductionLine, User
from qc.services import defects
from qc.services.revisions import as_it_was
from qc.web.access import InsideRequest, role_required
from qc.web.covering import PLACES
from qc.web.defect_forms import DefectForm
from qc.web.fields import Reason
from qc.web.refusals import submit

ROWS = ("defect_type", "line", "station", "machine", "product", "plant", "supplier", "part", "supplier_lot")
NOT_SAID = {"version", "reason"}


def as_typed(defect: Defect) -> dict[str, Any]:
    """The values of a record as the form shows them."""
    names = [name for name in DefectForm.base_fields if name not in ("frequent", *ROWS)]
    local = defect.occurred_at.astimezone(defect.plant.zone).replace(second=0, microsecond=0, tzinfo=None)
    measured = defect.actual_value
    return (
        {name: getattr(defect, name) for name in names}
        | {name: getattr(defect, f"{name}_id") for name in ROWS}
        | {"quantity": f"{defect.quantity.normalize():f}", "occurred_at": local}
        | {"actual_value": "" if measured is None else f"{measured.normalize():f}"}
        | {"supplier_lot": defect.supplier_lot.code if defect.supplier_lot else ""}
        | {"serial": "\n".join(defect.serials)}
    )


class DefectCorrectForm(DefectForm):
    """A correction: the version that was read, and why."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = Reason(label=gettext_lazy("Why is it corrected?"), required=False)

    def __init__(self, user: User, defect: Defect, *args: Any, **kwargs: Any) -> None:
        self.defect = defect
        initial = as_typed(defect) | {"version": defect.version} | kwargs.pop("initial", {})
        super().__init__(user, *args, initial=initial, **kwargs)
        every: dict[str, Any] = self.fields
        if not self.chosen("plant"):
            every["line"].queryset = ProductionLine.objects.visible_to(user)  # a stopped line keeps its records
        known = DefectType.objects.visible_to(user).filter(pk=defect.defect_type_id)
        every["defect_type"].queryset = (every["defect_type"].queryset | known).distinct()
        del self.fields["frequent"]
        self.fields["defect_type"].label = _("What is wrong?")
        self.fields["occurred_at"].help_text = _("Plant time.")

    def changes(self) -> dict[str, Any]:
        """Only what the person changed: what was inferred stays inferred."""
        names = set(self.changed_data) - NOT_SAID
        names |= {"further_serials"} if "serial" in names else set()
        blank = {*ROWS, "actual_value"}
        data = self.cleaned_data
        return {name: None if name in blank and data[name] in ("", None) else data[name] for name in names}

    def rebased(self) -> dict[str, Any]:
        """Someone else was faster: what they changed, and a form with their values and what was typed on top."""
        version = self.cleaned_data.get("version", 0) if hasattr(self, "cleaned_data") else 0
        revision = self.defect.revisions.visible_to(self.user).filter(version=version).first()
        read = as_typed(as_it_was(revision)) if revision else as_typed(self.defect)
        now = as_typed(self.defect)
        mine = {name for name in self.fields if name not in NOT_SAID and self._differs(name, read)}
        theirs = [name for name in self.fields if name in now and now[name] != read[name]]
        data = {name: self.data.get(name, "") if name in mine else _sent(now.get(name)) for name in self.fields}
        data |= {"version": str(self.defect.version), "reason": self.data.get("reason", "")}
        shown = dict.fromkeys([*theirs, *sorted(mine)])
        rows = [self._row(name, read, now, name in mine) for name in shown]
        return {"form": DefectCorrectForm(self.user, self.defect, data), "conflict": rows, "revision": revision}

    def _differs(self, name: str, read: dict[str, Any]) -> bool:
        sent = self[name].value()
        same: bool = self.fields[name].has_changed(read.get(name), sent)
        return same

    def _row(self, name: str, read: dict[str, Any], now: dict[str, Any], mine: bool) -> dict[str, Any]:
        return {
            "label": self.fields[name].label,
            "read": self._shown(name, read[name]),
            "theirs": self._shown(name, now[name]),
            "mine": self._shown(name, self[name].value()) if mine else None,
        }

    def _shown(self, name: str, value: Any) -> str:
        """A value as the form would show it."""
        field: Any = self.fields[name]
        if hasattr(field, "queryset"):
            rows = field.queryset.model._default_manager.visible_to(self.user)
            row = rows.filter(pk=value).first() if str(value or "").isdigit() else None
            return field.label_from_instance(row) if row else ""
        if isinstance(value, dt.datetime):
            return f"{value:%Y-%m-%d %H:%M}"
        return str(dict(getattr(field, "choices", [])).get(value, value))


def _sent(value: Any) -> str:
    """A value as a browser would send it."""
    if value is None:
        return ""
    return f"{value:%Y-%m-%dT%H:%M}" if isinstance(value, dt.datetime) else str(value)


@role_required("defect.correct")
def defect_correct(request: InsideRequest, pk: int) -> HttpResponse:
    rows = Defect.objects.visible_to(request.user).select_related(*PLACES)
    defect = get_object_or_404(rows, pk=pk)
    if request.method != "POST":
        chosen = {name: request.GET[name] for name in request.GET if name in DefectForm.base_fields}
        return _page(request, defect, {"form": DefectCorrectForm(request.user, defect, initial=chosen)})
    form = DefectCorrectForm(request.user, defect, request.POST)
    is_valid = form.is_valid()
    if "version" in form.cleaned_data and form.cleaned_data["version"] != defect.version:
        return _page(request, defect, form.rebased(), status=409)
    if "narrow" in request.POST:
        return _page(request, defect, {"form": DefectCorrectForm(request.user, defect, initial=request.POST.dict())})
    saved = _corrected(request, form) if is_valid else None
    if isinstance(saved, Stale):  # between our reading and our writing
        defect = get_object_or_404(rows, pk=pk)
        return _page(request, defect, DefectCorrectForm(request.user, defect, request.POST).rebased(), status=409)
    if saved is None:
        return _page(request, defect, {"form": form}, status=422)
    messages.success(request, _("%(number)s is corrected.") % {"number": saved.number})
    return redirect("qc:defect-detail", pk=saved.pk)


def _corrected(request: InsideRequest, form: DefectCorrectForm) -> Defect | Stale | None:
    data = form.cleaned_data
    given = {"defect": form.defect, "version": data["version"], "reason": data["reason"], **form.changes()}

    def verb() -> Defect | Stale:
        try:
            return defects.correct(request.user, **given)
        except Stale as stale:
            return stale

    return submit(form, verb)


def _page(request: InsideRequest, defect: Defect, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, "qc/defect_correct.html", {"defect": defect, **context}, status=status)
