from __future__ import annotations

import pytest

from qc.errors import NotAllowed, Refused
from qc.models import Comment, Event, Plant, User
from qc.services import comments
from tests import factories as make


@pytest.mark.parametrize("name", ["inspector", "engineer", "manager", "plant_manager", "purchasing"])
def test_our_people_write_notes_on_what_they_can_read(name: str, plant: Plant, request: pytest.FixtureRequest) -> None:
    person = request.getfixturevalue(name)
    action = make.CorrectiveActionFactory(nonconformance__plant=plant)
    comment = comments.write(person, subject=action, text="  Ask the night shift.  ")
    assert (comment.text, comment.by, comment.plant) == ("Ask the night shift.", person, plant)
    assert list(Comment.objects.about(action)) == [comment]
    assert Event.objects.about(action).get().data["text"] == "Ask the night shift."


@pytest.mark.parametrize("name", ["auditor", "acme"])
def test_an_auditor_and_a_supplier_write_none(name: str, plant: Plant, request: pytest.FixtureRequest) -> None:
    with pytest.raises(NotAllowed):
        comments.write(request.getfixturevalue(name), subject=make.NonconformanceFactory(plant=plant), text="Hi.")


def test_a_record_of_another_plant_gets_no_note(engineer: User) -> None:
    with pytest.raises(NotAllowed):
        comments.write(engineer, subject=make.NonconformanceFactory(), text="Hi.")
    assert not Comment.objects.exists()


@pytest.mark.parametrize("text", ["", " \n ", "x" * 10_001])
def test_a_note_says_something_and_not_too_much(engineer: User, plant: Plant, text: str) -> None:
    with pytest.raises(Refused) as refusal:
        comments.write(engineer, subject=make.NonconformanceFactory(plant=plant), text=text)
    assert list(refusal.value.fields) == ["text"]


def test_names_that_told_nobody_are_said(engineer: User, plant: Plant) -> None:
    case = make.NonconformanceFactory(plant=plant)
    stranger = make.UserFactory(role="engineer")
    note = comments.write(engineer, subject=case, text=f"@{engineer.username}, @nobody.here. and @{stranger.username}!")
    assert comments.unheard(note, case) == ["nobody.here", stranger.username]
