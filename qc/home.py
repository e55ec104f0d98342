"""What an installation keeps in its home folder and its settings need: the key, the clock's offset, the socket."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import tempfile
from pathlib import Path

LONGEST_SOCKET = 100  # bytes: a longer path does not fit a socket address


def secret_key(home: Path) -> str:
    """The key of this installation, made at the first start."""
    path = home / "secret_key"
    try:
        with path.open("x", encoding="ascii") as fresh:
            path.chmod(0o600)
            fresh.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii")


def clock_offset(home: Path) -> dt.timedelta:
    """How far `qc.clock` is from the real one; the demo moves it by a file."""
    path = home / "clock_offset"
    if path.exists():
        return dt.timedelta(seconds=float(path.read_text(encoding="ascii")))
    return dt.timedelta(0)


def broker_socket(home: Path) -> Path:
    """The embedded broker's socket: in the home folder, or in the temp folder where that path is too long."""
    path = home / "broker.sock"
    if len(str(path)) <= LONGEST_SOCKET:
        return path
    digest = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"lineside-{digest}.sock"
