"""Logging at the line: two taps at once, and a record that nobody else may undo."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from qc.errors import Conflict, NotAllowed
from qc.models import Counter, Defect, Event, Station, User
from qc.services import quick
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def station(plant: Any) -> Station:
    return make.StationFactory(line=make.ProductionLineFactory(plant=plant))


def log(by: User, station: Station, key: uuid.UUID, **more: Any) -> Defect:
    """As if the key was not there yet when the station was looked at."""
    kind = more.pop("kind", None) or make.DefectTypeFactory()
    spot = quick.Spot(station, None, is_known=False)
    return quick.log(by, spot=spot, defect_type=kind, client_uuid=key, occurred_at=make.NOON, **more)


def test_two_taps_at_once_are_one_record_one_event_and_no_gap(inspector: User, station: Station) -> None:
    key, kind = uuid.uuid4(), make.DefectTypeFactory()
    first = log(inspector, station, key, kind=kind)
    assert log(inspector, station, key, kind=kind) == first
    assert Defect.objects.count() == Event.objects.filter(verb="defect.record").count() == 1
    assert Counter.objects.get(series="D").value == 1


def test_two_at_once_with_other_values_are_a_conflict(inspector: User, station: Station) -> None:
    key, kind = uuid.uuid4(), make.DefectTypeFactory()
    log(inspector, station, key, kind=kind)
    with pytest.raises(Conflict):
        log(inspector, station, key, kind=kind, quantity=2)
    assert Defect.objects.count() == 1


def test_a_spot_knows_what_runs_and_which_keys_were_used(inspector: User, station: Station) -> None:
    key = uuid.uuid4()
    log(inspector, station, key)
    known = quick.spot(inspector, station.pk, at=make.NOON, key=key)
    fresh = quick.spot(inspector, station.pk, at=make.NOON, key=uuid.uuid4())
    assert known and known.is_known and fresh and not fresh.is_known
    assert quick.spot(inspector, make.StationFactory().pk, at=make.NOON) is None


def test_only_who_logged_it_undoes_it(inspector: User, manager: User, station: Station) -> None:
    defect = log(inspector, station, uuid.uuid4())
    with pytest.raises(NotAllowed):
        quick.undo(manager, defect=defect)
    assert quick.undo(inspector, defect=defect).status == Defect.Status.VOID
