"""The OpenAPI document: complete, and kept by the API under generated requests (TRUST.md, P5: a short, seeded run)."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
import schemathesis
from django.db import transaction
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from suppliers.models import Stage
from tests import factories as make

EXAMPLES = 4  # of each kind for each operation; more by hand
PEOPLE = ["manager", "acme", "integration"]
JSON = "application/json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return made


@pytest.fixture
def integration(plant):
    return make.UserFactory(username="erp", role="integration", plants=[plant])


@pytest.fixture
def rows(plant, acme) -> None:
    """One row of each noun, so that a generated key 1 may hit something."""
    line = make.ProductionLineFactory(plant=plant)
    make.DefectFactory(line=line)
    make.FindingFactory(plant=plant)
    request = make.RequestFactory(nonconformance=make.NonconformanceFactory(plant=plant), supplier=acme.supplier)
    for position, code in enumerate(Stage.Code, start=1):
        Stage.objects.create(request=request, position=position, code=code)


def test_the_document_is_valid_and_describes_every_noun(document):
    validate_schema(document)
    nouns = {path.split("/")[3] for path in document["paths"]}
    assert nouns >= {"defects", "findings", "cases", "requests", "counts", "token"}


def test_every_operation_names_its_problems_and_its_success(document):
    for path, operations in document["paths"].items():
        for verb, operation in operations.items():
            codes = set(operation["responses"])
            assert codes >= {"400", "401", "403", "404", "409"}, (path, verb)
            assert codes & {"200", "201", "204"}, (path, verb)
            assert operation["summary"] or operation["description"], (path, verb)


@pytest.mark.parametrize("person", PEOPLE)
def test_no_generated_request_breaks_the_server_or_the_document(request, document, rows, person):
    client = Client(raise_request_exception=False)
    client.force_login(request.getfixturevalue(person))
    schema = schemathesis.openapi.from_dict(document)
    operations = [found.ok() for found in schema.get_all_operations() if "/token/" not in found.ok().path]
    logging.disable()
    try:
        for operation in operations:
            for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
                _try(client, operation, mode)
    finally:
        logging.disable(logging.NOTSET)


def _try(client: Client, operation: Any, mode: Any) -> None:
    cases = operation.as_strategy(generation_mode=mode)

    @seed(2026)
    @settings(
        max_examples=EXAMPLES, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=cases, key=st.sampled_from([None, 1, 2**63, "%00"]))
    def run(case: Any, key: Any) -> None:
        if key is not None and "id" in case.path_parameters:
            case.path_parameters["id"] = key
        _send(client, case)

    run()


def _send(client: Client, case: Any) -> None:
    arguments = case.as_transport_kwargs(base_url="http://localhost")
    body = arguments.get("json")
    with transaction.atomic():
        response = client.generic(
            case.method,
            case.formatted_path,
            json.dumps(body) if body is not None else "",
            content_type=JSON,
            query_params=arguments.get("params") or {},
        )
        transaction.set_rollback(True)
    assert response.status_code < 500, (case.method, case.formatted_path, body)
    documented = case.operation.definition.raw["responses"]
    assert str(response.status_code) in documented, (response.status_code, case.method, case.formatted_path)
