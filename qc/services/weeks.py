"""The week of a line, cell by cell: units written by people who may look at an older page than they think."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import Refused, Stale
from qc.models import Product, ProductionCount, ProductionLine, Shift, User
from qc.permissions import require
from qc.services import events
from qc.services.exposure import MOST_UNITS
from qc.services.inputs import plant_changed
from qc.services.places import require_plant

Key = tuple[dt.date, int | None, int | None]


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to stand in a cell (None: nothing), and what the person saw there when deciding so."""

    production_on: dt.date
    shift: Shift | None
    product: Product | None
    units: int | None
    was: int | None

    @property
    def key(self) -> Key:
        """Which cell it is."""
        return self.production_on, self.shift.pk if self.shift else None, self.product.pk if self.product else None

    @property
    def name(self) -> str:
        """The name of the cell's field on a form."""
        day, shift, product = self.key
        return f"u-{day}-{shift or 0}-{product or 0}"


@transaction.atomic
def write_cells(by: User, *, line: ProductionLine, entries: Sequence[Entry]) -> int:
    """Write the cells that differ from what is stored, all or none; returns how many.

    Refused names the cells beside which something is wrong; Stale those that someone else changed since they were
    seen. The total of a shift and its parts by product exclude each other: they would count the same units twice.
    """
    require(by, "exposure.record")
    require_plant(by, line.plant)
    ProductionLine.objects.select_for_update().get(pk=line.pk)  # one writer of a line's week at a time
    days = [entry.production_on for entry in entries]
    rows = ProductionCount.objects.filter(line=line, production_on__in=days).select_related("recorded_by")
    stored = {(row.production_on, row.shift_id, row.product_id): row for row in rows}
    changed = [entry for entry in entries if entry.units != _units(stored.get(entry.key))]
    wrong = {entry.name: text for entry in changed if (text := _wrong(line, entry))} or _twice(changed, stored)
    if wrong:
        raise Refused(_("Nothing is saved yet."), fields=wrong)
    stale = {
        entry.name: _theirs(stored.get(entry.key)) for entry in changed if entry.was != _units(stored.get(entry.key))
    }
    if stale:
        raise Stale(_("Someone else was faster in these cells. Nothing is saved yet."), fields=stale)
    if changed:
        _write(by, line, changed, stored)
    return len(changed)


def _units(row: ProductionCount | None) -> int | None:
    return row.units if row else None


def _theirs(row: ProductionCount | None) -> str:
    if row is None:
        return _("Meanwhile it was emptied. Write it again if it should stand.")
    text = _("Meanwhile %(who)s wrote %(units)s. Yours replaces it when you save again.")
    return text % {"who": row.recorded_by, "units": row.units}


def _wrong(line: ProductionLine, entry: Entry) -> str:
    if entry.units is not None and not 0 <= entry.units <= MOST_UNITS:
        return _("Units are a whole number from 0 upwards; %(text)s is not.") % {"text": entry.units}
    if entry.units is not None and entry.production_on > clock.today(line.plant.time_zone) + dt.timedelta(days=1):
        return _("%(day)s lies in the future.") % {"day": entry.production_on}
    if entry.shift is not None and entry.shift.plant_id != line.plant_id:
        return _("%(shift)s belongs to another plant.") % {"shift": entry.shift}
    return ""


def _twice(changed: list[Entry], stored: dict[Key, Any]) -> dict[str, str]:
    """Cells that would count the same units as a total and by product."""
    after = set(stored) - {entry.key for entry in changed} | {e.key for e in changed if e.units is not None}
    totals = {key[:2] for key in after if key[2] is None}
    parts = {key[:2] for key in after if key[2] is not None}
    text = _("The shift has units as a total and by product: empty one of them.")
    return {e.name: text for e in changed if e.units is not None and e.key[:2] in totals & parts}


def _write(by: User, line: ProductionLine, changed: list[Entry], stored: dict[Key, ProductionCount]) -> None:
    cells = []
    for entry in changed:
        row = stored.get(entry.key)
        cells.append([entry.production_on, str(entry.shift or ""), str(entry.product or ""), _units(row), entry.units])
        if entry.units is None and row is not None:
            row.delete()
        elif entry.units is not None:
            row = row or ProductionCount(
                line=line, production_on=entry.production_on, shift=entry.shift, product=entry.product
            )
            row.units, row.recorded_by, row.recorded_at = entry.units, by, clock.now()
            row.save()
    plant_changed(line.plant)
    events.write(by=by, verb="exposure.save_cells", subject=line, data={"cells": cells})
