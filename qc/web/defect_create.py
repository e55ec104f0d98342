"""Logging a defect with all that can be said of it: nothing typed or chosen is lost, doubles are shown first."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qc import clock
from qc.errors import Refused
from qc.models import Defect, KeptFile, SupplierLot, User
from qc.services import attachments, defects, duplicates, files, holds, kept_files
from qc.web.access import InsideRequest, role_required
from qc.web.defect_forms import DefectForm
from qc.web.fields import ManyFiles
from qc.web.refusals import submit

NOT_VALUES = {"photos", "drop", "anyway", "same_as", "opened_at"}


class DefectCreateForm(DefectForm):
    """The form at the line. Its key makes a second tap harmless; its time is when it was opened."""

    photos = ManyFiles(
        label=gettext_lazy("Photos or files"),
        required=False,
        help_text=gettext_lazy("PNG, JPEG, PDF, CSV, XLSX; 10 MB each."),
    )
    drop = forms.ModelMultipleChoiceField(KeptFile.objects.none(), required=False)
    same_as = forms.ModelChoiceField(Defect.objects.none(), required=False, widget=forms.HiddenInput)
    anyway = forms.BooleanField(required=False, widget=forms.HiddenInput)
    client_uuid = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    opened_at = forms.CharField(widget=forms.HiddenInput, required=False, initial=lambda: clock.now().isoformat())

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        every: dict[str, Any] = self.fields
        every["same_as"].queryset = Defect.objects.visible_to(user)
        every["drop"].queryset = self.kept

    @property
    def kept(self) -> Any:
        """The files of this form that wait since it was sent before."""
        try:
            key = uuid.UUID(str(self["client_uuid"].value()))
        except ValueError:
            return KeptFile.objects.none()
        return KeptFile.objects.visible_to(self.user).filter(key=key)

    def clean_photos(self) -> list[files.CheckedFile]:
        """Judge every file before anything is saved; the good ones are kept though another one is refused."""
        good, wrong = [], []
        for upload in self.cleaned_data["photos"]:
            try:
                good.append(files.checked(upload))
            except Refused as refusal:
                wrong.append(forms.ValidationError(f"{upload.name}: {refusal.message}"))
        self.good_files = good
        if wrong:
            raise forms.ValidationError(wrong)
        return good

    def keep_files(self) -> None:
        """Keep what was uploaded, and let go of what was taken off, until the form is sent again."""
        key = self.cleaned_data.get("client_uuid")
        if key is None:
            return
        kept_files.drop(self.user, key=key, keys=[row.pk for row in self.cleaned_data.get("drop") or ()])
        try:
            kept_files.keep(self.user, key=key, uploads=getattr(self, "good_files", []))
        except Refused as refusal:
            self.add_error("photos", refusal.message)

    def values(self) -> dict[str, Any]:
        """What `defects.record` takes."""
        data = {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}
        data = {name: value for name, value in data.items() if name not in NOT_VALUES}
        data.setdefault("occurred_at", self._opened())
        return data

    def _opened(self) -> dt.datetime:
        try:
            moment = dt.datetime.fromisoformat(self.cleaned_data.get("opened_at", ""))
        except ValueError:
            return clock.now()
        return moment if moment.tzinfo and moment <= clock.now() else clock.now()

    def held(self) -> list[str]:
        """What to tell of a chosen lot that is on hold; the record is saved all the same."""
        data = getattr(self, "cleaned_data", {})
        lot, line = data.get("supplier_lot"), data.get("line")
        plant = line.plant if line else data.get("plant")
        chosen = lot if isinstance(lot, SupplierLot) else None
        return holds.warnings(self.user, plant=plant, supplier_lot=chosen, own_lot=data.get("lot") or "")

    def alike(self) -> list[duplicates.Likeness]:
        """Records that this one is probably the same as, as far as the form is filled in."""
        data = self.cleaned_data
        station, machine = data.get("station"), data.get("machine")
        station = station or (machine.station if machine else None)
        line = data.get("line") or (station.line if station else None)
        plant = line.plant if line else data.get("plant")
        moment = data.get("occurred_at") or self._opened()
        if not data.get("defect_type") or plant is None or moment.tzinfo is None:
            return []
        lot = data.get("supplier_lot")
        sighting = duplicates.Sighting(
            defect_type=data["defect_type"],
            plant=plant,
            occurred_at=moment,
            line=line,
            supplier=data.get("supplier"),
            supplier_lot=lot if isinstance(lot, SupplierLot) else None,
            serials=tuple(one for one in (data.get("serial", ""), *data.get("further_serials", "").split("\n")) if one),
            lot=data.get("lot", ""),
            key=data.get("client_uuid"),
        )
        return duplicates.likely(self.user, sighting)


@role_required("defect.record")
def defect_create(request: InsideRequest) -> HttpResponse:
    if request.method != "POST":
        known = {name: value for name, value in request.GET.items() if name in DefectCreateForm.base_fields}
        return _page(request, DefectCreateForm(request.user, initial=known))
    form = DefectCreateForm(request.user, request.POST, request.FILES)
    is_valid, alike = form.is_valid(), []
    if "narrow" in request.POST:
        form.keep_files()
        return _page(request, DefectCreateForm(request.user, initial=request.POST.dict()))
    if is_valid:
        decided = form.cleaned_data["same_as"] or form.cleaned_data["anyway"]
        alike = [] if decided else form.alike()
        saved = None if alike else submit(form, lambda: _once(request.user, form))
        if saved:
            messages.success(request, _("%(number)s is saved.") % {"number": saved.number})
            for text in holds.warnings(
                request.user, plant=saved.plant, supplier_lot=saved.supplier_lot, own_lot=saved.lot
            ):
                messages.warning(request, text)
            return redirect("qc:defect-detail", pk=saved.pk)
    form.keep_files()
    return _page(request, form, alike, status=409 if alike else 422)


def _page(
    request: InsideRequest, form: DefectCreateForm, alike: list[duplicates.Likeness] | None = None, status: int = 200
) -> HttpResponse:
    context = {"form": form, "alike": alike, "stop": bool(alike), "held": form.held() if form.is_bound else []}
    return render(request, "qc/defect_form.html", context, status=status)


def _once(by: User, form: DefectCreateForm) -> Defect:
    """A double tap may reach two workers at once: the slower one finds what the quicker one saved."""
    try:
        return _record(by, form)
    except IntegrityError:
        if not Defect.objects.visible_to(by).filter(client_uuid=form.cleaned_data["client_uuid"]).exists():
            raise
        return _record(by, form)


@transaction.atomic
def _record(by: User, form: DefectCreateForm) -> Defect:
    data = form.cleaned_data
    more = {"is_distinct": True} if data["anyway"] else {}
    defect = defects.record(by, **form.values(), **more)
    original = data["same_as"]
    if original and defect.duplicate_of_id is None:
        defect = defects.mark_duplicate(by, defect=defect, original=original)
    kept_files.drop(by, key=data["client_uuid"], keys=[row.pk for row in data["drop"]])
    for file in data["photos"]:
        attachments.add(by, subject=defect, upload=file)
    kept_files.attach(by, key=data["client_uuid"], subject=defect)
    return defect


@role_required("defect.record")
def defect_likely(request: InsideRequest) -> HttpResponse:
    """What a half-filled form looks like already: a fragment for who is typing."""
    form = DefectCreateForm(request.user, request.GET)
    form.is_valid()
    return render(request, "qc/defect_likely.html", {"alike": form.alike(), "held": form.held(), "form": form})
