"""The workspace of a search for causes on one page: is and is not, the whys, the diagram, the causes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from qc import permissions
from qc.models import Category, Cause, Contrast, Nonconformance, Why
from qc.render import fishbone
from qc.services.blame import blames_only_a_person
from qc.services.whys import DEEP
from qc.web import cause_forms as f
from qc.web.access import InsideRequest
from qc.web.case_forms import VerifyCauseForm

Sent = tuple[str, forms.Form]
QUESTIONS = {
    "what": _("What"),
    "where": _("Where"),
    "when": _("When"),
    "how_many": _("How many"),
    "line": _("Line"),
    "station": _("Station"),
    "machine": _("Machine"),
    "tool": _("Tool"),
    "cavity": _("Cavity"),
    "product": _("Product"),
    "supplier": _("Supplier"),
    "supplier_lot": _("Supplier lot"),
    "week": _("Week"),
    "shift": _("Shift"),
    "hour_of_week": _("Hour of the week"),
    "inspector": _("Found by"),
}
ASKS = {
    "occurrence": _("Why did it happen?"),
    "escape": _("Why was it not found in time?"),
    "systemic": _("Why did our system allow both?"),
}
THINKING = (Nonconformance.Status.INVESTIGATING, Nonconformance.Status.ACTION_PLAN)


@dataclass
class Branch:
    """An answer with its answers, how deep it is, and what the page says beside it."""

    why: Why
    depth: int
    answers: list[Branch] = field(default_factory=list)
    is_deep: bool = False
    blames: bool = False


def show(request: InsideRequest, case: Nonconformance, *, sent: Sent | None = None, status: int = 200) -> HttpResponse:
    """The page. The address says which row, answer or cause is open; `sent` is a form that was refused."""
    may_edit = case.is_open and permissions.may(request.user, "case.edit")
    whys = list(Why.objects.visible_to(request.user).filter(nonconformance=case).select_related("cause"))
    found = Cause.objects.visible_to(request.user).filter(nonconformance=case)
    causes = list(found.select_related("code", "verified_by", "ruled_out_by", "recorded_by"))
    context: dict[str, Any] = {
        "case": case,
        "sent": sent[0] if sent else "",
        "sent_form": sent[1] if sent else None,
        "deep": DEEP,
        "may_edit": may_edit,
        "may_record": may_edit and case.status in THINKING,
        "legs": _legs(whys, sent),
        "gone": [why for why in whys if why.retired_at and not (why.parent and why.parent.retired_at)],
        "causes": list(enumerate(causes, 1)),
        "diagram": _diagram(case, causes),
        "unplaced": [(number, cause) for number, cause in enumerate(causes, 1) if not cause.category],
    }
    context |= _matrix(request, case)
    context |= _opened(request, causes, whys, context)
    return render(request, "qc/case_causes.html", context, status=status)


def _matrix(request: InsideRequest, case: Nonconformance) -> dict[str, Any]:
    rows = {row.question: row for row in Contrast.objects.visible_to(request.user).filter(nonconformance=case)}
    shown = [(label, rows[name]) for name, label in QUESTIONS.items() if name in rows]
    filled = max((row.filled_at for row in rows.values()), default=None)
    basis = rows["what"].basis if "what" in rows else {}
    return {"matrix": shown, "filled_at": filled, "basis": basis}


def _opened(
    request: InsideRequest, causes: list[Cause], whys: list[Why], context: dict[str, Any]
) -> dict[str, forms.Form | Any]:
    """The forms of what is open, and no others: a page with two hundred answers stays light."""
    opened: dict[str, Any] = {}
    if not context["may_edit"]:
        return opened
    sent = context["sent"]
    row = next((row for _label, row in context["matrix"] if _is(request, "row", row, sent)), None)
    why = next((each for each in whys if not each.retired_at and _is(request, "why", each, sent)), None)
    cause = next((each for each in causes if _is(request, "cause", each, sent)), None)
    forms_: dict[str, forms.Form] = {}
    if row is not None:
        names = ("version", "is_text", "is_not_text", "distinction", "change")
        forms_["row"] = f.ContrastForm(initial={name: getattr(row, name) for name in names}, auto_id="row_%s")
    if why is not None:
        forms_ |= _why_forms(request, why, [each for each in whys if not each.retired_at], context["may_record"])
    if cause is not None and context["may_record"]:
        forms_ |= _cause_forms(request, cause)
    if context["may_record"]:
        forms_["cause_new"] = f.CauseEntryForm(request.user, auto_id="cause_new_%s")
    if sent:
        forms_[sent.split("-")[0]] = context["sent_form"]
    return {"row_open": row, "why_open": why, "cause_open": cause, "forms": forms_}


def _is(request: InsideRequest, noun: str, each: Any, sent: str) -> bool:
    """Whether this one is open: a refused form of it, or the address names it."""
    if sent:
        return sent.startswith(f"{noun}") and sent.endswith(f"-{each.pk}")
    return request.GET.get(noun) == str(each.pk)


def _why_forms(request: InsideRequest, why: Why, standing: list[Why], may_record: bool) -> dict[str, forms.Form]:
    made: dict[str, forms.Form] = {
        "why_answer": f.WhyForm(auto_id="why_answer_%s"),
        "why_edit": f.WhyEditForm(
            initial={"version": why.version, "text": why.text, "evidence": why.evidence}, auto_id="why_edit_%s"
        ),
        "why_move": f.WhyMoveForm(why, standing, initial={"version": why.version}, auto_id="why_move_%s"),
    }
    is_leaf = not any(each.parent_id == why.pk for each in standing)
    if may_record and is_leaf and why.cause_id is None:
        made["why_promote"] = f.PromoteForm(request.user, auto_id="why_promote_%s")
    return made


def _cause_forms(request: InsideRequest, cause: Cause) -> dict[str, forms.Form]:
    if cause.status == "verified":
        return {"cause_doubt": f.ReasonOnly(auto_id="cause_doubt_%s")}
    edit = f.CauseEditForm(request.user, cause, auto_id="cause_edit_%s")
    if cause.status == "ruled_out":
        return {"cause_edit": edit}
    verify = VerifyCauseForm(initial={"evidence": cause.evidence}, auto_id="cause_confirm_%s")
    return {"cause_confirm": verify, "cause_rule_out": f.ReasonOnly(auto_id="cause_rule_out_%s"), "cause_edit": edit}


def _legs(whys: list[Why], sent: Sent | None) -> list[dict[str, Any]]:
    """Each leg with its tree and the form of a first answer."""
    standing = [why for why in whys if not why.retired_at]
    below: dict[int | None, list[Why]] = {}
    for why in standing:
        below.setdefault(why.parent_id, []).append(why)
    legs = []
    for leg, label in Cause.Leg.choices:
        tops = [_branch(why, below, 1) for why in below.get(None, []) if why.leg == leg]
        form: forms.Form = f.RootWhyForm(initial={"leg": leg}, auto_id=f"why_{leg}_%s")
        if sent and sent[0] == "root" and sent[1].data.get("leg") == leg:
            form = sent[1]
        legs.append({"leg": leg, "label": label, "asks": ASKS[leg], "tree": tops, "form": form})
    return legs


def _branch(why: Why, below: dict[int | None, list[Why]], depth: int) -> Branch:
    answers = [_branch(each, below, depth + 1) for each in below.get(why.pk, [])]
    is_leaf = not answers
    return Branch(why, depth, answers, is_leaf and depth >= DEEP, is_leaf and blames_only_a_person(why.text))


def _diagram(case: Nonconformance, causes: list[Cause]) -> fishbone.Drawing:
    ribs: dict[str, list[fishbone.Rib]] = {name: [] for name in Category.values}
    for number, cause in enumerate(causes, 1):
        if cause.category:
            ribs[cause.category].append(fishbone.Rib(number, cause.statement, cause.status))
    return fishbone.draw(case.title, [(str(Category(name).label), ribs[name]) for name in Category.values])
