"""A child process of `manage.py up`: started in its own group, started again when it dies, gone when we are gone."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds between a death and the next start: doubles while it keeps dying
STEADY = 60.0  # seconds of life after which a death counts as the first one again
LOG_LIMIT = 5 * 2**20
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(parent: int, death_signal: int) -> Callable[[], None]:
    """What a child does before it becomes its program: ask Linux for a signal should the parent be killed -9."""

    def ask() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, death_signal)
            if os.getppid() != parent:  # the parent died before we asked
                os._exit(1)

    return ask


@dataclass
class Child:
    """One program that is kept running until `stop`."""

    name: str
    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    log: Path | None = None  # None: what it says is shown on our own console
    is_job: bool = False  # a job runs once; its end is no death
    death_signal: int = signal.SIGTERM
    open_files: tuple[int, ...] = ()
    waits_at_gate: bool = False  # the first start reads its input until `open_gate`; later ones find it open

    process: subprocess.Popen[bytes] | None = None
    ended_with: int | None = None
    _started: float = field(default=0.0, repr=False)
    _pause: float = field(default=FIRST_PAUSE, repr=False)
    _start_at: float = field(default=0.0, repr=False)

    def start(self) -> None:
        """Run the program in a process group of its own, so that its own children can be ended with it."""
        output = self._open_log()
        try:
            self.process = subprocess.Popen(  # noqa: S603  (our own programs)
                list(self.command),
                cwd=self.folder,
                env=dict(self.environment),
                stdin=subprocess.PIPE if self.waits_at_gate else subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output is not None else None,
                start_new_session=True,
                pass_fds=self.open_files,
                preexec_fn=die_with_parent(os.getpid(), self.death_signal),
            )
        finally:
            if output is not None:
                os.close(output)
        self._started = time.monotonic()

    def open_gate(self) -> None:
        """Let a program go on that has prepared itself and waits for the end of its input."""
        self.waits_at_gate = False
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()

    def _open_log(self) -> int | None:
        if self.log is None:
            return None
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".old.log"))
        return os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def tend(self) -> str:
        """Look after the child once; returns a sentence when something happened, else nothing."""
        if self.process is None:
            if self._start_at and time.monotonic() >= self._start_at:
                self._start_at = 0.0
                self.start()
            return ""
        code = self._reap()
        if code is None:
            return ""
        if self.is_job:
            return "" if code == 0 else f"{self.name} {how_it_ended(code)}; the next start tries again."
        if time.monotonic() - self._started > STEADY:
            self._pause = FIRST_PAUSE
        self._start_at = time.monotonic() + self._pause
        sentence = f"{self.name} {how_it_ended(code)}; it starts again in {self._pause:g} s.{self._last_words()}"
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        return sentence

    def _reap(self) -> int | None:
        """The exit code once the program has ended, with everything that it left behind ended too."""
        if self.process is None:
            return None
        # Looked at but not yet reaped, the dead leader keeps its group's number: the kill cannot hit strangers.
        if os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return None
        self._signal_group(signal.SIGKILL)
        self.ended_with = self.process.wait()
        self.process = None
        return self.ended_with

    def _signal_group(self, number: int) -> None:
        if self.process is not None:
            try:
                os.killpg(self.process.pid, number)
            except (ProcessLookupError, PermissionError):  # macOS says the latter of a group of zombies
                pass

    def _last_words(self) -> str:
        if self.log is None or not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 2000))
            lines = [line for line in log.read().decode(errors="replace").splitlines() if line.strip()]
        return f" Its last line: {lines[-1][:200]} (more in {self.log})" if lines else ""

    def ask_to_stop(self) -> None:
        """Ask the program to end (not its children: ending them is its own business at first)."""
        self._start_at = 0.0
        if self.process is not None and self._reap() is None:
            self.process.terminate()

    def wait(self, until: float) -> None:
        """Wait for the end of the program; from the given moment on it is forced."""
        while self.process is not None and self._reap() is None:
            if time.monotonic() > until:
                self._signal_group(signal.SIGKILL)
            time.sleep(0.05)


def how_it_ended(code: int) -> str:
    """An exit code in words."""
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"
