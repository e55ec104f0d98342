from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from qc.errors import Refused
from qc.services import files, images, workbooks

SCRIPT = b"<script>alert(1)</script>"
# pytest resets the filter that the module sets for the process.
pytestmark = pytest.mark.filterwarnings("error::PIL.Image.DecompressionBombWarning")

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


def picture(kind: str = "PNG", mode: str = "RGB", size: tuple[int, int] = (12, 8), **options: Any) -> bytes:
    target = io.BytesIO()
    Image.new(mode, size, 1).save(target, kind, **options)
    return target.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A small PNG whose header announces a huge picture."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1000)
    return images.PNG + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def workbook(extra: dict[str, bytes] | None = None, *, without: str = "", compress: bool = True) -> bytes:
    target = io.BytesIO()
    members = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"} | (extra or {})
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            if name != without:
                archive.writestr(name, data)
    return target.getvalue()


def lying_workbook() -> bytes:
    """The directory says that the sheet has 1,000 bytes; it has 150 million."""
    bomb = workbook({"xl/worksheets/sheet1.xml": b"\0" * 150_000_000})
    return bomb.replace(struct.pack("<I", 150_000_000), struct.pack("<I", 1_000))


def locked_workbook() -> bytes:
    """Every member is marked as encrypted."""
    content = bytearray(workbook())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(mark, at + 1)
    return bytes(content)


def damaged_workbook() -> bytes:
    return workbook({"xl/a.xml": b"a" * 100}, compress=False).replace(b"aaaa", b"aaab", 1)


def checked(name: str, content: bytes) -> files.CheckedFile:
    return files.checked(SimpleUploadedFile(name, content))


REFUSED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "empty": ("a.png", lambda: b""),
    "11 MB": ("a.txt", lambda: b"a" * (files.LIMIT + 1)),
    "SVG": ("a.svg", lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
    "SVG named text": ("a.txt", lambda: b'  <svg onload="alert(1)"/>'),
    "SVG with BOM": ("a.txt", lambda: b'\xef\xbb\xbf<?xml version="1.0"?><svg/>'),
    "HTML": ("a.html", lambda: b"<!doctype html>" + SCRIPT),
    "HTML named PNG": ("a.png", lambda: b"<!doctype html>" + SCRIPT),
    "HTML named CSV": ("a.csv", lambda: b"<html>" + SCRIPT),
    "HTML below text": ("a.csv", lambda: b"line,type\n" + SCRIPT),
    "HTML named XLS": ("a.xls", lambda: b"<table><tr><td>1</td></tr></table>"),
    "old Excel": ("a.xls", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
    "GIF": ("a.gif", lambda: picture("GIF", "P")),
    "WebP named PNG": ("a.png", lambda: picture("WEBP")),
    "program": ("a.exe", lambda: b"MZ\x90\x00" + b"\0" * 100),
    "program named text": ("a.txt", lambda: b"MZ\x90\x00" + b"\0" * 100),
    "UTF-16 text": ("a.csv", lambda: "line,type".encode("utf-16")),
    "Latin-1 text": ("a.csv", lambda: "Lötstelle".encode("latin-1")),
    "NUL in text": ("a.csv", lambda: b"line\x00,type"),
    "escape codes in text": ("a.txt", lambda: b"\x1b[2Jhello"),
    "truncated PNG": ("a.png", lambda: picture(size=(300, 300))[:-40]),
    "truncated JPEG": ("a.jpg", lambda: picture("JPEG", size=(300, 300))[:-200]),
    "PNG header alone": ("a.png", lambda: images.PNG),
    "pixel flood": ("a.png", lambda: png_that_claims(30_000, 30_000)),
    "small pixel flood": ("a.png", lambda: png_that_claims(13_000, 13_000)),
    "just too many pixels": ("a.png", lambda: png_that_claims(8_000, 5_001)),
    "a side of zero": ("a.png", lambda: png_that_claims(0, 10)),
    "truncated PDF": ("a.pdf", lambda: PDF[:-8]),
    "PDF header alone": ("a.pdf", lambda: b"%PDF-1.7"),
    "PDF that is HTML too": ("a.pdf", lambda: b"%PDF-1.4\n" + SCRIPT + PDF),
    "PDF that is a ZIP too": ("a.pdf", lambda: PDF + workbook() + b"%%EOF"),
    "HTML before a PDF": ("a.pdf", lambda: SCRIPT + PDF),
    "other ZIP": ("a.zip", lambda: workbook(without="xl/workbook.xml")),
    "Word": ("a.docx", lambda: workbook({"word/document.xml": b"<w/>"}, without="xl/workbook.xml")),
    "macros": ("a.xlsm", lambda: workbook({"xl/vbaProject.bin": b"Sub"})),
    "way out of the folder": ("a.xlsx", lambda: workbook({"../../etc/passwd": b"x"})),
    "absolute member": ("a.xlsx", lambda: workbook({"/etc/passwd": b"x"})),
    "zip bomb": ("a.xlsx", lambda: workbook({"xl/worksheets/sheet1.xml": b"\0" * 200_000_000})),
    "zip bomb that lies": ("a.xlsx", lying_workbook),
    "many members": ("a.xlsx", lambda: workbook({f"xl/{n}.xml": b"" for n in range(workbooks.MAX_MEMBERS)})),
    "truncated workbook": ("a.xlsx", lambda: workbook({"xl/a.xml": b"a" * 5_000})[:-30]),
    "workbook with a tail": ("a.xlsx", lambda: workbook() + SCRIPT),
    "damaged member": ("a.xlsx", damaged_workbook),
    "password": ("a.xlsx", locked_workbook),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_what_could_harm_or_is_damaged_is_refused_with_a_sentence(kind: str) -> None:
    name, content = REFUSED[kind]
    with pytest.raises(Refused) as refusal:
        checked(name, content())
    assert refusal.value.fields == {"upload": refusal.value.message}
    assert refusal.value.message.endswith(".")


def test_many_ordinary_members_do_not_unpack_to_more_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    content = workbook({f"xl/worksheets/sheet{n}.xml": b"<c>1</c>" * 100 for n in range(5)})
    monkeypatch.setattr(workbooks, "MAX_BYTES", 3_000)
    with pytest.raises(Refused, match="far more than its size"):
        checked("a.xlsx", content)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("photo.png", picture(), "image/png"),
        ("photo.png", picture(mode="RGBA"), "image/png"),
        ("photo.png", picture(mode="P"), "image/png"),
        ("photo.png", picture(mode="1"), "image/png"),
        ("photo.png", picture(mode="I;16"), "image/png"),
        ("photo.jpg", picture("JPEG"), "image/jpeg"),
        ("photo.jpeg", picture("JPEG", "L"), "image/jpeg"),
        ("photo.jpg", picture("JPEG", "CMYK"), "image/jpeg"),
        ("8D.pdf", PDF, "application/pdf"),
        ("sort.xlsx", workbook({"xl/worksheets/sheet1.xml": b"<c>1</c>" * 9_000}), files.XLSX),
        ("sort.csv", "Zeile;Fehler\r\n1;Lötbrücke <0.2 mm\r\n".encode(), "text/csv"),
        ("note.txt", "﻿Prüfung\tin Ordnung\n".encode(), "text/plain"),
    ],
)
def test_what_people_need_is_accepted(name: str, content: bytes, kind: str) -> None:
    file = checked(name, content)
    assert (file.content_type, file.name) == (kind, name)
    assert file.size == len(file.data.read())


def test_a_photo_loses_its_metadata_and_whatever_was_hidden_behind_it() -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret-place"
    notes = PngInfo()
    notes.add_text("Comment", "secret-note")
    for name, content in (
        ("a.jpg", picture("JPEG", exif=exif, comment=b"secret-comment") + SCRIPT),
        ("a.png", picture("PNG", exif=exif, pnginfo=notes) + SCRIPT),
    ):
        assert b"secret" in content
        kept = checked(name, content).data.read()
        assert b"secret" not in kept
        assert b"script" not in kept


def test_a_photo_taken_sideways_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # rotated by a quarter
    kept = checked("a.jpg", picture("JPEG", size=(40, 20), exif=exif)).data
    assert Image.open(kept).size == (20, 40)


def test_the_pixels_stay_the_same() -> None:
    source = Image.new("RGB", (3, 1))
    source.putdata([(255, 0, 0), (0, 255, 0), (0, 0, 255)])
    target = io.BytesIO()
    source.save(target, "PNG")
    kept = Image.open(checked("a.png", target.getvalue()).data)
    assert [kept.getpixel((x, 0)) for x in range(3)] == [(255, 0, 0), (0, 255, 0), (0, 0, 255)]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\me\\a.txt", "a.txt"),
        ("a‮txt.txt", "atxt.txt"),
        ("a\r\nb\x00c.txt", "abc.txt"),
        ("  spaced   out .txt", "spaced out.txt"),
        ('q"uo<te>.txt', "q_uo_te_.txt"),
        (".htaccess.txt", "htaccess.txt"),
        ("a\ud800b.txt", "ab.txt"),
        ("é.txt", "é.txt"),
        ("", "file.txt"),
        (".txt", "file.txt"),
        ("..", "file.txt"),
    ],
)
def test_a_name_is_cleaned(given: str, kept: str) -> None:
    class Upload(io.BytesIO):
        name = given if given.endswith(".txt") else given + ".txt" if given else ".txt"

    assert files.checked(Upload(b"hello")).name == kept


def test_a_long_name_is_cut_to_200_bytes_and_keeps_its_ending() -> None:
    name = checked("ü" * 300 + ".txt", b"hello").name
    assert name.endswith("ü.txt")
    assert len(name.encode()) == 200


def test_the_ending_tells_the_truth() -> None:
    assert checked("photo.png", picture("JPEG")).name == "photo.jpg"
    assert checked("page.html", PDF).name == "page.pdf"
    assert checked("photo", picture()).name == "photo.png"


def test_the_digest_is_of_what_is_kept() -> None:
    first, again = checked("a.png", picture()), checked("b.png", picture() + b"tail")
    assert first.sha256 == again.sha256
    assert len(first.sha256) == 64
