"""The requests of the isolation test: who asks, for which row, with which body, and what must not happen."""

from __future__ import annotations

import dataclasses
import io
import json
import logging
import re
import sys
import traceback
import zipfile
from collections.abc import Iterator
from typing import Any

import pypdf
from django.contrib.messages import get_messages
from django.core.signals import got_request_exception
from django.db import connection, models, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from qc import models as qc
from reports import models as reports
from suppliers import models as suppliers
from tests.isolation.access import LINK, SUPPLIERS, Access
from tests.isolation.routes import Route
from tests.isolation.worlds import BESIDE, Canary, World, all_models

EVERY_PLANT = frozenset({"manager", "purchasing", "auditor"})
OUTSIDE = SUPPLIERS | {LINK}
# Rows without a plant: every inside user reads them.
ORGANISATION = frozenset({
    qc.Supplier, qc.Product, qc.Part, qc.DefectType, qc.CodeExample, qc.DuplicatePolicy, qc.User, qc.Counter,
    qc.CauseCode, suppliers.Scorecard, suppliers.ScoreRules, suppliers.ScoreMonth, suppliers.LadderRung,
    suppliers.ContactCard,
})  # fmt: skip
# What a supplier reads of its own world; nothing else of ours.
SHOWN_TO_SUPPLIER = frozenset({
    qc.Plant, qc.Supplier, qc.User, suppliers.CorrectiveActionRequest, suppliers.Stage, suppliers.Submission,
    suppliers.Evidence, suppliers.Message, suppliers.Scorecard,
    suppliers.MessageRead, suppliers.SharedDefect, suppliers.ContactCard,
    suppliers.Extension, suppliers.ControlledShipping, suppliers.SortResult, suppliers.CostClaim, suppliers.ClaimMove,
})  # fmt: skip
# What of that is no part of a request, and so closed to a link.
CLOSED_TO_LINKS = frozenset({suppliers.Scorecard, suppliers.ContactCard})
NEVER = frozenset({suppliers.AccessLink})
MANAGED = frozenset({qc.ApiToken, qc.ApiCall, qc.Integration})  # for those who manage the system
TOKEN = re.compile(r"zq\d{5}x", re.IGNORECASE)
WRITES = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+"?(qc|suppliers|reports)_', re.IGNORECASE)


@dataclasses.dataclass
class House:
    """Both worlds and the people who ask."""

    own: World
    alien: World
    people: dict[str, qc.User]
    beside: World  # acme's other request: what the link is not for
    token: str  # of the link
    clients: dict[str, Client] = dataclasses.field(default_factory=dict)
    cookies: dict[str, Any] = dataclasses.field(default_factory=dict)

    def client(self, role: str) -> Client:
        """A signed-in client of the role; nobody is signed in as `anonymous`."""
        if role not in self.clients:
            client = Client(raise_request_exception=False)
            if role == LINK:
                client.post(reverse("portal:link-open", args=[self.token]))
            elif role != "anonymous":
                client.force_login(self.people[role])
            self.clients[role] = client
            self.cookies[role] = client.cookies.copy()
        if role == LINK:  # one of the routes is the way out
            self.clients[role].cookies = self.cookies[role].copy()
        return self.clients[role]

    def home_of(self, role: str) -> World:
        """The world to which the person belongs."""
        return self.alien if role == "rival" else self.own

    def other_of(self, role: str) -> World:
        """The world that is foreign to the person."""
        return self.own if role == "rival" else self.alien


def may_see(house: House, role: str, canary: Canary) -> bool:
    """Whether this person may read this piece of text: the rules in words, not a query of the house."""
    is_home = canary.world == house.home_of(role).name
    if role == "anonymous" or (canary.model in NEVER and canary.field):
        return False
    if role == LINK and (canary.model in CLOSED_TO_LINKS | NEVER or canary.group == BESIDE):
        return False
    if canary.model is qc.Integration and canary.field:
        return role not in OUTSIDE  # the names of accounts stand beside what they wrote
    if canary.model in MANAGED:
        return role == "manager"
    if canary.model in (qc.Notice, qc.KeptFile, qc.SavedView, qc.Export):
        return role == "engineer" and is_home  # the one to whom the notice of the own world goes, who sent the file
    if role in OUTSIDE:
        if canary.model in NEVER:
            return is_home
        if (canary.model, canary.field) in {(suppliers.Stage, "error"), (qc.User, "error")} or canary.group == "draft":
            return False
        return is_home and canary.model in SHOWN_TO_SUPPLIER
    if (canary.model, canary.field) == (suppliers.Stage, "draft"):
        return False  # an answer before it is sent is the supplier's own
    return role in EVERY_PLANT or is_home or canary.model in ORGANISATION


def may_see_row(house: House, role: str, world: World, model: type[models.Model]) -> bool:
    """Whether the row of a world exists for this person."""
    field = "file" if model in (qc.Attachment, suppliers.Evidence) else ""
    return may_see(house, role, Canary(world.name, model, field))


@dataclasses.dataclass(frozen=True)
class Probe:
    """One request."""

    role: str
    verb: str
    url: str
    body: dict[str, Any] | None
    is_json: bool
    label: str  # own, foreign or none: the row in the address; then the body

    def __str__(self) -> str:
        return f"{self.role} {self.verb} {self.url} [{self.label}]"


EMPTY, OWN, FOREIGN = "empty", "own keys", "foreign keys"
# By the row in the address: the verbs and, for each, the bodies. A GET's body is its query.
PLAN = {
    "own": {"GET": [EMPTY], "POST": [EMPTY, FOREIGN]},
    "foreign": {"GET": [EMPTY], "POST": [EMPTY, OWN, FOREIGN], "PUT": [FOREIGN], "PATCH": [FOREIGN], "DELETE": [EMPTY]},
    "none": {
        "GET": [EMPTY, OWN, FOREIGN],
        "POST": [EMPTY, OWN, FOREIGN],
        "PUT": [OWN],
        "PATCH": [OWN],
        "DELETE": [EMPTY],
    },
}
# To those who read every plant nothing is foreign: what is left is that pages open and nothing breaks.
SHORT_PLAN = {
    "own": {"GET": [EMPTY], "POST": [EMPTY, OWN], "DELETE": [EMPTY]},
    "none": {"GET": [EMPTY, OWN], "POST": [EMPTY, OWN], "PUT": [OWN]},
}


def probes(house: House, route: Route, access: Access, role: str, fields: frozenset[str] | None) -> Iterator[Probe]:
    """Every request of one role to one route: verb x row x body."""
    worlds = {"own": house.home_of(role), "foreign": house.other_of(role)} if access.row else {"none": house.own}
    bodies = {
        EMPTY: None,
        OWN: keys(house.home_of(role), route.is_api, fields),
        FOREIGN: keys(house.other_of(role), route.is_api, fields),
    }
    plan = SHORT_PLAN if role in EVERY_PLANT else PLAN
    if role == LINK and access.row in house.beside.rows:
        worlds["foreign beside"] = house.beside
    for where, world in worlds.items():
        for verb, names in plan.get(where.partition(" ")[0], {}).items():
            url = address(route, access, world)
            for name in names:
                yield Probe(role, verb, url, bodies[name], route.is_api, f"{where} row, {name}")


def address(route: Route, access: Access, world: World) -> str:
    """The address of the world's row."""
    row = world.row(access.row) if access.row else None
    arguments = {name: access.arguments.get(name) or getattr(row, name) for name in route.arguments}
    return route.url(**arguments)


def keys(world: World, is_json: bool, fields: frozenset[str] | None) -> dict[str, Any]:
    """A body with the world's keys under every name that a form or serializer of the house uses for them."""
    named: dict[str, type[models.Model]] = {
        "plant": qc.Plant, "line": qc.ProductionLine, "station": qc.Station, "machine": qc.Machine,
        "shift": qc.Shift, "product": qc.Product, "supplier": qc.Supplier, "part": qc.Part,
        "supplier_lot": qc.SupplierLot, "defect_type": qc.DefectType, "defect": qc.Defect, "original": qc.Defect,
        "finding": qc.Finding, "case": qc.Nonconformance, "nonconformance": qc.Nonconformance,
        "owner": qc.User, "action": qc.CorrectiveAction, "cause": qc.Cause,
        "request": suppliers.CorrectiveActionRequest, "stage": suppliers.Stage,
        "schedule": reports.Schedule, "report": reports.Report,
        "notice": qc.Notice,
        "lot": qc.SupplierLot, "subject_pk": qc.Nonconformance, "pk": qc.Nonconformance, "id": qc.Nonconformance,
    }  # fmt: skip
    lists: dict[str, type[models.Model]] = {
        "defects": qc.Defect, "supplier_lots": qc.SupplierLot, "recipients": qc.User, "evidence": qc.Attachment,
        "attachments": qc.Attachment, "plants": qc.Plant,
    }  # fmt: skip
    body: dict[str, Any] = {name: world.row(model).pk for name, model in named.items()}
    body |= {name: [world.row(model).pk] for name, model in lists.items()}
    body["contact"] = vars(world)["contact"].pk
    body["finding"] = vars(world)["free_finding"].pk
    if is_json and fields and "password" not in fields:
        body |= {"lot": "L-1", "evidence": "seen"}
    body |= PLAUSIBLE
    if fields is not None:
        body = {name: value for name, value in body.items() if name in fields}
    return body


PLAUSIBLE: dict[str, Any] = {
    "title": "Probe", "description": "What the probe says, long enough to count as a description.",
    "problem": "Pins stand off.", "text": "A probe's words.", "reason": "A probe's reason.", "severity": "major",
    "quantity": "1", "suspect_quantity": "1", "occurred_at": "2026-11-20T06:30:00Z", "production_on": "2026-11-19",
    "units": 7, "watched": True, "verdict": "one_off", "decision": "rework", "version": 1, "kind": "corrective",
    "due_on": "2026-12-01", "implemented_on": "2026-11-19", "statement": "Because.", "leg": "occurrence",
    "weekday": 0, "local_time": "07:00", "name": "Probe", "subject_label": "qc.nonconformance", "detected_at": "final",
    "answers": {}, "window_days": 90, "target_ratio": 1.0, "verification": "Turned off.", "instruction": "Sort.",
    "login": "nobody", "username": "nobody", "password": "wrong", "reason_text": "x", "expected": "Soon.",
    "wanted_on": "2026-12-24", "granted_on": "2026-12-28", "level": "cs1", "clean_needed": 3, "sorted_on": "2026-11-20",
    "quantity_checked": 10, "quantity_bad": 0, "amount": "5.00", "credit_note": "CN-1", "credited_on": "2026-11-20",
    "responsibility": "ours", "criterion": "shipments", "part_number": "P-1", "started_on": "2026-11-20",
}  # fmt: skip


@dataclasses.dataclass
class Answer:
    """What came back, and what it did."""

    probe: Probe
    status: int
    text: str
    wrote: bool
    crash: str
    foreign_writes: list[str]


def ask(house: House, probe: Probe, urlconf: str | None = None) -> Answer:
    """Send one request in a transaction that is rolled back."""
    wrote: list[str] = []
    crashes: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found = WRITES.match(sql)
        if found:
            wrote.append(sql[:80])
        return execute(sql, params, many, context)

    def note(**kwargs: Any) -> None:
        error = sys.exc_info()[1]
        frames = traceback.extract_tb(error.__traceback__) if error else []
        places = [f"{frame.filename}:{frame.lineno}" for frame in frames if "site-packages" not in frame.filename]
        crashes.append(f"{type(error).__name__}: {error} at {places[-1:]}")

    got_request_exception.connect(note)
    logging.disable()  # thousands of expected 403 and 404
    try:
        with transaction.atomic(), connection.execute_wrapper(watch):
            response = _send(house.client(probe.role), probe)
            text = everything(response)
            foreign = foreign_writes(house, probe.role) if wrote else []
            transaction.set_rollback(True)
    finally:
        logging.disable(logging.NOTSET)
        got_request_exception.disconnect(note)
    return Answer(probe, response.status_code, text, bool(wrote), "".join(crashes), foreign)


def _send(client: Client, probe: Probe) -> Any:
    if probe.verb == "GET":
        return client.get(probe.url, probe.body or {})
    if probe.is_json:
        return client.generic(probe.verb, probe.url, json.dumps(probe.body or {}), content_type="application/json")
    send = getattr(client, probe.verb.lower())
    if probe.verb == "POST":
        flat = {name: value for name, value in (probe.body or {}).items() if not isinstance(value, dict)}
        return send(probe.url, flat)
    return send(probe.url, json.dumps(probe.body or {}), content_type="application/json")


def everything(response: HttpResponse) -> str:
    """All that a person can read of an answer: headers, body, messages for the next page, text inside of files."""
    body = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    parts = [body.decode("utf-8", "replace"), *(f"{name}: {value}" for name, value in response.headers.items())]
    parts += [cookie.value for cookie in response.cookies.values()]
    request = getattr(response, "wsgi_request", None)
    if request is not None and hasattr(request, "_messages"):
        parts += [str(message) for message in get_messages(request)._queued_messages]  # type: ignore[attr-defined]
    if body.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            parts += [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
    elif body.startswith(b"%PDF") and b"%%EOF" in body[-64:]:
        parts += [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(body)).pages]
    return "\n".join(parts)


Snapshot = dict[tuple[str, Any], tuple[Any, ...]]
_baseline: dict[int, Snapshot] = {}


def snapshot() -> Snapshot:
    """Every row of the house, value by value."""
    return {
        (model._meta.label_lower, row[0]): row
        for model in all_models()
        for row in model._base_manager.values_list("pk", *(field.attname for field in model._meta.concrete_fields))
    }


def remember(house: House) -> None:
    """Take the picture against which writes are judged."""
    _baseline[id(house)] = snapshot()


def foreign_writes(house: House, role: str) -> list[str]:
    """Rows of the other world that were changed, removed, or that now have something new attached."""
    if role in EVERY_PLANT:
        return []
    before, now = _baseline[id(house)], snapshot()
    others = [*house.other_of(role).others, *(house.beside.others if role == LINK else [])]
    alien = {(row._meta.label_lower, row.pk) for row in others}
    closed = {key for key in alien if role in OUTSIDE or not _is_organisation(key[0])}
    bad = [f"{key} was changed" for key in closed if before.get(key) != now.get(key)]
    for key, row in now.items():
        if key not in alien and before.get(key) != row and _points_at(key[0], row, closed):
            bad.append(f"{key} was written and points at the other world")
    return bad


def _is_organisation(label: str) -> bool:
    return any(model._meta.label_lower == label for model in ORGANISATION)


def _points_at(label: str, row: tuple[Any, ...], closed: set[tuple[str, Any]]) -> bool:
    model = next(each for each in all_models() if each._meta.label_lower == label)
    fields = model._meta.concrete_fields
    values = dict(zip(fields, row[1:], strict=True))
    for field, value in values.items():
        if isinstance(field, models.ForeignKey) and (field.related_model._meta.label_lower, value) in closed:
            return True
    by_name = {field.name: value for field, value in values.items()}
    return (by_name.get("subject_label"), by_name.get("subject_pk")) in closed
