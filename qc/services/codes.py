"""What a code means for a record: whether it may be logged there, and which code the record counts as."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from qc.errors import Refused
from qc.models import Defect, DefectType, PlaceOfUse
from qc.services.inputs import input_changed, records_rewritten

MOST_AT_ONCE = 2_000  # records that move while a person waits
Merges = dict[int, tuple[int, dt.date | None]]  # code -> the code that it was merged into, and from which day on


def resolve(defect_type: DefectType, on: dt.date) -> DefectType:
    """The code that a record of this code counts as on a production date. Costs a query only for a merged code."""
    while defect_type.merged_into_id and (defect_type.merged_from_on is None or on >= defect_type.merged_from_on):
        defect_type = defect_type.merged_into  # type: ignore[assignment]
    return defect_type


@dataclass
class Usage:
    """Places of use, read once for many records of the same codes."""

    places: dict[int, list[PlaceOfUse]] = field(default_factory=dict)

    def of(self, defect_type: DefectType) -> list[PlaceOfUse]:
        """The places of use of a code; no query for a code that is used everywhere."""
        if not defect_type.is_limited:
            return []
        if defect_type.pk not in self.places:
            rows = PlaceOfUse.objects.filter(defect_type=defect_type)
            rows = rows.select_related("line", "station__line", "product")
            self.places[defect_type.pk] = list(rows)
        return self.places[defect_type.pk]


def require_active(defect_type: DefectType) -> None:
    """Refuse a retired code beside the field, and name the one to use instead."""
    if defect_type.is_active:
        return
    sentence = _("%(code)s is retired: it stays in history and is not logged any more.") % {"code": defect_type.code}
    if defect_type.merged_into:
        sentence += " " + _("Use %(code)s.") % {"code": defect_type.merged_into.code}
    raise Refused(sentence, fields={"defect_type": sentence})


def require_used_there(defect: Defect, usage: Usage) -> None:
    """Refuse a code outside its places of use, beside the field. Those of other plants are not named."""
    places = usage.of(defect.defect_type)
    here = [one for one in places if one.line_id or one.station_id]
    made = [one for one in places if one.product_id]
    fits = not here or any(
        (one.line_id and one.line_id == defect.line_id) or (one.station_id and one.station_id == defect.station_id)
        for one in here
    )
    if fits and (not made or defect.product_id in {one.product_id for one in made}):
        return
    near = made if fits else [one for one in here if _plant_of(one) == defect.plant_id]
    known = ", ".join(str(one) for one in near[:6])
    sentence = _("%(code)s is used only for: %(places)s.") if known else _("%(code)s is not used at this plant.")
    sentence %= {"code": defect.defect_type.code, "places": known}
    raise Refused(sentence, fields={"defect_type": sentence})


def _plant_of(place: PlaceOfUse) -> int | None:
    line = place.line or (place.station and place.station.line)
    return line.plant_id if line else None


def standing(rows: Iterable[DefectType]) -> str:
    """Which codes of the catalogue are retired or merged, and how: the same text as long as nothing of it changes."""
    special = [row for row in rows if not row.is_active or row.merged_into_id]
    said = ((row.pk, row.is_active, row.merged_into_id, str(row.merged_from_on)) for row in special)
    return hashlib.sha256(str(sorted(said)).encode()).hexdigest()


def merges() -> Merges:
    """Every merge that stands."""
    rows = DefectType.objects.filter(merged_into__isnull=False).values_list("pk", "merged_into", "merged_from_on")
    return {pk: (into, on) for pk, into, on in rows if into is not None}


@transaction.atomic
def recount(codes: Collection[int]) -> int:
    """Set anew what the records of these codes, and of codes merged into them, count as; returns how many moved.

    Every plant and code whose records became more or fewer is due for analysis. Safe to run at any time.
    """
    pairs: set[tuple[int, int]] = set()
    moved = 0
    for heir, rows in _strays(codes):
        touched = set(rows.order_by().values_list("plant_id", "counts_as_id").distinct())
        if touched:
            moved += rows.update(counts_as=heir)
            pairs |= touched | {(plant, heir) for plant, _code in touched}
    DefectType.objects.filter(pk__in=codes, is_recounting=True).update(is_recounting=False)
    input_changed(pairs)  # types before plants: everybody locks them in this order
    for plant in sorted({plant for plant, _code in pairs}):
        records_rewritten(plant)
    return moved


@transaction.atomic
def recount_soon(code: DefectType) -> int:
    """Recount a code whose merge has changed: at once when few records move, else by the worker that judges it next.

    Returns how many records move.
    """
    strays = sum(rows.count() for _heir, rows in _strays({code.pk}))
    if strays <= MOST_AT_ONCE:
        return recount({code.pk})
    code.is_recounting = True
    code.save(update_fields=["is_recounting"])
    first = next(row for _heir, rows in _strays({code.pk}) if (row := rows.order_by("pk").first()))
    input_changed({(first.plant_id, code.pk)})
    return strays


def _strays(codes: Collection[int]) -> Iterator[tuple[int, QuerySet[Defect]]]:
    """The records that do not count as what they should, with the code that they should count as."""
    known = merges()
    for code in sorted(_upstream(codes, known)):
        for first, end, heir in _stretches(code, known):
            rows = Defect.objects.filter(defect_type=code).exclude(counts_as=heir)
            rows = rows.filter(production_on__gte=first) if first else rows
            yield heir, rows.filter(production_on__lt=end) if end else rows


def _upstream(codes: Collection[int], known: Merges) -> set[int]:
    found = set(codes)
    while more := {code for code, (into, _on) in known.items() if into in found} - found:
        found |= more
    return found


def _stretches(code: int, known: Merges) -> Iterator[tuple[dt.date | None, dt.date | None, int]]:
    """Stretches of production dates, the first day in and the last out, with the code that holds in each."""
    days, current = set(), code
    while current in known:
        current, on = known[current]
        days |= {on} if on else set()
    edges = [None, *sorted(days), None]
    for first, end in zip(edges, edges[1:], strict=False):
        yield first, end, _heir(code, first or dt.date.min, known)


def _heir(code: int, on: dt.date, known: Merges) -> int:
    while code in known and on >= (known[code][1] or dt.date.min):
        code = known[code][0]
    return code


def merged_into(defect_type: DefectType) -> set[int]:
    """The keys of a code and of every code that was merged into it, directly or by others."""
    names, found = {defect_type.pk}, {defect_type.pk}
    while found:
        found = set(DefectType.objects.filter(merged_into__in=found).values_list("pk", flat=True)) - names
        names |= found
    return names
