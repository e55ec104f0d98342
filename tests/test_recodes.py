"""A recode holds everywhere: whatever groups, judges or charts records by their code follows a merge."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from qc import clock
from qc.analysis import history
from qc.analysis.database import from_database
from qc.models import Defect, DefectType, Plant, User
from qc.services import catalogue, openings
from reports import summaries
from tests import factories as make

pytestmark = pytest.mark.usefixtures("noon")
DAY = make.NOON.date()


@pytest.fixture
def merged(plant: Plant, manager: User) -> tuple[DefectType, DefectType]:
    """Three records of a code that was merged into another, which has two of its own."""
    old, new = make.DefectTypeFactory(code="OLD", name="Old"), make.DefectTypeFactory(code="NEW", name="New")
    line = make.ProductionLineFactory(plant=plant)
    for kind in (old, old, old, new, new):
        make.DefectFactory(line=line, defect_type=kind)
    catalogue.merge(manager, source=old, into=new, reason="The same")
    old.refresh_from_db()
    return old, new


def page(user: User, path: str) -> Any:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get(path)
    assert answer.status_code == 200
    return answer


def test_the_engine_and_its_chart(merged: Any, plant: Plant) -> None:
    data = from_database(plant, until=clock.now())
    assert data.defect_type.labels == ("NEW",) and len(data) == 5
    finding = make.FindingFactory(plant=plant, defect_type=merged[1], where={})
    assert sum(history.weekly(finding).incidents) == 5


def test_the_pages_of_home_findings_codes_and_defects(merged: Any, plant: Plant, manager: User) -> None:
    finding = make.FindingFactory(plant=plant, defect_type=merged[1], where={})
    (top,) = page(manager, "/").context["top"]
    assert (top["counts_as__name"], top["n"]) == ("New", 5)
    assert len(page(manager, f"/findings/{finding.pk}/").context["records"]) == 5
    assert len(page(manager, f"/catalogue/{merged[1].pk}/").context["rows"]) == 5
    defect = Defect.objects.filter(defect_type=merged[0]).first()
    assert defect is not None
    assert page(manager, f"/defects/{defect.pk}/").context["finding"] == finding


def test_the_summary(merged: Any, plant: Plant, manager: User) -> None:
    first = DAY - dt.timedelta(days=DAY.weekday())
    pareto = summaries.weekly(manager, plant, first, first + dt.timedelta(days=6)).pareto
    assert [(line.code, line.count) for line in pareto] == [("NEW", 5)]


def test_a_case_of_a_finding_takes_the_merged_records_with_it(merged: Any, plant: Plant, manager: User) -> None:
    finding = make.FindingFactory(plant=plant, defect_type=merged[1], where={})
    texts = {"plant": plant, "title": "New marks", "description": "Marks on the left side of the housing."}
    case = openings.open_case(manager, finding=finding, severity="major", **texts)
    assert case.defects.count() == 5


def test_what_is_asked_of_the_old_code_answers_for_the_new_one(merged: Any) -> None:
    assert Defect.objects.judged_as(merged[0]).count() == Defect.objects.judged_as(merged[1]).count() == 5
