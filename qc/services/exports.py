"""Lists as files: small ones at once, large ones in the background for the one person who asked."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import json
import tempfile
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files import File
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from qc import clock, queue
from qc.errors import NotAllowed, Refused
from qc.models import Export, User
from qc.permissions import is_inside
from qc.render import tables
from qc.services import events, notices, work
from qc.services.listings.base import Column, Listing, Params, parse, query_of
from qc.services.listings.registry import LISTINGS

AT_ONCE = 5_000  # rows; more are made in the background
MOST_ROWS = {"csv": 5_000_000, "xlsx": 300_000}
STEP = 5_000  # rows between two looks at the progress
KEPT = dt.timedelta(days=7)
SOFT_LIMIT, HARD_LIMIT = 1500, 1560  # seconds
LEASE = dt.timedelta(seconds=1700)
MOST_WAITING = 5
UTC = ZoneInfo("UTC")


def headings(listing: Listing, params: Params) -> dict[str, str]:
    """Heading and path of every column of the file: of the chosen columns, with what tells a record from others."""
    shown = listing.shown(params) if any(each.cell for each in listing.columns) else list(listing.columns)
    first: Sequence[Column] = listing.columns[:1]
    return dict(pair for column in (*first, *shown) for pair in column.keeps)


def size_of(user: User, listing: Listing, params: Params, most: int) -> int:
    """How many rows the file would have, counted up to one more than `most`."""
    return listing.rows(user, params).order_by().values("pk")[: most + 1].count()


def rows_of(user: User, listing: Listing, params: Params) -> Iterator[list[tables.Cell]]:
    """The rows of the file for this person, as an import reads them again."""
    paths = list(headings(listing, params).values())
    asked = [*paths, listing.zone] if listing.zone else paths
    found = listing.more(listing.rows(user, params)).values_list(*asked)
    for row in found.iterator(chunk_size=2000):
        zone = ZoneInfo(row[-1]) if listing.zone else UTC
        yield [_cell(value, zone) for value in row[: len(paths)]]


def _cell(value: Any, zone: ZoneInfo) -> tables.Cell:
    if isinstance(value, dt.datetime):
        return value.astimezone(zone).isoformat(sep=" ")
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Decimal):
        return value.normalize() if value != value.to_integral() else value.quantize(Decimal(1))
    return value if isinstance(value, str | int | float | dt.date) or value is None else str(value)


def csv_lines(user: User, listing: Listing, params: Params) -> Iterator[bytes]:
    """The file piece by piece, so that nothing large is in memory."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(headings(listing, params))
    yield out.getvalue().encode("utf-8-sig")
    rows = rows_of(user, listing, params)
    while block := list(itertools.islice(rows, 500)):
        out.seek(0)
        out.truncate()
        writer.writerows([[tables.plain(cell) for cell in row] for row in block])
        yield out.getvalue().encode("utf-8", "replace")


def workbook(user: User, listing: Listing, params: Params) -> bytes:
    """The file as a workbook of one sheet."""
    columns = list(headings(listing, params))
    return tables.xlsx_bytes([tables.Sheet(listing.name, columns, rows_of(user, listing, params))])


@transaction.atomic
def take(by: User, *, listing: Listing, format: str, query: str) -> Export | None:
    """Write down who takes which list away. None: few enough rows to send at once; else the export that was started.

    Refused when there are too many rows for the kind of file, or when the person waits for several already.
    """
    if not is_inside(by):
        raise NotAllowed(_("Exports are for our own people."))
    if format not in Export.Format.values:
        raise Refused(_("A list is kept as CSV or XLSX."))
    params = parse(query)
    data = {"list": listing.name, "format": format, "query": query_of(params)[:2000]}
    if size_of(by, listing, params, AT_ONCE) <= AT_ONCE:
        events.write(by=by, verb="list.export", subject=by, data=data)
        return None
    if format == "xlsx" and size_of(by, listing, params, MOST_ROWS["xlsx"]) > MOST_ROWS["xlsx"]:
        most = f"{MOST_ROWS['xlsx']:,}"
        raise Refused(_("A workbook takes at most %(most)s rows. Filter the list, or take CSV.") % {"most": most})
    if Export.objects.visible_to(by).filter(made_at__isnull=True, parked_at__isnull=True).count() >= MOST_WAITING:
        raise Refused(_("Several of your exports are still being made. Wait for one of them."))
    export = Export.objects.create(
        owner=by, list_name=listing.name, format=format, query=query_of(params), due_at=clock.now()
    )
    events.write(by=by, verb="list.export", subject=export, data=data)
    queue.export_is_due(export.pk)
    return export


def produce(export_pk: int) -> bool:
    """Make the file of an export, or delete it when its week is over; False when there was nothing to do."""
    return work.run(Export.objects.all(), export_pk, _produce, lease=LEASE)


def _produce(export: Export) -> dt.datetime | None:
    if export.made_at is not None:
        export.file.delete(save=False)
        Export.objects.filter(pk=export.pk).update(file="", size=0)
        return None
    owner = User.objects.get(pk=export.owner_id)  # who they are now: rights are read when the file is made
    if not is_inside(owner):
        raise Refused(_("Who asked for it no longer works here."))
    with tempfile.TemporaryFile() as file:
        _write(export, owner, file)
        size = file.tell()
        file.seek(0)
        export.file.save(export.filename(), File(file), save=False)
    now = clock.now()
    made = {"file": export.file.name, "size": size, "made_at": now, "expires_at": now + KEPT}
    Export.objects.filter(pk=export.pk).update(**made)
    text = _("Your file is ready: %(name)s, kept for a week.") % {"name": export.filename()}
    notices.tell(to=[owner], key=f"export:{export.pk}", text=text, path=reverse("qc:export-list"))
    return now + KEPT


def _write(export: Export, owner: User, file: Any) -> None:
    listing, params = LISTINGS[export.list_name], parse(export.query)
    if export.format == Export.Format.XLSX:
        columns = list(headings(listing, params))
        counted = _counting(export, rows_of(owner, listing, params))
        tables.write_xlsx(file, [tables.Sheet(listing.name, columns, counted)])
        return
    done = -1
    for done, piece in enumerate(csv_lines(owner, listing, params)):
        file.write(piece)
        if done % (STEP // 500) == 0:
            Export.objects.filter(pk=export.pk).update(rows_done=done * 500)


def _counting(export: Export, rows: Iterator[list[tables.Cell]]) -> Iterator[list[tables.Cell]]:
    for number, row in enumerate(rows):
        if number % STEP == 0:
            Export.objects.filter(pk=export.pk).update(rows_done=number)
        yield row
