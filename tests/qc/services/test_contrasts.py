from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from qc.errors import NotAllowed, Refused, Stale
from qc.models import Contrast, Event, Nonconformance, Plant, ProductionCount, User
from qc.services import cases, contrasts
from tests import factories as make

DAY = dt.timedelta(days=1)
pytestmark = pytest.mark.usefixtures("noon")


def on_line(line: Any, days: int, *, units: int, by: User) -> None:
    for number in range(days):
        on = make.NOON.date() - number * DAY
        ProductionCount.objects.create(line=line, production_on=on, units=units, recorded_by=by)


@pytest.fixture
def bad_line(plant: Plant) -> Any:
    return make.ProductionLineFactory(plant=plant, code="SMT-1", name="Surface mount")


@pytest.fixture
def case(plant: Plant, engineer: User, bad_line: Any) -> Nonconformance:
    """Twelve records in ten days on SMT-1, none on SMT-2 that makes a third of it, nothing made on SMT-3."""
    good = make.ProductionLineFactory(plant=plant, code="SMT-2")
    make.ProductionLineFactory(plant=plant, code="SMT-3")
    kind = make.DefectTypeFactory(code="SOLD-BRID")
    on_line(bad_line, 10, units=300, by=engineer)
    on_line(good, 10, units=100, by=engineer)
    found = [
        make.DefectFactory(line=bad_line, defect_type=kind, occurred_at=make.NOON - (number % 10) * DAY)
        for number in range(12)
    ]
    case: Nonconformance = make.NonconformanceFactory(plant=plant, owner=engineer, defect_type=kind, line=bad_line)
    case.defects.set(found)
    return case


def row(case: Nonconformance, question: str) -> Contrast:
    return case.contrasts.get(question=question)


def test_a_line_that_made_units_without_a_record_is_not_with_what_was_to_be_expected(
    engineer: User, case: Nonconformance
) -> None:
    contrasts.fill(engineer, case=case)
    line = row(case, "line")
    assert [(value["name"], value["found"], value["exposure"]) for value in line.seen] == [
        ("SMT-1 Surface mount", 12, 3000)
    ]
    unseen = {value["name"].split()[0]: value for value in line.unseen}
    assert list(unseen) == ["SMT-2"], "a line that made nothing could not show it"
    assert (unseen["SMT-2"]["found"], unseen["SMT-2"]["exposure"], unseen["SMT-2"]["expected"]) == (0, 1000, 3.0)
    assert line.basis["unit"] == "units" and line.basis["said"] == 12


def test_few_expected_are_too_few_to_say(engineer: User, case: Nonconformance, plant: Plant) -> None:
    tiny = make.ProductionLineFactory(plant=plant, code="SMT-4")
    on_line(tiny, 1, units=10, by=engineer)
    contrasts.fill(engineer, case=case)
    telling = {value["name"].split()[0]: value["is_telling"] for value in row(case, "line").unseen}
    assert telling["SMT-4"] is False


def test_the_four_questions_are_there_with_numbers_and_their_doubt(engineer: User, case: Nonconformance) -> None:
    contrasts.fill(engineer, case=case)
    assert row(case, "what").seen[0]["name"].startswith("SOLD-BRID")
    assert (
        "12 records" in row(case, "how_many").seen[0]["name"] and "4,000 ppm" in row(case, "how_many").seen[0]["name"]
    )
    assert "10 days" in row(case, "when").seen[0]["name"]


def test_what_nobody_counted_is_estimated_from_the_records_of_other_codes(
    engineer: User, case: Nonconformance, bad_line: Any
) -> None:
    for number in range(40):
        inspector = "I-1" if number % 2 else "I-2"
        make.DefectFactory(line=bad_line, inspector=inspector, occurred_at=make.NOON - (number % 10) * DAY)
    case.defects.update(inspector="I-1")
    contrasts.fill(engineer, case=case)
    found = row(case, "inspector")
    assert found.basis["unit"] == "records"
    assert [(value["name"], value["found"], value["expected"]) for value in found.seen] == [("I-1", 12, 6.0)]
    assert [(value["name"], value["found"], value["expected"]) for value in found.unseen] == [("I-2", 0, 6.0)]


def test_without_units_and_other_records_no_expected_number_is_made_up(engineer: User, case: Nonconformance) -> None:
    ProductionCount.objects.all().delete()
    contrasts.fill(engineer, case=case)
    line = row(case, "line")
    assert (line.seen[0]["expected"], line.unseen, line.basis["unit"]) == (None, [], "")


def test_a_lot_that_was_used_and_shows_nothing_is_not(engineer: User, case: Nonconformance, bad_line: Any) -> None:
    part = make.PartFactory()
    bad, good = (make.SupplierLotFactory(plant=case.plant, part=part, code=code) for code in ("L-BAD", "L-GOOD"))
    start = make.NOON.date() - 9 * DAY
    for lot, first, last in ((bad, 0, 4), (good, 5, 9)):
        lot.uses.create(line=bad_line, first_on=start + first * DAY, last_on=start + last * DAY)
    case.defects.update(part=part, supplier=part.supplier, supplier_lot=bad)
    contrasts.fill(engineer, case=case)
    lots = row(case, "supplier_lot")
    assert [(value["name"], value["exposure"], value["expected"]) for value in lots.seen] == [("L-BAD", 1500, 6.0)]
    assert [(value["name"], value["exposure"], value["expected"]) for value in lots.unseen] == [("L-GOOD", 1500, 6.0)]
    assert lots.seen[0]["is_raised"]


def test_filling_again_takes_new_records_and_keeps_what_people_wrote(engineer: User, case: Nonconformance) -> None:
    contrasts.fill(engineer, case=case)
    line = row(case, "line")
    contrasts.edit(engineer, contrast=line, version=1, distinction="SMT-1 has the old stencil.", change="New paste.")
    make.DefectFactory(line=case.line, defect_type=case.defect_type, occurred_at=make.NOON)
    contrasts.fill(engineer, case=case)
    line.refresh_from_db()
    assert line.seen[0]["found"] == 13
    assert (line.distinction, line.change, line.typed_by) == ("SMT-1 has the old stencil.", "New paste.", engineer)
    with pytest.raises(Stale):
        contrasts.edit(engineer, contrast=line, version=2, change="Too late.")


def test_a_row_that_the_records_no_longer_answer_goes_unless_somebody_wrote_there(
    engineer: User, case: Nonconformance
) -> None:
    case.defects.update(cavity="C3", tool="T1")
    contrasts.fill(engineer, case=case)
    contrasts.edit(engineer, contrast=row(case, "cavity"), version=1, distinction="Repaired in June.")
    case.defects.update(cavity="", tool="")
    contrasts.fill(engineer, case=case)
    assert row(case, "cavity").distinction == "Repaired in June." and row(case, "cavity").seen == []
    assert not case.contrasts.filter(question="tool").exists()


def test_a_case_without_a_code_still_has_the_four_questions(engineer: User, plant: Plant) -> None:
    case = make.NonconformanceFactory(plant=plant, owner=engineer, defect_type=None)
    assert [each.question for each in contrasts.fill(engineer, case=case)] == list(contrasts.QUESTIONS)


def test_another_plant_and_another_role_fill_and_write_nothing(
    engineer: User, inspector: User, case: Nonconformance
) -> None:
    contrasts.fill(engineer, case=case)
    stranger, before = make.UserFactory(role="engineer", plants=[make.PlantFactory()]), Event.objects.count()
    for person in (inspector, stranger):
        with pytest.raises(NotAllowed):
            contrasts.fill(person, case=case)
        with pytest.raises(NotAllowed):
            contrasts.edit(person, contrast=row(case, "line"), version=1, change="Mine.")
    assert Event.objects.count() == before


def test_the_matrix_of_a_finished_case_stays(engineer: User, manager: User, case: Nonconformance) -> None:
    contrasts.fill(engineer, case=case)
    cases.cancel(manager, case=case, reason="Opened twice.")
    with pytest.raises(Refused, match="is finished"):
        contrasts.fill(engineer, case=case)
