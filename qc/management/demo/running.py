"""Our own cases that still need somebody, in every state on the way."""

from __future__ import annotations

from qc.management.demo.tales import Tale
from qc.management.demo.world import APW, KDE


def tales() -> list[Tale]:
    """These cases."""
    tellers = (
        burrs, spindle, can_timeout, leaks, press_fit, pilot_screws, polarity, labels, cold_start,
    )  # fmt: skip
    return [teller() for teller in tellers]


def burrs() -> Tale:
    """Use as is, signed by two members of the review board."""
    t = Tale("burrs", APW)
    t.open(
        "09-08 10:20",
        "inspector.apw",
        "Burr inside the drain port of 240 bodies",
        "Burr up to 0.15 mm where the drawing allows 0.10; the port is closed by a plug and carries no flow.",
        code="SURF-BURR",
        severity="minor",
        line="MC-2",
        product="CP-50",
    )
    t.contain("09-08 10:50", "240 bodies of two shifts blocked.", held=240)
    t.review("09-09 08:00", 240)
    t.comment(
        "09-09 08:30",
        "engineer.apw",
        "Checked against the drawing: no function, no seal face. Customer has no requirement.",
    )
    t.dispose("09-09 10:00", "use_as_is", 240, "Plug as usual; concession 26-031.", by="engineer.apw")
    for when, name in (("09-09 10:05", "engineer.apw"), ("09-09 14:40", "manager")):
        t.sign(when, by=name)
    t.finish_review("09-09 14:45")
    return t


def spindle() -> Tale:
    """T4: the fix is in place, the numbers are looked at."""
    t = Tale("spindle", APW)
    t.open(
        "10-07 09:00",
        "engineer.apw",
        "Bore out of tolerance on CNC-07, growing",
        "The mean of the bore grows by 0.4 um a day since mid September; rejects at CNC-07 every day now.",
        code="DIM-BORE",
        line="MC-1",
        scope={"machine__code": "CNC-07", "production_on__gte": "2026-10-01"},
    )
    t.contain("10-07 09:30", "Every bore of CNC-07 measured; machine kept for CP-50 only.", held=38)
    t.material("10-07 10:00", "10-08 09:00", 38, "sort", "Measure with the air gauge; above 35.025 scrap.")
    t.investigate("10-08 09:30")
    t.cause(
        "10-16 10:00", "occurrence", "Front bearing of the spindle has 9 um play and heats up.",
        "Play and temperature measured; vibration at 2 x revolution.",
        "With the spindle of CNC-05 fitted the mean stands still for three days.",
    )  # fmt: skip
    t.cause(
        "10-16 10:30", "escape", "Subgroups are plotted, but only single values beyond the limits raise an alarm.",
        "SPC settings of CMM-08.", "Data of September played again with the run rule: alarm on day 4.",
    )  # fmt: skip
    t.plan("10-16 11:00")
    t.act(
        "10-16 11:10", "Replace the spindle bearing of CNC-07; switch run rules on", owner="inspector.apw", due="10-26"
    )
    t.plan_check("10-16 11:20")
    t.carry_out("10-26 07:00", "10-24", "Bearing replaced on Saturday; run rules on in CMM-08.", by="inspector.apw")
    t.verify("10-27 09:00", by="engineer.apw")
    t.start_verifying("10-27 09:10")
    return t


def can_timeout() -> Tale:
    """Critical, with a plan."""
    t = Tale("CAN timeout", KDE)
    t.open(
        "10-19 10:00",
        "engineer.kde",
        "CAN timeouts at the function test of FA-1",
        "Units of all products lose the bus for a moment when the fan starts.",
        code="FUNC-COMM",
        severity="critical",
        line="FA-1",
        containment="All units tested twice with the fan on; stock of two days tested again.",
    )
    t.judge("10-21 09:00", "systemic", "All shifts, all products.")
    t.investigate("10-21 09:10")
    t.cause(
        "10-30 09:00", "occurrence", "The shield of the test cable is open at the adapter.",
        "Resistance 2.1 kOhm instead of below 1 Ohm.", "Shield closed: 0 of 300; opened again: 4 of 300.",
    )  # fmt: skip
    t.cause(
        "10-30 09:30", "escape", "The adapter is not part of the monthly check of test equipment.",
        "Check list FT-44.", "Adapter with open shield passes the monthly check.",
    )  # fmt: skip
    t.plan("11-03 08:00")
    t.act(
        "11-03 08:10",
        "New test adapters with moulded shield, part of the monthly check",
        owner="engineer.kde",
        due="11-27",
    )
    t.act(
        "11-03 08:15",
        "Teach the test crew what a moving timeout looks like",
        owner="inspector.kde",
        due="11-13",
        strength="training",
        kind="preventive",
    )
    t.plan_check("11-03 08:20")
    return t


def leaks() -> Tale:
    """Critical, under investigation."""
    t = Tale("leaks", APW)
    t.open(
        "11-02 08:00",
        "engineer.apw",
        "Static leaks at LK-51 above target",
        "The rate is steady, but every leak that gets out is a safety case; the target is half of it.",
        code="LEAK-STAT",
        severity="critical",
        line="TB-1",
        containment="Leak test at 12 instead of 10 bar for all pumps, 30 s longer.",
    )
    t.investigate("11-03 09:00")
    t.cause(
        "11-10 10:00",
        "occurrence",
        "Suspected: chamfer of the seal seat cuts the lip.",
        "Lips of 9 of 14 seals show a cut.",
    )
    t.comment("11-10 10:30", "engineer.apw", "Waiting for the trial with a rounded chamfer in week 48.")
    return t


def press_fit() -> Tale:
    """In material review."""
    t = Tale("press-fit", KDE)
    t.open(
        "11-05 14:30",
        "inspector.kde",
        "Press-fit force low, one reel of pins",
        "58 units below 65 N.",
        code="PRSS-LOW",
        line="FA-1",
        product="ECU-25",
    )
    t.contain("11-05 15:00", "58 units and the rest of the reel blocked.", held=58)
    t.review("11-06 08:00", 58)
    t.dispose("11-06 09:30", "scrap", 20, by="manager")
    return t


def pilot_screws() -> Tale:
    """T16: contained, waiting for more data."""
    t = Tale("pilot screws", APW)
    t.open(
        "11-09 15:20",
        "inspector.apw",
        "Two stripped screws on the first 30 HP-120",
        "Two of the first thirty; nobody knows yet whether that is much.",
        code="SCRW-STRP",
        severity="minor",
        line="AS-2",
        product="HP-120",
        scope={"product__code": "HP-120"},
    )
    t.contain("11-10 08:00", "Both replaced; the next 30 pumps get a second look.", held=2)
    return t


def polarity() -> Tale:
    """Critical, dispositioned."""
    t = Tale("polarity", KDE)
    t.open(
        "11-12 09:30",
        "inspector.kde",
        "Diode turned on a panel of ECU-40",
        "One panel with D7 turned; the feeder was loaded from a reel without the notch mark.",
        code="COMP-POLR",
        severity="critical",
        line="SMT-1",
        product="ECU-40",
        containment="Panel and the two before and after blocked; reel taken out.",
    )
    t.material("11-12 11:00", "11-13 08:30", 30, "rework", "Turn D7, full function test, mark with a dot.")
    t.draft(
        "11-16 13:00",
        "Reel without a notch mark",
        "Reel of 7-20-104 without the mark that shows the direction.",
        contact="calderfen",
        part="7-20-104",
        quantity=1,
    )
    t.issue("11-16 13:30")
    t.acknowledge("11-17 09:00", "calderfen")
    t.dispute(
        "11-18 15:00",
        "calderfen",
        "Our photographs of the lot show the mark on every reel. Was it respooled at your site?",
    )
    return t


def labels() -> Tale:
    """Open."""
    t = Tale("labels", KDE)
    t.open(
        "11-16 08:20", "inspector.kde", "Wrong labels at PK-45",
        "Labels of revision C on a box of revision D.", code="LABL-WRNG", line="FA-1", product="ECU-40",
    )  # fmt: skip
    return t


def cold_start() -> Tale:
    """T13: open."""
    t = Tale("cold start", APW)
    t.open(
        "11-18 09:00",
        "engineer.apw",
        "Face runout on Monday mornings?",
        "Mondays before seven there seem to be more; too few to be sure.",
        code="DIM-FACE",
        severity="minor",
        line="MC-2",
    )
    return t
