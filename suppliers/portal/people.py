"""The supplier's own people: who is there, invited by the own administrator; one's own language and backup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qc import clock
from qc.models import User
from qc.web.refusals import submit
from suppliers.models import AccessLink, ContactCard
from suppliers.portal.access import OutsideRequest, account_required
from suppliers.services import contacts, links

if TYPE_CHECKING:
    _PersonField = forms.ModelChoiceField[User]
else:
    _PersonField = forms.ModelChoiceField  # not generic when it runs

LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LATEST_LINKS = 20


class OwnForm(forms.Form):
    """What everybody chooses alone."""

    language = forms.ChoiceField(label=gettext_lazy("Language of pages and e-mails"), choices=LANGUAGES)
    backup = _PersonField(
        User.objects.none(),
        label=gettext_lazy("Who stands in"),
        help_text=gettext_lazy("Gets the e-mails when they do not reach the person."),
        empty_label=gettext_lazy("Nobody"),
        required=False,
    )

    def __init__(self, viewer: User, person: User | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = contacts.colleagues(viewer).filter(is_active=True)
        rows = others.exclude(pk=person.pk) if person else others
        self.fields["backup"].queryset = rows  # type: ignore[attr-defined]


class ChangeForm(OwnForm):
    """What the administrator says of a colleague."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=150)
    function = forms.ChoiceField(label=gettext_lazy("Works in"), choices=ContactCard.Function.choices)
    is_admin = forms.BooleanField(
        label=gettext_lazy("Administrator"),
        help_text=gettext_lazy("Invites colleagues, stops them, and ends links."),
        required=False,
    )
    field_order = ["name", "email", "function", "language", "backup", "is_admin"]


class InviteForm(ChangeForm):
    """A new colleague."""

    email = forms.EmailField(label=gettext_lazy("E-mail"), help_text=gettext_lazy("This is the login, too."))


def _sent(request: OutsideRequest) -> Any:
    """What was sent, be it nothing at all; None when the page is only read."""
    return request.POST if request.method == "POST" else None


def _colleague(request: OutsideRequest, user_id: int) -> User:
    """One of the own people, for an administrator; a 404 for everybody else."""
    if not contacts.cares_for_contacts(request.user):
        raise Http404
    return get_object_or_404(contacts.colleagues(request.user), pk=user_id)


@require_safe
@account_required
def contact_list(request: OutsideRequest) -> HttpResponse:
    opened = AccessLink.objects.visible_to(request.user).select_related("request__plant", "user", "revoked_by")
    context = {
        "people": contacts.colleagues(request.user),
        "may_care": contacts.cares_for_contacts(request.user),
        "links": opened.usable(at=clock.now())[:LATEST_LINKS],
    }
    return render(request, "suppliers/portal/contact_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@account_required
def contact_invite(request: OutsideRequest) -> HttpResponse:
    if not contacts.cares_for_contacts(request.user):
        raise Http404
    form = InviteForm(request.user, None, _sent(request), initial={"language": request.user.language})
    if form.is_bound and form.is_valid():
        person = submit(form, lambda: contacts.invite(request.user, **form.cleaned_data))
        if person is not None:
            messages.success(request, _("%(email)s gets an e-mail to set a password.") % {"email": person.email})
            return redirect("portal:contact-list")
    context = {"form": form, "title": _("Invite a colleague")}
    return render(request, "suppliers/portal/contact_form.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@account_required
def contact_detail(request: OutsideRequest, user_id: int) -> HttpResponse:
    person = _colleague(request, user_id)
    form = ChangeForm(request.user, person, _sent(request), initial=_values(person))
    if form.is_bound and form.is_valid():
        changed = submit(form, lambda: contacts.change(request.user, user=person, **form.cleaned_data))
        if changed is not None:
            messages.success(request, _("%(name)s is saved.") % {"name": changed})
            return redirect("portal:contact-list")
    context = {"form": form, "person": person, "title": str(person)}
    return render(request, "suppliers/portal/contact_form.html", context, status=422 if form.is_bound else 200)


def _values(person: User) -> dict[str, Any]:
    card = getattr(person, "contact_card", None)
    return {
        "name": person.get_full_name() or person.username,
        "function": card.function if card else ContactCard.Function.QUALITY,
        "language": person.language,
        "backup": person.backup_id,
        "is_admin": person.is_supplier_admin,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@account_required
def own_settings(request: OutsideRequest) -> HttpResponse:
    person = request.user
    initial = {"language": person.language, "backup": person.backup_id}
    form = OwnForm(person, person, _sent(request), initial=initial)
    if form.is_bound and form.is_valid():
        if submit(form, lambda: contacts.set_own(person, **form.cleaned_data)) is not None:
            messages.success(request, _("Saved."))
            return redirect("portal:own-settings")
    return render(request, "suppliers/portal/own_settings.html", {"form": form}, status=422 if form.is_bound else 200)


@require_POST
@account_required
def contact_invite_again(request: OutsideRequest, user_id: int) -> HttpResponse:
    person = contacts.invite_again(request.user, user=_colleague(request, user_id))
    messages.success(request, _("%(email)s gets an e-mail to set a password.") % {"email": person.email})
    return redirect("portal:contact-list")


@require_POST
@account_required
def contact_stop(request: OutsideRequest, user_id: int) -> HttpResponse:
    person = contacts.stop(request.user, user=_colleague(request, user_id))
    messages.success(
        request, _("%(name)s cannot log in any more, and no link of this person works.") % {"name": person}
    )
    return redirect("portal:contact-list")


@require_POST
@account_required
def contact_start(request: OutsideRequest, user_id: int) -> HttpResponse:
    person = contacts.start(request.user, user=_colleague(request, user_id))
    messages.success(request, _("%(name)s can log in again.") % {"name": person})
    return redirect("portal:contact-list")


@require_POST
@account_required
def link_revoke(request: OutsideRequest, pk: int) -> HttpResponse:
    link = get_object_or_404(AccessLink.objects.visible_to(request.user), pk=pk)
    links.revoke(request.user, link=link)
    messages.success(request, _("The link does not work any more."))
    return redirect("portal:contact-list")
