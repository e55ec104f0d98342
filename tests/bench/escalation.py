"""`python -m tests.bench.escalation [--requests 2000]`: the daily escalation run over many open requests.

Makes a fresh set of requests in the database of DATABASE_URL (or SQLite in LINESIDE_HOME), all of them late, and
climbs the ladder for all. Prints the CPU and wall seconds, the statements, and what a second run adds (nothing).
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
import uuid

import django


def _make(count: int) -> dt.datetime:
    """Open requests of forty suppliers at two plants, each with seven stages; returns when they all are late."""
    from qc.models import CorrectiveAction, User  # noqa: PLC0415  (the settings come first)
    from suppliers.models import CorrectiveActionRequest, Stage  # noqa: PLC0415
    from tests import factories as make  # noqa: PLC0415

    mark = uuid.uuid4().hex[:6]
    plants = [make.PlantFactory(code=f"E-{mark}-{number}") for number in range(2)]
    owner = make.UserFactory(username=f"owner-{mark}", role="engineer", is_supplier_quality_engineer=True)
    owner.plants.set(plants)
    for number in range(5):
        make.UserFactory(username=f"boss-{mark}-{number}", role="manager")
        make.UserFactory(username=f"buyer-{mark}-{number}", role="purchasing")
    cases = [make.NonconformanceFactory(plant=plant, owner=owner, opened_by=owner) for plant in plants]
    suppliers = [make.SupplierFactory(code=f"S-{mark}-{number}") for number in range(40)]
    for supplier in suppliers:
        make.UserFactory(username=f"contact-{supplier.pk}", role="supplier", supplier=supplier)
        make.UserFactory(username=f"admin-{supplier.pk}", role="supplier", supplier=supplier, is_supplier_admin=True)
    contacts = dict(User.objects.filter(supplier__in=suppliers).values_list("supplier_id", "pk"))
    rows = []
    for number in range(count):
        case, supplier = cases[number % 2], suppliers[number % 40]
        action = CorrectiveAction(nonconformance=case, title="x", supplier=supplier, created_by=owner)
        rows.append((action, case, supplier))
    CorrectiveAction.objects.bulk_create([action for action, _case, _supplier in rows])
    requests = [
        CorrectiveActionRequest(
            number=f"E{mark}{number}", plant=case.plant, supplier=supplier, nonconformance=case, action=action,
            status="open", severity="major", title="Late", problem="x", contact_id=contacts[supplier.pk],
            issued_by=owner, issued_at=make.NOON,
        )
        for number, (action, case, supplier) in enumerate(rows)
    ]  # fmt: skip
    CorrectiveActionRequest.objects.bulk_create(requests)
    due_at = make.NOON + dt.timedelta(days=2)
    stages = [
        Stage(request=row, position=position, code=code, status="accepted" if position == 0 else "pending",
              answer_due_at=due_at, due_at=due_at if position == 1 else None)
        for row in requests
        for position, code in enumerate(Stage.Code.values)
    ]  # fmt: skip
    Stage.objects.bulk_create(stages, batch_size=500)
    return due_at + dt.timedelta(days=7)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=2000)
    count = parser.parse_args().requests
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    from qc import clock  # noqa: PLC0415
    from qc.models import Notice  # noqa: PLC0415
    from suppliers.models import Stage  # noqa: PLC0415
    from suppliers.services import escalation  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    late = _make(count)
    with clock.frozen_at(late), CaptureQueriesContext(connection) as caught:
        before, cpu, wall = Notice.objects.count(), time.process_time(), time.perf_counter()
        climbed = escalation.remind_due()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        made = Notice.objects.count() - before
        statements = len(caught)
        Stage.objects.filter(code="containment").update(due_at=late)
        escalation.remind_due()
        again = Notice.objects.count() - before - made
    print(f"{climbed} stages, {made} notices: CPU {cpu:.1f} s, clock {wall:.1f} s, {statements} statements")
    print(f"the same once more: {again} new notices")


if __name__ == "__main__":
    main()
