"""An XLSX file is a ZIP archive: it is counted and unpacked with a limit before anybody keeps it."""

from __future__ import annotations

import io
import zipfile
import zlib

from django.utils.translation import gettext as _

MAX_MEMBERS = 1_000
MAX_BYTES = 100 * 2**20  # unpacked, all members
MAX_RATIO = 200  # sheets of real text shrink 5 to 20 times, a bomb a thousand times
SMALL = 2**20  # members below this may shrink as they like
CHUNK = 2**16
NEEDED = frozenset({"[Content_Types].xml", "xl/workbook.xml"})


def check(content: bytes) -> None:
    """Raise ValueError with a sentence unless this is an ordinary workbook without macros and passwords."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            _check_list(members)
            if archive.comment or not content[-22:].startswith(b"PK\x05\x06"):
                raise _Unusual
            left = MAX_BYTES
            for member in members:
                left -= _unpacked(archive, member, left)
    except _Unusual as error:
        raise ValueError(_("The file is not an ordinary XLSX workbook.")) from error
    except _Bomb as error:
        raise ValueError(_("The workbook unpacks to far more than its size. Split it or send it as CSV.")) from error
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError, OverflowError) as error:
        raise ValueError(_("The workbook is damaged or was cut off. Save it again.")) from error


def ends_like_a_zip(content: bytes) -> bool:
    """Whether a program that unpacks archives would find one at the end of this file."""
    return zipfile.is_zipfile(io.BytesIO(content))


class _Unusual(Exception):
    pass


class _Bomb(Exception):
    pass


def _check_list(members: list[zipfile.ZipInfo]) -> None:
    names = [member.filename for member in members]
    if len(names) > MAX_MEMBERS:
        raise _Bomb
    if not NEEDED.issubset(names) or len(set(names)) != len(names):
        raise _Unusual
    for member in members:
        parts = member.filename.replace("\\", "/").split("/")
        if member.flag_bits & 1 or ".." in parts or parts[0] == "" or parts[-1].lower() == "vbaproject.bin":
            raise _Unusual
        if member.file_size > SMALL and member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise _Bomb


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> int:
    """How many bytes a member really has: what its header says may be a lie."""
    size = 0
    with archive.open(member) as stream:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > limit:
                raise _Bomb
    return size
