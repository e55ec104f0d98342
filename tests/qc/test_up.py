"""`manage.py up` as a person starts it: everything runs, what dies comes back, nothing stays behind."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")
PARTS = ("web", "worker", "beat", "broker")
WORDS = {"web": "gunicorn", "worker": " worker ", "beat": " beat ", "broker": "-server"}


def until(condition: Callable[[], object], *, seconds: float = 240) -> None:
    for _ in range(int(seconds * 10)):
        if condition():
            return
        threading.Event().wait(0.1)
    pytest.fail("it never became true")


class Running:
    """A started `manage.py up` and what can be seen of it from outside."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self.home, self.output = home, home / "console.txt"
        # As on a fresh machine: no server is named. The mark in the environment finds every process, orphans too.
        hidden = {"DATABASE_URL", "REDIS_URL", "LINESIDE_URL", "LINESIDE_HOSTS"}
        environment = {name: value for name, value in os.environ.items() if name not in hidden}
        environment |= {"LINESIDE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "qc.settings"}
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(settings.BASE_DIR / "manage.py"), "up", "--port", "0", *arguments],
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def console(self) -> str:
        return self.output.read_text(errors="replace")

    def processes(self) -> dict[int, str]:
        """All living processes of this home folder: their command lines by number."""
        mark, found = f"LINESIDE_HOME={self.home}", {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                try:
                    line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    environment = (folder / "environ").read_bytes().decode(errors="replace")
                except OSError:
                    continue
                # The broker writes its title over its environment, but the title names its socket.
                if line and (str(self.home) in line or mark in environment.split("\0")):  # a zombie has no line
                    found[int(folder.name)] = line
        found.pop(os.getpid(), None)
        return found

    def child(self, part: str) -> int | None:
        """The number of a direct child."""
        for pid, line in self.processes().items():
            parent = next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("PPid:"))
            if WORDS[part] in line and int(parent.split()[1]) == self.process.pid:
                return pid
        return None

    @property
    def port(self) -> int:
        found = re.search(r"http://127\.0\.0\.1:(\d+)", self.console)
        assert found, self.console
        return int(found[1])

    def status(self, path: str = "/accounts/login/") -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def runs(self) -> bool:
        assert self.process.poll() is None, self.console
        return "Lineside is at" in self.console and all(self.child(part) for part in PARTS)


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("home"))
    try:
        until(running.runs)
        yield running
    finally:
        running.process.send_signal(signal.SIGINT)
        try:
            running.process.wait(90)
        finally:
            for pid in running.processes():
                os.kill(pid, signal.SIGKILL)


def test_the_login_page_answers_and_only_on_this_machine(up: Running) -> None:
    assert up.status() == 200
    inodes = {os.readlink(path) for path in Path(f"/proc/{up.process.pid}/fd").iterdir()}
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = [words[1] for words in listening if words[3] == "0A" and f"socket:[{words[9]}]" in inodes]
    assert ours == [f"0100007F:{up.port:04X}"]


def test_the_first_login_is_shown_and_kept_for_its_owner_only(up: Running) -> None:
    kept = up.home / "logins.txt"
    username, role, password = kept.read_text().strip().split("\t")
    assert (username, role) == ("manager", "Quality manager")
    assert re.search(rf"{role} +{username} +{password}", up.console)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.parametrize("part", PARTS)
def test_what_is_killed_is_started_again(up: Running, part: str) -> None:
    killed = up.child(part)
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    until(lambda: up.child(part) not in (None, killed))
    assert f"{part} was ended by SIGKILL" in up.console
    assert up.status() == 200


def test_a_second_start_on_the_same_home_refuses_with_one_sentence(up: Running) -> None:
    answer = subprocess.run(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "up", "--port", "0"],
        env={**os.environ, "LINESIDE_HOME": str(up.home), "DJANGO_SETTINGS_MODULE": "qc.settings"},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 1 and answer.stdout == ""
    assert answer.stderr.strip() == (
        f"CommandError: Lineside already runs on {up.home}: stop it first, or set LINESIDE_HOME to another folder."
    )


def test_a_port_in_use_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        running = Running(tmp_path, "--port", port)
        assert running.process.wait(240) == 1
    reason = f"Cannot listen on 127.0.0.1 port {port} (Address already in use): choose another one with --port."
    assert running.console.strip().splitlines() == [f"CommandError: {reason}"]


@pytest.fixture(scope="module")
def lasting_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lasting")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_it_ends_nothing_stays_behind_and_the_next_start_keeps_the_logins(
    lasting_home: Path, number: signal.Signals
) -> None:
    logins = lasting_home / "logins.txt"
    before = logins.read_text() if logins.exists() else None  # of the test that ran before on this home, if any
    running = Running(lasting_home)
    until(running.runs)
    assert len(running.processes()) > len(PARTS)
    running.process.send_signal(number)
    running.process.wait(90)
    until(lambda: not running.processes(), seconds=90)
    if number is not signal.SIGKILL:
        assert running.process.returncode == 0 and running.console.rstrip().endswith("Stopped.")
    assert before in (None, logins.read_text())
    assert logins.read_text().strip().split("\t")[2] in running.console
