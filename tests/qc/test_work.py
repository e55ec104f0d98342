"""Claiming rows, doing them once, giving them back, parking them."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connection

from qc import clock
from qc.errors import Refused
from qc.models import AnalysisTarget
from qc.models.base import MAX_TRIES
from qc.services import work
from tests import factories as make


@pytest.fixture
def target(db: None) -> AnalysisTarget:
    return due()


def due() -> AnalysisTarget:
    return AnalysisTarget.objects.create(
        plant=make.PlantFactory(), defect_type=make.DefectTypeFactory(), due_at=make.NOON
    )


def done(row: AnalysisTarget) -> None:
    """A verb that has nothing to do."""


def poison(row: AnalysisTarget) -> None:
    raise ZeroDivisionError("nothing to divide by")


def try_at(minutes: float, pk: int, verb: work.Verb[AnalysisTarget] = poison) -> bool | None:
    """Run the row some minutes after noon; None when the verb failed."""
    with clock.frozen_at(make.NOON + dt.timedelta(minutes=minutes)):
        try:
            return work.run(AnalysisTarget.objects.all(), pk, verb)
        except ZeroDivisionError:
            return None


def test_a_due_row_is_done_once(target: AnalysisTarget, noon: dt.datetime) -> None:
    seen: list[int] = []
    rows = AnalysisTarget.objects.all()
    assert work.run(rows, target.pk, lambda row: seen.append(row.pk))
    assert not work.run(rows, target.pk, lambda row: seen.append(row.pk))
    assert seen == [target.pk]
    target.refresh_from_db()
    assert (target.due_at, target.lease_until, target.tries) == (None, None, 0)


def test_while_one_worker_has_the_row_no_other_gets_it(target: AnalysisTarget, noon: dt.datetime) -> None:
    rows = AnalysisTarget.objects.all()
    inner: list[bool] = []
    work.run(rows, target.pk, lambda row: inner.append(work.run(rows, row.pk, done)))
    assert inner == [False]


def test_the_claim_counts_before_the_work_so_a_killed_worker_leaves_its_try(target: AnalysisTarget) -> None:
    with clock.frozen_at(make.NOON):
        assert AnalysisTarget.objects.claim(target.pk)  # and then the worker is killed
    assert try_at(1, target.pk, done) is False
    assert try_at(11, target.pk, done) is True


def test_the_verb_says_when_the_row_is_due_again(target: AnalysisTarget, noon: dt.datetime) -> None:
    tomorrow = noon + dt.timedelta(days=1)
    work.run(AnalysisTarget.objects.all(), target.pk, lambda row: tomorrow)
    target.refresh_from_db()
    assert target.due_at == tomorrow


def test_input_that_comes_in_during_the_work_keeps_the_row_due(target: AnalysisTarget, noon: dt.datetime) -> None:
    def and_a_defect_is_recorded(row: AnalysisTarget) -> None:
        AnalysisTarget.objects.filter(pk=row.pk).update(input_version=row.input_version + 1)

    rows = AnalysisTarget.objects.all()
    work.run(rows, target.pk, and_a_defect_is_recorded, unless_changed="input_version")
    target.refresh_from_db()
    assert (target.due_at, target.lease_until, target.tries) == (noon, None, 0)
    assert work.run(rows, target.pk, done, unless_changed="input_version")


def test_a_failing_row_waits_longer_each_time_and_is_parked_after_three_tries(target: AnalysisTarget) -> None:
    at_minute = [0, 0.5, 1, 5.5, 6, 60]
    ran = [try_at(minute, target.pk) is None for minute in at_minute]
    assert ran == [True, False, True, False, True, False]
    target.refresh_from_db()
    assert target.is_parked and target.tries == MAX_TRIES
    assert target.error == "ZeroDivisionError: nothing to divide by"
    with clock.frozen_at(make.NOON + dt.timedelta(days=1)):
        assert work.sweep({AnalysisTarget: lambda pk: None}) == 0


def test_a_row_whose_workers_are_killed_three_times_is_parked(target: AnalysisTarget) -> None:
    for minute in (0, 20, 40):
        with clock.frozen_at(make.NOON + dt.timedelta(minutes=minute)):
            assert AnalysisTarget.objects.claim(target.pk)
    assert try_at(60, target.pk, done) is False
    target.refresh_from_db()
    assert target.is_parked and "three tries" in target.error


def test_a_refusal_is_kept_as_the_reason(target: AnalysisTarget, noon: dt.datetime) -> None:
    def refuse(row: AnalysisTarget) -> None:
        raise Refused("The plant has no line yet.")

    assert work.run(AnalysisTarget.objects.all(), target.pk, refuse)
    target.refresh_from_db()
    assert target.error == "The plant has no line yet." and target.due_at is not None


def test_a_worker_that_was_too_slow_leaves_the_row_to_its_new_worker(target: AnalysisTarget) -> None:
    def too_slow(row: AnalysisTarget) -> None:
        with clock.frozen_at(make.NOON + 2 * work.LEASE):
            assert AnalysisTarget.objects.claim(row.pk)

    assert try_at(0, target.pk, too_slow)
    target.refresh_from_db()
    assert target.due_at is not None and target.lease_until is not None and target.tries == 2


def test_a_parked_row_gets_three_new_tries_when_a_person_asks(target: AnalysisTarget) -> None:
    for minute in (0, 1, 6):
        try_at(minute, target.pk)
    assert work.retry(AnalysisTarget.objects.all(), target.pk)
    assert not work.retry(AnalysisTarget.objects.all(), target.pk)
    assert work.run(AnalysisTarget.objects.all(), target.pk, done)


def test_a_sweep_hands_over_what_is_due_oldest_first(db: None) -> None:
    later, early, tomorrow = due(), due(), due()
    AnalysisTarget.objects.filter(pk=early.pk).update(due_at=make.NOON - dt.timedelta(hours=1))
    AnalysisTarget.objects.filter(pk=tomorrow.pk).update(due_at=make.NOON + dt.timedelta(days=1))
    woken: list[int] = []
    with clock.frozen_at(make.NOON):
        assert work.sweep({AnalysisTarget: woken.append}) == 2
    assert woken == [early.pk, later.pk]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_many_threads_that_claim_a_row_at_once_one_gets_it() -> None:
    target = due()
    start, won = threading.Barrier(8), []

    def claim() -> None:
        try:
            start.wait()
            won.append(AnalysisTarget.objects.claim(target.pk))
        finally:
            connection.close()

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]
    target.refresh_from_db()
    assert target.tries == 1
