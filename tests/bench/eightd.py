"""`python -m tests.bench.eightd [--photos 12]`: the 8D report of a full request as PDF and XLSX.

All stages answered twice, twenty files, two hundred events. Works in a database of its own that is thrown away.
Prints the CPU seconds and the statements of each.
"""

from __future__ import annotations

import argparse
import io
import time
from typing import Any

import django


def _jpeg(number: int) -> Any:
    """A photo as a phone takes it."""
    from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    data = io.BytesIO()
    Image.effect_noise((2400, 1800), 20 + number).convert("RGB").save(data, "JPEG", quality=70)
    return SimpleUploadedFile(f"photo-{number}.jpg", data.getvalue(), "image/jpeg")


def _full(photos: int) -> tuple[Any, Any]:
    """The request and one of our people."""
    from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415

    from qc.services import events  # noqa: PLC0415
    from suppliers.services import requests, shipping  # noqa: PLC0415
    from tests import factories as make  # noqa: PLC0415
    from tests.suppliers import flow  # noqa: PLC0415

    plant, supplier = make.PlantFactory(), make.SupplierFactory()
    ours = make.UserFactory(username="bench-engineer", role="engineer")
    ours.plants.add(plant)
    theirs = make.UserFactory(username="bench-contact", role="supplier", supplier=supplier)
    case = make.NonconformanceFactory(plant=plant, owner=ours, opened_by=ours, supplier=supplier)
    row = flow.issued(ours, case, supplier)
    files = [_jpeg(number) for number in range(photos)]
    files += [
        SimpleUploadedFile(f"file-{number}.txt", f"text {number}".encode(), "text/plain")
        for number in range(20 - photos)
    ]
    requests.acknowledge(theirs, request=row)
    for code in flow.ANSWERS:
        flow.answer(theirs, row, code, files=[files.pop() for _each in range(min(4, len(files)))])
        requests.return_stage(ours, stage=flow.stage(row, code), reason="What shows it?", version=1)
        flow.answer(theirs, row, code, files=[files.pop() for _each in range(min(2, len(files)))])
        requests.accept(ours, stage=flow.stage(row, code))
    shipping.start(ours, request=row, level="cs1", reason="Stop", clean_needed=3, part_number="P-1")
    for number in range(200):
        events.write(by=ours, verb="request.message", subject=row, data={"text": f"Event {number}"})
    return row, ours


def _print(row: Any, viewer: Any) -> None:
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    from qc import clock  # noqa: PLC0415
    from suppliers.layouts import eightd, pdf, photos, tables  # noqa: PLC0415
    from suppliers.models import Evidence  # noqa: PLC0415
    from suppliers.web.rows import the_request  # noqa: PLC0415

    def paper() -> bytes:
        found = the_request(viewer, row.pk)
        return pdf.pdf(eightd.report(viewer, found), at=clock.now(), photos=photos.of_request(viewer, found))

    def workbook() -> bytes:
        return tables.xlsx(eightd.report(viewer, the_request(viewer, row.pk)))

    print(f"{Evidence.objects.filter(request=row).count()} files")
    for name, made in (("PDF", paper), ("PDF again", paper), ("XLSX", workbook), ("XLSX again", workbook)):
        with CaptureQueriesContext(connection) as caught:
            cpu, wall = time.process_time(), time.perf_counter()
            size = len(made())
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        print(f"{name}: CPU {cpu:.2f} s, clock {wall:.2f} s, {len(caught)} statements, {size / 1024:.0f} KiB")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=12, choices=range(21))
    count = parser.parse_args().photos
    django.setup()
    from django.db import connection, transaction  # noqa: PLC0415

    old = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0)
    try:
        with transaction.atomic():
            _print(*_full(count))
            transaction.set_rollback(True)
    finally:
        connection.creation.destroy_test_db(old, verbosity=0)


if __name__ == "__main__":
    main()
