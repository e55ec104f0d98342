"""What people upload: judged by content, cleaned, and gone when the transaction that brought it fails."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import weakref
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any, Protocol

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.db import models, transaction
from django.utils.translation import gettext as _

from qc.errors import Refused
from qc.services import images, workbooks

LIMIT = 10 * 2**20  # bytes of one file
LONGEST_NAME = 200  # bytes
PDF_TAIL = 1024  # bytes before the end in which the format wants its trailer
ACTIVE = re.compile(r"<\s*(!doctype|\?xml|html|head|body|svg|script|iframe|object|embed|img|table)\b", re.IGNORECASE)
NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
TEXT_TYPES = {".csv": "text/csv", ".txt": "text/plain"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENDINGS = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "application/pdf": (".pdf",),
    XLSX: (".xlsx",),
    "text/csv": (".csv",),
    "text/plain": (".txt",),
}


class Upload(Protocol):
    """A file as a form or the API hands it over."""

    name: Any

    def read(self, size: int = ...) -> Any:
        """Up to `size` bytes."""


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that is what it says, ready to be stored."""

    name: str
    content_type: str
    data: ContentFile[bytes]
    size: int
    sha256: str


def checked(upload: Upload | IO[bytes]) -> CheckedFile:
    """Judge a file by its content: PNG, JPEG (both drawn anew, without metadata), PDF, XLSX, CSV or text in UTF-8.

    Refused with a sentence beside the field `upload` for anything else, anything damaged or larger than 10 MB.
    """
    content = upload.read(LIMIT + 1)
    if not isinstance(content, bytes):
        raise TypeError(f"an upload is read as bytes, not as {type(content).__name__}")
    name = clean_name(str(upload.name or ""))
    if not content:
        raise refusal(_("The file is empty."))
    if len(content) > LIMIT:
        raise refusal(_("The file is larger than 10 MB. Send a smaller one, or several."))
    content_type, content = _judged(content, name)
    return CheckedFile(
        name=_with_ending(name, content_type),
        content_type=content_type,
        data=ContentFile(content),
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def refusal(sentence: str) -> Refused:
    """A refusal that stands beside the upload field."""
    return Refused(sentence, fields={"upload": sentence})


def _judged(content: bytes, name: str) -> tuple[str, bytes]:
    """The type that the content has, and what of it is kept."""
    if content.startswith((images.PNG, images.JPEG)):
        try:
            return images.redrawn(content)
        except ValueError as error:
            raise refusal(str(error)) from error
    if content.startswith(b"%PDF-"):
        return "application/pdf", _pdf(content)
    if content.startswith(b"PK\x03\x04"):
        try:
            workbooks.check(content)
        except ValueError as error:
            raise refusal(str(error)) from error
        return XLSX, content
    ending = PurePosixPath(name).suffix.lower()
    if ending not in TEXT_TYPES:
        raise refusal(_("This kind of file is not accepted. Send PNG, JPEG, PDF, XLSX, CSV or plain text."))
    return TEXT_TYPES[ending], _text(content)


def _pdf(content: bytes) -> bytes:
    if b"%%EOF" not in content[-PDF_TAIL:]:
        raise refusal(_("The PDF is damaged or was cut off. Save it again and send it once more."))
    if ACTIVE.search(content[:PDF_TAIL].decode("latin-1")) or workbooks.ends_like_a_zip(content):
        raise refusal(_("The PDF is also another kind of file. Print it to a new PDF and send that."))
    return content


def _text(content: bytes) -> bytes:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refusal(_("The text is not in UTF-8. Save it as “CSV UTF-8” or as UTF-8 text.")) from error
    if NOT_TEXT.search(text):
        raise refusal(_("The file is not text, though its name says so."))
    if ACTIVE.search(text[:4096]) or text.lstrip().startswith("<"):
        raise refusal(_("The file is a web page or a drawing, not text. Send a PDF or an image of it."))
    return content


def clean_name(name: str) -> str:
    """The last part of a name without folders, control and direction marks, and at most 200 bytes long."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    name = "".join(mark for mark in name if unicodedata.category(mark)[0] != "C")
    name = re.sub(r'[<>:"|?*;]', "_", name)
    stem, dot, ending = " ".join(name.split()).rpartition(".")
    if not dot or len(ending.encode()) > 20:
        stem, dot, ending = f"{stem}{dot}{ending}", "", ""
    room = LONGEST_NAME - len(f"{dot}{ending}".encode())
    stem = stem.strip(". ").encode()[:room].decode(errors="ignore").rstrip(". ")
    return f"{stem or 'file'}{dot if ending else ''}{ending}"


def _with_ending(name: str, content_type: str) -> str:
    """The name with an ending that tells the truth."""
    endings = ENDINGS[content_type]
    if name.lower().endswith(endings):
        return name
    return clean_name(f"{PurePosixPath(name).stem}{endings[0]}")


class _Kept:
    """A stored file that deletes itself when the transaction is rolled back.

    The transaction holds the only reference, as a hook to run after commit. A rollback drops its hooks (Django has
    no other sign of it), the last reference goes, and with it the file.
    """

    def __init__(self, storage: Storage, path: str) -> None:
        self._forget = weakref.finalize(self, storage.delete, path)

    def __call__(self) -> None:
        self._forget.detach()


def store(row: models.Model, field: str, file: CheckedFile) -> None:
    """Put the checked file into the row's file field (the row is saved by the caller, in the same transaction).

    No file stays behind when writing it fails or the transaction, also an outer one, is rolled back.
    """
    target = getattr(row, field)
    path = target.field.generate_filename(row, file.name)
    # Before the file is written: a full disk leaves half a file.
    transaction.on_commit(_Kept(target.storage, path), robust=True)
    target.save(file.name, file.data, save=False)
