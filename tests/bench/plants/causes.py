"""Kinds of causes, each with the strength that a plant would notice sooner or later."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tests.bench.plants.layout import DAYS, TYPES, Floats
from tests.bench.plants.world import FEWEST, Cause, Mask, World

TRIES = 60
BAD_LOTS = 0.35  # share of a supplier's lots that are bad where its bad lots recur


def lasting(
    world: World,
    kind: str,
    dimensions: Sequence[str],
    ratio: tuple[float, float],
    *,
    since: tuple[int, int] | None = None,
    length: tuple[int, int] | None = None,
    origin: str = "line",
    again: int | None = None,
) -> Cause:
    """A higher rate at a place: always, since a day, or in an episode of some length."""
    of_type = world.pick(
        bought=True if origin == "supplier" else None, machines=2 if "machine" in dimensions else 0, again=again
    )
    best: tuple[float, Cause] | None = None
    for _ in range(TRIES):
        where, place = world.place(of_type, dimensions)
        start = int(world.rng.integers(*since)) if since else 0
        stop = start + int(world.rng.integers(*length)) if length else world.days
        weight = _during(world, place, start, stop) * (world.rng.uniform(*ratio) - 1)
        cause = Cause(
            kind, of_type, where, "systemic", origin, start if since else None, weight, stop - 1 if length else None
        )
        best = max(best or (0.0, cause), (_seen(world, of_type, weight, place), cause), key=lambda pair: pair[0])
        if best[0] >= FEWEST:
            break
    assert best is not None
    world.add(best[1])
    return best[1]


def _seen(world: World, of_type: int, weight: Floats, place: Mask) -> float:
    """Records expected from a cause; none from a place that is the whole plant or a supplier with too few lots."""
    here = place.any(axis=1)
    if world.layout.units[here].sum() > 0.75 * world.layout.units.sum():
        return 0.0
    return world.expected(of_type, weight)


def _during(world: World, place: Mask, start: int, stop: int) -> Floats:
    when = (world.layout.day >= start) & (world.layout.day < stop)
    return np.asarray(place * when[:, None], dtype=np.float64)


def drift(world: World) -> Cause:
    """A line that gets worse day by day since some day: wear."""
    cause = lasting(world, "drift", ("line",), (2.0, 2.0), since=(40, 67))
    assert cause.since is not None
    ramp = (world.layout.day - cause.since + 1) / (world.days - cause.since)
    grown = cause.weight * ramp[:, None] * world.rng.uniform(4.5, 7.5)
    return _instead(world, cause, grown)


def _instead(world: World, cause: Cause, weight: Floats) -> Cause:
    world.causes.remove(cause)
    changed = Cause(cause.kind, cause.type, cause.where, cause.verdict, cause.origin, cause.since, weight, cause.until)
    world.add(changed)
    return changed


def burst(world: World, *, again: Cause | None = None) -> Cause:
    """One bad shift of a line (now and then two days running)."""
    of_type = world.pick(again=again.type if again else None)
    dimensions = ("line", "shift")
    where, place = world.place(of_type, dimensions)
    if again:
        while where["line"] != again.where["line"]:
            where, place = world.place(of_type, dimensions)
    start = int(world.rng.integers(40, 80))
    once = _during(world, place, start, start + (2 if world.rng.random() < 0.15 else 1))
    wanted = world.rng.uniform(9, 32)  # records, as a burst is noticed by its records
    weight = once * wanted / max(world.expected(of_type, once), 1e-9)
    cause = Cause("burst", of_type, where, "one_off", "line", start, weight)
    world.add(cause)
    return cause


def lot(world: World, *, least_days: int = 2, window: tuple[int, int] = (0, DAYS)) -> Cause:
    """One bad delivery."""
    of_type = world.pick(bought=True)
    for _ in range(TRIES):
        where, place = world.place(of_type, ("supplier_lot",))
        weight = place * (world.rng.uniform(10, 24) - 1)
        days = np.unique(world.layout.day[place.any(axis=1)])
        if (
            world.expected(of_type, weight) >= FEWEST
            and len(days) >= least_days
            and window[0] <= days[0] <= days[-1] <= window[1]
        ):
            break
    cause = Cause("lot", of_type, where, "one_off", "supplier", None, weight)
    world.add(cause)
    return cause


def recurring_lots(world: World) -> Cause:
    """A supplier about a third of whose lots are bad."""
    of_type = world.pick(bought=True)
    where, place = world.place(of_type, ("supplier",))
    lots = world.layout.lot_of[TYPES[of_type][2]]
    own = np.unique(lots[place.any(axis=1)])
    bad = own[world.rng.random(len(own)) < BAD_LOTS]
    if len(bad) < 3:
        bad = world.rng.choice(own, min(4, len(own)), replace=False)
    weight = (np.isin(lots, bad)[:, None] & place) * (world.rng.uniform(8, 13) - 1)
    cause = Cause("recurlot", of_type, where, "systemic", "supplier", None, weight)
    world.add(cause)
    return cause


def bad_days(world: World) -> Cause:
    """A line with a bad day every fortnight or so, on which its rate is an order of magnitude higher."""
    for _ in range(TRIES):
        of_type = world.pick()
        where, place = world.place(of_type, ("line",))
        bad = np.flatnonzero(world.rng.random(world.days) < 0.07)
        if len(bad) < 5:
            continue
        weight = (np.isin(world.layout.day, bad)[:, None] & place) * world.rng.uniform(8, 14)
        if world.expected(of_type, weight) >= 40:
            break
    cause = Cause("intermittent", of_type, where, "systemic", "line", int(bad[0]), weight)
    world.add(cause)
    return cause


def chronic(world: World, **more: int) -> Cause:
    """A line that has always been worse."""
    return lasting(world, "chronic", ("line",), (3.0, 6.0), again=more.get("again"))


def step(world: World) -> Cause:
    """A line that is worse since some day."""
    return lasting(world, "step", ("line",), (3.0, 6.0), since=(40, 80))


def machine(world: World) -> Cause:
    """One of two machines that is worse since some day."""
    return lasting(world, "machine", ("machine",), (5.0, 8.0), since=(35, 60))


def shift(world: World) -> Cause:
    """A shift that is worse on all lines since some day."""
    return lasting(world, "shift", ("shift",), (3.0, 6.0), since=(40, 80))


def everywhere(world: World) -> Cause:
    """The whole plant is worse since some day."""
    of_type = world.pick()
    start = int(world.rng.integers(40, 80))
    place = np.ones(world.mean[of_type].shape, dtype=np.bool_)
    weight = _during(world, place, start, world.days) * (world.rng.uniform(2.0, 4.0) - 1)
    cause = Cause("step", of_type, {}, "systemic", "unknown", start, weight)
    world.add(cause)
    return cause


def supplier(world: World, *, since: tuple[int, int] | None = None, again: int | None = None) -> Cause:
    """A supplier all of whose lots are worse, always or since some day."""
    return lasting(world, "supplier", ("supplier",), (3.5, 7.5), since=since, origin="supplier", again=again)


def episode(world: World) -> Cause:
    """A line that was worse for some weeks and is well again."""
    return lasting(world, "episode", ("line",), (4.0, 8.0), since=(30, 80), length=(18, 33))


def product(world: World) -> Cause:
    """A product that has far more of a defect than products differ by nature."""
    return lasting(world, "product", ("product",), (4.5, 9.5), origin="product")


def interaction(world: World) -> Cause:
    """A product that goes badly on one line only."""
    return lasting(world, "interaction", ("line", "product"), (6.0, 11.0))


def conjunction(world: World) -> Cause:
    """A machine that goes badly in one shift only: a setting that one crew uses."""
    return lasting(world, "conjunction", ("shift", "machine"), (8.0, 14.0), since=(10, 40))
