"""Master data that a file names and nobody knows yet: created on apply, taken away again where nothing uses it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import models, transaction
from django.db.models import ProtectedError

from qc.errors import Refused
from qc.models import (
    CodeExample,
    DefectType,
    Machine,
    Part,
    PlaceOfUse,
    Product,
    ProductionLine,
    Station,
    Supplier,
    SupplierLot,
    User,
)
from qc.permissions import require

MODELS: dict[str, type[models.Model]] = {
    "line": ProductionLine, "station": Station, "machine": Machine, "supplier": Supplier, "part": Part,
    "supplier_lot": SupplierLot, "product": Product, "defect_type": DefectType,
}  # fmt: skip
ABOVE = {"line": "plant_id", "station": "line_id", "machine": "station_id", "part": "supplier_id",
         "supplier_lot": "part_id"}  # fmt: skip
EXTRA = {"name", "group", "severity", "revision", "received_on", "units"}
PLACED = {"line", "station", "product", "defect_type"}  # what a place of use names
NAMED = {"line", "product", "supplier", "defect_type"}  # their name may not be empty


@transaction.atomic
def create(by: User, fresh: Sequence[Mapping[str, Any]]) -> tuple[dict[int, int], list[list[Any]]]:
    """Create rows in the order in which they were noted; returns their keys (-1, -2, ... -> key) and what was made."""
    keys: dict[int, int] = {}
    made: list[list[Any]] = []
    if any(each["kind"] not in ("", "supplier_lot") for each in fresh):
        require(by, "master.edit")
    for number, each in enumerate(fresh, start=1):
        kind = each["kind"]
        if not kind:
            continue  # only rows with errors name it
        values = {name: value for name, value in each.items() if name in EXTRA and value not in (None, "")}
        values["number" if kind == "part" else "code"] = each["code"]
        if kind in NAMED:
            values.setdefault("name", each["code"])
        if kind in ABOVE:
            values[ABOVE[kind]] = keys.get(each["above"], each["above"])
        if kind == "supplier_lot":
            values["plant_id"] = each["plant"]
        row = MODELS[kind](**values)
        row.save(force_insert=True)
        keys[-number] = row.pk
        made.append([kind, row.pk, each["code"]])
    return keys, made


def remove(made: Iterable[Sequence[Any]]) -> None:
    """Delete created rows again, the last first. Refused when something refers to one of them."""
    for kind, pk, code in reversed(list(made)):
        if _is_in_catalogue(kind, pk):
            raise Refused(f"{code} cannot be taken away: the catalogue of defect codes refers to it.")
        try:
            MODELS[kind]._default_manager.filter(pk=pk).delete()
        except ProtectedError as error:
            user = next(iter(error.protected_objects))
            name = f"{user._meta.verbose_name} {user}"
            raise Refused(f"{code} cannot be taken away: {name} refers to it.") from error


def _is_in_catalogue(kind: str, pk: int) -> bool:
    """Whether people have said since where a code is used or what it looks like: that would go along in silence."""
    if kind == "defect_type" and CodeExample.objects.filter(defect_type=pk).exists():
        return True
    return kind in PLACED and PlaceOfUse.objects.filter(**{kind: pk}).exists()
