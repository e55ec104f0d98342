"""The verbs of defects: record, correct, void, join duplicates. One row is the special case of many."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections import Counter as Tally
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import models, transaction
from django.db.models import F

from qc import clock, queue
from qc.errors import Conflict, Refused, Stale
from qc.models import AnalysisTarget, Defect, DefectRevision, DefectType, Plant, Severity, User
from qc.permissions import require
from qc.services import events, numbers
from qc.services.places import Calendar, Place, complete, infer_lot, require_plant
from qc.services.wording import clean, given, short

PLACE = ("plant", "line", "station", "machine", "part", "supplier", "supplier_lot")
FACTS = ("product", "severity", "detected_at", "tool", "cavity", "serial", "lot", "inspector", "note", "external_id")
CORRECTABLE = (*PLACE, *FACTS, "defect_type", "occurred_at", "quantity")
MOVED = {*PLACE, "occurred_at"}  # what a lot is inferred from
FUTURE = dt.timedelta(minutes=10)
EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)


def record(by: User, **values: Any) -> Defect:
    """Record one defect; see `record_many` for the values. The same `client_uuid` and values give the first answer."""
    return record_many(by, rows=[values])[0]


@transaction.atomic
def record_many(by: User, *, rows: Sequence[Mapping[str, Any]]) -> list[Defect]:
    """Record defects, all or none, in the order given.

    Each row has `defect_type`, `occurred_at` (aware) and a place: `line`, `station` or `machine`, or `supplier`,
    `part` or `supplier_lot` with `plant`. Optional: quantity, product, severity, detected_at, tool, cavity, serial,
    lot, inspector, note, external_id, client_uuid. A row whose `client_uuid` is known returns the record that is
    there. Refused names the field; Conflict when a known key comes with other values.
    """
    require(by, "defect.record")
    calendar = Calendar()
    known = _known_keys(rows)
    answer: list[Defect] = []
    fresh: list[Defect] = []
    for row in rows:
        defect = _build(by, row, calendar)
        first = known.setdefault(defect.client_uuid, defect)
        if first is not defect and first.body_sha256 != defect.body_sha256:
            raise Conflict(f"The key {defect.client_uuid} was already used for other values.")
        if first is defect:
            fresh.append(defect)
        answer.append(first)
    if fresh:
        _save(by, fresh)
    return answer


def _known_keys(rows: Sequence[Mapping[str, Any]]) -> dict[uuid.UUID, Defect]:
    keys = [row["client_uuid"] for row in rows if row.get("client_uuid")]
    return {defect.client_uuid: defect for defect in Defect.objects.filter(client_uuid__in=keys)} if keys else {}


def _build(by: User, row: Mapping[str, Any], calendar: Calendar) -> Defect:
    unknown = set(row) - {*CORRECTABLE, "client_uuid"}
    if unknown:
        raise ValueError(f"a defect has no field {sorted(unknown)[0]!r}")
    place = complete(Place(**{name: row.get(name) for name in PLACE}))
    plant, occurred_at = place.plant, _instant(row.get("occurred_at"))
    assert plant is not None  # noqa: S101  (complete() refuses otherwise; this tells the type checker)
    require_plant(by, plant)
    defect_type = row.get("defect_type")
    if not isinstance(defect_type, DefectType):
        raise Refused("Say what is wrong.", fields={"defect_type": "Choose a defect code."})
    day, shift = calendar.shift_of(plant, occurred_at)
    inferred = infer_lot(place, day, calendar)
    facts = {name: _fact(row[name]) for name in FACTS if row.get(name)}
    facts.setdefault("severity", defect_type.severity)
    defect = Defect(
        client_uuid=row.get("client_uuid") or uuid.uuid4(),
        defect_type=defect_type,
        occurred_at=occurred_at,
        production_on=day,
        shift=shift,
        quantity=_quantity(row.get("quantity", 1)),
        lot_is_inferred=inferred,
        recorded_by=by,
        recorded_at=clock.now(),
        body_sha256=_digest(row),
        **vars(place),
        **facts,
    )
    _check_choices(defect)
    return defect


def _fact(value: Any) -> Any:
    return clean(value) if isinstance(value, str) else value


def _digest(row: Mapping[str, Any]) -> str:
    plain = {
        name: value.pk if isinstance(value, models.Model) else str(value)
        for name, value in row.items()
        if name != "client_uuid" and value not in (None, "")
    }
    return hashlib.sha256(events.canonical(plain).encode()).hexdigest()


def _instant(value: object) -> dt.datetime:
    if not isinstance(value, dt.datetime) or value.tzinfo is None:
        raise Refused("Say when it happened.", fields={"occurred_at": "Give a date and a time."})
    if value < EARLIEST:
        message = f"{value:%Y-%m-%d} is too long ago to be true."
        raise Refused(message, fields={"occurred_at": message})
    if value > clock.now() + FUTURE:
        message = f"{value:%Y-%m-%d %H:%M} lies in the future."
        raise Refused(message, fields={"occurred_at": message})
    return value


def _quantity(value: object) -> Decimal:
    try:
        quantity = Decimal(str(value))
    except InvalidOperation:
        quantity = Decimal("NaN")
    if not quantity.is_finite() or not 0 <= quantity < Decimal("1e9"):
        message = f"A quantity is a number from 0 to 999,999,999; {value!s:.40} is not."
        raise Refused(message, fields={"quantity": message})
    if quantity != quantity.quantize(Decimal("0.001")):
        message = f"A quantity has at most three decimal places; {value!s:.40} has more."
        raise Refused(message, fields={"quantity": message})
    return quantity


def _check_choices(defect: Defect) -> None:
    if defect.severity not in Severity.values:
        raise Refused("Unknown severity.", fields={"severity": f"{defect.severity!s:.40} is not a severity."})
    if defect.detected_at not in Defect.DetectedAt.values:
        raise Refused("Unknown detection point.", fields={"detected_at": f"{defect.detected_at!s:.40} is not known."})
    for name in ("tool", "cavity", "serial", "lot", "inspector", "external_id"):
        longest = getattr(Defect._meta.get_field(name), "max_length", None) or 0
        if len(getattr(defect, name)) > longest:
            message = f"At most {longest} characters."
            raise Refused(message, fields={name: message})


def _refuse_known_external_ids(by: User, fresh: list[Defect]) -> None:
    ids = Tally(defect.external_id for defect in fresh if defect.external_id)
    twice = [one for one, count in ids.items() if count > 1]
    mine = Defect.objects.filter(recorded_by=by, external_id__in=list(ids))
    known = twice or list(mine.values_list("external_id", flat=True)[:1])
    if known:
        message = f"You have already recorded a defect with the external id {known[0]}."
        raise Refused(message, fields={"external_id": message})


def _save(by: User, fresh: list[Defect]) -> None:
    _refuse_known_external_ids(by, fresh)
    years = Tally(defect.recorded_at.year for defect in fresh)
    for year, count in years.items():
        block = iter(numbers.take_block("D", year, count))
        for defect in fresh:
            if defect.recorded_at.year == year:
                defect.number = numbers.text("D", year, next(block))
    Defect.objects.bulk_create(fresh, batch_size=500)
    input_changed({(defect.plant_id, defect.defect_type_id) for defect in fresh})
    if len(fresh) == 1:
        events.write(by=by, verb="defect.record", subject=fresh[0], data=snapshot(fresh[0]))
        return
    first, last = fresh[0], fresh[-1]
    bodies = hashlib.sha256("".join(defect.body_sha256 for defect in fresh).encode()).hexdigest()
    data = {"count": len(fresh), "first": first.number, "last": last.number, "sha256": bodies}
    events.write(by=by, verb="defect.record_many", subject=first, data=data)


def snapshot(defect: Defect) -> dict[str, Any]:
    """The values of a defect as they stand, as plain data for revisions and events."""
    names = [field.attname for field in Defect._meta.concrete_fields]
    skip = {"id", "body_sha256", "client_uuid", "recorded_at"}
    values = {name: getattr(defect, name) for name in names if name not in skip}
    plain: dict[str, Any] = {name: value for name, value in values.items() if value not in (None, "")}
    return plain


@transaction.atomic
def correct(by: User, *, defect: Defect, version: int, reason: str = "", **changes: Any) -> Defect:
    """Correct a defect: the old values become a revision, the version rises by one.

    `changes` are values as in `record_many`. Stale when `version` is not the current one; Refused names the field.
    """
    require(by, "defect.correct")
    current = Defect.objects.select_for_update().get(pk=defect.pk)
    require_plant(by, current.plant)
    if current.version != version:
        raise Stale(f"{current.number} was changed meanwhile (version {current.version}, yours was {version}).")
    if current.status == Defect.Status.VOID:
        raise Refused(f"{current.number} is void and cannot be corrected.")
    values = {name: getattr(current, name) for name in CORRECTABLE}
    if current.lot_is_inferred and not MOVED.isdisjoint(changes):
        values.update(supplier_lot=None)
    values.update(_narrowed(changes))
    corrected = _build(by, values, Calendar())
    if current.lot_is_inferred and MOVED.isdisjoint(changes):
        corrected.lot_is_inferred = True  # a guess stays a guess when something else is corrected
    before, old_pair = snapshot(current), (current.plant_id, current.defect_type_id)
    for name in (*CORRECTABLE, "production_on", "shift", "lot_is_inferred"):
        setattr(current, name, getattr(corrected, name))
    difference = events.changes(before, snapshot(current))
    if not difference:
        return current
    reason = short(reason, "reason")
    _revise(by, current, before, reason)
    input_changed({old_pair, (current.plant_id, current.defect_type_id)})
    events.write(by=by, verb="defect.correct", subject=current, data=difference, reason=reason)
    return current


def _narrowed(changes: dict[str, Any]) -> dict[str, Any]:
    """A new line without a new station frees the old station and machine; likewise supplier, part and lot."""
    narrowed = dict(changes)
    for chain in (("line", "station", "machine"), ("supplier", "part", "supplier_lot")):
        for position, name in enumerate(chain):
            if name in changes:
                for finer in chain[position + 1 :]:
                    narrowed.setdefault(finer, None)
    if "line" in changes:
        narrowed.setdefault("plant", None)
    return narrowed


def _revise(by: User, defect: Defect, before: dict[str, Any], reason: str) -> None:
    values = {name: str(value) if not isinstance(value, bool | int) else value for name, value in before.items()}
    DefectRevision.objects.create(
        defect=defect, version=defect.version, values=values, reason=reason, replaced_by=by, replaced_at=clock.now()
    )
    defect.version += 1
    defect.save()


@transaction.atomic
def void(by: User, *, defect: Defect, reason: str) -> Defect:
    """Take a record out of every count. It keeps its row and number. Refused without a reason or when it is void."""
    require(by, "defect.void")
    current = Defect.objects.select_for_update().get(pk=defect.pk)
    require_plant(by, current.plant)
    reason = given(reason, "reason", "Say why it is void: a void needs a reason.")
    if current.status == Defect.Status.VOID:
        raise Refused(f"{current.number} is void already.")
    if current.duplicates.exists():
        raise Refused(f"{current.number} stands for duplicates: correct those first, or nothing would count.")
    before = snapshot(current)
    current.status, current.duplicate_of, current.void_reason = Defect.Status.VOID, None, reason
    return _set_aside(by, current, before, "defect.void", reason)


@transaction.atomic
def mark_duplicate(by: User, *, defect: Defect, original: Defect) -> Defect:
    """Join a double entry to its original: both rows stay, one counts. Refused for itself or a chain of duplicates."""
    require(by, "defect.correct")
    # Both rows, in one order: two people who join the same pair at once must not make both disappear.
    pair = {
        row.pk: row for row in Defect.objects.select_for_update().filter(pk__in=[defect.pk, original.pk]).order_by("pk")
    }
    current, original = pair[defect.pk], pair[original.pk]
    require_plant(by, current.plant)
    require_plant(by, original.plant)
    if original.pk == current.pk or original.status in (Defect.Status.DUPLICATE, Defect.Status.VOID):
        raise Refused(f"{original.number} cannot be the original of {current.number}.")
    if current.status == Defect.Status.VOID or current.duplicates.exists():
        raise Refused(f"{current.number} is void or has duplicates of its own.")
    before = snapshot(current)
    current.status, current.duplicate_of = Defect.Status.DUPLICATE, original
    return _set_aside(by, current, before, "defect.mark_duplicate", f"same as {original.number}")


def _set_aside(by: User, defect: Defect, before: dict[str, Any], verb: str, reason: str) -> Defect:
    _revise(by, defect, before, reason)
    input_changed({(defect.plant_id, defect.defect_type_id)})
    events.write(by=by, verb=verb, subject=defect, data=events.changes(before, snapshot(defect)), reason=reason)
    return defect


def input_changed(pairs: Iterable[tuple[int, int]]) -> None:
    """Mark (plant, defect type) pairs as due for analysis: the row says so, the queue only makes it quick."""
    for plant_id, defect_type_id in sorted(pairs):
        target, _ = AnalysisTarget.objects.get_or_create(plant_id=plant_id, defect_type_id=defect_type_id)
        AnalysisTarget.objects.filter(pk=target.pk).update(
            input_version=F("input_version") + 1, due_at=clock.now(), tries=0, parked_at=None, error=""
        )
        queue.analysis_is_due(target.pk)


def plant_changed(plant: Plant) -> None:
    """New denominators: every judged defect type of the plant is due."""
    pairs = AnalysisTarget.objects.filter(plant=plant).values_list("plant_id", "defect_type_id")
    input_changed(list(pairs))
