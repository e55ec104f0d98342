"""The demonstration's records, before any database: sizes, times, what was planted."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest

from qc.management.demo import lots, planted, story, world
from qc.management.demo.story import Story, tell
from qc.models.shifts import shift_at

# Expected number of planted records, and how far a draw may lie from it (about four standard deviations).
SIZES = {
    "T1": (100, 40),
    "T2": (147, 49),
    "T3": (109, 42),
    "T4": (42, 26),
    "T5": (46, 0),
    "T6": (22, 0),
    "T7": (95, 39),
    "T9": (490, 90),
    "T10": (78, 36),
    "T11": (38, 0),
    "T13": (9, 12),
    "T15": (51, 29),
    "T16": (2, 0),
}


@pytest.fixture(scope="module")
def told() -> Story:
    return tell()


def test_the_units_made_are_those_of_the_plan(told: Story) -> None:
    assert sum(cell.units for cell in told.cells) == pytest.approx(1_077_700, rel=0.01)


def test_each_line_has_its_base_rate(told: Story) -> None:
    expected = {"SMT-1": 1.4, "SMT-2": 1.1, "THT-1": 0.9, "FA-1": 1.22, "FA-2": 0.8, "MC-1": 2.1, "MC-2": 1.6}
    expected |= {"CT-1": 1.8, "AS-1": 0.9, "AS-2": 0.7, "TB-1": 2.4}
    for line, percent in expected.items():
        units = sum(cell.units for cell in told.cells if cell.line.code == line)
        found = sum(one.line == line and one.truth in ("", "T9") for one in told.records)
        wanted = units * percent / 100
        assert abs(found - wanted) < 4.5 * (1.1 * wanted) ** 0.5, line


def test_the_planted_truths_have_their_sizes(told: Story) -> None:
    found = Counter(one.truth for one in told.records)
    assert found.keys() - {""} == SIZES.keys()
    for truth, (size, margin) in SIZES.items():
        assert abs(found[truth] - size) <= margin, truth


def test_the_same_seed_tells_the_same_story(told: Story) -> None:
    assert story.tell.__wrapped__() == told


def test_exactly_the_double_entries_share_serial_and_code_within_ten_minutes(told: Story) -> None:
    first: dict[tuple[str, str], dt.datetime] = {}
    again = []
    for one in told.records:
        key = (one.serial, one.code)
        if key in first:
            assert one.at - first[key] <= dt.timedelta(minutes=10)
            again.append(one)
        first.setdefault(key, one.at)
    assert len(again) == 38
    assert Counter(one.by_camera for one in again) == {False: 25, True: 13}


def test_every_record_belongs_to_the_shift_and_day_on_which_it_started(told: Story) -> None:
    after_midnight = 0
    for one in told.records:
        day, shift = shift_at(one.at, one.site.zone, one.site.shifts)
        assert shift is not None and (day, shift.code) == (one.day, one.shift), one
        after_midnight += one.minute.date() > one.day
    assert after_midnight > 1000


def test_nothing_lies_in_the_future_or_on_a_weekend(told: Story) -> None:
    assert max(one.at for one in told.records) <= world.LATEST
    assert {one.day.weekday() for one in told.records} == {0, 1, 2, 3, 4}


def test_every_code_station_and_product_is_one_of_the_plant(told: Story) -> None:
    codes = {row.split("|")[0] for row in world.CATALOGUE.splitlines()}
    assert len(codes) == 32
    for one in told.records:
        assert one.code in codes and one.station in one.of_line.stations and one.product in world.PRODUCTS


def test_the_recoding_moves_records_and_leaves_their_sum(told: Story) -> None:
    mine = [one for one in told.records if one.line == "SMT-2" and one.code in ("SOLD-VOID", "SOLD-OTHER")]
    before = [one for one in mine if one.day < planted.RECODED_FROM]
    after = [one for one in mine if one.day >= planted.RECODED_FROM]
    assert not any(one.code == "SOLD-VOID" for one in before)
    assert len(after) / 17 == pytest.approx(len(before) / 9, rel=0.2)
    assert Counter(one.code for one in after)["SOLD-VOID"] > 5 * Counter(one.code for one in after)["SOLD-OTHER"]


def test_the_bad_connectors_fed_both_lines_from_21_september(told: Story) -> None:
    bad = [use for use in told.uses if use.lot.code in planted.BAD_CONNECTORS]
    assert min(use.first_on for use in bad) == dt.date(2026, 9, 21)
    assert {use.line for use in bad} == {"SMT-1", "SMT-2"}
    share = Counter(one.line for one in told.records if one.truth == "T2")
    assert share["SMT-2"] > share["SMT-1"] > 20


def test_the_spindle_gives_its_first_reject_three_weeks_after_the_drift_begins(told: Story) -> None:
    rejects = [one for one in told.records if one.truth == "T4"]
    assert {one.machine for one in rejects} == {"CNC-07"}
    assert dt.date(2026, 9, 28) <= min(one.day for one in rejects) <= dt.date(2026, 10, 9)


def test_a_lot_is_in_use_at_every_line_on_every_day(told: Story) -> None:
    in_use = lots.InUse(told.uses)
    for delivery in ("7-40-118", "7-60-031", "20-310", "20-455"):
        lines = {use.line for use in told.uses if use.lot.part == delivery}
        missing = [(line, day) for line in lines for day in world.days() if not in_use.lot(line, delivery, day)]
        assert not missing


def test_the_lots_spread_the_counts_a_little_more_than_poisson(told: Story) -> None:
    found: Counter[str] = Counter(one.lot for one in told.records if one.line == "SMT-1" and not one.truth)
    made = [cell for cell in told.cells if cell.line.code == "SMT-1" and cell.product == "CHG-08"]
    rate = sum(found[cell.lot] for cell in made) / sum(cell.units for cell in made)
    squares = [(found[cell.lot] - rate * cell.units) ** 2 / (rate * cell.units) for cell in made if cell.units > 200]
    assert 0.9 < sum(squares) / len(squares) < 1.35
