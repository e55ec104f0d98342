"""A small table in a form: one set of inputs a row, readable on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from suppliers import grids, questions
from suppliers.questions import Question

SPARE, FIRST = 2, 3


class RowsWidget(forms.Widget):
    """The rows of a table: those that are filled in and a few empty ones, or one for each fixed name."""

    template_name = "suppliers/portal/rows.html"
    use_fieldset = True

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["rows"] = list(self._rows(name, value if isinstance(value, list) else []))
        context["is_open_ended"] = not self.question.fixed
        return context

    def _rows(self, name: str, value: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        if self.question.fixed:
            known = {row.get(grids.KEY): row for row in value}
            for key, label in self.question.fixed:
                yield {"title": label, "cells": self._cells(name, key, known.get(key, {}))}
            return
        count = min(self.question.most, max(FIRST, len(value) + SPARE))
        for number in range(count):
            row = value[number] if number < len(value) else {}
            title = _("Row %(number)d") % {"number": number + 1}
            yield {"title": title, "cells": self._cells(name, str(number), row)}

    def _cells(self, name: str, key: str, row: dict[str, Any]) -> list[dict[str, Any]]:
        kinds = {questions.DATE: "date"}
        return [
            {
                "id": f"id_{name}-{key}-{column.name}",
                "name": f"{name}-{key}-{column.name}",
                "label": column.label,
                "value": row.get(column.name, ""),
                "type": kinds.get(column.kind, "text"),
                "is_number": column.kind in (questions.QUANTITY, questions.PERCENT, questions.RATING),
                "most": questions.LIMIT[questions.LINE],
            }
            for column in self.question.columns
        ]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, Any]]:
        """The rows as they were typed, empty ones left out."""
        pattern = re.compile(rf"{re.escape(name)}-([a-z_]{{1,20}}|[0-9]{{1,2}})-([a-z_]{{1,20}})")
        found: dict[str, dict[str, Any]] = {}
        for given in data:
            match = pattern.fullmatch(given)
            if match and str(data.get(given)).strip():
                found.setdefault(match[1], {})[match[2]] = data.get(given)
        if self.question.fixed:
            return [{**row, grids.KEY: key} for key, row in found.items()]
        return [found[key] for key in sorted((key for key in found if key.isdigit()), key=int)]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """An empty table is an answer."""
        return False

    def id_for_label(self, id_: str | None) -> str:
        """The group has no single input."""
        return ""


class RowsField(forms.Field):
    """A field of rows; the verb judges them."""

    def __init__(self, question: Question, **kwargs: Any) -> None:
        super().__init__(widget=RowsWidget(question), **kwargs)
