"""The full form: every field, dependent choices, files that survive an error, doubles that are shown first."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from qc import clock
from qc.models import Attachment, Defect, DefectType, KeptFile, Plant, ProductionLine, User
from qc.services import defects
from tests import factories as make
from tests.pictures import csv, png
from tests.qc.web.conftest import Login
from tests.qc.web.test_defects import correction, typed

pytestmark = pytest.mark.usefixtures("noon")
ALL = {
    "serial": "SN-1\nSN-2",
    "lot": "L-77",
    "work_order": "WO-1",
    "operation": "20",
    "product_revision": "C",
    "tool": "T-4",
    "cavity": "3",
    "purchase_order": "PO-9/10",
    "receipt": "GR-5",
    "requirement": "DRW-100",
    "requirement_revision": "B",
    "characteristic": "bore 35H7",
    "actual_value": "-0.031",
    "unit": "mm",
    "detected_at": "customer",
    "inspector": "I-03",
    "customer": "Brook Motors",
    "customer_ref": "CR-12",
    "disposition": "hold",
    "material_at": "Cage 2",
    "hold_tag": "H-8",
    "note": "Left of the fan",
}


@pytest.fixture
def line(plant: Plant) -> ProductionLine:
    return make.ProductionLineFactory(plant=plant, code="L-7")


@pytest.fixture
def scratch(db: None) -> DefectType:
    return make.DefectTypeFactory(code="SCR", name="Scratch", severity="minor")


def stored() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_every_field_is_kept_and_shown(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    client = client_of(inspector)
    answer = client.post("/defects/new/", typed(line, scratch, **ALL), follow=True)
    defect = Defect.objects.get()
    assert defect.serials == ["SN-1", "SN-2"] and defect.measured == "-0.031 mm"
    said = {name: getattr(defect, name) for name in ALL if name not in ("serial", "actual_value")}
    assert said == {name: value for name, value in ALL.items() if name in said}
    page = answer.content.decode()
    shown = {"SN-2", "WO-1", "PO-9/10", "GR-5", "DRW-100", "bore 35H7", "-0.031 mm", "Brook Motors", "CR-12", "Cage 2"}
    assert {text for text in shown if text not in page} == set()
    form = client.get(f"/defects/{defect.pk}/correct/").content.decode()
    assert {value for name, value in ALL.items() if name != "serial" and value not in form} == set()


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"serial": "A\nB\nC"}, "serial"),
        ({"unit": "mm"}, "actual_value"),
        ({"actual_value": "35,03"}, "actual_value"),
        ({"actual_value": "1e5"}, "actual_value"),
        ({"actual_value": "٣"}, "actual_value"),
        ({"requirement_revision": "B"}, "requirement"),
        ({"customer": "Brook Motors"}, "detected_at"),
        ({"disposition": "use_as_is"}, "disposition"),
        ({"hold_tag": "x" * 41}, "hold_tag"),
        ({"serial": "x" * 81}, "serial"),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType, sent: dict[str, str], field: str
) -> None:
    answer = client_of(inspector).post("/defects/new/", typed(line, scratch, **sent))
    assert answer.status_code == 422 and field in answer.context["form"].errors
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert not Defect.objects.exists()


def test_a_section_with_something_in_it_is_open_and_the_others_are_folded(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    answer = client_of(inspector).post("/defects/new/", typed(line, scratch, quantity="", hold_tag="H-8"))
    opened = {section["key"] for section in answer.context["form"].sections if section["is_open"]}
    assert opened == {"material"}
    fresh = client_of(inspector).get("/defects/new/").context["form"]
    assert not any(section["is_open"] for section in fresh.sections)


def test_each_choice_leaves_what_lies_below_it(manager: User, client_of: Login) -> None:
    make.PlantFactory()
    station = make.StationFactory(code="ST-MINE")
    machine = make.MachineFactory(station=station, code="M-MINE")
    other = make.StationFactory(line=station.line, code="ST-NEAR")
    make.MachineFactory(station=other, code="M-NEAR")
    make.StationFactory(code="ST-FAR", line=make.ProductionLineFactory(code="L-FAR"))
    client = client_of(manager)
    page = client.get("/defects/new/", {"plant": station.line.plant_id}).content.decode()
    assert "ST-MINE" in page and "ST-NEAR" in page and "-FAR" not in page
    page = client.get("/defects/new/", {"line": station.line_id, "station": station.pk}).content.decode()
    assert machine.code in page and "M-NEAR" not in page


def test_a_supplier_leaves_its_parts_and_a_part_its_lots(inspector: User, client_of: Login, plant: Plant) -> None:
    mine = make.SupplierLotFactory(plant=plant, code="LOT-MINE")
    make.SupplierLotFactory(plant=plant, code="LOT-OTHER")
    make.SupplierLotFactory(part=mine.part, code="LOT-FAR")
    supplier = mine.part.supplier
    page = client_of(inspector).get("/defects/new/", {"supplier": supplier.pk, "part": mine.part_id}).content.decode()
    lots = page.split('id="lots"')[1].split("</datalist>")[0]
    assert "LOT-MINE" in lots and "LOT-OTHER" not in lots and "LOT-FAR" not in lots
    assert page.split('id="id_part"')[1].split("</select>")[0].count("<option") == 2


def test_without_javascript_a_button_narrows_the_choices_and_nothing_is_lost(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    make.StationFactory(line=line, code="ST-MINE")
    make.StationFactory(line=make.ProductionLineFactory(plant=line.plant), code="ST-OTHER")
    sent = typed(line, scratch, quantity="", note="Left of the fan", narrow="1", photos=[png()])
    answer = client_of(inspector).post("/defects/new/", sent)
    page = answer.content.decode()
    assert answer.status_code == 200 and "ST-MINE" in page and "ST-OTHER" not in page
    assert "Left of the fan" in page and sent["client_uuid"] in page and "photo.png" in page
    assert "Not saved yet" not in page


def test_a_code_is_offered_only_on_the_lines_where_it_is_used(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    elsewhere = make.DefectTypeFactory(name="Only elsewhere")
    other = make.ProductionLineFactory(plant=line.plant)
    elsewhere.places.create(line=other)
    type(elsewhere).objects.filter(pk=elsewhere.pk).update(is_limited=True)
    client = client_of(inspector)
    assert "Only elsewhere" in client.get("/defects/new/", {"line": other.pk}).content.decode()
    assert "Only elsewhere" not in client.get("/defects/new/", {"line": line.pk}).content.decode()
    assert "Scratch" in client.get("/defects/new/", {"line": line.pk}).content.decode()


def test_files_survive_an_error_and_come_with_the_record(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    client, sent = client_of(inspector), typed(line, scratch, quantity="")
    first = client.post("/defects/new/", sent | {"photos": [png("one.png"), png("two.png", "blue"), csv()]})
    assert first.status_code == 422 and "one.png" in first.content.decode()
    dropped = KeptFile.objects.get(name="two.png")
    client.post("/defects/new/", sent | {"quantity": "1", "drop": [dropped.pk], "photos": [png("three.png", "green")]})
    names = set(Attachment.objects.about(Defect.objects.get()).values_list("name", flat=True))
    assert names == {"one.png", "readings.csv", "three.png"}
    assert not KeptFile.objects.exists()


def test_a_bad_file_is_named_and_the_good_ones_are_kept(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    bad = [csv("virus.exe", "MZ"), csv("page.csv", "<html><script>")]
    answer = client_of(inspector).post("/defects/new/", typed(line, scratch, photos=[png("good.png"), *bad]))
    errors = answer.context["form"].errors["photos"]
    assert [each.split(":")[0] for each in errors] == ["virus.exe", "page.csv"]
    assert list(KeptFile.objects.values_list("name", flat=True)) == ["good.png"]


def test_kept_files_are_their_senders_own_and_go_after_two_days(
    inspector: User, engineer: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    sent = typed(line, scratch, quantity="", photos=[png()])
    client_of(inspector).post("/defects/new/", sent)
    foreign = client_of(engineer).post(
        "/defects/new/", typed(line, scratch, quantity="") | {"client_uuid": sent["client_uuid"]}
    )
    assert "photo.png" not in foreign.content.decode()
    with clock.frozen_at(make.NOON + dt.timedelta(days=3)):
        client_of(engineer).post("/defects/new/", typed(line, scratch, quantity="", photos=[png("late.png", "blue")]))
    assert list(KeptFile.objects.values_list("name", flat=True)) == ["late.png"]


def test_a_form_keeps_only_so_many_files(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qc.services.kept_files.MOST_FILES", 1)
    many = [png("one.png"), png("two.png", "blue")]
    answer = client_of(inspector).post("/defects/new/", typed(line, scratch, quantity="", photos=many))
    assert answer.status_code == 422 and "can wait for a form" in answer.content.decode()


# Doubles.


def log(by: User, line: ProductionLine, kind: DefectType, **more: Any) -> Defect:
    return defects.record(by, line=line, defect_type=kind, occurred_at=make.NOON - dt.timedelta(minutes=4), **more)


def test_a_likely_double_is_shown_before_it_is_saved(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    first = log(inspector, line, scratch, serial="SN-1", inspector="I-03")
    client, sent = client_of(inspector), typed(line, scratch, serial="SN-1", photos=[png()])
    answer = client.post("/defects/new/", sent)
    page = answer.content.decode()
    assert answer.status_code == 409 and Defect.objects.count() == 1
    assert first.number in page and "same serial and code 4 minutes before, by I-03" in page and "photo.png" in page
    del sent["photos"]
    client.post("/defects/new/", sent | {"anyway": "1"})
    saved = Defect.objects.latest("pk")
    assert saved.is_distinct and saved.is_counted and Attachment.objects.about(saved).exists()


def test_the_same_is_joined_and_both_stay(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    first = log(inspector, line, scratch, serial="SN-1")
    client, sent = client_of(inspector), typed(line, scratch, serial="SN-1", same_as=first.pk)
    answer = client.post("/defects/new/", sent, follow=True)
    saved = Defect.objects.latest("pk")
    assert (saved.duplicate_of, saved.status) == (first, "duplicate")
    assert "Not the same: count it again" in answer.content.decode()
    client.post("/defects/new/", sent)  # a second tap
    assert Defect.objects.count() == 2
    assert f">{saved.number}<" in client.get(f"/defects/{first.pk}/").content.decode()
    client.post(f"/defects/{saved.pk}/unjoin/")
    saved.refresh_from_db()
    assert saved.is_counted and saved.is_distinct


def test_sending_the_same_form_twice_is_no_double(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    client, sent = client_of(inspector), typed(line, scratch, serial="SN-1")
    first, second = client.post("/defects/new/", sent), client.post("/defects/new/", sent)
    assert first.headers["Location"] == second.headers["Location"] and Defect.objects.count() == 1


def test_another_peoples_record_cannot_be_joined_to(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    foreign = make.DefectFactory()
    answer = client_of(inspector).post("/defects/new/", typed(line, scratch, same_as=foreign.pk))
    assert answer.status_code == 422 and not Defect.objects.filter(line=line).exists()
    mine = log(inspector, line, scratch)
    client_of(inspector).post(f"/defects/{mine.pk}/join/", {"original": foreign.number})
    mine.refresh_from_db()
    assert mine.status == "logged"


def test_the_hint_comes_while_typing(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    first = log(inspector, line, scratch, serial="SN-1")
    client = client_of(inspector)
    half = {"defect_type": scratch.pk, "line": line.pk, "client_uuid": str(uuid.uuid4())}
    assert first.number not in client.get("/defects/likely/", half).content.decode()
    assert first.number in client.get("/defects/likely/", half | {"serial": "sn-1"}).content.decode()
    assert client.get("/defects/likely/", {"line": "x", "serial": "\x00" * 5}).status_code == 200


def test_a_record_that_is_in_doubt_is_decided_from_the_list(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    first, again = log(inspector, line, scratch), log(inspector, line, scratch)
    Defect.objects.filter(pk=again.pk).update(looks_like=first)
    client = client_of(inspector)
    assert again.number in client.get("/defects/duplicates/").content.decode()
    answer = client.post(f"/defects/{again.pk}/join/", {"original": first.number, "list": "1"}, follow=True)
    again.refresh_from_db()
    assert again.duplicate_of == first and "Nothing is in doubt" in answer.content.decode()


# Versions.


def test_the_history_tells_what_changed_in_words(
    inspector: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    defect, client = make.DefectFactory(line=line, defect_type=scratch), client_of(inspector)
    dent = make.DefectTypeFactory(name="Dent")
    client.post(f"/defects/{defect.pk}/correct/", correction(defect, quantity="5", defect_type=dent.pk, hold_tag="H-1"))
    (version,) = client.get(f"/defects/{defect.pk}/").context["versions"]
    told = {change.label: (change.before, change.after) for change in version.changes}
    assert told == {"Defect type": ("Scratch", "Dent"), "Quantity": ("1", "5"), "Hold tag": ("", "H-1")}


def test_a_stale_form_keeps_what_others_changed_and_what_was_typed(
    inspector: User, engineer: User, client_of: Login, line: ProductionLine, scratch: DefectType
) -> None:
    defect = make.DefectFactory(line=line, defect_type=scratch)
    mine = correction(defect, quantity="7")
    client_of(engineer).post(f"/defects/{defect.pk}/correct/", correction(defect, note="Checked again", hold_tag="H-1"))
    answer = client_of(inspector).post(f"/defects/{defect.pk}/correct/", mine)
    rows = {row["label"]: (row["read"], row["theirs"], row["mine"]) for row in answer.context["conflict"]}
    assert answer.status_code == 409
    assert rows == {"Note": ("", "Checked again", None), "Hold tag": ("", "H-1", None), "How many": ("1", "1", "7")}
    assert "engineer" in answer.content.decode()
    form = answer.context["form"]
    again = {name: form[name].value() for name in form.fields}
    client_of(inspector).post(f"/defects/{defect.pk}/correct/", again)
    defect.refresh_from_db()
    assert (defect.note, defect.hold_tag, defect.quantity, defect.version) == ("Checked again", "H-1", 7, 3)


def test_a_void_is_taken_back_from_the_page(
    inspector: User, engineer: User, client_of: Login, line: ProductionLine
) -> None:
    defect = make.DefectFactory(line=line)
    client_of(inspector).post(f"/defects/{defect.pk}/void/", {"reason": "Typed twice"})
    assert client_of(inspector).post(f"/defects/{defect.pk}/restore/", {"reason": "x"}).status_code == 403
    client_of(engineer).post(f"/defects/{defect.pk}/restore/", {"reason": ""})
    defect.refresh_from_db()
    assert defect.status == "void"
    client_of(engineer).post(f"/defects/{defect.pk}/restore/", {"reason": "It was right"})
    defect.refresh_from_db()
    assert defect.status == "logged"
