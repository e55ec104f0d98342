"""People: who has an account, with which role and plants; suppliers' contacts among them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from qc import permissions
from qc.errors import Refused
from qc.models import Event, Plant, Supplier, User
from qc.services import accounts, people
from qc.web.access import InsideRequest, role_required
from qc.web.fields import Reason
from qc.web.lists import CodeChoice, page_of

LATEST = 20


class PersonForm(forms.Form):
    first_name = forms.CharField(label=gettext_lazy("First name"), max_length=150, required=False)
    last_name = forms.CharField(label=gettext_lazy("Last name"), max_length=150, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=[("en", "English"), ("de", "Deutsch")])


class StaffForm(PersonForm):
    username = forms.CharField(label=gettext_lazy("User name"), max_length=150)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=[(role.value, role.label) for role in accounts.ROLES])
    plants = forms.ModelMultipleChoiceField(
        Plant.objects.none(), label=gettext_lazy("Plants"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("For inspectors, engineers and plant managers. The other roles read every plant."),
    )  # fmt: skip
    is_mrb_member = forms.BooleanField(label=gettext_lazy("Signs in material review"), required=False)
    mrb_function = forms.ChoiceField(
        label=gettext_lazy("Signs for"),
        choices=[("", gettext_lazy("Not said")), *User.BoardFunction.choices],
        required=False,
        help_text=gettext_lazy("Use as is and repair need two signatures, one of them for engineering."),
    )
    is_supplier_quality_engineer = forms.BooleanField(label=gettext_lazy("Looks after suppliers"), required=False)
    field_order = ["username", "role", "plants"]

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plants"].queryset = Plant.objects.visible_to(user)  # type: ignore[attr-defined]


class ContactForm(PersonForm):
    username = forms.CharField(label=gettext_lazy("User name"), max_length=150)
    supplier = CodeChoice(Supplier, label=gettext_lazy("Supplier"))
    email = forms.EmailField(label=gettext_lazy("E-mail"))
    is_supplier_admin = forms.BooleanField(label=gettext_lazy("Administrator at the supplier"), required=False)
    field_order = ["supplier", "username", "first_name", "last_name", "email"]

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["supplier"].scope(user)  # type: ignore[attr-defined]


class StopForm(forms.Form):
    reason = Reason()


@role_required("contact.edit")
def account_list(request: InsideRequest) -> HttpResponse:
    rows, query = people.cared_for(request.user), request.GET.get("q", "").replace("\x00", "").strip()[:100]
    if query:
        named = Q(username__icontains=query) | Q(first_name__icontains=query) | Q(last_name__icontains=query)
        rows = rows.filter(named | Q(email__icontains=query) | Q(supplier__name__icontains=query))
    context = page_of(request, rows.select_related("supplier").prefetch_related("plants")) | {"q": query}
    return render(request, "qc/account_list.html", context)


@role_required("contact.edit")
@never_cache
def account_create(request: InsideRequest, kind: str) -> HttpResponse:
    """A colleague or a supplier's contact. The password is shown on the next page, this once."""
    permissions.require(request.user, "contact.edit" if kind == "contact" else "system.manage")
    fresh: type[StaffForm | ContactForm] = ContactForm if kind == "contact" else StaffForm
    form = fresh(request.user, request.POST or None, initial={"supplier": request.GET.get("supplier")})
    if form.is_bound and form.is_valid():
        values = {"role": User.Role.SUPPLIER, **form.cleaned_data}
        try:
            user, password = accounts.create(request.user, **values)
        except Refused as refusal:
            _show(form, refusal)
        else:
            return render(request, "qc/account_password.html", {"person": user, "password": password})
    context = {"form": form, "kind": kind}
    return render(request, "qc/account_form.html", context, status=422 if form.is_bound else 200)


def _show(form: forms.Form, refusal: Refused) -> None:
    for name, text in (refusal.fields or {"": refusal.message}).items():
        form.add_error(name if name in form.fields else None, text)


def _form_of(request: InsideRequest, person: User, sent: Any = None) -> StaffForm | ContactForm:
    names = (*accounts.WORDS, *accounts.FLAGS, "role")
    initial = {name: getattr(person, name) for name in names} | {"plants": person.plants.all()}
    fresh: type[StaffForm | ContactForm] = ContactForm if person.is_outside else StaffForm
    form = fresh(request.user, sent, initial=initial)
    for name in {"username", "supplier"} & set(form.fields):
        del form.fields[name]
    if person == request.user:
        del form.fields["role"]
    return form


@role_required("contact.edit")
def account_detail(request: InsideRequest, pk: int) -> HttpResponse:
    """One account: its form, who changed it, and the steps that end or renew it."""
    person = get_object_or_404(people.cared_for(request.user), pk=pk)
    form = _form_of(request, person, request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            accounts.change(request.user, user=person, **form.cleaned_data)
        except Refused as refusal:
            _show(form, refusal)
        else:
            messages.success(request, _("%s is saved.") % person)
            return redirect("qc:account-detail", pk=pk)
    return _page(request, person, form=form)


def _page(request: InsideRequest, person: User, **more: Any) -> HttpResponse:
    context = {
        "person": person,
        "form": more.get("form") or _form_of(request, person),
        "stop_form": StopForm(),
        "events": Event.objects.visible_to(request.user).about(person).select_related("by", "plant")[:LATEST],
        **{name: value for name, value in more.items() if name != "form"},
    }
    return render(request, "qc/account_detail.html", context, status=422 if request.method == "POST" else 200)


@role_required("contact.edit")
@require_POST
def account_stop(request: InsideRequest, pk: int) -> HttpResponse:
    person, form = get_object_or_404(people.cared_for(request.user), pk=pk), StopForm(request.POST)
    if form.is_valid():
        accounts.stop(request.user, user=person, reason=form.cleaned_data["reason"])
        messages.success(request, _("%s cannot log in any more.") % person)
        return redirect("qc:account-detail", pk=pk)
    return _page(request, person, stop_form=form, sent="stop")


@role_required("contact.edit")
@require_POST
def account_start(request: InsideRequest, pk: int) -> HttpResponse:
    accounts.start(request.user, user=get_object_or_404(people.cared_for(request.user), pk=pk))
    messages.success(request, _("The account lets its person in again."))
    return redirect("qc:account-detail", pk=pk)


@role_required("contact.edit")
@require_POST
@never_cache
def account_password(request: InsideRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(people.cared_for(request.user), pk=pk)
    password = accounts.new_password(request.user, user=person)
    return render(request, "qc/account_password.html", {"person": person, "password": password})
