"""The quick log without a script: form, scanner, saved page, undo."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from qc import clock
from qc.models import Attachment, Defect, Event, ProductionRun, Station, User
from qc.services import analyses, exposure
from tests import factories as make
from tests.qc.web.conftest import Login
from tests.qc.web.quick_statements import statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def station(plant: Any) -> Station:
    line = make.ProductionLineFactory(plant=plant, code="SMT-1")
    make.ShiftFactory(plant=plant, code="ALL", starts_at=dt.time(0), ends_at=dt.time(12))
    make.ShiftFactory(plant=plant, code="DAY", starts_at=dt.time(12), ends_at=dt.time(0))
    return make.StationFactory(line=line, code="RO-14", name="reflow")


@pytest.fixture
def code() -> Any:
    return make.DefectTypeFactory(code="SOLD-BRID", name="Solder bridge")


def photo(colour: str = "red", name: str = "shot.jpg") -> SimpleUploadedFile:
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(drawn, "JPEG")
    return SimpleUploadedFile(name, drawn.getvalue(), "image/jpeg")


def post(client: Client, station: Station, **values: Any) -> Any:
    body = {"quantity": "1", "client_uuid": str(uuid.uuid4()), "do": "save"} | values
    return client.post(f"/log/{station.pk}/", {name: value for name, value in body.items() if value is not None})


def send(client: Client, station: Station, **values: Any) -> Any:
    """As the script sends it."""
    body = {"quantity": "1", "client_uuid": str(uuid.uuid4())} | values
    return client.post(f"/log/{station.pk}/", body, headers={"Accept": "application/json"})


@pytest.mark.usefixtures("noon")
def test_the_form_shows_line_station_shift_product_and_the_stations_most_frequent_codes(
    client_of: Login, inspector: User, station: Station
) -> None:
    product = make.ProductFactory(code="ECU-40")
    exposure.start_run(inspector, line=station.line, product=product)
    types = [make.DefectTypeFactory(code=f"T-{n:02}") for n in range(11)]
    for times, each in enumerate(types):
        for _n in range(times):
            make.DefectFactory(line=station.line, station=station, defect_type=each, production_on=clock.today())
    page = client_of(inspector).get(f"/log/{station.pk}/")
    assert [each.code for each in page.context["buttons"]] == [f"T-{n:02}" for n in range(10, 2, -1)]
    assert [each.code for each in page.context["others"]] == ["T-00", "T-01", "T-02"]
    for word in ("RO-14", "SMT-1", "Shift ", "ECU-40"):
        assert word in page.text
    assert f'name="product" value="{product.pk}"' in page.text


@pytest.mark.usefixtures("noon")
def test_a_new_station_borrows_the_frequent_codes_of_its_line_and_plant(
    client_of: Login, inspector: User, station: Station
) -> None:
    neighbour = make.StationFactory(line=station.line)
    elsewhere = make.ProductionLineFactory(plant=station.line.plant)
    near, far = make.DefectTypeFactory(), make.DefectTypeFactory()
    for _n in range(3):
        make.DefectFactory(line=elsewhere, defect_type=far, production_on=clock.today())
    make.DefectFactory(line=station.line, station=neighbour, defect_type=near, production_on=clock.today())
    page = client_of(inspector).get(f"/log/{station.pk}/")
    assert page.context["buttons"] == [near, far]


def test_one_post_saves_the_record_with_its_photos_and_what_follows_from_the_station(
    client_of: Login, inspector: User, station: Station, code: Any
) -> None:
    run = exposure.start_run(inspector, line=station.line, product=make.ProductFactory())
    answer = post(
        client_of(inspector), station, code=code.pk, quantity="3", product=run.product_id, note="left of the fan",
        photos=[photo("red"), photo("blue", "b.jpg")],
    )  # fmt: skip
    defect = Defect.objects.get()
    assert answer.status_code == 302 and answer["Location"] == f"/log/saved/{defect.pk}/"
    assert (defect.station, defect.line, defect.product) == (station, station.line, run.product)
    assert (defect.quantity, defect.note, defect.recorded_by) == (Decimal(3), "left of the fan", inspector)
    assert defect.shift is not None
    assert Attachment.objects.about(defect).count() == 2


def test_a_double_tap_and_a_retry_are_one_record_and_another_body_is_a_conflict(
    client_of: Login, inspector: User, station: Station, code: Any
) -> None:
    client, key = client_of(inspector), str(uuid.uuid4())
    values = {"code": code.pk, "client_uuid": key, "seen_at": "2026-11-20T10:00:00Z"}
    first = send(client, station, **values, photos=photo())
    # The clock of the device was set right in between: still the same tap.
    second = send(client, station, **values | {"seen_at": "2026-11-20T10:09:00Z"}, photos=photo())
    other = send(client, station, **values | {"quantity": "2"})
    assert first.json() == second.json() and first.json()["number"].startswith("D-")
    assert (first.status_code, second.status_code, other.status_code) == (200, 200, 409)
    assert Defect.objects.count() == 1 and Attachment.objects.count() == 1


def test_another_persons_key_is_a_conflict_and_tells_nothing(
    client_of: Login, inspector: User, engineer: User, station: Station, code: Any
) -> None:
    key = str(uuid.uuid4())
    send(client_of(inspector), station, code=code.pk, client_uuid=key)
    answer = send(client_of(engineer), station, code=code.pk, client_uuid=key)
    assert answer.status_code == 409 and "D-" not in answer.text


def test_what_one_person_logged_is_not_sent_in_the_name_of_another(
    client_of: Login, inspector: User, engineer: User, station: Station, code: Any
) -> None:
    answer = send(client_of(engineer), station, code=code.pk, person=str(inspector.pk))
    assert answer.status_code == 409 and "person" in answer.json()["errors"]
    assert not Defect.objects.exists()


def test_a_device_whose_clock_is_off_is_set_right(
    client_of: Login, inspector: User, station: Station, code: Any, noon: dt.datetime
) -> None:
    wrong = noon - dt.timedelta(days=3)
    seen, sent = wrong - dt.timedelta(minutes=40), wrong
    send(client_of(inspector), station, code=code.pk, seen_at=seen.isoformat(), sent_at=sent.isoformat())
    send(client_of(inspector), station, code=code.pk, seen_at="2031-01-01T00:00:00Z")
    assert [row.occurred_at for row in Defect.objects.order_by("pk")] == [noon - dt.timedelta(minutes=40), noon]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"code": ""}, "code"), ({"code": "0"}, "code"), ({"code": "999999999999999999999"}, "code"),
        ({"quantity": "0"}, "quantity"), ({"quantity": "-1"}, "quantity"), ({"quantity": "1_000"}, "quantity"),
        ({"quantity": "٣"}, "quantity"), ({"client_uuid": "x"}, "client_uuid"), ({"serial": "9" * 81}, "serial"),
        ({"photos": SimpleUploadedFile("a.jpg", b"<html>", "image/jpeg")}, "photos"),
    ],
)  # fmt: skip
def test_bad_input_says_what_is_wrong_beside_the_field_and_saves_nothing(
    client_of: Login, inspector: User, station: Station, code: Any, values: dict[str, Any], field: str
) -> None:
    answer = send(client_of(inspector), station, **{"code": code.pk} | values)
    assert answer.status_code == 422 and list(answer.json()["errors"]) == [field]
    page = post(client_of(inspector), station, **{"code": code.pk, "note": "kept"} | values)
    assert page.status_code == 422 and "kept" in page.text
    assert not Defect.objects.exists()


def test_a_retired_code_is_refused_with_a_sentence(
    client_of: Login, inspector: User, station: Station, code: Any
) -> None:
    code.is_active = False
    code.save()
    assert "no longer in the catalogue" in str(send(client_of(inspector), station, code=code.pk).json())


def test_a_scanner_fills_the_form_and_saves_by_keys_alone(
    client_of: Login, inspector: User, station: Station, code: Any
) -> None:
    client = client_of(inspector)
    page = post(client, station, do="scan", scan="C.sold-brid")
    assert page.status_code == 200 and page.context["chosen"] == code
    page = post(client, station, do="scan", scan="N.4", code=code.pk)
    assert page.context["form"]["quantity"].value() == "4"
    page = post(client, station, do="scan", scan="4711-A", code=code.pk, quantity="4")
    assert page.context["form"]["serial"].value() == "4711-A"
    assert not Defect.objects.exists()
    post(client, station, do="scan", scan="DO.SAVE", code=code.pk, quantity="4", serial="4711-A")
    defect = Defect.objects.get()
    assert (defect.defect_type, defect.quantity, defect.serial) == (code, 4, "4711-A")


def test_a_scan_that_means_nothing_says_so_and_a_stations_address_leads_there(
    client_of: Login, inspector: User, station: Station, code: Any
) -> None:
    client, other = client_of(inspector), make.StationFactory(line=station.line)
    assert "There is no code NOPE" in post(client, station, do="scan", scan="C.NOPE").text
    answer = post(client, station, do="scan", scan=f"https://plant.example/log/{other.pk}/")
    assert answer["Location"] == f"/log/{other.pk}/"


def test_less_and_more_work_without_a_script(client_of: Login, inspector: User, station: Station, code: Any) -> None:
    client = client_of(inspector)
    assert post(client, station, do="more", code=code.pk).context["form"]["quantity"].value() == "2"
    assert post(client, station, do="less", code=code.pk).context["form"]["quantity"].value() == "1"
    assert post(client, station, do="more", code=code.pk, quantity="x").context["form"]["quantity"].value() == "2"


def test_the_saved_page_says_what_the_analysis_knows(
    client_of: Login, inspector: User, station: Station, code: Any, noon: dt.datetime
) -> None:
    where = {"station": station.code}
    since = noon.date() - dt.timedelta(days=4)
    make.FindingFactory(plant=station.line.plant, defect_type=code, where=where, since=since)
    client = client_of(inspector)
    for _n in range(4):
        answer = post(client, station, code=code.pk)
    page = client.get(answer["Location"])
    assert "4th today at this station" in page.text and "systemic since Monday" in page.text
    assert "Undo" in page.text and "Log another" in page.text


def test_undo_is_a_void_with_a_fixed_reason_and_a_second_tap_changes_nothing(
    client_of: Login, inspector: User, station: Station, code: Any
) -> None:
    client = client_of(inspector)
    post(client, station, code=code.pk)
    defect = Defect.objects.get()
    for _tap in range(2):
        assert client.post(f"/log/saved/{defect.pk}/undo/").status_code == 302
    defect.refresh_from_db()
    assert (defect.status, defect.void_reason) == ("void", "Logged by mistake, undone at once")
    assert Event.objects.filter(verb="defect.void").count() == 1
    assert "Undone" in client.get(f"/log/saved/{defect.pk}/").text


def test_undo_is_over_after_two_minutes_and_only_for_the_one_who_logged(
    client_of: Login, inspector: User, engineer: User, station: Station, code: Any
) -> None:
    with clock.frozen_at(make.NOON):
        post(client_of(inspector), station, code=code.pk)
        defect = Defect.objects.get()
        assert client_of(engineer).post(f"/log/saved/{defect.pk}/undo/").status_code == 403
    with clock.frozen_at(make.NOON + dt.timedelta(minutes=2)):
        client_of(inspector).post(f"/log/saved/{defect.pk}/undo/")
        assert not client_of(inspector).get(f"/log/saved/{defect.pk}/").context["may_undo"]
    defect.refresh_from_db()
    assert defect.status == "logged"


def test_the_login_leads_back_to_the_form(inspector: User, station: Station) -> None:
    client = Client()
    away = client.get(f"/log/{station.pk}/")
    assert away["Location"] == f"/accounts/login/?next=/log/{station.pk}/"
    back = client.post(
        away["Location"], {"login": "inspector", "password": make.PASSWORD, "next": f"/log/{station.pk}/"}
    )
    assert back["Location"] == f"/log/{station.pk}/"


def test_a_station_of_another_plant_does_not_exist(client_of: Login, inspector: User, code: Any) -> None:
    foreign = make.StationFactory()
    assert client_of(inspector).get(f"/log/{foreign.pk}/").status_code == 404
    assert post(client_of(inspector), foreign, code=code.pk).status_code == 404
    assert not Defect.objects.exists()


def test_the_list_of_stations_starts_with_those_where_the_person_logged(
    client_of: Login, inspector: User, station: Station, code: Any
) -> None:
    post(client_of(inspector), station, code=code.pk)
    page = client_of(inspector).get("/log/")
    assert page.context["recent"] == [station]
    assert page.context["rows"] == [(station.line, [station])]


def test_one_post_asks_the_database_eight_times_at_most(
    client_of: Login, inspector: User, station: Station, code: Any
) -> None:
    client = client_of(inspector)
    run = exposure.start_run(inspector, line=station.line, product=make.ProductFactory())
    send(client, station, code=code.pk)  # the first of its kind also makes the counter and the target
    with CaptureQueriesContext(connection) as queries:
        assert send(client, station, code=code.pk, product=run.product_id).status_code == 200
    assert len(statements(queries)) <= 8, "\n".join(statements(queries))
    assert ProductionRun.objects.count() == 1


@pytest.mark.usefixtures("work_at_once")
def test_a_quick_record_is_judged_like_any_other(
    client_of: Login, inspector: User, station: Station, code: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        post(client_of(inspector), station, code=code.pk)
    assert analyses.AnalysisTarget.objects.get().judged_version == 1


def test_the_worker_may_only_be_asked_for_and_stays_below_its_address(client: Client) -> None:
    answer = client.get("/log/worker.js")
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/javascript")
    assert "Service-Worker-Allowed" not in answer
    assert client.post("/log/worker.js").status_code == 405


def test_the_sheets_are_printed_with_an_address_per_station_and_a_code_per_type(
    client_of: Login, inspector: User, station: Station, code: Any, settings: Any
) -> None:
    settings.SITE_URL = "https://plant.example"
    client = client_of(inspector)
    page = client.get(f"/lines/{station.line.pk}/sheet/")
    assert [each.content for each in page.context["sheet"].groups[0][1]] == [f"https://plant.example/log/{station.pk}/"]
    assert "RO-14" in page.text
    make.StationFactory(line=station.line)
    assert len(client.get(f"/lines/{station.line.pk}/sheet/").context["sheet"].groups[0][1]) == 2
    one = client.get(f"/lines/{station.line.pk}/sheet/?station={station.pk}")
    assert len(one.context["sheet"].groups[0][1]) == 1
    codes = client.get("/codes/sheet/").context["sheet"].groups
    assert [label.content for _title, group in codes for label in group][-1] == "C.SOLD-BRID"
    for address in (f"/lines/{station.line.pk}/sheet.pdf", "/codes/sheet.pdf"):
        assert client.get(address).content.startswith(b"%PDF")
