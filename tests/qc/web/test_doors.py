"""Who gets in where, and that no page carries script or style of its own."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from qc.models import Plant, User
from qc.web import urls
from tests import factories as make
from tests.qc.web.conftest import Login
from tests.record_factories import CaseRuleFactory, IntegrationFactory

pytestmark = pytest.mark.usefixtures("noon")
# Programs and pictures, for everyone.
FILES = {reverse("qc:vega"), reverse("qc:icons"), "/log/worker.js", "/log/manifest.json"}
ROLES = ["inspector", "engineer", "manager", "plant_manager", "purchasing", "auditor"]
INLINE = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style|\sstyle=|\son[a-z]+=|javascript:", re.I)


@pytest.fixture
def rows(plant: Plant, manager: User) -> dict[str, int]:
    """One row of everything that a page shows, with everything filled in."""
    line = make.ProductionLineFactory(plant=plant)
    lot = make.SupplierLotFactory(plant=plant)
    kind = make.DefectTypeFactory()
    defect = make.DefectFactory(line=line, defect_type=kind, supplier=lot.part.supplier, part=lot.part)
    finding = make.FindingFactory(
        plant=plant,
        defect_type=kind,
        line=line,
        where={"line": line.code},
        aliases=[{"shift": "B"}],
        ruled_out=["volume"],
    )
    case = make.NonconformanceFactory(plant=plant, finding=finding, line=line, defect_type=kind)
    make.CorrectiveActionFactory(nonconformance=case)
    return {
        "defect": defect.pk,
        "finding": finding.pk,
        "case": case.pk,
        "case-rule": CaseRuleFactory().pk,
        "line": line.pk,
        "supplier": lot.part.supplier.pk,
        "defect-type": kind.pk,
        "lot": lot.pk,
        "part": lot.part.pk,
        "plant": plant.pk,
        "station": make.StationFactory(line=line).pk,
        "product": make.ProductFactory().pk,
        "integration": IntegrationFactory(plants=[plant]).pk,
        "count": line.pk,
    }


def pages(rows: dict[str, int]) -> list[str]:
    """The address of every page of ours that can be looked at."""
    found = []
    for route in urls.urlpatterns:
        name = str(route.name)
        noun = next((known for known in sorted(rows, key=len, reverse=True) if name.startswith(f"{known}-")), "")
        if not route.pattern.converters:
            found.append(reverse(f"qc:{name}"))
        elif noun in rows and set(route.pattern.converters) == {"pk"}:
            found.append(reverse(f"qc:{name}", args=[rows[noun]]))
    return found


def test_every_role_opens_every_page_without_an_error(
    rows: dict[str, int], request: pytest.FixtureRequest, client_of: Login
) -> None:
    seen: dict[str, set[int]] = {}
    for role in ROLES:
        client = client_of(request.getfixturevalue(role))
        for path in pages(rows):
            seen.setdefault(path, set()).add(client.get(path).status_code)
    assert len(seen) > 40
    assert {path: codes for path, codes in seen.items() if not codes <= {200, 302, 403, 405}} == {}
    assert [path for path, codes in seen.items() if codes == {403}] == []


def test_outside_users_find_nothing_of_the_inside(rows: dict[str, int], acme: User, client_of: Login) -> None:
    client = client_of(acme)
    allowed = {reverse("qc:home"), *FILES}
    for path in set(pages(rows)) - allowed:
        assert client.get(path).status_code in (404, 405), path
        assert client.post(path, {}).status_code in (404, 405), path
    home = client.get("/")
    assert (home.status_code, home.headers["Location"]) == (302, reverse("portal:home"))


def test_strangers_are_sent_to_the_login(rows: dict[str, int]) -> None:
    for path in set(pages(rows)) - FILES:
        answer = Client().get(path)
        assert answer.status_code == 302 and answer.headers["Location"].startswith("/accounts/login/"), path


def test_no_page_carries_script_or_style_of_its_own(rows: dict[str, int], manager: User, client_of: Login) -> None:
    client = client_of(manager)
    checked = 0
    for path in [*pages(rows), "/nowhere/", "/accounts/password/change/", "/accounts/2fa/"]:
        answer: Any = client.get(path)
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        checked += 1
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy and "default-src 'none'" in policy, path
        assert INLINE.findall(answer.content.decode()) == [], path
        assert not re.search(r"(src|href)=\"(https?:)?//", answer.content.decode()), path
    assert checked > 20


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/reset/", "/nowhere/"])
def test_pages_for_strangers_carry_none_either(path: str, db: None) -> None:
    answer = Client().get(path)
    assert answer.status_code in (200, 404)
    assert INLINE.findall(answer.content.decode()) == []


@pytest.mark.parametrize("pk", ["0", "9223372036854775808", "99999999999999999999999"])
def test_a_key_that_no_row_can_have_is_a_404(pk: str, manager: User, client_of: Login) -> None:
    client = client_of(manager)
    for noun in ("defects", "findings", "cases", "lines", "suppliers", "attachments"):
        assert client.get(f"/{noun}/{pk}/").status_code == 404
    assert client.get(f"/cases/new/?finding={pk}").status_code == 404


def test_login_leads_home_and_never_to_another_site(manager: User) -> None:
    typed = {"login": "manager", "password": make.PASSWORD, "next": "//evil.example"}
    answer = Client().post("/accounts/login/", typed)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


@pytest.mark.parametrize("role", ROLES)
def test_the_navigation_leads_only_where_the_role_may_go(
    role: str, request: pytest.FixtureRequest, client_of: Login
) -> None:
    client = client_of(request.getfixturevalue(role))
    links = re.findall(r'class="nav-item" href="([^"]+)"', client.get("/").content.decode())
    assert len(links) >= 3
    assert {path: client.get(path).status_code for path in links} == dict.fromkeys(links, 200)
