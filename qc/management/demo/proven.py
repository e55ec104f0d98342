"""The supplier cases that are older than Lineside: six requests, closed by figures of the time before."""

from __future__ import annotations

from qc.management.demo.answers import Facts
from qc.management.demo.eightd import Figures, Way, by_hand
from qc.management.demo.tales import Tale
from qc.management.demo.world import APW, KDE


def tales() -> list[Tale]:
    """These cases, in the order of their requests' numbers."""
    tellers = (
        boards,
        shafts,
        screws,
        screws_again,
        powder,
        housings,
    )
    return [teller() for teller in tellers]


def _closed(tale: Tale, contact: str, facts: Facts, issued: str, closed: str, figures: Figures) -> Tale:
    """The whole way to a request that is closed as effective."""
    way = Way(tale, contact, facts, issued)
    way.start()
    way.cause()
    way.change()
    by_hand(tale, f"{closed} 09:00", figures)
    way.finish(closed)
    return tale


def opened(
    tale: Tale, when: str, title: str, text: str, *, code: str, part: str, line: str, quantity: int, held: str
) -> None:
    """A case on delivered parts: contained, the parts returned, under investigation."""
    tale.open(f"{when} 08:30", tale.engineer, title, text, code=code, part=part, line=line, owner="sqe")
    tale.contain(f"{when} 09:15", held, held=quantity)
    tale.judge(f"{when} 09:30", "systemic", "More than one delivery.")
    tale.material(f"{when} 10:00", f"{when} 11:30", quantity, "return_to_supplier")
    tale.investigate(f"{when} 13:00")


def boards() -> Tale:
    """SCAR 1."""
    t = Tale("boards", KDE)
    opened(
        t,
        "06-02",
        "Scratched solder mask on 6-layer boards",
        "Scratches across the mask on the long side, since March.",
        code="COSM-SCR",
        part="7-10-040",
        line="SMT-1",
        quantity=180,
        held="180 boards of two lots blocked.",
    )
    t.draft(
        "06-02 14:00",
        "Scratched solder mask",
        "Scratches on the long side of 7-10-040.",
        contact="orrinsk",
        part="7-10-040",
        quantity=180,
    )
    facts = Facts(
        measure="Stock of 7-10-040 checked under raking light.",
        checked=4100,
        bad=62,
        cause="A guide rail of the drying rack has a burr where two rails join.",
        cause_evidence="Scratches lie 12 mm from the edge, where the joint is; joint filed: none in 600.",
        escape="The final check looks at the boards from above only.",
        escape_evidence="Twenty scratched boards passed the final check again.",
        systemic="Racks are not in the maintenance plan.",
        action="One-piece rails in all six racks.",
        escape_action="Raking light at the final check.",
        trial="600 boards through the new rack: 0 bad (before: 9).",
        responsible="P. Orrinsk",
        first_lot="OLC-2626",
        look_across="Racks of the 4-layer line changed as well.",
    )
    return _closed(t, "orrinsk", facts, "06-02", "07-20", Figures(44, 36_000, 3, 24_000))


def shafts() -> Tale:
    """SCAR 2."""
    t = Tale("shafts", APW)
    opened(
        t,
        "06-04",
        "Thread of the shaft end too tight",
        "Gauge does not go on; from one of two lathes at the supplier.",
        code="DIM-THRD",
        part="20-120",
        line="AS-1",
        quantity=64,
        held="Lot QSW-2623 checked with the gauge.",
    )
    t.draft(
        "06-04 14:00",
        "Thread of the shaft end too tight",
        "M16 thread of 20-120 fails the go gauge.",
        contact="quillon",
        part="20-120",
        quantity=64,
    )
    facts = Facts(
        measure="All shafts in stock and transit gauged.",
        checked=1450,
        bad=31,
        cause="The insert of lathe 2 was changed for another grade without a new offset.",
        cause_evidence="Thread 0.04 mm too large with grade B at the old offset; right with the new one.",
        escape="Gauging was one in fifty, by the same lathe's operator station.",
        escape_evidence="Sampling record of May.",
        systemic="Tool grades can be changed without a release.",
        action="Tool list locked; offset bound to the grade in the program.",
        escape_action="Gauge in the unloading robot, every shaft.",
        trial="400 shafts after the change: 0 bad.",
        responsible="J. Quillon",
        first_lot="QSW-2628",
        look_across="Lathes 1 and 3 locked too.",
        strength="eliminate",
    )
    return _closed(t, "quillon", facts, "06-04", "07-22", Figures(31, 5_200, 1, 3_900))


def screws() -> Tale:
    """SCAR 3."""
    t = Tale("screws", KDE)
    opened(
        t,
        "06-09",
        "M3 screws with shallow drive",
        "The bit slips and strips the head, three boxes since April.",
        code="SCRW-STRP",
        part="7-80-009",
        line="FA-1",
        quantity=5000,
        held="Three boxes blocked, other lot in use.",
    )
    t.draft(
        "06-09 14:00",
        "Shallow drive in M3 screws",
        "Depth of the drive 1.1 instead of 1.4 mm.",
        contact="briskpass",
        part="7-80-009",
        quantity=5000,
    )
    facts = Facts(
        measure="Stock sorted by depth gauge.",
        checked=42_000,
        bad=910,
        cause="The punch of header 4 was chipped at the tip.",
        cause_evidence="Punch photographed; screws of header 4 only.",
        escape="Depth is measured at the start of a coil, not at its end.",
        escape_evidence="Record of coil 18: good at start, 1.1 mm at the end.",
        systemic="Punch life was set for softer wire.",
        action="Punch life halved, force monitored at each stroke.",
        escape_action="Depth measured at start and end of each coil.",
        trial="Four coils: 0 of 2,000 below 1.35 mm.",
        responsible="L. Brisk",
        first_lot="BPF-2628",
        look_across="All six headers have the force monitor.",
    )
    return _closed(t, "briskpass", facts, "06-09", "07-28", Figures(58, 900_000, 6, 500_000))


def screws_again() -> Tale:
    """SCAR 4: the same supplier at the other plant."""
    t = Tale("mixed labels", APW)
    opened(
        t,
        "06-16",
        "Boxes with the wrong label",
        "Boxes labelled M3 x 8 hold M3 x 10.",
        code="LABL-WRNG",
        part="7-80-009",
        line="AS-1",
        quantity=3000,
        held="Every box opened before use.",
    )
    t.draft(
        "06-16 14:00",
        "Boxes with the wrong label",
        "Content does not fit the label.",
        contact="briskpass",
        part="7-80-009",
        quantity=3000,
    )
    facts = Facts(
        measure="All boxes for you opened and compared.",
        checked=140,
        bad=6,
        cause="Two orders were packed at one table with two label rolls.",
        cause_evidence="Packing list of 4 June: both orders between 14:00 and 15:00.",
        escape="The scale accepts both lengths, they differ by 2 % only.",
        escape_evidence="Box of the wrong length accepted in a trial.",
        systemic="Rule for one order a table was not written down.",
        action="Label is printed at the scale after the screw was measured by camera.",
        escape_action="Camera refuses the wrong length.",
        trial="300 boxes: 0 wrong.",
        responsible="L. Brisk",
        first_lot="BPF-2629",
        look_across="Second packing table changed.",
    )
    return _closed(t, "briskpass", facts, "06-16", "08-04", Figures(14, 800, 0, 420))


def powder() -> Tale:
    """SCAR 5."""
    t = Tale("powder", APW)
    opened(
        t,
        "06-23",
        "Coat too thin with new powder",
        "Grain finer than the data sheet, coat thin at the same setting.",
        code="COAT-THIN",
        part="20-900",
        line="CT-1",
        quantity=300,
        held="Batch blocked, old batch in use.",
    )
    t.draft(
        "06-23 14:00",
        "Grain size of 20-900",
        "Median grain 28 um instead of 38 um.",
        contact="verity",
        part="20-900",
        quantity=300,
    )
    facts = Facts(
        measure="Two batches measured and blocked.",
        checked=900,
        bad=300,
        cause="A sieve of the mill was fitted with the finer mesh.",
        cause_evidence="Mesh measured: 32 instead of 45 um.",
        escape="Grain size is taken from the mill's setting, not measured.",
        escape_evidence="Certificate of the batch shows the set value.",
        systemic="Sieves of both meshes have the same part number.",
        action="Sieves coded by shape so that the wrong one does not fit.",
        escape_action="Laser grain size for each batch on the certificate.",
        trial="Five batches: 37 to 39 um.",
        responsible="A. Verity",
        first_lot="VPC-2608",
        look_across="Second mill changed.",
        strength="eliminate",
    )
    return _closed(t, "verity", facts, "06-23", "08-12", Figures(96, 9_000, 21, 6_000))


def housings() -> Tale:
    """SCAR 6."""
    t = Tale("housings", KDE)
    opened(
        t,
        "06-30",
        "Short shots after tool repair",
        "Open rib at the corner since the tool was repaired in April.",
        code="MLD-SHORT",
        part="7-60-031",
        line="FA-2",
        quantity=420,
        held="420 housings of lot OVM-2627 sorted.",
    )
    t.draft(
        "06-30 14:00",
        "Short shots at the corner rib",
        "Rib open over 2 to 4 mm.",
        contact="osmund",
        part="7-60-031",
        quantity=420,
    )
    facts = Facts(
        measure="Full check of stock with gauge G-31.",
        checked=7200,
        bad=95,
        cause="The vent at the corner was closed by the weld of the repair.",
        cause_evidence="Vent opened: 0 of 800; closed with wax: 12 of 200.",
        escape="First shots after a repair were released by weight only.",
        escape_evidence="Short shots weigh 0.1 g less, the scale's tolerance is 0.3 g.",
        systemic="No drawing of the vents.",
        action="Vents opened and drawn; depth measured after each repair.",
        escape_action="Release after repair by gauge.",
        trial="800 housings: 0 bad.",
        responsible="G. Veit",
        first_lot="OVM-2632",
        look_across="Vents of the sister tool measured.",
    )
    return _closed(t, "osmund", facts, "06-30", "08-20", Figures(83, 30_000, 12, 11_000))
