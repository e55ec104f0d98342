"""Two worlds, each a plant with a supplier and one row of every model, with a canary in every text field.

A model without a recipe is an error: whoever adds a model says here how a row of it looks.
"""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.core.files.base import ContentFile
from django.db import models

from qc import models as qc
from qc.services import people
from reports import models as reports
from reports import stored, summaries
from suppliers import models as suppliers
from tests.factories import NOON

HOUSE = ("qc", "suppliers", "reports")
DAY = NOON.date()
WEEK = (DAY - dt.timedelta(days=6), DAY)
# What is no free text although it is stored as text.
NOT_TEXT = {"password", "time_zone", "currency", "language", "content_type", "subject_label", "digest", "hash"}
NOT_TEXT |= {"previous_hash", "sha256", "body_sha256", "data_digest", "content_sha256", "where_key", "path"}
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Canary:
    """Where a piece of text lives."""

    world: str
    model: type[models.Model]
    field: str
    group: str = ""


@dataclass
class World:
    """A plant, its supplier, and one row of everything about them."""

    name: str
    rows: dict[type[models.Model], models.Model] = field(default_factory=dict)
    canaries: dict[str, Canary] = field(default_factory=dict)
    others: list[models.Model] = field(default_factory=list)

    def row(self, model: type[models.Model]) -> Any:
        """The world's row of a model, made when it is first asked for."""
        if model not in self.rows:
            self.rows[model] = self.build(model)
        return self.rows[model]

    def build(self, model: type[models.Model], *, group: str = "", **given: Any) -> Any:
        """A row of a model: what the recipe says, a canary in every other text field, related rows of this world."""
        if model not in RECIPES:
            raise LookupError(f"{model._meta.label} has no recipe in tests/isolation/worlds.py")
        recipe = {**RECIPES[model], **given}
        values: dict[str, Any] = {}
        many: dict[str, Any] = {}
        for name, value in recipe.items():
            made = value(self) if callable(value) else value
            (many if model._meta.get_field(name).many_to_many else values)[name] = made
        for each in model._meta.concrete_fields:
            if each.name not in values and not each.primary_key:
                values.update(self._fill(model, each, group))
        row = model(**values)
        row.save()
        for name, related in many.items():
            getattr(row, name).set(related)
        self.others.append(row)
        return row

    def _fill(self, model: type[models.Model], each: Any, group: str) -> dict[str, Any]:
        if isinstance(each, models.ForeignKey):
            return {each.name: self.row(each.related_model)}
        if isinstance(each, models.FileField):
            return {each.name: ContentFile(b"%PDF-1.4 " + self.canary(model, each, group).encode(), name="f")}
        if isinstance(each, models.CharField | models.TextField) and not each.choices:
            return {each.name: self.canary(model, each, group)} if each.name not in NOT_TEXT else {}
        if isinstance(each, models.JSONField):
            return {each.name: {"note": self.canary(model, each, group)}}
        return {}

    def canary(self, model: type[models.Model], each: Any, group: str = "") -> str:
        """A fresh piece of text that appears nowhere else."""
        text = f"zq{next(_numbers):05d}x"
        self.canaries[text] = Canary(self.name, model, each.name, group)
        return f"{text}@example.com" if isinstance(each, models.EmailField) else text


def all_models() -> Iterator[type[models.Model]]:
    """Every model of the house."""
    for label in HOUSE:
        for model in apps.get_app_config(label).get_models():
            if not model._meta.auto_created:
                yield model


def build(name: str) -> World:
    """A world with a row of every model, and what outside users must not see even of their own requests."""
    world = World(name)
    for model in all_models():
        world.row(model)
    vars(world)["free_finding"] = world.build(qc.Finding)  # no case is open for it yet
    world.build(suppliers.Stage, position=1, code="acknowledge", status="pending", answer_due_at=NOON)
    action = world.build(qc.CorrectiveAction, group="draft")
    draft = {"status": "draft", "issued_at": None, "issued_by": None, "action": action}
    world.build(suppliers.CorrectiveActionRequest, group="draft", **draft)
    loose = {"stage": None, "submission": None}
    world.build(suppliers.Evidence, **loose, message=world.row(suppliers.Message))
    world.build(suppliers.Evidence, **loose, defect=world.row(suppliers.SharedDefect))
    return world


def beside(world: World) -> World:
    """The same world with another request of the same supplier: what somebody with a link to the first must not see."""
    other = World(world.name, dict(world.rows), world.canaries)
    vars(other).update({name: vars(world)[name] for name in ("contact", "free_finding")})
    made: set[type[models.Model]] = {suppliers.CorrectiveActionRequest}
    action = other.build(qc.CorrectiveAction, group=BESIDE)
    other.rows[suppliers.CorrectiveActionRequest] = other.build(
        suppliers.CorrectiveActionRequest, group=BESIDE, action=action
    )
    waiting = [model for model in all_models() if model._meta.app_label == "suppliers" and model not in made]
    for model in waiting * 3:  # children of children come in a later round
        parents = {field.related_model for field in model._meta.concrete_fields if field.is_relation}
        if model not in made and parents & made:
            made.add(model)
            other.rows[model] = other.build(model, group=BESIDE)
    return other


def _of(model: type[models.Model]) -> Callable[[World], Any]:
    return lambda world: world.row(model)


def _contact(world: World) -> qc.User:
    if "contact" not in vars(world):
        supplier = world.row(qc.Supplier)
        given = {"role": "supplier", "supplier": supplier, "plants": [], "is_supplier_admin": True}
        vars(world)["contact"] = world.build(qc.User, group="contact", **given)
    contact: qc.User = vars(world)["contact"]
    return contact


def _summary(world: World) -> dict[str, Any]:
    return stored.dump(summaries.weekly(people.system(), world.row(qc.Plant), *WEEK))


def _key(world: World) -> str:
    return uuid.uuid4().hex * 2


ABOUT_A_CASE = {
    "subject_label": "qc.nonconformance",
    "subject_pk": lambda world: world.row(qc.Nonconformance).pk,
}
IDLE = {"due_at": None, "lease_until": None, "parked_at": None, "tries": 0}
FILE = {"content_type": "application/pdf", "size": 17, "sha256": _key}
HALF = {"ratio_low": 1.5, "ratio_high": 4.0}
STAFF = {"is_staff": False, "is_superuser": False, "backup": None}
BESIDE = "beside"
CLOSED = {"closed_by": None, "closed_at": None}

RECIPES: dict[type[models.Model], dict[str, Any]] = {
    qc.Plant: {"time_zone": "Europe/Berlin"},
    qc.Shift: {"starts_at": dt.time(6), "ends_at": dt.time(14)},
    qc.Holiday: {"on": DAY},
    qc.ProductionLine: {},
    qc.Station: {},
    qc.Machine: {},
    qc.Supplier: {},
    qc.Product: {},
    qc.Part: {},
    qc.SupplierLot: {"received_on": DAY, "units": 500},
    qc.User: {"role": "engineer", "supplier": None, "plants": lambda world: [world.row(qc.Plant)], **STAFF},
    qc.Integration: {"role": "integration", "supplier": None, "plants": lambda world: [world.row(qc.Plant)], **STAFF},
    qc.ApiToken: {"user": _of(qc.Integration), "digest": _key, "expires_at": NOON + dt.timedelta(days=400)},
    qc.ApiCall: {"method": "POST", "status": 400, "records": 1, "refused": 1},
    qc.DefectType: {"merged_into": None, "version": 1},
    qc.PlaceOfUse: {"station": None, "product": None},
    qc.CodeExample: {"photo": None},
    qc.DuplicatePolicy: {"integration": _of(qc.Integration)},
    qc.KeptFile: {**FILE, "key": lambda world: uuid.uuid4()},
    qc.Defect: {
        "occurred_at": NOON, "production_on": DAY, "severity": "major", "duplicate_of": None, "looks_like": None,
        "version": 2, "actual_value": Decimal(2), "detected_at": "customer",
    },
    qc.DefectRevision: {"version": 1},
    qc.ProductionCount: {"production_on": DAY, "units": 480},
    qc.LotUse: {"first_on": DAY, "last_on": None},
    qc.ProductionRun: {"ended_at": None},
    qc.AnalysisTarget: {**IDLE, "due_at": NOON, "parked_at": NOON, "tries": 3},
    qc.PlantTarget: {**IDLE, "due_at": NOON, "parked_at": NOON, "tries": 3},
    qc.AnalysisRun: {
        "seed": 1, "data_digest": _key, "rows": 1, "started_at": NOON, "parameters": {}, "background": None,
        "full_run": None,
    },
    qc.Finding: {
        "verdict": "systemic", "kind": "escalating", "where": lambda world: {"line": world.row(qc.ProductionLine).code},
        "where_key": _key, "incidents": 30, "expected": 10.0, "rate_ratio": 3.0, **HALF, "aliases": [],
        "ruled_out": [], "decided_by": None, "human_verdict": "", "since": DAY - dt.timedelta(days=30),
        "rivals": [],
        "recurrence_of": None, "closed_case": None,
    },
    qc.Nonconformance: {
        **CLOSED, "severity": "major", "status": "open", "verdict": "systemic", "reopened_from": None,
        "defects": lambda world: [world.row(qc.Defect)], "supplier_lots": lambda world: [world.row(qc.SupplierLot)],
        "due_on": DAY,
    },
    qc.Containment: {"quantity_held": Decimal(3)},
    qc.Disposition: {"decision": "rework", "quantity": Decimal(2), "withdrawn_by": None},
    qc.LotHold: {"own_lot": "", "quantity": Decimal(3), "released_by": None},
    qc.CaseCost: {
        "kind": "scrap", "element": "material", "quantity": Decimal(2), "rate": Decimal("1.5"), "amount_minor": 300,
        "currency": "EUR", "removed_by": None,
    },
    qc.CaseLink: {"other": lambda world: world.build(qc.Nonconformance), "kind": "related"},
    qc.CaseRule: {"position": 1, "outcome": "propose"},
    qc.CaseProposal: {
        "finding": lambda world: world.build(qc.Finding), "outcome": "propose", "declined_by": None, "case": None,
    },
    qc.CauseCode: {"category": "machine"},
    qc.Cause: {"leg": "occurrence", "verified_by": None, "verified_at": None, "ruled_out_by": None},
    qc.Why: {"leg": "occurrence", "parent": None, "retired_by": None},
    qc.Contrast: {"question": "line", "seen": [], "unseen": [], "basis": {}},
    qc.CorrectiveAction: {"done_by": None, "verified_by": None, "due_on": DAY, "strength": "detect"},
    qc.EffectivenessCheck: {
        **IDLE, "where": {}, "before_from": DAY - dt.timedelta(days=90), "numbers": {}, "decided_by": None,
    },
    qc.Attachment: {**ABOUT_A_CASE, **FILE},
    qc.SavedView: {"list_name": "defects", "query": "status=logged"},
    qc.Export: {
        **IDLE, "list_name": "defects", "format": "csv", "query": "status=logged", "made_at": NOON,
        "expires_at": NOON + dt.timedelta(days=400), "asked_at": NOON,
    },
    qc.Comment: ABOUT_A_CASE,
    qc.Event: {
        **ABOUT_A_CASE, "sequence": lambda world: next(_numbers) + 10_000, "at": NOON, "previous_hash": _key,
        "hash": _key, "verb": "case.open",
    },
    qc.Notice: {**ABOUT_A_CASE, "digest": None, "path": "/"},
    qc.Digest: {**IDLE, "on": DAY},
    qc.Import: {
        **IDLE, "kind": "defects", "status": "refused", "size": 9, "sha256": _key, "signature": _key,
        "applied_by": None, "undone_by": None, "columns": [], "mapping": {}, "answers": {}, "questions": [],
        "fixes": [], "notes": [], "to_create": {}, "result": {},
    },
    qc.ImportProblem: {"position": 0, "rows": [2]},
    qc.Signature: {**ABOUT_A_CASE, "content_sha256": _key},
    qc.Counter: {"series": lambda world: f"X{next(_numbers)}", "year": 2020},
    suppliers.CorrectiveActionRequest: {
        **CLOSED, "status": "open", "severity": "major", "issued_at": NOON, "contact": _contact,
    },
    suppliers.Stage: {**IDLE, "position": 2, "code": "containment", "status": "submitted", "answer_due_at": NOON},
    suppliers.Extension: {
        "status": "open", "wanted_on": DAY + dt.timedelta(days=9), "asked_by": _contact, "decided_by": None,
    },
    suppliers.ControlledShipping: {
        "level": "cs1", "clean_needed": 3, "started_on": DAY, "ended_by": None, "ended_at": None,
    },
    suppliers.SortResult: {
        "sorted_on": DAY, "quantity_checked": 100, "quantity_bad": 1, "by": _contact, "struck_by": None,
        "struck_at": None,
    },
    suppliers.CostClaim: {
        "status": "claimed", "amount_minor": 1000, "agreed_minor": None, "claimed_at": NOON, "currency": "EUR",
        "basis": lambda world: [{"cost": world.row(qc.CaseCost).pk, "what": "sort", "amount": 5000}],
    },
    suppliers.ClaimMove: {"status": "claimed", "amount_minor": 1000},
    suppliers.Submission: {"version": 1, "submitted_by": _contact, "decided_by": None},
    suppliers.Evidence: {**FILE, "message": None, "defect": None},
    suppliers.Message: {},
    suppliers.MessageRead: {"user": _contact},
    suppliers.SharedDefect: {"found_on": DAY, "quantity": Decimal(3)},
    suppliers.ContactCard: {"user": _contact, "invited_by": _contact},
    suppliers.AccessLink: {
        "user": _contact, "digest": _key, "expires_at": NOON + dt.timedelta(days=400), "revoked_by": None,
        "last_used_from": "",
    },
    suppliers.Scorecard: {"month": DAY.replace(day=1), "costs": {"EUR": 1200}, "rules": {}, "band": "A"},
    suppliers.ScoreMonth: {**IDLE, "month": lambda world: DAY.replace(day=1, year=2000 + next(_numbers) % 7000)},
    suppliers.ScoreRules: {},
    suppliers.LadderRung: {"ladder": "answer", "amount": 2, "audiences": ["contact"]},
    suppliers.Round: IDLE,
    reports.Schedule: {**IDLE, "local_time": dt.time(7)},
    reports.Recipient: {},
    reports.Report: {"slot_at": NOON, "period_from": WEEK[0], "period_until": WEEK[1], "data": _summary},
    reports.Delivery: IDLE,
}  # fmt: skip
