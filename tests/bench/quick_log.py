"""`python -m tests.bench.quick_log [--load 100000]`: what one POST of the quick log costs, beside a bare DRF create.

Uses the database of DATABASE_URL (or SQLite in LINESIDE_HOME); `--load` fills an empty one first. Both requests go
through the same handler, middleware, session and token check in the same process, in turns. The bare one is a DRF
view that creates one row of a table with one index. CPU is this process's own, the sender thread included.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import statistics
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qc.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.db.utils import DatabaseError  # noqa: E402
from django.middleware.csrf import _get_new_csrf_string  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import include, path  # noqa: E402
from rest_framework import generics, parsers, permissions, renderers, serializers  # noqa: E402
from rest_framework.authentication import SessionAuthentication  # noqa: E402

from qc.models import Defect, DefectType, Station, User  # noqa: E402
from qc.services import exposure  # noqa: E402
from tests.qc.web.quick_statements import statements  # noqa: E402

TURNS, EACH, WARM = 30, 10, 30
LIMITS = {"statements": 8, "ratio": 3.0, "median": 150.0}


class Bare(models.Model):
    """One row with one index."""

    text = models.CharField(max_length=40, db_index=True)

    class Meta:
        app_label = "bench"

    def __str__(self) -> str:
        return self.text


class BareSerializer(serializers.ModelSerializer[Bare]):
    class Meta:
        model = Bare
        fields = ["id", "text"]


class BareView(generics.CreateAPIView[Bare]):
    queryset = Bare._default_manager.all()
    serializer_class = BareSerializer
    authentication_classes = [SessionAuthentication]
    permission_classes = [permissions.IsAuthenticated]
    parser_classes = [parsers.JSONParser]
    renderer_classes = [renderers.JSONRenderer]


urlpatterns = [path("bare/", BareView.as_view()), path("", include("qc.urls"))]


class Browser:
    """Requests of one person straight to the handler: nothing of a test client is measured."""

    def __init__(self, person: User) -> None:
        self.handler = WSGIHandler()
        store = SessionStore()
        store[SESSION_KEY] = str(person.pk)
        store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
        store[HASH_SESSION_KEY] = person.get_session_auth_hash()
        store.save()
        self.token = _get_new_csrf_string()
        names = {settings.SESSION_COOKIE_NAME: store.session_key, settings.CSRF_COOKIE_NAME: self.token}
        self.cookies = "; ".join(f"{name}={value}" for name, value in names.items())

    def post(self, address: str, body: bytes, kind: str) -> int:
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "POST", "PATH_INFO": address, "SCRIPT_NAME": "", "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1", "HTTP_COOKIE": self.cookies,
            "HTTP_X_CSRFTOKEN": self.token, "HTTP_ACCEPT": "application/json", "CONTENT_TYPE": kind,
            "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr,
            "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.multithread": False,
            "wsgi.multiprocess": True, "wsgi.run_once": False,
        }  # fmt: skip
        status: list[int] = []
        answer = self.handler(environ, lambda line, headers: status.append(int(line[:3])))  # type: ignore[arg-type]
        b"".join(answer)
        answer.close()  # type: ignore[attr-defined]
        return status[0]


def quick(browser: Browser, station: Station, kind: DefectType, product: int | None) -> Callable[[], int]:
    def post() -> int:
        values = {
            "code": kind.pk, "quantity": "1", "product": product or "", "serial": "", "lot": "", "note": "",
            "client_uuid": uuid.uuid4(), "person": "", "seen_at": "",
        }  # fmt: skip
        return browser.post(f"/log/{station.pk}/", urlencode(values).encode(), "application/x-www-form-urlencoded")

    return post


def bare(browser: Browser) -> Callable[[], int]:
    return lambda: browser.post("/bare/", b'{"text": "%s"}' % uuid.uuid4().hex.encode(), "application/json")


def timed(post: Callable[[], int], expected: int) -> tuple[float, float]:
    """CPU and wall seconds of one request."""
    wall, cpu = time.perf_counter(), time.process_time()
    status = post()
    spent = time.process_time() - cpu, time.perf_counter() - wall
    if status != expected:
        raise SystemExit(f"answered {status}, not {expected}")
    return spent


def measure(
    ours: Callable[[], int], plain: Callable[[], int]
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Turns of both, after some that do not count."""
    for _n in range(WARM):
        timed(ours, 200)
        timed(plain, 201)
    mine, theirs = [], []
    for _turn in range(TURNS):
        mine += [timed(ours, 200) for _n in range(EACH)]
        theirs += [timed(plain, 201) for _n in range(EACH)]
    return mine, theirs


def prepare() -> tuple[Browser, Station, DefectType, int | None]:
    """A table for the bare view; the person, the station and the code that the records use most."""
    settings.ROOT_URLCONF = __name__
    try:
        with connection.schema_editor() as editor:
            editor.create_model(Bare)
    except DatabaseError:
        pass  # it is there from an earlier run
    person = User.objects.filter(role="engineer", is_active=True).order_by("pk").first()
    station = Station.objects.filter(line__plant__in=person.plant_ids).order_by("pk").first() if person else None
    if person is None or station is None:
        raise SystemExit("There is no engineer with a station: fill the database first (--load 100000).")
    seen = Defect.objects.filter(station=station).values_list("defect_type", flat=True).first()
    kind = DefectType.objects.filter(pk=seen).first() or DefectType.objects.filter(is_active=True).first()
    product = Defect.objects.filter(product__isnull=False).select_related("product").first()
    if product is not None and product.product is not None:
        exposure.start_run(person, line=station.line, product=product.product)
    return Browser(person), station, kind, product.product_id if product else None  # type: ignore[return-value]


def main() -> None:
    """Print the figures; a figure that is missed ends with an error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--load", type=int, default=0)
    parser.add_argument("--show", action="store_true", help="print the statements")
    given = parser.parse_args()
    if given.load:
        from tests.bench.load import load  # noqa: PLC0415  (only when asked for)

        django.core.management.call_command("migrate", verbosity=0)
        load(given.load)
    browser, station, kind, product = prepare()
    ours, plain = quick(browser, station, kind, product), bare(browser)
    timed(ours, 200)
    with CaptureQueriesContext(connection) as queries:
        timed(ours, 200)
    asked, raw = statements(queries), len(queries.captured_queries)
    if given.show:
        print("\n".join(each["sql"][:300] for each in queries.captured_queries))
    mine, theirs = measure(ours, plain)
    cpu = [statistics.fmean(one[0] for one in each) * 1000 for each in (mine, theirs)]
    median = [statistics.median(one[1] for one in each) * 1000 for each in (mine, theirs)]
    ratio = cpu[0] / cpu[1]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{connection.vendor}, {Defect.objects.count():,} defects, {machine}")
    print(f"statements   {len(asked)} (limit {LIMITS['statements']}); {raw} with session, person and transaction")
    print(f"CPU          {cpu[0]:.2f} ms; bare {cpu[1]:.2f} ms; ratio {ratio:.2f} (limit {LIMITS['ratio']})")
    print(f"median wall  {median[0]:.1f} ms; bare {median[1]:.1f} ms (limit {LIMITS['median']} ms)")
    missed = len(asked) > LIMITS["statements"] or ratio > LIMITS["ratio"] or median[0] > LIMITS["median"]
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
