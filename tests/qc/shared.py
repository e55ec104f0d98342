"""Reference data beside the repository; tests that need it skip, by name, where it is absent."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"


def need(path: str) -> Path:
    """A file or folder of the reference data, or a skip that names it."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"reference data ../shared/{path} is not here")
    return found


def columns(path: str) -> dict[str, list[str]]:
    """The columns of a reference CSV file."""
    with need(path).open() as file:
        rows = list(csv.DictReader(file))
    return {name: [row[name] for row in rows] for name in rows[0]}


def reference(path: str) -> Any:
    """A reference JSON file."""
    return json.loads(need(path).read_text())
