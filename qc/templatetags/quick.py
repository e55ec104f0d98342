"""What the pages at the line draw with: days in words, and what runs on a line now."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.utils.formats import date_format

from qc import permissions
from qc.models import Product, ProductionLine, ProductionRun
from qc.templatetags.face import day

register = template.Library()


@register.filter
def since_day(value: dt.date, today: dt.date) -> str:
    """A day as people at the line say it: Monday within the last week, else 14 Sep 2026."""
    return date_format(value, "l") if 0 <= (today - value).days < 7 else day(value)


@register.inclusion_tag("qc/run_panel.html", takes_context=True)
def running(context: dict[str, Any], line: ProductionLine) -> dict[str, Any]:
    """The panel that says what a line makes now, with the means to change it."""
    user = context["user"]
    run = ProductionRun.objects.visible_to(user).filter(line=line, ended_at=None).select_related("product").first()
    may_change = permissions.may(user, "exposure.record")
    products = Product.objects.visible_to(user).filter(is_active=True) if may_change else Product.objects.none()
    return {
        "line": line,
        "run": run,
        "products": products,
        "may_change": may_change,
        "csrf_token": context.get("csrf_token"),
        "back": context["request"].path,
    }
