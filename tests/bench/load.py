"""`python -m tests.bench.load 1000000`: a house of plants, suppliers and so many defects with a realistic spread.

It migrates the database of DATABASE_URL (or of LINESIDE_HOME), refuses one that has defects, and prints how long it
took. From a script: `django.setup()`, then `load(100_000)`. The same seed gives the same rows.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import django
import numpy as np
from django.core.management import call_command
from django.db import connection, models

END = dt.datetime(2026, 11, 20, 11, 0, tzinfo=dt.UTC)
DAYS = 3 * 365
COMMON = (
    "scratch on housing near edge after paint cured reject part bin operator saw again small dent left side".split()
)
USUAL = "coplanarity stencil spindle flux nozzle gasket torque bore porosity blister oven fixture clamp camera".split()
RARE = "quokkamark"  # in one note of 50,000: what a search for a rare word looks for
COMMON_WORD = COMMON[0]


@dataclass
class House:
    """The people who look at the rows."""

    manager: Any
    engineer: Any


def load(count: int, seed: int = 1) -> House:
    """Make master data, people and `count` defects; the engineer sees the first of three plants."""
    from qc.models import Defect  # noqa: PLC0415  (the script sets Django up first)

    if Defect.objects.exists():
        raise SystemExit("The database has defects already: take an empty one.")
    rng = np.random.default_rng(seed)
    world = _master_data(max(60, count // 50))
    fields = [field for field in Defect._meta.concrete_fields if not field.primary_key]
    _insert(Defect, fields, _rows(count, rng, world, fields))
    _number_series()
    _cases(world, count)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM (ANALYZE) qc_defect")
    return House(world["manager"], world["engineer"])


def _master_data(lots: int) -> dict[str, Any]:
    from qc import models as qc  # noqa: PLC0415

    plants = [qc.Plant.objects.create(code=f"P{n}", name=f"Plant {n}", time_zone="Europe/Berlin") for n in range(3)]
    shifts = [
        qc.Shift.objects.create(plant=p, code=c, name=f"Shift {c}", starts_at=dt.time(h), ends_at=dt.time((h + 8) % 24))
        for p in plants
        for c, h in (("A", 6), ("B", 14), ("C", 22))
    ]
    lines = [qc.ProductionLine.objects.create(plant=plants[n % 3], code=f"L{n}", name=f"Line {n}") for n in range(24)]
    stations = [qc.Station.objects.create(line=line, code=f"ST-{n}") for line in lines for n in range(5)]
    machines = [qc.Machine.objects.create(station=each, code=f"M-{each.pk}") for each in stations]
    types = [
        qc.DefectType.objects.create(
            code=f"GRP{n % 8}-{n:02}", name=f"Kind {n} of defect", group=f"Group {n % 8}",
            severity=("minor", "major", "critical")[n % 3],
        )
        for n in range(40)
    ]  # fmt: skip
    products = [qc.Product.objects.create(code=f"PR-{n}", name=f"Product {n}") for n in range(12)]
    suppliers = [qc.Supplier.objects.create(code=f"S-{n:03}", name=f"Supplier number {n}") for n in range(60)]
    parts = [
        qc.Part.objects.create(supplier=suppliers[n % 60], number=f"7-{n:03}", name=f"Part {n}") for n in range(150)
    ]
    qc.SupplierLot.objects.bulk_create(
        [
            qc.SupplierLot(plant=plants[n % 3], part=parts[n % 150], code=f"SL-{n:06}", received_on=END.date())
            for n in range(lots)
        ],
        batch_size=2000,
    )
    manager = qc.User.objects.create(username="manager", role="manager")
    engineer = qc.User.objects.create(username="engineer", role="engineer")
    engineer.plants.set(plants[:1])
    return {
        "plants": plants, "shifts": shifts, "lines": lines, "stations": stations, "machines": machines,
        "types": types, "products": products, "parts": parts, "lots": _all_lots(),
        "manager": manager, "engineer": engineer,
    }  # fmt: skip


def _all_lots() -> list[Any]:
    from qc.models import SupplierLot  # noqa: PLC0415

    return list(SupplierLot.objects.select_related("part").order_by("pk"))


def _rows(count: int, rng: Any, world: dict[str, Any], fields: list[Any]) -> Iterator[tuple[Any, ...]]:
    """One tuple per defect, in the order of the fields; a field that this script does not know gets its default."""
    defaults = {field.attname: field.get_default() for field in fields}
    start, names = END - dt.timedelta(days=DAYS), [field.attname for field in fields]
    seconds = np.sort(rng.integers(0, DAYS * 86400, count))
    pick = {
        name: (rng.random(count) ** 1.7 * len(world[name])).astype(int).tolist()  # few make most, as everywhere
        for name in ("machines", "types", "products", "lots")
    }
    luck = rng.random((count, 4)).tolist()
    words = rng.integers(0, 10**9, count).tolist()
    uuids = rng.integers(0, 2**63, (count, 2)).tolist()
    per_year: dict[int, Iterator[int]] = {}
    for i in range(count):
        at = start + dt.timedelta(seconds=int(seconds[i]))
        machine = world["machines"][pick["machines"][i]]
        line, kind = machine.station.line, world["types"][pick["types"][i]]
        number = next(per_year.setdefault(at.year, itertools.count(1)))
        row = {
            **defaults,
            "number": f"D-{at.year}-{number:06}",
            "client_uuid": uuid.UUID(int=(uuids[i][0] << 64) | uuids[i][1]),
            "status": "confirmed" if luck[i][0] < 0.3 else "logged",
            "plant_id": line.plant_id, "line_id": line.pk,
            "station_id": machine.station_id, "machine_id": machine.pk,
            "defect_type_id": kind.pk, "counts_as_id": kind.pk, "severity": kind.severity,
            "occurred_at": at, "production_on": at.date(),
            "shift_id": world["shifts"][(line.plant_id - world["plants"][0].pk) * 3 + (at.hour // 8)].pk,
            "quantity": Decimal(1 + words[i] % 4), "product_id": world["products"][pick["products"][i]].pk,
            "detected_at": ("in_process", "final", "incoming", "customer")[words[i] % 100 // 45],
            "serial": f"SN{words[i]:09}" if luck[i][1] < 0.6 else "",
            "lot": f"A-{at:%y%W}-{words[i] % 40:03}" if luck[i][1] > 0.3 else "",
            "inspector": f"I-{words[i] % 30:02}",
            "note": _note(i, words[i]) if luck[i][2] < 0.4 else "",
            "recorded_by_id": world["engineer"].pk, "recorded_at": at,
        }  # fmt: skip
        if luck[i][3] < 0.25:
            _bought(row, world["lots"][pick["lots"][i]], line)
        if luck[i][0] > 0.99:
            row |= {"status": "void", "void_reason": "Logged by mistake."}
        yield tuple(row[name] for name in names)


def _bought(row: dict[str, Any], lot: Any, line: Any) -> None:
    row["supplier_id"], row["part_id"] = lot.part.supplier_id, lot.part_id
    if lot.plant_id == line.plant_id:
        row["supplier_lot_id"] = lot.pk


def _note(i: int, number: int) -> str:
    said = [COMMON[(number >> shift) % len(COMMON)] for shift in (0, 4, 8, 12)]
    said.append(USUAL[(number >> 16) % len(USUAL)] + str(number % 97 if number % 3 == 0 else ""))
    return " ".join([*said, RARE] if i % 20_000 == 7_001 else said)


def _insert(model: type[models.Model], fields: list[Any], rows: Iterable[tuple[Any, ...]]) -> None:
    table, columns = model._meta.db_table, [field.column for field in fields]
    names = ", ".join(f'"{column}"' for column in columns)
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        with connection.cursor() as cursor:
            # The keys are right by construction; a bench measures reading, not the checks of this script's own rows.
            cursor.execute("SET session_replication_role = replica")
        with connection.connection.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = DEFAULT")
        return
    marks = ", ".join(["%s"] * len(columns))
    kept = [field.get_db_prep_save for field in fields]
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        for block in _blocks(rows, 5000):
            prepared = [[keep(v, connection) for keep, v in zip(kept, row, strict=True)] for row in block]
            cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', prepared)
        cursor.execute("COMMIT")


def _blocks(rows: Iterable[tuple[Any, ...]], size: int) -> Iterator[list[tuple[Any, ...]]]:
    iterator = iter(rows)
    while block := list(itertools.islice(iterator, size)):
        yield block


def _number_series() -> None:
    """The counters go on where the loaded numbers end."""
    from qc.models import Counter, Defect  # noqa: PLC0415

    years = Defect.objects.order_by("occurred_at__year").values_list("occurred_at__year", flat=True).distinct()
    for year in years:
        last = (
            Defect.objects.filter(number__startswith=f"D-{year}-").order_by("-number").values_list("number", flat=True)
        )
        Counter.objects.update_or_create(series="D", year=year, defaults={"value": int(last[0][-6:])})


def _cases(world: dict[str, Any], count: int) -> None:
    """Forty cases with a few hundred defects among them, and a finding for each kind and plant."""
    from qc import models as qc  # noqa: PLC0415

    pks = list(qc.Defect.objects.order_by("-pk").values_list("pk", flat=True)[: min(count, 400)])
    for n in range(40):
        case = qc.Nonconformance.objects.create(
            number=f"NCR-2026-{n + 1:05}", plant=world["plants"][n % 3], title=f"Case {n}",
            description="What is wrong.", severity="major", owner=world["manager"], opened_by=world["manager"],
        )  # fmt: skip
        case.defects.set(pks[n::40])
    qc.Counter.objects.update_or_create(series="NCR", year=2026, defaults={"value": 40})
    for n, kind in enumerate(world["types"]):
        for plant in world["plants"]:
            run = qc.AnalysisRun.objects.create(
                plant=plant, defect_type=kind, method_version="bench", parameters={}, seed=1, data_digest="0" * 64,
                rows=1, exposure="calendar", started_at=END,
            )  # fmt: skip
            line = next(each for each in world["lines"] if each.plant_id == plant.pk)
            here = {"line": line.code} if n % 2 else {}
            qc.Finding.objects.create(
                plant=plant, defect_type=kind, run=run, verdict=("systemic", "background", "one_off")[n % 3],
                kind="escalating", where=here, where_key=f"{kind.pk}", incidents=30, expected=10.0,
                explanation="Bench.",
            )  # fmt: skip


def main() -> None:
    """Load and say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    count = parser.parse_args().count
    django.setup()
    call_command("migrate", verbosity=0)
    start, cpu = time.perf_counter(), time.process_time()
    load(count)
    spent = time.perf_counter() - start
    print(
        f"{count:,} defects in {spent:.0f} s ({count / spent:,.0f} rows/s, CPU here {time.process_time() - cpu:.0f} s)"
    )


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qc.settings")
    main()
