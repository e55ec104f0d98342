"""An import in a real browser, on a phone and at a desk: dropped, corrected, saved, taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from qc.models import Defect, Plant, User
from tests import factories as make
from tests.browser.conftest import Enter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ROWS = (
    "When,Fault,Line,Serial,Qty,Remark\n"
    "18.11.2026 07:30,SCR,L1,SN-1,1,left of the fan\n"
    "18.11.2026 08:10,SCRATCHED,L1,SN-2,1,\n"
    "18.11.2026 23:50,DENT,L2,SN-3,2,\n"
    "31.11.2026 08:00,DENT,L2,SN-4,1,\n"
)


@pytest.fixture
def floor(plant: Plant, engineer: User, settings: Any, tmp_path: Path) -> Plant:
    settings.MEDIA_ROOT = tmp_path / "media"
    for code in ("L1", "L2"):
        make.ProductionLineFactory(plant=plant, code=code, name=f"Line {code}")
    for code, name in (("SCR", "Scratch"), ("DENT", "Dent")):
        make.DefectTypeFactory(code=code, name=name)
    return plant


def no_wider_than_the_screen(page: Page) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, page.url


@pytest.mark.usefixtures("work_at_once", "floor")
@pytest.mark.parametrize("width", [390, 1280])
def test_a_file_is_corrected_saved_and_taken_back(enter: Enter, tmp_path: Path, width: int) -> None:
    file = tmp_path / "week 47.csv"
    file.write_text(ROWS, encoding="utf-8")
    page = enter("engineer")
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/imports/")
    no_wider_than_the_screen(page)
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Show what it would change").click()

    expect(page.get_by_role("heading", name="2 rows can be saved, 2 with errors stay out")).to_be_visible()
    expect(page.get_by_text("is a date or time that does not exist")).to_be_visible()
    no_wider_than_the_screen(page)
    page.get_by_label("Instead of SCRATCHED in Fault").fill("SCR")
    page.get_by_label("Instead of 31.11.2026 08:00 in When").fill("30.11.2025 08:00")
    page.get_by_role("button", name="Check again with these values").click()
    expect(page.get_by_role("heading", name="4 rows can be saved")).to_be_visible()

    page.locator("#columns > summary").click()
    expect(page.get_by_label("Fault", exact=True)).to_have_value("defect_type")
    expect(page.locator("#columns")).to_contain_text("left of the fan")
    no_wider_than_the_screen(page)
    page.get_by_role("link", name="New4").click()
    expect(page.get_by_role("cell", name="SN-3")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The records are D-")).to_be_visible()
    assert Defect.objects.counted().count() == 4

    page.locator("#undo > summary").click()
    page.get_by_label("Why is it taken back?").fill("Sent by mistake")
    page.locator("#undo button").click()
    expect(page.get_by_role("heading", name="Taken back")).to_be_visible()
    assert Defect.objects.counted().count() == 0
    no_wider_than_the_screen(page)
