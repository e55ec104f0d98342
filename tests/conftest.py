"""What every test may ask for: a clock that stands, work done at once, people."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator

import pytest
from celery import current_app
from django.core.cache import cache
from django.utils import translation

from qc import clock
from qc.analysis import columns
from qc.models import Plant, User
from tests import factories as make

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NEEDS = {
    "postgres": (
        "needs DATABASE_URL to name a PostgreSQL server",
        os.environ.get("DATABASE_URL", "")[:8] == "postgres",
    ),
    "redis": ("needs REDIS_URL to name a Redis server", bool(os.environ.get("REDIS_URL"))),
    "browser": ("needs chromium", CHROMIUM is not None),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip by name what needs a server that is not there; .ci/run fails when that happens where it is."""
    for item in items:
        for marker, (reason, is_there) in NEEDS.items():
            if not is_there and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """A test database starts again with the same ids, which no other database does; and no language is left chosen."""
    yield
    translation.deactivate()
    columns.forget()
    cache.clear()


@pytest.fixture
def noon() -> Iterator[dt.datetime]:
    """The clock stands at `factories.NOON`."""
    with clock.frozen_at(make.NOON):
        yield make.NOON


@pytest.fixture
def work_at_once() -> Iterator[None]:
    """Background work is done at commit, in the same thread, and its errors are raised."""
    before = current_app.conf.task_always_eager, current_app.conf.task_eager_propagates
    current_app.conf.update(task_always_eager=True, task_eager_propagates=True)
    yield
    current_app.conf.update(task_always_eager=before[0], task_eager_propagates=before[1])


# People. One plant that they share; `acme` and `rival` are the users of two suppliers.


@pytest.fixture
def plant(db: None) -> Plant:
    return make.PlantFactory()


@pytest.fixture
def inspector(plant: Plant) -> User:
    return make.UserFactory(username="inspector", role="inspector", plants=[plant])


@pytest.fixture
def engineer(plant: Plant) -> User:
    return make.UserFactory(username="engineer", role="engineer", plants=[plant])


@pytest.fixture
def manager(plant: Plant) -> User:
    return make.UserFactory(username="manager", role="manager")


@pytest.fixture
def plant_manager(plant: Plant) -> User:
    return make.UserFactory(username="plant_manager", role="plant_manager", plants=[plant])


@pytest.fixture
def purchasing(plant: Plant) -> User:
    return make.UserFactory(username="purchasing", role="purchasing")


@pytest.fixture
def auditor(plant: Plant) -> User:
    return make.UserFactory(username="auditor", role="auditor")


@pytest.fixture
def acme(plant: Plant) -> User:
    return make.UserFactory(username="acme", role="supplier", supplier=make.SupplierFactory(name="Acme"))


@pytest.fixture
def rival(plant: Plant) -> User:
    return make.UserFactory(username="rival", role="supplier", supplier=make.SupplierFactory(name="Rival"))


@pytest.fixture
def system(db: None) -> User:
    return make.UserFactory(username="system", role="system")
