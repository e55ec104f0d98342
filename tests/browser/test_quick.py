"""The quick log on a phone: six taps, and without a network."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from qc import clock
from qc.models import Attachment, Defect, Station, User
from tests import factories as make
from tests.browser.conftest import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 390, "height": 844}
Open = Callable[[str], Page]


@pytest.fixture
def station(inspector: User) -> Station:
    line = make.ProductionLineFactory(plant=inspector.plants.get(), code="SMT-1")
    station = make.StationFactory(line=line, code="RO-14", name="reflow")
    for name in ("Solder bridge", "Tombstone"):
        kind = make.DefectTypeFactory(code=name[:4].upper(), name=name)
        make.DefectFactory(line=line, station=station, defect_type=kind, recorded_by=inspector, occurred_at=clock.now())
    make.DefectTypeFactory(code="RARE", name="Rarely seen")
    return station


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "shot.jpg"
    Image.new("RGB", (3000, 2000), "red").save(path, "JPEG")
    return path


@pytest.fixture
def phone(browser: Browser, live_server: Any) -> Iterator[Open]:
    """A phone whose owner logs in when the form asks for it. Complaints of the browser fail the test."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        expected = "status of 4" in message.text or "net::ERR_" in message.text
        if message.type in ("error", "warning") and not expected:
            complaints.append(message.text)

    def opened(path: str, username: str = "inspector") -> Page:
        context = browser.new_context(
            base_url=str(live_server), viewport=PHONE, locale="en-GB", has_touch=True, is_mobile=True
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        log_in(page, username)
        return page

    yield opened
    assert complaints == []


def log_in(page: Page, username: str) -> None:
    page.get_by_label("Login").fill(username)
    page.get_by_label("Password").fill(make.PASSWORD)
    page.get_by_role("button", name="Log in").click()


def ready(page: Page) -> None:
    """Until the service worker has kept the page."""
    expect(page.locator("html")).to_have_class(re.compile("works-offline"))


def test_a_defect_with_a_photo_takes_four_taps_and_one_request(phone: Open, station: Station, photo: Path) -> None:
    page = phone(f"/log/{station.pk}/")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.get_by_role("radio", name="Solder bridge").tap()
    page.get_by_role("button", name="One more").tap()
    page.locator("#id_photos").set_input_files(photo)
    expect(page.locator("#shots img")).to_have_count(1)
    page.get_by_role("button", name="Save", exact=True).tap()
    expect(page.get_by_role("button", name="Log another")).to_be_visible()
    defect = Defect.objects.latest("pk")
    assert (defect.quantity, defect.defect_type.name, defect.station) == (2, "Solder bridge", station)
    assert Attachment.objects.about(defect).count() == 1
    assert len(sent) == 1
    page.get_by_role("button", name="Undo").tap()
    expect(page.get_by_text("Undone")).to_be_visible()
    defect.refresh_from_db()
    assert defect.status == "void"


def test_targets_are_large_enough_for_gloves_and_nothing_is_wider_than_the_phone(phone: Open, station: Station) -> None:
    page = phone(f"/log/{station.pk}/")
    for target in page.locator(".quick-form .btn:visible, .code-button, .quick-form details.more > summary").all():
        box = target.bounding_box()
        assert box and box["height"] >= 56, target.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_other_searches_the_catalogue_and_a_scanner_needs_no_touch(phone: Open, station: Station) -> None:
    page = phone(f"/log/{station.pk}/")
    page.get_by_text("Other", exact=True).tap()
    page.get_by_label("Search the catalogue").fill("rare")
    page.keyboard.press("Enter")
    expect(page.locator("[data-other]")).to_have_text("Rarely seen")
    scan = page.get_by_label("Scan or type")
    for word in ("C.NOPE", "C.TOMB", "N.3", "SN-4711"):
        scan.fill(word)
        page.keyboard.press("Enter")
    expect(page.get_by_label("Serial number")).to_have_value("SN-4711")
    scan.fill("DO.SAVE")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Log another")).to_be_visible()
    defect = Defect.objects.latest("pk")
    assert (defect.defect_type.code, defect.quantity, defect.serial) == ("TOMB", 3, "SN-4711")
    # The next scan opens the form with it.
    page.locator("#id_scan").fill("C.SOLD")
    page.keyboard.press("Enter")
    expect(page.locator("input[data-code=SOLD]")).to_be_checked()


def test_two_records_made_without_a_network_are_there_once_when_it_is_back(
    phone: Open, station: Station, photo: Path
) -> None:
    page = phone(f"/log/{station.pk}/")
    ready(page)
    before = Defect.objects.count()
    page.context.set_offline(True)
    page.reload()
    for name in ("Solder bridge", "Tombstone"):
        page.get_by_role("radio", name=name).tap()
        page.locator("#id_photos").set_input_files(photo)
        expect(page.locator("#shots img")).to_have_count(1)
        page.get_by_role("button", name="Save", exact=True).tap()
        expect(page.get_by_text("Kept on this device")).to_be_visible()
        page.get_by_role("button", name="Log another").tap()
    expect(page.locator("#waiting-bar [data-count]")).to_have_text("2")
    page.get_by_role("link", name="Show").tap()
    expect(page.locator("#waiting-list li")).to_have_count(2)
    assert Defect.objects.count() == before
    page.context.set_offline(False)
    expect(page.get_by_text("Nothing waits")).to_be_visible()
    made = Defect.objects.order_by("pk")[before:]
    assert [each.defect_type.name for each in made] == ["Solder bridge", "Tombstone"]
    assert [Attachment.objects.about(each).count() for each in made] == [1, 1]


def test_an_answer_that_got_lost_does_not_double_the_record(phone: Open, station: Station) -> None:
    page = phone(f"/log/{station.pk}/")
    before = Defect.objects.count()

    def lose(route: Any) -> None:
        route.fetch()  # the server has it, the phone does not know
        route.abort()

    page.route(
        f"**/log/{station.pk}/", lambda route: lose(route) if route.request.method == "POST" else route.continue_()
    )
    page.get_by_role("radio", name="Solder bridge").tap()
    page.get_by_role("button", name="Save", exact=True).tap()
    expect(page.get_by_text("Kept on this device")).to_be_visible()
    page.unroute_all()
    page.goto("/log/waiting/")
    expect(page.get_by_text("Nothing waits")).to_be_visible()
    assert Defect.objects.count() == before + 1


def test_a_record_that_is_refused_or_waits_for_a_login_is_kept_and_says_so(phone: Open, station: Station) -> None:
    page = phone(f"/log/{station.pk}/")
    ready(page)
    before = Defect.objects.count()
    page.context.set_offline(True)
    page.get_by_role("radio", name="Solder bridge").tap()
    page.get_by_role("button", name="Save", exact=True).tap()
    expect(page.get_by_text("Kept on this device")).to_be_visible()
    # Meanwhile the login ended and the code went out of use.
    cookies = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    kind = Defect.objects.earliest("pk").defect_type
    type(kind).objects.filter(pk=kind.pk).update(is_active=False)
    page.context.set_offline(False)
    page.goto("/log/waiting/")
    log_in(page, "inspector")
    expect(page.get_by_text("no longer in the catalogue")).to_be_visible()
    assert Defect.objects.count() == before and cookies
    page.get_by_role("link", name="Mend").tap()
    page.get_by_role("radio", name="Tombstone").tap()
    page.get_by_role("button", name="Save", exact=True).tap()
    expect(page.get_by_role("button", name="Log another")).to_be_visible()
    assert Defect.objects.count() == before + 1


def test_nobody_elses_pages_or_records_are_left_after_a_logout(phone: Open, station: Station, engineer: User) -> None:
    page = phone(f"/log/{station.pk}/")
    ready(page)
    page.context.set_offline(True)
    page.get_by_role("radio", name="Solder bridge").tap()
    page.get_by_role("button", name="Save", exact=True).tap()
    expect(page.get_by_text("Kept on this device")).to_be_visible()
    page.route("**/log/*/", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.context.set_offline(False)
    page.get_by_role("button", name="Menu").tap()
    page.get_by_role("button", name="Log out").tap()
    expect(page.get_by_label("Password")).to_be_visible()
    page.goto("/accounts/login/?next=/log/waiting/")
    assert page.evaluate("caches.keys()") == ["lineside-log-files"]
    log_in(page, "engineer")
    expect(page.get_by_text("of other people wait here")).to_be_visible()
    expect(page.locator("#waiting-list li")).to_have_count(0)
    assert not Defect.objects.filter(recorded_by=engineer).exists()


def test_a_page_that_was_never_opened_is_not_shown_from_the_store(phone: Open, station: Station) -> None:
    page = phone(f"/log/{station.pk}/")
    ready(page)
    other = make.StationFactory(line=station.line)
    page.context.set_offline(True)
    page.goto(f"/log/{other.pk}/")
    expect(page.get_by_role("heading", name="What waits on this device")).to_be_visible()


def test_what_is_saved_on_a_page_of_somebody_who_logged_out_elsewhere_waits_for_that_person(
    phone: Open, station: Station, engineer: User, inspector: User
) -> None:
    page = phone(f"/log/{station.pk}/")
    ready(page)
    before = Defect.objects.count()
    page.context.clear_cookies(name="sessionid")
    tab = page.context.new_page()
    tab.goto("/accounts/login/?next=/log/waiting/")
    log_in(tab, "engineer")
    expect(tab.get_by_text("Nothing waits")).to_be_visible()
    page.get_by_role("radio", name="Solder bridge").tap()
    page.get_by_role("button", name="Save", exact=True).tap()
    expect(page.get_by_text("of other people wait here")).to_be_visible()
    assert Defect.objects.count() == before
    page.context.clear_cookies(name="sessionid")
    page.goto("/accounts/login/?next=/log/waiting/")
    log_in(page, "inspector")
    expect(page.get_by_text("Nothing waits")).to_be_visible()
    assert Defect.objects.latest("pk").recorded_by == inspector
    assert Defect.objects.count() == before + 1
