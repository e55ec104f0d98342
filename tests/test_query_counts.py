"""No list asks the database more often when there are more rows; the numbers are committed (tests/query_counts.json).

`LINESIDE_WRITE_QUERY_COUNTS=1 pytest tests/test_query_counts.py` writes them anew.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qc import clock
from qc import models as qc
from reports.models import Schedule
from suppliers.models import Stage
from tests import cause_factories as thought
from tests import factories as make
from tests import record_factories as records
from tests.isolation.routes import routes

BASELINE = Path(__file__).with_name("query_counts.json")
# Further pages that show many rows.
ALSO = ["qc:home", "qc:inbox", "qc:audit", "portal:home", "qc:search"]
FEW, MANY = 3, 30
LISTS = sorted({route.name for route in routes() if route.name.endswith("-list")} | set(ALSO))


def grow(plant: Any, supplier: Any, people: list[Any], how_many: int) -> None:
    """So many rows of everything that a list shows, each with its own line, code, case and request."""
    for number in range(how_many):
        line = make.ProductionLineFactory(plant=plant)
        part = make.PartFactory(supplier=supplier if number % 2 else make.SupplierFactory())
        lot = make.SupplierLotFactory(plant=plant, part=part)
        kind = make.DefectTypeFactory()
        made = {"line": line, "plant": plant, "supplier": part.supplier, "part": part, "supplier_lot": lot}
        defect = make.DefectFactory(defect_type=kind, **made)
        make.DefectFactory(defect_type=kind, looks_like=defect, **made)
        finding = make.FindingFactory(plant=plant, defect_type=kind, line=line, supplier=part.supplier)
        case = make.NonconformanceFactory(plant=plant, finding=finding, line=line, supplier=supplier, due_on=make.NOON)
        cause = records.CauseFactory(nonconformance=case, code=thought.CauseCodeFactory())
        make.CorrectiveActionFactory(nonconformance=case, cause=cause)
        request = make.RequestFactory(nonconformance=case, supplier=supplier)
        Stage.objects.create(request=request, position=1, code="acknowledge", answer_due_at=make.NOON)
        Stage.objects.create(request=request, position=2, code="containment", status="submitted")
        day = make.NOON.date() - dt.timedelta(days=number)
        qc.ProductionCount.objects.create(line=line, production_on=day, units=9, recorded_by=people[0])
        qc.Import.objects.create(kind="products", name="p.csv", size=9, sha256="0" * 64, by=people[0], status="refused")
        for person in people:
            qc.Notice.objects.create(
                to=person,
                key=f"k{line.pk}",
                text="Something new.",
                subject_label="qc.nonconformance",
                subject_pk=case.pk,
            )
        Schedule.objects.create(
            name=f"Weekly {line.pk}", plant=plant, weekday=0, local_time=dt.time(7), created_by=people[0]
        )


def measure(person: Any, name: str) -> int:
    client = Client()
    client.force_login(person)
    query = {"q": "zz-", "text": "zz-"} if name == "qc:search" else {}
    url = reverse(name)
    client.get(url, query)  # what is read once per process
    with CaptureQueriesContext(connection) as queries:
        response = client.get(url, query)
    assert response.status_code == 200, name
    return len(queries)


@pytest.fixture
def counts(plant, manager, acme) -> dict[str, tuple[int, int]]:
    """Per list: the number of queries with few rows and with many."""
    measured: dict[str, list[int]] = {name: [] for name in LISTS}
    with clock.frozen_at(make.NOON):
        for how_many in (FEW, MANY - FEW):
            grow(plant, acme.supplier, [manager, acme], how_many)
            cache.clear()
            for name in LISTS:
                measured[name].append(measure(acme if name.startswith("portal:") else manager, name))
    return {name: (few, many) for name, (few, many) in measured.items()}


def test_a_list_asks_no_more_often_when_it_is_longer_and_no_more_than_it_used_to(counts):
    grown = {name: numbers for name, numbers in counts.items() if numbers[1] > numbers[0]}
    assert grown == {}, "these ask once per row: select_related or prefetch_related is missing"
    found = {name: numbers[1] for name, numbers in counts.items()}
    if os.environ.get("LINESIDE_WRITE_QUERY_COUNTS"):
        BASELINE.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    known = json.loads(BASELINE.read_text(encoding="utf-8"))
    assert set(found) == set(known), "a list came or went: write the baseline anew"
    assert {name: number for name, number in found.items() if number > known[name]} == {}
