"""`manage.py up`: web, worker, beat and broker as children of one process, which ends them all when it ends."""

from __future__ import annotations

import fcntl
import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from django.conf import settings

from qc.management import broker
from qc.management.children import Child

PATIENCE = 10.0  # seconds that the children get to end by themselves
TICK = 0.2


class CannotStart(Exception):
    """Why nothing was started, in one sentence."""


@dataclass
class Supervisor:
    """Starts the children, keeps them running, stops them."""

    host: str
    port: int
    workers: int
    say: Callable[[str], None]
    home: Path = field(default_factory=lambda: Path(settings.HOME))
    children: list[Child] = field(default_factory=list)
    is_stopping: bool = False
    _lock: int = -1
    _listener: socket.socket | None = None

    @property
    def address(self) -> str:
        """Where people find the pages."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "localhost") else self.host  # noqa: S104
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def take(self) -> None:
        """Take the home folder and the port for us alone, or refuse with a sentence."""
        (self.home / "logs").mkdir(exist_ok=True)
        self._lock = os.open(self.home / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(
                f"Lineside already runs on {self.home}: stop it first, or set LINESIDE_HOME to another folder."
            ) from None
        # Bound here and handed down: while the web process restarts, visitors wait in line instead of being refused.
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._listener = socket.socket(family)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._listener.bind((self.host, self.port))
            self._listener.listen(128)
        except (OSError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise CannotStart(
                f"Cannot listen on {self.host} port {self.port} ({reason}): choose another one with --port."
            ) from None
        self.port = self._listener.getsockname()[1]

    def listen_to_signals(self) -> None:
        """Ctrl-C, a service manager's stop and a closed terminal all end everything in order."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop_soon)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup asked to survive the terminal
            signal.signal(signal.SIGHUP, self._stop_soon)

    def _stop_soon(self, number: int, frame: FrameType | None) -> None:
        self.is_stopping = True

    def start(self, name: str, *arguments: str) -> Child:
        """Start a program of ours as a child."""
        child = self._child(name, [sys.executable, *arguments])
        child.start()
        return child

    def start_job(self, name: str, *arguments: str) -> None:
        """Start a command that runs once and shows its progress on our console."""
        child = self._child(name, [sys.executable, *arguments])
        child.log, child.is_job = None, True
        child.start()

    def _child(self, name: str, command: list[str]) -> Child:
        log = self.home / "logs" / f"{name}.log"
        child = Child(name=name, command=command, folder=settings.BASE_DIR, environment=self._environment(), log=log)
        self.children.append(child)
        return child

    def _environment(self) -> dict[str, str]:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        environment.setdefault("LINESIDE_URL", self.address)
        if self.host not in ("0.0.0.0", "::"):  # noqa: S104
            environment.setdefault("LINESIDE_HOSTS", f"{self.host},127.0.0.1,localhost")
        return environment

    def start_broker(self) -> None:
        """Start the embedded broker, unless REDIS_URL names one."""
        if not settings.CELERY_BROKER_URL.startswith("redis+socket://"):
            return
        unix_socket = settings.BROKER_SOCKET
        command = broker.command(broker.find_server(), unix_socket=unix_socket, folder=self.home / "broker")
        child = self._child("broker", command)
        child.death_signal = signal.SIGKILL  # a slow end would take the socket away from the next start's broker
        child.start()
        self.wait_for("broker", lambda: broker.answers(unix_socket), seconds=60)

    def start_web(self, processes: int = 2, threads: int = 4) -> Child:
        """Start the pages, which load while the database is prepared and wait for `open_web`."""
        assert self._listener is not None  # noqa: S101  (taken before)
        options = {
            "config": "python:qc.management.web",
            "bind": f"fd://{self._listener.fileno()}",
            "worker-class": "gthread",
            "workers": str(processes),
            "threads": str(threads),
            "graceful-timeout": "5",
            "timeout": "60",
            "log-level": "warning",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        python = [sys.executable, "-m", "gunicorn", "qc.wsgi", "--preload", "--no-control-socket", *words]
        child = self._child("web", python)
        child.open_files = (self._listener.fileno(),)
        child.waits_at_gate = True
        child.start()
        return child

    def open_web(self, web: Child) -> None:
        """Let visitors in, and wait until the first page is served."""
        web.open_gate()
        self.wait_for("web", self._web_answers, seconds=180)

    def _web_answers(self) -> bool:
        host, _, _ = self.address.removeprefix("http://").rpartition(":")
        connection = http.client.HTTPConnection(host.strip("[]"), self.port, timeout=1)
        try:
            connection.request("GET", "/accounts/login/")
            return connection.getresponse().status > 0
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def start_background(self) -> None:
        """Start the worker and beat."""
        celery = ("-m", "celery", "-A", "qc.celery")
        quiet = ("--loglevel", "WARNING")
        alone = ("--without-gossip", "--without-mingle", "--concurrency", str(self.workers))
        self.start("worker", *celery, "worker", *alone, *quiet)
        pid_file = str(self.home / "beat.pid")
        with suppress(FileNotFoundError):
            os.unlink(pid_file)  # of a beat that was killed: the lock says that none runs now
        self.start("beat", *celery, "beat", *quiet, "--pidfile", pid_file)

    def wait_for(self, name: str, is_ready: Callable[[], bool], *, seconds: float) -> None:
        """Look after the children until one of them is ready."""
        until = time.monotonic() + seconds
        while not self.is_stopping and not is_ready():
            if time.monotonic() > until:
                raise CannotStart(f"{name} did not start within {seconds:g} s: see {self.home / 'logs'}.")
            self.tend()

    def tend(self) -> None:
        """Start again what died, tell what happened, rest a moment."""
        for child in self.children:
            sentence = child.tend()
            if sentence:
                self.say(sentence)
        time.sleep(TICK)

    def run(self) -> None:
        """Look after the children until we are told to stop."""
        while not self.is_stopping:
            self.tend()

    def stop(self) -> None:
        """End all children, the broker last, and free the home folder and the port."""
        until = time.monotonic() + PATIENCE
        last = [child for child in self.children if child.name == "broker"]
        for group in ([child for child in self.children if child not in last], last):
            for child in group:
                child.ask_to_stop()
            for child in group:
                child.wait(until)
        if self._listener is not None:
            self._listener.close()
        if self._lock >= 0:
            os.close(self._lock)
