"""A real browser, and people who log in to it by typing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests import factories as make
from tests.browser.launch import FLAGS
from tests.conftest import CHROMIUM

Enter = Callable[[str], Page]
PATIENCE = 15_000  # milliseconds


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """Chromium. Its loop runs in this thread, so our own queries have to be allowed beside it."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def enter(browser: Browser, live_server: object) -> Iterator[Enter]:
    """Log a person in, each in a browser window of their own. What the browser complains of fails the test."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "status of 4" not in message.text:
            complaints.append(message.text)

    def log_in(username: str) -> Page:
        context = browser.new_context(base_url=str(live_server), locale="en-GB")
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda sent: sent.url.startswith((str(live_server), "data:")) or complaints.append(sent.url))
        page.goto("/")
        page.get_by_label("Login").fill(username)
        page.get_by_label("Password").fill(make.PASSWORD)
        page.get_by_role("button", name="Log in").click()
        return page

    yield log_in
    assert complaints == []
