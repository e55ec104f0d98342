"""What every page draws with: icons, navigation, times of the plant, plain words for verbs and scopes."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format, get_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext as _

from qc import clock, permissions
from qc.analysis import explain
from qc.models import Finding, Notice, Plant
from qc.render import icons
from qc.templatetags.verb_words import VERB_WORDS

register = template.Library()
SWAP = str.maketrans(",.", ".,")


@register.simple_tag
@lru_cache(maxsize=300)
def icon(name: str) -> SafeString:
    """An icon of the package, by its name on the sheet. It says nothing alone: the text beside it does."""
    inner = f'<use href="{reverse("qc:icons")}#{name}"/>' if name in icons.names() else icons.drawing(name)
    box = "" if name in icons.names() else ' viewBox="0 0 16 16"'
    return mark_safe(f'<svg class="icon"{box} aria-hidden="true">{inner}</svg>')  # noqa: S308  (no user text)


OWN_ENTRIES = ("/requests/ladders/", "/requests/scorecards/")  # under the requests, with entries of their own


@register.inclusion_tag("components/nav_item.html", takes_context=True)
def nav_item(context: dict[str, Any], route: str, icon_name: str, text: str, count: int = 0) -> dict[str, Any]:
    """One line of the navigation; empty while the room that the route belongs to is not there."""
    try:
        url = reverse(route)
    except NoReverseMatch:
        return {"url": ""}
    path = context["request"].path if "request" in context else ""
    current = path == url or (url != reverse("qc:home") and path.startswith(url))
    if route == "suppliers:request-list" and path.startswith(OWN_ENTRIES):
        current = False
    if route == "qc:defect-list" and path == reverse("qc:defect-create"):
        current = context["user"].role != "inspector"  # who has an entry of their own for the form
    return {"url": url, "icon": icon_name, "text": text, "count": count, "current": current}


@register.simple_tag(takes_context=True)
def unread(context: dict[str, Any]) -> int:
    """How many notices this person has not opened; asked once for a page."""
    user = context["user"]
    known: int | None = getattr(user, "unread_notices", None)
    if known is None:
        known = user.unread_notices = Notice.objects.visible_to(user).unread().count()
    return known


@register.simple_tag(takes_context=True)
def may(context: dict[str, Any], verb: str) -> bool:
    """Whether the person's role includes the verb: what may not be done is not offered."""
    return permissions.may(context["user"], verb)


def _local(value: dt.datetime, place: Plant | str | None) -> dt.datetime:
    zone = place.zone if isinstance(place, Plant) else ZoneInfo(place or "UTC")
    return value.astimezone(zone)


def _day_format() -> str:
    return "j. M Y" if get_language() == "de" else "j M Y"


@register.filter
def at(value: dt.datetime | None, place: Plant | str | None = None) -> str:
    """A moment in the zone of a plant: 20 Nov 2026, 14:05."""
    return date_format(_local(value, place), f"{_day_format()}, H:i") if value else ""


@register.filter
def day(value: dt.date | None) -> str:
    """A calendar day: 20 Nov 2026."""
    return date_format(value, _day_format()) if value else ""


def in_language(number: str) -> str:
    """A number in English form as the reader's language writes it: 1.240,5 in German."""
    return number.translate(SWAP) if get_format("DECIMAL_SEPARATOR") == "," else number


@register.filter
def amount(value: Any) -> str:
    """A number without needless decimals, thousands apart: 1,240 or 2.5."""
    if value is None or value == "":
        return ""
    text = f"{float(value):,.3f}".rstrip("0").rstrip(".")
    return in_language(text or "0")


@register.filter
def said(value: Any) -> str:
    """A fact of any kind as people write it: yes or no, a day, a time, a number, a dash for nothing."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, dt.date):
        return day(value)
    if isinstance(value, dt.time):
        return f"{value:%H:%M}"
    return amount(value) if isinstance(value, int | float) else str(value)


@register.filter
def unit_words(unit: str) -> str:
    """What exposure is counted in."""
    return gettext("units") if unit == "units" else gettext("days")


@register.filter
def iso_day(text: str) -> str:
    """A day out of a JSON field as people write it."""
    return day(dt.date.fromisoformat(text)) if text else ""


@register.filter
def ratio(value: float | None) -> str:
    """A rate ratio as people say it: 5.1 times, 0.62 times."""
    if value is None:
        return ""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"


@register.filter
def small(value: float | None) -> str:
    """A probability with as many digits as it deserves."""
    if value is None:
        return ""
    return "< 0.0001" if value < 0.0001 else f"{value:.4f}"


@register.filter
def size(value: int) -> str:
    """Bytes in words."""
    return f"{value / 2**20:.1f} MB" if value >= 2**20 else f"{max(1, round(value / 1024))} kB"


@register.filter
def words(value: str) -> str:
    """A stored word as text: supplier_lot becomes supplier lot."""
    return str(value).replace("_", " ").replace(".", " ")


@register.filter
def verb_words(verb: str) -> str:
    """What an event says was done: case.close becomes closed the case."""
    return str(VERB_WORDS.get(verb) or words(verb))


@register.filter
def told_changes(data: dict[str, Any]) -> list[str]:
    """What an event changed, one line a field: severity: minor → major."""
    lines = []
    for name, value in data.items():
        if name == "photo":
            continue  # the page shows it
        pair = value if isinstance(value, list) and len(value) == 2 else None
        told = " → ".join(_plain(one) for one in pair) if pair and name != "places" else _plain(value)
        lines.append(f"{words(name)}: {told}")
    return lines


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "–" if value in (None, "") else str(value)


@register.filter
def sentence(explanation: str) -> str:
    """An explanation without its verdict, which stands beside it as a badge."""
    verdict, colon, rest = explanation.partition(": ")
    if colon and verdict in {"Systemic", "One-off", "Background", "Not enough data"}:
        return rest[:1].upper() + rest[1:]
    return explanation


@register.filter
def told(finding: Finding) -> str:
    """What a finding says, with the name of the defect instead of its code."""
    return sentence(finding.explanation.replace(finding.defect_type.code, finding.defect_type.name, 1))


@register.filter
def in_short(finding: Finding) -> str:
    """The numbers of a finding in a few words: 129 found, 9.3 expected, since 17 Sep 2026."""
    words_of = [_("%(n)s found") % {"n": amount(finding.incidents)}]
    if finding.expected:
        words_of.append(_("%(n)s expected") % {"n": amount(round(finding.expected, 1))})
    if finding.since:
        words_of.append(_("since %(day)s") % {"day": day(finding.since)})
    return ", ".join(words_of)


@register.filter
def scope(where: dict[str, Any]) -> str:
    """The place of a finding in words: line L3, night shift."""
    if not where:
        return ""
    return explain.place({name: one if isinstance(one, str) else ", ".join(one) for name, one in where.items()})


@register.filter
def kind_words(kind: str) -> str:
    """How a finding behaves over time, in plain words."""
    known = {
        "chronic": _("all the time"),
        "escalating": _("since a date"),
        "drift": _("slowly growing"),
        "episode": _("for a while"),
        "intermittent": _("again and again"),
        "lot": _("one lot"),
        "burst": _("a short burst"),
    }
    return known.get(kind, words(kind))


@register.filter
def days_until(start: dt.datetime, end: dt.datetime | None = None) -> int:
    """Whole days from one moment to another, or to now."""
    return max(0, ((end or clock.now()) - start).days)
