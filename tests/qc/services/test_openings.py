from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest

from qc.errors import Conflict, NotAllowed, Refused
from qc.models import Event, Nonconformance, Notice, Plant, User
from qc.services import cases, events
from tests import factories as make
from tests.qc.services import walk

pytestmark = pytest.mark.usefixtures("noon")


def facts(plant: Plant, **values: Any) -> dict[str, Any]:
    return {
        "plant": plant,
        "title": "Bores too wide",
        "description": "CNC-07 since Monday.",
        "severity": "major",
    } | values


def test_a_case_from_a_finding_takes_over_what_the_finding_says(engineer: User, plant: Plant) -> None:
    supplier = make.SupplierFactory()
    part = make.PartFactory(supplier=supplier)
    lot = make.SupplierLotFactory(plant=plant, part=part)
    product = make.ProductFactory()
    where = {"supplier": supplier.code, "part": part.number, "supplier_lot": lot.code, "product": product.code}
    finding = make.FindingFactory(plant=plant, supplier=supplier, where=where)
    case = cases.open_case(engineer, finding=finding, **facts(plant))
    assert case.number == "NCR-2026-00001"
    assert (case.verdict, case.defect_type, case.supplier) == ("systemic", finding.defect_type, supplier)
    assert (case.part, case.product, list(case.supplier_lots.all())) == (part, product, [lot])
    assert (case.status, case.owner, case.opened_by) == ("open", engineer, engineer)


def test_a_persons_verdict_goes_before_the_engines(engineer: User, plant: Plant) -> None:
    finding = make.FindingFactory(
        plant=plant, decision="overridden", human_verdict="one_off", decision_reason="pallet", decided_by=engineer
    )
    assert cases.open_case(engineer, finding=finding, **facts(plant)).verdict == "one_off"


def test_a_case_from_a_finding_links_the_defects_of_its_scope_and_no_others(engineer: User, plant: Plant) -> None:
    finding = walk.finding_with_defects(plant, days=range(1, 11))
    same: dict[str, Any] = {"line": finding.line, "defect_type": finding.defect_type}
    make.DefectFactory(**same, occurred_at=make.NOON - dt.timedelta(days=40))  # before it began
    make.DefectFactory(line=finding.line)  # another type
    make.DefectFactory(defect_type=finding.defect_type, line=make.ProductionLineFactory(plant=plant))
    make.DefectFactory(defect_type=finding.defect_type, line__code=finding.line and finding.line.code)  # other plant
    make.DefectFactory(**same, status="void", void_reason="wrong code")
    chosen = make.DefectFactory(line=finding.line)
    case = cases.open_case(engineer, finding=finding, defects=[chosen], **facts(plant))
    linked = set(case.defects.all())
    assert len(linked) == 11
    assert {d.defect_type for d in linked - {chosen}} == {finding.defect_type}


def test_an_ended_episode_brings_only_its_own_defects(engineer: User, plant: Plant) -> None:
    until = (make.NOON - dt.timedelta(days=6)).date()
    finding = walk.finding_with_defects(plant, days=range(1, 11), until=until)
    assert cases.open_case(engineer, finding=finding, **facts(plant)).defects.count() == 5


def test_linking_thousands_of_defects_takes_few_queries(
    engineer: User, plant: Plant, django_assert_max_num_queries: Any
) -> None:
    finding = walk.finding_with_defects(plant, days=range(1, 3))
    with django_assert_max_num_queries(45) as small:
        cases.open_case(engineer, finding=finding, **facts(plant))
    more = walk.finding_with_defects(plant, days=range(1, 61))
    with django_assert_max_num_queries(len(small.captured_queries)):
        cases.open_case(engineer, finding=more, **facts(plant))


def test_critical_needs_a_containment_and_is_contained_with_it(engineer: User, plant: Plant) -> None:
    with pytest.raises(Refused) as refusal:
        cases.open_case(engineer, **facts(plant, severity="critical"))
    assert "containment" in refusal.value.fields
    assert not Nonconformance.objects.exists()
    case = cases.open_case(engineer, containment="Line stopped, stock blocked.", **facts(plant, severity="critical"))
    assert case.status == "contained"
    assert case.containments.get().description == "Line stopped, stock blocked."


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", "  "), ("title", "x" * 201), ("description", ""), ("severity", "huge"), ("severity", "")],
)
def test_what_is_missing_or_wrong_is_said_beside_its_field(
    engineer: User, plant: Plant, field: str, value: str
) -> None:
    with pytest.raises(Refused) as refusal:
        cases.open_case(engineer, **facts(plant, **{field: value}))
    assert list(refusal.value.fields) == [field]


def test_what_is_of_another_plant_or_supplier_is_refused(manager: User, plant: Plant) -> None:
    other = make.PlantFactory()
    part = make.PartFactory()
    wrong: list[tuple[str, Any]] = [
        ("line", make.ProductionLineFactory(plant=other)),
        ("finding", make.FindingFactory(plant=other)),
        ("supplier_lots", [make.SupplierLotFactory(plant=other)]),
        ("defects", [make.DefectFactory(line__plant=other)]),
    ]
    for field, value in wrong:
        with pytest.raises(Refused) as refusal:
            cases.open_case(manager, **facts(plant, **{field: value}))
        assert list(refusal.value.fields) == [field]
    with pytest.raises(Refused) as refusal:
        cases.open_case(manager, part=part, supplier=make.SupplierFactory(), **facts(plant))
    assert list(refusal.value.fields) == ["part"]
    assert cases.open_case(manager, part=part, **facts(plant)).supplier == part.supplier


def test_nobody_opens_a_case_in_a_plant_of_others(engineer: User, inspector: User) -> None:
    foreign = make.PlantFactory()
    for person in (engineer, inspector):
        with pytest.raises(NotAllowed):
            cases.open_case(person, **facts(foreign))


@pytest.mark.parametrize("name", ["auditor", "plant_manager", "purchasing", "acme"])
def test_roles_that_only_read_do_not_open_cases(name: str, plant: Plant, request: pytest.FixtureRequest) -> None:
    with pytest.raises(NotAllowed):
        cases.open_case(request.getfixturevalue(name), **facts(plant))


def test_an_owner_works_with_the_plant_and_is_told(engineer: User, inspector: User, acme: User, plant: Plant) -> None:
    stranger = make.UserFactory(role="engineer", plants=[make.PlantFactory()])
    for person in (stranger, acme):
        with pytest.raises(Refused) as refusal:
            cases.open_case(inspector, owner=person, **facts(plant))
        assert list(refusal.value.fields) == ["owner"]
    case = cases.open_case(inspector, owner=engineer, **facts(plant))
    notice = Notice.objects.get()
    assert (notice.to, notice.path) == (engineer, f"/cases/{case.pk}/")


def test_the_same_form_sent_twice_opens_one_case(engineer: User, manager: User, plant: Plant) -> None:
    key = uuid.uuid4()
    first = cases.open_case(engineer, client_uuid=key, **facts(plant))
    assert cases.open_case(engineer, client_uuid=key, **facts(plant)) == first
    assert Nonconformance.objects.count() == 1
    with pytest.raises(Conflict):
        cases.open_case(engineer, client_uuid=key, **facts(plant, title="Something else"))
    with pytest.raises(Conflict):
        cases.open_case(manager, client_uuid=key, **facts(plant))
    assert cases.open_case(engineer, client_uuid=uuid.uuid4(), **facts(plant)).number == "NCR-2026-00002"


def test_a_finding_has_one_open_case(engineer: User, manager: User, plant: Plant) -> None:
    finding = make.FindingFactory(plant=plant)
    first = walk.opened(engineer, finding)
    with pytest.raises(Refused, match=first.number):
        walk.opened(engineer, finding)
    cases.cancel(manager, case=first, reason="Wrong finding.")
    again = walk.opened(engineer, finding)
    assert again.reopened_from is None


def test_a_case_that_comes_back_names_the_closed_one(engineer: User, plant: Plant) -> None:
    finding = make.FindingFactory(plant=plant, verdict="one_off")
    first = walk.opened(engineer, finding, severity="minor")
    cases.contain(engineer, case=first, description="None needed.", none_needed=True)
    cases.close(engineer, case=first, reason="A dropped pallet.")
    assert walk.opened(engineer, finding).reopened_from == first


def test_a_refused_case_takes_no_number(engineer: User, plant: Plant) -> None:
    with pytest.raises(Refused):
        cases.open_case(engineer, **facts(plant, title=""))
    assert cases.open_case(engineer, **facts(plant)).number == "NCR-2026-00001"


def test_the_opening_is_in_the_audit_trail(engineer: User, plant: Plant) -> None:
    case = cases.open_case(engineer, **facts(plant))
    event = Event.objects.about(case).get()
    assert (event.verb, event.by, event.plant) == ("case.open", engineer, plant)
    assert event.data["status"] == ["", "open"]
    assert list(events.broken_links()) == []
