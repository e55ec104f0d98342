"""A case about Acme's part, and requests that belong to it."""

from __future__ import annotations

import datetime as dt

import pytest

from qc.models import Nonconformance, Plant, User
from suppliers.models import CorrectiveActionRequest
from tests import factories as make
from tests.suppliers import flow


@pytest.fixture
def case(plant: Plant, manager: User, acme: User) -> Nonconformance:
    kind = make.DefectTypeFactory(code="CONN-COPL", name="Connector coplanarity")
    return make.NonconformanceFactory(
        plant=plant,
        owner=manager,
        opened_by=manager,
        supplier=acme.supplier,
        defect_type=kind,
        description="INTERNAL-NOTE our line 3 may be to blame",
    )


@pytest.fixture
def request_(noon: dt.datetime, case: Nonconformance, engineer: User, acme: User) -> CorrectiveActionRequest:
    """Issued to Acme by the engineer, at noon on Friday 20 November 2026."""
    return flow.issued(engineer, case, acme.supplier)


@pytest.fixture
def rival_request(noon: dt.datetime, plant: Plant, engineer: User, rival: User) -> CorrectiveActionRequest:
    case = make.NonconformanceFactory(plant=plant, owner=engineer, opened_by=engineer, supplier=rival.supplier)
    return flow.issued(
        engineer, case, rival.supplier, title="CANARY-TITLE", problem="CANARY-PROBLEM", lots="CANARY-LOT"
    )
