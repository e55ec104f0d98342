"""`python -m tests.bench.batches [--clients 8] [--seconds 10]`: records a second that machines can post in batches.

Starts the web server on the database of DATABASE_URL (or SQLite in LINESIDE_HOME) and posts batches over HTTP from
several clients at once. Prints records a second of wall time and the CPU seconds that the server spent on them.
"""

from __future__ import annotations

import argparse
import datetime as dt
import http.client
import json
import os
import resource
import socket
import subprocess
import sys
import threading
import time
import uuid
from contextlib import closing

import django


def _port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _ready(port: int) -> None:
    for _ in range(200):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/accounts/login/")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server did not start")


def _prepare() -> list[str]:
    """A plant with a line and codes, and one token per client."""
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415  (the settings come first)

    from qc.services import integrations, people, tokens  # noqa: PLC0415
    from tests import factories as make  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    boss = people.system()
    mark = uuid.uuid4().hex[:6]
    plant = make.PlantFactory(code=f"B-{mark}")
    make.ShiftFactory(plant=plant)
    make.ProductionLineFactory(plant=plant, code=f"L-{mark}")
    for number in range(8):
        make.DefectTypeFactory(code=f"C{number}-{mark}")
    machine = integrations.create(boss, username=f"bench-{mark}", plants=[plant])
    return [mark, *(tokens.create(boss, user=machine, name=f"client {n}", days=1)[1] for n in range(64))]


def _client(port: int, secret: str, mark: str, size: int, until: float, done: list[int]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Token {secret}", "Content-Type": "application/json"}
    now = dt.datetime.now(dt.UTC)
    while time.monotonic() < until:
        rows = [
            {
                "line": f"L-{mark}",
                "defect_type": f"C{n % 8}-{mark}",
                "occurred_at": (now - dt.timedelta(minutes=n)).isoformat(),
                "client_uuid": str(uuid.uuid4()),
                "serial": f"S{n}",
            }
            for n in range(size)
        ]
        connection.request("POST", "/api/v1/defects/batch/", json.dumps({"defects": rows}), headers)
        answer = connection.getresponse()
        body = json.loads(answer.read())
        if answer.status != 200 or body["refused"]:
            raise SystemExit(f"{answer.status}: {str(body)[:300]}")
        done.append(body["created"])


def main() -> None:
    """Post for a while and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--size", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qc.settings")
    mark, *secrets = _prepare()
    port = _port()
    words = ["-m", "gunicorn", "qc.wsgi", "-b", f"127.0.0.1:{port}", "-w", str(options.workers), "--log-level", "error"]
    server = subprocess.Popen([sys.executable, *words])
    done: list[int] = []
    try:
        _ready(port)
        begin = time.monotonic()
        work = (port, mark, options.size, begin + options.seconds, done)
        clients = [
            threading.Thread(target=_client, args=(work[0], secrets[n], *work[1:])) for n in range(options.clients)
        ]
        for each in clients:
            each.start()
        for each in clients:
            each.join()
        spent = time.monotonic() - begin
    finally:
        server.terminate()
        server.wait()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    database = os.environ.get("DATABASE_URL", "sqlite").split(":", 1)[0]
    print(f"{database}, {options.clients} clients, batches of {options.size}, {options.workers} web workers")
    print(f"{sum(done) / spent:8.0f} records/s ({sum(done)} in {spent:.1f} s)")
    print(f"{1000 * (usage.ru_utime + usage.ru_stime) / max(sum(done), 1):8.3f} ms of the web server's CPU a record")


if __name__ == "__main__":
    main()
