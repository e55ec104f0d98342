"""A row that is due goes through a real broker to a real worker, which does it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from celery import current_app
from celery.contrib.testing.worker import start_worker
from django.db import connections

from qc import clock, queue
from qc.models import AnalysisTarget
from qc.services import work
from tests import factories as make

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def worker() -> Iterator[None]:
    """A worker in a thread of this process: it uses the test's database and the queue of this run."""
    current_app.set_current()
    with start_worker(current_app, pool="solo", perform_ping_check=False, shutdown_timeout=30):
        yield
    with current_app.connection_for_write() as connection:
        connection.default_channel.queue_purge(current_app.conf.task_default_queue)
    connections.close_all()


def is_done(target: AnalysisTarget) -> bool:
    for _ in range(300):
        target.refresh_from_db()
        if target.due_at is None:
            return True
        threading.Event().wait(0.1)
    return False


def due() -> AnalysisTarget:
    return AnalysisTarget.objects.create(
        plant=make.PlantFactory(), defect_type=make.DefectTypeFactory(), due_at=clock.now()
    )


def test_a_row_that_is_due_is_done_by_the_worker(worker: None) -> None:
    target = due()
    queue.analysis_is_due(target.pk)
    assert is_done(target)
    assert (target.tries, target.error, target.lease_until) == (0, "", None)


def test_a_row_whose_message_was_lost_is_found_by_the_sweep(worker: None) -> None:
    target = due()
    current_app.tasks["qc.tasks.sweep"].delay()
    assert is_done(target)


def test_two_messages_for_one_row_are_one_piece_of_work(worker: None) -> None:
    target = due()
    for _ in range(5):
        queue.analysis_is_due(target.pk)
    assert is_done(target)
    assert not work.run(AnalysisTarget.objects.all(), target.pk, lambda row: None)
