"""`manage.py repeat` for auditors."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from qc import clock
from qc.models import AnalysisRun
from qc.services import analyses, defects
from tests import factories as make

pytestmark = pytest.mark.django_db


def run_of_a_plant() -> AnalysisRun:
    line = make.ProductionLineFactory()
    by, kind = make.UserFactory(), make.DefectTypeFactory()
    with clock.frozen_at(make.NOON):
        defects.record(by, defect_type=kind, line=line, occurred_at=make.NOON)
        run = analyses.analyse_plant(line.plant)
    assert run is not None
    return run


def test_a_run_is_repeated_and_found_equal() -> None:
    told = StringIO()
    run = run_of_a_plant()
    call_command("repeat", str(run.pk), stdout=told)
    assert "Equal" in told.getvalue() and told.getvalue().count(run.data_digest) == 2


def test_a_run_that_differs_fails_and_says_so() -> None:
    run = run_of_a_plant()
    AnalysisRun.objects.filter(pk=run.pk).update(findings_digest="0" * 64)
    with pytest.raises(CommandError, match="differ"):
        call_command("repeat", str(run.pk), stdout=StringIO())


def test_an_unknown_run_is_named() -> None:
    with pytest.raises(CommandError, match="no run 99999"):
        call_command("repeat", "99999", stdout=StringIO())
