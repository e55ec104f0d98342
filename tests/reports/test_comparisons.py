"""Two periods of a plant: a change of the mix is told apart from a change of the rates."""

from __future__ import annotations

import datetime as dt

import pytest

from qc.models import Plant, ProductionCount, ProductionLine, User
from reports import comparisons
from tests import factories as make
from tests.reports.conftest import log

pytestmark = pytest.mark.usefixtures("noon")
BEFORE, AFTER = dt.date(2026, 10, 5), dt.date(2026, 11, 9)
DAYS = {"before": (BEFORE, BEFORE), "after": (AFTER, AFTER)}


@pytest.fixture
def line(plant: Plant) -> ProductionLine:
    return make.ProductionLineFactory(plant=plant)


def made(line: ProductionLine, by: User, day: dt.date, **units: int) -> None:
    for code, number in units.items():
        product, _new = make.ProductFactory._meta.model.objects.get_or_create(code=code, defaults={"name": code})
        ProductionCount.objects.create(line=line, production_on=day, product=product, units=number, recorded_by=by)


def found(line: ProductionLine, day: dt.date, code: str | None, number: int) -> None:
    product = make.ProductFactory._meta.model.objects.filter(code=code).first()
    log(make.DefectTypeFactory(), line, day, number, product=product)


def test_more_of_the_hard_product_is_mix_and_nothing_got_worse(plant: Plant, manager: User, line, client) -> None:
    made(line, manager, BEFORE, EASY=8_000, HARD=2_000)
    made(line, manager, AFTER, EASY=5_000, HARD=5_000)
    for day, easy, hard in ((BEFORE, 8, 10), (AFTER, 5, 25)):
        found(line, day, "EASY", easy)
        found(line, day, "HARD", hard)
    seen = comparisons.compare(manager, plant, **DAYS)
    assert seen is not None
    assert round(seen.difference) == 1200 and round(seen.mix.value) == 1200 and round(seen.rate.value) == 0
    assert seen.mix.is_sure and not seen.rate.is_sure
    assert [row.name for row in seen.strata] == ["HARD", "EASY"]
    client.force_login(manager)
    query = {"before_from": BEFORE, "before_until": BEFORE, "after_from": AFTER, "after_until": AFTER}
    page = client.get("/analysis/compare/", query).content.decode()
    assert "The rate rose by 1,200 ppm" in page and "Nothing got surely better or worse in itself." in page
    lines = client.get("/analysis/compare/", query | {"format": "csv"}).content.decode("utf-8-sig").splitlines()
    assert lines[1].startswith("HARD,10,2000,")


def test_a_product_that_got_worse_is_rate(plant: Plant, manager: User, line) -> None:
    for day, number in ((BEFORE, 10), (AFTER, 60)):
        made(line, manager, day, EASY=5_000, HARD=5_000)
        found(line, day, "HARD", number)
    seen = comparisons.compare(manager, plant, **DAYS)
    assert seen is not None and seen.rate.is_sure and round(seen.mix.value) == 0
    assert seen.at_common_mix is not None and round(seen.at_common_mix[1].rate) == 6000


def test_what_names_no_product_is_left_out_and_counted(plant: Plant, manager: User, line) -> None:
    for day in (BEFORE, AFTER):
        made(line, manager, day, EASY=1_000)
        found(line, day, "EASY", 1)
    found(line, AFTER, None, 3)
    ProductionCount.objects.create(line=line, production_on=AFTER, units=77, recorded_by=manager)
    seen = comparisons.compare(manager, plant, **DAYS)
    assert seen is not None and seen.left_out == (3, 77) and seen.after.incidents == 1


def test_records_of_days_without_a_count_are_no_part_of_a_rate(plant: Plant, manager: User, line) -> None:
    for day in (BEFORE, AFTER):
        made(line, manager, day, EASY=1_000)
    found(line, AFTER - dt.timedelta(days=1), "EASY", 5)
    seen = comparisons.compare(manager, plant, before=DAYS["before"], after=(AFTER - dt.timedelta(days=1), AFTER))
    assert seen is not None and seen.after.incidents == 0


def test_another_plant_is_not_compared(plant: Plant, engineer: User, manager: User) -> None:
    other = make.ProductionLineFactory()
    for day in (BEFORE, AFTER):
        made(other, manager, day, EASY=1_000)
    assert comparisons.compare(engineer, other.plant, **DAYS) is None
    assert comparisons.compare(manager, other.plant, **DAYS) is not None


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"after_from": "2026-11-10", "after_until": "2026-11-01"}, "ends before it begins"),
        ({"after_from": "2020-01-01", "after_until": "2026-11-01"}, "at most 731 days"),
        ({"after_from": "soon"}, "Enter a valid date"),
        ({"by": "moon"}, "not one of the available choices"),
    ],
)
def test_days_that_make_no_sense_are_told_beside_the_field(plant: Plant, manager: User, client, query, says) -> None:
    client.force_login(manager)
    response = client.get("/analysis/compare/", query)
    assert response.status_code == 422 and says in response.content.decode()


def test_without_counts_there_is_nothing_to_compare(plant: Plant, manager: User, client) -> None:
    client.force_login(manager)
    assert "Nothing to compare" in client.get("/analysis/compare/").content.decode()
