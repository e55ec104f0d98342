"""Where a row of a file lies: plant, line, station, machine, supplier, part and lot, from whatever it names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qc.ingest import cells as reading
from qc.ingest.cells import Unusable
from qc.services.imports.lookups import Codes, Node, Table, Unknown

NAMES = ("plant", "line", "station", "machine", "supplier", "part", "supplier_lot")
MOST_KEPT = 20_000  # different places that are remembered
NO_PLANT = "cannot be told: the file names no plant, and you work for several"


@dataclass(frozen=True, slots=True)
class Wrong:
    """A problem with one of the names."""

    name: str
    value: str
    reason: str
    hint: str
    creates: str = ""
    by_row: bool = True


@dataclass(frozen=True, slots=True, eq=False)  # the same place is the same object, which spares a look at its values
class Found:
    """A place, by keys (0 where unknown); `key` is how its codes are written, for telling rows apart."""

    plant: int = 0
    line: int = 0
    station: int = 0
    machine: int = 0
    supplier: int = 0
    part: int = 0
    supplier_lot: int = 0
    key: str = ""
    wrong: tuple[Wrong, ...] = ()


class Places:
    """Finds every different place once."""

    def __init__(self, codes: Codes, plant: int | None, *, needs_source: bool = True) -> None:
        self.codes, self.plant, self.needs_source = codes, plant, needs_source
        self._known: dict[tuple[str, ...], Found] = {}

    def find(self, places: Sequence[tuple[str, ...]]) -> list[Found]:
        """The places of rows, each a tuple of texts in the order of `NAMES`."""
        if len(self._known) > MOST_KEPT:
            self._known.clear()
        fresh = set(places) - self._known.keys()
        if fresh:
            self.codes.look_for_lots({lot for *_others, text in fresh if (lot := _plain(text))})
        for texts in sorted(fresh):
            self._known[texts] = self._find(dict(zip(NAMES, texts, strict=True)))
        return [self._known[texts] for texts in places]

    def _find(self, texts: dict[str, str]) -> Found:
        search = Search(self.codes, self.plant, {name: text for name, text in texts.items() if _plain(text)})
        search.run()
        if self.needs_source and not search.wrong and not {"line", "supplier"} & search.nodes.keys():
            search.say("line", "", "is missing, and no supplier is named", "Name a line, or the supplier of the part.")
        keys = {name: node.pk for name, node in search.nodes.items()}
        parts = (search.nodes[name].code.casefold() if name in search.nodes else "" for name in NAMES)
        return Found(**keys, key="\x1f".join(parts), wrong=tuple(search.wrong))


def _plain(text: str) -> str:
    text = " ".join(text.split())
    return "" if text.casefold() in reading.EMPTY else text


class Search:
    """The search for one place, from the plant down, and from the supplier down."""

    def __init__(self, codes: Codes, plant: int | None, texts: dict[str, str]) -> None:
        self.codes, self.texts = codes, texts
        self.nodes: dict[str, Node] = {}
        self.wrong: list[Wrong] = []
        self.default = plant

    def run(self) -> None:
        """Fill `nodes`, or `wrong`."""
        steps = (self._plant, self._line, self._station, self._machine, self._deduce_plant, self._supplier, self._part)
        for step in (*steps, self._lot):
            step()
            if self.wrong:
                return

    def say(self, name: str, value: str, reason: str, hint: str, creates: str = "") -> None:
        """Note a problem. Only a value that is wrong by itself can be replaced wherever it stands."""
        by_row = any(other in self.texts for other in NAMES if other != name)
        self.wrong.append(Wrong(name, value, reason, hint, creates, by_row))

    def _look(self, name: str, table: Table, above: int | None) -> None:
        try:
            may_create = above is not None
            look = self.codes.named if may_create else self.codes.one
            self.nodes[name] = look(name, self.texts[name], table, above)
        except Unknown as error:
            self.say(name, self.texts[name], f"{error.reason}{self._below(name)}", error.hint, error.creates)
        except Unusable as error:
            self.say(name, self.texts[name], error.reason, error.hint)

    def _below(self, name: str) -> str:
        above = {"line": "plant", "station": "line", "machine": "station", "part": "supplier"}.get(name)
        node = self.nodes.get(above) if above else None
        return f" of {above} {node.code}" if node else ""

    def _plant(self) -> None:
        if "plant" in self.texts:
            self._look("plant", self.codes.plants, None)
        elif self.default:
            self.nodes["plant"] = self.codes.plants.by_pk[self.default]

    def _line(self) -> None:
        if "line" in self.texts:
            self._look("line", self.codes.lines, self._pk("plant"))

    def _station(self) -> None:
        if "station" in self.texts:
            self._under("station", self.codes.stations, "line", self.codes.lines)

    def _machine(self) -> None:
        if "machine" in self.texts:
            self._under("machine", self.codes.machines, "station", self.codes.stations)
            if "machine" in self.nodes and "line" not in self.nodes:
                self._climb("line", self.nodes["station"].above, self.codes.lines)

    def _under(self, name: str, table: Table, above: str, tables_above: Table) -> None:
        """A row below one that the file may not name: then the code must be the only one in what is named."""
        if above in self.nodes:
            return self._look(name, table, self.nodes[above].pk)
        found = [node for node in table.find(reading.name(self.texts[name], 0)) if self._is_within(name, node)]
        if len(found) == 1:
            self.nodes[name] = found[0]
            self._climb(above, found[0].above, tables_above)
        elif found:
            self.say(name, self.texts[name], f"names {len(found)} different {name}s", f"Name the {above} too.")
        else:
            self.say(name, self.texts[name], f"is not a known {name}", f"Correct it, or name the {above} too.")

    def _is_within(self, name: str, node: Node) -> bool:
        """Whether a station or machine lies on the line and in the plant that are named."""
        station = self.codes.stations.by_pk[node.above] if name == "machine" else node
        line = self.codes.lines.by_pk[station.above]
        given = self.nodes.get("line")
        plant = self._pk("plant")
        return (given is None or given.pk == line.pk) and (plant is None or plant == line.above)

    def _climb(self, name: str, pk: int, table: Table) -> None:
        self.nodes.setdefault(name, table.by_pk[pk])

    def _deduce_plant(self) -> None:
        if "plant" in self.nodes:
            return
        if "line" in self.nodes:
            self._climb("plant", self.nodes["line"].above, self.codes.plants)
        elif not {"line", "station", "machine"} & self.texts.keys():
            self.say("plant", "", NO_PLANT, "Add a column with the plant, or choose one for the whole file.")

    def _supplier(self) -> None:
        if "supplier" in self.texts:
            self._look("supplier", self.codes.suppliers, 0)

    def _part(self) -> None:
        if "part" in self.texts:
            self._look("part", self.codes.parts, self._pk("supplier"))
            if "part" in self.nodes:
                self._climb("supplier", self.nodes["part"].above, self.codes.suppliers)

    def _lot(self) -> None:
        if "supplier_lot" not in self.texts:
            return
        table = self.codes.lots.setdefault(self.nodes["plant"].pk, Table())
        if "part" in self.nodes:
            part = self.nodes["part"]
            try:
                self.nodes["supplier_lot"] = self.codes.named(
                    "supplier_lot", self.texts["supplier_lot"], table, part.pk, plant=self.nodes["plant"].pk
                )
            except Unusable as error:
                creates = getattr(error, "creates", "")
                where = f" of part {part.code} at this plant"
                self.say("supplier_lot", self.texts["supplier_lot"], f"{error.reason}{where}", error.hint, creates)
            return
        found = [node for node in table.find(reading.name(self.texts["supplier_lot"], 0)) if self._is_of(node)]
        if len(found) != 1:
            reason = f"names {len(found)} different lots" if found else "is not a known lot at this plant"
            self.say("supplier_lot", self.texts["supplier_lot"], reason, "Name the part too.")
            return
        self.nodes["supplier_lot"] = found[0]
        self._climb("part", found[0].above, self.codes.parts)
        self._climb("supplier", self.nodes["part"].above, self.codes.suppliers)

    def _is_of(self, lot: Node) -> bool:
        supplier = self._pk("supplier")
        return supplier is None or self.codes.parts.by_pk[lot.above].above == supplier

    def _pk(self, name: str) -> int | None:
        return self.nodes[name].pk if name in self.nodes else None
