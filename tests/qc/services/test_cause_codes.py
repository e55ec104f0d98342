from __future__ import annotations

from collections.abc import Callable

import pytest

from qc.errors import NotAllowed, Refused, Stale
from qc.models import CauseCode, Event, Nonconformance, Plant, User
from qc.services import cases, cause_codes, causes, exports
from qc.services.listings.actions import CAUSE_CODES
from tests import cause_factories as thought
from tests import factories as make
from tests import record_factories as records
from tests.qc.services import walk


def test_a_manager_adds_renames_retires_and_puts_back(manager: User) -> None:
    row = cause_codes.create(manager, code="MAC-WEAR", name="Wear", category="machine")
    row = cause_codes.edit(manager, cause_code=row, version=1, name="Tool worn", category="method")
    with pytest.raises(Stale):
        cause_codes.edit(manager, cause_code=row, version=1, name="Other")
    cause_codes.retire(manager, cause_code=row, reason="Too broad.")
    assert not CauseCode.objects.usable().exists()
    assert cause_codes.reactivate(manager, cause_code=row).is_active
    verbs = list(Event.objects.order_by("sequence").values_list("verb", flat=True))
    assert verbs == [f"cause_code.{verb}" for verb in ("create", "edit", "retire", "reactivate")]


@pytest.mark.parametrize(
    ("field", "value"), [("code", ""), ("code", "mac-wear"), ("name", " "), ("category", "money"), ("name", "x" * 161)]
)
def test_a_code_that_makes_no_sense_is_refused_beside_its_field(manager: User, field: str, value: str) -> None:
    cause_codes.create(manager, code="MAC-WEAR", name="Wear", category="machine")
    with pytest.raises(Refused) as refusal:
        cause_codes.create(manager, **{"code": "NEW", "name": "New", "category": "man", field: value})
    assert list(refusal.value.fields) == [field]
    assert CauseCode.objects.count() == 1


def test_a_code_is_retired_only_with_a_reason(manager: User) -> None:
    row = thought.CauseCodeFactory()
    with pytest.raises(Refused):
        cause_codes.retire(manager, cause_code=row, reason=" ")


def test_the_usual_codes_are_added_once_and_cover_the_six_m(manager: User) -> None:
    thought.CauseCodeFactory(code="mac-wear", name="Ours")
    assert cause_codes.add_usual(manager) == len(cause_codes.USUAL) - 1
    assert cause_codes.add_usual(manager) == 0
    assert CauseCode.objects.values("category").distinct().count() == 6
    assert CauseCode.objects.get(code="mac-wear").name == "Ours"


@pytest.mark.parametrize(
    "step",
    [
        lambda by, row: cause_codes.create(by, code="X", name="X", category="man"),
        lambda by, row: cause_codes.edit(by, cause_code=row, version=1, name="X"),
        lambda by, row: cause_codes.retire(by, cause_code=row, reason="No."),
        lambda by, row: cause_codes.add_usual(by),
    ],
)
def test_only_managers_keep_the_catalogue(engineer: User, auditor: User, step: Callable[..., object]) -> None:
    row = thought.CauseCodeFactory()
    for person in (engineer, auditor):
        with pytest.raises(NotAllowed):
            step(person, row)


def test_the_catalogue_counts_causes_and_effective_actions_of_what_a_person_reads(engineer: User, plant: Plant) -> None:
    code = thought.CauseCodeFactory()
    case = make.NonconformanceFactory(plant=plant)
    cause = records.CauseFactory(nonconformance=case, code=code)
    records.CauseFactory(code=code)  # of another plant
    action = make.CorrectiveActionFactory(nonconformance=case, cause=cause)
    for _ in range(2):  # two checks of one action are one cure
        records.EffectivenessCheckFactory(action=action, nonconformance=case, result="effective")
    row = CAUSE_CODES.rows(engineer, {}).get()
    assert (row.uses, row.cures) == (1, 1)
    lines = b"".join(exports.csv_lines(engineer, CAUSE_CODES, {})).decode("utf-8-sig").splitlines()
    assert lines[1].startswith(f"{code.code},") and lines[1].endswith(",1,1")


@pytest.fixture
def case(plant: Plant, engineer: User) -> Nonconformance:
    case: Nonconformance = make.NonconformanceFactory(plant=plant, owner=engineer)
    walk.to_investigating(engineer, case)
    return case


def test_a_cause_takes_the_group_of_its_code_and_no_retired_code(engineer: User, case: Nonconformance) -> None:
    code, retired = thought.CauseCodeFactory(category="material"), thought.CauseCodeFactory(is_active=False)
    cause = causes.add_cause(engineer, case=case, leg="occurrence", statement="Paste too old.", code=code)
    assert cause.category == "material"
    with pytest.raises(Refused) as refusal:
        causes.add_cause(engineer, case=case, leg="occurrence", statement="Paste too old.", code=retired)
    assert list(refusal.value.fields) == ["code"]


def test_a_cause_keeps_the_code_that_was_retired_since(engineer: User, manager: User, case: Nonconformance) -> None:
    code = thought.CauseCodeFactory()
    cause = causes.add_cause(engineer, case=case, leg="occurrence", statement="Paste too old.", code=code)
    cause_codes.retire(manager, cause_code=code, reason="Too broad.")
    code.refresh_from_db()
    changed = causes.edit_cause(engineer, cause=cause, version=1, statement="Paste was open for nine days.", code=code)
    assert (changed.code, changed.version) == (code, 2)


def test_a_cause_is_ruled_out_with_a_reason_and_brought_back(engineer: User, case: Nonconformance) -> None:
    cause = causes.add_cause(engineer, case=case, leg="occurrence", statement="Paste too old.")
    with pytest.raises(Refused):
        causes.rule_out(engineer, cause=cause, reason=" ")
    out = causes.rule_out(engineer, cause=cause, reason="Fresh paste shows it too.")
    assert (out.status, out.ruled_out_by) == ("ruled_out", engineer)
    with pytest.raises(Refused, match="Bring it back first"):
        causes.verify_cause(engineer, cause=cause, verification="On, off.", evidence="None.")
    assert causes.bring_back(engineer, cause=cause).status == "possible"


def test_a_verified_cause_changes_only_after_its_verification_is_taken_back(
    engineer: User, case: Nonconformance
) -> None:
    cause = causes.add_cause(engineer, case=case, leg="occurrence", statement="Paste too old.")
    causes.verify_cause(engineer, cause=cause, verification="Old on, new off.", evidence="9 of 100, 0 of 100.")
    for step in (
        lambda: causes.edit_cause(engineer, cause=cause, version=2, statement="Other."),
        lambda: causes.rule_out(engineer, cause=cause, reason="No."),
    ):
        with pytest.raises(Refused, match="Take the verification back"):
            step()
    doubted = causes.doubt_cause(engineer, cause=cause, reason="It came back with new paste.")
    assert (doubted.status, doubted.evidence) == ("possible", "9 of 100, 0 of 100.")
    assert causes.edit_cause(engineer, cause=cause, version=3, statement="Paste stored warm.").version == 4


def test_an_unverified_cause_does_not_let_the_case_go_on(engineer: User, case: Nonconformance) -> None:
    rows = [
        causes.add_cause(engineer, case=case, leg=leg, statement="The gauge is worn.")
        for leg in ("occurrence", "escape")
    ]
    for row in rows:
        causes.verify_cause(engineer, cause=row, verification="On, off.", evidence="9 and 0.")
    causes.doubt_cause(engineer, cause=rows[1], reason="No.")
    with pytest.raises(Refused, match="escape"):
        cases.plan_actions(engineer, case=case)


def test_a_stale_change_of_a_cause_is_refused(engineer: User, case: Nonconformance) -> None:
    cause = causes.add_cause(engineer, case=case, leg="occurrence", statement="Paste too old.")
    causes.edit_cause(engineer, cause=cause, version=1, evidence="Date code.")
    with pytest.raises(Stale):
        causes.edit_cause(engineer, cause=cause, version=1, evidence="Other.")
