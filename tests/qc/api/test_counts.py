"""Production counts by the API: the last word on a line, day, shift and product counts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from qc.models import ProductionCount
from tests import factories as make

URL = "/api/v1/counts/"


def post(client: Any, **values: Any) -> Any:
    body = {"line": "SMT-1", "production_on": "2026-11-20", "units": 480} | values
    return client.post(URL, json.dumps(body), content_type="application/json")


def test_an_integration_posts_a_count_and_a_second_word_replaces_the_first(api, integration, line):
    client = api(integration)
    first, second = post(client), post(client, units=500)
    assert (first.status_code, second.status_code) == (201, 200)
    assert ProductionCount.objects.get().units == 500
    assert client.get(URL).status_code == 403


def test_counts_are_read_by_those_of_the_plant(api, inspector, integration, line):
    post(api(integration))
    other = make.ProductionLineFactory()
    ProductionCount.objects.create(line=other, production_on="2026-11-20", units=9, recorded_by=integration)
    page = api(inspector).get(URL).json()
    assert [(row["line"], row["units"]) for row in page["results"]] == [("SMT-1", 480)]
    assert api(inspector).get(f"{URL}{page['results'][0]['id']}/").status_code == 200


def test_a_line_code_that_two_plants_have_needs_the_plant(api, manager, plant, line):
    other = make.ProductionLineFactory(code="SMT-1")
    assert "line" in post(api(manager)).json()["errors"]
    assert post(api(manager), plant=other.plant.code).json()["plant"] == other.plant.code
    assert "plant" in post(api(manager), plant=plant.code, line=other.pk).json()["errors"]


BAD = [
    ("units", -1), ("units", 1.5), ("units", "480"), ("units", "1_000"), ("units", True), ("units", None),
    ("units", 2**63), ("units", 10**300), ("production_on", "2026-02-30"), ("production_on", "20.11.2026"),
    ("production_on", "٢٠٢٦-١١-٢٠"), ("production_on", "2999-01-01"), ("production_on", "0001-01-01"),
    ("production_on", 20261120), ("shift", "Z"), ("product", "NONE"), ("line", None), ("id", 3),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), BAD, ids=[f"{name}-{ascii(value)[:20]}" for name, value in BAD])
def test_a_bad_value_is_a_400_that_names_the_field(api, integration, line, field, value):
    answer = post(api(integration), **{field: value})
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert not ProductionCount.objects.exists()


def test_infinity_is_no_number_of_units(api, integration, line):
    body = '{"line": "SMT-1", "production_on": "2026-11-20", "units": 1e400}'
    answer = api(integration).post(URL, body, content_type="application/json")
    assert answer.status_code == 400
    assert "units" in answer.json()["errors"]


def test_an_auditor_and_a_plant_manager_post_nothing(api, auditor, plant_manager, line):
    assert post(api(auditor)).status_code == 403
    assert post(api(plant_manager)).status_code == 403
