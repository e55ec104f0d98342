"""The script that draws charts in the browser: Vega, Vega-Lite and vega-embed out of vl-convert, no outside host."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from qc import charts

_THEMES = json.dumps({theme: charts.config(theme) for theme in charts.THEMES}, sort_keys=True)
_SNIPPET = f"window.vegaEmbed = vegaEmbed; window.chartThemes = {_THEMES};"
_MAKE = "import sys, vl_convert; sys.stdout.buffer.write(vl_convert.javascript_bundle(sys.stdin.read()).encode())"

# Names the file, so that browsers may keep it for ever: new with another vl-convert and with other colours.
VERSION = f"{version('vl-convert-python')}-{hashlib.sha256(_SNIPPET.encode()).hexdigest()[:8]}"


def file(folder: Path, *, zipped: bool = False) -> Path:
    """The script, plain or gzipped, made at its first use (two seconds) and kept in `folder`."""
    target = folder / f"vega-{VERSION}.js{'.gz' if zipped else ''}"
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        content = _made()
        _write(folder / f"vega-{VERSION}.js", content)
        _write(folder / f"vega-{VERSION}.js.gz", gzip.compress(content, 9, mtime=0))
    return target


def _made() -> bytes:
    # In a process of its own: the engine would keep a hundred megabytes in the web process.
    command = [sys.executable, "-c", _MAKE]
    done = subprocess.run(command, input=_SNIPPET.encode(), capture_output=True, check=True, timeout=120)  # noqa: S603
    return done.stdout


def _write(path: Path, content: bytes) -> None:
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    draft.write_bytes(content)
    draft.replace(path)
