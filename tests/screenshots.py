"""Pictures of the pages: `python -m tests.screenshots [--url URL] [--only WORD]`, with the data of LINESIDE_HOME.

Pages x {390, 1280} x {light, dark} into var/screenshots. Without --url it starts a server of its own. People are logged
in through the session table, so server and script need the same database.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qc.settings")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright's loop runs in this thread, and so do our few queries

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402

from qc.models import Defect, Finding, Nonconformance, ProductionLine, Supplier, User  # noqa: E402
from tests.browser.launch import FLAGS  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
WIDTHS = {390: 844, 1280: 900}


def pages() -> Iterator[tuple[str, str, str]]:
    """Name, role and path of every picture."""
    finding = Finding.objects.current().filter(verdict="systemic").order_by("-rate_ratio").first()
    lot = Finding.objects.current().filter(verdict="one_off").first()
    unsure = Finding.objects.current().filter(verdict="insufficient").first()
    yield "login", "", "/accounts/login/"
    for role in ("manager", "inspector", "auditor", "plant_manager", "purchasing"):
        yield f"home-{role}", role, "/"
    for name in ("defects", "findings", "cases", "lines", "suppliers", "counts", "inbox"):
        yield f"{name}-list", "manager", f"/{name}/"
    yield "defect-form", "inspector", "/defects/new/"
    yield "defects-inspector", "inspector", "/defects/"
    yield "audit", "auditor", "/audit/"
    yield "system", "manager", "/system/"
    yield "search", "auditor", "/search/?q=sold"
    for name, row in (("finding", finding), ("finding-one-off", lot), ("finding-unsure", unsure)):
        if row:
            yield name, "manager", f"/findings/{row.pk}/"
    if finding:
        yield "case-form", "manager", f"/cases/new/?finding={finding.pk}"
    yield from _records()


def _records() -> Iterator[tuple[str, str, str]]:
    for status in ("open", "action_plan", "verifying", "closed"):
        case = Nonconformance.objects.filter(status=status).order_by("pk").last()
        if case:
            yield f"case-{status}", "manager", f"/cases/{case.pk}/"
    for name, model, path in (
        ("defect", Defect, "/defects/{}/"),
        ("defect-correct", Defect, "/defects/{}/correct/"),
        ("line", ProductionLine, "/lines/{}/"),
        ("counts-week", ProductionLine, "/lines/{}/counts/"),
        ("supplier", Supplier, "/suppliers/{}/"),
    ):
        row: Any = model._default_manager.first()
        if row:
            yield name, "manager", path.format(row.pk)


def session_of(role: str) -> str | None:
    """The key of a fresh session of the first active person with a role."""
    person = User.objects.filter(role=role, is_active=True).order_by("pk").first()
    if person is None:
        return None
    store = SessionStore()
    store[SESSION_KEY] = str(person.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    store[HASH_SESSION_KEY] = person.get_session_auth_hash()
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


def take(browser: Browser, url: str, target: Path, only: str, themes: list[str], widths: list[int]) -> int:
    keys: dict[str, str | None] = {}
    shots = [each for each in pages() if only in each[0]]
    for theme in themes:
        for width in widths:
            context = browser.new_context(viewport={"width": width, "height": WIDTHS[width]}, color_scheme=theme)
            page = context.new_page()
            for name, role, path in shots:
                if role and role not in keys:
                    keys[role] = session_of(role)
                context.clear_cookies()
                if role:
                    key = keys[role] or ""
                    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": url}])
                page.goto(url + path)
                for figure in page.locator("figure[data-chart]").all():
                    figure.locator("svg").first.wait_for(timeout=20_000)
                wide = page.evaluate("document.documentElement.scrollWidth") - width
                print(f"{name} {width} {theme}" + (f": {wide} px too wide" if wide > 0 else ""), flush=True)
                page.screenshot(path=target / f"{name}-{width}-{theme}.png", full_page=True)
            context.close()
    return len(shots) * len(themes) * len(widths)


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
        print(take(browser, url, target, given.only, themes, widths), "pictures in", target)
        browser.close()


if __name__ == "__main__":
    main()
