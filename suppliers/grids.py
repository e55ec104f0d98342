"""Answers that are small tables: checking, keeping and reading their rows. Pure: texts in, texts out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from suppliers.questions import LIMIT, LONG, Question

Row = dict[str, Any]
KEY = "row"  # in a table with fixed rows: which one


def rows_of(question: Question, raw: Any) -> list[Mapping[str, Any]]:
    """What was given as rows, the fixed ones in their order and once each; anything else is no row."""
    given = [row for row in raw if isinstance(row, Mapping)] if isinstance(raw, list | tuple) else []
    if not question.fixed:
        return given[: question.most + 1]
    named = {str(row.get(KEY)): row for row in reversed(given)}
    return [{**named[key], KEY: key} for key, _label in question.fixed if key in named]


def kept(question: Question, raw: Any, clean: Callable[[Any], str]) -> list[Row]:
    """The rows as they were typed, for a draft; nothing is checked, empty ones are dropped."""
    rows: list[Row] = []
    for given in rows_of(question, raw)[: question.most if not question.fixed else None]:
        cells = {column.name: clean(given.get(column.name) or "")[: LIMIT[LONG]] for column in question.columns}
        row = {name: text for name, text in cells.items() if text}
        if row:
            rows.append(row | ({KEY: given[KEY]} if question.fixed else {}))
    return rows


def checked(question: Question, raw: Any, read: Callable[[Question, Any], Any]) -> list[Row]:
    """The rows as they are stored. ValueError names the row, the column and what is wrong with it."""
    if raw not in (None, "") and not isinstance(raw, list | tuple):
        raise ValueError(_("Rows are needed here."))
    given = rows_of(question, raw)
    if len(given) > question.most and not question.fixed:
        raise ValueError(_("At most %(most)d rows; put the rest into a file.") % {"most": question.most})
    rows = [row for each in given if (row := _row(question, each, read))]
    if question.required and not rows:
        raise ValueError(_("Please answer this."))
    return rows


def _row(question: Question, given: Mapping[str, Any], read: Callable[[Question, Any], Any]) -> Row:
    if not any(str(given.get(column.name) or "").strip() for column in question.columns):
        return {}
    row: Row = {KEY: given[KEY]} if question.fixed else {}
    for column in question.columns:
        try:
            value = read(column, given.get(column.name))
        except ValueError as error:
            said = {"row": name_of(question, given), "column": column.label, "error": error}
            raise ValueError(_("%(row)s, %(column)s: %(error)s") % said) from error
        if value != "":
            row[column.name] = value
    return row


def name_of(question: Question, row: Mapping[str, Any]) -> str:
    """What a row is called: its place in a fixed table, else what stands in its first column."""
    if question.fixed:
        return str(dict(question.fixed).get(str(row.get(KEY)), ""))
    return str(row.get(question.columns[0].name) or _("A row"))


def readable(question: Question, value: Any, cell: Callable[[Question, Any], str]) -> str:
    """A stored table as text, one row a line."""
    return "\n".join(": ".join(part for part in line if part) for line in _lines(question, value, cell))


def _lines(question: Question, value: Any, cell: Callable[[Question, Any], str]) -> list[tuple[str, str]]:
    lines = []
    for row in value if isinstance(value, list) else []:
        if not isinstance(row, Mapping):
            continue
        columns = question.columns if question.fixed else question.columns[1:]
        only = len(question.columns) == 1
        said = [(str(column.label), cell(column, row.get(column.name))) for column in columns]
        texts = [text if only else f"{label} {text}" for label, text in said if text]
        lines.append((name_of(question, row), ", ".join(texts)))
    return lines
