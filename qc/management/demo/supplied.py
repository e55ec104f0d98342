"""The supplier cases of our own time: bad castings that came back, two bad lots, a cavity, a dispute, a silence."""

from __future__ import annotations

from qc.management.demo import people
from qc.management.demo.eightd import Way
from qc.management.demo.facts import BLAMED_AGAIN, BLAMED_FIRST, CASTINGS, CAVITY, CONNECTORS, SHAFTS
from qc.management.demo.proven import opened
from qc.management.demo.tales import Tale, key_of
from qc.management.demo.world import APW, KDE
from qc.models import Nonconformance
from qc.services import cases
from suppliers.services import access, requests


def tales() -> list[Tale]:
    """These cases, in the order of their requests' numbers."""
    tellers = (
        castings,
        reels,
        cavity,
        connectors,
        shaft_threads,
        powder_draft,
        seals,
    )
    return [teller() for teller in tellers]


def castings() -> Tale:
    """SCAR 7 and 12, T7: closed as effective, and it came back."""
    t = Tale("castings", APW)
    t.open(
        "07-13 08:30",
        "engineer.apw",
        "Porous volute castings from Hollin-Marr",
        "Three lots in a row with more than 3 % porosity after machining, before 0.9 %.",
        code="CAST-POR",
        part="20-310",
        line="MC-1",
        product="CP-80",
        owner="sqe",
        lots=("HMC-2627", "HMC-2628", "HMC-2629"),
        scope={"part__number": "20-310", "production_on__gte": "2026-06-29"},
    )
    t.contain("07-13 09:00", "Castings of the last two lots X-rayed before machining.", held=310)
    t.judge("07-13 09:20", "systemic", "Three lots in a row.")
    t.material("07-13 10:00", "07-13 15:00", 310, "sort", "X-ray; porous ones back to Hollin-Marr.")
    t.investigate("07-14 08:00")
    t.draft(
        "07-14 09:00",
        "Porosity of 20-310",
        "3.2 % porous after machining.",
        contact="hollinmarr",
        part="20-310",
        lots="HMC-2627\nHMC-2628\nHMC-2629",
        quantity=310,
    )
    way = Way(t, "hollinmarr", CASTINGS, "07-14")
    way.start()
    way.cause(allowed=6)
    way.change()
    t.look("08-27 06:00")
    t.close_request("08-28 10:00", "Six lots reworked, three lots since at the old rate.")
    t.close("08-28 11:00")
    _back_again(t)
    return t


def _back_again(t: Tale) -> None:
    t.then(
        "10-26 09:00",
        "reopened",
        lambda: cases.reopen(
            people.of("manager"),
            case=t.case,
            reason="Porosity is back at 2.9 % in three lots since 5 October: what D7 put in place did not hold.",
            containment="All castings X-rayed before machining again.",
        ),
    )
    again = Tale("castings again", t.site)
    again.then(
        "10-26 09:05",
        "named",
        lambda: Nonconformance.objects.filter(reopened_from=t.case).update(client_uuid=key_of("castings again")),
    )
    again.link("10-26 09:10", "CAST-POR", {"part__number": "20-310", "production_on__gte": "2026-10-05"}, "", "")
    again.investigate("10-26 10:00")
    again.draft(
        "10-26 11:00",
        "Porosity of 20-310 is back",
        "2.9 % porous in three lots, after the closure on 28 August.",
        contact="hollinmarr",
        part="20-310",
        lots="HMC-2641\nHMC-2642\nHMC-2643",
        quantity=420,
    )
    again.issue("10-26 15:00")
    again.acknowledge("10-27 09:00", "hollinmarr")
    again.answer("10-28 10:00", "hollinmarr", "containment", CASTINGS.containment())
    again.accept("10-28 15:00", "containment")
    again.message("10-29 09:00", "sqe", "The lock on the furnace was in your D6. Was it switched off?")
    again.message(
        "10-29 16:30", "hollinmarr", "Yes, during the repair of furnace 1. We look into why that was possible."
    )
    cause = "The lock was bypassed for a repair and nothing showed that it was off when the furnace went back to work."
    again.answer("11-09 15:00", "hollinmarr", "root_cause", CASTINGS.root_cause(cause))
    t.steps += again.steps


def reels() -> Tale:
    """SCAR 8: disputed and cancelled."""
    t = Tale("reels", KDE)
    t.open(
        "08-11 10:00",
        "engineer.kde",
        "Tombstones on SMT-1, reels of Calderfen suspected",
        "Tombstones on C20 after the change to a new reel.",
        code="COMP-TOMB",
        line="SMT-1",
        part="7-20-104",
        owner="sqe",
    )
    t.contain("08-11 10:30", "Reel taken out of use.", held=1)
    t.investigate("08-11 11:00")
    t.draft(
        "08-12 09:00",
        "Tombstones with 7-20-104",
        "Terminations suspected to solder badly.",
        contact="calderfen",
        part="7-20-104",
        quantity=1,
    )
    t.issue("08-12 10:00")
    t.acknowledge("08-12 15:00", "calderfen")
    t.dispute(
        "08-14 11:00", "calderfen", "Wetting balance of the reel is within the limits. Please check your stencil."
    )
    t.then(
        "08-20 09:00",
        "request cancelled",
        lambda: requests.cancel(
            people.of("manager"), request=t.request, reason="Calderfen is right: the paste print was the cause."
        ),
    )
    t.cancel("08-20 09:30", "Goes on under the case of the worn stencil.")
    return t


def cavity() -> Tale:
    """SCAR 9, T15: returned twice at D4 with "operator error"."""
    t = Tale("cavity", KDE)
    t.open(
        "10-05 09:00",
        "engineer.kde",
        "Short shots from cavity 3",
        "Since the end of August two of three short shots come from cavity 3.",
        code="MLD-SHORT",
        part="7-60-031",
        line="FA-2",
        owner="sqe",
        scope={"cavity": "C3", "production_on__gte": "2026-08-24"},
    )
    t.contain("10-05 09:40", "Housings of cavity 3 sorted out at HS-51.", held=220)
    t.judge("10-05 10:00", "systemic", "One cavity in every lot.")
    t.material("10-05 10:30", "10-06 08:00", 220, "return_to_supplier")
    t.investigate("10-06 09:00")
    t.draft(
        "10-06 09:30",
        "Short shots from cavity 3",
        "1.2 % of the housings of cavity 3.",
        contact="osmund",
        part="7-60-031",
        quantity=220,
    )
    Way(t, "osmund", CAVITY, "10-06").start()
    t.answer("10-19 16:00", "osmund", "root_cause", CAVITY.root_cause(BLAMED_FIRST))
    t.give_back(
        "10-20 09:00", "root_cause", "Operator error is not a root cause. Why could it be chosen, why cavity 3?"
    )
    t.answer("11-02 17:10", "osmund", "root_cause", CAVITY.root_cause(BLAMED_AGAIN))
    t.give_back(
        "11-04 08:30",
        "root_cause",
        "One pressure feeds all eight cavities: it cannot explain cavity 3. Measure its gate and vent.",
    )
    t.message("11-05 10:00", "osmund", "The tool is with our toolmaker; we measure cavity 3 in week 48.")
    return t


def connectors() -> Tale:
    """SCAR 10, T2: closed as effective by the numbers."""
    t = Tale("connectors", KDE)
    t.open(
        "10-05 14:00",
        "engineer.kde",
        "Pins of the 24-pin connector not coplanar",
        "2 % of ECU-25 on both surface mount lines, with lots THC-2638A and THC-2639A only.",
        code="CONN-COPL",
        part="7-40-118",
        owner="sqe",
        lots=("THC-2638A", "THC-2639A"),
        scope={"supplier_lot__code__in": ["THC-2638A", "THC-2639A"]},
    )
    t.contain("10-05 14:30", "Both lots blocked, boards in stock checked again.", held=1900)
    t.judge("10-05 15:00", "systemic", "Two lots of one supplier on two lines.")
    t.material("10-05 15:30", "10-06 08:30", 1900, "return_to_supplier")
    t.investigate("10-06 08:40")
    t.draft(
        "10-06 13:00",
        "Coplanarity of 7-40-118",
        "Pins up to 0.18 mm out of plane.",
        contact="tarnhollow",
        part="7-40-118",
        lots="THC-2638A\nTHC-2639A",
        quantity=1900,
    )
    way = Way(t, "tarnhollow", CONNECTORS, "10-06")
    way.start()
    way.cause(allowed=5)
    way.change()
    t.look("11-16 06:00")
    t.look("11-19 06:00")
    way.finish("11-19")
    return t


def shaft_threads() -> Tale:
    """SCAR 11: everything answered, waiting for the numbers."""
    t = Tale("shaft threads", APW)
    opened(
        t,
        "10-07",
        "Shaft threads with a nick",
        "Nick in the first turn, from handling.",
        code="DIM-THRD",
        part="20-120",
        line="AS-1",
        quantity=35,
        held="Lot QSW-2640 checked one by one.",
    )
    t.draft(
        "10-07 14:00",
        "Nick in the first turn",
        "Nick of 0.2 mm in the first turn of M16.",
        contact="quillon",
        part="20-120",
        lots="QSW-2640",
        quantity=35,
    )
    way = Way(t, "quillon", SHAFTS, "10-07")
    way.start()
    way.cause()
    way.change(spare_closure="The figures are ours: hits at AS-32 are counted.")
    t.look("11-18 06:00")
    return t


def powder_draft() -> Tale:
    """SCAR 13: a draft."""
    t = Tale("powder runs", APW)
    t.open(
        "11-05 09:00",
        "engineer.apw",
        "Runs with powder of November?",
        "A few more runs since the new batch; to be watched.",
        code="COAT-RUN",
        part="20-900",
        line="CT-1",
        owner="sqe",
    )
    t.contain("11-05 09:30", "Coat measured on every tenth pump.")
    t.draft(
        "11-05 14:00", "Flow of 20-900", "Flow of the November batch to be confirmed.", contact="verity", part="20-900"
    )
    return t


def seals() -> Tale:
    """SCAR 14, T12: nobody answers, and the first contact's mail comes back."""
    t = Tale("seals", APW)
    t.open(
        "11-09 08:00",
        "engineer.apw",
        "Mechanical seals too hard",
        "Seals of Lindqvarn above 80 Shore; torn lips at PS-31.",
        code="SEAL-HARD",
        part="20-455",
        line="AS-1",
        owner="sqe",
        scope={"part__number": "20-455", "production_on__gte": "2026-10-01"},
    )
    t.contain("11-09 08:30", "Hardness of every seal measured before it is pressed.", held=140)
    t.material("11-09 08:40", "11-09 08:50", 140, "return_to_supplier")
    t.investigate("11-09 08:55")
    t.draft(
        "11-09 08:56",
        "Hardness of 20-455",
        "82 to 86 Shore A where 75 +/- 5 are agreed.",
        contact="lindqvarn",
        part="20-455",
        lots="LQS-2645\nLQS-2646",
        quantity=140,
    )
    t.issue("11-09 08:58")
    t.then(
        "11-09 09:12",
        "mail came back",
        lambda: access.mark_bounced(
            people.of("sqe"),
            contact=people.of("lindqvarn"),
            reason="Mail to the first contact came back: no such user.",
        ),
    )
    for when in ("11-11 09:00", "11-12 09:05", "11-14 09:05", "11-18 09:05"):
        t.remind(when, "containment")
    return t
