from __future__ import annotations

import pytest

from qc.errors import NotAllowed, Refused, Stale
from qc.models import Event, Nonconformance, Plant, User, Why
from qc.services import cases, whys
from tests import cause_factories as thought
from tests import factories as make
from tests.qc.services import walk


@pytest.fixture
def case(plant: Plant, engineer: User) -> Nonconformance:
    case: Nonconformance = make.NonconformanceFactory(plant=plant, owner=engineer)
    return case


def test_answers_hang_below_each_other_in_the_leg_of_the_first(engineer: User, case: Nonconformance) -> None:
    top = whys.add(engineer, case=case, text="The paste is thin.", leg="escape")
    below = whys.add(engineer, case=case, text="The stencil is worn.", parent=top, evidence="Measured 90 um.")
    assert (below.leg, below.parent, below.evidence) == ("escape", top, "Measured 90 um.")
    assert [event.verb for event in cases.timeline(case)][:2] == ["case.add_why", "case.add_why"]


@pytest.mark.parametrize(("field", "value"), [("text", " "), ("leg", "left"), ("text", "x" * 20_001)])
def test_an_answer_that_makes_no_sense_is_refused_beside_its_field(
    engineer: User, case: Nonconformance, field: str, value: str
) -> None:
    with pytest.raises(Refused) as refusal:
        whys.add(engineer, case=case, **{"text": "Thin paste.", "leg": "occurrence", field: value})
    assert list(refusal.value.fields) == [field]
    assert not Why.objects.exists()


def test_an_answer_below_one_of_another_case_is_refused(engineer: User, case: Nonconformance) -> None:
    other = thought.WhyFactory(nonconformance__plant=case.plant)
    with pytest.raises(Refused, match="not there any more"):
        whys.add(engineer, case=case, text="Thin paste.", parent=other)


def test_an_answer_is_said_better_once_and_a_stale_version_is_refused(engineer: User, case: Nonconformance) -> None:
    why = whys.add(engineer, case=case, text="Thin paste.", leg="occurrence")
    assert whys.edit(engineer, why=why, version=1, text="The paste is 40 um too thin.").version == 2
    with pytest.raises(Stale):
        whys.edit(engineer, why=why, version=1, text="Too late.")


def test_a_branch_moves_with_all_that_hangs_on_it_but_never_below_itself(engineer: User, case: Nonconformance) -> None:
    top = whys.add(engineer, case=case, text="One.", leg="occurrence")
    middle = whys.add(engineer, case=case, text="Two.", parent=top)
    last = whys.add(engineer, case=case, text="Three.", parent=middle)
    for place in (top, middle, last):
        with pytest.raises(Refused, match="below itself"):
            whys.move(engineer, why=top, version=1, parent=place)
    whys.move(engineer, why=middle, version=1, leg="systemic")
    last.refresh_from_db()
    middle.refresh_from_db()
    assert (middle.parent, middle.leg, last.parent, last.leg) == (None, "systemic", middle, "systemic")


def test_a_branch_is_taken_away_and_brought_back_as_it_was(engineer: User, case: Nonconformance) -> None:
    top = whys.add(engineer, case=case, text="One.", leg="occurrence")
    gone_before = whys.add(engineer, case=case, text="Wrong.", parent=top)
    whys.retire(engineer, why=gone_before)
    kept = whys.add(engineer, case=case, text="Two.", parent=top)
    whys.retire(engineer, why=top)
    assert not case.whys.standing().exists()
    with pytest.raises(Refused, match="above it was taken away"):
        whys.restore(engineer, why=kept)
    whys.restore(engineer, why=top)
    assert set(case.whys.standing()) == {top, kept}


def test_only_the_last_answer_of_a_chain_becomes_a_cause_and_only_once(engineer: User, case: Nonconformance) -> None:
    walk.to_investigating(engineer, case)
    top = whys.add(engineer, case=case, text="The paste is thin.", leg="occurrence")
    last = whys.add(engineer, case=case, text="The stencil is worn.", parent=top, evidence="90 um.")
    with pytest.raises(Refused, match="once more"):
        whys.promote(engineer, why=top)
    code = thought.CauseCodeFactory(category="machine")
    cause = whys.promote(engineer, why=last, code=code)
    assert (cause.leg, cause.statement, cause.evidence) == ("occurrence", "The stencil is worn.", "90 um.")
    assert (cause.category, cause.code, cause.status) == ("machine", code, "possible")
    with pytest.raises(Refused, match="a cause already"):
        whys.promote(engineer, why=last)


def test_an_answer_that_only_blames_a_person_is_no_cause(engineer: User, case: Nonconformance) -> None:
    walk.to_investigating(engineer, case)
    why = whys.add(engineer, case=case, text="Bedienfehler", leg="occurrence")
    with pytest.raises(Refused, match="not a root cause"):
        whys.promote(engineer, why=why)
    assert not case.causes.exists()


def test_a_case_holds_a_bounded_number_of_answers(engineer: User, case: Nonconformance) -> None:
    rows = [Why(nonconformance=case, leg="escape", text="x", recorded_by=engineer) for _ in range(whys.MOST)]
    Why.objects.bulk_create(rows)
    with pytest.raises(Refused, match="200"):
        whys.add(engineer, case=case, text="One more.", leg="escape")


def test_who_may_not_edit_the_case_writes_nothing(inspector: User, case: Nonconformance, engineer: User) -> None:
    why = whys.add(engineer, case=case, text="One.", leg="occurrence")
    stranger = make.UserFactory(role="engineer", plants=[make.PlantFactory()])
    before = Event.objects.count()
    for person in (inspector, stranger):
        for step in (
            lambda by: whys.add(by, case=case, text="Mine.", leg="occurrence"),
            lambda by: whys.edit(by, why=why, version=1, text="Mine."),
            lambda by: whys.move(by, why=why, version=1, leg="escape"),
            lambda by: whys.retire(by, why=why),
            lambda by: whys.promote(by, why=why),
        ):
            with pytest.raises(NotAllowed):
                step(person)
    assert Event.objects.count() == before


def test_a_finished_case_keeps_its_answers_as_they_are(engineer: User, manager: User, case: Nonconformance) -> None:
    why = whys.add(engineer, case=case, text="One.", leg="occurrence")
    cases.cancel(manager, case=case, reason="Opened twice.")
    for step in (
        lambda: whys.add(engineer, case=case, text="Two.", leg="escape"),
        lambda: whys.retire(engineer, why=why),
    ):
        with pytest.raises(Refused, match="is finished"):
            step()
