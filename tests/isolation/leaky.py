"""Views that do what must not be done, to prove that the isolation test finds it."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.db import models
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseForbidden
from django.urls import include, path

from qc.models import Attachment, Comment, Defect, Nonconformance
from qc.permissions import is_inside
from suppliers.models import CorrectiveActionRequest, Message
from tests.isolation.access import STAFF, SUPPLIERS


def honest(request: HttpRequest, pk: int) -> HttpResponse:
    defect = Defect.objects.visible_to(request.user).filter(pk=pk).first()
    if not is_inside(request.user) or defect is None:
        raise Http404
    return HttpResponse(defect.note)


def ignores_the_scope(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse(Defect.objects.get(pk=pk).note)


def lists_everything(request: HttpRequest) -> HttpResponse:
    return HttpResponse(" ".join(Nonconformance.objects.values_list("title", flat=True)))


def tells_in_a_header(request: HttpRequest) -> HttpResponse:
    answer = HttpResponse("nothing")
    answer["X-Cases"] = ",".join(Nonconformance.objects.values_list("title", flat=True))
    return answer


def hands_out_files(request: HttpRequest, pk: int) -> HttpResponseBase:
    data = Attachment.objects.get(pk=pk).file.read()
    return FileResponse(ContentFile(data), filename="file.pdf")


def writes_to_foreign_cases(request: HttpRequest) -> HttpResponse:
    Nonconformance.objects.filter(pk=request.POST.get("case")).update(close_reason="overwritten")
    return HttpResponse("done")


def attaches_to_foreign_requests(request: HttpRequest, pk: int) -> HttpResponse:
    if request.method == "POST":
        Message.objects.create(request_id=pk, text="hello", by=request.user)  # type: ignore[misc]
    raise Http404


def writes_about_foreign_subjects(request: HttpRequest, pk: int) -> HttpResponse:
    if request.method == "POST":
        Comment.objects.create(subject_label="qc.nonconformance", subject_pk=pk, text="x", by=request.user)  # type: ignore[misc]
    raise Http404


def betrays_existence(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponseForbidden("this is another supplier's")


def shows_our_notes_to_the_supplier(request: HttpRequest, pk: int) -> HttpResponse:
    row = CorrectiveActionRequest.objects.visible_to(request.user).filter(pk=pk).first()
    if row is None:
        raise Http404
    return HttpResponse(row.nonconformance.description)


def breaks(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


@dataclass(frozen=True)
class Planted:
    """A leak, who meets it, and a word of the fault that must be reported."""

    name: str
    role: str
    says: str
    who: frozenset[str] = STAFF
    row: type[models.Model] | None = None


PLANTED = [
    Planted("ignores_the_scope", "inspector", "shows qc.Defect.note", row=Defect),
    Planted("lists_everything", "engineer", "shows qc.Nonconformance.title"),
    Planted("tells_in_a_header", "plant_manager", "shows qc.Nonconformance.title"),
    Planted("hands_out_files", "inspector", "shows qc.Attachment.file", row=Attachment),
    Planted("writes_to_foreign_cases", "inspector", "was changed"),
    Planted("attaches_to_foreign_requests", "acme", "points at the other world", SUPPLIERS, CorrectiveActionRequest),
    Planted("writes_about_foreign_subjects", "engineer", "points at the other world", row=Nonconformance),
    Planted("betrays_existence", "rival", "does not exist for this person", SUPPLIERS, CorrectiveActionRequest),
    Planted("shows_our_notes_to_the_supplier", "acme", "shows qc.Nonconformance", SUPPLIERS, CorrectiveActionRequest),
    Planted("breaks", "manager", "ZeroDivisionError"),
]
VIEWS = {view.__name__: view for view in (
    honest, ignores_the_scope, lists_everything, tells_in_a_header, hands_out_files, writes_to_foreign_cases,
    attaches_to_foreign_requests, writes_about_foreign_subjects, betrays_existence, shows_our_notes_to_the_supplier,
    breaks,
)}  # fmt: skip
WITH_A_ROW = {planted.name for planted in PLANTED if planted.row} | {"honest"}

urlpatterns = [
    *(path(f"{name}/<int:pk>/" if name in WITH_A_ROW else f"{name}/", view, name=name) for name, view in VIEWS.items()),
    path("", include("qc.urls")),
]
