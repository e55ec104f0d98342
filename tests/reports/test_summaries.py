from __future__ import annotations

import datetime as dt
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qc.errors import NotAllowed
from qc.models import Finding, Plant, ProductionCount, ProductionLine, User
from reports import summaries
from reports.layouts.weekly import document, news, rate_text
from reports.stored import dump, load
from suppliers.models import Stage
from tests import factories as make
from tests.reports.conftest import WEEK, log


def test_the_rate_carries_its_n_and_its_exact_interval() -> None:
    rate = summaries.rate(3, 1240)
    assert rate is not None
    assert rate_text(rate) == "3 of 1,240 = 2,419 ppm (500 to 7,050)"


def test_nothing_made_is_no_rate_instead_of_zero() -> None:
    assert summaries.rate(0, 0) is None


def test_more_defects_than_units_still_have_a_rate() -> None:
    rate = summaries.rate(12, 10)
    assert rate is not None and rate.low < 1_200_000 < rate.high


def test_a_week_is_counted_by_hand(week: Plant, manager: User) -> None:
    summary = summaries.weekly(manager, week, *WEEK)
    assert (summary.records, summary.records_before) == (7, 1)
    assert summary.rate is not None and (summary.rate.defects, summary.rate.units) == (3, 1240)
    assert summary.rate_before is not None and (summary.rate_before.defects, summary.rate_before.units) == (1, 1000)
    assert [(row.code, row.count, row.before) for row in summary.pareto] == [("COSM-DENT", 5, 0), ("COSM-SCR", 2, 1)]
    assert [row.sentence for row in summary.new_findings] == ["Systemic: scratches on LINE-1, since 2 November."]
    assert summary.standing == 2
    assert [(d.open, d.overdue) for d in (summary.cases, summary.actions, summary.answers)] == [(1, 1), (2, 0), (1, 1)]
    assert summary.missing[0] == (
        "4 records are not in the rate, because their line had no production count that day: LINE-1."
    )


def test_one_request_is_one_late_answer_however_many_of_its_steps_are_late(week: Plant, manager: User) -> None:
    (row,) = summaries.weekly(manager, week, *WEEK).answers.rows
    assert (row.what, row.days_late) == ("Containment (D3)", 4)


def test_an_answer_that_was_due_an_hour_ago_is_late_on_the_same_day(
    week: Plant, manager: User, monday: dt.datetime
) -> None:
    Stage.objects.update(answer_due_at=monday - dt.timedelta(hours=1))
    assert summaries.weekly(manager, week, *WEEK).answers.overdue == 1


def test_a_dismissed_finding_is_not_news(week: Plant, manager: User) -> None:
    Finding.objects.update(decision="dismissed", decided_by=manager, decision_reason="known")
    assert news(summaries.weekly(manager, week, *WEEK)).startswith("No new systemic findings")


def test_an_empty_period_says_so(plant: Plant, manager: User, monday: dt.datetime) -> None:
    summary = summaries.weekly(manager, plant, *WEEK)
    said = document(summary)
    assert summary.rate is None and summary.records == 0
    assert said.lead[1] == "Nothing was recorded in these days: no defects and no production counts."
    assert said.subject == f"No new systemic findings, nothing overdue: {plant.name}, week 47"


def test_one_defect_makes_a_whole_report(plant: Plant, manager: User, monday: dt.datetime) -> None:
    log(make.DefectTypeFactory(), make.ProductionLineFactory(plant=plant), dt.date(2026, 11, 17), 1)
    said = document(summaries.weekly(manager, plant, *WEEK))
    assert said.lead[1].startswith("1 defect was recorded")


def test_who_may_not_read_the_plant_gets_no_numbers(week: Plant, monday: dt.datetime) -> None:
    stranger = make.UserFactory(role="plant_manager", plants=[make.PlantFactory()])
    with pytest.raises(NotAllowed):
        summaries.weekly(stranger, week, *WEEK)


def test_another_plants_rows_are_not_counted(week: Plant, manager: User) -> None:
    before = summaries.weekly(manager, week, *WEEK)
    other = make.ProductionLineFactory(plant=make.PlantFactory())
    log(make.DefectTypeFactory(), other, dt.date(2026, 11, 17), 3)
    ProductionCount.objects.create(line=other, production_on=dt.date(2026, 11, 17), units=99, recorded_by=manager)
    assert summaries.weekly(manager, week, *WEEK) == before


def test_the_query_count_does_not_grow_with_rows(week: Plant, manager: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            summaries.weekly(manager, week, *WEEK)
        return len(seen)

    before = queries()
    line = ProductionLine.objects.get()
    for _ in range(5):
        kind = make.DefectTypeFactory()
        log(kind, line, dt.date(2026, 11, 19), 2)
        make.FindingFactory(plant=week, defect_type=kind)
        case = make.NonconformanceFactory(plant=week, due_on=dt.date(2026, 11, 1))
        make.CorrectiveActionFactory(nonconformance=case, due_on=dt.date(2026, 11, 1))
    assert queries() == before


def test_a_stored_summary_comes_back_as_it_was(week: Plant, manager: User) -> None:
    summary = summaries.weekly(manager, week, *WEEK)
    assert load(summaries.WeeklySummary, json.loads(json.dumps(dump(summary)))) == summary


def test_seven_days_that_are_no_calendar_week_are_named_by_their_days(week: Plant, manager: User) -> None:
    said = document(summaries.weekly(manager, week, dt.date(2026, 11, 13), dt.date(2026, 11, 19)))
    assert said.title.endswith("13 Nov to 19 Nov 2026")
