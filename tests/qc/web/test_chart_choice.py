from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from qc.models import LotUse, Plant, ProductionCount, ProductionLine, User
from qc.services import actions, cases, moments
from tests import factories as make
from tests.qc.services import walk

pytestmark = pytest.mark.usefixtures("noon")
TODAY = make.NOON.date()


def ago(days: int) -> dt.date:
    return TODAY - dt.timedelta(days=days)


@pytest.fixture
def line(plant: Plant, engineer: User) -> ProductionLine:
    """A line with 30 weeks of counts and a defect every third day."""
    line: ProductionLine = make.ProductionLineFactory(plant=plant)
    for day in range(210):
        ProductionCount.objects.create(line=line, production_on=ago(day), units=500, recorded_by=engineer)
    kind = make.DefectTypeFactory()
    for day in range(0, 210, 3):
        make.DefectFactory(line=line, defect_type=kind, occurred_at=make.NOON - dt.timedelta(days=day))
    return line


def test_the_line_page_draws_the_rate_and_offers_other_kinds_by_link(
    client: Client, engineer: User, line: ProductionLine
) -> None:
    client.force_login(engineer)
    url = reverse("qc:line-detail", args=[line.pk])
    page = client.get(url)
    assert [str(kind["label"]) for kind in page.context["kinds"] if kind["chosen"]] == ["Rate"]
    weeks = page.context["spec"]["usermeta"]["table"]["rows"]
    assert weeks[1][1] in (2, 3) and {row[2] for row in weeks[1:]} == {3500}
    assert weeks[-1][0] == "2026-11-09"  # the last full week: this one is not over
    link = next(kind["url"] for kind in page.context["kinds"] if "EWMA" in str(kind["label"]))
    assert link == "?chart=ewma#chart" and link.replace("&", "&amp;") in page.content.decode()
    other = client.get(url + link)
    assert "Moving average of line" in other.context["spec"]["description"]
    assert not other.context["rules"]


def test_the_rules_are_chosen_by_link_and_other_filters_stay(
    client: Client, engineer: User, line: ProductionLine
) -> None:
    client.force_login(engineer)
    page = client.get(reverse("qc:line-detail", args=[line.pk]), {"page": "2", "rules": "nelson"})
    chosen = [rule for rule in page.context["rules"] if rule["chosen"]]
    assert [rule["label"] for rule in chosen] == ["Nelson"]
    assert chosen[0]["url"] == "?page=2&rules=nelson&chart=rate#chart"


@pytest.mark.parametrize("query", ["?chart=pie", "?chart=%00&rules=none", "?chart="])
def test_a_kind_that_does_not_exist_draws_the_usual_one(
    client: Client, engineer: User, line: ProductionLine, query: str
) -> None:
    client.force_login(engineer)
    page = client.get(reverse("qc:line-detail", args=[line.pk]) + query)
    assert page.context["kinds"][0]["chosen"]


def test_a_line_without_records_says_when_its_chart_begins(client: Client, engineer: User, plant: Plant) -> None:
    client.force_login(engineer)
    page = client.get(reverse("qc:line-detail", args=[make.ProductionLineFactory(plant=plant).pk]))
    assert page.context["spec"] is None
    assert "begins with the first full week" in page.content.decode()


def test_a_line_without_counts_shows_its_defects(client: Client, engineer: User, line: ProductionLine) -> None:
    ProductionCount.objects.all().delete()
    client.force_login(engineer)
    page = client.get(reverse("qc:line-detail", args=[line.pk]))
    assert [str(kind["label"]) for kind in page.context["kinds"]][0] == "Count"


def test_fixes_new_lots_and_merged_codes_are_moments_of_a_finding(engineer: User, plant: Plant) -> None:
    finding = walk.finding_with_defects(plant, days=range(48, 60))
    lot = make.SupplierLotFactory(plant=plant)
    LotUse.objects.create(supplier_lot=lot, line=finding.line, first_on=ago(50))
    finding.where = {"supplier": lot.part.supplier.code}
    finding.save()
    make.DefectTypeFactory(code="OLD-1", merged_into=finding.defect_type, merged_from_on=ago(30))
    case = walk.opened(engineer, finding)
    action = actions.add(engineer, case=case, title="Replace the stencil by one that is laser cut")
    actions.carry_out(engineer, action=action, implemented_on=ago(20), evidence="Photo.")
    found = moments.of_finding(engineer, finding, first=ago(60))
    assert found == [
        (ago(50), f"Lot {lot.code}"),
        (ago(30), "OLD-1 counts here"),
        (ago(20), "Replace the stencil by one…"),
    ]
    assert moments.of_finding(engineer, finding, first=ago(10)) == []
    stranger = make.UserFactory(role="engineer", plants=[make.PlantFactory()])
    assert moments.of_finding(stranger, finding, first=ago(60)) == [(ago(30), "OLD-1 counts here")]


def test_fixes_of_a_lines_cases_are_its_moments(engineer: User, plant: Plant) -> None:
    finding = walk.finding_with_defects(plant, days=range(48, 60))
    case = cases.open_case(
        engineer, plant=plant, title="x", description="y", severity="major", line=finding.line,
        defect_type=finding.defect_type,
    )  # fmt: skip
    action = actions.add(engineer, case=case, title="New stencil")
    actions.carry_out(engineer, action=action, implemented_on=ago(3), evidence="Photo.")
    assert moments.of_line(engineer, finding.line, first=ago(9)) == [(ago(3), "New stencil")]
    given_up = actions.add(engineer, case=case, title="Other")
    actions.cancel(engineer, action=given_up, reason="No.")
    assert len(moments.of_line(engineer, finding.line, first=ago(9))) == 1
