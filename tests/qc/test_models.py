"""What the database itself refuses, and that every record has a scope that fails closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from qc import models as qc
from qc.models.base import ScopedQuerySet
from tests import factories as make

pytestmark = pytest.mark.django_db

BAD_ROWS: dict[str, Callable[[], Any]] = {
    "a defect with a negative quantity": lambda: make.DefectFactory(quantity=-1),
    "a defect without a line or a supplier": lambda: make.DefectFactory(line=None, plant=make.PlantFactory()),
    "a void defect without a reason": lambda: make.DefectFactory(status="void"),
    "a duplicate without an original": lambda: make.DefectFactory(status="duplicate"),
    "a lot without its part": lambda: make.DefectFactory(supplier_lot=make.SupplierLotFactory()),
    "a part without its supplier": lambda: make.DefectFactory(part=make.PartFactory()),
    "a supplier's user without a supplier": lambda: make.UserFactory(role="supplier"),
    "an inspector with a supplier": lambda: make.UserFactory(role="inspector", supplier=make.SupplierFactory()),
    "a supplier's user who is staff": lambda: make.UserFactory(
        role="supplier", supplier=make.SupplierFactory(), is_staff=True
    ),
    "two users whose names differ in case": lambda: [make.UserFactory(username=name) for name in ("Ann", "ann")],
    "a dismissed finding without a person": lambda: make.FindingFactory(decision="dismissed", decision_reason="x"),
    "a dismissed finding without a reason": lambda: make.FindingFactory(
        decision="dismissed", decided_by=make.UserFactory()
    ),
    "a finding that ends before it starts": lambda: make.FindingFactory(
        since=dt.date(2026, 2, 2), until=dt.date(2026, 1, 1)
    ),
    "a closed case without a date": lambda: make.NonconformanceFactory(status="closed"),
    "a cancelled case without a reason": lambda: make.NonconformanceFactory(status="cancelled"),
    "an action for nobody": lambda: make.CorrectiveActionFactory(owner=None),
    "an action done without evidence": lambda: make.CorrectiveActionFactory(
        status="done", done_by=make.UserFactory(), implemented_on=dt.date(2026, 1, 1)
    ),
    "a request that was issued by nobody": lambda: make.RequestFactory(issued_by=None),
    "the same count twice": lambda: [
        qc.ProductionCount.objects.create(
            line=line, production_on=dt.date(2026, 1, 1), units=1, recorded_by=make.UserFactory()
        )
        for line in [make.ProductionLineFactory()] * 2
    ],
    "two products on a line at a time": lambda: [
        qc.ProductionRun.objects.create(line=line, product=make.ProductFactory())
        for line in [make.ProductionLineFactory()] * 2
    ],
}


@pytest.mark.parametrize("what", BAD_ROWS)
def test_the_database_refuses(what: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        BAD_ROWS[what]()


def test_a_verified_action_needs_another_person_than_the_one_who_did_it() -> None:
    person, other = make.UserFactory(), make.UserFactory()
    done = {"status": "verified", "done_by": person, "implemented_on": dt.date(2026, 1, 1), "evidence": "photo"}
    assert make.CorrectiveActionFactory(**done, verified_by=other).pk
    with pytest.raises(IntegrityError), transaction.atomic():
        make.CorrectiveActionFactory(**done, verified_by=person)


def test_what_has_history_cannot_be_deleted() -> None:
    defect = make.DefectFactory()
    for row in (defect.line, defect.plant, defect.defect_type, defect.recorded_by):
        with pytest.raises(ProtectedError):
            row.delete()


def own_models() -> list[Any]:
    return [model for app in ("qc", "suppliers", "reports") for model in apps.get_app_config(app).get_models()]


@pytest.mark.parametrize("model", [m for m in own_models() if m is not qc.User], ids=lambda m: m._meta.label)
def test_every_record_has_a_scope_that_is_empty_for_strangers(model: Any) -> None:
    rows = model._default_manager.all()
    assert isinstance(rows, ScopedQuerySet)
    assert rows.visible_to(AnonymousUser()).query.is_empty()
    asleep = make.UserFactory(is_active=False)
    assert rows.visible_to(asleep).query.is_empty()


@pytest.mark.parametrize("model", [m for m in own_models() if m is not qc.User], ids=lambda m: m._meta.label)
@pytest.mark.parametrize("role", ["inspector", "manager", "auditor"])
def test_every_scope_can_be_asked_by_every_inside_role(model: Any, role: str) -> None:
    person = make.UserFactory(role=role, plants=[make.PlantFactory()])
    assert list(model._default_manager.visible_to(person)) in ([], list(model._default_manager.all()))


def test_a_supplier_sees_itself_and_no_other_record_of_the_core() -> None:
    supplier = make.SupplierFactory()
    person = make.UserFactory(role="supplier", supplier=supplier)
    make.DefectFactory(supplier=supplier)
    make.FindingFactory(supplier=supplier)
    make.NonconformanceFactory(supplier=supplier)
    make.SupplierFactory()
    for model in apps.get_app_config("qc").get_models():
        if model in (qc.User, qc.Supplier, qc.Notice):
            continue
        assert not model._default_manager.visible_to(person).exists(), model
    assert list(qc.Supplier.objects.visible_to(person)) == [supplier]


def test_an_inspector_sees_the_own_plants_and_a_manager_all() -> None:
    mine, other = make.DefectFactory(), make.DefectFactory()
    inspector = make.UserFactory(role="inspector", plants=[mine.plant])
    assert list(qc.Defect.objects.visible_to(inspector)) == [mine]
    manager = make.UserFactory(role="manager")
    assert set(qc.Defect.objects.visible_to(manager)) == {mine, other}


def test_a_request_is_seen_by_its_supplier_once_issued_and_never_by_another() -> None:
    request = make.RequestFactory()
    theirs = make.UserFactory(role="supplier", supplier=request.supplier)
    rival = make.UserFactory(role="supplier", supplier=make.SupplierFactory())
    rows = type(request).objects
    assert list(rows.visible_to(theirs)) == [request]
    assert not rows.visible_to(rival).exists()
    rows.filter(pk=request.pk).update(status="draft")
    assert not rows.visible_to(theirs).exists()
