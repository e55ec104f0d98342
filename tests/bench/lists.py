"""`python -m tests.bench.lists`: what the list of defects costs, against a bare view of the same fifty rows.

It runs on the database of DATABASE_URL (or of LINESIDE_HOME), filled by `tests.bench.load`, and prints per page: SQL
statements (session and user not counted), kilobytes of HTML, CPU of this process as a multiple of a bare Django view
that renders the same fifty rows with one indexed SELECT, and how long the database took. Both are measured in turns
in the same run. Then the search: a common and a rare word. README's figures come from here.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import django

ROUNDS = 40
NOT_COUNTED = ("django_session", 'FROM "qc_user"', "qc_user_plants", "SAVEPOINT", "BEGIN", "COMMIT")
BARE = """<!doctype html><html><head><title>Defects</title></head><body><table>{% for d in rows %}<tr>
<td>{{ d.number }}</td><td>{{ d.occurred_at|date:"j M Y, H:i" }} {{ d.shift.name }}</td>
<td>{{ d.defect_type.name }} {{ d.defect_type.code }}</td>
<td>{{ d.line.code }} {{ d.station.code }} {{ d.machine.code }}</td>
<td>{{ d.supplier.name }} {{ d.supplier_lot.code }}</td><td>{{ d.quantity }}</td></tr>
{% endfor %}</table></body></html>"""
RELATED = ("plant", "shift", "defect_type", "line", "station", "machine", "supplier", "supplier_lot")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qc.settings")
    django.setup()
    from django.conf import settings  # noqa: PLC0415

    settings.ALLOWED_HOSTS = ["testserver"]
    _report(rounds)


def _report(rounds: int) -> None:
    from django.db import connection  # noqa: PLC0415

    from qc.models import Defect, ProductionLine  # noqa: PLC0415

    total = Defect.objects.count()
    print(f"{total:,} defects on {connection.vendor}; {platform.machine()}, {os.cpu_count()} CPU, Python "
          f"{platform.python_version()}, {platform.system()}; medians of {rounds}")  # fmt: skip
    line = ProductionLine.objects.order_by("pk").first()
    assert line is not None
    filtered = f"line={line.pk}"
    cases = {
        "list, no filter, page 1": "view=all",
        f"list, a line, page 1 ({Defect.objects.filter(line=line).count():,} rows)": filtered,
        "list, no filter, page 10,000": _deep("view=all", min(500_000, total - 200)),
        "list, a line, deep": _deep(filtered, Defect.objects.filter(line=line).count() - 200, line=line.pk),
    }
    print(f"{'':44} {'SQL':>4} {'kB':>6} {'CPU ms':>7} {'bare':>6} {'x':>5} {'wall ms':>8}")
    for name, query in cases.items():
        _row(name, query, rounds)
    print(f"{'':44} {'hits':>7} {'ms':>8}   (whole page in ms)")
    for word in ("scratch", "quokkamark", "coplanarity", "scratch dent", "D-2026-000123", "SN0000", "A-2630-0"):
        _search(word, rounds)


def _deep(query: str, offset: int, **same: Any) -> str:
    """The address of the page that begins after so many rows, by the cursor that the pager would write."""
    from django.http import QueryDict  # noqa: PLC0415

    from qc.models import Defect  # noqa: PLC0415
    from qc.web import keyset  # noqa: PLC0415

    fields = ("-occurred_at", "-pk")
    row = Defect.objects.filter(**same).order_by(*fields).values("pk", "occurred_at")[offset]
    return keyset._link(QueryDict(query), "after", fields, row)


def _client(name: str) -> Any:
    from django.test import Client  # noqa: PLC0415

    from qc.models import User  # noqa: PLC0415

    client = Client()
    client.force_login(User.objects.get(username=name), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def _bare(query: str) -> Callable[[], bytes]:
    """One indexed SELECT of the same rows and a template, without anything around it."""
    from django.template import engines  # noqa: PLC0415

    from qc.models import Defect  # noqa: PLC0415

    template = engines["django"].from_string(BARE)
    params = {name: values[-1] for name, values in parse_qs(query).items()}
    rows = Defect.objects.select_related(*RELATED).order_by("-occurred_at", "-pk")
    rows = rows.filter(line=params["line"]) if "line" in params else rows
    if "after" in params:
        at, pk = _cursor(params["after"])
        rows = rows.filter(occurred_at__lte=at).exclude(occurred_at=at, pk__gte=pk)
    return lambda: template.render({"rows": rows[:50]}).encode()


def _cursor(text: str) -> Any:
    from qc.models import Defect  # noqa: PLC0415
    from qc.web import keyset  # noqa: PLC0415

    return keyset._values(Defect.objects.all(), ("-occurred_at", "-pk"), text)


def _row(name: str, query: str, rounds: int) -> None:
    from django.db import connection  # noqa: PLC0415
    from django.http import HttpResponse  # noqa: PLC0415
    from django.test import RequestFactory  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    from qc.models import User  # noqa: PLC0415
    from qc.web.defect_list import defect_list  # noqa: PLC0415

    client, render = _client("manager"), _bare(query)
    with CaptureQueriesContext(connection) as asked:
        page = client.get(f"/defects/?{query}")
    assert page.status_code == 200 and page.content.count(b'name="defect"') == 50, name
    counted = [each for each in asked if not any(word in each["sql"] for word in NOT_COUNTED)]

    def ours() -> Any:
        request = RequestFactory().get(f"/defects/?{query}")
        request.user, request.htmx = User.objects.get(username="manager"), None  # type: ignore[attr-defined]
        return defect_list(request)

    def bare() -> Any:
        User.objects.get(username="manager")
        return HttpResponse(render())

    mine, theirs, walls = [], [], []
    for _ in range(rounds):
        wall = time.perf_counter()
        mine.append(_cpu(ours))
        walls.append(time.perf_counter() - wall)
        theirs.append(_cpu(bare))
    own, other = statistics.median(mine) * 1000, statistics.median(theirs) * 1000
    print(f"{name:44} {len(counted):4} {len(page.content) / 1000:6.1f} {own:7.1f} {other:6.1f} {own / other:5.2f} "
          f"{statistics.median(walls) * 1000:8.1f}")  # fmt: skip


def _cpu(run: Callable[[], Any]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def _search(word: str, rounds: int) -> None:
    from django.db import connection  # noqa: PLC0415
    from django.http import QueryDict  # noqa: PLC0415

    from qc.models import Defect, User  # noqa: PLC0415
    from qc.services.listings.defects import DEFECTS  # noqa: PLC0415
    from qc.services.listings.texts import best  # noqa: PLC0415
    from qc.web import keyset  # noqa: PLC0415

    manager = User.objects.get(username="manager")

    def look() -> Any:
        return best(Defect.objects.visible_to(manager), manager, word, 12)

    def page() -> keyset.Slice:
        rows = DEFECTS.more(DEFECTS.rows(manager, {"q": word}))
        return keyset.page(rows, QueryDict(""), fields=("-occurred_at", "-pk"), size=50, cap=1000, paths=("number",))

    found = page()
    times = {}
    for name, run in (("look", look), ("page", page)):
        walls = []
        for _ in range(max(5, rounds // 4)):
            start = time.perf_counter()
            run()
            walls.append(time.perf_counter() - start)
        times[name] = statistics.median(walls) * 1000
    hits = f"{'>' if found.is_capped else ''}{found.total}"
    print(f"search {word!r:37} {hits:>7} {times['look']:8.1f}   ({times['page']:.1f})")
    connection.queries_log.clear()


if __name__ == "__main__":
    main()
