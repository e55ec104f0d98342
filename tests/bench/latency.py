"""`python -m tests.bench.latency 100000`: how long until a logged defect is in its verdict.

It fills the empty database of DATABASE_URL (or of LINESIDE_HOME) with a simulated plant of about so many defects, its
units and lots, does the first full run, then logs defects through the service and lets a worker's verb judge them, as
`analyse_target` does in production. CPU seconds of this process and of its PostgreSQL backend; the wall clock beside
them. A cold worker has to read every record once.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import resource
import statistics
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django
import numpy as np
from django.core.management import call_command
from django.db import connection

from tests.bench.load import _insert
from tests.bench.simulate import simulate

SEED, PER_VOLUME = 7, 3_900  # records of the scenario at volume 1
ASKED = 7  # logged defects, each of another type


@dataclass
class Spent:
    """What a piece of work cost."""

    cpu: float = 0.0
    wall: float = 0.0

    def __str__(self) -> str:
        return f"{self.cpu:6.2f} CPU s, {self.wall:6.2f} s by the clock"


@contextmanager
def spent() -> Iterator[Spent]:
    """Measure a block."""
    told, cpu, wall = Spent(), _cpu(), time.perf_counter()
    yield told
    told.cpu, told.wall = _cpu() - cpu, time.perf_counter() - wall


def _cpu() -> float:
    """CPU seconds of this process and of the database process that works for it."""
    mine = time.process_time()
    if connection.vendor != "postgresql":
        return mine
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return mine
    return mine + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def fill(count: int) -> Any:
    """Load the simulated plant; returns the plant."""
    from qc import models as qc  # noqa: PLC0415  (the script sets Django up first)

    if qc.Defect.objects.exists():
        raise SystemExit("The database has defects already: take an empty one.")
    data = simulate("mixed", SEED, volume=count / PER_VOLUME).dataset()
    plant = qc.Plant.objects.create(code="BENCH", name="Bench", time_zone="UTC")
    rows = _Rows(plant, data)
    fields = [field for field in qc.Defect._meta.concrete_fields if not field.primary_key]
    _insert(qc.Defect, fields, rows.defects(fields))
    qc.Counter.objects.update_or_create(series="D", year=2026, defaults={"value": len(data)})
    rows.exposure()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM (ANALYZE) qc_defect")
    return plant


class _Rows:
    """A dataset as rows of our tables."""

    def __init__(self, plant: Any, data: Any) -> None:
        from qc import models as qc  # noqa: PLC0415

        self.qc, self.plant, self.data = qc, plant, data
        self.by = qc.User.objects.create(username="bench", role="manager")
        column, lots = data.dimensions, data.lots
        self.types = [qc.DefectType.objects.create(code=c, name=c, severity="major") for c in data.defect_type.labels]
        self.line = {c: qc.ProductionLine.objects.create(plant=plant, code=c) for c in _labels(column, "line")}
        starts = {"day": 6, "evening": 14, "night": 22}
        self.shift = {
            c: qc.Shift.objects.create(
                plant=plant, code=c[:10], name=c, starts_at=dt.time(h), ends_at=dt.time((h + 8) % 24)
            )
            for c, h in zip(_labels(column, "shift"), starts.values(), strict=False)
        }
        self.product = {c: qc.Product.objects.create(code=c, name=c) for c in _labels(column, "product")}
        self.supplier = {c: qc.Supplier.objects.create(code=c, name=c) for c in lots.supplier.labels}
        self.part: dict[tuple[str, str], Any] = {}
        self.lot: dict[str, Any] = {}
        for row in range(len(lots.units)):
            part, supplier, lot = (_at(one, row) for one in (lots.part, lots.supplier, lots.supplier_lot))
            if (part, supplier) not in self.part:
                self.part[part, supplier] = qc.Part.objects.create(supplier=self.supplier[supplier], number=part)
            if lot not in self.lot:
                of = self.part[part, supplier]
                self.lot[lot] = qc.SupplierLot.objects.create(plant=plant, part=of, code=lot)
        self.station: dict[tuple[str, str], Any] = {}
        self.machine: dict[tuple[str, str, str], Any] = {}
        names = [name for name in ("line", "station", "machine") if name in column]
        for place in np.unique(np.stack([column[name].codes for name in names]), axis=1).T.tolist():
            said = {name: column[name].labels[code] for name, code in zip(names, place, strict=True) if code >= 0}
            self._make(said)

    def _make(self, said: dict[str, str]) -> None:
        key = said["line"], said.get("station", "")
        if key[1] and key not in self.station:
            self.station[key] = self.qc.Station.objects.create(line=self.line[key[0]], code=key[1])
        machine = said.get("machine", "")
        if machine and (*key, machine) not in self.machine:
            self.machine[*key, machine] = self.qc.Machine.objects.create(station=self.station[key], code=machine)

    def defects(self, fields: list[Any]) -> Iterator[tuple[Any, ...]]:
        """One tuple per record in the order of the fields."""
        names, data = [field.attname for field in fields], self.data
        defaults = {field.attname: field.get_default() for field in fields}
        columns = {name: (column.labels, column.codes.tolist()) for name, column in data.dimensions.items()}
        kinds, minutes, days = data.defect_type.codes.tolist(), data.minute.tolist(), data.day.tolist()
        epoch, zero = dt.date(1970, 1, 1), dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
        for i, kind in enumerate(kinds):
            said = {name: labels[codes[i]] if codes[i] >= 0 else "" for name, (labels, codes) in columns.items()}
            at = zero + dt.timedelta(minutes=minutes[i])
            row = {
                **defaults, **self._place(said), "number": f"D-2026-{i + 1:07}", "client_uuid": uuid.UUID(int=i + 1),
                "plant_id": self.plant.pk, "defect_type_id": self.types[kind].pk, "counts_as_id": self.types[kind].pk,
                "severity": "major", "occurred_at": at, "production_on": epoch + dt.timedelta(days=days[i]),
                "inspector": said.get("operator", ""), "recorded_by_id": self.by.pk, "recorded_at": at,
            }  # fmt: skip
            yield tuple(row[name] for name in names)

    def _place(self, said: dict[str, str]) -> dict[str, Any]:
        place = {"line_id": self.line[said["line"]].pk, "shift_id": self.shift[said["shift"]].pk}
        if said.get("product"):
            place["product_id"] = self.product[said["product"]].pk
        key = said["line"], said.get("station", "")
        if key in self.station:
            place["station_id"] = self.station[key].pk
        if (machine := (*key, said.get("machine", ""))) in self.machine:
            place["machine_id"] = self.machine[machine].pk
        if said.get("supplier_lot"):
            lot = self.lot[said["supplier_lot"]]
            place |= {"supplier_lot_id": lot.pk, "part_id": lot.part_id, "supplier_id": lot.part.supplier_id}
        return place

    def exposure(self) -> None:
        """Units made and lots used."""
        qc, made, use = self.qc, self.data.production, self.data.lots
        epoch = dt.date(1970, 1, 1)
        qc.ProductionCount.objects.bulk_create(
            [
                qc.ProductionCount(
                    line=self.line[_at(made.dimensions["line"], i)],
                    shift=self.shift[_at(made.dimensions["shift"], i)],
                    product=self.product[_at(made.dimensions["product"], i)],
                    production_on=epoch + dt.timedelta(days=int(made.day[i])),
                    units=int(made.units[i]),
                    recorded_by=self.by,
                )
                for i in range(len(made.day))
            ],
            batch_size=2000,
        )
        qc.LotUse.objects.bulk_create(
            [
                qc.LotUse(
                    supplier_lot=self.lot[_at(use.supplier_lot, i)],
                    line=self.line[_at(use.line, i)],
                    first_on=epoch + dt.timedelta(days=int(use.first_day[i])),
                    last_on=epoch + dt.timedelta(days=int(use.last_day[i])),
                    units=int(use.units[i]),
                )
                for i in range(len(use.units))
            ],
            batch_size=2000,
        )


def _labels(columns: Any, name: str) -> tuple[str, ...]:
    return tuple(columns[name].labels) if name in columns else ()


def _at(column: Any, row: int) -> str:
    return str(column.labels[column.codes[row]])


def measure(plant: Any) -> None:
    """Log defects and wait for their verdicts; prints what each part cost."""
    from qc import clock  # noqa: PLC0415
    from qc.analysis import columns  # noqa: PLC0415
    from qc.models import AnalysisRun, AnalysisTarget, Defect, DefectType, User  # noqa: PLC0415
    from qc.services import analyses, defects, inputs  # noqa: PLC0415

    last = Defect.objects.latest("occurred_at")
    by = User.objects.get(username="bench")
    with clock.frozen_at(last.occurred_at + dt.timedelta(hours=1)):
        for pair in sorted(Defect.objects.order_by().values_list("plant_id", "counts_as_id").distinct()):
            inputs.input_changed([pair])
        with spent() as full:
            analyses.analyse_plant(plant)
        print(f"first full run, all types:          {full}")
        kinds = list(DefectType.objects.filter(defects__plant=plant).distinct()[:ASKED])
        warm, saving = [], []
        for number, kind in enumerate(kinds):
            if number == 0:
                columns.forget()
            like = Defect.objects.filter(counts_as=kind).order_by("-occurred_at").first()
            with spent() as saved:
                values = {name: getattr(like, name) for name in ("line", "station", "machine", "product", "part")}
                defects.record(by, defect_type=kind, occurred_at=clock.now(), **values)
            target = AnalysisTarget.objects.get(plant=plant, defect_type=kind)
            with spent() as judged:
                assert analyses.analyse_target(target.pk)
            run = AnalysisRun.objects.latest("pk")
            assert run.defect_type_id == kind.pk and run.findings.exists()
            if number == 0:
                print(f"cold worker, one type:              {judged}")
                continue
            saving.append(saved)
            warm.append(judged)
        for name, every in (("logging it", saving), ("verdict stored, warm worker", warm)):
            cpu, wall = ([getattr(one, part) for one in every] for part in ("cpu", "wall"))
            worst = f"worst {max(cpu):.2f} CPU s, {max(wall):.2f} s"
            print(f"{name + ':':35} {Spent(statistics.median(cpu), statistics.median(wall))}; {worst}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process: {peak:.0f} MB (with the loading of the bench)")


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=100_000)
    parser.add_argument("--keep", action="store_true", help="the database is filled already")
    given = parser.parse_args()
    django.setup()
    if given.keep:
        from qc.models import Plant  # noqa: PLC0415

        plant = Plant.objects.get(code="BENCH")
    else:
        call_command("migrate", verbosity=0)
        plant = fill(given.count)
    from qc.models import Defect  # noqa: PLC0415

    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if "model name" in line), platform.machine())
    print(f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, {connection.vendor}")
    print(f"{Defect.objects.count():,} defects in the plant")
    measure(plant)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qc.settings")
    main()
