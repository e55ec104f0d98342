"""What the API tests share: a client that speaks JSON, a line with a defect code."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from qc.models import DefectType, Plant, ProductionLine, User
from tests import factories as make


@pytest.fixture
def api() -> Callable[..., APIClient]:
    def signed_in(user: User | None = None) -> APIClient:
        client = APIClient(raise_request_exception=True)
        if user is not None:
            client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def line(plant: Plant) -> ProductionLine:
    return make.ProductionLineFactory(plant=plant, code="SMT-1")


@pytest.fixture
def scratch(db: None) -> DefectType:
    return make.DefectTypeFactory(code="SCRATCH", name="Scratch")


@pytest.fixture
def integration(plant: Plant) -> User:
    return make.UserFactory(username="erp", role="integration", plants=[plant])
