"""The audit trail holds (TRUST.md, P11): every verb leaves its line, and a changed, removed or added line is found."""

from __future__ import annotations

import io

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from qc.errors import NotAllowed
from qc.models import Event, User
from qc.services import defects, events
from tests import factories as make


@pytest.fixture
def trail(engineer: User, plant) -> list[Event]:
    """Four lines: recorded, corrected, recorded, void."""
    line = make.ProductionLineFactory(plant=plant)
    values = {"line": line, "defect_type": make.DefectTypeFactory(), "occurred_at": make.NOON}
    first = defects.record(engineer, **values)
    defects.correct(engineer, defect=first, version=1, reason="recounted", quantity=3)
    defects.void(engineer, defect=defects.record(engineer, **values), reason="a test entry")
    return list(Event.objects.order_by("sequence"))


def test_a_line_says_who_what_before_after_and_why(trail, engineer):
    assert [event.verb for event in trail] == ["defect.record", "defect.correct", "defect.record", "defect.void"]
    assert {event.by for event in trail} == {engineer}
    before, after = trail[1].data["quantity"]
    assert (float(before), float(after), trail[1].reason) == (1, 3, "recounted")
    assert list(events.broken_links()) == []


def test_a_refused_verb_leaves_no_line(trail, auditor):
    with pytest.raises(NotAllowed):
        defects.record(auditor, occurred_at=make.NOON)
    assert Event.objects.count() == 4


@pytest.mark.parametrize(
    "change", [{"reason": "other"}, {"data": {}}, {"verb": "x"}, {"subject_pk": 9}, {"hash": "f" * 64}]
)
def test_a_changed_line_is_found(trail, change):
    _force(trail[1], change)
    assert trail[1].sequence in {sequence for sequence, _ in events.broken_links()}


def test_a_removed_line_is_found(trail):
    Event.objects.filter(pk=trail[1].pk)._raw_delete("default")
    assert [sequence for sequence, _ in events.broken_links()][0] == 2


def test_a_line_that_was_put_in_is_found(trail):
    last = trail[-1]
    forged = Event(sequence=5, at=last.at, by=last.by, verb="defect.void", subject_label="qc.defect", subject_pk=1)
    forged.previous_hash = "0" * 64
    forged.hash = events.chain_hash(forged)
    forged.save(force_insert=True)
    assert [sequence for sequence, _ in events.broken_links()] == [5]


def test_the_program_itself_cannot_change_or_remove_a_line(trail):
    with pytest.raises(ValidationError):
        trail[0].save()
    with pytest.raises(ValidationError):
        trail[0].delete()


def test_the_command_says_that_the_trail_is_whole(trail):
    out = io.StringIO()
    call_command("verify_audit", stdout=out)
    assert "4" in out.getvalue()


def test_the_command_fails_when_it_is_not(trail):
    _force(trail[2], {"reason": "edited by hand"})
    with pytest.raises((SystemExit, CommandError)):
        call_command("verify_audit", stdout=io.StringIO(), stderr=io.StringIO())


def _force(event: Event, change: dict[str, object]) -> None:
    """As somebody with the database's password would do it."""
    Event.objects.filter(pk=event.pk).update(**change)
