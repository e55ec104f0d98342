"""The check of an effect on the case's page."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from qc import clock
from qc.models import EffectivenessCheck, Nonconformance, Plant, ProductionCount, User
from qc.services import actions, cases
from tests import factories as make
from tests.qc.services import walk

pytestmark = pytest.mark.usefixtures("noon")


def ago(days: int) -> dt.date:
    return (make.NOON - dt.timedelta(days=days)).date()


@pytest.fixture
def case(engineer: User, plant: Plant) -> Nonconformance:
    finding = walk.finding_with_defects(plant, days=range(48, 60))
    for day in range(1, 61):
        ProductionCount.objects.create(line=finding.line, production_on=ago(day), units=1900, recorded_by=engineer)
    return walk.opened(engineer, finding)


def page(client: Client, case: Nonconformance) -> str:
    return client.get(reverse("qc:case-detail", args=[case.pk])).content.decode()


def test_the_plans_to_choose_from_say_their_days_and_their_chances(
    client: Client, engineer: User, case: Nonconformance
) -> None:
    client.force_login(engineer)
    assert "12 incidents in 114,000 units since" not in page(client, case)
    action = actions.add(engineer, case=case, title="Replace the stencil")
    told = page(client, case)
    assert "12 incidents in 114,000 units since 21 Sep 2026. A good fix leaves 10 % of the rate." in told
    assert "none: needs 18 days clean at 1,900 units a day; recognises 71 of 100 good fixes" in told
    assert "at most 1: 28 days at 1,900 units a day; recognises 89 of 100 good fixes (recommended)" in told
    url = reverse("qc:action-plan-effectiveness", args=[action.pk])
    client.post(url, {"allowed": "1", "window_days": "60", "target_ratio": "1"})
    check = EffectivenessCheck.objects.get(action=action)
    assert (check.allowed, check.window_days) == (1, 60)
    told = page(client, case)
    assert "Effective when at most 1 incident occurs in 52,749 units" in told and "28 days at 1,900 a day" in told


def test_a_clean_plan_says_what_it_needs_and_then_how_far_it_is(
    client: Client, engineer: User, case: Nonconformance
) -> None:
    client.force_login(engineer)
    action, check = walk.planned(engineer, case)
    assert "Needs 18 days clean at 1,900 units a day (32,327 units without an incident)." in page(client, case)
    actions.carry_out(engineer, action=action, implemented_on=ago(5), evidence="Photo.")
    walk.computed(action, make.NOON)
    told = page(client, case)
    assert "units still needed." in told and "<meter" in told


def test_a_missed_plan_offers_a_judgement_and_no_more_time(
    client: Client, engineer: User, manager: User, case: Nonconformance
) -> None:
    action, check = walk.planned(engineer, case)
    actions.carry_out(engineer, action=action, implemented_on=ago(5), evidence="Photo.")
    make.DefectFactory(line=case.line, defect_type=case.defect_type, occurred_at=make.NOON - dt.timedelta(days=2))
    walk.computed(action, make.NOON)
    client.force_login(manager)
    told = page(client, case)
    assert "1 incident since the fix, where the plan allowed 0." in told and "Not shown" in told
    assert "It does not help" in told and "Look longer" not in told


@pytest.mark.parametrize("value", ["-1", "501", "many"])
def test_a_number_that_cannot_be_allowed_is_refused_beside_its_field(
    client: Client, engineer: User, case: Nonconformance, value: str
) -> None:
    client.force_login(engineer)
    action = actions.add(engineer, case=case, title="Replace the stencil")
    url = reverse("qc:action-plan-effectiveness", args=[action.pk])
    answer = client.post(url, {"allowed": value, "window_days": "60", "target_ratio": "1"})
    assert answer.status_code == 422
    assert not EffectivenessCheck.objects.exists()
    assert "recognises" in answer.content.decode()  # the choices are there again


def test_a_case_that_came_back_offers_to_open_it_again_with_the_reason_filled_in(
    client: Client, engineer: User, manager: User, case: Nonconformance
) -> None:
    ProductionCount.objects.all().delete()
    action = walk.to_verifying(engineer, case, implemented_on=ago(20))
    actions.verify(manager, action=action)
    check = walk.computed(action, make.NOON)
    case.refresh_from_db()
    cases.close(manager, case=case)
    for day in (60, 61, 62, 63, 64):
        when = make.NOON + dt.timedelta(days=day)
        make.DefectFactory(line=case.line, defect_type=check.defect_type, occurred_at=when)
    walk.computed(action, make.NOON + dt.timedelta(days=66))
    client.force_login(manager)
    with clock.frozen_at(make.NOON + dt.timedelta(days=66)):
        client.force_login(manager)
        told = page(client, case)
    assert "It came back: 5 incidents since 19 Jan 2027." in told
    assert "5 incidents since 19 Jan 2027, after the fix was shown to be effective.</textarea>" in told


def test_a_plan_that_stays_while_its_days_are_corrected_says_so(
    client: Client, engineer: User, case: Nonconformance
) -> None:
    action, check = walk.planned(engineer, case)
    actions.carry_out(engineer, action=action, implemented_on=make.NOON.date(), evidence="Photo.")
    for day in range(10, 34):
        when = make.NOON - dt.timedelta(days=day)
        make.DefectFactory(line=case.line, defect_type=check.defect_type, occurred_at=when)
    client.force_login(engineer)
    walk.computed(action, make.NOON)
    told = page(client, case)
    assert "The plan was made from 12 incidents; the same days have 36 on 114,000 units today" in told
    assert "Made from today’s records it would need 9,892 units." in told


def test_a_fix_that_is_dated_before_its_plan_says_so(client: Client, engineer: User, case: Nonconformance) -> None:
    action, _ = walk.planned(engineer, case)
    actions.carry_out(engineer, action=action, implemented_on=ago(5), evidence="Photo.")
    client.force_login(engineer)
    walk.computed(action, make.NOON)
    assert "It is dated before the plan was made" in page(client, case)
