from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qc.errors import Refused
from suppliers import answers, asked
from suppliers.models import Stage
from tests.suppliers.flow import ANSWERS

TODAY = dt.date(2026, 11, 20)


def refused(code: str, **more: Any) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        answers.checked(code, ANSWERS[code] | more, today=TODAY)
    return caught.value.fields


@pytest.mark.parametrize("code", ANSWERS)
def test_a_complete_answer_is_stored_and_read_again(code: str) -> None:
    stored = answers.checked(code, ANSWERS[code], today=TODAY)
    blocks = answers.shown(code, stored)
    assert set(stored) == {line.name for block in blocks for line in block.lines if line.text}


@pytest.mark.parametrize("code", ANSWERS)
def test_an_empty_answer_names_every_field_that_is_needed(code: str) -> None:
    with pytest.raises(Refused) as caught:
        answers.checked(code, {}, today=TODAY)
    assert set(caught.value.fields) == {question.name for question in asked.questions(code) if question.required}


def test_every_stage_has_its_questions_and_a_title() -> None:
    assert set(asked.SECTIONS) == set(asked.TITLES) == set(Stage.Code.values)


@pytest.mark.parametrize(
    "text",
    [
        "Operator error",
        "operator error.",
        "Human error: the worker was careless",
        "Mistake of the operator, he was retrained",
        "The employee did not follow the instruction",
        "Bedienfehler durch Mitarbeiter, Fehler",
        "The operator forgot it. Training was done again.",
    ],
)
def test_operator_error_alone_is_no_root_cause(text: str) -> None:
    assert "not a root cause" in refused("root_cause", occurrence_cause=text)["occurrence_cause"]


@pytest.mark.parametrize(
    "text",
    [
        "The operator could insert the part upside down because the fixture has no stop, an error nothing prevents.",
        "Worn guide bends pins",
        "Wrong torque program selected by operator since both programs carry the same barcode label",
    ],
)
def test_a_mechanism_is_a_root_cause_even_when_it_names_a_person(text: str) -> None:
    stored = answers.checked("root_cause", ANSWERS["root_cause"] | {"occurrence_cause": text}, today=TODAY)
    assert stored["occurrence_cause"] == text


@pytest.mark.parametrize("text", ["31.03.2026", "2026-02-30", "tomorrow", "9999-12-31"])
def test_a_date_that_is_none_is_refused(text: str) -> None:
    assert "implement_on" in refused("plan", implement_on=text)


def test_a_plan_lies_ahead_and_an_implementation_behind() -> None:
    assert "has passed" in refused("plan", implement_on="2026-11-19")["implement_on"]
    assert "still to come" in refused("implementation", implemented_on="2026-11-21")["implemented_on"]
    answers.checked("plan", ANSWERS["plan"] | {"implement_on": "2026-11-20"}, today=TODAY)


@pytest.mark.parametrize("text", ["NaN", "1e9", "-3", "1_000", "٣", "inf", "lots", "1,2,3", "10000000000"])
def test_a_quantity_that_is_no_number_is_refused(text: str) -> None:
    assert "quantity_checked" in refused("containment", quantity_checked=text)


@pytest.mark.parametrize(("text", "stored"), [("4,200", "4200"), ("4200", "4200"), ("2,5", "2.5"), ("2.5", "2.5")])
def test_a_quantity_is_read_as_people_write_it(text: str, stored: str) -> None:
    given_ = ANSWERS["containment"] | {"quantity_checked": text, "quantity_bad": "1"}
    assert answers.checked("containment", given_, today=TODAY)["quantity_checked"] == stored


def test_more_bad_parts_than_checked_is_refused() -> None:
    assert "quantity_bad" in refused("containment", quantity_bad="5000")


def test_a_choice_that_is_not_offered_is_refused() -> None:
    assert "strength" in refused("plan", strength="magic")
    assert "places" in refused("containment", places=["moon"])


def test_unknown_fields_are_left_out_of_drafts_and_answers() -> None:
    raw = ANSWERS["closure"] | {"decision": "accepted", "supplier": 7, "files": ["x"]}
    assert set(answers.checked("closure", raw, today=TODAY)) == {"results"}
    assert set(answers.kept("closure", raw)) == {"results"}


def test_a_draft_keeps_what_is_not_right_yet() -> None:
    assert answers.kept("plan", {"implement_on": "soon", "action_escape": "x"}) == {
        "implement_on": "soon",
        "action_escape": "x",
    }


def test_what_changed_between_two_versions_is_marked() -> None:
    old = ANSWERS["closure"]
    new = {"results": "42,000 parts, none bad."}
    (line,) = [line for block in answers.shown("closure", new, old) for line in block.lines if line.name == "results"]
    assert line.changed
    assert [(piece.kind, piece.text) for piece in line.pieces] == [
        ("out", "41,000"),
        ("in", "42,000"),
        ("same", " parts, none bad."),
    ]


def test_without_an_earlier_version_nothing_is_marked() -> None:
    assert not any(line.changed for block in answers.shown("closure", ANSWERS["closure"]) for line in block.lines)


raw_values = st.one_of(st.none(), st.text(max_size=60), st.integers(), st.lists(st.text(max_size=5)), st.booleans())


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # the first text draws its alphabet
@given(code=st.sampled_from(list(ANSWERS)), data=st.data())
def test_whatever_is_sent_is_stored_or_refused_with_fields(code: str, data: st.DataObject) -> None:
    names = [question.name for question in asked.questions(code)]
    raw = data.draw(st.dictionaries(st.sampled_from([*names, "other"]), raw_values))
    answers.kept(code, raw)
    try:
        answers.checked(code, ANSWERS[code] | raw, today=TODAY)
    except Refused as refusal:
        assert refusal.fields and set(refusal.fields) <= set(names)
