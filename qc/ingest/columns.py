"""Which column is which: by the usual headings, by what was named, and by looking at the values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from qc.ingest.problems import FileRefused, shown
from qc.ingest.tables import Table

DEFECTS = {
    "occurred_at": "occurred at|occurred|timestamp|date time|datetime|detected at|date of defect|defect date|"
    "event time|date|day|time|"
    "datum|fecha|created at|created",
    "defect_type": "defect type|defect code|defect|failure mode|defect name|nonconformance|fault|fault code|"
    "error code|reason code|code|"
    "fehlerart|defecto|failure|reason",
    "ref": "ref|reference|record|record no|number|no|id|defect no|report|report no",
    "serial": "serial|serial no|serial number|sn|unit id",
    "quantity": "quantity|qty|defect qty|defect quantity|defects|count|pieces|menge|cantidad",
    "product": "product|product no|product code|sku|item|model|material|material id|article|producto|produkt",
    "plant": "plant|site|factory|facility|location|werk|planta",
    "line": "line|production line|linie|linea",
    "station": "station|work center|workcentre|work station|cell|operation",
    "machine": "machine|machine id|equipment|asset|maschine|maquina",
    "tool": "tool|die|mould|mold|fixture",
    "shift": "shift|schicht|turno",
    "operator": "operator|inspector|worker|user|reported by|checked by",
    "part": "part|part no|part number|component|component no",
    "supplier": "supplier|vendor|supplier name|vendor name|supplier code|vendor id|lieferant|proveedor",
    "supplier_lot": "supplier lot|lot|batch|lot no|lot number|batch no|heat|heat no|date code|charge",
    "severity": "severity|class|criticality|impact",
}
PRODUCTION = {
    "date": "date|production date|day|datum|fecha",
    "units": "units|quantity|qty|produced|output|volume|inspected|count|pieces|menge",
    "shift": DEFECTS["shift"],
    "line": DEFECTS["line"],
    "product": DEFECTS["product"],
}
LOTS = {
    "part": DEFECTS["part"],
    "supplier": DEFECTS["supplier"],
    "supplier_lot": DEFECTS["supplier_lot"],
    "lines": "lines|line|used on",
    "first_day": "first day|from|start|first|first date|start date",
    "last_day": "last day|to|until|end|last|last date|end date",
    "units": "units|quantity|qty|used",
}
# What an answer to "how bad was it?" looks like; such a column is never the kind of defect.
GRADES = frozenset(
    "impact|no impact|rejected|accepted|minor|major|critical|low|medium|high|pass|fail|ok|nok|scrap|rework|"
    "use as is|yes|no|none|"
    "a|b|c|1|2|3|4|5".split("|")
)


def key(heading: str) -> str:
    """A heading without case, marks and plural noise: `Defect_Type`, `defect-type` and `DEFECT TYPE` are one."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading)
    return " ".join(re.findall(r"[^\W_]+", words.casefold()))


def choose(table: Table, known: Mapping[str, str], given: Mapping[str, str], required: Sequence[str]) -> dict[str, str]:
    """Known name -> heading of the table. `given` wins; names in it that are not known become dimensions."""
    by_key = {key(heading): heading for heading in table.headings if heading}
    mapping = {name: _given(table, by_key, name, column) for name, column in given.items()}
    free = {k: h for k, h in by_key.items() if h not in mapping.values()}
    for name, usual in known.items():
        if name in mapping:
            continue
        matches = [free[k] for k in (key(name), *usual.split("|")) if k in free]
        if name == "defect_type":
            matches = [h for h in matches if not is_grade(table.column(h))] or matches
        if matches:
            mapping[name] = matches[0]
            free = {k: h for k, h in free.items() if h != matches[0]}
    if "defect_type" in known and "severity" not in mapping:
        usual_names = known["defect_type"].split("|")
        grades = [h for k, h in free.items() if k in usual_names and is_grade(table.column(h))]
        if grades:
            mapping["severity"] = grades[0]
    missing = [name for name in required if name not in mapping]
    if missing:
        there = ", ".join(shown(h, 30) for h in table.headings[:20])
        raise FileRefused(
            f"{table.name}: no column for {' and '.join(missing)}; "
            f"name it with --map {missing[0]}=COLUMN (columns there: {there})."
        )
    return {name: mapping[name] for name in (*known, *given) if name in mapping}


def _given(table: Table, by_key: Mapping[str, str], name: str, column: str) -> str:
    heading = column if column in table.headings else by_key.get(key(column))
    if heading is None:
        there = ", ".join(shown(h, 30) for h in table.headings[:20])
        raise FileRefused(
            f"{table.name}: there is no column {shown(column)!r} for {shown(name)} (columns there: {there})."
        )
    return heading


def is_grade(values: Sequence[str]) -> bool:
    """Whether a column answers "how bad was it?" rather than "what was it?"."""
    different = {" ".join(v.casefold().split()) for v in values[:5000]} - {""}
    return 0 < len(different) <= 6 and len(different & GRADES) * 2 > len(different)
