"""Who gets what and when: the list, the form, a preview, and sending at once."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.db.models import Max, Prefetch
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qc import clock
from qc.models import Plant, User
from qc.web.access import InsideRequest, inside_required, role_required
from qc.web.lists import CodeChoice, page_of
from qc.web.refusals import submit
from reports import slots, summaries
from reports.layouts import weekly
from reports.models import Delivery, Recipient, Schedule
from reports.services import schedules


class ScheduleForm(forms.Form):
    """A weekly summary: of what, when, to whom."""

    plant = CodeChoice(Plant, label=gettext_lazy("Plant"))
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, initial=gettext_lazy("Weekly summary"))
    weekday = forms.TypedChoiceField(
        label=gettext_lazy("Day"),
        choices=Schedule.Weekday.choices,
        coerce=int,
        help_text=gettext_lazy("It reports on the seven days before; on a Monday that is the calendar week."),
    )
    local_time = forms.TimeField(
        label=gettext_lazy("Time"),
        initial="07:00",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=gettext_lazy("In the plant's time zone."),
    )
    recipients = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label=gettext_lazy("Who gets it"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Each gets a mail with the report and its PDF."),
    )
    is_active = forms.BooleanField(label=gettext_lazy("Active"), required=False, initial=True)

    def __init__(self, user: User, *args: Any, schedule: Schedule | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = cast("forms.ModelMultipleChoiceField[User]", self.fields["recipients"])
        people.queryset = schedules.readers(user, schedule.plant if schedule else None)
        cast("CodeChoice", self.fields["plant"]).scope(user)
        if schedule is None:
            del self.fields["is_active"]
        else:
            del self.fields["plant"]


@require_safe
@inside_required
def schedule_list(request: InsideRequest) -> HttpResponse:
    """Every schedule with who gets it, when it comes next and when it came last."""
    receiving = Recipient.objects.visible_to(request.user).filter(unsubscribed_at__isnull=True).select_related("user")
    rows = (
        Schedule.objects.visible_to(request.user)
        .select_related("plant")
        .order_by("plant__code", "name")
        .annotate(last_sent_at=Max("reports__deliveries__sent_at"))
        .prefetch_related(Prefetch("recipients", queryset=receiving, to_attr="receiving"))
    )
    unsent = Delivery.objects.visible_to(request.user).filter(sent_at__isnull=True).exclude(error="")
    unsent = unsent.select_related("report__schedule", "recipient__user").order_by("-report__slot_at", "pk")[:20]
    return render(request, "reports/schedule_list.html", page_of(request, rows) | {"unsent": unsent})


@require_http_methods(["GET", "POST"])
@role_required("schedule.edit")
def schedule_create(request: InsideRequest) -> HttpResponse:
    """The form for a new schedule."""
    form = ScheduleForm(request.user, request.POST or None)
    if form.is_valid():
        made = submit(form, lambda: schedules.create(request.user, **form.cleaned_data))
        if made:
            messages.success(request, _("Saved. The first report comes at the time shown below."))
            return redirect("reports:schedule-list")
    return render(request, "reports/schedule_form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@role_required("schedule.edit")
def schedule_edit(request: InsideRequest, pk: int) -> HttpResponse:
    """The form for an existing schedule."""
    schedule = _schedule(request, pk)
    form = ScheduleForm(request.user, request.POST or None, schedule=schedule, initial=_initial(schedule))
    if form.is_valid():
        saved = submit(form, lambda: schedules.update(request.user, schedule=schedule, **form.cleaned_data))
        if saved:
            messages.success(request, _("Saved."))
            return redirect("reports:schedule-list")
    context = {"form": form, "schedule": schedule}
    return render(request, "reports/schedule_form.html", context, status=422 if form.errors else 200)


@require_safe
@role_required("schedule.edit")
def schedule_preview(request: InsideRequest, pk: int) -> HttpResponse:
    """What the report would say now; nothing is stored or sent."""
    schedule = _schedule(request, pk)
    first, last = slots.period(clock.now(), schedule.plant.zone)
    document = weekly.document(summaries.weekly(request.user, schedule.plant, first, last))
    return render(request, "reports/schedule_preview.html", {"schedule": schedule, "document": document})


@require_POST
@role_required("schedule.edit")
def schedule_send(request: InsideRequest, pk: int) -> HttpResponseRedirect:
    """Have the report made and sent at once."""
    schedules.send_now(request.user, schedule=_schedule(request, pk))
    messages.success(request, _("The report is being made. It appears in the list of reports within a minute."))
    return redirect("reports:schedule-list")


@require_POST
@role_required("schedule.edit")
def delivery_retry(request: InsideRequest, pk: int) -> HttpResponseRedirect:
    """Try again to send what was not sent."""
    delivery = get_object_or_404(Delivery.objects.visible_to(request.user), pk=pk)
    schedules.send_again(request.user, delivery=delivery)
    messages.success(request, _("It is tried again."))
    return redirect("reports:schedule-list")


def _schedule(request: InsideRequest, pk: int) -> Schedule:
    return get_object_or_404(Schedule.objects.visible_to(request.user).select_related("plant"), pk=pk)


def _initial(schedule: Schedule) -> dict[str, Any]:
    receiving = schedule.recipients.filter(unsubscribed_at__isnull=True)
    return {
        "name": schedule.name,
        "weekday": schedule.weekday,
        "local_time": schedule.local_time,
        "is_active": schedule.is_active,
        "recipients": list(receiving.values_list("user_id", flat=True)),
    }
