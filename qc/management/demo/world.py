"""The demonstration's fixed facts: plants, lines, products, the catalogue, suppliers, rates. No database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

SEED = 20261120
FIRST_DAY = dt.date(2026, 5, 25)
LAST_DAY = dt.date(2026, 11, 20)
STANDS_AT = dt.datetime(2026, 11, 20, 16, 0, tzinfo=dt.UTC)  # where the demonstration's clock starts
LATEST = STANDS_AT - dt.timedelta(minutes=20)  # nothing was recorded after this
OVERDISPERSION = 0.10


@dataclass(frozen=True, slots=True)
class Hours:
    """A shift in plant time."""

    code: str
    starts_at: dt.time
    ends_at: dt.time


@dataclass(frozen=True, slots=True)
class Rate:
    """How often a code occurs at a station, per unit; `product` and `part` narrow what it concerns."""

    code: str
    station: str
    percent: float
    product: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its stations, shifts, output per shift, product mix and base rates."""

    code: str
    name: str
    stations: dict[str, str]
    shifts: str
    units: int
    mix: dict[str, float]
    rates: tuple[Rate, ...]
    machines: dict[str, tuple[str, ...]]
    hard: dict[str, float]  # products that are harder to make by this factor
    inspectors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """A plant."""

    code: str
    name: str
    time_zone: str
    currency: str
    shifts: tuple[Hours, ...]
    lines: tuple[Line, ...]
    own_lot: str

    @property
    def zone(self) -> ZoneInfo:
        """The plant's time zone."""
        return ZoneInfo(self.time_zone)


def _line(
    code: str,
    name: str,
    stations: dict[str, str],
    shifts: str,
    units: int,
    mix: dict[str, float],
    rates: str,
    inspectors: str,
    machines: dict[str, tuple[str, ...]] | None = None,
    hard: dict[str, float] | None = None,
) -> Line:
    return Line(
        code,
        name,
        stations,
        shifts,
        units,
        mix,
        tuple(_rate(text) for text in rates.split("\n") if text.strip()),
        machines or {},
        hard or {},
        tuple(inspectors.split()),
    )


def _rate(text: str) -> Rate:
    """`CODE STATION percent [product=P] [part=N]`."""
    code, station, percent, *more = text.split()
    return Rate(code, station, float(percent), **dict(entry.split("=") for entry in more))


SMT_1 = _line(
    "SMT-1",
    "Surface mount 1",
    {
        "SP-11": "Paste print",
        "PP-12": "Placer 1",
        "PP-13": "Placer 2",
        "RO-14": "Reflow",
        "AOI-15": "Optical inspection",
    },
    "ABC",
    650,
    {"ECU-40": 0.45, "CHG-08": 0.40, "ECU-25": 0.15},
    """SOLD-INSUF SP-11 0.18
    SOLD-INSUF RO-14 0.04
    SOLD-BRID SP-11 0.18
    SOLD-BRID RO-14 0.08
    SOLD-VOID RO-14 0.12
    SOLD-COLD RO-14 0.08
    SOLD-OTHER AOI-15 0.14
    COMP-MISS PP-12 0.12
    COMP-MISS PP-13 0.10
    COMP-TOMB PP-13 0.12
    COMP-POLR PP-12 0.01
    COMP-SHFT PP-12 0.10
    COMP-SHFT PP-13 0.11
    CONN-COPL AOI-15 0.05 product=ECU-25 part=7-40-118
    COSM-SCR AOI-15 0.0125 part=7-10-040""",
    "I-01 I-02 I-03 AOI-15",
)
SMT_2 = _line(
    "SMT-2",
    "Surface mount 2",
    {"SP-21": "Paste print", "PP-22": "Placer", "RO-24": "Reflow", "AOI-25": "Optical inspection"},
    "ABC",
    480,
    {"CHG-08": 0.45, "ECU-25": 0.30, "INV-12": 0.25},
    """SOLD-OTHER AOI-25 0.45
    SOLD-INSUF SP-21 0.15
    SOLD-BRID SP-21 0.12
    SOLD-COLD RO-24 0.05
    COMP-MISS PP-22 0.10
    COMP-TOMB PP-22 0.09
    COMP-SHFT PP-22 0.10
    COMP-POLR PP-22 0.01
    CONN-COPL AOI-25 0.05 product=ECU-25 part=7-40-118
    COSM-SCR AOI-25 0.0125 part=7-10-040""",
    "I-04 I-05 AOI-25",
)
THT_1 = _line(
    "THT-1",
    "Through-hole 1",
    {"IN-30": "Insertion", "WV-31": "Wave solder", "CC-32": "Conformal coat", "ICT-33": "In-circuit test"},
    "ABC",
    420,
    {"ECU-40": 0.35, "ECU-25": 0.25, "CHG-08": 0.25, "INV-12": 0.15},
    """SOLD-BRID WV-31 0.20
    SOLD-COLD WV-31 0.15
    SOLD-OTHER WV-31 0.05
    COMP-MISS IN-30 0.12
    COMP-SHFT IN-30 0.08
    COMP-POLR IN-30 0.02
    COAT-MISS CC-32 0.22
    FUNC-COMM ICT-33 0.06""",
    "I-06 I-11 I-12",
)
FA_1 = _line(
    "FA-1",
    "Final assembly 1",
    {"HS-41": "Housing", "SC-42": "Screw", "PR-43": "Press-fit", "FT-44": "Function test", "PK-45": "Packing"},
    "ABC",
    400,
    {"ECU-40": 0.50, "ECU-25": 0.35, "INV-12": 0.15},
    """COSM-SCR HS-41 0.201
    COSM-DENT HS-41 0.09
    SCRW-STRP SC-42 0.17
    SCRW-STRP SC-42 0.01 part=7-80-009
    PRSS-LOW PR-43 0.17
    FUNC-COMM FT-44 0.14
    LABL-WRNG PK-45 0.09""",
    "I-13 I-14 I-15",
    hard={"INV-12": 2.4 / 0.871},
)
FA_2 = _line(
    "FA-2",
    "Final assembly 2",
    {"HS-51": "Housing", "SC-52": "Screw", "FT-54": "Function test", "PK-55": "Packing"},
    "AB",
    300,
    {"CHG-08": 0.55, "ECU-25": 0.45},
    """MLD-SHORT HS-51 0.15 part=7-60-031
    COSM-SCR HS-51 0.17
    COSM-DENT PK-55 0.08
    SCRW-STRP SC-52 0.15
    SCRW-STRP SC-52 0.01 part=7-80-009
    FUNC-COMM FT-54 0.16
    LABL-WRNG PK-55 0.08""",
    "I-16 I-17",
)
MC_1 = _line(
    "MC-1",
    "Machining 1",
    {"LATHE": "Lathes", "CMM-08": "Measuring machine"},
    "12",
    220,
    {"CP-50": 0.48, "SP-30": 0.30, "CP-80": 0.22},
    """CAST-POR LATHE 0.90 product=CP-80 part=20-310
    CAST-INCL LATHE 0.09 product=CP-80 part=20-310
    DIM-BORE LATHE 0.45
    DIM-FACE LATHE 0.30
    DIM-THRD LATHE 0.35
    SURF-BURR LATHE 0.632
    COSM-DENT CMM-08 0.15""",
    "I-21 I-22",
    machines={"LATHE": ("CNC-05", "CNC-06", "CNC-07")},
)
MC_2 = _line(
    "MC-2",
    "Machining 2",
    {"MILL": "Mills", "DB-13": "Deburr"},
    "12",
    180,
    {"CP-50": 0.50, "CP-80": 0.25, "SP-30": 0.25},
    """DIM-FACE MILL 0.60
    DIM-THRD MILL 0.30
    DIM-BORE MILL 0.10
    SURF-BURR DB-13 0.50
    COSM-DENT DB-13 0.10""",
    "I-23 I-24",
    machines={"MILL": ("CNC-11", "CNC-12")},
)
CT_1 = _line(
    "CT-1",
    "Coating 1",
    {"BL-21": "Blast", "PC-22": "Powder coat", "OV-23": "Oven", "VI-24": "Visual inspection"},
    "1",
    300,
    {"CP-50": 0.50, "CP-80": 0.25, "SP-30": 0.25},
    """COSM-SCR VI-24 0.40
    COSM-DENT VI-24 0.20
    COAT-THIN PC-22 0.45
    COAT-RUN PC-22 0.40
    COAT-ADH OV-23 0.20
    SURF-BURR BL-21 0.15""",
    "I-07 I-08 I-09 I-10",
)
AS_1 = _line(
    "AS-1",
    "Assembly 1",
    {"PS-31": "Press seal", "AS-32": "Assemble", "TQ-33": "Torque"},
    "12",
    140,
    {"CP-50": 0.65, "SP-30": 0.35},
    """SEAL-CUT PS-31 0.25
    SEAL-HARD PS-31 0.125 part=20-455
    TORQ-LOW TQ-33 0.08
    COSM-SCR AS-32 0.15
    COSM-DENT AS-32 0.145
    LABL-WRNG AS-32 0.10
    DIM-THRD AS-32 0.05 part=20-120""",
    "I-25 I-26",
)
AS_2 = _line(
    "AS-2",
    "Assembly 2, large pumps",
    {"PS-41": "Press seal", "AS-42": "Assemble"},
    "1",
    90,
    {"CP-80": 1.0},
    """SEAL-CUT PS-41 0.25
    SEAL-HARD PS-41 0.10 part=20-455
    TORQ-LOW AS-42 0.05
    COSM-SCR AS-42 0.15
    COSM-DENT AS-42 0.15""",
    "I-27",
)
TB_1 = _line(
    "TB-1",
    "Test bench 1",
    {"LK-51": "Leak test", "PF-52": "Performance test"},
    "12",
    185,
    {"CP-50": 0.50, "CP-80": 0.25, "SP-30": 0.25},
    """LEAK-STAT LK-51 1.40
    PERF-HEAD PF-52 1.00""",
    "I-28 I-29",
)

KDE = Site(
    "KDE",
    "Kestrel Drive Electronics",
    "Europe/Warsaw",
    "EUR",
    (
        Hours("A", dt.time(6), dt.time(14)),
        Hours("B", dt.time(14), dt.time(22)),
        Hours("C", dt.time(22), dt.time(6)),
    ),
    (SMT_1, SMT_2, THT_1, FA_1, FA_2),
    "A",
)
APW = Site(
    "APW",
    "Aldermoor Pump Works",
    "America/Chicago",
    "USD",
    (Hours("1", dt.time(6), dt.time(14)), Hours("2", dt.time(14), dt.time(22))),
    (MC_1, MC_2, CT_1, AS_1, AS_2, TB_1),
    "B",
)
SITES = (KDE, APW)

PRODUCTS = {
    "ECU-40": ("Motor controller 40 A", "D"),
    "ECU-25": ("Motor controller 25 A", "B"),
    "INV-12": ("Inverter 12 kW", "A"),
    "CHG-08": ("Charger 8 kW", "C"),
    "CP-50": ("Centrifugal pump 50", "F"),
    "CP-80": ("Centrifugal pump 80", "C"),
    "HP-120": ("High-pressure pump 120", "B"),
    "SP-30": ("Submersible pump 30", "H"),
}
FINAL = {"FT-44", "FT-54", "PK-45", "PK-55", "VI-24", "LK-51", "PF-52"}  # stations at which a find is a final find
CATALOGUE = """SOLD-INSUF|Insufficient solder|Solder|major
SOLD-BRID|Solder bridge|Solder|major
SOLD-VOID|Voiding > 25 %|Solder|minor
SOLD-COLD|Cold joint|Solder|major
SOLD-OTHER|Solder, other|Solder|minor
COMP-MISS|Missing component|Placement|major
COMP-TOMB|Tombstone|Placement|major
COMP-POLR|Wrong polarity|Placement|critical
COMP-SHFT|Shifted component|Placement|minor
CONN-COPL|Connector coplanarity|Component|major
COAT-MISS|Coating gap|Coating|major
PRSS-LOW|Press-fit force low|Assembly|major
SCRW-STRP|Stripped screw|Assembly|minor
MLD-SHORT|Short shot (housing)|Moulding|major
COSM-SCR|Scratch|Cosmetic|minor
FUNC-COMM|CAN timeout|Test|critical
DIM-BORE|Bore out of tolerance|Dimension|major
DIM-FACE|Face runout|Dimension|major
DIM-THRD|Thread gauge fail|Dimension|major
SURF-BURR|Burr|Surface|minor
CAST-POR|Porosity|Casting|major
CAST-INCL|Inclusion|Casting|major
COAT-ADH|Adhesion failure|Coating|major
COAT-THIN|Coat too thin|Coating|minor
COAT-RUN|Runs and sags|Coating|minor
SEAL-CUT|Seal cut at press|Assembly|major
SEAL-HARD|Seal hardness|Material|major
TORQ-LOW|Low torque|Assembly|critical
LEAK-STAT|Static leak|Test|critical
PERF-HEAD|Head below curve|Test|major
COSM-DENT|Dent|Cosmetic|minor
LABL-WRNG|Wrong label|Label|major"""


def days(first: dt.date = FIRST_DAY, last: dt.date = LAST_DAY) -> list[dt.date]:
    """The working days, Monday to Friday."""
    span = (last - first).days + 1
    return [day for day in (first + dt.timedelta(days=n) for n in range(span)) if day.weekday() < 5]


def year_week(day: dt.date) -> str:
    """YYWW of the ISO week: 2633."""
    year, week, _ = day.isocalendar()
    return f"{year % 100:02d}{week:02d}"
