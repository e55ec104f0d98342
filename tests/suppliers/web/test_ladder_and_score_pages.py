from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from qc.models import Notice, User
from suppliers import ladder
from suppliers.models import CorrectiveActionRequest, LadderRung, Scorecard
from suppliers.services import ladders
from tests import factories as make
from tests.outside_factories import ScorecardFactory

pytestmark = pytest.mark.usefixtures("noon")
NOVEMBER = dt.date(2026, 11, 1)


def body(**change: Any) -> dict[str, Any]:
    """The form of the built-in ladder of answers, as a browser sends it."""
    sent: dict[str, Any] = {
        "mark": ladders.mark_of(ladder.ANSWER),
        "rungs-TOTAL_FORMS": len(ladder.ANSWER) + 2,
        "rungs-INITIAL_FORMS": len(ladder.ANSWER),
    }
    for number, rung in enumerate(ladder.ANSWER):
        sent |= {
            f"rungs-{number}-name": rung.name,
            f"rungs-{number}-amount": rung.amount,
            f"rungs-{number}-unit": rung.unit,
            f"rungs-{number}-audiences": list(rung.audiences),
            f"rungs-{number}-words": str(rung.words),
        }
    for number in (6, 7):
        sent |= {f"rungs-{number}-unit": "days"}
    return sent | change


def test_a_manager_changes_the_ladder_and_sets_it_back(client: Client, manager: User) -> None:
    client.force_login(manager)
    page = client.get("/requests/ladders/answer/").content.decode()
    assert "Rung 6" in page and ladders.mark_of(ladder.ANSWER) in page
    change = {"rungs-1-remove": "on", "rungs-2-amount": "2", "rungs-2-unit": "business_days", "rungs-6-amount": "21"}
    sent = body(**change, **{"rungs-6-audiences": ["manager"]})
    assert client.post("/requests/ladders/answer/", sent).status_code == 302
    rows = {row.name: row for row in LadderRung.objects.all()}
    assert len(rows) == 6 and "due" not in rows
    assert (rows["late-1"].amount, rows["late-1"].unit) == (2, "business_days")
    assert "2 business days after" in client.get("/requests/ladders/").content.decode()
    mark = ladders.mark_of(ladders.climbed_at(None, "answer"))
    assert client.post("/requests/ladders/answer/reset/", {"mark": mark}).status_code == 302
    assert not LadderRung.objects.exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rungs-0-audiences": []}, "Choose at least one person to tell."),
        ({"rungs-0-amount": "soon"}, "Enter a whole number."),
        ({"rungs-2-amount": "3"}, "There is a rung at this distance already."),
        ({"rungs-7-words": "Call."}, "Say how far from the due date."),
        ({f"rungs-{n}-remove": "on" for n in range(6)}, "at least one rung"),
    ],
)
def test_a_mistake_is_said_beside_its_field(client: Client, manager: User, change: dict[str, Any], said: str) -> None:
    client.force_login(manager)
    answer = client.post("/requests/ladders/answer/", body(**change))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not LadderRung.objects.exists()


def test_a_stale_ladder_is_not_overwritten(client: Client, manager: User) -> None:
    client.force_login(manager)
    answer = client.post("/requests/ladders/answer/", body(mark="old"), follow=True)
    assert "Somebody else changed this ladder" in answer.content.decode()
    assert not LadderRung.objects.exists()


def test_the_forecast_page_shows_who_would_hear_what(
    client: Client, engineer: User, request_: CorrectiveActionRequest
) -> None:
    client.force_login(engineer)
    before = Notice.objects.count()
    page = client.get("/requests/ladders/forecast/?days=14").content.decode()
    assert request_.number in page and "acme" in page
    assert Notice.objects.count() == before


@pytest.mark.parametrize(
    ("first", "second", "field"), [("bounced", "arrives", "bounced_at"), ("left", "back", "is_active")]
)
def test_a_mark_is_set_shown_and_taken_back(
    client: Client, purchasing: User, acme: User, first: str, second: str, field: str
) -> None:
    client.force_login(purchasing)
    before = getattr(acme, field)
    page = f"/suppliers/{acme.supplier_id}/"
    sent = client.post(f"/requests/contacts/{acme.pk}/mark/{first}/", {"reason": "Told by phone", "next": page})
    assert sent["Location"] == page
    acme.refresh_from_db()
    assert getattr(acme, field) != before
    words = {"bounced": "Mail came back on", "left": "Has left: the account is closed."}
    assert words[first] in client.get(page).content.decode()
    client.post(f"/requests/contacts/{acme.pk}/mark/{second}/", {"next": "https://evil.example/"})
    acme.refresh_from_db()
    assert getattr(acme, field) == before


def test_marks_are_for_contacts_only_and_not_for_everybody(
    client: Client, inspector: User, purchasing: User, acme: User, engineer: User
) -> None:
    client.force_login(inspector)
    assert client.post(f"/requests/contacts/{acme.pk}/mark/left/", {"reason": "x"}).status_code == 403
    client.force_login(purchasing)
    assert client.post(f"/requests/contacts/{engineer.pk}/mark/left/", {"reason": "x"}).status_code == 404
    assert client.post(f"/requests/contacts/{acme.pk}/mark/nonsense/").status_code == 404


def test_the_ranking_and_a_suppliers_year_show_figures_with_their_doubt(
    client: Client, purchasing: User, acme: User
) -> None:
    ScorecardFactory(
        supplier=acme.supplier, month=NOVEMBER, units_received=1240, units_rejected=3, costs={"EUR": 123450}
    )
    make.SupplierFactory(name="Never delivers")
    client.force_login(purchasing)
    page = client.get("/requests/scorecards/").content.decode()
    for words in ("Acme", "2,419", "499 to 7,054", "3 of 1,240", "1,234.50 EUR"):
        assert words in page
    page = client.get(f"/requests/scorecards/suppliers/{acme.supplier_id}/").content.decode()
    assert "2,419" in page and "no data" in page and "none due" in page
    sheet = client.get("/requests/scorecards/export/csv/").content.decode("utf-8-sig")
    assert "Acme" in sheet and "2419" in sheet
    assert client.get("/requests/scorecards/export/xlsx/").content[:2] == b"PK"
    assert client.get("/requests/scorecards/export/exe/").status_code == 404


def test_each_number_opens_the_rows_behind_it(client: Client, manager: User, acme: User) -> None:
    part = make.PartFactory(supplier=acme.supplier)
    make.SupplierLotFactory(part=part, code="LOT-7", received_on=NOVEMBER, units=12)
    card = ScorecardFactory(supplier=acme.supplier, month=NOVEMBER, units_received=12)
    client.force_login(manager)
    assert "LOT-7" in client.get(f"/requests/scorecards/{card.pk}/received/").content.decode()
    for name in ("rejected", "answers", "requests", "costs"):
        assert client.get(f"/requests/scorecards/{card.pk}/{name}/").status_code == 200
    assert client.get(f"/requests/scorecards/{card.pk}/nothing/").status_code == 404


def test_deliveries_are_given_on_the_suppliers_page(
    client: Client, purchasing: User, auditor: User, acme: User
) -> None:
    page = f"/requests/scorecards/suppliers/{acme.supplier_id}/"
    client.force_login(purchasing)
    sent = {"month": "2026-11", "deliveries": "8", "deliveries_on_time": "9"}
    answer = client.post(page, sent)
    assert answer.status_code == 422
    assert "more than there were" in answer.content.decode()
    assert client.post(page, sent | {"deliveries_on_time": "6"}).status_code == 302
    assert Scorecard.objects.get().score == 75
    client.force_login(auditor)
    assert client.post(page, sent).status_code == 403


def test_a_manager_changes_the_weights(client: Client, manager: User) -> None:
    client.force_login(manager)
    names = ("ppm", "answers", "repeats", "delivery", "documents")
    sent = {f"{name}_weight": 20 for name in names} | {
        "ppm_full": 50, "ppm_none": 500, "a_from": 90, "b_from": 75, "c_from": 60,
    }  # fmt: skip
    wrong = client.post("/requests/scorecards/rules/", sent | {"ppm_weight": 30})
    assert wrong.status_code == 422 and "add up to 100" in wrong.content.decode()
    assert client.post("/requests/scorecards/rules/", sent).status_code == 302
    assert "20 / 20 / 20 / 20 / 20; A 90" in client.get("/requests/scorecards/rules/").content.decode()


def test_a_supplier_reads_its_own_scorecards_over_the_api_and_no_others(
    client: Client, acme: User, rival: User, inspector: User
) -> None:
    ScorecardFactory(supplier=acme.supplier, month=NOVEMBER, units_received=10, units_rejected=1)
    other = ScorecardFactory(supplier=rival.supplier, month=NOVEMBER)
    client.force_login(acme)
    found = client.get("/api/v1/scorecards/").json()["results"]
    assert [(row["ppm"], row["units_received"]) for row in found] == [(100_000.0, 10)]
    assert client.get(f"/api/v1/scorecards/{other.pk}/").status_code == 404
    client.force_login(inspector)
    assert client.get("/api/v1/scorecards/").status_code == 404
