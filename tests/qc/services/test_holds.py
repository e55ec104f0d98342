from __future__ import annotations

import pytest

from qc.errors import NotAllowed, Refused
from qc.models import LotHold, Nonconformance, Plant, SupplierLot, User
from qc.services import cases, holds, lot_traces
from tests import factories as make
from tests import record_factories as records

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def case(plant: Plant, engineer: User) -> Nonconformance:
    row: Nonconformance = make.NonconformanceFactory(plant=plant, owner=engineer, verdict="one_off", status="contained")
    return row


@pytest.fixture
def lot(plant: Plant) -> SupplierLot:
    row: SupplierLot = make.SupplierLotFactory(plant=plant, units=500)
    return row


def test_a_lot_is_held_by_an_inspector_and_released_by_quality_with_a_reason(
    case: Nonconformance, lot: SupplierLot, inspector: User, engineer: User
) -> None:
    hold = holds.place(inspector, case=case, supplier_lot=lot, quantity="120", location="Rack 7", tag="H-12")
    assert (hold.lot_code, hold.quantity, hold.placed_by) == (lot.code, 120, inspector)
    with pytest.raises(NotAllowed):
        holds.release(inspector, hold=hold, reason="Sorted.")
    with pytest.raises(Refused) as refusal:
        holds.release(engineer, hold=hold, reason=" ")
    assert list(refusal.value.fields) == ["reason"]
    assert holds.release(engineer, hold=hold, reason="Sorted, clean.").released_by == engineer
    with pytest.raises(Refused, match="released already"):
        holds.release(engineer, hold=hold, reason="Again.")
    assert [event.verb for event in cases.timeline(case)] == ["case.release_lot", "case.hold_lot"]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("supplier_lot", {}),
        ("supplier_lot", {"own_lot": "A-1", "with_lot": True}),
        ("quantity", {"with_lot": True, "quantity": 501}),
        ("quantity", {"with_lot": True, "quantity": 0}),
        ("own_lot", {"own_lot": "x" * 81}),
    ],
)
def test_a_hold_that_makes_no_sense_is_refused_beside_the_field(
    case: Nonconformance, lot: SupplierLot, engineer: User, field: str, values: dict[str, object]
) -> None:
    given = {name: value for name, value in values.items() if name != "with_lot"}
    chosen = lot if values.get("with_lot") else None
    with pytest.raises(Refused) as refusal:
        holds.place(engineer, case=case, supplier_lot=chosen, **given)  # type: ignore[arg-type]
    assert list(refusal.value.fields) == [field] and not LotHold.objects.exists()


def test_a_lot_is_held_once_for_a_case_and_never_from_another_plant(
    case: Nonconformance, lot: SupplierLot, manager: User
) -> None:
    holds.place(manager, case=case, supplier_lot=lot)
    holds.place(manager, case=case, own_lot="A-2633-014")
    for again in ({"supplier_lot": lot}, {"own_lot": "a-2633-014"}):
        with pytest.raises(Refused, match="already"):
            holds.place(manager, case=case, **again)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="another plant"):
        holds.place(manager, case=case, supplier_lot=make.SupplierLotFactory())


def test_a_case_does_not_end_while_it_holds_a_lot(case: Nonconformance, lot: SupplierLot, manager: User) -> None:
    hold = holds.place(manager, case=case, supplier_lot=lot)
    with pytest.raises(Refused, match=f"Still on hold: {lot.code}"):
        cases.close(manager, case=case, reason="A dropped pallet.")
    with pytest.raises(Refused, match="Still on hold"):
        cases.cancel(manager, case=case, reason="Not ours.")
    holds.release(manager, hold=hold, reason="Sorted.")
    assert cases.close(manager, case=case, reason="A dropped pallet.").status == "closed"


def test_who_uses_a_held_lot_is_warned_and_nobody_of_another_plant(
    case: Nonconformance, lot: SupplierLot, plant: Plant, engineer: User
) -> None:
    hold = holds.place(engineer, case=case, supplier_lot=lot)
    holds.place(engineer, case=case, own_lot="A-2633-014")
    assert holds.warnings(engineer, plant=plant, supplier_lot=lot) == [
        f"Lot {lot.code} is on hold for {case.number}: {case.title}."
    ]
    assert len(holds.warnings(engineer, plant=plant, own_lot=" a-2633-014")) == 1
    assert holds.warnings(engineer, plant=make.PlantFactory(), own_lot="A-2633-014") == []
    stranger = make.UserFactory(role="engineer", plants=[make.PlantFactory()])
    assert holds.warnings(stranger, plant=plant, supplier_lot=lot) == []
    holds.release(engineer, hold=hold, reason="Sorted.")
    assert holds.warnings(engineer, plant=plant, supplier_lot=lot) == []


def test_a_trace_lists_lines_defects_and_cases_of_a_lot(
    case: Nonconformance, lot: SupplierLot, plant: Plant, engineer: User, django_assert_max_num_queries: object
) -> None:
    line = make.ProductionLineFactory(plant=plant, code="SMT-1")
    records.LotUseFactory(line=line, supplier_lot=lot, units=300)
    on_it = {"line": line, "supplier_lot": lot, "part": lot.part, "supplier": lot.part.supplier}
    make.DefectFactory.create_batch(2, quantity=3, **on_it)
    make.DefectFactory(status="void", void_reason="Double.", **on_it)
    other = make.NonconformanceFactory(plant=plant)
    other.supplier_lots.add(lot)
    holds.place(engineer, case=case, supplier_lot=lot)
    more = make.SupplierLotFactory.create_batch(5, plant=plant)
    with django_assert_max_num_queries(4):  # type: ignore[operator]
        trace = lot_traces.of_lots(engineer, [lot, *more])[lot.pk]
    assert ([use.line for use in trace.uses], trace.used_units, trace.records) == ([line], 300, 2)
    assert [(each.line, each.records, each.units) for each in trace.found] == [("SMT-1", 2, 6)]
    assert {each.pk for each in trace.cases} == {case.pk, other.pk} and len(trace.holds) == 1
    make.DefectFactory(line=line, lot="A-9")
    make.DefectFactory(lot="A-9", **on_it)  # the supplier's lot is in our own lot
    with django_assert_max_num_queries(3):  # type: ignore[operator]
        both = lot_traces.of_material(engineer, plant.pk, [lot], ["a-9"], [])
    assert [(each.code, each.records) for each in both] == [(lot.code, 3), ("a-9", 2)]
    assert [(each.line, each.records) for each in both[1].found] == [("SMT-1", 2)]
