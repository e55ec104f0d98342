"""A worker that is killed, and two that run at once: each message is written once. Real processes, PostgreSQL."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from django.conf import settings
from django.db import connection

from qc import clock
from qc.models import Nonconformance, Notice, User
from suppliers.models import CorrectiveActionRequest, Stage
from suppliers.services import escalation
from tests import factories as make
from tests.suppliers import flow

LATE = make.NOON + dt.timedelta(days=10)
WORKER = """
import datetime as dt, sys, time
import django
django.setup()
from django.db import connections
connections["default"].settings_dict["NAME"] = sys.argv[1]
from qc import clock
from suppliers.models import Stage
from suppliers.services import escalation
escalation.BATCH = 3
if sys.argv[3] == "slowly":
    def slow(self, *args, **kwargs):
        print("written, not committed", flush=True)
        time.sleep(60)
    type(Stage.objects).bulk_update = slow
with clock.frozen_at(dt.datetime.fromisoformat(sys.argv[2])):
    print(escalation.remind_due(), flush=True)
"""


def worker(pace: str) -> subprocess.Popen[str]:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    name = connection.settings_dict["NAME"]
    command = [sys.executable, "-c", WORKER, name, LATE.isoformat(), pace]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=settings.BASE_DIR)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_killed_run_and_two_at_once_tell_everybody_once(
    noon: dt.datetime, case: Nonconformance, engineer: User, acme: User
) -> None:
    for _each in range(12):
        flow.issued(engineer, case, acme.supplier)
    Stage.objects.exclude(code="containment").update(due_at=None)
    Notice.objects.all().delete()
    killed = worker("slowly")
    assert killed.stdout is not None
    assert "written" in killed.stdout.readline()
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    time.sleep(0.5)
    assert not Notice.objects.exists()  # nothing of the killed run is there
    both = [worker("quickly"), worker("quickly")]
    assert [each.wait(timeout=120) for each in both] == [0, 0]
    with clock.frozen_at(LATE):
        escalation.remind_due()  # what one of them left to the other
    rows = Notice.objects.filter(to=acme, key__startswith="stage:").values_list("key", flat=True)
    assert len(rows) == CorrectiveActionRequest.objects.count() == 12
    assert max(Counter(rows).values()) == 1
    assert not Stage.objects.filter(code="containment", due_at__lte=LATE).exists()
