"""The list of scenarios: what is in the plant by nature, what is put into it, and what only looks like a cause."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tests.bench.plants import blemishes, causes
from tests.bench.plants.layout import LINES, PARTS, PRODUCTS, TYPES, Layout, lay_out, with_units
from tests.bench.plants.world import NATURES, Cause, World

Recipe = Callable[[World], None]
GROUPS = ("plain", "het", "wild", "new", "het-new")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A name, the group of the figures' table, the natural differences and the recipe."""

    name: str
    group: str
    nature: str
    recipe: Recipe
    rate: float = 1.0


def world_of(scenario: Scenario, seed: int, volume: float = 1.0) -> World:
    """The plant of a scenario and a seed with its causes; the same seed gives the same plant."""
    rng = np.random.default_rng([seed, *scenario.name.encode()])
    sided = str(rng.choice([f"S-{part[2:]}-A" for part in PARTS])) if scenario.recipe is _masked else ""
    alone = str(rng.choice(list(PARTS))) if scenario.recipe in (_confounded, _confounded_lot) else ""
    layout: Layout = lay_out(rng, volume=volume, one_sided=sided, own=alone)
    if scenario.recipe is _mix_change:
        layout, line, day, product = _other_products(rng, layout)
        world = World.of(rng, layout, NATURES[scenario.nature], rate=scenario.rate, volume=volume)
        _harder(world, line, day, product)
        return world
    world = World.of(rng, layout, NATURES[scenario.nature], rate=scenario.rate, volume=volume)
    scenario.recipe(world)
    return world


def _null(world: World) -> None:
    pass


def _mixed(world: World) -> None:
    causes.chronic(world)
    causes.step(world)
    causes.supplier(world, since=(30, 60))
    causes.burst(world)
    causes.lot(world)
    causes.shift(world)


def _hard(world: World) -> None:
    causes.drift(world)
    causes.interaction(world)
    causes.machine(world)
    causes.bad_days(world)
    causes.lot(world)
    causes.burst(world)
    causes.supplier(world)


def _line(world: World) -> None:
    causes.chronic(world)
    causes.step(world)
    causes.machine(world)
    causes.shift(world)
    causes.drift(world)


def _supplier(world: World) -> None:
    causes.supplier(world, since=(40, 70))
    causes.supplier(world)
    causes.lot(world)
    causes.lot(world)


def _oneoff(world: World) -> None:
    for _ in range(3):
        causes.burst(world)
    causes.lot(world)
    causes.lot(world)


def _masked(world: World) -> None:
    causes.supplier(world)
    causes.supplier(world, since=(30, 60))
    causes.chronic(world)
    causes.burst(world)


def _episode(world: World) -> None:
    for _ in range(4):
        causes.episode(world)


def _product(world: World) -> None:
    for _ in range(4):
        causes.product(world)


def _recurlot(world: World) -> None:
    for _ in range(4):
        causes.recurring_lots(world)


def _multi(world: World) -> None:
    both = causes.supplier(world)
    causes.chronic(world, again=both.type)
    causes.burst(world, again=causes.step(world))


def _only_supplier(world: World) -> tuple[int, int, str]:
    """A strong type of the part that has a supplier of its own on one line, that line and that supplier."""
    lots = world.layout.lots
    at = next(i for i, name in enumerate(lots.supplier) if name.endswith("-Z"))
    of_type = max((t[3], i) for i, t in enumerate(TYPES) if t[2] == lots.part[at])[1]
    return of_type, lots.lines[at][0], lots.supplier[at]


def _confounded(world: World) -> None:
    """A bad supplier who feeds one line only, and that line has no other: nobody can tell line from supplier."""
    of_type, line, name = _only_supplier(world)
    mask = np.broadcast_to((world.layout.line == line)[:, None], world.mean[of_type].shape)
    weight = mask * world.rng.uniform(2.5, 5.0)
    same = ({"line": LINES[line]},)
    world.add(Cause("confounded", of_type, {"supplier": name}, "systemic", "unknown", None, weight, aliases=same))
    causes.step(world)


def _confounded_lot(world: World) -> None:
    """A bad lot that ran on one line only."""
    of_type, line, name = _only_supplier(world)
    layout = world.layout
    lots = layout.lots
    own = [i for i, supplier in enumerate(lots.supplier) if supplier == name and lots.last[i] - lots.first[i] >= 2]
    lot = int(world.rng.choice(own))
    weight = np.broadcast_to((layout.lot_of[lots.part[lot]] == lot)[:, None], world.mean[of_type].shape) * 14.0
    where, same = {"supplier_lot": lots.name[lot]}, ({"line": LINES[line]},)
    world.add(Cause("confounded-lot", of_type, where, "one_off", "unknown", int(lots.first[lot]), weight, aliases=same))
    causes.step(world)


def _newlot(world: World) -> None:
    causes.lot(world, window=(world.days - 8, world.days))
    for at in (world.pick(bought=True), world.pick(bought=True)):
        blemishes.trap(world, "newlot", at, {})


def _plantwide(world: World) -> None:
    """Two types that rise everywhere from some day on: a specification, a gauge, a season."""
    for _ in range(2):
        causes.everywhere(world)
    causes.chronic(world)


def _drift(world: World) -> None:
    for _ in range(3):
        causes.drift(world)


def _intermittent(world: World) -> None:
    for _ in range(3):
        causes.bad_days(world)


def _conjunction(world: World) -> None:
    for _ in range(2):
        causes.conjunction(world)
    causes.interaction(world)


def _rhythm(world: World) -> None:
    """Monday's start and the weekend's crew make more of everything, every week."""
    weekday = np.array([1.5, 1.0, 0.95, 0.9, 1.0, 1.25, 1.4])[world.layout.day % 7]
    world.mean = [mean * weekday[:, None] for mean in world.mean]
    blemishes.trap(world, "rhythm", int(np.argmax([t[3] for t in TYPES])), {})


def _other_products(rng: np.random.Generator, layout: Layout) -> tuple[Layout, int, int, int]:
    """A line that makes mostly one of its products from some day on."""
    line, day = int(rng.integers(len(LINES))), int(rng.integers(45, 75))
    here = layout.line == line
    product = int(rng.choice(np.unique(layout.product[here])))
    late = here & (layout.day >= day)
    units = np.where(late, layout.units * np.where(layout.product == product, 2.2, 0.25), layout.units)
    units = np.where(here & ~late & (layout.product == product), layout.units * 0.3, units)
    return with_units(layout, np.maximum(np.round(units), 1.0)), line, day, product


def _mix_change(world: World) -> None:
    """The layout itself changes, before anything is drawn: see `world_of`."""


def _harder(world: World, line: int, day: int, product: int) -> None:
    """The product that the line turned to has nearly twice as much of three types by nature, wherever it is made."""
    for _ in range(3):
        at = world.pick()
        world.mean[at] = world.mean[at] * np.where(world.layout.product == product, 1.8, 1.0)[:, None]
        blemishes.trap(world, "mix", at, {"line": LINES[line], "product": PRODUCTS[product]}, day)


def _recode(world: World) -> None:
    blemishes.recode(world)


def _reporter(world: World) -> None:
    blemishes.reporter(world, all_types=True)


def _strict(world: World) -> None:
    blemishes.reporter(world, all_types=False)


def _duplicates(world: World) -> None:
    blemishes.duplicates(world)


def _blemished(blemish: Recipe) -> Recipe:
    """Two causes and a one-off behind wrong, missing or late counts."""

    def recipe(world: World) -> None:
        causes.chronic(world)
        causes.step(world)
        causes.supplier(world)
        causes.lot(world)
        blemish(world)

    return recipe


def _late_null(world: World) -> None:
    blemishes.late_counts(world)


def _few(world: World) -> None:
    causes.chronic(world)
    causes.supplier(world)


SHARED: dict[str, Recipe] = {
    "mixed": _mixed,
    "hard": _hard,
    "line": _line,
    "supplier": _supplier,
    "oneoff": _oneoff,
    "masked": _masked,
    "null": _null,
}
HET: dict[str, Recipe] = {**SHARED, "episode": _episode, "multi": _multi, "product": _product, "recurlot": _recurlot}
NEW: dict[str, tuple[Recipe, float]] = {
    "confounded": (_confounded, 1.0),
    "confounded-lot": (_confounded_lot, 1.0),
    "recode": (_recode, 1.0),
    "newlot": (_newlot, 1.0),
    "drift": (_drift, 1.0),
    "plantwide": (_plantwide, 1.0),
    "ended": (_episode, 1.0),
    "intermittent": (_intermittent, 1.0),
    "conjunction": (_conjunction, 1.0),
    "rhythm": (_rhythm, 1.0),
    "mix-change": (_mix_change, 1.0),
    "reporter": (_reporter, 1.0),
    "reporter-strict": (_strict, 1.0),
    "duplicates": (_duplicates, 1.0),
    "wrong-counts": (_blemished(blemishes.wrong_counts), 1.0),
    "missing-counts": (_blemished(blemishes.missing_counts), 1.0),
    "late-counts": (_blemished(blemishes.late_counts), 1.0),
    "late-null": (_late_null, 1.0),
    "low-null": (_null, 0.1),
    "low": (_few, 0.3),
}


def _all() -> list[Scenario]:
    made = [Scenario(name, "plain", "plain", recipe) for name, recipe in SHARED.items()]
    made.append(Scenario("null-wild", "plain", "overdispersed", _null))
    for nature in ("het", "wild"):
        made += [Scenario(f"{nature}-{name}", nature, nature, recipe) for name, recipe in HET.items()]
    made += [Scenario(name, "new", "plain", recipe, rate) for name, (recipe, rate) in NEW.items()]
    made += [Scenario(f"het-{name}", "het-new", "het", recipe, rate) for name, (recipe, rate) in NEW.items()]
    return made


SCENARIOS = {scenario.name: scenario for scenario in _all()}
