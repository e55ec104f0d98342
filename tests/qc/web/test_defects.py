"""Logging, finding, correcting and voiding a defect, through the pages."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from qc.models import Attachment, Defect, DefectType, Plant, ProductionLine, User
from tests import factories as make
from tests.qc.web.conftest import Login

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def line(plant: Plant) -> ProductionLine:
    return make.ProductionLineFactory(plant=plant, code="L-7")


@pytest.fixture
def scratch(db: None) -> DefectType:
    return make.DefectTypeFactory(code="SCR", name="Scratch", severity="minor")


def typed(line: ProductionLine, defect_type: DefectType, **more: Any) -> dict[str, Any]:
    return {
        "defect_type": defect_type.pk,
        "quantity": "2",
        "line": line.pk,
        "detected_at": "in_process",
        "client_uuid": str(uuid.uuid4()),
        "opened_at": make.NOON.isoformat(),
        **more,
    }


@pytest.mark.parametrize("role", ["inspector", "engineer", "manager"])
def test_those_who_may_log_a_defect_get_its_number(
    role: str, request: pytest.FixtureRequest, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    person = request.getfixturevalue(role)
    answer = client_of(person).post("/defects/new/", typed(line, scratch), follow=True)
    defect = Defect.objects.get()
    assert answer.redirect_chain == [(f"/defects/{defect.pk}/", 302)]
    assert defect.number == "D-2026-000001" and defect.number in answer.content.decode()
    assert (defect.quantity, defect.recorded_by, defect.severity) == (2, person, "minor")


@pytest.mark.parametrize("role", ["plant_manager", "purchasing", "auditor"])
def test_those_who_only_read_are_told_so(
    role: str, request: pytest.FixtureRequest, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    client = client_of(request.getfixturevalue(role))
    assert client.get("/defects/new/").status_code == 403
    assert client.post("/defects/new/", typed(line, scratch)).status_code == 403
    assert not Defect.objects.exists()


def test_a_wrong_quantity_is_said_beside_the_field_and_nothing_typed_is_lost(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    sent = typed(line, scratch, quantity="1_000", note="Left of the fan")
    answer = client_of(inspector).post("/defects/new/", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="id_quantity_error"' in page and 'href="#id_quantity"' in page
    assert "Left of the fan" in page and 'value="1_000"' in page and sent["client_uuid"] in page
    assert not Defect.objects.exists()


@pytest.mark.parametrize("quantity", ["NaN", "-1", "1e400", "٣", "", "1,5", "0x10"])
def test_what_is_not_a_quantity_is_refused(
    quantity: str, inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    answer = client_of(inspector).post("/defects/new/", typed(line, scratch, quantity=quantity))
    assert answer.status_code == 422 and "quantity" in answer.context["form"].errors


def test_without_a_code_the_form_says_which_field_it_misses(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    sent = typed(line, scratch)
    del sent["defect_type"]
    answer = client_of(inspector).post("/defects/new/", sent)
    assert "Choose what is wrong." in answer.content.decode()


def test_sending_the_same_form_twice_records_one_defect(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    client, sent = client_of(inspector), typed(line, scratch)
    first, second = client.post("/defects/new/", sent), client.post("/defects/new/", sent)
    assert first.headers["Location"] == second.headers["Location"]
    assert Defect.objects.count() == 1


def test_the_time_is_read_as_the_clock_on_the_plants_wall(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    client_of(inspector).post("/defects/new/", typed(line, scratch, occurred_at="2026-11-20T09:30"))
    assert Defect.objects.get().occurred_at.isoformat() == "2026-11-20T08:30:00+00:00"


@pytest.mark.parametrize("moment", ["2026-02-30T10:00", "2026-03-29T02:30", "2026-11-20T10:00+05:00", "soon"])
def test_a_time_that_does_not_exist_is_refused(
    moment: str, inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    answer = client_of(inspector).post("/defects/new/", typed(line, scratch, occurred_at=moment))
    assert answer.status_code == 422 and "occurred_at" in answer.context["form"].errors


def test_a_supplier_lot_is_found_by_its_code(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    lot = make.SupplierLotFactory(plant=line.plant, code="HMC-1")
    client_of(inspector).post("/defects/new/", typed(line, scratch, supplier_lot="hmc-1"))
    defect = Defect.objects.get()
    assert (defect.supplier_lot, defect.part, defect.supplier) == (lot, lot.part, lot.part.supplier)
    assert not defect.lot_is_inferred


def test_an_unknown_lot_is_refused_beside_its_field(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    answer = client_of(inspector).post("/defects/new/", typed(line, scratch, supplier_lot="nowhere"))
    assert answer.status_code == 422 and "supplier_lot" in answer.context["form"].errors


def test_a_file_that_is_not_what_it_says_keeps_the_defect_from_being_saved(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    upload = SimpleUploadedFile("photo.png", b"<html><script>alert(1)</script></html>", "image/png")
    answer = client_of(inspector).post("/defects/new/", typed(line, scratch, photos=[upload]))
    assert answer.status_code == 422 and "photos" in answer.context["form"].errors
    assert not Defect.objects.exists() and not Attachment.objects.exists()


def test_files_are_kept_with_the_defect_and_served_for_download_only(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    client = client_of(inspector)
    upload = SimpleUploadedFile("readings.csv", b"time,value\n1,2\n", "text/csv")
    client.post("/defects/new/", typed(line, scratch, photos=[upload]))
    answer = client.get(f"/attachments/{Attachment.objects.get().pk}/")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_line_of_another_plant_cannot_be_chosen(inspector: User, client_of: Login, scratch: DefectType) -> None:
    foreign = make.ProductionLineFactory()
    answer = client_of(inspector).post("/defects/new/", typed(foreign, scratch))
    assert answer.status_code == 422 and "line" in answer.context["form"].errors


def test_a_chosen_line_leaves_only_its_stations(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    make.StationFactory(line=line, code="ST-MINE")
    make.StationFactory(line=make.ProductionLineFactory(plant=line.plant), code="ST-OTHER")
    page = client_of(inspector).get(f"/defects/new/?line={line.pk}").content.decode()
    assert "ST-MINE" in page and "ST-OTHER" not in page


def correction(defect: Defect, **more: Any) -> dict[str, Any]:
    return {
        "defect_type": defect.defect_type_id,
        "quantity": "1",
        "line": defect.line_id,
        "detected_at": "in_process",
        "severity": defect.severity,
        "occurred_at": "2026-11-20T12:00",
        "version": defect.version,
        "reason": "Counted again",
        **more,
    }


def test_a_correction_keeps_the_old_values_in_sight(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    defect = make.DefectFactory(line=line, defect_type=scratch)
    answer = client_of(inspector).post(f"/defects/{defect.pk}/correct/", correction(defect, quantity="5"), follow=True)
    defect.refresh_from_db()
    assert (defect.quantity, defect.version) == (5, 2)
    assert "Earlier versions" in answer.content.decode() and "Counted again" in answer.content.decode()


def test_a_stale_correction_shows_what_differs_and_saves_nothing(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    defect = make.DefectFactory(line=line, defect_type=scratch)
    client = client_of(inspector)
    client.post(f"/defects/{defect.pk}/correct/", correction(defect, quantity="5"))
    answer = client.post(f"/defects/{defect.pk}/correct/", correction(defect, quantity="7"))
    defect.refresh_from_db()
    page = answer.content.decode()
    assert answer.status_code == 409 and defect.quantity == 5
    assert "was changed while you had it open" in page
    assert [(row["theirs"], row["mine"]) for row in answer.context["conflict"]] == [("5", "7")]
    again = client.post(f"/defects/{defect.pk}/correct/", correction(defect, quantity="7", version=defect.version))
    assert again.status_code == 302


def test_a_void_needs_a_reason(inspector: User, client_of: Login, line: ProductionLine) -> None:
    defect = make.DefectFactory(line=line)
    client = client_of(inspector)
    client.post(f"/defects/{defect.pk}/void/", {"reason": " "})
    defect.refresh_from_db()
    assert defect.status == "logged"
    client.post(f"/defects/{defect.pk}/void/", {"reason": "Typed twice"})
    defect.refresh_from_db()
    assert (defect.status, defect.void_reason) == ("void", "Typed twice")


def test_the_list_is_filtered_by_what_the_address_says(manager: User, client_of: Login, line: ProductionLine) -> None:
    mine = make.DefectFactory(line=line, serial="SN-77")
    other = make.DefectFactory()
    client = client_of(manager)
    for query, expected in {
        "": {mine, other},
        f"?line={line.pk}": {mine},
        f"?code={other.defect_type_id}": {other},
        f"?plant={line.plant_id}": {mine},
        "?q=sn-77": {mine},
        "?status=void": set(),
        "?period=7": {mine, other},
        "?line=999999": set(),
        "?code=abc&period=x": {mine, other},
    }.items():
        shown = {row.pk for row in client.get(f"/defects/{query}").context["rows"]}
        assert shown == {defect.pk for defect in expected}, query


def test_a_record_of_another_plant_is_not_there(inspector: User, client_of: Login) -> None:
    foreign = make.DefectFactory()
    client = client_of(inspector)
    for path in (f"/defects/{foreign.pk}/", f"/defects/{foreign.pk}/correct/"):
        assert client.get(path).status_code == 404
    assert client.post(f"/defects/{foreign.pk}/void/", {"reason": "x"}).status_code == 404


def test_the_list_says_which_finding_speaks_of_a_record(
    manager: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    here = make.DefectFactory(line=line, defect_type=scratch)
    elsewhere = make.DefectFactory(line=make.ProductionLineFactory(plant=line.plant), defect_type=scratch)
    found = make.FindingFactory(plant=line.plant, defect_type=scratch, where={"line": line.code})
    rows: dict[int, str] = {row.pk: str(row.cells) for row in client_of(manager).get("/defects/").context["rows"]}
    link = f"/findings/{found.pk}/"
    assert link in rows[here.pk] and link not in rows[elsewhere.pk]


def test_an_empty_form_says_what_it_misses(
    manager: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    make.PlantFactory()  # who sees two plants has to say which
    answer = client_of(manager).post("/defects/new/", {})
    assert answer.status_code == 422
    assert {"frequent", "quantity", "plant"} <= set(answer.context["form"].errors)


def test_a_code_tapped_before_the_line_is_kept_though_it_is_rare_there(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    client = client_of(inspector)
    page = client.get("/defects/new/", {"frequent": scratch.pk, "line": line.pk}).content.decode()
    assert f'value="{scratch.pk}"' in page.split('id="codes"')[1].split("</div>")[0]
    tapped = {**typed(line, scratch), "defect_type": "", "frequent": scratch.pk}
    client.post("/defects/new/", tapped)
    assert Defect.objects.get().defect_type == scratch
