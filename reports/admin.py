"""Reports in the admin: for looking; the verbs are services."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from reports.models import Delivery, Recipient, Report, Schedule


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that only services write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Schedule)
class ScheduleAdmin(ReadOnly):
    list_display = ["name", "plant", "weekday", "local_time", "is_active", "due_at", "parked_at"]
    list_filter = ["plant", "is_active"]
    list_select_related = ["plant"]


@admin.register(Recipient)
class RecipientAdmin(ReadOnly):
    list_display = ["schedule", "user", "unsubscribed_at"]
    list_select_related = ["schedule", "user"]


@admin.register(Report)
class ReportAdmin(ReadOnly):
    list_display = ["title", "plant", "slot_at", "produced_at"]
    list_filter = ["plant"]
    list_select_related = ["plant"]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    list_display = ["report", "recipient", "due_at", "sent_at", "parked_at", "error"]
    list_select_related = ["report", "recipient__user"]
