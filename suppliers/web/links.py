"""Links to one request for a supplier's contact: made here, shown once, ended here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from qc.models import Supplier, User
from qc.web.access import InsideRequest, inside_required, role_required
from qc.web.refusals import submit
from suppliers.models import AccessLink
from suppliers.services import access, links
from suppliers.web.forms import ContactField
from suppliers.web.rows import the_request


class LinkForm(forms.Form):
    """For whom, and for how long."""

    contact = ContactField(User.objects.none(), label=gettext_lazy("Contact"))
    days = forms.IntegerField(
        label=gettext_lazy("Days that it works"), min_value=1, max_value=links.LONGEST, initial=links.USUAL
    )

    def __init__(self, supplier: Supplier, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].queryset = access.contacts(supplier)  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("request.message")
@never_cache
def link_create(request: InsideRequest, pk: int) -> HttpResponse:
    """The link is shown on the answer to the post, this once."""
    row = the_request(request.user, pk)
    form = LinkForm(
        row.supplier, request.POST if request.method == "POST" else None, initial={"contact": row.contact_id}
    )
    made = None
    if form.is_bound and form.is_valid():
        made = submit(form, lambda: links.create(request.user, request=row, **form.cleaned_data))
    url = f"{settings.SITE_URL.rstrip('/')}{links.path_of(made[1])}" if made else ""
    context = {"row": row, "form": form, "link": made[0] if made else None, "url": url}
    status = 422 if form.is_bound and made is None else 200
    return render(request, "suppliers/link_form.html", context, status=status)


@require_POST
@inside_required
def link_revoke(request: InsideRequest, pk: int) -> HttpResponse:
    link = links.revoke(request.user, link=get_object_or_404(AccessLink.objects.visible_to(request.user), pk=pk))
    messages.success(request, _("The link does not work any more."))
    return redirect("suppliers:request-detail", link.request_id)
