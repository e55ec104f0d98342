"""A plant with a week worth reporting: numbers that can be counted by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from qc import clock
from qc.models import Defect, DefectType, Plant, ProductionCount, ProductionLine, User
from suppliers.models import Stage
from tests import factories as make

MONDAY_SEVEN = dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.UTC)  # 07:00 in Berlin
WEEK = dt.date(2026, 11, 16), dt.date(2026, 11, 22)


def log(kind: DefectType, line: ProductionLine, day: dt.date, count: int, **values: object) -> list[Defect]:
    return make.DefectFactory.create_batch(
        count,
        defect_type=kind,
        line=line,
        occurred_at=dt.datetime.combine(day, dt.time(9), dt.UTC),
        recorded_by=User.objects.filter(role="manager").first() or make.UserFactory(),
        **values,
    )


@pytest.fixture
def monday(db: None) -> Iterator[dt.datetime]:
    """The clock stands at Monday of week 48, 07:00 at the plant."""
    with clock.frozen_at(MONDAY_SEVEN):
        yield MONDAY_SEVEN


@pytest.fixture
def week(plant: Plant, manager: User, monday: dt.datetime) -> Plant:
    """Week 47: three scratches on 1,240 units (one the week before on 1,000), a new finding, and things late."""
    line = make.ProductionLineFactory(plant=plant, code="LINE-1")
    scratch = make.DefectTypeFactory(code="COSM-SCR", name="Scratch")
    dent = make.DefectTypeFactory(code="COSM-DENT", name="Dent")
    for day, units in ((dt.date(2026, 11, 10), 1000), (dt.date(2026, 11, 17), 1240)):
        ProductionCount.objects.create(line=line, production_on=day, units=units, recorded_by=manager)
    log(scratch, line, dt.date(2026, 11, 17), 2)
    log(dent, line, dt.date(2026, 11, 17), 1)
    log(scratch, line, dt.date(2026, 11, 10), 1)
    log(dent, line, dt.date(2026, 11, 18), 4)  # a day without a production count
    log(scratch, line, dt.date(2026, 11, 17), 1, status="void", void_reason="typed twice")
    make.FindingFactory(
        plant=plant,
        defect_type=scratch,
        first_seen_at=dt.datetime(2026, 11, 18, 12, tzinfo=dt.UTC),
        since=dt.date(2026, 11, 2),
        explanation="Systemic: scratches on LINE-1, since 2 November.",
    )
    make.FindingFactory(
        plant=plant,
        defect_type=dent,
        first_seen_at=dt.datetime(2026, 9, 1, tzinfo=dt.UTC),
        explanation="Systemic: dents, since September.",
    )
    case = make.NonconformanceFactory(
        plant=plant, title="Scratched housings", owner=manager, due_on=dt.date(2026, 11, 20)
    )
    make.CorrectiveActionFactory(nonconformance=case, title="Change the tray", due_on=dt.date(2026, 11, 25))
    request = make.RequestFactory(nonconformance=case)
    late = dt.datetime(2026, 11, 19, 12, tzinfo=dt.UTC)
    for position, code in enumerate(("containment", "root_cause")):
        Stage.objects.create(request=request, position=position, code=code, answer_due_at=late)
    return plant
