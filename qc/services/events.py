"""The audit trail. Every verb writes its event in its own transaction; events form a hash chain."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction

from qc import clock
from qc.models import Event, User

GENESIS = "0" * 64
_CHAIN_LOCK = 4_711_001


def canonical(data: Any) -> str:
    """One text for one value: sorted keys, no spaces, dates and decimals as text."""
    return json.dumps(data, cls=DjangoJSONEncoder, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def chain_hash(event: Event) -> str:
    """The hash of an event: sha256 over the previous hash and every field that an auditor relies on."""
    content = canonical(
        {
            "sequence": event.sequence,
            "at": event.at.isoformat(),
            "by": event.by_id,
            "verb": event.verb,
            "subject": [event.subject_label, event.subject_pk, event.subject_text],
            "plant": event.plant_id,
            "data": event.data,
            "reason": event.reason,
        }
    )
    return hashlib.sha256(f"{event.previous_hash}{content}".encode()).hexdigest()


@transaction.atomic(savepoint=False)  # part of its verb: what fails here fails all of it
def write(
    *,
    by: User,
    verb: str,
    subject: models.Model,
    data: dict[str, Any] | None = None,
    reason: str = "",
    plant_id: int | None = None,
) -> Event:
    """Append one event about a subject. `data` holds before and after; its plant is taken over.

    Call it last in a verb: from here to commit the chain is locked.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CHAIN_LOCK])
    last = Event.objects.order_by("-sequence").values_list("sequence", "hash").first()
    sequence, previous = last or (0, GENESIS)
    event = Event(
        sequence=sequence + 1,
        at=clock.now(),
        by=by,
        verb=verb,
        subject_label=subject._meta.label_lower,
        subject_pk=subject.pk,
        subject_text=str(subject)[:200],
        plant_id=plant_id if plant_id is not None else getattr(subject, "plant_id", None),
        data=json.loads(canonical(data or {})),
        reason=reason,
        previous_hash=previous,
    )
    event.hash = chain_hash(event)
    event.save(force_insert=True)
    return event


def broken_links() -> Iterator[tuple[int, str]]:
    """Walk the whole chain; yield (sequence, what is wrong) for each event that was changed, removed or put in."""
    previous, expected = GENESIS, 1
    for event in Event.objects.order_by("sequence").iterator(chunk_size=2000):
        if event.sequence != expected:
            yield expected, f"missing: the next event has number {event.sequence}"
        elif event.previous_hash != previous:
            yield event.sequence, "does not follow the event before it"
        if event.hash != chain_hash(event):
            yield event.sequence, "was changed after it was written"
        previous, expected = event.hash, event.sequence + 1


def changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """The fields that differ, as {field: [before, after]}."""
    names = [*before, *(name for name in after if name not in before)]
    return {name: [before.get(name), after.get(name)] for name in names if before.get(name) != after.get(name)}
