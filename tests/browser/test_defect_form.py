"""The full form in a real browser: a choice leaves what lies below it, and a double entry is seen while typing."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import Page, expect

from qc import clock
from qc.models import Defect, Plant, Station, User
from qc.services import defects
from tests import factories as make
from tests.browser.conftest import Enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def station(plant: Plant) -> Station:
    line = make.ProductionLineFactory(plant=plant, code="L3", name="Line three")
    station: Station = make.StationFactory(line=line, code="ST-MINE")
    make.MachineFactory(station=station, code="M-MINE")
    make.MachineFactory(station=make.StationFactory(line=line, code="ST-NEAR"), code="M-NEAR")
    make.StationFactory(line=make.ProductionLineFactory(plant=plant, code="L4"), code="ST-FAR")
    return station


def options(page: Page, label: str) -> list[str]:
    return page.get_by_label(label, exact=True).locator("option").all_inner_texts()


def test_choices_follow_each_other_and_a_double_entry_is_seen_while_typing(
    inspector: User, plant: Plant, station: Station, enter: Enter
) -> None:
    scratch = make.DefectTypeFactory(code="SCR", name="Scratch")
    lot = make.SupplierLotFactory(plant=plant, code="LOT-MINE")
    make.SupplierLotFactory(plant=plant)
    common = {"defect_type": scratch, "station": station, "serial": "SN-1", "inspector": "I-03"}
    first = defects.record(inspector, **common, occurred_at=clock.now() - dt.timedelta(minutes=4))
    page = enter("inspector")
    page.goto("/defects/new/")
    page.get_by_label("Note").fill("Left of the fan")
    page.get_by_role("radio", name="Scratch").check()
    page.get_by_label("Line", exact=True).select_option(label="L3 Line three")
    expect(page.get_by_label("Station", exact=True).locator("option")).to_have_count(3)
    assert not any("ST-FAR" in text for text in options(page, "Station"))
    page.get_by_label("Station", exact=True).select_option(label="L3 / ST-MINE")
    expect(page.get_by_label("Machine", exact=True).locator("option")).to_have_count(2)
    expect(page.get_by_label("Station", exact=True)).to_have_value(str(station.pk))
    expect(page.get_by_role("radio", name="Scratch")).to_be_checked()
    page.get_by_text("Supplier, part and lot").click()
    page.get_by_label("Supplier", exact=True).select_option(index=1)
    expect(page.locator("#lots option")).to_have_count(1)
    expect(page.get_by_label("Bought part").locator("option")).to_have_count(2)
    assert page.locator("#lots option").get_attribute("value") == lot.code
    page.get_by_label("Supplier", exact=True).select_option(index=0)
    page.get_by_text("Unit, order and tool").click()
    page.get_by_label("Serial numbers").fill("SN-1")
    hint = page.locator("#likely")
    expect(hint).to_contain_text(first.number)
    expect(hint).to_contain_text("same serial and code 4 minutes before, by I-03")
    expect(page.get_by_label("Note")).to_have_value("Left of the fan")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing is saved yet")
    page.get_by_role("button", name="The same: keep both, count once").click()
    expect(page.get_by_text("is saved.")).to_be_visible()
    saved = Defect.objects.latest("pk")
    assert (saved.duplicate_of, saved.note) == (first, "Left of the fan")
