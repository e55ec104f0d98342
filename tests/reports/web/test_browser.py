"""The charts of a report in a real browser, under the policy that the pages are served with."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from django.test import Client
from playwright.sync_api import Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from qc.models import Plant, User
from tests.browser.launch import FLAGS
from tests.conftest import CHROMIUM
from tests.reports.test_schedules import weekly_for
from tests.reports.web.test_pages import stored

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    # The browser's loop runs in this thread, and so do the test's queries.
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser.new_page()
        browser.close()


def log_in(page: Page, server: LiveServer, user: User) -> None:
    client = Client()
    client.force_login(user)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": server.url}])


def test_charts_are_drawn_without_a_word_from_the_policy_and_again_for_the_other_theme(
    page: Page, live_server: LiveServer, week: Plant, manager: User
) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(live_server.url) else said.append(request.url))
    report = stored(manager, weekly_for(manager, week, manager))
    log_in(page, live_server, manager)
    page.goto(f"{live_server.url}/reports/{report.pk}/")
    for name in ("rate", "pareto"):
        figure = page.locator(f'figure[data-chart="{name}"]')
        expect(figure).to_have_attribute("data-drawn", "light", timeout=20_000)
        expect(figure.locator("svg.marks")).to_have_count(1)
    assert page.locator("#pareto-plot svg").bounding_box()["width"] > 400  # type: ignore[index]
    page.locator("#pareto-plot svg path[aria-roledescription='bar']").first.hover()
    expect(page.locator("#vg-tooltip-element")).to_be_visible()
    expect(page.locator("#vg-tooltip-element")).to_contain_text("COSM-DENT Dent")
    page.locator("[data-theme-switch]").first.click()
    expect(page.locator('figure[data-chart="rate"]')).to_have_attribute("data-drawn", "dark")
    page.locator('figure[data-chart="pareto"] summary').click()
    expect(page.locator('figure[data-chart="pareto"] table')).to_contain_text("COSM-SCR Scratch")
    assert said == []
