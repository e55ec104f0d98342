"""Questions and answers: the messages of a request, and the form to write one."""

from __future__ import annotations

from django import forms
from django.contrib import messages as notes
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from qc.web.refusals import submit
from suppliers.models import CorrectiveActionRequest
from suppliers.portal.access import OutsideRequest, own_request, supplier_required
from suppliers.portal.forms import ManyFiles
from suppliers.services import messages
from suppliers.shown import thread_of


class MessageForm(forms.Form):
    """It only carries what was typed and chosen: the verb judges it."""

    use_required_attribute = False
    text = forms.CharField(
        label=gettext_lazy("Ask or tell us something"),
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": messages.LONGEST_MESSAGE}),
        strip=False,
    )
    files = forms.FileField(  # type: ignore[assignment]  # a field that is called like the form's files
        label=gettext_lazy("Photos and files"),
        help_text=gettext_lazy("PNG, JPEG, PDF, XLSX, CSV or text, at most 10 MB each. Several at once are fine."),
        widget=ManyFiles,
        required=False,
    )

    def uploads(self) -> list[UploadedFile[bytes]]:
        """The files that came with it."""
        chosen = self.files.getlist("files") if hasattr(self.files, "getlist") else []
        return [upload for upload in chosen if upload]


@require_safe
@supplier_required
def request_messages(request: OutsideRequest, pk: int) -> HttpResponse:
    row = own_request(request.user, pk)
    answer = _page(request, row, MessageForm())
    messages.mark_read(request.user, request=row)
    return answer


@require_POST
@supplier_required
def request_message(request: OutsideRequest, pk: int) -> HttpResponse:
    row, form = own_request(request.user, pk), MessageForm(request.POST, request.FILES)
    form.full_clean()
    form.errors.clear()  # the verb judges, in one place for all doors
    text = request.POST.get("text", "")
    if submit(form, lambda: messages.send_message(request.user, request=row, text=text, files=form.uploads())) is None:
        return _page(request, row, form, status=422)
    notes.success(request, _("Sent."))
    return redirect("portal:request-messages", pk)


def _page(request: OutsideRequest, row: CorrectiveActionRequest, form: MessageForm, status: int = 200) -> HttpResponse:
    context = {
        "row": row,
        "thread": list(thread_of(request.user, row)),
        "new": messages.unread(request.user, [row.pk]).get(row.pk, 0),
        "form": form if row.status != "cancelled" else None,
    }
    return render(request, "suppliers/portal/request_messages.html", context, status=status)
