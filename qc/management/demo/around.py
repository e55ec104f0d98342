"""What stands around the cases: lots on hold, costs and claims, whys, extensions, controlled shipping, scores."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from qc.management.demo import people, thinking
from qc.management.demo.moments import local
from qc.management.demo.steps import Step
from qc.management.demo.tales import YEAR, Tale
from qc.management.demo.world import APW, KDE
from qc.models import LotHold, Supplier, SupplierLot, Why
from qc.services import cause_codes, costs, holds, whys
from suppliers.models import ControlledShipping, CostClaim, Extension
from suppliers.services import claims, extensions, scorecards, sharing, shipping

FIRST_MONTH, LAST_MONTH = 6, 10
# Supplier -> deliveries of a month and how many of them were late in June to October.
ON_TIME = {
    "S-101": (4, (0, 0, 1, 0, 0)),
    "S-104": (4, (0, 0, 0, 1, 0)),
    "S-107": (4, (0, 1, 0, 0, 1)),
    "S-111": (4, (0, 0, 0, 0, 0)),
    "S-115": (8, (0, 0, 1, 0, 1)),
    "S-201": (4, (0, 1, 1, 0, 1)),
    "S-204": (4, (0, 0, 0, 1, 0)),
    "S-209": (4, (1, 0, 1, 1, 1)),
}


def steps() -> list[Step]:
    """Everything around the cases, and the score of each month once it is over."""
    told = [Step(local(KDE, dt.date(YEAR, 6, 1), "07:30"), "usual causes", _usual_causes)]
    for month in range(FIRST_MONTH, LAST_MONTH + 1):
        after = local(KDE, dt.date(YEAR, month + 1, 2), "07:00")
        told.append(Step(after, f"scores of {YEAR}-{month:02d}", lambda month=month: _scores(month)))  # type: ignore[misc]
    return told


def tales() -> list[Tale]:
    """What is added to cases that other tales open."""
    return [night_solder(), connectors(), cavity(), castings_again(), *thinking.tales()]


def _usual_causes() -> None:
    cause_codes.add_usual(people.of("manager"))


def _scores(month: int) -> None:
    """Purchasing gives the deliveries; the rest is counted."""
    for code, (deliveries, late) in ON_TIME.items():
        scorecards.give(
            people.of("purchasing"),
            supplier=Supplier.objects.get(code=code),
            month=dt.date(YEAR, month, 1),
            deliveries=deliveries,
            deliveries_on_time=deliveries - late[month - FIRST_MONTH],
        )


def night_solder() -> Tale:
    """Why the flux was changed, and why nobody saw it."""
    t = Tale("night solder", KDE)
    _whys(
        t,
        "08-12 14:00",
        "occurrence",
        "The wave leaves bridges because the flux has dried.",
        "Flux F-22 has less solvent and stands longer in front of the wave on the night shift.",
        "Purchasing changed the flux when F-20 was short of supply.",
    )
    _whys(
        t,
        "08-12 14:10",
        "escape",
        "No first-article check was asked for.",
        "The change was booked as the same material.",
    )
    _cost(t, "08-20 10:00", "rework", "labour", 46, 38)
    return t


def connectors() -> Tale:
    """Both lots on hold until they went back; the costs were claimed, disputed and credited."""
    t = Tale("connectors", KDE)
    _hold(t, "10-05 14:40", "THC-2638A", 1000, "Cage 3, KDE", "H-0412")
    _hold(t, "10-05 14:42", "THC-2639A", 900, "Cage 3, KDE", "H-0413")
    _cost(t, "10-07 11:00", "sort", "labour", 64, 38, recoverable=True)
    _cost(t, "10-07 11:05", "rework", "material", 151, "4.20", recoverable=True)
    _cost(t, "10-07 11:10", "downtime", "machine", 3, 240)
    t.then("10-16 10:00", "lots released", lambda: _release(t, "Returned to Tarn Hollow."))
    t.then("10-19 09:00", "costs claimed", lambda: _claim(t))
    t.then("10-26 15:00", "claim disputed", lambda: _object(t))
    t.then("11-02 10:00", "claim settled", lambda: _settle(t))
    t.then("11-12 09:00", "claim credited", lambda: _credit(t))
    return t


def cavity() -> Tale:
    """Controlled shipping runs; more time was asked for, and nobody has answered yet."""
    t = Tale("cavity", KDE)
    _whys(
        t,
        "10-08 09:00",
        "occurrence",
        "Cavity 3 is not filled.",
        "Its gate is partly closed or its vent is blocked.",
    )
    _cost(t, "10-09 10:00", "sort", "labour", 18, 36, recoverable=True)
    t.then("11-05 11:00", "controlled shipping", lambda: _start_shipping(t))
    for when, lot, checked, bad in (
        ("11-09 15:00", "OVM-2645", 3600, 4),
        ("11-16 15:00", "OVM-2646", 3600, 0),
    ):
        t.then(when, "sorted", lambda lot=lot, checked=checked, bad=bad: _sorted(t, lot, checked, bad))  # type: ignore[misc]
    t.then("11-19 08:00", "more time asked for", lambda: _ask(t, "osmund", "root_cause", dt.date(YEAR, 12, 4)))
    return t


def castings_again() -> Tale:
    """Three lots on hold, photos and records shared, more time granted once, costs claimed."""
    t = Tale("castings again", APW)
    for number, lot in enumerate(("HMC-2641", "HMC-2642", "HMC-2643")):
        _hold(t, f"10-26 09:{20 + number}", lot, 140, "Casting store, bay 7", f"A-{2201 + number}")
    t.then("11-02 08:30", "records shared", lambda: _share(t))
    _cost(t, "10-30 10:00", "scrap", "material", 42, "61.50", recoverable=True)
    _cost(t, "10-30 10:05", "sort", "machine", 21, 95, recoverable=True)
    t.then("10-30 12:00", "more time asked for", lambda: _ask(t, "hollinmarr", "root_cause", dt.date(YEAR, 11, 11)))
    t.then("10-30 16:00", "more time granted", lambda: _grant(t))
    t.then("11-12 10:00", "costs claimed", lambda: _claim(t))
    return t


def _whys(t: Tale, when: str, leg: str, *answers: str) -> None:
    """A chain of answers in one leg."""

    def do() -> None:
        parent: Why | None = None
        for text in answers:
            parent = whys.add(people.of(t.engineer), case=t.case, text=text, leg="" if parent else leg, parent=parent)

    t.then(when, "whys", do)


def _hold(t: Tale, when: str, lot: str, quantity: int, location: str, tag: str) -> None:
    def do() -> None:
        row = SupplierLot.objects.filter(plant__code=t.site.code, code=lot).first()
        if row is not None:
            holds.place(
                people.of(t.engineer), case=t.case, supplier_lot=row, quantity=quantity, location=location, tag=tag
            )

    t.then(when, f"{lot} on hold", do)


def _release(t: Tale, reason: str) -> None:
    for hold in LotHold.objects.filter(nonconformance=t.case, released_at__isnull=True):
        holds.release(people.of(t.engineer), hold=hold, reason=reason)


def _cost(
    t: Tale, when: str, kind: str, element: str, quantity: int, rate: float | str, *, recoverable: bool = False
) -> None:
    def do() -> None:
        by = people.of(t.engineer)
        costs.add(by, case=t.case, kind=kind, element=element, quantity=quantity, rate=rate, is_recoverable=recoverable)

    t.then(when, "cost", do)


def _claim(t: Tale) -> None:
    by = people.of("sqe")
    basis: Sequence[int] = list(claims.claimable(by, t.request).values_list("pk", flat=True))
    claim = claims.draft(by, request=t.request, costs=basis)
    claims.send(by, claim=claim, version=claim.version)


def _claim_of(t: Tale) -> CostClaim:
    return CostClaim.objects.filter(request=t.request).latest("pk")


def _object(t: Tale) -> None:
    claim = _claim_of(t)
    reason = "Rework of boards was needed for 120 pieces by our count, not for 151."
    claims.dispute(people.of("tarnhollow"), claim=claim, version=claim.version, reason=reason, offer="2900.00")


def _settle(t: Tale) -> None:
    claim = _claim_of(t)
    reason = "Agreed by phone: the pieces of line SMT-2 count, the rest we carry."
    claims.settle(people.of("sqe"), claim=claim, version=claim.version, amount="2950.00", reason=reason)


def _credit(t: Tale) -> None:
    claim = _claim_of(t)
    claims.credit(
        people.of("purchasing"),
        claim=claim,
        version=claim.version,
        credit_note="CN-4471",
        credited_on=dt.date(YEAR, 11, 11),
    )


def _start_shipping(t: Tale) -> None:
    shipping.start(
        people.of("sqe"),
        request=t.request,
        level=ControlledShipping.Level.CS1,
        reason="The root cause is not found; 1.2 % of cavity 3 still come.",
        clean_needed=5,
    )


def _sorted(t: Tale, lot: str, checked: int, bad: int) -> None:
    running = ControlledShipping.objects.filter(request=t.request).latest("pk")
    by = people.of("osmund")
    day = dt.date(YEAR, 11, 9 if bad else 16)
    shipping.record(by, shipping=running, sorted_on=day, lot=lot, quantity_checked=checked, quantity_bad=bad)


def _ask(t: Tale, by: str, code: str, until: dt.date) -> None:
    reason = "The measurement of the tool takes until then; we send the first results before."
    extensions.ask(people.of(by), stage=t.stage(code), reason=reason, wanted_on=until)


def _grant(t: Tale) -> None:
    waiting = Extension.objects.filter(stage__request=t.request, status=Extension.Status.OPEN).latest("pk")
    extensions.grant(
        people.of("sqe"), extension=waiting, answer="One week, because the furnace stands still meanwhile."
    )


def _share(t: Tale) -> None:
    by = people.of("sqe")
    sharing.share_defects(by, request=t.request, defects=list(sharing.shareable(by, t.request)[:8]))
