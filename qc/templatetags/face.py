"""What every page draws with: icons, navigation, times of the plant, plain words for verbs and scopes."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.contrib.staticfiles import finders
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qc import clock, permissions
from qc.analysis import explain
from qc.models import Finding, Notice, Plant

register = template.Library()


@lru_cache(maxsize=200)
def _svg(name: str) -> str:
    """The drawing of the icon package, so that it takes the colour of the text."""
    path = finders.find(f"bootstrap-icons/{name}.svg")
    if not isinstance(path, str):
        raise ValueError(f"no icon named {name!r}")
    body = Path(path).read_text(encoding="utf-8")
    return body[body.index(">") + 1 : body.rindex("</svg>")]


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the package, drawn into the page. It says nothing alone: the text beside it does."""
    drawing = f'<svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">{_svg(name)}</svg>'
    return mark_safe(drawing)  # noqa: S308  (the package's own file, no user text)


@register.inclusion_tag("components/nav_item.html", takes_context=True)
def nav_item(context: dict[str, Any], route: str, icon_name: str, text: str, count: int = 0) -> dict[str, Any]:
    """One line of the navigation; empty while the room that the route belongs to is not there."""
    try:
        url = reverse(route)
    except NoReverseMatch:
        return {"url": ""}
    path = context["request"].path if "request" in context else ""
    current = path == url or (url != reverse("qc:home") and path.startswith(url))
    if route == "qc:defect-list" and path == reverse("qc:defect-create"):
        current = context["user"].role != "inspector"  # who has an entry of their own for the form
    return {"url": url, "icon": icon_name, "text": text, "count": count, "current": current}


@register.simple_tag(takes_context=True)
def unread(context: dict[str, Any]) -> int:
    """How many notices this person has not opened."""
    return Notice.objects.visible_to(context["user"]).unread().count()


@register.simple_tag(takes_context=True)
def may(context: dict[str, Any], verb: str) -> bool:
    """Whether the person's role includes the verb: what may not be done is not offered."""
    return permissions.may(context["user"], verb)


def _local(value: dt.datetime, place: Plant | str | None) -> dt.datetime:
    zone = place.zone if isinstance(place, Plant) else ZoneInfo(place or "UTC")
    return value.astimezone(zone)


@register.filter
def at(value: dt.datetime | None, place: Plant | str | None = None) -> str:
    """A moment in the zone of a plant: 20 Nov 2026, 14:05."""
    return f"{_local(value, place):%-d %b %Y, %H:%M}" if value else ""


@register.filter
def day(value: dt.date | None) -> str:
    """A calendar day: 20 Nov 2026."""
    return f"{value:%-d %b %Y}" if value else ""


@register.filter
def amount(value: Any) -> str:
    """A number without needless decimals, thousands apart: 1,240 or 2.5."""
    if value is None or value == "":
        return ""
    text = f"{float(value):,.3f}".rstrip("0").rstrip(".")
    return text or "0"


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


VERB_WORDS = {
    "defect.record": gettext_lazy("logged the defect"),
    "defect.record_many": gettext_lazy("logged a batch of defects"),
    "defect.correct": gettext_lazy("corrected the defect"),
    "defect.void": gettext_lazy("voided the defect"),
    "defect.mark_duplicate": gettext_lazy("marked it as a duplicate"),
    "finding.confirm": gettext_lazy("confirmed the finding"),
    "finding.dismiss": gettext_lazy("dismissed the finding"),
    "finding.override": gettext_lazy("gave another verdict"),
    "finding.watch": gettext_lazy("changed the watch"),
    "case.open": gettext_lazy("opened the case"),
    "case.contain": gettext_lazy("contained it"),
    "case.review": gettext_lazy("took it into material review"),
    "case.dispose": gettext_lazy("decided on material"),
    "case.investigate": gettext_lazy("started the investigation"),
    "case.add_cause": gettext_lazy("recorded a cause"),
    "case.verify_cause": gettext_lazy("verified a cause"),
    "case.plan_actions": gettext_lazy("started planning actions"),
    "case.start_verifying": gettext_lazy("went on to verifying"),
    "case.close": gettext_lazy("closed the case"),
    "case.waive": gettext_lazy("closed the case by a waiver"),
    "case.cancel": gettext_lazy("cancelled the case"),
    "request.draft": gettext_lazy("drafted the request"),
    "request.change": gettext_lazy("changed the draft"),
    "request.issue": gettext_lazy("issued the request"),
    "request.acknowledge": gettext_lazy("confirmed the request"),
    "request.save_draft": gettext_lazy("saved a draft answer"),
    "request.remove_file": gettext_lazy("took a file out of the draft"),
    "request.submit": gettext_lazy("sent an answer"),
    "request.accept": gettext_lazy("accepted an answer"),
    "request.return": gettext_lazy("returned an answer"),
    "request.waive_stage": gettext_lazy("waived a stage"),
    "request.share": gettext_lazy("shared a file"),
    "request.message": gettext_lazy("wrote a message"),
    "request.dispute": gettext_lazy("disputed the request"),
    "request.uphold": gettext_lazy("kept the disputed request"),
    "request.cancel": gettext_lazy("took the request back"),
    "request.close": gettext_lazy("closed the request"),
    "case.edit": gettext_lazy("changed the head of the case"),
    "case.link_defects": gettext_lazy("linked defects"),
    "case.finish_dispositions": gettext_lazy("finished the material review"),
    "case.reopen": gettext_lazy("opened it again"),
    "case.back_to_plan": gettext_lazy("sent it back to the action plan"),
    "action.add": gettext_lazy("added an action"),
    "action.edit": gettext_lazy("changed an action"),
    "action.start": gettext_lazy("started an action"),
    "action.carry_out": gettext_lazy("carried out an action"),
    "action.verify": gettext_lazy("verified an action"),
    "action.reject": gettext_lazy("did not accept an action"),
    "action.cancel": gettext_lazy("gave an action up"),
    "action.plan_effectiveness": gettext_lazy("planned the check of the effect"),
    "action.extend_window": gettext_lazy("gave the check more time"),
    "action.judge_not_effective": gettext_lazy("judged the fix not effective"),
    "action.compute_check": gettext_lazy("computed the check of the effect"),
    "finding.judge": gettext_lazy("judged the records"),
    "finding.reconsider": gettext_lazy("took the decision back"),
    "comment.write": gettext_lazy("wrote a comment"),
    "attachment.add": gettext_lazy("added a file"),
}


@register.filter
def verb_words(verb: str) -> str:
    """What an event says was done: case.close becomes closed the case."""
    return str(VERB_WORDS.get(verb) or words(verb))


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
