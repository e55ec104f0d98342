"""Requests in the admin: to look at. They are changed by their verbs, which keep the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from suppliers import models
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


@admin.register(models.MessageRead)
class MessageReadAdmin(ReadOnly):
    list_display = ["request", "user", "at"]
    list_select_related = ["request", "user"]


@admin.register(models.SharedDefect)
class SharedDefectAdmin(ReadOnly):
    list_display = ["number", "request", "what", "quantity", "shared_by", "shared_at"]
    list_select_related = ["request", "shared_by"]


@admin.register(models.ContactCard)
class ContactCardAdmin(ReadOnly):
    list_display = ["user", "function", "invited_by", "invited_at"]
    list_filter = ["function"]
    list_select_related = ["user", "invited_by"]


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


@admin.register(models.LadderRung)
class LadderRungAdmin(ReadOnly):
    list_display = ["ladder", "plant", "amount", "unit", "severities", "words"]
    list_filter = ["ladder", "plant"]
    list_select_related = ["plant"]


@admin.register(models.Round)
class RoundAdmin(ReadOnly):
    list_display = ["plant", "due_at", "tries", "parked_at"]
    list_select_related = ["plant"]


@admin.register(models.ScoreMonth)
class ScoreMonthAdmin(ReadOnly):
    list_display = ["month", "due_at", "tries", "parked_at"]


@admin.register(models.ScoreRules)
class ScoreRulesAdmin(ReadOnly):
    list_display = ["set_at", "set_by", "ppm_weight", "answers_weight", "repeats_weight", "delivery_weight"]
    list_select_related = ["set_by"]


@admin.register(models.Extension)
class ExtensionAdmin(ReadOnly):
    list_display = ["stage", "status", "wanted_on", "granted_on", "asked_by", "asked_at"]
    list_filter = ["status"]
    list_select_related = ["stage", "asked_by"]


@admin.register(models.ControlledShipping)
class ControlledShippingAdmin(ReadOnly):
    list_display = ["request", "level", "part_number", "started_on", "ended_at"]
    list_filter = ["level"]
    list_select_related = ["request"]


@admin.register(models.SortResult)
class SortResultAdmin(ReadOnly):
    list_display = ["shipping", "sorted_on", "lot", "quantity_checked", "quantity_bad", "by", "struck_at"]
    list_select_related = ["shipping", "by"]


@admin.register(models.CostClaim)
class CostClaimAdmin(ReadOnly):
    list_display = ["request", "status", "currency", "amount_minor", "agreed_minor", "claimed_at"]
    list_filter = ["status", "currency"]
    list_select_related = ["request"]


@admin.register(models.ClaimMove)
class ClaimMoveAdmin(ReadOnly):
    list_display = ["claim", "status", "amount_minor", "by", "at"]
    list_select_related = ["claim", "by"]
