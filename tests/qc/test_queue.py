"""Waking workers: the caller never waits for the broker, and what cannot be sent is dropped."""

from __future__ import annotations

import inspect
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

import qc.queue
import reports.queue
import suppliers.queue
from qc.queue import Message, Sender
from qc.services import exports, work

NO_WORKER = """
import django
django.setup()
from celery import current_app as app
from qc import queue
app.conf.task_always_eager = True
assert "qc.tasks.analyse" not in app.tasks
queue._hand_over(("qc.tasks.analyse", (0,)))  # no such row, and nobody asks for its result
assert "qc.tasks.analyse" in app.tasks and "reports.tasks.sweep" in app.tasks
"""
WORKER = """
from qc.celery import app
app.loader.init_worker()
app.finalize()
assert {"qc.tasks.sweep", "suppliers.tasks.sweep", "reports.tasks.sweep"} <= set(app.tasks), sorted(app.tasks)
"""
SOME: Message = ("qc.tasks.sweep", ())


class Wire:
    """Stands for the broker: sending goes here, and the test says when it ends and how."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.threads: set[threading.Thread] = set()
        self.arrived = threading.Semaphore(0)
        self.free = threading.Event()
        self.error: Exception | None = None

    def send(self, message: Message) -> None:
        self.threads.add(threading.current_thread())
        self.sent.append(message)
        self.arrived.release()
        assert self.free.wait(30)
        if self.error:
            raise self.error


@pytest.fixture(autouse=True, scope="module")
def tasks() -> None:
    """As in a worker: the task modules are imported."""
    current_app.loader.import_default_modules()


def test_a_process_that_is_no_worker_knows_its_tasks_when_it_sends_one() -> None:
    subprocess.run(
        [sys.executable, "-c", NO_WORKER], check=True, env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    )


def test_a_worker_of_its_own_knows_the_tasks_of_every_room() -> None:
    """Started by `celery -A qc.celery`, which sets Django up while it imports the tasks."""
    subprocess.run(
        [sys.executable, "-c", WORKER], check=True, env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    )


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    yield wire
    wire.free.set()


def until(condition: Callable[[], bool]) -> None:
    for _ in range(600):
        if condition():
            return
        threading.Event().wait(0.05)
    pytest.fail("it never became true")


def test_the_caller_goes_on_while_the_broker_is_silent(wire: Wire) -> None:
    sender = Sender(wire.send)
    assert sender.put(SOME)
    assert wire.arrived.acquire(timeout=10)  # the thread now hangs in the broker
    assert [sender.put(SOME) for _ in range(5)] == [True] * 5
    assert wire.sent == [SOME] and threading.current_thread() not in wire.threads


def test_a_full_list_drops_what_comes_instead_of_waiting(wire: Wire) -> None:
    sender = Sender(wire.send, capacity=2)
    sender.put(SOME)
    assert wire.arrived.acquire(timeout=10)
    assert [sender.put(SOME) for _ in range(3)] == [True, True, False]


def test_one_thread_sends_everything(wire: Wire) -> None:
    wire.free.set()
    sender = Sender(wire.send)
    for number in range(20):
        sender.put(("qc.tasks.sweep", (number,)))
    until(lambda: len(wire.sent) == 20)
    assert len(wire.threads) == 1 and [args for _, args in wire.sent] == [(number,) for number in range(20)]


def test_after_a_failure_nothing_is_sent_for_a_while(wire: Wire) -> None:
    wire.error = OperationalError("refused")
    wire.free.set()
    sender = Sender(wire.send)
    sender.put(SOME)
    until(lambda: sender.is_paused)
    assert not sender.put(SOME)
    assert len(wire.sent) == 1


def test_after_the_pause_it_sends_again(wire: Wire) -> None:
    wire.error = OperationalError("refused")
    wire.free.set()
    sender = Sender(wire.send, pause=0.2)
    sender.put(SOME)
    until(lambda: sender.is_paused)
    until(lambda: not sender.is_paused)
    wire.error = None
    assert sender.put(SOME)
    until(lambda: len(wire.sent) == 2)


def test_a_thread_that_died_is_replaced(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda arguments: None)  # its death is expected here
    wire.error = KeyError("an error that nobody expects")
    wire.free.set()
    sender = Sender(wire.send)
    sender.put(SOME)
    until(lambda: not any(thread.is_alive() for thread in wire.threads) and bool(wire.threads))
    wire.error = None
    sender.put(SOME)
    until(lambda: len(wire.sent) == 2)


def test_a_forked_process_starts_its_own_thread_and_inherits_no_messages(wire: Wire) -> None:
    sender = Sender(wire.send)
    sender.put(SOME)
    assert wire.arrived.acquire(timeout=10)
    sender.put(("qc.tasks.sweep", (1,)))  # waits in the parent and must be sent by the parent only
    child = os.fork()
    if child == 0:  # the forked process: its exit code is the answer
        wire.free.set()
        wire.sent.clear()
        sender.put(("qc.tasks.sweep", (2,)))
        arrived = wire.arrived.acquire(timeout=10)
        os._exit(0 if arrived and wire.sent == [("qc.tasks.sweep", (2,))] else 1)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_woken_after_the_commit_and_not_after_a_rollback(monkeypatch: pytest.MonkeyPatch) -> None:
    put: list[Message] = []
    monkeypatch.setattr(qc.queue.sender, "put", put.append)
    with transaction.atomic():
        qc.queue.analysis_is_due(17)
        assert put == []
    assert put == [("qc.tasks.analyse", (17,))]
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        qc.queue.analysis_is_due(18)
        raise ZeroDivisionError
    assert len(put) == 1


def refused_port() -> tuple[str, socket.socket]:
    """A port that is bound and does not listen: nobody else can take it, every connection is refused."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    return f"redis://127.0.0.1:{taken.getsockname()[1]}/0", taken


def silent_port() -> tuple[str, socket.socket]:
    """A port that accepts and never answers."""
    url, taken = refused_port()
    taken.listen(50)
    return url, taken


@pytest.mark.parametrize("port", [refused_port, silent_port])
def test_a_dead_broker_costs_the_sender_one_failure_and_the_caller_nothing(
    port: Callable[[], tuple[str, socket.socket]],
) -> None:
    url, taken = port()
    failures: list[Exception] = []

    def send(message: Message) -> None:
        try:
            with current_app.connection_for_write(url) as connection:
                current_app.tasks[message[0]].apply_async(args=message[1], connection=connection)
        except OperationalError as error:
            failures.append(error)
            raise

    with taken:
        sender = Sender(send)
        assert [sender.put(SOME) for _ in range(50)] == [True] * 50  # taken over before the broker failed
        until(lambda: sender.is_paused)
    assert len(failures) == 1


def functions_of_queues() -> list[Callable[[int], None]]:
    modules = (qc.queue, suppliers.queue, reports.queue)
    members = [member for module in modules for member in inspect.getmembers(module, inspect.isfunction)]
    return [function for name, function in members if name.endswith("_is_due")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("wake", functions_of_queues(), ids=lambda wake: wake.__name__)
def test_every_function_of_a_queue_names_a_task_that_exists(
    wake: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    put: list[Message] = []
    monkeypatch.setattr(qc.queue.sender, "put", put.append)
    wake(17)
    assert put[0][0] in current_app.tasks and put[0][1] == (17,)


def test_every_task_ends_before_its_lease_does() -> None:
    ours = [task for name, task in current_app.tasks.items() if name.split(".")[0] in ("qc", "suppliers", "reports")]
    assert len(ours) >= 8
    leases = {"qc.tasks.make_export": exports.LEASE}
    leases |= dict.fromkeys(("qc.tasks.run_import", "qc.tasks.analyse_plant"), work.LONG_LEASE)
    for task in ours:
        lease = leases.get(task.name, work.LEASE)
        assert task.soft_time_limit < task.time_limit < lease.total_seconds(), task.name


def test_every_task_of_the_schedule_exists() -> None:
    scheduled = {entry["task"] for entry in current_app.conf.beat_schedule.values()}
    assert scheduled and scheduled <= set(current_app.tasks)


@pytest.mark.django_db
def test_with_eager_tasks_the_work_is_done_at_commit(
    work_at_once: None, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    done: list[int] = []

    @current_app.task(name="tests.note")
    def note(number: int) -> None:
        done.append(number)

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        qc.queue.wake("tests.note", 3)
        assert done == []
    assert done == [3]
