"""Imports: drop a file, look at what it would change, correct, apply, undo."""

from __future__ import annotations

import io
import re
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from qc import permissions
from qc.ingest.kinds import KINDS
from qc.models import DuplicatePolicy, Import, ImportProblem
from qc.services import files, imports
from qc.services.imports import outputs, showing
from qc.web.access import InsideRequest, inside_required, role_required
from qc.web.import_forms import ImportForm, ImportMapForm, ImportUndoForm, kinds_for
from qc.web.lists import page_of
from qc.web.refusals import submit

TABS = ("errors", "doubles", "new", "changed", "same")
CREATED = {
    "line": gettext_lazy("lines"),
    "station": gettext_lazy("stations"),
    "machine": gettext_lazy("machines"),
    "supplier": gettext_lazy("suppliers"),
    "part": gettext_lazy("parts"),
    "supplier_lot": gettext_lazy("lots"),
    "product": gettext_lazy("products"),
    "defect_type": gettext_lazy("defect codes"),
}
FIX = re.compile(r"fix-([0-9]{1,6})", re.ASCII)
FEW = 8


@role_required("import.read")
def import_list(request: InsideRequest) -> HttpResponse:
    context = page_of(request, outputs.past(request.user))
    if kinds_for(request.user):
        context["form"] = ImportForm(request.user, initial={"kind": request.GET.get("kind")})
    return render(request, "qc/import_list.html", context | {"kinds": kinds_for(request.user)})


@role_required("import.read")
def import_create(request: InsideRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect("qc:import-list")
    form = ImportForm(request.user, request.POST, request.FILES)
    row = submit(form, lambda: imports.upload(request.user, **form.cleaned_data)) if form.is_valid() else None
    if row is None:
        context = page_of(request, outputs.past(request.user)) | {"kinds": kinds_for(request.user)}
        return render(request, "qc/import_list.html", context | {"form": form}, status=422)
    return redirect("qc:import-detail", pk=row.pk)


@role_required("import.read")
def import_detail(request: InsideRequest, pk: int) -> HttpResponse:
    return render(request, "qc/import_detail.html", _page(request, _row(request, pk)))


def _row(request: InsideRequest, pk: int) -> Import:
    return get_object_or_404(outputs.past(request.user), pk=pk)  # type: ignore[no-any-return]


def _page(request: InsideRequest, row: Import, form: ImportMapForm | None = None) -> dict[str, Any]:
    """Everything that the page of an import shows at the step where it is."""
    may_edit = permissions.may(request.user, imports.permission(row.kind))
    context: dict[str, Any] = {"row": row, "may_edit": may_edit, "undo": ImportUndoForm()}
    if row.status in (Import.Status.READY, Import.Status.ASKING, Import.Status.REFUSED) and row.columns and may_edit:
        context["form"] = form or ImportMapForm(request.user, row)
    if row.status in (Import.Status.READING, Import.Status.ASKING, Import.Status.REFUSED) or not row.rows:
        return context
    counts = {"errors": row.errors, "doubles": row.answers.get("doubles", 0), "new": row.new}
    counts |= {"changed": row.changed, "same": row.same}
    show = request.GET.get("show")
    show = show if show in TABS else next((tab for tab in TABS if counts[tab]), "new")
    context |= {"counts": counts, "show": show, "to_save": row.new + row.changed}
    context["before"] = _before(request, row)
    if show == "errors":
        context |= page_of(request, ImportProblem.objects.visible_to(request.user).filter(file=row))
        context["missing"] = [
            (kind, CREATED[kind], names[:FEW], len(names)) for kind, names in showing.missing(row).items()
        ]
    elif not row.is_working:
        context["rows"] = _shown(request, row, show)
    return context


def _shown(request: InsideRequest, row: Import, show: str) -> showing.PageOfRows:
    text = request.GET.get("page", "")
    number = int(text) if re.fullmatch(r"\d{1,6}", text) else 1
    if show == "doubles":
        return showing.doubles(request.user, row, number)
    return showing.page(request.user, row, show, number)


def _before(request: InsideRequest, row: Import) -> Import | None:
    """The same file, applied earlier."""
    same = Import.objects.visible_to(request.user).filter(sha256=row.sha256, kind=row.kind, status="applied")
    return same.exclude(pk=row.pk).order_by("-applied_at").first()


@role_required("import.read")
@require_POST
def import_map(request: InsideRequest, pk: int) -> HttpResponse:
    row = _row(request, pk)
    permissions.require(request.user, imports.permission(row.kind))
    form = ImportMapForm(request.user, row, request.POST)
    if form.is_valid():
        data = form.cleaned_data
        mapping, revision = {name: heading for name, heading in data["mapping"].items()}, data["revision"]
        done = submit(
            form,
            lambda: imports.answer(request.user, file=row, mapping=mapping, answers=form.answers(), revision=revision),
        )
        if done:
            return redirect("qc:import-detail", pk=pk)
    return render(request, "qc/import_detail.html", _page(request, row, form), status=422)


@role_required("import.read")
@require_POST
def import_fix(request: InsideRequest, pk: int) -> HttpResponse:
    """Values typed in place of wrong ones, or leave to create what is not known."""
    row, revision = _row(request, pk), _number(request.POST.get("revision"))
    if "create" in request.POST:
        create = {*row.answers.get("create", ()), *request.POST.getlist("create")}
        imports.answer(request.user, file=row, create=create, revision=revision)
    else:
        values = {int(found[1]): request.POST[name] for name in request.POST if (found := FIX.fullmatch(name))}
        imports.fix(request.user, file=row, values=values, revision=revision)
    return redirect("qc:import-detail", pk=pk)


def _number(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) else None


@role_required("import.read")
@require_POST
def import_apply(request: InsideRequest, pk: int) -> HttpResponse:
    revision, chosen = (
        _number(request.POST.get("revision")),
        request.POST.get("of_doubles", DuplicatePolicy.Action.MARK),
    )
    imports.apply(request.user, file=_row(request, pk), revision=revision, of_doubles=chosen)
    return redirect("qc:import-detail", pk=pk)


@role_required("import.read")
@require_POST
def import_undo(request: InsideRequest, pk: int) -> HttpResponse:
    imports.undo(request.user, file=_row(request, pk), reason=request.POST.get("reason", ""))
    return redirect("qc:import-detail", pk=pk)


@role_required("import.read")
def import_errors(request: InsideRequest, pk: int) -> HttpResponseBase:
    """The rows with errors as a file, to be corrected and sent again."""
    row = _row(request, pk)
    if row.status not in (Import.Status.READY, Import.Status.APPLIED) or not row.errors:
        messages.info(request, _("There are no rows with errors to download."))
        return redirect("qc:import-detail", pk=pk)
    content, ending = outputs.error_rows(row)
    return _file(content, f"{row.name.rpartition('.')[0] or row.name} errors.{ending}")


@inside_required
def import_template(request: InsideRequest, kind: str) -> HttpResponseBase:
    """An empty file of a kind with one row as an example."""
    if kind not in KINDS:
        raise Http404
    return _file(outputs.template(kind), f"{kind}.csv")


def _file(content: bytes, name: str) -> FileResponse:
    kind = "text/csv; charset=utf-8" if name.endswith(".csv") else files.XLSX
    answer = FileResponse(io.BytesIO(content), as_attachment=True, filename=name, content_type=kind)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, no-store"
    return answer
