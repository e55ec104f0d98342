from __future__ import annotations

import pytest

from qc.errors import NotAllowed, Refused
from qc.models import Nonconformance, Plant, User
from qc.services import cases
from tests.qc.services import walk

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def case(engineer: User, plant: Plant) -> Nonconformance:
    return walk.opened(engineer, walk.finding_with_defects(plant))


def test_suspect_material_is_disposed_of_before_the_investigation(
    engineer: User, manager: User, case: Nonconformance
) -> None:
    cases.contain(engineer, case=case, description="Stock blocked.", quantity_held="100")
    cases.review(engineer, case=case, suspect_quantity="100")
    cases.dispose(manager, case=case, decision="scrap", quantity=60)
    with pytest.raises(Refused, match="40 of 100 has no disposition"):
        cases.finish_dispositions(engineer, case=case)
    with pytest.raises(Refused, match="Only 40 is left"):
        cases.dispose(manager, case=case, decision="scrap", quantity="40.001")
    with pytest.raises(Refused) as refusal:
        cases.dispose(manager, case=case, decision="rework", quantity=40)
    assert list(refusal.value.fields) == ["instruction"]
    cases.dispose(manager, case=case, decision="rework", quantity=40, instruction="Touch up by hand, inspect again.")
    assert cases.finish_dispositions(engineer, case=case).status == "dispositioned"
    assert cases.investigate(engineer, case=case).status == "investigating"


@pytest.mark.parametrize("quantity", [0, -1, "NaN", "Infinity", "1e400", "1_000", "٣", "", "abc", "0.0005", 10**9])
def test_a_suspect_quantity_is_a_plain_number_above_zero(
    engineer: User, case: Nonconformance, quantity: object
) -> None:
    cases.contain(engineer, case=case, description="Stock blocked.")
    with pytest.raises(Refused) as refusal:
        cases.review(engineer, case=case, suspect_quantity=quantity)
    assert list(refusal.value.fields) == ["suspect_quantity"]
    assert Nonconformance.objects.get(pk=case.pk).status == "contained"


def test_only_the_review_board_and_managers_dispose(
    engineer: User, purchasing: User, inspector: User, case: Nonconformance
) -> None:
    cases.contain(engineer, case=case, description="Stock blocked.")
    cases.review(engineer, case=case, suspect_quantity=5)
    for person in (engineer, purchasing, inspector):
        with pytest.raises(NotAllowed):
            cases.dispose(person, case=case, decision="scrap", quantity=5)
    purchasing.is_mrb_member = True
    assert cases.dispose(purchasing, case=case, decision="scrap", quantity=5).decided_by == purchasing


def test_an_auditor_on_the_review_board_still_changes_nothing(
    engineer: User, auditor: User, case: Nonconformance
) -> None:
    cases.contain(engineer, case=case, description="Stock blocked.")
    cases.review(engineer, case=case, suspect_quantity=5)
    auditor.is_mrb_member = True
    with pytest.raises(NotAllowed):
        cases.dispose(auditor, case=case, decision="scrap", quantity=5)
