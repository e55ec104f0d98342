"""Pictures of the pages: `python -m tests.screenshots [--url URL] [--only WORD]`, with the data of LINESIDE_HOME.

The pages of the tour x {390, 1280} x {light, dark} into var/screenshots, and what is wrong with them in words. Without
--url it starts a server of its own. People are logged in through the session table: both need the same database.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qc.settings")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright's loop runs in this thread, and so do our few queries

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from tests.browser.launch import FLAGS  # noqa: E402
from tests.browser.tour import Stop, person, stops  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
WIDTHS = {390: 844, 1280: 900}


def session_of(role: str) -> str | None:
    """The key of a fresh session of a person with a role."""
    someone = person(role)
    if someone is None:
        return None
    store = SessionStore()
    store[SESSION_KEY] = str(someone.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    store[HASH_SESSION_KEY] = someone.get_session_auth_hash()
    store.save()
    return str(store.session_key)


@contextlib.contextmanager
def server() -> Iterator[str]:
    """A server of our own on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _try in range(120):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/accounts/login/", timeout=20)
                break
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


# What a picture does not show: controls without a name, targets too small for a glove, text that runs out of its box.
LOOK = """() => {
    const found = [], shown = each => each.checkVisibility({visibilityProperty: true}) && each.getClientRects().length;
    const what = each => `${each.tagName.toLowerCase()} ${each.name || each.textContent.trim().slice(0, 24)}`;
    const wide = document.documentElement.scrollWidth - innerWidth;
    if (wide > 0) found.push(`${wide} px too wide`);
    for (const each of document.querySelectorAll("main input:not([type=hidden]), main select, main textarea"))
        if (shown(each) && !each.labels.length && !each.ariaLabel && !each.title)
            found.push(`no label: ${what(each)}`);
    for (const each of document.querySelectorAll("main button, main a, nav a"))
        if (shown(each) && !each.textContent.trim() && !each.ariaLabel && !each.querySelector("img[alt]:not([alt=''])"))
            found.push(`no words: ${each.outerHTML.slice(0, 60)}`);
    for (const each of document.querySelectorAll("use"))
        if (shown(each.closest("svg")) && !each.getBBox().width) found.push(`no icon: ${each.getAttribute("href")}`);
    const touched = "button, select, summary, a.btn, input:not([type=hidden], [type=checkbox], [type=radio])";
    for (const each of document.querySelectorAll(`main :is(${touched})`))
        if (each.closest(".line-page") && shown(each) && each.offsetHeight > 1 && each.offsetHeight < 44)
            found.push(`${each.offsetHeight} px high: ${what(each)}`);
    return [...new Set(found)];
}"""


def take(browser: Browser, url: str, target: Path, shots: list[Stop], themes: list[str], widths: list[int]) -> int:
    """Take the pictures and say what is wrong with each; the number of complaints."""
    keys = {role: session_of(role) for role in {role for _name, role, _path in shots} if role}
    count, heard = 0, list[str]()
    for theme, width in itertools.product(themes, widths):
        context = browser.new_context(viewport={"width": width, "height": WIDTHS[width]}, color_scheme=theme)
        page = context.new_page()
        page.on("console", lambda message: message.type in ("error", "warning") and heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        for name, role, path in shots:
            context.clear_cookies()
            if role:
                context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": keys[role] or "", "url": url}])
            heard.clear()
            answer = page.goto(url + path)
            is_meant = name.endswith("-over")  # a page that says why it is refused
            wrong = [f"answer {answer.status}"] if answer and answer.status >= 400 and not is_meant else []
            wrong += [*_looked(page), *([] if is_meant else heard)]
            print("; ".join([f"{name} {width} {theme}", *wrong]), flush=True)
            count += len(wrong)
            page.screenshot(path=target / f"{name}-{width}-{theme}.png", full_page=True)
        context.close()
    return count


def _looked(page: Page) -> list[str]:
    for figure in page.locator("figure[data-chart]").all():
        figure.locator("svg").first.wait_for(timeout=20_000)
    return list(page.evaluate(LOOK))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="")
    parser.add_argument("--only", default="", help="pictures whose name contains this")
    parser.add_argument("--theme", choices=["light", "dark"], action="append")
    parser.add_argument("--width", type=int, choices=list(WIDTHS), action="append")
    given = parser.parse_args()
    target = settings.HOME / "screenshots"
    target.mkdir(parents=True, exist_ok=True)
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.exit("Chromium is not installed.")
    opened = contextlib.nullcontext(given.url) if given.url else server()
    with opened as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        themes, widths = given.theme or ["light", "dark"], given.width or list(WIDTHS)
        shots = [stop for stop in stops() if given.only in stop[0]]
        complaints = take(browser, url, target, shots, themes, widths)
        print(len(shots) * len(themes) * len(widths), "pictures in", target, "with", complaints, "complaints")
        browser.close()


if __name__ == "__main__":
    main()
