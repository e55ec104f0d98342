"""Imports in the browser's eyes, without JavaScript."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from qc.models import Defect, Import
from tests import factories as make

HEAD = "Occurred at,Defect code,Line,Note\n"
pytestmark = pytest.mark.usefixtures("work_at_once", "noon")


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def floor(plant):
    make.ProductionLineFactory(plant=plant, code="L1")
    make.DefectTypeFactory(code="SCR", name="Scratch")
    return plant


def send(client, text, kind="defects", name="records.csv", key="0" * 32):
    upload = SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode())
    return client.post(reverse("qc:import-create"), {"kind": kind, "upload": upload, "uuid": key}, follow=True)


@pytest.fixture
def desk(client, engineer, django_capture_on_commit_callbacks):
    """An engineer's client whose background work is done at once."""
    client.force_login(engineer)
    post = client.post

    def at_once(*args, **kwargs):
        follow = kwargs.pop("follow", False)
        with django_capture_on_commit_callbacks(execute=True):
            response = post(*args, **kwargs)
        return client.get(response["Location"]) if follow and response.status_code in (302, 303) else response

    client.post = at_once
    return client


def step(desk, name, **data):
    row = Import.objects.latest("pk")
    return desk.post(reverse(f"qc:import-{name}", args=[row.pk]), {"revision": row.revision, **data}, follow=True)


def test_a_file_is_sent_looked_at_saved_and_taken_back(desk, floor):
    page = send(desk, HEAD + "2026-11-18 08:00,SCR,L1,left\n")
    assert b"1 row can be saved" in page.content and b"SCR, major" in page.content and Defect.objects.count() == 0
    page = step(desk, "apply")
    assert b"D-2026-000001 to D-2026-000001" in page.content
    page = step(desk, "undo", reason="Wrong file")
    assert b"Taken back" in page.content and b"Wrong file" in page.content
    assert Defect.objects.get().status == "void"
    assert b"records.csv" in desk.get(reverse("qc:import-list")).content


def test_errors_are_mended_in_the_page_or_created_or_downloaded(desk, floor):
    page = send(desk, HEAD + "2026-11-18 08:00,SCRATCHED,L1,\n2026-11-18 09:00,SCR,L9,\n")
    assert b"is not a known defect code" in page.content and b"SCRATCHED" in page.content
    file = desk.get(reverse("qc:import-errors", args=[Import.objects.get().pk]))
    text = b"".join(file.streaming_content).decode("utf-8-sig")
    assert file["Content-Disposition"] == 'attachment; filename="records errors.csv"'
    assert text.splitlines()[0] == "Occurred at,Defect code,Line,Note,What is wrong"
    assert "SCRATCHED is not a known defect code" in text
    position = Import.objects.get().problems.get(value="SCRATCHED").position
    page = step(desk, "fix", **{f"fix-{position}": "SCR"})
    assert b"1 row can be saved" in page.content
    page = step(desk, "fix", create=["line"])
    assert b"2 rows can be saved" in page.content and b"L9" in page.content


def test_a_corrected_file_of_error_rows_brings_just_those(desk, floor):
    send(desk, HEAD + "2026-11-18 08:00,SCR,L1,ok\n2026-11-18 09:00,BAD,L1,=1+1\n")
    step(desk, "apply")
    file = desk.get(reverse("qc:import-errors", args=[Import.objects.get().pk]))
    text = b"".join(file.streaming_content).decode("utf-8-sig").replace("BAD,", "SCR,")
    send(desk, text, key="1" * 32)
    row = Import.objects.latest("pk")
    assert (row.new, row.errors) == (1, 0)
    step(desk, "apply")
    assert sorted(Defect.objects.values_list("note", flat=True)) == ["=1+1", "ok"]


def test_columns_that_were_not_found_are_asked_for_and_the_mapping_is_shown_with_values(desk, floor):
    page = send(desk, "Alpha,Beta,Line\n2026-11-18 08:00,SCR,L1\n")
    assert b"These columns were not found" in page.content and b"2026-11-18 08:00" in page.content
    page = step(desk, "map", column_0="occurred_at", column_1="defect_type", column_2="line")
    assert b"1 row can be saved" in page.content
    page = step(desk, "map", column_0="occurred_at", column_1="occurred_at", column_2="line")
    assert page.status_code == 422 and b"is this already" in page.content


def test_the_order_of_dates_is_asked_for_and_not_guessed(desk, floor):
    page = send(desk, HEAD + "03/04/2026 08:00,SCR,L1,\n05/04/2026 08:00,SCR,L1,\n")
    assert b"make sense with the day first" in page.content
    page = step(desk, "map", column_0="occurred_at", column_1="defect_type", column_2="line", day_first="true")
    assert b"3 Apr 2026" in page.content


def test_the_same_post_twice_is_one_import(desk, floor):
    for _ in range(2):
        send(desk, HEAD + "2026-11-18 08:00,SCR,L1,left\n")
    assert Import.objects.count() == 1


def test_an_empty_or_unreadable_file_says_so_beside_the_field_or_on_the_page(desk, floor):
    page = send(desk, b"")
    assert page.status_code == 422 and b"empty" in page.content
    page = send(desk, b"%PDF-1.4 not a table", name="x.csv")
    assert b"is not a table" in page.content
    page = send(desk, b"<html>", name="x.csv", key="2" * 32)
    assert Import.objects.filter(status="refused").count() == 2


def test_each_kind_has_a_template_that_reads_as_it_should(desk, floor):
    for kind in Import.Kind.values:
        file = desk.get(reverse("qc:import-template", args=[kind]))
        assert file.status_code == 200
        send(desk, b"".join(file.streaming_content), kind=kind, key=f"{hash(kind) % 10**8:032}")
        row = Import.objects.latest("pk")
        assert row.status == "ready" and not row.refusal, (kind, row.questions, row.refusal)
        assert set(row.mapping) >= {"code"} or len(row.mapping) > 3


@pytest.mark.parametrize("show", ["errors", "new", "changed", "same"])
def test_every_tab_opens_at_every_page_number(desk, floor, show):
    send(desk, HEAD + "2026-11-18 08:00,SCR,L1,left\n")
    for number in ("", "1", "2", "-1", "x", "9" * 30):
        page = desk.get(reverse("qc:import-detail", args=[Import.objects.get().pk]), {"show": show, "page": number})
        assert page.status_code == 200


def test_an_auditor_reads_imports_and_changes_nothing(client, engineer, auditor, desk, floor):
    send(desk, HEAD + "2026-11-18 08:00,SCR,L1,left\n")
    row = Import.objects.get()
    client.force_login(auditor)
    page = client.get(reverse("qc:import-detail", args=[row.pk]))
    assert page.status_code == 200 and b"Save</button>" not in page.content
    assert client.post(reverse("qc:import-apply", args=[row.pk]), {"revision": row.revision}).status_code == 403


def test_inspectors_and_suppliers_do_not_import(client, inspector, acme, floor):
    for person, status in ((inspector, 403), (acme, 404)):
        client.force_login(person)
        assert client.get(reverse("qc:import-list")).status_code == status
        assert send(client, HEAD).status_code == status


def test_what_is_in_a_file_is_shown_as_text_only(desk, floor):
    page = send(desk, HEAD + "2026-11-18 08:00,<img onerror=alert(1)>,L1,<b>x</b>\n", name="<img src=x>.csv")
    assert b"<img" not in page.content.replace(b"&lt;img", b"")
    assert b"&lt;img onerror" in page.content
