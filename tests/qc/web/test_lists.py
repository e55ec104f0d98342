"""Every list asks the same number of questions for 3 rows and for 30."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qc.models import Plant, User
from qc.services import events, notices
from tests import factories as make
from tests.qc.web.conftest import Login

pytestmark = pytest.mark.usefixtures("noon")
Maker = Callable[[Plant, User], object]


def a_defect(plant: Plant, user: User) -> None:
    line = make.ProductionLineFactory(plant=plant)
    station = make.StationFactory(line=line)
    lot = make.SupplierLotFactory(plant=plant)
    defect = make.DefectFactory(
        line=line,
        station=station,
        machine=make.MachineFactory(station=station),
        shift=make.ShiftFactory(plant=plant),
        product=make.ProductFactory(),
        supplier=lot.part.supplier,
        part=lot.part,
        supplier_lot=lot,
        recorded_by=user,
    )
    make.FindingFactory(plant=plant, defect_type=defect.defect_type, where={"line": line.code}, line=line)
    make.NonconformanceFactory(plant=plant).defects.add(defect)


def a_finding(plant: Plant, user: User) -> None:
    supplier = make.SupplierFactory()
    line = make.ProductionLineFactory(plant=plant)
    make.FindingFactory(plant=plant, line=line, supplier=supplier, where={"line": line.code})


def a_case(plant: Plant, user: User) -> None:
    line = make.ProductionLineFactory(plant=plant)
    make.NonconformanceFactory(
        plant=plant, line=line, supplier=make.SupplierFactory(), defect_type=make.DefectTypeFactory()
    )


def a_line(plant: Plant, user: User) -> None:
    a_defect(plant, user)


def an_event(plant: Plant, user: User) -> None:
    events.write(by=make.UserFactory(), verb="defect.record", subject=make.DefectFactory(line__plant=plant))


def a_notice(plant: Plant, user: User) -> None:
    case = make.NonconformanceFactory(plant=plant)
    notices.tell(to=[user], key=f"case:{case.pk}", text="A case", path=f"/cases/{case.pk}/", subject=case)


LISTS: dict[str, Maker] = {
    "/defects/": a_defect,
    "/findings/": a_finding,
    "/cases/": a_case,
    "/lines/": a_line,
    "/suppliers/": a_defect,
    "/counts/": a_line,
    "/audit/": an_event,
    "/inbox/": a_notice,
    "/search/?q=a": a_defect,
}


def queries(client: object, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path).status_code == 200  # type: ignore[attr-defined]
    return len(captured)


@pytest.mark.parametrize("path", LISTS)
def test_a_list_asks_as_often_for_thirty_rows_as_for_three(
    path: str, plant: Plant, manager: User, client_of: Login
) -> None:
    client = client_of(manager)
    for _ in range(3):
        LISTS[path](plant, manager)
    client.get(path)  # what a process asks only once is asked now: whether PostgreSQL can search parts of words
    few = queries(client, path)
    for _ in range(27):
        LISTS[path](plant, manager)
    assert queries(client, path) == few


@pytest.mark.parametrize("path", ["/defects/", "/findings/", "/cases/", "/audit/", "/inbox/"])
@pytest.mark.parametrize("page", ["0", "-1", "99999999999999999999", "abc", "%00"])
def test_a_page_that_does_not_exist_is_the_nearest_one(path: str, page: str, manager: User, client_of: Login) -> None:
    assert client_of(manager).get(f"{path}?page={page}").status_code == 200


@pytest.mark.parametrize("path", ["/defects/", "/findings/", "/cases/", "/suppliers/", "/audit/"])
def test_an_empty_list_says_what_will_be_here(path: str, manager: User, client_of: Login) -> None:
    assert 'class="empty"' in client_of(manager).get(path).content.decode()
