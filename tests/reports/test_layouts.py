from __future__ import annotations

import csv
import email.policy
import io
import re
import zipfile
from email import message_from_bytes
from xml.etree import ElementTree

import pytest
from django.core import mail
from django.test import Client
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from qc.models import DefectType, Plant, User
from reports import summaries
from reports.layouts import pdf, tables, weekly
from reports.models import Delivery, Report
from reports.services import schedules
from tests.reports.conftest import WEEK
from tests.reports.test_schedules import weekly_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def report(week: Plant, manager: User) -> Report:
    schedules.produce(weekly_for(manager, week, manager).pk)
    return Report.objects.get()


def text_of(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_the_numbers_are_the_same_wherever_they_stand(report: Report, manager: User, client: Client) -> None:
    client.force_login(manager)
    said = weekly.document(schedules.summary_of(report))
    page = " ".join(client.get(f"/reports/{report.pk}/").content.decode().split())
    paper = text_of(report.pdf.read())
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(f"/reports/{report.pk}/xlsx/").content))
    raw = client.get(f"/reports/{report.pk}/csv/").content.decode("utf-8-sig")
    flat = {(row["section"], row["item"], row["measure"]): row["value"] for row in csv.DictReader(io.StringIO(raw))}

    assert report.data["rate"]["defects"] == 3 and report.data["rate"]["units"] == 1240
    for text in ("3 of 1,240 = 2,419 ppm (500 to 7,050)", said.lead[0], said.lead[1], said.made):
        assert text in page and text in paper
    for number in said.numbers:
        assert f"<b>{number.text}</b>" in page
        assert number.text in paper and number.note in paper
        shown = flat["summary", number.label, "value"]
        assert float(shown) == number.value
    summary = {row[0]: row[1] for row in book.get_sheet_by_name("Summary").to_python()}
    assert [summary[number.label] for number in said.numbers] == pytest.approx([n.value for n in said.numbers])
    pareto = book.get_sheet_by_name("Pareto").to_python()
    assert [row[:4] for row in pareto[1:]] == [["COSM-DENT", "Dent", 5, 0], ["COSM-SCR", "Scratch", 2, 1]]
    assert [row["count"] for row in report.data["pareto"]] == [5, 2]
    assert flat["pareto", "COSM-DENT", "This week"] == "5"
    assert "COSM-DENT Dent 5 0 71.4 % 71.4 %" in paper
    assert re.search(r"COSM-DENT.{0,200}>5<.{0,200}71\.4 %", page)


def test_the_pdf_is_made_for_the_archive_and_counts_its_pages(report: Report) -> None:
    reader = PdfReader(report.pdf)
    assert reader.metadata is not None and reader.metadata.title == report.title
    assert b"<pdfaid:part>2</pdfaid:part>" in reader.trailer["/Root"]["/Metadata"].get_data()
    last = len(reader.pages)
    assert f"Page 1 of {last}" in reader.pages[0].extract_text()
    assert "SourceSansPro" in "".join(font["/BaseFont"] for font in reader.pages[0]["/Resources"]["/Font"].values())
    for what in ("Figure 1.", "Figure 2.", "Table 1.", "Source: Defect records"):
        assert what in text_of(report.pdf.open().read())


def test_the_same_document_gives_the_same_pdf(week: Plant, manager: User) -> None:
    summary = summaries.weekly(manager, week, *WEEK)
    first, second = (pdf.pdf(weekly.document(summary), at=summary.made_at) for _ in range(2))
    assert first == second


def test_user_text_is_never_markup(week: Plant, manager: User) -> None:
    nasty = "#panic() $x$ *b* \\ @preview/x:1 <script>alert(1)</script>"
    DefectType.objects.filter(code="COSM-DENT").update(name=nasty)
    summary = summaries.weekly(manager, week, *WEEK)
    assert "#panic() $x$ *b*" in text_of(pdf.pdf(weekly.document(summary), at=summary.made_at))


@pytest.mark.parametrize("name", ["漆の傷", "шероховатость", "Łódź ≥ 3 µm", "עברית"])
def test_every_script_makes_a_pdf(week: Plant, manager: User, name: str) -> None:
    DefectType.objects.filter(code="COSM-DENT").update(name=name)
    summary = summaries.weekly(manager, week, *WEEK)
    assert pdf.pdf(weekly.document(summary), at=summary.made_at).startswith(b"%PDF-")


def test_a_defect_type_that_looks_like_a_formula_stays_text(week: Plant, manager: User) -> None:
    DefectType.objects.filter(code="COSM-DENT").update(code="=1+1", name="@SUM(A1)")
    said = weekly.document(summaries.weekly(manager, week, *WEEK))
    assert "\r\npareto,'=1+1,Defect,'@SUM(A1)\r\n" in tables.csv(said).decode("utf-8-sig")
    with zipfile.ZipFile(io.BytesIO(tables.xlsx(said))) as book:
        sheets = [book.read(name) for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    assert not any(element.tag.endswith("}f") for sheet in sheets for element in ElementTree.fromstring(sheet).iter())


def test_a_mail_has_text_html_with_its_images_and_the_pdf(report: Report, manager: User) -> None:
    schedules.deliver(Delivery.objects.get().pk)
    message = message_from_bytes(mail.outbox[0].message().as_bytes(), policy=email.policy.default)
    assert message["Subject"].startswith("1 new systemic finding, 1 answer overdue, 1 case overdue: ")
    assert message["Message-ID"] == f"<report-{report.uuid.hex}-{manager.pk}@localhost>"
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "image/png",
        "application/pdf",
    ]
    html = next(part for part in message.walk() if part.get_content_type() == "text/html").get_content()
    cids = {part["Content-ID"].strip("<>") for part in message.walk() if part["Content-ID"]}
    assert set(re.findall(r'src="cid:([^"]+)"', html)) == cids == {"rate", "pareto"}
    assert all(re.findall(r'<img [^>]*alt="([^"]+)"', html))
    attached = next(message.iter_attachments())
    assert attached.get_content() == report.pdf.read()


def test_the_plain_text_is_complete_alone(report: Report) -> None:
    schedules.deliver(Delivery.objects.get().pk)
    text = mail.outbox[0].body
    said = weekly.document(schedules.summary_of(report))
    for needed in (*said.lead, *(number.text for number in said.numbers), f"/reports/{report.pk}/"):
        assert needed in text
    for table in said.tables:
        for _row, cells in [] if table.data_only or table.key == "pareto" else table.lines:
            assert all(value in text for _column, value in cells)
    assert "COSM-DENT Dent: This week 5; Week before 0" in text
