"""The back room: master data are kept here; history and what the verbs made can only be looked at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db import models
from django.http import HttpRequest

from qc import models as qc


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that the verbs write: to be looked at, never to be changed past them."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Kept(admin.ModelAdmin):  # type: ignore[type-arg]
    """Master data: made and changed, never deleted."""

    list_per_page = 50

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def look_only(model: type[models.Model], *columns: str, search: tuple[str, ...] = (), related: bool = True) -> None:
    """Register a model whose rows are history."""
    attributes = {"list_display": columns, "search_fields": search, "list_select_related": related}
    admin.site.register(model, type(f"{model.__name__}Admin", (ReadOnly,), attributes))


def keep(model: type[models.Model], *columns: str, search: tuple[str, ...] = ("code",), **more: Any) -> None:
    """Register a model whose rows are master data."""
    attributes = {"list_display": columns, "search_fields": search, "list_select_related": True, **more}
    admin.site.register(model, type(f"{model.__name__}Admin", (Kept,), attributes))


@admin.register(qc.User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    """Accounts. Nobody is deleted: an account that is not needed any more is made inactive."""

    list_display = ("username", "first_name", "last_name", "role", "supplier", "is_active", "last_login")
    list_filter = ("role", "is_active", "supplier")
    list_select_related = ("supplier",)
    fieldsets = (
        *(UserAdmin.fieldsets or ()),
        (
            "Lineside",
            {
                "fields": (
                    "role",
                    "plants",
                    "supplier",
                    "language",
                    "backup",
                    "bounced_at",
                    "is_mrb_member",
                    "mrb_function",
                    "is_supplier_quality_engineer",
                    "is_supplier_admin",
                )
            },
        ),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": (
                    "username",
                    "email",
                    "role",
                    "plants",
                    "supplier",
                    "usable_password",
                    "password1",
                    "password2",
                ),
            },
        ),
    )
    filter_horizontal = ("plants", "groups", "user_permissions")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


keep(qc.Plant, "code", "name", "time_zone", "currency", "is_active", search=("code", "name"))
keep(qc.Shift, "plant", "code", "name", "starts_at", "ends_at", list_filter=("plant",))
keep(qc.Holiday, "plant", "on", "name", search=("name",), list_filter=("plant",))
keep(qc.ProductionLine, "plant", "code", "name", "is_active", search=("code", "name"), list_filter=("plant",))
keep(qc.Station, "line", "code", "name", search=("code", "name", "line__code"), list_filter=("line",))
keep(qc.Machine, "station", "code", "name", search=("code", "name", "station__code"))
keep(qc.Supplier, "code", "name", "status", search=("code", "name"), list_filter=("status",))
keep(qc.Product, "code", "name", "revision", search=("code", "name"))
keep(qc.Part, "supplier", "number", "name", search=("number", "name", "supplier__code"), list_filter=("supplier",))
keep(
    qc.SupplierLot,
    "plant",
    "part",
    "code",
    "received_on",
    "units",
    search=("code", "part__number"),
    raw_id_fields=("part",),
    list_filter=("plant",),
)
keep(
    qc.DefectType,
    "code",
    "name",
    "group",
    "severity",
    "is_active",
    search=("code", "name"),
    list_filter=("group", "severity", "is_active"),
)

look_only(qc.Defect, "number", "plant", "defect_type", "occurred_at", "status", search=("number", "serial", "lot"))
look_only(qc.DefectRevision, "defect", "version", "replaced_by", "replaced_at", search=("defect__number",))
look_only(qc.ProductionCount, "line", "production_on", "shift", "product", "units", search=("line__code",))
look_only(qc.LotUse, "supplier_lot", "line", "first_on", "last_on", "units", search=("supplier_lot__code",))
look_only(qc.ProductionRun, "line", "product", "started_at", "ended_at", search=("line__code",))
look_only(qc.AnalysisTarget, "plant", "defect_type", "due_at", "tries", "parked_at", search=("defect_type__code",))
look_only(qc.PlantTarget, "plant", "due_at", "tries", "parked_at", search=("plant__code",))
look_only(qc.AnalysisRun, "plant", "defect_type", "occasion", "method_version", "rows", "finished_at")
look_only(qc.Finding, "defect_type", "plant", "verdict", "where_key", "decision", search=("defect_type__code",))
look_only(qc.Nonconformance, "number", "title", "plant", "status", "severity", "owner", search=("number", "title"))
look_only(qc.Containment, "nonconformance", "none_needed", "done_by", "done_at")
look_only(qc.Disposition, "nonconformance", "decision", "quantity", "decided_by", "decided_at")
look_only(qc.LotHold, "nonconformance", "supplier_lot", "own_lot", "quantity", "placed_at", "released_at")
look_only(qc.CaseCost, "nonconformance", "kind", "element", "amount_minor", "currency", "is_recoverable", "removed_at")
look_only(qc.CaseLink, "case", "kind", "other", "made_by", "made_at")
look_only(qc.CaseRule, "position", "plant", "verdict", "severity", "repeat", "outcome")
look_only(qc.CaseProposal, "finding", "outcome", "rule_text", "case", "declined_at")
look_only(qc.Cause, "nonconformance", "leg", "statement", "verified_at")
look_only(qc.CauseCode, "code", "name", "category", "is_active", search=("code", "name"))
look_only(qc.Why, "nonconformance", "leg", "text", "retired_at")
look_only(qc.Contrast, "nonconformance", "question", "filled_at")
look_only(qc.CorrectiveAction, "title", "nonconformance", "kind", "status", "owner", "supplier", "due_on")
look_only(qc.EffectivenessCheck, "nonconformance", "action", "result", "implemented_on", "due_at")
look_only(qc.Attachment, "name", "subject_label", "subject_pk", "size", "uploaded_by", "uploaded_at", search=("name",))
look_only(qc.Comment, "subject_label", "subject_pk", "by", "at")
look_only(qc.Event, "sequence", "at", "by", "verb", "subject_text", search=("verb", "subject_text"))
look_only(qc.Digest, "to", "on", "sent_at", "due_at", "parked_at")
look_only(qc.Notice, "to", "text", "at", "read_at", search=("text",))
look_only(qc.Signature, "by", "meaning", "at", "subject_label", "subject_pk")
look_only(qc.ApiToken, "name", "user", "scope", "expires_at", "last_used_at", "revoked_at")
look_only(qc.PlaceOfUse, "defect_type", "line", "station", "product")
look_only(qc.CodeExample, "defect_type", "caption", "is_acceptable", "added_by", "added_at")
look_only(qc.DuplicatePolicy, "integration", "action", "minutes")
look_only(qc.KeptFile, "name", "size", "kept_by", "kept_at")
look_only(qc.Import, "name", "kind", "status", "plant", "by", "at", "new", "changed", "errors", search=("name",))
look_only(qc.ImportProblem, "file", "column", "value", "reason", "count")
look_only(qc.SavedView, "owner", "list_name", "name", "is_default")
look_only(qc.Export, "owner", "list_name", "format", "asked_at", "size", "expires_at", "parked_at")
look_only(qc.ApiCall, "token", "at", "method", "path", "status", "records", "refused")
look_only(qc.Integration, "username", "is_active", "last_login", related=False)
look_only(qc.Counter, "series", "year", "value", related=False)
