"""The board: every open case once, in the column of its state, the overdue on top."""

from __future__ import annotations

import datetime as dt

import pytest

from qc.models import Plant, User
from qc.web import case_board
from tests import factories as make
from tests.qc.web.conftest import Login

pytestmark = pytest.mark.usefixtures("noon")


def test_each_open_case_is_in_its_column_and_the_overdue_on_top(plant: Plant, manager: User, client_of: Login) -> None:
    soon, late = (make.NOON.date() + dt.timedelta(days=days) for days in (3, -3))
    first = make.NonconformanceFactory(plant=plant, due_on=soon)
    second = make.NonconformanceFactory(plant=plant, due_on=late)
    third = make.NonconformanceFactory(plant=plant, status="verifying")
    make.NonconformanceFactory(plant=plant, status="cancelled", close_reason="Twice")
    columns = {each.value: each for each in client_of(manager).get("/cases/board/").context["columns"]}
    assert columns["open"].cards == [second, first] and columns["verifying"].cards == [third]
    assert sum(each.count for each in columns.values()) == 3


def test_a_full_column_leads_to_its_list(
    plant: Plant, manager: User, client_of: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_board, "CARDS", 2)
    make.NonconformanceFactory.create_batch(5, plant=plant, severity="minor")
    make.NonconformanceFactory(plant=plant, severity="critical")
    response = client_of(manager).get("/cases/board/", {"severity": "minor"})
    column = response.context["columns"][0]
    assert (column.count, len(column.cards), column.more) == (5, 2, 3)
    assert "/cases/?severity=minor&amp;status=open" in response.content.decode()


def test_the_board_shows_the_own_plants_only(engineer: User, client_of: Login) -> None:
    make.NonconformanceFactory()
    assert not any(each.count for each in client_of(engineer).get("/cases/board/").context["columns"])
