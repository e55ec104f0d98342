"""How far controlled shipping is from its exit, from the results of sorting. Pure: rows in, numbers out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from suppliers.models import ControlledShipping, SortResult


@dataclass(frozen=True)
class Progress:
    """What was sorted, and how many of the clean shipments or days in a row there are."""

    checked: int
    bad: int
    clean: int
    needed: int
    criterion: str

    @property
    def is_met(self) -> bool:
        """Whether the exit criterion is met."""
        return self.clean >= self.needed

    @property
    def sentence(self) -> str:
        """The progress in words, with its n."""
        unit = _("clean shipments in a row") if self.criterion == "shipments" else _("clean days in a row")
        if not self.checked:
            return _("Nothing was sorted yet; %(needed)d %(unit)s are needed.") % {"needed": self.needed, "unit": unit}
        said = {"clean": min(self.clean, self.needed), "needed": self.needed, "unit": unit}
        said |= {"bad": f"{self.bad:,}", "checked": f"{self.checked:,}"}
        return _("%(clean)d of %(needed)d %(unit)s; %(bad)s of %(checked)s parts bad so far.") % said


def progress(shipping: ControlledShipping, results: Iterable[SortResult]) -> Progress:
    """The progress from the results that count: the run since the last bad part, shipment by shipment or day by day.

    A day counts when parts were sorted on it and none was bad; a shipment is a lot on a day.
    """
    counted = [row for row in results if row.struck_at is None]
    units: dict[object, int] = {}
    for row in sorted(counted, key=lambda each: (each.sorted_on, each.at, each.pk)):
        key = row.sorted_on if shipping.criterion == "days" else (row.sorted_on, row.lot)
        units[key] = units.get(key, 0) + row.quantity_bad
    clean = 0
    for bad in reversed(units.values()):
        if bad:
            break
        clean += 1
    return Progress(
        checked=sum(row.quantity_checked for row in counted),
        bad=sum(row.quantity_bad for row in counted),
        clean=clean,
        needed=shipping.clean_needed,
        criterion=shipping.criterion,
    )
