"""Waking background work after commit. The row is the truth and the sweep finds it; this only makes it quick.

A request never waits for the broker: it puts the task's name into a short list that one thread per process sends.
Whatever cannot be sent (a full list, a dead broker) is dropped, because the next sweep finds the row anyway.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

CAPACITY = 1000
PAUSE = 10.0  # seconds without sending after a failure, so that a dead broker costs one attempt in ten seconds
EXPIRES = 60  # seconds: a message that old has been replaced by a sweep's, so a long backlog does not pile up

Message = tuple[str, tuple[int, ...]]


def analysis_is_due(target_pk: int) -> None:
    """Judge a defect type of a plant again."""
    wake("qc.tasks.analyse", target_pk)


def plant_is_due(target_pk: int) -> None:
    """Learn a plant's background again and judge all its types."""
    wake("qc.tasks.analyse_plant", target_pk)


def effectiveness_is_due(check_pk: int) -> None:
    """Compute whether a fix helped."""
    wake("qc.tasks.check_effectiveness", check_pk)


def digest_is_due(digest_pk: int) -> None:
    """Send a person's notices of the day."""
    wake("qc.tasks.send_digest", digest_pk)


def export_is_due(export_pk: int) -> None:
    """Make the file of a list, or delete it when its time is over."""
    wake("qc.tasks.make_export", export_pk)


def import_is_due(import_pk: int) -> None:
    """Read, save or take back an import."""
    wake("qc.tasks.run_import", import_pk)


def wake(task_name: str, *args: int) -> None:
    """Have a worker run the task once the current transaction is committed (at once outside of one)."""
    transaction.on_commit(partial(_hand_over, (task_name, args)))


def _hand_over(message: Message) -> None:
    if current_app.conf.task_always_eager:
        _send(message)
    else:
        sender.put(message)


def _send(message: Message) -> None:
    name, args = message
    if name not in current_app.tasks:  # the first message of a process that is not a worker
        current_app.loader.import_default_modules()
    current_app.tasks[name].apply_async(args=args, expires=EXPIRES)


class Sender:
    """The one thread of this process that talks to the broker, started when the first message comes."""

    def __init__(self, send: Callable[[Message], None], *, capacity: int = CAPACITY, pause: float = PAUSE) -> None:
        self._send, self._capacity, self._pause = send, capacity, pause
        self._start_empty()
        # A fork (gunicorn, the worker's pool) copies the list but not the thread: the child starts its own.
        os.register_at_fork(after_in_child=self._start_empty)

    def _start_empty(self) -> None:
        self._messages: queue.Queue[Message] = queue.Queue(self._capacity)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._silent_until = 0.0

    def put(self, message: Message) -> bool:
        """Take a message over without waiting; False when it was dropped."""
        if self.is_paused:
            return False
        try:
            self._messages.put_nowait(message)
        except queue.Full:
            return False
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="queue-sender", daemon=True)
                self._thread.start()
        return True

    @property
    def is_paused(self) -> bool:
        """Whether the broker failed a moment ago."""
        return time.monotonic() < self._silent_until

    def _run(self) -> None:
        while True:
            message = self._messages.get()
            if self.is_paused:
                continue
            try:
                self._send(message)
            except (OperationalError, RedisError, OSError) as error:
                self._silent_until = time.monotonic() + self._pause
                logger.warning("The broker does not answer, the sweep will find the work: %s", error)


sender = Sender(_send)
