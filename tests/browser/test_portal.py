"""A supplier's contact with a phone: from the link in the mail to the containment that is sent, with a photo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from suppliers.models import Evidence, Stage
from suppliers.services import links
from tests import factories as make
from tests.browser.conftest import PATIENCE
from tests.suppliers import flow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 390, "height": 844}
MOST_TAPS = 12


@pytest.fixture
def phone(browser: Browser, live_server: object) -> Page:
    context = browser.new_context(
        base_url=str(live_server), viewport=PHONE, has_touch=True, is_mobile=True, locale="en-GB"
    )
    context.set_default_timeout(PATIENCE)
    return context.new_page()


def is_within(page: Page) -> bool:
    """Whether nothing sticks out of the phone's width."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_containment_is_answered_with_a_phone_in_a_dozen_taps(
    phone: Page, plant: Any, engineer: Any, acme: Any, tmp_path: Path
) -> None:
    case = make.NonconformanceFactory(plant=plant, owner=engineer)
    request = flow.issued(engineer, case, acme.supplier)
    _link, token = links.create(engineer, request=request, contact=acme)
    picture = tmp_path / "green dot.jpg"
    Image.new("RGB", (1600, 1200), "green").save(picture, "JPEG")
    taps = 0

    def tap(where: Any) -> None:
        nonlocal taps
        where.tap()
        taps += 1

    phone.goto(links.path_of(token))
    assert is_within(phone)
    tap(phone.get_by_role("button", name="Open the request"))
    expect(phone.get_by_role("heading", name=request.title)).to_be_visible()
    assert is_within(phone)
    tap(phone.locator(f"a[href='/portal/requests/{request.pk}/containment/']").first)
    expect(phone.locator("#id_quantity_checked")).to_be_visible()
    assert is_within(phone)
    for name, said in (
        ("measure", "All stock blocked, every part measured."), ("quantity_checked", "4200"), ("quantity_bad", "37"),
        ("method", "Gauge on all pins."), ("clean_mark", "Green dot on the box."),
    ):  # fmt: skip
        tap(phone.locator(f"#id_{name}"))
        phone.locator(f"#id_{name}").fill(said)
    tap(phone.get_by_role("checkbox", name="Own finished stock"))
    with phone.expect_file_chooser() as chooser:
        tap(phone.locator("#id_files"))
    chooser.value.set_files(str(picture))
    taps += 1  # the camera's own button
    tap(phone.get_by_role("button", name="Send the answer"))
    expect(phone.get_by_text("Sent. We will tell you")).to_be_visible()
    assert is_within(phone)
    stage = Stage.objects.get(request=request, code="containment")
    assert stage.status == "submitted"
    assert Evidence.objects.get(stage=stage).content_type == "image/jpeg"
    assert taps <= MOST_TAPS, f"{taps} taps"
