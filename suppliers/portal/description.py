"""Team and problem (D0 to D2): the supplier may say it with the receipt or later."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qc.web.refusals import submit
from suppliers.models import Stage
from suppliers.portal.access import OutsideRequest, own_request, supplier_required
from suppliers.portal.forms import AnswerForm
from suppliers.services import descriptions, requests


@require_http_methods(["GET", "HEAD", "POST"])
@supplier_required
def request_description(request: OutsideRequest, pk: int) -> HttpResponse:
    row = own_request(request.user, pk)
    form = AnswerForm(Stage.Code.ACKNOWLEDGE.value, initial=_said(list(row.stages.all())))
    if request.method == "POST":
        form = AnswerForm(Stage.Code.ACKNOWLEDGE.value, request.POST, request.FILES)
        given, files = form.raw(), form.uploads()
        verb = lambda: requests.describe(request.user, request=row, answers=given, files=files)  # noqa: E731
        if submit(form, verb) is not None:
            messages.success(request, _("Thank you, we have your team and your description."))
            return redirect("portal:request-detail", pk)
    context = {"row": row, "form": form, "may_send": descriptions.may_describe(row)}
    return render(request, "suppliers/portal/description.html", context, status=422 if form.is_bound else 200)


def _said(stages: list[Stage]) -> dict[str, object]:
    """What was said last."""
    versions = [each for stage in stages if stage.code == Stage.Code.ACKNOWLEDGE for each in stage.submissions.all()]
    return next((each.answers for each in versions if each.answers), {})
