"""`python -m tests.bench.imports [--rows 200000]`: an import with everything, beside a bare COPY.

A CSV file of defects is uploaded, read, previewed and applied through the verbs of the product, into the database of
DATABASE_URL (or of LINESIDE_HOME), which has to be empty or the one of an earlier run. In the same run the same rows
go into the same indexed table by a bare COPY (on SQLite: executemany) that knows all keys already. Times are CPU
seconds of this process and of the database server's process for our connection; wall time stands beside them.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import io
import os
import platform
import random
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

HEAD = ("Occurred at", "Defect code", "Line", "Station", "Machine", "Product", "Serial number", "Quantity", "Supplier",
        "Part number", "Supplier lot", "Found by", "Note")  # fmt: skip
FIRST = dt.datetime(2026, 4, 1, 6)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qc.settings")
    django.setup()
    bench(options.rows, options.seed)


def bench(rows: int, seed: int) -> None:
    """Import, COPY, print."""
    from django.core.management import call_command  # noqa: PLC0415  (the settings are known only now)
    from django.db import connection  # noqa: PLC0415

    from qc.models import Defect  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    by = _world()
    if Defect.objects.exclude(recorded_by=by).exists():
        raise SystemExit("The database has defects of others: take an empty one.")
    _empty()
    content = _file(rows, seed)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    total, row = _timed(lambda: _import(by, content))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    names, taken = _taken_out(row)
    bare, _ = _timed(lambda: _bare(names, taken))
    print(f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, {connection.vendor}")
    print(f"{rows:,} rows, {len(content) / 2**20:.1f} MB of CSV, reading, preview and apply together")
    print(f"  {rows / total['cpu']:,.0f} rows per second of CPU, {rows / total['wall']:,.0f} by the clock")
    print(f"  {bare['cpu'] / total['cpu']:.2f} x a bare insert of the same rows by CPU, "
          f"{bare['wall'] / total['wall']:.2f} x by the clock ({rows / bare['wall']:,.0f} rows/s)")  # fmt: skip
    print(f"  {most} MB of memory at most, {before} MB of it before the import began")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _world() -> Any:
    """Master data of one plant, and the person."""
    from qc import models as qc  # noqa: PLC0415

    by, is_new = qc.User.objects.get_or_create(username="bench", defaults={"role": "manager"})
    if not is_new:
        return by
    plant = qc.Plant.objects.create(code="BENCH", name="Bench", time_zone="Europe/Berlin")
    for code, hour in (("A", 6), ("B", 14), ("C", 22)):
        qc.Shift.objects.create(
            plant=plant, code=code, name=code, starts_at=dt.time(hour), ends_at=dt.time((hour + 8) % 24)
        )
    for number in range(12):
        line = qc.ProductionLine.objects.create(plant=plant, code=f"L{number}", name=f"Line {number}")
        for place in range(6):
            station = qc.Station.objects.create(line=line, code=f"ST-{number}{place}")
            qc.Machine.objects.create(station=station, code=f"M-{number}{place}")
    for number in range(30):
        supplier = qc.Supplier.objects.create(code=f"S-{number}", name=f"Supplier {number}")
        part = qc.Part.objects.create(supplier=supplier, number=f"7-{number}")
        for lot in range(20):
            qc.SupplierLot.objects.create(plant=plant, part=part, code=f"LOT-{number}-{lot}")
    for number in range(40):
        qc.DefectType.objects.create(code=f"CODE-{number}", name=f"Defect {number}")
    for number in range(8):
        qc.Product.objects.create(code=f"PR-{number}", name=f"Product {number}")
    return by


def _file(rows: int, seed: int) -> bytes:
    chance = random.Random(seed * 7919 + int(time.time()))  # other rows in every run: the same would change nothing
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    step = 220 * 24 * 60 / rows
    mark = chance.randrange(10**6)
    for at in range(rows):
        line, place, lot = chance.randrange(12), chance.randrange(6), chance.randrange(20)
        supplier = chance.randrange(30) if at % 4 == 0 else None
        writer.writerow((
            f"{FIRST + dt.timedelta(minutes=int(at * step)):%Y-%m-%d %H:%M}", f"CODE-{chance.randrange(40)}",
            f"L{line}", f"ST-{line}{place}", f"M-{line}{place}", f"PR-{chance.randrange(8)}", f"SN-{mark}-{at:07}",
            chance.choice((1, 1, 1, 2)), "" if supplier is None else f"S-{supplier}",
            "" if supplier is None else f"7-{supplier}", "" if supplier is None else f"LOT-{supplier}-{lot}",
            f"I-{chance.randrange(20)}", "" if at % 5 else "left of the fan, seen at the end of the belt",
        ))  # fmt: skip
    return out.getvalue().encode()


def _import(by: Any, content: bytes) -> Any:
    from qc.services import imports  # noqa: PLC0415

    upload = io.BytesIO(content)
    upload.name = "bench.csv"
    row = imports.upload(by, kind="defects", upload=upload)
    imports.run(row.pk)
    row.refresh_from_db()
    assert (row.status, row.errors) == ("ready", 0), (
        row.status,
        row.refusal,
        row.questions,
        list(row.problems.all()[:3]),
    )
    assert row.new == content.count(b"\n") - 1
    imports.apply(by, file=row, revision=row.revision)
    imports.run(row.pk)
    row.refresh_from_db()
    assert row.status == "applied", row.refusal
    return row


def _taken_out(row: Any) -> Any:
    """The rows that were imported, all columns but the key, as the bare way wants them; the table is as before."""
    from django.db import connection  # noqa: PLC0415

    from qc.models import Defect  # noqa: PLC0415

    names = ", ".join(field.column for field in Defect._meta.concrete_fields if not field.primary_key)
    mine = f"number BETWEEN '{row.result['first']}' AND '{row.result['last']}'"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY (SELECT {names} FROM qc_defect WHERE {mine} ORDER BY id) TO STDOUT") as copy:
                rows: Any = [bytes(block) for block in copy]
        else:
            cursor.execute(f"SELECT {names} FROM qc_defect WHERE {mine} ORDER BY id")
            rows = cursor.fetchall()
    _empty()
    return names, rows


def _empty() -> None:
    """Take all defects out: both ways start with an empty table."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("TRUNCATE qc_defect CASCADE")
        else:
            cursor.execute("PRAGMA foreign_keys=OFF")
            cursor.execute("DELETE FROM qc_defect")
            cursor.execute("PRAGMA foreign_keys=ON")


def _bare(names: str, rows: Any) -> None:
    """The same rows into the same table, without a look at them."""
    from django.db import connection, transaction  # noqa: PLC0415

    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY qc_defect ({names}) FROM STDIN") as copy:
                for start in range(0, len(rows), 500):
                    copy.write(b"".join(rows[start : start + 500]))
        else:
            marks = ", ".join(["%s"] * (names.count(",") + 1))
            cursor.executemany(f"INSERT INTO qc_defect ({names}) VALUES ({marks})", rows)


def _timed(work: Callable[[], Any]) -> tuple[dict[str, float], Any]:
    """CPU seconds of us and of the server's process, and seconds by the clock."""
    started = time.perf_counter(), _cpu()
    answer = work()
    return {"wall": time.perf_counter() - started[0], "cpu": _cpu() - started[1]}, answer


def _cpu() -> float:
    from django.db import connection  # noqa: PLC0415

    own = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = sum(each.ru_utime + each.ru_stime for each in own)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            path = Path(f"/proc/{cursor.fetchone()[0]}/stat")
        if path.exists():  # the server runs on this machine
            ticks = path.read_text(encoding="ascii").rpartition(")")[2].split()
            seconds += (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")
    return seconds


if __name__ == "__main__":
    main()
