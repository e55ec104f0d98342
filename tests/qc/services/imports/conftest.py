"""A plant whose files come in, and a hand that sends them through preview and apply."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest

from qc import clock
from qc.models import Import, Plant, User
from qc.services import imports
from tests import factories as make

Send = Callable[..., Import]


@pytest.fixture(autouse=True)
def standing(noon: dt.datetime, settings: Any, tmp_path: Any) -> None:
    """The clock stands, and files go to a folder of the test."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def floor(plant: Plant) -> Plant:
    """Three shifts, two lines with a station each, a supplier with a part and a lot, three codes."""
    for code, hour in (("A", 6), ("B", 14), ("C", 22)):
        make.ShiftFactory(
            plant=plant, code=code, name=f"Shift {code}", starts_at=dt.time(hour), ends_at=dt.time((hour + 8) % 24)
        )
    for code in ("L1", "L2"):
        line = make.ProductionLineFactory(plant=plant, code=code)
        station = make.StationFactory(line=line, code=f"{code}-ST")
        make.MachineFactory(station=station, code=f"{code}-M")
    supplier = make.SupplierFactory(code="S-1", name="Tarn Hollow")
    part = make.PartFactory(supplier=supplier, number="7-1")
    make.SupplierLotFactory(plant=plant, part=part, code="LOT-1")
    for code in ("SCR", "DENT", "CRACK"):
        make.DefectTypeFactory(code=code, name=f"{code.title()} of the housing")
    make.ProductFactory(code="ECU", name="Motor controller")
    return plant


def file_of(text: str | bytes, name: str = "records.csv") -> io.BytesIO:
    """A file as a form hands it over."""
    upload = io.BytesIO(text if isinstance(text, bytes) else text.encode())
    upload.name = name
    return upload


@pytest.fixture
def send(db: None) -> Send:
    """Upload a file and have its preview made."""

    def sent(by: User, text: str | bytes, kind: str = "defects", name: str = "records.csv", **more: Any) -> Import:
        row = imports.upload(by, kind=kind, upload=file_of(text, name), **more)
        return worked(row)

    return sent


def worked(row: Import) -> Import:
    """What a worker does, and the row afterwards."""
    assert clock.now()
    imports.run(row.pk)
    row.refresh_from_db()
    return row


def applied(by: User, row: Import) -> Import:
    """Save the preview."""
    imports.apply(by, file=row, revision=row.revision)
    row = worked(row)
    assert row.status == "applied", row.refusal
    return row


def undone(by: User, row: Import, reason: str = "Wrong file") -> Import:
    """Take it back, or be told why not."""
    imports.undo(by, file=row, reason=reason)
    return worked(row)


def counts(row: Import) -> tuple[int, int, int, int]:
    """New, changed, unchanged, errors."""
    return row.new, row.changed, row.same, row.errors


def problem(row: Import) -> tuple[list[int], str, str, str]:
    """The only problem: rows, column, value, reason."""
    (found,) = row.problems.all()
    return found.rows, found.column, found.value, found.reason
