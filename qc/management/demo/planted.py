"""The planted truths T1 to T16 that leave records: each adds to the ordinary defects, or changes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
from scipy import stats

from qc.management.demo.background import place
from qc.management.demo.moments import local
from qc.management.demo.production import PILOT_ON, Cell, stream
from qc.management.demo.records import SITE_OF, Record
from qc.management.demo.world import FIRST_DAY, LAST_DAY, Rate, days

Cells = Sequence[Cell]
BAD_CONNECTORS = ("THC-2638A", "THC-2639A")
BAD_CASTINGS = tuple(f"HMC-26{week}" for week in range(27, 33))  # July's six lots
BAD_AGAIN = tuple(f"HMC-26{week}" for week in range(41, 44))  # the three lots from 5 October
SPINDLE_FROM, SPINDLE_UNTIL = dt.date(2026, 9, 14), dt.date(2026, 10, 23)
PIECES_A_DAY = 20  # four subgroups of five
DROPPED_ON = dt.date(2026, 8, 19)
POWER_DIP_ON = dt.date(2026, 10, 7)
RECODED_FROM = dt.date(2026, 7, 27)
CAVITY_FROM = dt.date(2026, 8, 24)


def _between(first: dt.date, last: dt.date) -> Callable[[Cell], bool]:
    return lambda cell: first <= cell.day <= last


def _more(truth: str, cells: Iterable[Cell], rate: Rate) -> list[Record]:
    """Poisson records at a rate on top of the base rate, in each of these cells."""
    random = stream(truth)
    chosen = list(cells)
    counts = random.poisson([cell.units * rate.percent / 100 for cell in chosen])
    return [place(random, cell, rate, truth=truth) for cell, n in zip(chosen, counts, strict=True) for _ in range(n)]


def stencil(cells: Cells) -> list[Record]:
    """T1: the worn stencil at SP-11, 0.18 to 0.75 % on ECU-40 for four weeks."""
    window = _between(dt.date(2026, 8, 10), dt.date(2026, 9, 4))
    here = [cell for cell in cells if cell.line.code == "SMT-1" and cell.product == "ECU-40" and window(cell)]
    return _more("T1", here, Rate("SOLD-INSUF", "SP-11", 0.57))


def connectors(cells: Cells, lot_of: Callable[[str, str, dt.date], str]) -> list[Record]:
    """T2: two bad connector lots on both surface mount lines, 0.05 to 2.1 %."""
    part = "7-40-118"
    records: list[Record] = []
    for line, station in (("SMT-1", "AOI-15"), ("SMT-2", "AOI-25")):
        own = [cell for cell in cells if cell.line.code == line and cell.product == "ECU-25"]
        here = [cell for cell in own if lot_of(line, part, cell.day) in BAD_CONNECTORS]
        records += _more("T2", here, Rate("CONN-COPL", station, 2.05, part=part))
    return records


def flux(cells: Cells) -> list[Record]:
    """T3: wave solder on the night shift after the flux change, 0.20 to 0.85 % for eight weeks."""
    window = _between(dt.date(2026, 7, 13), dt.date(2026, 9, 4))
    here = [cell for cell in cells if cell.line.code == "THT-1" and cell.shift.code == "C" and window(cell)]
    return _more("T3", here, Rate("SOLD-BRID", "WV-31", 0.65))


def spindle(cells: Cells) -> list[Record]:
    """T4: the bore drifts 0.4 um a day on CNC-07; of 20 pieces a day those beyond 12.5 um are rejected."""
    random = stream("T4")
    here = [cell for cell in cells if cell.line.code == "MC-1"]
    records = []
    for number, day in enumerate(days(SPINDLE_FROM, SPINDLE_UNTIL), start=1):
        rejected = int(random.binomial(PIECES_A_DAY, stats.norm.sf((12.5 - 0.4 * number) / 2.5)))
        of_day = [cell for cell in here if cell.day == day]
        for _ in range(rejected):
            cell = of_day[int(random.integers(len(of_day)))]
            found = place(random, cell, Rate("DIM-BORE", "LATHE", 0.0), truth="T4")
            records.append(replace(found, machine="CNC-07"))
    return records


def power_dip(cells: Cells) -> list[Record]:
    """T5: a power dip while two oven racks cured: 46 pumps with loose coating within 45 minutes."""
    return _burst("T5", cells, "CT-1", "1", POWER_DIP_ON, "10:20", 45, 46, Rate("COAT-ADH", "OV-23", 0.0))


def dropped_pallet(cells: Cells) -> list[Record]:
    """T6: a dropped pallet: 22 scratches within 20 minutes."""
    return _burst("T6", cells, "FA-2", "B", DROPPED_ON, "17:05", 20, 22, Rate("COSM-SCR", "HS-51", 0.0))


def _burst(
    truth: str, cells: Cells, line: str, shift: str, day: dt.date, clock: str, minutes: int, count: int, rate: Rate
) -> list[Record]:
    random = stream(truth)
    here = [cell for cell in cells if (cell.line.code, cell.shift.code, cell.day) == (line, shift, day)]
    start = local(SITE_OF[line], day, clock)
    seconds = np.sort(random.integers(0, minutes * 60, size=count))
    most = max(here, key=lambda cell: cell.units)
    inspector = "I-08" if line == "CT-1" else "I-16"
    found = [place(random, most, rate, truth=truth) for _ in range(count)]
    return [
        replace(one, at=start + dt.timedelta(seconds=int(after)), inspector=inspector)
        for one, after in zip(found, seconds, strict=True)
    ]


def castings(cells: Cells, lot_of: Callable[[str, str, dt.date], str]) -> list[Record]:
    """T7: porous castings, 0.9 to 3.2 % in six lots, and back at 2.9 % in three lots after the request was closed."""
    own = [cell for cell in cells if cell.line.code == "MC-1" and cell.product == "CP-80"]
    first = [cell for cell in own if lot_of("MC-1", "20-310", cell.day) in BAD_CASTINGS]
    again = [cell for cell in own if lot_of("MC-1", "20-310", cell.day) in BAD_AGAIN]
    return _more("T7", first, Rate("CAST-POR", "LATHE", 2.3, part="20-310")) + [
        replace(one, truth="T7") for one in _more("T7 again", again, Rate("CAST-POR", "LATHE", 2.0, part="20-310"))
    ]


def recoded(records: Sequence[Record]) -> list[Record]:
    """T9: after the update of the optical inspection most of `other` is called `voiding`; the sum does not change."""
    random = stream("T9")
    answer = []
    for one in records:
        changed = one.line == "SMT-2" and one.code == "SOLD-OTHER" and one.day >= RECODED_FROM
        if changed and random.random() < 0.40 / 0.45:
            one = replace(one, code="SOLD-VOID", truth="T9")
        answer.append(one)
    return answer


def strict_inspector(cells: Cells) -> list[Record]:
    """T10: I-09 reports three times as many scratches on his quarter of the pumps."""
    here = [cell for cell in cells if cell.line.code == "CT-1"]
    found = _more("T10", here, Rate("COSM-SCR", "VI-24", 2 * 0.40 / 4))
    return [replace(one, inspector="I-09") for one in found]


def cold_start(cells: Cells) -> list[Record]:
    """T13: face runout in Monday's first hour at MC-2, 3.5 times as often."""
    here = [c for c in cells if c.line.code == "MC-2" and c.day.weekday() == 0 and c.shift.code == "1"]
    random = stream("T13 minutes")
    found = _more("T13", here, Rate("DIM-FACE", "MILL", 2.5 * 0.60 / 8))
    first = {one.day: local(one.site, one.day, "06:00") for one in found}
    return [replace(one, at=first[one.day] + dt.timedelta(seconds=int(random.integers(3600)))) for one in found]


def cavity(cells: Cells) -> list[Record]:
    """T15: cavity 3 of the housing tool, 0.15 to 1.2 % of its eighth of the housings."""
    here = [cell for cell in cells if cell.line.code == "FA-2" and cell.day >= CAVITY_FROM]
    found = _more("T15", here, Rate("MLD-SHORT", "HS-51", 1.05 / 8, part="7-60-031"))
    return [replace(one, cavity="C3") for one in found]


def pilot(cells: Cells) -> list[Record]:
    """T16: two defects in the first 30 HP-120."""
    random = stream("T16")
    here = [c for c in cells if c.line.code == "AS-2" and c.product == "HP-120" and c.day == PILOT_ON]
    return [place(random, here[0], Rate("SCRW-STRP", "AS-42", 0.0), truth="T16") for _ in range(2)]


def double_entries(records: Sequence[Record]) -> list[Record]:
    """T11: 25 double taps and 13 retries of the camera's program: same serial and code within ten minutes."""
    random = stream("T11")
    latest = max(one.at for one in records) - dt.timedelta(minutes=10)
    by_hand = [one for one in records if not one.by_camera and not one.truth and one.at < latest]
    by_camera = [one for one in records if one.by_camera and not one.truth and one.at < latest]
    again = []
    for source, count, slowest in ((by_hand, 25, 120), (by_camera, 13, 540)):
        for which in sorted(random.choice(len(source), size=count, replace=False).tolist()):
            later = dt.timedelta(seconds=int(random.integers(3, slowest)))
            again.append(replace(source[which], at=source[which].at + later, truth="T11"))
    return again


PERIOD = (FIRST_DAY, LAST_DAY)
