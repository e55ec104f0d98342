"""Integrations: which machines may send records, with which tokens, and what became of their last calls."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Max, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from qc import clock
from qc.errors import Refused
from qc.models import ApiCall, ApiToken, Integration, Plant, User
from qc.services import integrations, tokens
from qc.web.access import InsideRequest, role_required
from qc.web.fields import Reason
from qc.web.lists import page_of

LAST_CALLS = 50


class PlantsForm(forms.Form):
    plants = forms.ModelMultipleChoiceField(
        Plant.objects.none(), label=gettext_lazy("Plants"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plants"].queryset = Plant.objects.visible_to(user)  # type: ignore[attr-defined]


class IntegrationForm(PlantsForm):
    username = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=64,
        help_text=gettext_lazy("Small letters, digits, dots or hyphens, such as vision-smt1. Records carry it."),
    )
    field_order = ["username", "plants"]


class TokenForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("What it is for"), max_length=80)
    scope = forms.ChoiceField(label=gettext_lazy("It may"), choices=ApiToken.Scope.choices, initial="write")
    days = forms.IntegerField(
        label=gettext_lazy("Days that it lives"), min_value=1, max_value=tokens.LONGEST, initial=tokens.LONGEST
    )


class StopForm(forms.Form):
    reason = Reason()


def _one(request: InsideRequest, pk: int) -> Integration:
    rows = Integration.objects.visible_to(request.user).prefetch_related("plants")
    integration: Integration = get_object_or_404(rows, pk=pk)
    return integration


@role_required("system.manage")
def integration_list(request: InsideRequest) -> HttpResponse:
    living = Q(api_tokens__revoked_at__isnull=True, api_tokens__expires_at__gt=clock.now())
    rows = Integration.objects.visible_to(request.user).prefetch_related("plants")
    rows = rows.annotate(tokens=Count("api_tokens", filter=living), last_used_at=Max("api_tokens__last_used_at"))
    rows = rows.order_by("username")
    return render(request, "qc/integration_list.html", page_of(request, rows))


@role_required("system.manage")
def integration_create(request: InsideRequest) -> HttpResponse:
    form = IntegrationForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = integrations.create(request.user, **form.cleaned_data)
        except Refused as refusal:
            for name, text in refusal.fields.items():
                form.add_error(name, text)
        else:
            return redirect("qc:integration-detail", pk=made.pk)
    return render(request, "qc/integration_form.html", {"form": form}, status=422 if form.is_bound else 200)


@role_required("system.manage")
def integration_detail(request: InsideRequest, pk: int) -> HttpResponse:
    return render(request, "qc/integration_detail.html", _page(request, _one(request, pk)))


def _page(request: InsideRequest, integration: Integration, **more: Any) -> dict[str, Any]:
    own = ApiToken.objects.visible_to(request.user).filter(user=integration)
    recent = ApiCall.objects.visible_to(request.user).filter(token__user=integration).select_related("token")
    errors_only = request.GET.get("errors") == "1"
    if errors_only:
        recent = recent.filter(Q(status__gte=400) | Q(refused__gt=0))
    return {
        "integration": integration,
        "plants": integration.plants.all(),
        "tokens": own,
        "now": clock.now(),
        "calls": recent[:LAST_CALLS],
        "errors_only": errors_only,
        "token_form": TokenForm(),
        "plants_form": PlantsForm(request.user, initial={"plants": integration.plants.all()}),
        "stop_form": StopForm(),
        **more,
    }


def _again(request: InsideRequest, integration: Integration, sent: str, form: forms.Form) -> HttpResponse:
    """The page once more, with the form that was refused open and its errors beside the fields."""
    context = _page(request, integration, sent=sent, **{f"{sent}_form": form})
    return render(request, "qc/integration_detail.html", context, status=422)


@role_required("system.manage")
@require_POST
@never_cache
def integration_token(request: InsideRequest, pk: int) -> HttpResponse:
    """Make a token and show its secret, this once."""
    integration, form = _one(request, pk), TokenForm(request.POST)
    if not form.is_valid():
        return _again(request, integration, "token", form)
    try:
        token, secret = tokens.create(request.user, user=integration, **form.cleaned_data)
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return _again(request, integration, "token", form)
    return render(request, "qc/integration_token.html", {"integration": integration, "token": token, "secret": secret})


@role_required("system.manage")
@require_POST
def integration_move(request: InsideRequest, pk: int) -> HttpResponse:
    integration, form = _one(request, pk), PlantsForm(request.user, request.POST)
    if not form.is_valid():
        return _again(request, integration, "plants", form)
    integrations.move(request.user, integration=integration, plants=form.cleaned_data["plants"])
    messages.success(request, _("Its plants are saved."))
    return redirect("qc:integration-detail", pk=pk)


@role_required("system.manage")
@require_POST
def integration_stop(request: InsideRequest, pk: int) -> HttpResponse:
    integration, form = _one(request, pk), StopForm(request.POST)
    if not form.is_valid():
        return _again(request, integration, "stop", form)
    integrations.stop(request.user, integration=integration, reason=form.cleaned_data["reason"])
    messages.success(request, _("%s is stopped: its tokens let nobody in.") % integration)
    return redirect("qc:integration-detail", pk=pk)


@role_required("system.manage")
@require_POST
def integration_start(request: InsideRequest, pk: int) -> HttpResponse:
    integrations.start(request.user, integration=_one(request, pk))
    messages.success(request, _("It may send records again."))
    return redirect("qc:integration-detail", pk=pk)


@role_required("system.manage")
@require_POST
def token_revoke(request: InsideRequest, pk: int) -> HttpResponse:
    """End a token at once."""
    token = get_object_or_404(ApiToken.objects.visible_to(request.user).filter(user__role=User.Role.INTEGRATION), pk=pk)
    tokens.revoke(request.user, token=token)
    messages.success(request, _("The token %s lets nobody in any more.") % token)
    return redirect("qc:integration-detail", pk=token.user_id)
