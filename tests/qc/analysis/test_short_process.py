"""A process of a few days around the clock is judged by the hour; AI4I 2020 is one, with known failure modes."""

import datetime as dt
from collections import Counter

import numpy as np
import pytest

from qc.analysis.files import from_files
from qc.analysis.settings import Settings
from qc.analysis.verdicts import judge
from tests.qc.shared import columns

START = dt.datetime(2026, 1, 5)
MODES = ("TWF", "HDF", "PWF", "OSF", "RNF")
ALL_UNITS = 10_000


def minutes(rows):
    return [(START + dt.timedelta(minutes=int(row))).isoformat(timespec="minutes") for row in rows]


def table(head, rows):
    return ("\n".join([head, *rows]) + "\n").encode()


@pytest.fixture(params=["with units made", "by the calendar"])
def milling(request):
    """Unit n at minute n; at most 3 failures of a kind per 1,000 units are tolerated, which is 388.8 in 90 days."""
    data = columns("data/ai4i2020/ai4i2020.csv")
    units = len(data["UDI"])
    at = minutes(range(units))
    failures = [f"{at[i]},{mode},{data['Type'][i]}" for i in range(units) for mode in MODES if data[mode][i] == "1"]
    made = Counter((time[:10], kind) for time, kind in zip(at, data["Type"], strict=True))
    counts = [f"{date},{kind},{n}" for (date, kind), n in sorted(made.items())]
    production = table("date,product,units", counts) if request.param == "with units made" else None
    dataset = from_files(table("occurred_at,defect_type,product", failures), production)
    findings = judge(dataset, Settings(tolerable=3 * 1440 * 90 / 1000)).findings
    return units, {mode: [f for f in findings if f.defect_type == mode] for mode in MODES}


def test_failure_modes_of_the_milling_process(milling):
    units, said = milling
    chronic = {"PWF", "OSF"} | ({"TWF"} if units == ALL_UNITS else set())  # half of the units do not prove TWF's rate
    assert {mode for mode in MODES if any(f.kind == "chronic" for f in said[mode])} == chronic
    assert not [f for f in said["RNF"] if f.verdict == "systemic"]
    (heat,) = [f for f in said["HDF"] if f.verdict == "systemic"]
    assert (heat.kind, heat.where) == ("episode", {})
    assert heat.incidents >= 100
    assert (heat.since, heat.until) == ("2026-01-07", "2026-01-08")


def test_hours_are_used_only_for_a_few_days_without_a_pause():
    rng = np.random.default_rng(1)
    around = minutes(np.sort(rng.integers(0, 6 * 1440, 300)))
    by_day = [time for time in around if 6 <= int(time[11:13]) < 14]
    long = minutes(np.sort(rng.integers(0, 60 * 1440, 300)))
    steps = {
        name: from_files(table("occurred_at,defect_type", [f"{time},dent" for time in times])).per_day
        for name, times in (("around the clock", around), ("one shift", by_day), ("two months", long))
    }
    assert steps == {"around the clock": 24, "one shift": 1, "two months": 1}
    shifts = table("occurred_at,defect_type,shift", [f"{time},dent,day" for time in around])
    assert from_files(shifts).per_day == 1


def test_units_of_a_day_are_spread_over_its_hours_and_none_are_lost():
    around = minutes(np.sort(np.random.default_rng(2).integers(500, 6 * 1440, 300)))
    dates = sorted({time[:10] for time in around})
    counts = table("date,line,units", [f"{date},L{line},240" for date in dates for line in (1, 2)])
    dataset = from_files(table("occurred_at,defect_type,line", [f"{time},dent,L1" for time in around]), counts)
    assert dataset.per_day == 24
    assert dataset.production.units.sum() == pytest.approx(240 * 2 * len(dates))
    assert set(dataset.production.day) == set(range(dataset.day.min(), dataset.day.max() + 1))
