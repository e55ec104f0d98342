"""The list of defects in a real browser: tick two and open a case, keep a view, look at one beside the list."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from qc.models import Nonconformance, SavedView
from tests import factories as make
from tests.browser.conftest import Enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def line(transactional_db: None):
    plant = make.PlantFactory()
    make.UserFactory(username="engineer", role="engineer", plants=[plant])
    line = make.ProductionLineFactory(plant=plant, code="L-7")
    make.DefectTypeFactory(code="SOLD-BRID", name="Solder bridge")
    for number in range(3):
        make.DefectFactory(line=line, quantity=number + 1, note=f"seen {number}")
    return line


def test_two_ticked_records_become_one_case(enter: Enter, line) -> None:
    page = enter("engineer")
    page.goto("/defects/?view=all")
    expect(page.get_by_role("button", name="Open a case")).to_be_disabled()
    boxes = page.get_by_role("table").get_by_role("checkbox", name="D-")
    boxes.nth(0).check()
    boxes.nth(1).check()
    expect(page.get_by_text("2 ticked, quantity 5")).to_be_visible()
    page.get_by_role("button", name="Open a case").click()
    expect(page.get_by_role("heading", name="2 records")).to_be_visible()
    page.get_by_label("Title").fill("Two bridges")
    page.get_by_label("What is wrong, where, and since when?").fill("Seen twice today.")
    page.get_by_role("button", name="Open the case").click()
    expect(page.get_by_text("NCR-").first).to_be_visible()
    assert Nonconformance.objects.get().defects.count() == 2


def test_a_view_is_kept_and_a_record_opens_beside_the_list(enter: Enter, line) -> None:
    page = enter("engineer")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"/defects/?line={line.pk}")
    page.get_by_text("Views", exact=True).click()
    page.get_by_label("Keep this list as").fill("My line")
    page.get_by_label("Open the list with it").check()
    page.get_by_role("button", name="Keep the view").click()
    expect(page.get_by_role("link", name="My line").first).to_be_visible()
    page.goto("/defects/")
    expect(page).to_have_url(f"{page.url.split('?')[0]}?line={line.pk}&view={SavedView.objects.get().pk}")
    page.get_by_role("table").get_by_role("link", name="D-").first.click()
    beside = page.get_by_role("complementary").filter(has_text="seen 2")
    expect(beside).to_be_visible()
    assert "open=" in page.url and "/defects/?" in page.url
    page.reload()
    expect(beside).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(beside).to_have_count(0)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("table").get_by_role("link", name="D-").first.click()
    expect(page.get_by_role("heading", name="Defect").first).to_be_visible()
