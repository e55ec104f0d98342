"""The web and the API are doors to the same verb: they refuse alike (the same person, the same step, the same word)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from qc.models import Event
from tests import factories as make

REFUSED, DONE = "refused", "done"


@dataclass
class Door:
    """How one door does a verb: its address and its body."""

    name: str
    body: dict[str, Any]


@dataclass
class Verb:
    """A verb behind two doors, and the word it leaves in the audit trail."""

    word: str
    web: Door
    api: Door
    row: Callable[..., Any]


def _defect(plant: Any) -> Any:
    return make.DefectFactory(line=make.ProductionLineFactory(plant=plant))


def _finding(plant: Any) -> Any:
    return make.FindingFactory(plant=plant)


VERBS = [
    Verb(
        "defect.void",
        Door("qc:defect-void", {"reason": "A test entry."}),
        Door("api:defect-void", {"reason": "A test entry."}),
        _defect,
    ),
    Verb(
        "finding.confirm",
        Door("qc:finding-decide", {"decision": "confirm", "reason": "Seen on the line.", "version": 1}),
        Door("api:finding-confirm", {"reason": "Seen on the line."}),
        _finding,
    ),
    Verb(
        "finding.dismiss",
        Door("qc:finding-decide", {"decision": "dismiss", "reason": "Known and accepted.", "version": 1}),
        Door("api:finding-dismiss", {"reason": "Known and accepted."}),
        _finding,
    ),
    Verb(
        "finding.watch",
        Door("qc:finding-watch", {"watched": "1"}),
        Door("api:finding-watch", {"watched": True}),
        _finding,
    ),
]
PEOPLE = ["inspector", "engineer", "manager", "plant_manager", "purchasing", "auditor", "acme"]


def outcome(client: Client, door: Door, row: Any, word: str) -> tuple[str, int]:
    """What a door did: an event in the trail, or nothing and the status."""
    before = Event.objects.filter(verb=word).count()
    url = reverse(door.name, kwargs={"pk": row.pk})
    if door.name.startswith("api:"):
        response = client.post(url, json.dumps(door.body), content_type="application/json")
    else:
        response = client.post(url, door.body)
    assert response.status_code < 500
    return (DONE if Event.objects.filter(verb=word).count() > before else REFUSED), response.status_code


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.word)
@pytest.mark.parametrize("person", PEOPLE)
def test_both_doors_let_the_same_people_do_it(request, plant, verb, person):
    client = Client(raise_request_exception=False)
    client.force_login(request.getfixturevalue(person))
    web, web_status = outcome(client, verb.web, verb.row(plant), verb.word)
    api, api_status = outcome(client, verb.api, verb.row(plant), verb.word)
    assert web == api, (web_status, api_status)
    if web == REFUSED:
        assert web_status == api_status  # 403 for our own people, 404 for a supplier


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.word)
def test_some_may_and_some_may_not(request, plant, verb):
    done = set()
    for person in PEOPLE:
        client = Client(raise_request_exception=False)
        client.force_login(request.getfixturevalue(person))
        done.add(outcome(client, verb.api, verb.row(plant), verb.word)[0])
    assert done == {DONE, REFUSED}


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.word)
def test_both_doors_hide_another_plants_row(engineer, verb):
    client = Client(raise_request_exception=False)
    client.force_login(engineer)
    foreign = verb.row(make.PlantFactory())
    for door in (verb.web, verb.api):
        assert outcome(client, door, foreign, verb.word) == (REFUSED, 404)


def test_every_kind_of_defect_is_refused_alike(inspector, plant):
    """The rules of a defect stand in the service, so neither door can forget one."""
    line = make.ProductionLineFactory(plant=plant)
    kind = make.DefectTypeFactory()
    client = Client(raise_request_exception=False)
    client.force_login(inspector)
    good = {"line": line.pk, "defect_type": kind.pk, "quantity": "1", "occurred_at": "2026-11-20T06:30"}
    bad = {"quantity": ["-1", "NaN", "1_000", "٣"], "occurred_at": ["2999-01-01T00:00", "2026-02-30T06:00"]}
    for name, values in bad.items():
        for value in values:
            web = client.post(reverse("qc:defect-create"), good | {name: value})
            body = good | {name: value}
            body["occurred_at"] += ":00Z"
            api = client.post(reverse("api:defect-list"), json.dumps(body), content_type="application/json")
            assert (api.status_code, web.status_code) in {(400, 200), (400, 400), (400, 422)}, (name, value)
    assert not Event.objects.filter(verb="defect.record").exists()
