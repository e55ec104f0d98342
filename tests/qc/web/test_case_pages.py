"""The material, the costs and the history of a case by hand: signed with the password, held, counted, linked."""

from __future__ import annotations

import csv
import io
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qc.models import CaseCost, CaseLink, CaseProposal, CaseRule, Event, LotHold, Nonconformance, Plant, Signature, User
from qc.services import cases, comments, events
from tests import factories as make
from tests import record_factories as records
from tests.qc.web.conftest import Login

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def in_review(plant: Plant, engineer: User) -> Nonconformance:
    row: Nonconformance = make.NonconformanceFactory(plant=plant, status="in_review", suspect_quantity=100)
    return row


@pytest.fixture
def member(engineer: User) -> User:
    User.objects.filter(pk=engineer.pk).update(is_mrb_member=True, mrb_function="engineering")
    engineer.refresh_from_db()
    return engineer


def test_a_disposition_is_signed_with_the_password_typed_again(
    in_review: Nonconformance, member: User, client_of: Login
) -> None:
    row = cases.dispose(member, case=in_review, decision="scrap", quantity=100)
    client, path = client_of(member), f"/dispositions/{row.pk}/sign/"
    answer = client.post(path, {"password": make.PASSWORD, "version": row.version})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/cases/{in_review.pk}/material/")
    signature = Signature.objects.get()
    assert (signature.by, signature.proof, signature.capacity) == (member, "password", "engineering")
    page = client.get(f"/cases/{in_review.pk}/material/").content.decode()
    assert "Material review: Scrap" in page and "finish-dispositions" in page
    assert client.post(f"/cases/{in_review.pk}/finish-dispositions/").status_code == 302
    assert make.PASSWORD not in str(list(Event.objects.values_list("data", "reason")))


def test_a_wrong_password_signs_nothing_and_is_kept_in_the_trail(
    in_review: Nonconformance, member: User, client_of: Login
) -> None:
    row = cases.dispose(member, case=in_review, decision="scrap", quantity=100)
    answer = client_of(member).post(f"/dispositions/{row.pk}/sign/", {"password": "not it at all"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "This is not your password" in page and "not it at all" not in page
    assert not Signature.objects.exists()
    assert Event.objects.about(in_review).latest("sequence").verb == "signature.refuse"
    assert list(events.broken_links()) == []


def test_too_many_wrong_passwords_close_the_account_for_the_right_one_too(
    in_review: Nonconformance, member: User, client_of: Login, settings: Any
) -> None:
    settings.AXES_ENABLED, settings.AXES_FAILURE_LIMIT = True, 3
    row = cases.dispose(member, case=in_review, decision="scrap", quantity=100)
    client = client_of(member)
    for _try in range(3):
        client.post(f"/dispositions/{row.pk}/sign/", {"password": "wrong"})
    client.post(f"/dispositions/{row.pk}/sign/", {"password": make.PASSWORD})
    assert not Signature.objects.exists()


def test_a_signature_under_a_changed_disposition_is_shown_as_void(
    in_review: Nonconformance, member: User, client_of: Login
) -> None:
    row, client = cases.dispose(member, case=in_review, decision="scrap", quantity=60), client_of(member)
    client.post(f"/dispositions/{row.pk}/sign/", {"password": make.PASSWORD})
    sent = {"decision": "scrap", "quantity": "100", "version": row.version}
    assert client.post(f"/dispositions/{row.pk}/amend/", sent).status_code == 302
    page = client.get(f"/cases/{in_review.pk}/material/").content.decode()
    assert "void, because it was changed after that" in page and "1 signature of the review board is missing" in page
    stale = client.post(f"/dispositions/{row.pk}/amend/", sent | {"quantity": "50"})
    assert stale.status_code == 422 and "meanwhile" in stale.content.decode()


def test_quantities_that_do_not_add_up_come_back_beside_the_field(
    plant: Plant, manager: User, client_of: Login
) -> None:
    case = make.NonconformanceFactory(plant=plant, status="contained")
    sent = {"suspect_quantity": "10", "lot_quantity": "5", "inspected_quantity": "6"}
    answer = client_of(manager).post(f"/cases/{case.pk}/review/", sent)
    page = answer.content.decode()
    assert answer.status_code == 422 and "More inspected than there is in the lot." in page
    assert 'id="review" open' in page
    case.refresh_from_db()
    assert (case.status, case.suspect_quantity) == ("contained", None)


def test_a_lot_is_held_and_released_and_its_way_is_shown(plant: Plant, manager: User, client_of: Login) -> None:
    case = make.NonconformanceFactory(plant=plant)
    lot, line = make.SupplierLotFactory(plant=plant), make.ProductionLineFactory(plant=plant)
    records.LotUseFactory(supplier_lot=lot, line=line, units=4321)
    client, path = client_of(manager), f"/cases/{case.pk}/material/"
    answer = client.post(f"/cases/{case.pk}/hold/", {"supplier_lot": lot.pk, "tag": "H-77"})
    assert answer.status_code == 302, answer.content.decode()
    page = client.get(path).content.decode()
    assert lot.code in page and "H-77" in page and "4,321" in page and line.code in page
    assert "on hold" in client.get(f"/lots/{lot.pk}/").content.decode()
    hold = LotHold.objects.get()
    refused = client.post(f"/holds/{hold.pk}/release/", {"reason": " "})
    assert refused.status_code == 422 and f'id="hold_{hold.pk}_release" open' in refused.content.decode()
    client.post(f"/holds/{hold.pk}/release/", {"reason": "Sorted."})
    assert "Sorted." in client.get(path).content.decode()


def test_costs_are_added_summed_taken_back_and_taken_away(plant: Plant, manager: User, client_of: Login) -> None:
    case = make.NonconformanceFactory(plant=plant)
    client, path = client_of(manager), f"/cases/{case.pk}/costs/"
    sent = {"kind": "rework", "element": "labour", "quantity": "2.5", "rate": "38.50", "is_recoverable": "on"}
    assert client.post(f"{path}add/", sent | {"note": "=SUM(A1)"}).status_code == 302
    assert client.post(f"{path}add/", sent | {"rate": "0"}).status_code == 422
    page = client.get(path).content.decode()
    assert "96.25 EUR" in page and "96.25 EUR may be recovered" in page
    file = client.get(f"/cases/{case.pk}/costs.csv")
    rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert rows[1][0] == case.number and "96.25" in rows[1] and "'=SUM(A1)" in rows[1]
    assert client.get(f"/cases/{case.pk}/costs.xlsx").content[:2] == b"PK"
    assert client.get(f"/cases/{case.pk}/costs.exe").status_code == 404
    client.post(f"/costs/{CaseCost.objects.get().pk}/remove/", {"reason": "Twice."})
    assert "Nothing is recorded yet" in client.get(path).content.decode()


def test_cases_are_linked_from_both_sides(plant: Plant, manager: User, client_of: Login) -> None:
    case, other = make.NonconformanceFactory.create_batch(2, plant=plant)
    client = client_of(manager)
    sent = {"kind": "caused_by", "number": other.number}
    assert client.post(f"/cases/{case.pk}/link/", sent).status_code == 302
    assert "Caused by" in client.get(f"/cases/{case.pk}/history/").content.decode()
    assert "Cause of" in client.get(f"/cases/{other.pk}/history/").content.decode()
    assert client.post(f"/cases/{case.pk}/link/", sent).status_code == 422
    back = client.post(f"/case-links/{CaseLink.objects.get().pk}/remove/", {"from": other.pk})
    assert back.headers["Location"] == f"/cases/{other.pk}/history/" and not CaseLink.objects.exists()


def test_the_history_is_shown_page_by_page_with_what_happened_to_requests(
    plant: Plant, manager: User, client_of: Login
) -> None:
    case = make.NonconformanceFactory(plant=plant)
    request = make.RequestFactory(nonconformance=case)
    events.write(by=manager, verb="request.issue", subject=request, plant_id=plant.pk)
    for number in range(130):
        comments.write(manager, subject=case, text=f"Note {number:03}.")
    client = client_of(manager)
    first = client.get(f"/cases/{case.pk}/history/").content.decode()
    assert "Note 129." in first and "Note 029." not in first
    before = first.split("?before=")[1].split('"')[0]
    second = client.get(f"/cases/{case.pk}/history/?before={before}").content.decode()
    assert "Note 029." in second and "issued the request" in second
    assert client.get(f"/cases/{case.pk}/history/?before=x").status_code == 200


def test_the_page_of_a_full_case_needs_few_statements(plant: Plant, manager: User, client_of: Login) -> None:
    case = make.NonconformanceFactory(plant=plant, status="action_plan", suspect_quantity=10)
    for _each in range(4):
        records.ContainmentFactory(nonconformance=case)
        records.CauseFactory(nonconformance=case)
        records.DispositionFactory(nonconformance=case)
        action = make.CorrectiveActionFactory(nonconformance=case)
        records.EffectivenessCheckFactory(action=action)
        records.AttachmentFactory(case=case)
        records.LotHoldFactory(nonconformance=case)
        case.defects.add(make.DefectFactory(plant=plant))
        make.RequestFactory(nonconformance=case, action=action)
    for number in range(200):
        comments.write(manager, subject=case, text=f"Note {number}.")
    client = client_of(manager)
    client.get(f"/cases/{case.pk}/")
    for page in ("", "material/", "costs/", "history/", "causes/"):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/cases/{case.pk}/{page}").status_code == 200
        own = [each["sql"] for each in queries if "django_session" not in each["sql"]]
        assert len(own) - 1 <= 12, (page, len(own) - 1, own)


def test_the_rule_table_is_read_by_all_tried_and_edited_by_managers(
    plant: Plant, manager: User, engineer: User, client_of: Login
) -> None:
    CaseRule.objects.all().delete()
    kind = make.DefectTypeFactory(severity="major")
    make.FindingFactory(plant=plant, defect_type=kind, first_seen_at=make.NOON)
    client = client_of(manager)
    sent = {"verdict": "systemic", "severity": "major", "repeat": "any", "within_days": "90", "outcome": "open"}
    tried = client.post("/case-rules/new/", sent | {"do": "try"}).content.decode()
    assert "With this rule: 1 opened, 0 proposed, 0 left." in tried and not CaseRule.objects.exists()
    assert client.post("/case-rules/new/", sent | {"do": "save"}).status_code == 302
    rule = CaseRule.objects.get()
    critical = client.post(f"/case-rules/{rule.pk}/edit/", sent | {"severity": "critical"})
    assert critical.status_code == 422 and "propose it instead" in critical.content.decode()
    page = client_of(engineer).get("/case-rules/").content.decode()
    assert "Of 1 findings of the last 90 days these rules would have opened 1" in page
    assert "/case-rules/new/" not in page
    for path in ("new/", f"{rule.pk}/edit/", f"{rule.pk}/remove/", f"{rule.pk}/move/"):
        assert client_of(engineer).post(f"/case-rules/{path}", sent).status_code == 403
    client.post(f"/case-rules/{rule.pk}/move/", {"to": "up"})
    client.post(f"/case-rules/{rule.pk}/remove/")
    assert not CaseRule.objects.exists()


def test_a_proposed_case_stands_at_the_finding_until_somebody_answers(
    plant: Plant, manager: User, client_of: Login
) -> None:
    finding = make.FindingFactory(plant=plant)
    records.CaseProposalFactory(finding=finding)
    client, path = client_of(manager), f"/findings/{finding.pk}/"
    assert "A case is proposed." in client.get(path).content.decode()
    client.post(f"{path}decline-case/", {"reason": "It is known."})
    assert "A case is proposed." not in client.get(path).content.decode()
    assert CaseProposal.objects.get().decline_reason == "It is known."


def test_logging_a_defect_on_a_held_lot_warns_and_saves(plant: Plant, manager: User, client_of: Login) -> None:
    case = make.NonconformanceFactory(plant=plant, title="Pins stand off")
    records.LotHoldFactory(nonconformance=case, supplier_lot=None, own_lot="A-2633-014")
    kind, line = make.DefectTypeFactory(), make.ProductionLineFactory(plant=plant)
    sent = {"defect_type": kind.pk, "line": line.pk, "quantity": "1", "lot": "A-2633-014"}
    sent |= {"client_uuid": str(uuid.uuid4()), "detected_at": "in_process"}
    client = client_of(manager)
    assert "is on hold for" in client.get("/defects/likely/", sent).content.decode()
    answer = client.post("/defects/new/", sent, follow=True)
    assert answer.status_code == 200, answer.context["form"].errors
    page = answer.content.decode()
    assert "is saved" in page and f"Lot A-2633-014 is on hold for {case.number}" in page
