"""The verbs of master records: plants, shifts, holidays, lines, stations, machines, products, suppliers, parts, lots.

A code is what records, files and findings name, so it stays once the row is there. A row that is not needed any more
is retired, never deleted: what was recorded about it stays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from qc.errors import Refused, Stale
from qc.models import (
    Holiday,
    Machine,
    Part,
    Plant,
    Product,
    ProductionLine,
    Shift,
    Station,
    Supplier,
    SupplierLot,
    User,
)
from qc.permissions import require
from qc.services import events
from qc.services.places import require_plant

Row = TypeVar("Row", bound=models.Model)

# What a person may say of each; the first is its code, which is said once.
FIELDS: dict[type[models.Model], tuple[str, ...]] = {
    Plant: ("code", "name", "time_zone", "currency", "is_active"),
    Shift: ("code", "plant", "name", "starts_at", "ends_at"),
    Holiday: ("on", "plant", "name"),
    ProductionLine: ("code", "plant", "name", "is_active"),
    Station: ("code", "line", "name", "is_active"),
    Machine: ("code", "station", "name", "is_active"),
    Product: ("code", "name", "revision", "is_active"),
    Supplier: ("code", "name", "status"),
    Part: ("number", "supplier", "name", "is_active"),
    SupplierLot: ("code", "plant", "part", "received_on", "units"),
}
PARENTS = {"plant", "line", "station", "supplier", "part"}


def plant_of(row: models.Model) -> Plant | None:
    """The plant that a row belongs to; None for what the whole organisation shares."""
    if isinstance(row, Plant):
        return row
    if isinstance(row, Station):
        return row.line.plant
    if isinstance(row, Machine):
        return row.station.line.plant
    plant = getattr(row, "plant", None)
    return plant if isinstance(plant, Plant) else None


def state(row: models.Model) -> dict[str, Any]:
    """What a person may say of the row, as it stands."""
    return {name: _plain(getattr(row, name)) for name in FIELDS[type(row)]}


def stamp(row: models.Model) -> str:
    """A digest of the row as it stands: whoever saves a form made from older values is told."""
    return hashlib.sha256(events.canonical(state(row)).encode()).hexdigest()[:16]


@transaction.atomic
def create(by: User, *, model: type[Row], **values: Any) -> Row:
    """Make a master record. Refused names the field: a code that is taken, a value that is missing or wrong."""
    row = model(**_known(model, values))
    _require(by, row)
    _check(row)
    row.save()
    events.write(by=by, verb="master.create", subject=row, data=state(row), plant_id=_plant_id(row))
    return row


@transaction.atomic
def change(by: User, *, row: Row, seen: str, **values: Any) -> Row:
    """Change a master record; its code and what it belongs to stay. Stale when it is not as it was `seen`."""
    current = type(row)._default_manager.select_for_update().get(pk=row.pk)
    _require(by, current)
    if stamp(current) != seen:
        raise Stale(_("%s was changed meanwhile: look at it again before you save.") % current)
    before = state(current)
    fixed = {FIELDS[type(row)][0], *PARENTS}
    for name, value in _known(type(row), values).items():
        if name not in fixed:
            setattr(current, name, value)
    _check(current)
    difference = events.changes(before, state(current))
    if difference:
        current.save()
        events.write(by=by, verb="master.change", subject=current, data=difference, plant_id=_plant_id(current))
    return current


@transaction.atomic
def remove(by: User, *, row: Shift | Holiday) -> None:
    """Take a shift or a holiday out of the plant's calendar. Refused while records name the shift."""
    _require(by, row)
    data, plant = state(row), row.plant
    try:
        row.delete()
    except models.ProtectedError as error:
        raise Refused(_("%s is named by records and stays.") % row) from error
    events.write(by=by, verb="master.remove", subject=plant, data=data)


def _known(model: type[models.Model], values: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(values) - set(FIELDS[model]))
    if unknown:
        raise ValueError(f"a {model._meta.verbose_name} has no field {unknown[0]!r} to write")
    return dict(values)


def _require(by: User, row: models.Model) -> None:
    require(by, "plant.edit" if isinstance(row, Plant) else "master.edit")
    plant = plant_of(row)
    if plant is not None and plant.pk is not None:
        require_plant(by, plant)


def _plant_id(row: models.Model) -> int | None:
    plant = plant_of(row)
    return plant.pk if plant else None


def _check(row: models.Model) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        fields = {name: " ".join(texts) for name, texts in error.message_dict.items()}
        raise Refused(" ".join(fields.values()), fields=fields) from error


def _plain(value: Any) -> Any:
    if isinstance(value, models.Model):
        return str(value)
    return value if value is None or isinstance(value, bool | int) else str(value)
