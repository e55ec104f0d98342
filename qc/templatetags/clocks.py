"""A moved clock is said on every page."""

from __future__ import annotations

import datetime as dt

from django import template

from qc import clock

register = template.Library()
SLACK = dt.timedelta(minutes=2)


@register.simple_tag
def moved_clock() -> dt.datetime | None:
    """What the clock says, where it is not the real time; None where it is."""
    return clock.now() if abs(clock.offset()) > SLACK else None
