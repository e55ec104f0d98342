"""Master records on their pages: made, changed, retired, and seen with what was found there."""

from __future__ import annotations

import pytest
from django.urls import reverse

from qc.models import Event, Holiday, Machine, Plant, ProductionLine, Shift, Station, SupplierLot
from qc.services import masters
from qc.web.master_kinds import MASTERS
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def line(plant):
    return make.ProductionLineFactory(plant=plant, code="SMT-1", name="Placement")


def test_an_engineer_makes_a_line_a_station_and_a_machine(client, engineer, plant):
    client.force_login(engineer)
    client.post(reverse("qc:line-create"), {"plant": plant.pk, "code": "CT-2", "name": "Coating", "is_active": "on"})
    line = ProductionLine.objects.get(code="CT-2")
    client.post(reverse("qc:station-create"), {"line": line.pk, "code": "OV-23", "name": "Oven", "is_active": "on"})
    station = Station.objects.get(line=line)
    client.post(reverse("qc:machine-create"), {"station": station.pk, "code": "OV-23-A", "is_active": "on"})
    assert Machine.objects.get().station == station
    assert list(Event.objects.filter(verb="master.create").values_list("plant", flat=True)) == [plant.pk] * 3
    page = client.get(reverse("qc:line-detail", args=[line.pk])).content.decode()
    assert "OV-23" in page and "made it" in page


def test_a_name_is_changed_and_the_code_stays(client, engineer, line):
    client.force_login(engineer)
    url = reverse("qc:line-edit", args=[line.pk])
    seen = client.get(url).context["form"]["seen"].value()
    client.post(url, {"seen": seen, "code": "OTHER", "name": "Placement and print", "is_active": "on"})
    line.refresh_from_db()
    assert (line.code, line.name) == ("SMT-1", "Placement and print")
    event = Event.objects.get(verb="master.change")
    assert event.data == {"name": ["Placement", "Placement and print"]}


def test_who_saves_an_older_state_is_told_and_loses_nothing(client, engineer, line):
    client.force_login(engineer)
    url = reverse("qc:line-edit", args=[line.pk])
    seen = client.get(url).context["form"]["seen"].value()
    masters.change(engineer, row=line, seen=masters.stamp(line), name="Changed meanwhile", is_active=True)
    answer = client.post(url, {"seen": seen, "name": "Mine", "is_active": "on"})
    assert answer.status_code == 422 and "changed meanwhile" in answer.content.decode()
    assert 'value="Mine"' in answer.content.decode()
    line.refresh_from_db()
    assert line.name == "Changed meanwhile"


def test_a_code_that_is_taken_is_refused_beside_the_field(client, engineer, line, plant):
    client.force_login(engineer)
    answer = client.post(reverse("qc:line-create"), {"plant": plant.pk, "code": "SMT-1", "name": "Again"})
    assert answer.status_code == 422 and ProductionLine.objects.count() == 1


def test_an_engineer_cannot_work_on_another_plants_line(client, engineer):
    other = make.ProductionLineFactory(code="FAR-1")
    client.force_login(engineer)
    assert client.get(reverse("qc:line-edit", args=[other.pk])).status_code == 404
    refused = client.post(reverse("qc:station-create"), {"line": other.pk, "code": "X", "is_active": "on"})
    assert refused.status_code == 422 and not Station.objects.exists()


def test_only_a_quality_manager_changes_plants(client, engineer, manager, plant):
    client.force_login(engineer)
    assert client.get(reverse("qc:plant-edit", args=[plant.pk])).status_code == 403
    client.force_login(manager)
    answer = client.post(
        reverse("qc:plant-create"),
        {"code": "PL-9", "name": "Nine", "time_zone": "Asia/Kolkata", "currency": "INR", "is_active": "on"},
    )
    assert answer.status_code == 302 and Plant.objects.get(code="PL-9").time_zone == "Asia/Kolkata"


def test_shifts_and_holidays_stand_on_their_plants_page_and_are_taken_out(client, engineer, plant):
    client.force_login(engineer)
    client.post(
        reverse("qc:shift-create"),
        {"plant": plant.pk, "code": "N", "name": "Night", "starts_at": "22:00", "ends_at": "06:00"},
    )
    client.post(reverse("qc:holiday-create"), {"plant": plant.pk, "on": "2026-12-25", "name": "Christmas"})
    page = client.get(reverse("qc:plant-detail", args=[plant.pk])).content.decode()
    assert "Night" in page and "Christmas" in page
    shift = Shift.objects.get(code="N")
    client.post(reverse("qc:shift-remove", args=[shift.pk]))
    assert not Shift.objects.filter(pk=shift.pk).exists()
    assert plant.days_off == {Holiday.objects.get().on}


def test_a_shift_that_records_name_stays(client, engineer, plant, line):
    shift = make.ShiftFactory(plant=plant, code="A")
    make.DefectFactory(line=line, shift=shift)
    client.force_login(engineer)
    answer = client.post(reverse("qc:shift-remove", args=[shift.pk]), follow=True)
    assert "stays" in answer.content.decode() and Shift.objects.filter(pk=shift.pk).exists()


def test_a_lots_page_shows_where_it_was_used_and_what_was_found(client, engineer, plant, line):
    lot = make.SupplierLotFactory(plant=plant, code="THC-2638A")
    lot.uses.create(line=line, first_on=make.NOON.date())
    make.DefectFactory(
        line=line, part=lot.part, supplier=lot.part.supplier, supplier_lot=lot, defect_type__name="Coplanarity"
    )
    client.force_login(engineer)
    page = client.get(reverse("qc:lot-detail", args=[lot.pk])).content.decode()
    assert "SMT-1" in page and "still in use" in page and "Coplanarity" in page


def test_a_stations_findings_are_those_of_its_plant_with_its_code(client, manager, plant, line):
    station = make.StationFactory(line=line, code="SP-11")
    make.FindingFactory(plant=plant, where={"station": "SP-11"}, defect_type__name="Solder bridge")
    make.FindingFactory(where={"station": "SP-11"}, defect_type__name="Elsewhere")
    client.force_login(manager)
    page = client.get(reverse("qc:station-detail", args=[station.pk])).content.decode()
    assert "Solder bridge" in page and "Elsewhere" not in page


@pytest.mark.parametrize("noun", [noun for noun in MASTERS if noun not in ("line", "supplier")])
def test_every_kind_has_a_list_that_teaches_when_it_is_empty_and_can_be_searched(client, manager, noun):
    client.force_login(manager)
    empty = client.get(reverse(f"qc:{noun}-list"))
    assert empty.status_code == 200
    found = client.get(reverse(f"qc:{noun}-list"), {"q": "zz\x00'%"})
    assert found.status_code == 200 and "Nothing has this code or name" in found.content.decode()


def test_a_lot_received_in_words_is_refused_beside_the_field(client, engineer, plant):
    part = make.PartFactory()
    client.force_login(engineer)
    bad = {"plant": plant.pk, "part": part.pk, "code": "L1", "received_on": "2026-02-30", "units": "many"}
    answer = client.post(reverse("qc:lot-create"), bad)
    assert answer.status_code == 422 and set(answer.context["form"].errors) == {"received_on", "units"}
    assert not SupplierLot.objects.exists()
