"""The whole thread in a real browser: from a logged defect to a case that is closed."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from qc import clock
from qc.models import DefectType, Finding, Nonconformance, Plant, ProductionLine, User
from qc.services import defects, exposure
from suppliers.models import CorrectiveActionRequest
from tests import factories as make
from tests.browser.conftest import Enter
from tests.suppliers.flow import ANSWERS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAYS = 90


@pytest.fixture
def plant_with_trouble(inspector: User, engineer: User, manager: User, plant: Plant, acme: User) -> ProductionLine:
    """Ninety days of two lines, one of which has had six times as many scratches for four weeks."""
    lines = [make.ProductionLineFactory(plant=plant, code=code, name=f"Line {code}") for code in ("L3", "L4")]
    scratch = make.DefectTypeFactory(code="SCR", name="Scratch")
    first = clock.today() - dt.timedelta(days=DAYS)
    days = [first + dt.timedelta(days=i) for i in range(DAYS)]
    counts = [{"line": line, "production_on": day, "units": 500} for line in lines for day in days]
    rows = [
        {"line": line, "defect_type": scratch, "occurred_at": dt.datetime.combine(day, dt.time(hour), dt.UTC)}
        for line in lines
        for i, day in enumerate(days)
        for hour in _hours(line, i)
    ]
    defects.record_many(inspector, rows=rows)
    exposure.set_counts(engineer, rows=counts)
    return lines[0]


def _hours(line: ProductionLine, day: int) -> list[int]:
    """One scratch every other day; at L3 six a day in the last four weeks."""
    if line.code == "L3" and day >= DAYS - 28:
        return [6, 8, 10, 12, 14, 16]
    return [9] if day % 2 else []


def log_a_defect(page: Page) -> None:
    page.get_by_role("link", name="Log a defect").first.click()
    page.get_by_role("radio", name="Scratch").check()
    page.get_by_label("Line", exact=False).first.select_option(label="L3 Line L3")
    page.get_by_label("Note").fill("Left of the fan")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("is saved.")).to_be_visible()
    expect(page.locator("#verdict")).to_contain_text("Systemic")


def open_a_case(page: Page) -> None:
    page.get_by_role("link", name="Findings").first.click()
    page.get_by_role("link", name="Scratch at line L3").first.click()
    expect(page.locator("figure[data-chart] svg").first).to_be_visible()
    page.get_by_role("link", name="Open a case").click()
    page.get_by_label("What keeps more bad parts from getting out?").fill("Stock of line L3 is blocked.")
    page.get_by_label("Supplier").select_option(index=1)
    page.get_by_role("button", name="Open the case").click()
    expect(page.get_by_text("NCR-").first).to_be_visible()


def issue_a_request(page: Page) -> None:
    page.get_by_role("link", name="Ask a supplier").click()
    page.get_by_role("button", name="Save the draft").click()
    page.get_by_role("button", name="Issue to the supplier").click()
    expect(page.get_by_text("Waiting for the supplier").first).to_be_visible()


def answer(page: Page, code: str, request: CorrectiveActionRequest, evidence: Path) -> None:
    page.goto(f"/portal/requests/{request.pk}/{code}/")
    today = clock.today(request.plant.time_zone)
    dates = {"implement_on": today + dt.timedelta(days=10), "implemented_on": today}
    for name, value in ANSWERS[code].items():
        field = page.locator(f"#answer [name={name}]")
        if isinstance(value, list):
            for each in value:
                page.locator(f"#answer [name={name}][value={each}]").check()
        elif field.first.get_attribute("type") == "radio":
            page.locator(f"#answer [name={name}][value={value}]").check()
        else:
            field.fill(str(dates.get(name, value)))
    page.locator("#answer [name=files]").set_input_files(evidence)
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_role("button", name="Send the answer")).to_have_count(0)


def review(page: Page, code: str, request: CorrectiveActionRequest) -> None:
    page.goto(f"/requests/stages/{request.stages.get(code=code).pk}/")
    page.get_by_role("button", name="Accept", exact=True).click()
    expect(page.get_by_role("button", name="Accept", exact=True)).to_have_count(0)


def find_the_causes(page: Page, case: Nonconformance) -> None:
    page.goto(f"/cases/{case.pk}/")
    take(page, "investigate", "Investigate")
    for leg, text in (("occurrence", "The guide is worn"), ("escape", "Only corners are checked")):
        page.locator("#add_cause > summary").click()
        page.locator("#add_cause_leg").select_option(leg)
        page.locator("#add_cause_statement").fill(text)
        page.locator("#add_cause button").click()
        page.locator("summary", has_text="Verify this cause").first.click()
        panel = page.locator("details.verb[open]")
        panel.get_by_label("How was it verified?").fill("Turned on and off")
        panel.get_by_label("What shows it?").fill("0 of 500")
        panel.get_by_role("button").click()
        expect(page.get_by_text("Verified by").last).to_be_visible()
    take(page, "plan_actions", "")
    page.locator("summary", has_text="Plan the check of its effect").click()
    page.locator("details.verb[open]").get_by_role("button").click()
    expect(page.locator("#step-verify .item")).to_be_visible()


def take(page: Page, verb: str, label: str) -> None:
    """A step with or without words."""
    summary = page.locator(f"#{verb} > summary")
    if summary.count():
        summary.click()
    page.locator(f"#{verb} button").click()
    expect(page.get_by_text("Saved.")).to_be_visible()


@pytest.mark.usefixtures("work_at_once")
def test_from_a_logged_defect_to_a_closed_case(
    plant_with_trouble: ProductionLine, enter: Enter, tmp_path: Path
) -> None:
    evidence = tmp_path / "readings.csv"
    evidence.write_text("part,offset\n1,0.2\n", encoding="utf-8")

    log_a_defect(enter("inspector"))
    finding = Finding.objects.current().get(defect_type=DefectType.objects.get(), where={"line": "L3"})
    assert finding.verdict == "systemic"

    manager = enter("manager")
    open_a_case(manager)
    case = Nonconformance.objects.get()
    assert (case.finding, case.status) == (finding, "contained")
    issue_a_request(manager)
    request = CorrectiveActionRequest.objects.get()
    find_the_causes(manager, case)

    supplier = enter("acme")
    expect(supplier).to_have_url(re.compile(r"/portal/$"))
    supplier.get_by_role("link", name=request.title).first.click()
    supplier.get_by_role("button", name="Yes, we have it").click()
    answer(supplier, "containment", request, evidence)

    stage = request.stages.get(code="containment")
    manager.goto(f"/requests/stages/{stage.pk}/")
    manager.locator("#return select").select_option(index=1)
    manager.locator("#return textarea").fill("Which boxes were looked at?")
    manager.get_by_role("button", name="Return with this reason").click()
    stage.refresh_from_db()
    assert stage.status == "returned"

    supplier.goto(f"/portal/requests/{request.pk}/")
    expect(supplier.get_by_text("Which boxes were looked at?")).to_be_visible()
    answer(supplier, "containment", request, evidence)
    review(manager, "containment", request)
    for code in ("root_cause", "plan", "implementation"):
        answer(supplier, code, request, evidence)
        review(manager, code, request)

    engineer = enter("engineer")
    engineer.goto(f"/cases/{case.pk}/")
    engineer.get_by_role("button", name="Verify", exact=True).click()
    take(engineer, "start_verifying", "")
    case.refresh_from_db()
    assert case.status == "verifying"

    manager.goto(f"/cases/{case.pk}/")
    manager.locator("#waive > summary").click()
    manager.locator("#waive_reason").fill("The product runs out this month.")
    manager.locator("#waive button").click()
    expect(manager.get_by_text("Closed.", exact=True)).to_be_visible()
    case.refresh_from_db()
    assert (case.status, case.closed_by) == ("closed", User.objects.get(username="manager"))
