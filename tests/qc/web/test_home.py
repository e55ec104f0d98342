"""The first page shows each role what waits for it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from qc.models import Plant, User
from tests import factories as make
from tests.qc.web.conftest import Login

pytestmark = pytest.mark.usefixtures("noon")


def test_an_inspector_finds_the_form_and_the_own_last_records(plant: Plant, inspector: User, client_of: Login) -> None:
    own = make.DefectFactory(line__plant=plant, recorded_by=inspector)
    other = make.DefectFactory(line__plant=plant)
    page = client_of(inspector).get("/").content.decode()
    assert 'href="/defects/new/"' in page and own.number in page and other.number not in page


def test_a_manager_sees_what_waits_and_what_is_late_with_others(plant: Plant, manager: User, client_of: Login) -> None:
    make.FindingFactory(plant=plant)
    make.NonconformanceFactory(plant=plant, title="Late one", due_on=make.NOON.date() - dt.timedelta(days=3))
    page = client_of(manager).get("/").content.decode()
    assert "Is the analysis right?" in page
    assert "Late one" in page and "3 days late" in page


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
    assert context["mine"] == [] and context["strip"]["cases"] == 0 and list(context["systemic"]) == []
