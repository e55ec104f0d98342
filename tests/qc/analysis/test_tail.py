import dataclasses

import numpy as np

from qc.analysis.data import Dataset, Exposure
from qc.analysis.exposure import Plant
from qc.analysis.verdicts import judge
from tests.qc.analysis.plants import FIRST, plant

DAYS = 80


def rising(name, day, shift, line):
    return 20.0 if (name, line) == ("type-1", "L3") and day >= DAYS - 4 else 1.0


def without_counts(data: Dataset, line: str, days: int) -> Dataset:
    made = data.production
    column = made.dimensions["line"]
    gone = (made.day >= FIRST + DAYS - days) & (column.codes == column.labels.index(line))
    kept = np.flatnonzero(~gone)
    dimensions = {name: c.take(kept) for name, c in made.dimensions.items()}
    return dataclasses.replace(data, production=Exposure(made.day[kept], made.units[kept], dimensions))


def of(data: Dataset, name: str):
    return next(f for f in judge(data).findings if f.defect_type == name)


def test_uncounted_last_days_of_a_line_are_taken_as_usual_and_said():
    data = without_counts(plant(days=DAYS), "L3", 3)
    finding = of(data, "type-1")
    assert "exposure: the last 3 days of line L3 are not counted yet and were taken as usual" in finding.ruled_out, (
        finding.ruled_out
    )
    assert "no production was counted" not in " ".join(finding.ruled_out)
    usual = Plant.of(plant(days=DAYS)).base.units.sum()
    assert np.isclose(Plant.of(data).base.units.sum(), usual)


def test_todays_records_move_the_verdict_before_todays_counts_arrive():
    full = plant(days=DAYS, more=rising)
    assert of(full, "type-1").where == {"line": "L3"}
    late = of(without_counts(full, "L3", 4), "type-1")
    assert (late.where, late.incidents) == (of(full, "type-1").where, of(full, "type-1").incidents)


def test_counts_that_cover_every_record_are_left_as_they_are():
    data = plant(days=DAYS)
    assert Plant.of(data).taken == ()
    assert len(Plant.of(data).base.day) == len(data.production.day)


def test_a_line_that_stopped_is_not_taken_to_run_on():
    data = without_counts(plant(days=DAYS), "L3", 6)
    line = data.dimensions["line"]
    kept = np.flatnonzero((data.day < FIRST + DAYS - 6) | (line.codes != line.labels.index("L3")))
    alone = Dataset.of(
        data.minute[kept],
        data.defect_type.take(kept),
        {name: column.take(kept) for name, column in data.dimensions.items()},
        production=data.production,
    )
    assert Plant.of(alone).taken == ()


def test_at_most_fourteen_days_are_taken_as_usual():
    plant_ = Plant.of(without_counts(plant(days=DAYS), "L3", 20))
    assert [(one.name, one.days) for one in plant_.taken] == [("L3", 14)]


def test_a_weekday_that_the_line_does_not_work_stays_empty():
    full = plant(days=DAYS)
    sunday = (FIRST + DAYS - 2) % 7
    made, day = full.production, full.day
    worked = np.flatnonzero((made.day % 7 != sunday) & (made.day < FIRST + DAYS - 3))
    production = Exposure(
        made.day[worked], made.units[worked], {name: c.take(worked) for name, c in made.dimensions.items()}
    )
    kept = np.flatnonzero(day % 7 != sunday)
    data = Dataset.of(
        full.minute[kept],
        full.defect_type.take(kept),
        {name: column.take(kept) for name, column in full.dimensions.items()},
        day=day[kept],
        production=production,
    )
    assert {one.days for one in Plant.of(data).taken} == {2}
