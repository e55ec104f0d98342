"""Every route x verb x role x row x body: nothing foreign is shown, written or betrayed (TRUST.md, P4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from drf_spectacular.generators import SchemaGenerator

from qc import clock
from qc import models as qc
from suppliers.services import links
from tests import factories as make
from tests.isolation import leaky, worlds
from tests.isolation.access import ACCESS, ANYONE, LINK, PUBLIC, STAFF, SUPPLIERS, Access
from tests.isolation.judge import faults
from tests.isolation.probes import (
    CLOSED_TO_LINKS,
    EVERY_PLANT,
    SHOWN_TO_SUPPLIER,
    Answer,
    House,
    Probe,
    ask,
    may_see_row,
    probes,
    remember,
)
from tests.isolation.routes import Route, routes

ROLES = sorted(PUBLIC)
# Shows that the bodies reach the verbs: these must succeed for somebody.
MUST_SUCCEED = {
    "api:defect-list": "manager", "api:count-list": "manager", "api:finding-confirm": "manager",
    "api:case-list": "manager", "qc:case-comment": "manager", "suppliers:request-message": "manager",
    "api:request-message": "acme", "portal:request-message": "acme", "portal:request-dispute": "link",
}  # fmt: skip


@pytest.fixture
def house(db: None, settings: Any) -> Iterator[House]:
    """Both worlds and everybody who asks; every request is rolled back."""
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"  # thousands of requests
    with clock.frozen_at(make.NOON):
        own, alien = worlds.build("own"), worlds.build("alien")
        plant = own.row(qc.Plant)
        people = {"engineer": own.row(qc.User), "acme": vars(own)["contact"], "rival": vars(alien)["contact"]}
        for role in sorted(STAFF - {"engineer"} | {"integration"}):
            plants = [] if role in EVERY_PLANT else [plant]
            people[role] = make.UserFactory(username=f"probe-{role}", role=role, plants=plants)
        people[LINK] = qc.User.objects.get(pk=people["acme"].pk)
        people[LINK].limited_to = own.row(worlds.suppliers.CorrectiveActionRequest).pk
        token = "a-token-of-the-probe"
        own.build(worlds.suppliers.AccessLink, digest=links.digest_of(token))
        built = House(own, alien, people, worlds.beside(own), token)
        for role in ROLES:
            built.client(role)
        remember(built)
        yield built


def named() -> list[Route]:
    """The routes with a name; of the admin one per page, for it is closed to everybody who is probed."""
    return [route for route in routes() if route.name and not route.name.startswith("admin:")]


def body_fields() -> dict[str, frozenset[str]]:
    """The fields of the API's bodies, by address."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    fields: dict[str, frozenset[str]] = {}
    for path, operations in schema["paths"].items():
        content = operations.get("post", {}).get("requestBody", {}).get("content", {})
        reference = content.get("application/json", {}).get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
        if reference:
            fields[path] = frozenset(schema["components"]["schemas"][reference]["properties"])
    return fields


def answers(house: House, route: Route, access: Access, role: str, urlconf: str | None = None) -> Iterator[Answer]:
    cache.clear()
    path = "/" + route.template.replace("(?P<pk>[^/.]+)", "{id}")
    fields = FIELDS.get(path) if route.is_api else None
    for probe in probes(house, route, access, role, fields):
        yield ask(house, probe)


FIELDS: dict[str, frozenset[str]] = {}


@pytest.fixture(scope="module", autouse=True)
def fields_of_bodies() -> None:
    FIELDS.update(body_fields())


def test_every_route_is_declared_and_every_declared_route_is_there() -> None:
    there = {route.name for route in routes() if not route.template.startswith("admin/")}
    assert "" not in there, [route.template for route in routes() if not route.name]
    assert sorted(there - set(ACCESS)) == [], "declare who may come here in tests/isolation/access.py"
    assert sorted(set(ACCESS) - there) == [], "these are declared but no route has the name"


@pytest.mark.parametrize("role", ROLES)
def test_nobody_reads_or_writes_what_is_not_theirs(house: House, role: str) -> None:
    broken = []
    for route in named():
        access = ACCESS.get(route.name)
        if access is None:
            continue  # the test above is red
        for answer in answers(house, route, access, role):
            broken += faults(house, route, access, answer)
    assert not broken, f"{len(broken)} faults:\n" + "\n".join(broken[:60])


def test_the_bodies_of_the_probes_reach_the_verbs(house: House) -> None:
    done = set()
    for route in named():
        role = MUST_SUCCEED.get(route.name)
        for answer in answers(house, route, ACCESS[route.name], role) if role else ():
            if answer.wrote and answer.status in (200, 201, 302, 303) and not answer.probe.label.startswith("foreign"):
                done.add(route.name)
    assert done == set(MUST_SUCCEED)


def test_the_admin_is_closed_to_all_who_are_not_staff(house: House) -> None:
    broken = []
    for route in routes():
        if not route.name.startswith("admin:") or route.name in ("admin:login", "admin:logout"):
            continue
        given = dict.fromkeys(route.arguments, "1") | {"app_label": "qc"}
        if "url" in given:
            given["url"] = "nothing"
        for role in ("anonymous", "manager", "acme"):
            answer = ask(house, Probe(role, "GET", route.url(**given), None, False, "admin"))
            broken += faults(house, route, Access(frozenset()), answer)
    assert not broken, "\n".join(broken[:40])


def test_visible_to_agrees_with_the_rules_in_words_for_every_model_and_role(house: House) -> None:
    wrong = []
    for model in worlds.all_models():
        if model in (qc.User,):
            continue  # its rows are people; the doors list them by role, not by scope
        for role in sorted(STAFF | SUPPLIERS | {"integration", LINK}):
            for world in (house.own, house.alien, *([house.beside] if role == LINK else [])):
                row = world.row(model)
                seen = model._default_manager.visible_to(house.people[role]).filter(pk=row.pk).exists()
                if seen and not _may_fetch(house, role, world, model):
                    wrong.append(f"{role} fetches {model._meta.label} of {world.name}")
    assert not wrong, "\n".join(wrong)


def _may_fetch(house: House, role: str, world: worlds.World, model: Any) -> bool:
    """As `may_see_row`; links are rows that our own people may list, though their text is shown nowhere."""
    if role == LINK:
        closed = CLOSED_TO_LINKS | {worlds.suppliers.AccessLink}
        shown = (SHOWN_TO_SUPPLIER | {qc.Notice}) - closed
        is_beside = world is house.beside and world.rows[model] is not house.own.rows[model]
        return model in shown and world is not house.alien and not is_beside
    if role in SUPPLIERS and model in SHOWN_TO_SUPPLIER | {worlds.suppliers.AccessLink, qc.Notice}:
        return world is house.home_of(role)
    if role not in SUPPLIERS and model is worlds.suppliers.AccessLink:
        return role in EVERY_PLANT or world is house.own
    return may_see_row(house, role, world, model) or (model is qc.Digest and role not in SUPPLIERS)


def test_a_model_without_a_recipe_is_an_error() -> None:
    class Nothing:
        class _meta:
            label = "qc.Nothing"

    with pytest.raises(LookupError, match="no recipe"):
        worlds.World("x").build(Nothing)  # type: ignore[arg-type]
    assert set(worlds.RECIPES) == set(worlds.all_models())


@pytest.mark.parametrize("planted", leaky.PLANTED, ids=lambda planted: planted.name)
def test_a_planted_leak_is_found(house: House, planted: leaky.Planted, settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.isolation.leaky"
    route = next(route for route in routes("tests.isolation.leaky") if route.name == planted.name)
    access = Access(planted.who, planted.row)
    found = [
        fault
        for answer in answers(house, route, access, planted.role)
        for fault in faults(house, route, access, answer)
    ]
    assert any(planted.says in fault for fault in found), found[:5]


def test_an_honest_view_is_not_accused(house: House, settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.isolation.leaky"
    route = next(route for route in routes("tests.isolation.leaky") if route.name == "honest")
    access = Access(STAFF, qc.Defect)
    for role in sorted(ANYONE):
        for answer in answers(house, route, access, role):
            assert faults(house, route, access, answer) == []
