"""The form at a station: what was sent, what was scanned, and what the verb takes of it."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qc import clock
from qc.errors import Refused
from qc.models import DefectType, Product, User
from qc.services import files, quick
from qc.web import quick_scan
from qc.web.fields import Amount, ManyFiles

MOST_PHOTOS = 10
KEY = re.compile(r"[0-9]{1,18}", re.ASCII)
SKEW = dt.timedelta(minutes=2)  # a device whose clock is further off is set right


def moment(text: str) -> dt.datetime | None:
    """An instant as scripts write it; None for anything else."""
    try:
        instant = dt.datetime.fromisoformat(text)
        return instant.astimezone(dt.UTC) if instant.tzinfo else None
    except (ValueError, OverflowError):
        return None


class QuickForm(forms.Form):
    """Everything that a person at the line may say. The station is in the address, the rest follows from it."""

    code = forms.CharField(
        label=gettext_lazy("What is wrong?"),
        max_length=40,
        error_messages={"required": gettext_lazy("Choose what is wrong.")},
    )
    quantity = Amount(label=gettext_lazy("How many"), initial="1")
    product = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**63 - 1)
    serial = forms.CharField(label=gettext_lazy("Serial number"), max_length=80, required=False)
    lot = forms.CharField(label=gettext_lazy("Own lot"), max_length=80, required=False)
    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    photos = ManyFiles(label=gettext_lazy("Photo"), required=False)
    client_uuid = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    person = forms.CharField(widget=forms.HiddenInput, max_length=20, required=False)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        every: dict[str, Any] = self.fields
        every["photos"].widget.attrs = {"accept": "image/jpeg,image/png", "capture": "environment"}

    def clean_code(self) -> DefectType:
        key: str = self.cleaned_data["code"]
        if KEY.fullmatch(key):
            for row in DefectType.objects.visible_to(self.user).filter(pk=int(key), is_active=True).order_by():
                return row
        raise forms.ValidationError(_("This code is no longer in the catalogue: choose another one."))

    def clean_quantity(self) -> Decimal:
        quantity: Decimal = self.cleaned_data["quantity"]
        if not quantity:
            raise forms.ValidationError(_("At least one: a quantity is more than zero."))
        return quantity

    def clean_photos(self) -> list[files.CheckedFile]:
        """Judge and redraw every photo before the transaction holds its locks."""
        given = self.cleaned_data["photos"]
        if len(given) > MOST_PHOTOS:
            raise forms.ValidationError(_("At most %(n)s photos.") % {"n": MOST_PHOTOS})
        try:
            return [files.checked(upload) for upload in given]
        except Refused as refusal:
            raise forms.ValidationError(refusal.message) from None

    def clean_person(self) -> str:
        """What one person logged is not sent in the name of another one who uses the same tablet."""
        person: str = self.cleaned_data["person"]
        if person and person != str(self.user.pk):
            raise forms.ValidationError(
                _("Someone else logged this on this device. It is sent when that person logs in."), code="person"
            )
        return person

    def occurred_at(self) -> dt.datetime:
        """When it was seen, by our clock: the device's own may be off, and says by how much when it sends."""
        now = clock.now()
        seen, sent = (moment(str(self.data.get(name, ""))) for name in ("seen_at", "sent_at"))
        if seen is None:
            return now
        if sent is not None and abs(now - sent) > SKEW:
            seen += now - sent
        return min(seen, now)

    def key(self) -> uuid.UUID | None:
        """The key as it was sent, before the form is judged."""
        try:
            return uuid.UUID(str(self.data.get("client_uuid", "")))
        except ValueError:
            return None

    def values(self, spot: quick.Spot) -> dict[str, Any]:
        """What `quick.log` takes."""
        data = self.cleaned_data
        names = ("client_uuid", "quantity", "serial", "lot", "note", "photos")
        return {name: data[name] for name in names} | {
            "defect_type": data["code"],
            "occurred_at": self.occurred_at(),
            "product": self._product(data["product"], spot),
        }

    def _product(self, key: int | None, spot: quick.Spot) -> Product | None:
        if key is None or key == spot.product_id:
            return Product(pk=key) if key else None  # it runs there: the station's row said so
        return Product.objects.visible_to(self.user).filter(pk=key).first()


def stepped(user: User, data: Any) -> tuple[Any, quick_scan.Scan | None, str]:
    """The form's data after a step that saves nothing (a scan, less, more), the scan, and what is wrong with it."""
    data = data.copy()
    step = data.get("do", "")
    if step in ("less", "more"):
        try:
            count = Decimal(str(Amount(required=False).clean(data.get("quantity")) or 1))
        except forms.ValidationError:
            count = Decimal(1)
        data["quantity"] = f"{max(Decimal(1), count + (1 if step == 'more' else -1)).normalize():f}"
        return data, None, ""
    active = DefectType.objects.visible_to(user).filter(is_active=True)
    types = {code.upper(): pk for code, pk in active.values_list("code", "pk")}
    scan = quick_scan.read(data.get("scan", ""), set(types))
    data["scan"] = ""
    if scan.field == "code" and scan.value.upper() not in types:
        return data, scan, _("There is no code %(code)s in the catalogue.") % {"code": scan.value[:40]}
    if scan.field in quick_scan.FIELDS.values():
        data[scan.field] = str(types[scan.value.upper()]) if scan.field == "code" else scan.value
    return data, scan, ""
