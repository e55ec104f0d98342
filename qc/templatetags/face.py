"""What every page draws with: icons, navigation, times of the plant, plain words for verbs and scopes."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext as _

from qc import clock, permissions
from qc.analysis import explain
from qc.models import Finding, Notice, Plant
from qc.render import icons

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=300)
def icon(name: str) -> SafeString:
    """An icon of the package, by its name on the sheet. It says nothing alone: the text beside it does."""
    inner = f'<use href="{reverse("qc:icons")}#{name}"/>' if name in icons.names() else icons.drawing(name)
    box = "" if name in icons.names() else ' viewBox="0 0 16 16"'
    return mark_safe(f'<svg class="icon"{box} aria-hidden="true">{inner}</svg>')  # noqa: S308  (no user text)


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


VERB_WORDS = {
    "defect.record": gettext_lazy("logged the defect"),
    "defect.record_many": gettext_lazy("logged a batch of defects"),
    "defect.correct": gettext_lazy("corrected the defect"),
    "defect.void": gettext_lazy("voided the defect"),
    "defect.mark_duplicate": gettext_lazy("joined it to another record"),
    "defect.unjoin": gettext_lazy("took the join back"),
    "defect.tell_apart": gettext_lazy("said that it is no double entry"),
    "defect.restore": gettext_lazy("took the void back"),
    "code.create": gettext_lazy("added the code"),
    "code.edit": gettext_lazy("changed the code"),
    "code.retire": gettext_lazy("retired the code"),
    "code.reactivate": gettext_lazy("put the code back into use"),
    "code.merge": gettext_lazy("merged the code into another"),
    "code.receive": gettext_lazy("merged another code into it"),
    "code.unmerge": gettext_lazy("took the merge back"),
    "code.give_back": gettext_lazy("took a merge into it back"),
    "code.add_example": gettext_lazy("added an example"),
    "code.remove_example": gettext_lazy("took an example away"),
    "duplicates.policy": gettext_lazy("said what becomes of double entries"),
    "exposure.save_cells": gettext_lazy("wrote units into the week"),
    "exposure.set_count": gettext_lazy("set a count"),
    "exposure.set_counts": gettext_lazy("set counts"),
    "exposure.use_lots": gettext_lazy("recorded lot use"),
    "exposure.start_run": gettext_lazy("said what runs on the line"),
    "exposure.stop_run": gettext_lazy("said that nothing runs on the line"),
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
    "action.effectiveness": gettext_lazy("decided the check of the effect"),
    "action.miss_plan": gettext_lazy("saw that the plan of the check is missed"),
    "case.propose_reopening": gettext_lazy("saw it come back and proposed to open it again"),
    "action.extend_window": gettext_lazy("gave the check more time"),
    "action.judge_not_effective": gettext_lazy("judged the fix not effective"),
    "action.compute_check": gettext_lazy("computed the check of the effect"),
    "finding.judge": gettext_lazy("judged the records"),
    "finding.reconsider": gettext_lazy("took the decision back"),
    "finding.object": gettext_lazy("came to another verdict than the decision"),
    "finding.agree": gettext_lazy("agrees with the decision again"),
    "finding.recur": gettext_lazy("saw a closed cause come back"),
    "comment.write": gettext_lazy("wrote a comment"),
    "user.created": gettext_lazy("made the account"),
    "account.create": gettext_lazy("made the account"),
    "account.change": gettext_lazy("changed the account"),
    "account.stop": gettext_lazy("stopped the account"),
    "account.start": gettext_lazy("let the person in again"),
    "account.new_password": gettext_lazy("gave a new password"),
    "master.create": gettext_lazy("made it"),
    "master.change": gettext_lazy("changed it"),
    "master.remove": gettext_lazy("took a day or a shift out of the calendar"),
    "integration.create": gettext_lazy("made the integration"),
    "integration.move": gettext_lazy("chose its plants"),
    "integration.stop": gettext_lazy("stopped it"),
    "integration.start": gettext_lazy("let it in again"),
    "token.create": gettext_lazy("made a token"),
    "token.revoke": gettext_lazy("revoked a token"),
    "attachment.add": gettext_lazy("added a file"),
    "schedule.create": gettext_lazy("made the schedule"),
    "schedule.update": gettext_lazy("changed the schedule"),
    "schedule.send_now": gettext_lazy("sent the report at once"),
    "report.produce": gettext_lazy("made the report"),
    "report.send": gettext_lazy("sent the report"),
    "report.send_again": gettext_lazy("sent the report again"),
    "contact.mark_bounced": gettext_lazy("saw that mail to the contact bounces"),
    "case.sign": gettext_lazy("signed the material review"),
    "scorecard.compute": gettext_lazy("computed the scorecard"),
    "plant.edit": gettext_lazy("changed the plant"),
    "import.upload": gettext_lazy("sent a file to be imported"),
    "import.apply": gettext_lazy("saved an import"),
    "import.undo": gettext_lazy("took an import back"),
}


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
