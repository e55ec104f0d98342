"""Requests in the admin: to look at. They are changed by their verbs, which keep the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from suppliers.models import AccessLink, CorrectiveActionRequest, Evidence, Message, Scorecard, Stage, Submission

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin  # not generic when it runs


class ReadOnly(_ModelAdmin):
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(CorrectiveActionRequest)
class RequestAdmin(ReadOnly):
    list_display = ["number", "title", "supplier", "plant", "severity", "status", "issued_at"]
    list_filter = ["status", "severity", "plant"]
    list_select_related = ["supplier", "plant"]
    search_fields = ["number", "title"]


@admin.register(Stage)
class StageAdmin(ReadOnly):
    list_display = ["request", "code", "status", "answer_due_at", "due_at", "tries", "parked_at"]
    list_filter = ["status", "code"]
    list_select_related = ["request"]


@admin.register(Submission)
class SubmissionAdmin(ReadOnly):
    list_display = ["stage", "version", "submitted_by", "submitted_at", "decision"]
    list_filter = ["decision"]
    list_select_related = ["stage", "submitted_by"]


@admin.register(Evidence)
class EvidenceAdmin(ReadOnly):
    list_display = ["name", "request", "stage", "size", "uploaded_by", "uploaded_at"]
    list_select_related = ["request", "stage", "uploaded_by"]
    exclude = ["file"]


@admin.register(Message)
class MessageAdmin(ReadOnly):
    list_display = ["request", "by", "at"]
    list_select_related = ["request", "by"]


@admin.register(AccessLink)
class AccessLinkAdmin(ReadOnly):
    list_display = ["request", "user", "created_at", "expires_at", "revoked_at", "last_used_at"]
    list_select_related = ["request", "user"]
    exclude = ["digest"]


@admin.register(Scorecard)
class ScorecardAdmin(ReadOnly):
    list_display = ["supplier", "month", "units_received", "units_rejected", "answers_due", "answers_on_time"]
    list_filter = ["month"]
    list_select_related = ["supplier"]
