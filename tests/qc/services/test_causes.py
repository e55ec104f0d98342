from __future__ import annotations

import pytest

from qc.errors import Refused
from qc.models import Nonconformance, Plant, User
from qc.services import cases
from tests.qc.services import walk

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def case(engineer: User, plant: Plant) -> Nonconformance:
    return walk.opened(engineer, walk.finding_with_defects(plant))


def test_both_legs_need_a_verified_cause(engineer: User, case: Nonconformance) -> None:
    walk.to_investigating(engineer, case)
    with pytest.raises(Refused, match=r"occurrence.*escape"):
        cases.plan_actions(engineer, case=case)
    occurrence = cases.add_cause(engineer, case=case, leg="occurrence", statement="The stencil is worn.")
    cases.add_cause(engineer, case=case, leg="escape", statement="Paste height is not measured.")
    with pytest.raises(Refused) as refusal:
        cases.verify_cause(engineer, cause=occurrence, verification="Turned on and off.")
    assert list(refusal.value.fields) == ["evidence"]
    cases.verify_cause(engineer, cause=occurrence, verification="Turned on and off.", evidence="0.7 % and 0.2 %.")
    with pytest.raises(Refused, match=r"^(?!.*occurrence).*escape"):
        cases.plan_actions(engineer, case=case)
    with pytest.raises(Refused, match="verified already"):
        cases.verify_cause(engineer, cause=occurrence, verification="Again.", evidence="Again.")


@pytest.mark.parametrize(
    "statement",
    ["Operator error", "operator error.", "Human error", "The root cause was operator error", "Operator's mistake",
     "It was due to a human mistake!", "Bedienerfehler", "Menschliches Versagen"],
)  # fmt: skip
def test_operator_error_alone_is_not_a_cause_of_occurrence(
    engineer: User, case: Nonconformance, statement: str
) -> None:
    walk.to_investigating(engineer, case)
    with pytest.raises(Refused, match="not a root cause") as refusal:
        cases.add_cause(engineer, case=case, leg="occurrence", statement=statement)
    assert list(refusal.value.fields) == ["statement"]


def test_an_operator_error_with_its_reason_is_a_cause(engineer: User, case: Nonconformance) -> None:
    walk.to_investigating(engineer, case)
    text = "Operator error, because both connectors fit both sockets."
    assert cases.add_cause(engineer, case=case, leg="occurrence", statement=text).statement == text
