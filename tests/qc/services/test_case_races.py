"""Many people at once: what only a real server with row locks can show."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from qc import clock
from qc.errors import Refused
from qc.models import Digest, Nonconformance, Notice, User
from qc.services import actions, cases, events
from tests import factories as make
from tests.qc.services import walk

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
THREADS = 8


def at_once(work: Callable[[int], Any]) -> list[Any]:
    """The answers of THREADS people who do the same at the same time; a Refused is an answer too."""

    def one(number: int) -> Any:
        try:
            return work(number)
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


@pytest.fixture
def boss() -> User:
    return make.UserFactory(role="manager")


def test_one_form_sent_by_eight_threads_opens_one_case(boss: User) -> None:
    plant, key = make.PlantFactory(), uuid.uuid4()
    facts: dict[str, Any] = {"plant": plant, "title": "Bores", "description": "Too wide.", "severity": "major"}
    answers = at_once(lambda number: cases.open_case(boss, client_uuid=key, **facts))
    assert {answer.pk for answer in answers} == {Nonconformance.objects.get().pk}


def test_eight_cases_at_once_have_numbers_without_gaps_and_one_digest(boss: User) -> None:
    plant, owner = make.PlantFactory(), make.UserFactory(role="manager")
    facts: dict[str, Any] = {"plant": plant, "description": "Too wide.", "severity": "major", "owner": owner}
    at_once(lambda number: cases.open_case(boss, title=f"Bores {number}", **facts))
    year = clock.today(plant.time_zone).year
    numbers = sorted(Nonconformance.objects.values_list("number", flat=True))
    assert numbers == [f"NCR-{year}-{value:05d}" for value in range(1, THREADS + 1)]
    assert (Notice.objects.filter(to=owner).count(), Digest.objects.get().to) == (THREADS, owner)
    assert list(events.broken_links()) == []


def test_a_step_is_taken_once(boss: User) -> None:
    case = make.NonconformanceFactory(status="contained")
    answers = at_once(lambda number: cases.investigate(boss, case=case))
    assert sum(isinstance(answer, Nonconformance) for answer in answers) == 1


def test_people_and_the_worker_do_not_block_each_other_for_ever(boss: User) -> None:
    engineer = make.UserFactory(role="manager")
    case = walk.opened(engineer, walk.finding_with_defects(make.PlantFactory()))
    action = walk.to_verifying(engineer, case)
    check = action.effectiveness_checks.get()
    work: list[Callable[[], Any]] = [
        lambda: actions.reject(boss, action=action, reason="No."),
        lambda: actions.compute_check(check.pk),
        lambda: cases.edit(boss, case=case, version=case.version, owner=boss),
        lambda: actions.carry_out(engineer, action=action, implemented_on=walk.FIXED_ON, evidence="Again."),
    ]
    at_once(lambda number: work[number % len(work)]())
    assert list(events.broken_links()) == []
