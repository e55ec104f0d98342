from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from qc.models import Event, Plant, User
from qc.services import cases, comments
from tests.qc.services import walk


@pytest.fixture
def trail(engineer: User, plant: Plant, noon: object) -> list[Event]:
    """A case's life: a dozen events."""
    case = walk.opened(engineer, walk.finding_with_defects(plant, days=range(30, 32)))
    walk.to_verifying(engineer, case)
    comments.write(engineer, subject=case, text="Wait for the numbers.")
    case.refresh_from_db()
    cases.edit(engineer, case=case, version=case.version, title="Paste too thin")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")  # as an administrator who knows the way
    return list(Event.objects.order_by("sequence"))


def verified(*options: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("verify_audit", *options, stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue()
    return 0, out.getvalue()


def test_an_untouched_trail_holds_and_says_where_it_ends(trail: list[Event]) -> None:
    code, text = verified()
    assert code == 0
    assert f"{len(trail)} events, last {trail[-1].sequence}:{trail[-1].hash}" in text


@pytest.mark.parametrize(
    "change", [{"reason": "nicer"}, {"data": {}}, {"verb": "case.open"}, {"subject_pk": 4711}, {"plant": None}]
)
def test_an_edited_event_is_found(trail: list[Event], change: dict[str, object]) -> None:
    Event.objects.filter(sequence=5).update(**change)
    code, text = verified()
    assert code == 1
    assert "event 5: was changed after it was written" in text


def test_an_edited_event_with_a_new_hash_is_found_at_the_next_one(trail: list[Event]) -> None:
    Event.objects.filter(sequence=5).update(hash="f" * 64)
    code, text = verified()
    assert code == 1
    assert "event 6: does not follow the event before it" in text


@pytest.mark.parametrize("sequence", [1, 5])
def test_a_removed_event_is_found(trail: list[Event], sequence: int) -> None:
    Event.objects.filter(sequence=sequence)._raw_delete("default")
    code, text = verified()
    assert code == 1
    assert f"event {sequence}: missing" in text


def test_a_cut_end_is_found_by_an_anchor(trail: list[Event]) -> None:
    anchor = f"{trail[-1].sequence}:{trail[-1].hash}"
    assert verified("--anchor", anchor)[0] == 0
    Event.objects.filter(sequence__gt=6)._raw_delete("default")
    assert verified()[0] == 0
    code, text = verified("--anchor", anchor)
    assert code == 1
    assert f"event {trail[-1].sequence}: is not the one that was noted" in text


def test_a_wrong_anchor_says_what_one_looks_like(db: None) -> None:
    assert verified("--anchor", "yesterday")[0] == 2


def test_an_empty_trail_holds(db: None) -> None:
    assert verified() == (0, "0 events, last none\nThe audit trail is unbroken.\n")
