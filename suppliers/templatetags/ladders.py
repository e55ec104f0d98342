"""Words of the ladder of reminders."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from suppliers.ladder import BUSINESS_DAYS, HOURS, Rung
from suppliers.models import LadderRung

register = template.Library()


@register.filter
def distance(rung: Rung) -> str:
    """When a rung is climbed: "3 days before", "on the day", "7 business days after"."""
    if rung.amount == 0:
        return _("when it is due") if rung.unit == HOURS else _("on the day")
    count = abs(rung.amount)
    if rung.unit == HOURS:
        said = ngettext("%(n)d hour", "%(n)d hours", count)
    elif rung.unit == BUSINESS_DAYS:
        said = ngettext("%(n)d business day", "%(n)d business days", count)
    else:
        said = ngettext("%(n)d day", "%(n)d days", count)
    length = said % {"n": count}
    return (_("%(length)s before") if rung.amount < 0 else _("%(length)s after")) % {"length": length}


@register.filter
def for_whom(rung: Rung) -> str:
    """For which severities a rung is there."""
    return str(dict(LadderRung.Severities.choices)[rung.severities])
