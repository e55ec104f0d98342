"""Which column of a file is which: by headings, by what the values are, and as it was the last time."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence

from qc.ingest import columns, values
from qc.ingest.kinds import Column, Kind

LOOK = 2000  # rows at which the guess looks
SAMPLES = 3
MOSTLY = 0.6  # of the different values have to be known codes


def signature(headings: Sequence[str]) -> str:
    """What makes two files of one source: the same headings, in any order and writing."""
    keys = sorted(columns.key(heading) for heading in headings)
    return hashlib.sha256("\x1f".join(keys).encode("utf-8", "surrogatepass")).hexdigest()


def samples(column: Sequence[str]) -> list[str]:
    """Three different values of a column."""
    different = dict.fromkeys(text.strip()[:60] for text in column if text.strip())
    return ["".join(c if c.isprintable() else "?" for c in text) for text in list(different)[:SAMPLES]]


def mapping(
    kind: Kind, headings: Sequence[str], table: Sequence[Sequence[str]], known: Mapping[str, Collection[str]]
) -> dict[str, str]:
    """Column name -> heading. `table` is a part of each column, `known` the codes by column name, in lower case."""
    free = {columns.key(heading): heading for heading in headings}
    found: dict[str, str] = {}
    for column in kind.columns:
        heading = _by_heading(column, kind, free, headings, table)
        if heading:
            found[column.name] = heading
            free = {key: each for key, each in free.items() if each != heading}
    if kind.name == "defects":
        _lot(found, free)
    for column in kind.columns:
        if column.name not in found and column.name in known:
            heading = _by_value(known[column.name], free, headings, table)
            if heading:
                found[column.name] = heading
                free = {key: each for key, each in free.items() if each != heading}
    return {name: found[name] for name in kind.names if name in found}


def _by_heading(
    column: Column, kind: Kind, free: Mapping[str, str], headings: Sequence[str], table: Sequence[Sequence[str]]
) -> str | None:
    names = (columns.key(column.label), columns.key(column.name), *column.headings.split("|"))
    matches = [free[each] for each in names if each in free]
    if column.name == "defect_type" and kind.name == "defects":
        matches = [each for each in matches if not columns.is_grade(table[headings.index(each)])] or matches
    if column.name == "number":
        matches = [each for each in matches if _looks_numbered(table[headings.index(each)])]
    return matches[0] if matches else None


def _looks_numbered(column: Sequence[str]) -> bool:
    """Whether these are numbers that we gave; other people's numbers are external ids."""
    filled = [text for text in column if text.strip()]
    return bool(filled) and all(text.strip()[:2].upper() == "D-" for text in filled[:50])


def _lot(found: dict[str, str], free: dict[str, str]) -> None:
    """A bare "lot" or "number" is what the rest of the file makes it."""
    for key in ("lot", "batch", "lot no", "lot number", "batch no"):
        if key in free:
            name = "supplier_lot" if {"supplier", "part"} & set(found) else "lot"
            if name not in found:
                found[name] = free.pop(key)
    for key in ("number", "no", "id", "record", "record no", "ref", "reference", "defect no", "report no"):
        if key in free and "external_id" not in found and "number" not in found:
            found["external_id"] = free.pop(key)


def _by_value(
    codes: Collection[str], free: Mapping[str, str], headings: Sequence[str], table: Sequence[Sequence[str]]
) -> str | None:
    for heading in free.values():
        different = {values.name(text).casefold() for text in table[headings.index(heading)]} - {""}
        if different and sum(each in codes for each in different) >= MOSTLY * len(different):
            return heading
    return None
