"""The pages of the catalogue: what a code means, who may change it, and what became of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from qc.models import Defect, DefectType, DuplicatePolicy, Plant, ProductionLine, User
from qc.services import catalogue, defects
from tests import factories as make
from tests.pictures import csv, png
from tests.qc.web.conftest import Login

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def line(plant: Plant) -> ProductionLine:
    return make.ProductionLineFactory(plant=plant, code="L-7")


@pytest.fixture
def void(db: None) -> DefectType:
    return make.DefectTypeFactory(code="SOLD-VOID", name="Voiding", group="Solder", severity="minor")


@pytest.fixture
def other(db: None) -> DefectType:
    return make.DefectTypeFactory(code="SOLD-OTHER", name="Solder, other", group="Solder")


def typed(**more: Any) -> dict[str, Any]:
    return {"name": "Voiding", "group": "Solder", "severity": "minor", "tolerable": "", "description": "", **more}


def test_the_catalogue_says_how_often_a_code_is_used_and_what_is_systemic(
    inspector: User, client_of: Login, line: ProductionLine, void: DefectType
) -> None:
    make.DefectFactory(line=line, defect_type=void)
    make.DefectFactory(defect_type=void)  # of another plant
    make.DefectFactory(line=line, defect_type=void, occurred_at=make.NOON - dt.timedelta(days=100))
    make.FindingFactory(plant=line.plant, defect_type=void)
    answer = client_of(inspector).get("/catalogue/")
    assert answer.context["rows"] == [(void, 1, 1)]
    assert "New code" not in answer.content.decode()


def test_filters_find_groups_retired_codes_and_words(manager: User, client_of: Login, void: Any, other: Any) -> None:
    gone = make.DefectTypeFactory(code="OLD", is_active=False, description="Was measured by hand")
    client = client_of(manager)
    for query, expected in {
        "": {void, other},
        "?group=Solder": {void, other},
        "?state=retired": {gone},
        "?state=all&q=by+hand": {gone},
        "?q=void": {void},
        "?group=nowhere&state=x": {void, other},
    }.items():
        assert {row[0] for row in client.get(f"/catalogue/{query}").context["rows"]} == expected, query


def test_an_engineer_adds_a_code_and_it_can_be_logged_where_it_is_used(
    engineer: User, client_of: Login, line: ProductionLine
) -> None:
    client, station = client_of(engineer), make.StationFactory(line=make.ProductionLineFactory(plant=line.plant))
    used = {"lines": [line.pk], "stations": [station.pk], "products": [make.ProductFactory().pk]}
    answer = client.post("/catalogue/new/", typed(code="NEW-1", tolerable="4", **used), follow=True)
    row = DefectType.objects.get()
    page = answer.content.decode()
    form = client.get(f"/catalogue/{row.pk}/edit/").content.decode()
    assert form.count("selected") == 4 and f"{station.line.code} / {station.code}" in form
    assert (row.tolerable, row.is_limited) == (4, True)
    assert "4 incidents in 90 days are tolerable" in page and "L-7" in page and "added the code" in page
    again = client.post("/catalogue/new/", typed(code="new-1"))
    assert again.status_code == 422 and "code" in again.context["form"].errors


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": ""}, "name"),
        ({"tolerable": "-1"}, "tolerable"),
        ({"tolerable": "many"}, "tolerable"),
        ({"severity": "x"}, "severity"),
    ],
)
def test_a_wrong_value_is_said_beside_its_field(
    engineer: User, client_of: Login, void: DefectType, sent: dict[str, str], field: str
) -> None:
    answer = client_of(engineer).post(f"/catalogue/{void.pk}/edit/", typed(version=1, **sent))
    assert answer.status_code == 422 and field in answer.context["form"].errors


def test_a_stale_edit_shows_what_stands_there_now(engineer: User, client_of: Login, void: DefectType) -> None:
    client = client_of(engineer)
    client.post(f"/catalogue/{void.pk}/edit/", typed(version=1, description="Holes"))
    answer = client.post(f"/catalogue/{void.pk}/edit/", typed(version=1, description="Bubbles"))
    void.refresh_from_db()
    assert answer.status_code == 409 and void.description == "Holes"
    assert [(row["theirs"], row["mine"]) for row in answer.context["conflict"]] == [("Holes", "Bubbles")]
    client.post(f"/catalogue/{void.pk}/edit/", typed(version=2, description="Bubbles"))
    void.refresh_from_db()
    assert (void.description, void.version) == ("Bubbles", 3)


def test_a_merge_says_how_many_records_move_and_can_be_taken_back(
    engineer: User, client_of: Login, line: ProductionLine, void: DefectType, other: DefectType
) -> None:
    defect = defects.record(engineer, defect_type=void, line=line, occurred_at=make.NOON)
    client = client_of(engineer)
    assert client.get(f"/catalogue/{void.pk}/merge/").context["moving"] == 1
    later = {"into": other.pk, "from_on": "2026-11-21", "reason": "x", "preview": "1"}
    assert client.post(f"/catalogue/{void.pk}/merge/", later).context["moving"] == 0
    answer = client.post(
        f"/catalogue/{void.pk}/merge/", {"into": other.pk, "reason": "Renamed", "retire": "on"}, follow=True
    )
    page = answer.content.decode()
    assert "All its records count as" in page and "Renamed" in page
    shown = client.get(f"/defects/{defect.pk}/").content.decode()
    assert "SOLD-VOID" in shown and "SOLD-OTHER" in shown
    assert "SOLD-VOID" in client.get(f"/catalogue/{other.pk}/").content.decode()
    refused = client.post(f"/catalogue/{void.pk}/unmerge/", {"reason": ""})
    assert refused.status_code == 422
    client.post(f"/catalogue/{void.pk}/unmerge/", {"reason": "They are not the same"})
    assert Defect.objects.get().counts_as == void


def test_a_merge_that_cannot_be_is_said_beside_its_field(
    engineer: User, client_of: Login, void: DefectType, other: DefectType
) -> None:
    catalogue.merge(engineer, source=other, into=void, reason="Same", retire=False)
    client = client_of(engineer)
    answer = client.post(f"/catalogue/{void.pk}/merge/", {"into": other.pk, "reason": "Same"})
    assert answer.status_code == 422 and "into" in answer.context["form"].errors
    for sent in ({}, {"into": void.pk, "reason": "x"}, {"into": other.pk, "reason": "x", "from_on": "2026-02-30"}):
        assert client.post(f"/catalogue/{void.pk}/merge/", sent).status_code == 422


def test_a_retired_code_is_not_offered_and_says_so(
    engineer: User, client_of: Login, line: ProductionLine, void: DefectType
) -> None:
    make.DefectFactory(line=line, defect_type=void)
    client = client_of(engineer)
    assert "SOLD-VOID" in client.get("/defects/new/").content.decode()
    client.post(f"/catalogue/{void.pk}/retire/", {"reason": "Nobody uses it"}, follow=True)
    assert "SOLD-VOID" not in client.get("/defects/new/").content.decode()
    page = client.get(f"/catalogue/{void.pk}/").content.decode()
    assert "Retired" in page and "Nobody uses it" in page and "Put back into use" in page
    client.post(f"/catalogue/{void.pk}/reactivate/")
    assert "SOLD-VOID" in client.get("/defects/new/").content.decode()


def test_examples_are_shown_with_their_photos(
    engineer: User, inspector: User, client_of: Login, void: DefectType
) -> None:
    client = client_of(engineer)
    client.post(f"/catalogue/{void.pk}/example/", {"caption": "Too many holes", "upload": png()})
    client.post(f"/catalogue/{void.pk}/example/", {"caption": "Just right", "is_acceptable": "on"})
    for upload in (csv(), png().__class__("x.png", b"<svg onload=alert(1)>", "image/png")):
        refused = client.post(f"/catalogue/{void.pk}/example/", {"caption": "Bad", "upload": upload})
        assert refused.status_code == 422 and "upload" in refused.context["example_form"].errors
    page = client_of(inspector).get(f"/catalogue/{void.pk}/").content.decode()
    assert "Too many holes" in page and "Just right" in page and "Take away" not in page
    photo = void.examples.get(caption="Too many holes").photo
    assert client_of(inspector).get(f"/attachments/{photo.pk}/").headers["Content-Type"] == "image/png"
    client.post(f"/catalogue/examples/{void.examples.first().pk}/remove/")
    assert void.examples.count() == 1


def test_a_group_is_renamed_from_its_list(
    engineer: User, client_of: Login, void: DefectType, other: DefectType
) -> None:
    client = client_of(engineer)
    answer = client.post("/catalogue/groups/rename/", {"old": "Solder", "new": "Soldering"}, follow=True)
    assert {row[0].group for row in answer.context["rows"]} == {"Soldering"}


@pytest.mark.parametrize("role", ["inspector", "plant_manager", "purchasing", "auditor"])
def test_those_who_only_read_see_everything_and_change_nothing(
    role: str, request: pytest.FixtureRequest, client_of: Login, void: DefectType
) -> None:
    client = client_of(request.getfixturevalue(role))
    page = client.get(f"/catalogue/{void.pk}/")
    assert page.status_code == 200 and "Merge into another" not in page.content.decode()
    for verb in ("edit", "merge", "retire", "reactivate", "unmerge", "example"):
        assert client.post(f"/catalogue/{void.pk}/{verb}/", {"reason": "x"}).status_code == 403
    assert client.post("/catalogue/new/", typed(code="X")).status_code == 403


def test_a_manager_says_what_becomes_of_a_machines_doubles(
    manager: User, engineer: User, client_of: Login, plant: Plant
) -> None:
    camera = make.UserFactory(username="camera", role="integration", plants=[plant])
    path = f"/integrations/{camera.pk}/duplicates/"
    assert client_of(engineer).get(path).status_code == 403
    client = client_of(manager)
    assert client.post(path, {"action": "join", "minutes": "0", "version": "1"}).status_code == 422
    assert client.post(path, {"action": "join", "minutes": "15", "version": "1"}).status_code == 302
    policy = DuplicatePolicy.objects.get()
    assert (policy.integration_id, policy.action, policy.minutes) == (camera.pk, "join", 15)
    assert client.post(path, {"action": "keep", "minutes": "15", "version": "1"}).status_code == 422
    assert client.get(f"/integrations/{manager.pk}/duplicates/").status_code == 404
