"""Quantities, shares and dates of an answer that have to fit together. Pure: stored answers in, sentences out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from suppliers import asked

Answers = Mapping[str, Any]


def wrong(code: str, answers: Answers) -> dict[str, str]:
    """What does not add up in an answer whose fields are right one by one: a sentence beside each field."""
    check = _CHECKS.get(code)
    return check(answers) if check else {}


def _number(answers: Answers, name: str) -> Decimal | None:
    return Decimal(answers[name]) if name in answers else None


def _more(answers: Answers, part: str, whole: str) -> bool:
    few, many = _number(answers, part), _number(answers, whole)
    return few is not None and many is not None and few > many


def _first(answers: Answers) -> dict[str, str]:
    found: dict[str, str] = {}
    if _more(answers, "boundary_bad", "boundary_total"):
        found["boundary_bad"] = _("More bad parts than parts within the limits.")
    if _more(answers, "affected", "produced"):
        found["affected"] = _("More parts affected than made.")
    if answers.get("cause_verified") == "yes" and answers.get("cause_suspected") == "no":
        found["cause_verified"] = _("A cause that nobody suspects cannot be verified.")
    return found


def _containment(answers: Answers) -> dict[str, str]:
    if _more(answers, "quantity_bad", "quantity_checked"):
        return {"quantity_bad": _("More bad parts than parts checked.")}
    rows = answers.get("locations", [])
    places = dict(asked.PLACES)
    for row in rows:
        checked, said = Decimal(row["sorted"]), {"place": places[row["row"]]}
        if Decimal(row["good"]) + Decimal(row["bad"]) != checked:
            return {"locations": _("%(place)s: good and bad parts are not as many as were checked.") % said}
        if "suspect" in row and checked > Decimal(row["suspect"]):
            return {"locations": _("%(place)s: more parts checked than suspect.") % said}
    return _totals(answers, rows)


def _totals(answers: Answers, rows: list[Mapping[str, str]]) -> dict[str, str]:
    for column, name, words in (
        ("sorted", "quantity_checked", _("All places together: %(sum)s checked, but %(given)s above.")),
        ("bad", "quantity_bad", _("All places together: %(sum)s bad, but %(given)s above.")),
    ):
        total = sum((Decimal(row[column]) for row in rows), Decimal(0))
        if rows and total != Decimal(answers[name]):
            return {"locations": words % {"sum": f"{total:f}", "given": answers[name]}}
    return {}


def _implementation(answers: Answers) -> dict[str, str]:
    removed, since = answers.get("containment_removed_on"), answers["implemented_on"]
    if removed and removed < since:
        return {"containment_removed_on": _("The extra checks ended before the change was in place.")}
    return {}


_CHECKS: dict[str, Callable[[Answers], dict[str, str]]] = {
    "acknowledge": _first,
    "containment": _containment,
    "implementation": _implementation,
}
