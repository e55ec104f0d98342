"""The verbs of defects: record, correct, void, join duplicates. One row is the special case of many."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction

from qc import clock
from qc.errors import Conflict, Refused, Stale
from qc.models import Defect, DefectType, User
from qc.permissions import require
from qc.services import codes, defect_batches, duplicates, events, facts, numbers
from qc.services.inputs import input_changed, records_rewritten
from qc.services.places import Calendar, Place, complete, infer_lot, require_plant
from qc.services.revisions import as_it_was, revise, snapshot
from qc.services.wording import clean, given, short

PLACE = ("plant", "line", "station", "machine", "part", "supplier", "supplier_lot")
CORRECTABLE = (*PLACE, *facts.NAMES, "defect_type", "occurred_at", "quantity")
MOVED = {*PLACE, "occurred_at"}  # what a lot is inferred from
FUTURE = dt.timedelta(minutes=10)
EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)


def record(by: User, **values: Any) -> Defect:
    """Record one defect; see `record_many` for the values. The same `client_uuid` and values give the first answer."""
    return record_many(by, rows=[values])[0]


@transaction.atomic
def record_many(
    by: User, *, rows: Sequence[Mapping[str, Any]], known: Mapping[uuid.UUID, Defect] | None = None
) -> list[Defect]:
    """Record defects, all or none, in the order given.

    Each row has `defect_type`, `occurred_at` (aware) and a place: `line`, `station` or `machine`, or `supplier`,
    `part` or `supplier_lot` with `plant`. Optional: quantity, client_uuid, `facts.NAMES`, and `is_distinct` where
    a person has seen what it looks like and says that it is another one. A row whose `client_uuid` is known returns
    the record that is there. Of an integration's double entries becomes what its policy says. Refused names the
    field, also for a retired code or one that is not used there; Conflict when a known key comes with other values.
    `known` spares the look for keys when the caller has looked already.
    """
    require(by, "defect.record")
    calendar, usage = Calendar(), codes.Usage()
    known = _known_keys(rows) if known is None else dict(known)
    answer: list[Defect] = []
    fresh: list[Defect] = []
    for row in rows:
        defect = _build(by, row, calendar)
        defect.is_distinct = bool(row.get("is_distinct"))
        first = known.setdefault(defect.client_uuid, defect)
        if first is not defect and first.body_sha256 != defect.body_sha256:
            raise Conflict(f"The key {defect.client_uuid} was already used for other values.")
        if first is defect:
            codes.require_active(defect.defect_type)
            codes.require_used_there(defect, usage)
            fresh.append(defect)
        answer.append(first)
    if fresh:
        _save(by, fresh)
    return answer


@dataclass(frozen=True)
class Outcome:
    """What became of one row of a batch: the record, new or known already, or why it was refused."""

    defect: Defect | None
    is_known: bool = False
    refusal: Refused | None = None


@transaction.atomic
def record_each(by: User, *, rows: Sequence[Mapping[str, Any]]) -> list[Outcome]:
    """Record defects, each taken or refused by itself, in the order given; rows as in `record_many`.

    A `client_uuid`, or an `external_id` of this sender, that is known with the same values gives the record that is
    there; with other values that row is a Conflict.
    """
    require(by, "defect.record")
    calendar, usage = Calendar(), codes.Usage()
    keys, ids = _known_keys(rows), _known_ids(by, rows)
    answer: list[Outcome] = []
    fresh: list[Defect] = []
    for row in rows:
        try:
            defect = _build(by, row, calendar)
            first = keys.get(defect.client_uuid) or ids.get(defect.external_id)
            if first is not None:
                answer.append(_known(first, defect))
                continue
            codes.require_active(defect.defect_type)
            codes.require_used_there(defect, usage)
        except Refused as refusal:
            answer.append(Outcome(None, refusal=refusal))
            continue
        keys[defect.client_uuid] = defect
        if defect.external_id:
            ids[defect.external_id] = defect
        fresh.append(defect)
        answer.append(Outcome(defect))
    if fresh:
        _save(by, fresh)
    return answer


def _known(first: Defect, again: Defect) -> Outcome:
    if first.body_sha256 == again.body_sha256:
        return Outcome(first, is_known=True)
    name = "external_id" if again.external_id and first.external_id == again.external_id else "client_uuid"
    return Outcome(None, refusal=Conflict("This key was already used for other values.", fields={name: "Used before."}))


def _known_ids(by: User, rows: Sequence[Mapping[str, Any]]) -> dict[str, Defect]:
    ids = {str(row["external_id"]) for row in rows if row.get("external_id")}
    if not ids:
        return {}
    mine = Defect.objects.filter(recorded_by=by, external_id__in=ids)
    return {defect.external_id: defect for defect in mine}


def _known_keys(rows: Sequence[Mapping[str, Any]]) -> dict[uuid.UUID, Defect]:
    keys = defect_batches.existing([row["client_uuid"] for row in rows if row.get("client_uuid")])
    return {defect.client_uuid: defect for defect in Defect.objects.filter(client_uuid__in=keys)} if keys else {}


def _build(by: User, row: Mapping[str, Any], calendar: Calendar) -> Defect:
    unknown = set(row) - {*CORRECTABLE, "client_uuid", "is_distinct"}
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
    said = {name: _fact(row[name]) for name in facts.NAMES if row.get(name) not in (None, "")}
    said.setdefault("severity", defect_type.severity)
    defect = Defect(
        client_uuid=row.get("client_uuid") or uuid.uuid4(),
        defect_type=defect_type,
        counts_as=codes.resolve(defect_type, day),
        occurred_at=occurred_at,
        production_on=day,
        shift=shift,
        quantity=facts.quantity(row.get("quantity", 1)),
        lot_is_inferred=inferred,
        recorded_by=by,
        recorded_at=clock.now(),
        body_sha256=_digest(row),
        **{name: value for name, value in vars(place).items() if value is not None},
        **said,
    )
    facts.check(defect)
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


def _refuse_known_external_ids(by: User, fresh: list[Defect]) -> None:
    ids = Tally(defect.external_id for defect in fresh if defect.external_id)
    if not ids:
        return
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
    defect_batches.insert_built(fresh)
    joined = duplicates.apply_policy(by, fresh) if by.role == User.Role.INTEGRATION else {}
    input_changed({(defect.plant_id, defect.counts_as_id) for defect in fresh})
    if len(fresh) == 1:
        events.write(by=by, verb="defect.record", subject=fresh[0], data=snapshot(fresh[0]))
        return
    first, last = fresh[0], fresh[-1]
    bodies = hashlib.sha256("".join(defect.body_sha256 for defect in fresh).encode()).hexdigest()
    data = {"count": len(fresh), "first": first.number, "last": last.number, "sha256": bodies, **joined}
    events.write(by=by, verb="defect.record_many", subject=first, data=data)


@transaction.atomic
def correct(by: User, *, defect: Defect, version: int, reason: str = "", **changes: Any) -> Defect:
    """Correct a defect: the old values become a revision, the version rises by one.

    `changes` are values as in `record_many`. Stale when `version` is not the current one; Refused names the field.
    """
    require(by, "defect.correct")
    current = _locked(by, defect)
    if current.version != version:
        raise Stale(f"{current.number} was changed meanwhile (version {current.version}, yours was {version}).")
    if current.status == Defect.Status.VOID:
        raise Refused(f"{current.number} is void and cannot be corrected.")
    values = {name: getattr(current, name) for name in CORRECTABLE}
    if current.lot_is_inferred and not MOVED.isdisjoint(changes):
        values.update(supplier_lot=None)
    values.update(_narrowed(changes))
    corrected = _build(by, values, Calendar())
    if corrected.defect_type_id != current.defect_type_id:
        codes.require_active(corrected.defect_type)
    if not {"defect_type", "product", *PLACE}.isdisjoint(changes):
        codes.require_used_there(corrected, codes.Usage())
    if current.lot_is_inferred and MOVED.isdisjoint(changes):
        corrected.lot_is_inferred = True  # a guess stays a guess when something else is corrected
    before, old_pair = snapshot(current), (current.plant_id, current.counts_as_id)
    for name in (*CORRECTABLE, "counts_as", "production_on", "shift", "lot_is_inferred"):
        setattr(current, name, getattr(corrected, name))
    difference = events.changes(before, snapshot(current))
    if not difference:
        return current
    reason = short(reason, "reason")
    revise(by, current, before, reason)
    input_changed({old_pair, (current.plant_id, current.counts_as_id)})
    if current.plant_id != old_pair[0]:
        records_rewritten(old_pair[0])  # what leaves a plant takes its versions along: the sums do not tell it
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


def _locked(by: User, defect: Defect) -> Defect:
    current = Defect.objects.select_for_update().get(pk=defect.pk)
    require_plant(by, current.plant)
    return current


@transaction.atomic
def void(by: User, *, defect: Defect, reason: str) -> Defect:
    """Take a record out of every count. It keeps its row and number. Refused without a reason or when it is void."""
    require(by, "defect.void")
    current = _locked(by, defect)
    reason = given(reason, "reason", "Say why it is void: a void needs a reason.")
    if current.status == Defect.Status.VOID:
        raise Refused(f"{current.number} is void already.")
    if current.duplicates.exists():
        raise Refused(f"{current.number} stands for duplicates: correct those first, or nothing would count.")
    before = snapshot(current)
    current.status, current.duplicate_of, current.void_reason = Defect.Status.VOID, None, reason
    return _restate(by, current, before, "defect.void", reason)


@transaction.atomic
def restore(by: User, *, defect: Defect, reason: str) -> Defect:
    """Take a void back: the record is again what it was before. Refused without a reason or when it is not void."""
    require(by, "defect.restore")
    current = _locked(by, defect)
    reason = given(reason, "reason", "Say why it counts again: taking back a void needs a reason.")
    if current.status != Defect.Status.VOID:
        raise Refused(f"{current.number} is not void.")
    before, last = snapshot(current), current.revisions.first()
    then = as_it_was(last) if last else Defect(status=Defect.Status.LOGGED)
    current.status, current.duplicate_of, current.void_reason = then.status, then.duplicate_of, ""
    if current.status == Defect.Status.VOID or (then.duplicate_of and not then.duplicate_of.is_counted):
        current.status, current.duplicate_of = Defect.Status.LOGGED, None
    return _restate(by, current, before, "defect.restore", reason)


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
    current.looks_like, current.is_distinct = None, False
    return _restate(by, current, before, "defect.mark_duplicate", f"same as {original.number}")


@transaction.atomic
def unjoin(by: User, *, defect: Defect) -> Defect:
    """Take a join back: the record counts again, as one of its own. Refused when it is no duplicate."""
    require(by, "defect.correct")
    current = _locked(by, defect)
    if current.duplicate_of is None:
        raise Refused(f"{current.number} is not joined to another record.")
    before, original = snapshot(current), current.duplicate_of
    known = [revision.values.get("status") for revision in current.revisions.all()]
    counted = (status for status in known if status in (Defect.Status.LOGGED, Defect.Status.CONFIRMED))
    current.status, current.duplicate_of = next(counted, Defect.Status.LOGGED), None
    current.is_distinct = True
    return _restate(by, current, before, "defect.unjoin", f"not the same as {original.number}")


@transaction.atomic
def tell_apart(by: User, *, defect: Defect) -> Defect:
    """Say that a record is not a double entry, whatever it looks like: it counts, and the engine counts it too."""
    require(by, "defect.correct")
    current = _locked(by, defect)
    if not current.is_counted:
        raise Refused(f"{current.number} does not count: it is void or joined to another record.")
    if current.is_distinct:
        return current
    before = snapshot(current)
    current.is_distinct, current.looks_like = True, None
    return _restate(by, current, before, "defect.tell_apart", "")


def _restate(by: User, defect: Defect, before: dict[str, Any], verb: str, reason: str) -> Defect:
    revise(by, defect, before, reason)
    input_changed({(defect.plant_id, defect.counts_as_id)})
    events.write(by=by, verb=verb, subject=defect, data=events.changes(before, snapshot(defect)), reason=reason)
    return defect
