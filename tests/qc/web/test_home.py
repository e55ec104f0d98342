"""The first page shows each role what waits for it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from qc.models import Plant, User
from suppliers.models import Stage
from tests import factories as make
from tests.qc.web.conftest import Login

pytestmark = pytest.mark.usefixtures("noon")


def test_an_inspector_finds_the_form_and_the_own_last_records(plant: Plant, inspector: User, client_of: Login) -> None:
    own = make.DefectFactory(line__plant=plant, recorded_by=inspector)
    other = make.DefectFactory(line__plant=plant)
    page = client_of(inspector).get("/").content.decode()
    assert 'href="/defects/new/"' in page and own.number in page and other.number not in page


def test_a_manager_sees_the_overdue_first_and_why(plant: Plant, manager: User, client_of: Login) -> None:
    make.FindingFactory(plant=plant)
    make.NonconformanceFactory(plant=plant, title="Late one", due_on=make.NOON.date() - dt.timedelta(days=3))
    todo = client_of(manager).get("/").context["todo"]
    assert [each.is_late for each in todo] == [True, False]
    assert "Late one" in todo[0].title and "17 Nov" in todo[0].why
    assert todo[1].verdict == "systemic"


def test_what_a_person_carried_out_waits_for_somebody_else(
    plant: Plant, manager: User, engineer: User, client_of: Login
) -> None:
    case = make.NonconformanceFactory(plant=plant)
    make.CorrectiveActionFactory(
        nonconformance=case,
        title="New guide",
        status="done",
        done_by=engineer,
        implemented_on=make.NOON.date(),
        evidence="Photo",
    )
    assert "New guide" in [each.title for each in client_of(manager).get("/").context["todo"]]
    assert "New guide" not in [each.title for each in client_of(engineer).get("/").context["todo"]]


def test_an_answer_to_review_and_a_late_supplier_are_named(plant: Plant, manager: User, client_of: Login) -> None:
    request = make.RequestFactory(plant=plant, nonconformance__plant=plant)
    yesterday = make.NOON - dt.timedelta(days=1)
    Stage.objects.create(request=request, position=1, code="containment", status="submitted")
    Stage.objects.create(request=request, position=2, code="root_cause", answer_due_at=yesterday)
    page = client_of(manager).get("/").content.decode()
    assert "the answer “Containment (D3)” waits for your review" in page
    assert "“Root cause (D4)” was due 19 Nov 2026" in page


def test_the_demo_says_how_far_it_is(manager: User, client_of: Login, settings: Any, tmp_path: Path) -> None:
    settings.HOME = tmp_path
    client = client_of(manager)
    assert "<progress" not in client.get("/").content.decode()
    progress = {"done": 3, "total": 9, "step": "Kestrel judged"}
    (tmp_path / "demo_progress.json").write_text(json.dumps(progress), encoding="utf-8")
    assert "Kestrel judged" in client.get("/").content.decode()


def test_nobody_sees_what_waits_at_another_plant(engineer: User, client_of: Login) -> None:
    make.FindingFactory()
    make.NonconformanceFactory(due_on=make.NOON.date() - dt.timedelta(days=3))
    context = client_of(engineer).get("/").context
    assert context["todo"] == [] and context["strip"]["cases"] == 0 and list(context["systemic"]) == []
