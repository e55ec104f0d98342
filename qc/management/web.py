"""Gunicorn's settings under `manage.py up` that are not words of a command line."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.urls import get_resolver

from qc import home


def on_starting(server: Any) -> None:
    """After the application is loaded, before the first worker is forked."""
    _ = get_resolver().url_patterns  # loaded once and shared by all workers, instead of by each at its first request
    sys.stdin.read()  # the database may still be in preparation: the supervisor ends our input when we may serve
    settings.CLOCK_OFFSET = home.clock_offset(settings.HOME)  # part of that preparation: the demo moves the clock
