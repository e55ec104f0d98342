"""Master records: one list, one page and one form for each kind, so that daily work never needs the back room."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qc import permissions
from qc.errors import Refused
from qc.models import Defect, Event, Finding, LotUse, User
from qc.services import imports, lot_traces, masters
from qc.services.listings.base import query_of
from qc.web import master_forms
from qc.web.access import InsideRequest, inside_required
from qc.web.covering import PLACES, with_findings
from qc.web.lists import page_of
from qc.web.master_kinds import MASTERS, Master

LATEST = 12


def _rows(master: Master, user: User) -> QuerySet[Any]:
    rows: QuerySet[Any] = master.model._default_manager.visible_to(user)  # type: ignore[attr-defined]
    return rows.select_related(*master.related)


def _searched(master: Master, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    text = text.replace("\x00", "").strip()[:100]
    if not text:
        return rows
    wanted = Q()
    for lookup in master.search:
        wanted |= Q(**{lookup: text})
    return rows.filter(wanted)


def _file(user: User, master: Master) -> str:
    """The kind of file that brings such records in, for people who may import one."""
    may_import = master.file and permissions.may(user, imports.permission(master.file))
    return master.file if may_import else ""


def _cells(master: Master, row: Any) -> list[Any]:
    """What the list says of a row, in the order of its columns."""
    cells = []
    for name, _label in master.columns:
        shown = getattr(row, f"get_{name}_display", None)
        cells.append(shown() if shown else getattr(row, name))
    return cells


@inside_required
def master_index(request: InsideRequest) -> HttpResponse:
    """Where each kind of master record is."""
    return render(request, "qc/master_index.html", {"kinds": MASTERS.values()})


@inside_required
def master_list(request: InsideRequest, noun: str) -> HttpResponse:
    master, query = MASTERS[noun], request.GET.get("q", "")
    labels = [label for _name, label in master.columns]
    context = page_of(request, _searched(master, _rows(master, request.user), query))
    context |= {
        "master": master,
        "q": query,
        "labels": labels,
        "rows": [
            (row, getattr(row, master.code), list(zip(labels, _cells(master, row), strict=True)))
            for row in context["page"]
        ],
        "import_kind": _file(request.user, master),
        "file_query": query_of({"q": query}),
        "may_edit": permissions.may(request.user, master.verb),
    }
    return render(request, "qc/master_list.html", context)


@inside_required
def master_create(request: InsideRequest, noun: str) -> HttpResponse:
    master = MASTERS[noun]
    permissions.require(request.user, master.verb)
    initial = {name: request.GET[name] for name in masters.PARENTS & set(request.GET)}
    form = master.form(request.user, request.POST or None, initial=initial)
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            row = masters.create(request.user, model=master.model, **form.values)
        except Refused as refusal:
            _show(form, refusal)
        else:
            messages.success(request, _("%s is there.") % row)
            return _after(master, row)
    return render(request, "qc/master_form.html", {"master": master, "form": form}, status=status)


@inside_required
def master_edit(request: InsideRequest, noun: str, pk: int) -> HttpResponse:
    master = MASTERS[noun]
    permissions.require(request.user, master.verb)
    row = get_object_or_404(_rows(master, request.user), pk=pk)
    form = master.form(request.user, request.POST or None, instance=row)
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            masters.change(request.user, row=row, seen=form.cleaned_data["seen"], **form.values)
        except Refused as refusal:
            _show(form, refusal)
        else:
            messages.success(request, _("%s is saved.") % row)
            return _after(master, row)
    return render(request, "qc/master_form.html", {"master": master, "form": form, "row": row}, status=status)


def _show(form: master_forms.MasterForm, refusal: Refused) -> None:
    known = {name: text for name, text in refusal.fields.items() if name in form.fields}
    for name, text in known.items():
        form.add_error(name, text)
    if not known:
        form.add_error(None, refusal.message)


def _after(master: Master, row: Any) -> HttpResponse:
    """Shifts and holidays have no page of their own: they stand on their plant's."""
    return redirect(master.page, pk=row.pk) if master.page else redirect("qc:plant-detail", pk=row.plant_id)


@inside_required
@require_POST
def master_remove(request: InsideRequest, noun: str, pk: int) -> HttpResponse:
    """Take a shift or a holiday out of the plant's calendar."""
    row = get_object_or_404(_rows(MASTERS[noun], request.user), pk=pk)
    masters.remove(request.user, row=row)
    messages.success(request, _("%s is taken out.") % row)
    return redirect("qc:plant-detail", pk=row.plant_id)


@inside_required
def master_detail(request: InsideRequest, noun: str, pk: int) -> HttpResponse:
    master = MASTERS[noun]
    row = get_object_or_404(_rows(master, request.user), pk=pk)
    return render(request, "qc/master_detail.html", {"master": master, "row": row} | about(request.user, master, row))


def about(user: User, master: Master, row: Any) -> dict[str, Any]:
    """What a page says of a master record: its facts, what was found there, and what is around it."""
    rows = Defect.objects.visible_to(user)
    latest = rows.filter(**{master.defects: row}).select_related(*PLACES)[:LATEST]
    uses = LotUse.objects.visible_to(user).select_related("line")
    labels = (label for _name, label in master.columns)
    return {
        "code": getattr(row, master.code),
        "import_kind": _file(user, master),
        "facts": list(zip(labels, _cells(master, row), strict=True)),
        "uses": uses.filter(supplier_lot=row) if master.noun == "lot" else None,
        "trace": lot_traces.of_lots(user, [row])[row.pk] if master.noun == "lot" else None,
        "findings": _findings(user, master, row),
        "rows": with_findings(user, list(latest)),
        **around(user, master, row),
    }


def around(user: User, master: Master, row: Any) -> dict[str, Any]:
    """What hangs below a master record, who changed it, and whether this person may."""
    return {
        "below": [(MASTERS[noun], _below(user, MASTERS[noun], master, row)) for noun in master.below],
        "events": Event.objects.visible_to(user).about(row).select_related("by", "plant")[:LATEST],
        "may_edit": permissions.may(user, master.verb),
        "may_edit_below": permissions.may(user, "master.edit"),
    }


def _below(user: User, kind: Master, parent: Master, row: Any) -> list[tuple[Any, Any]]:
    rows = _rows(kind, user).filter(**{kind.parent if parent.noun != "plant" else "plant": row})[:200]
    return [(each, getattr(each, kind.code)) for each in rows]


def _findings(user: User, master: Master, row: Any) -> list[Finding]:
    if not master.where:
        return []
    rows = Finding.objects.visible_to(user).current().filter(**{f"where__{master.where}": getattr(row, master.code)})
    plant = masters.plant_of(row)
    rows = rows.filter(plant=plant) if plant else rows
    return list(rows.exclude(decision="dismissed").select_related("plant", "defect_type")[:8])
