"""Checking, showing and comparing a supplier's answers. Pure: texts in, texts out."""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qc.errors import Refused
from qc.services.blame import blames_only_a_person
from suppliers import asked, grids, sums
from suppliers.asked import Question

Answers = dict[str, Any]


def kept(code: str, raw: Mapping[str, Any]) -> Answers:
    """What a draft keeps: the known fields as they were typed, cut to their limit; nothing is checked."""
    draft: Answers = {}
    for question in asked.questions(code):
        value = raw.get(question.name)
        if question.kind == asked.ROWS:
            value = grids.kept(question, value, _clean_text)
        elif question.kind == asked.MANY:
            picked = [str(item) for item in value] if isinstance(value, list | tuple) else []
            value = [item for item in picked if item in dict(question.choices)]
        elif value is not None:
            value = _clean_text(value)[: asked.LIMIT[asked.LONG]]
        if value not in (None, "", []):
            draft[question.name] = value
    return draft


def mark(draft: Mapping[str, Any]) -> str:
    """A short mark of a draft: another one when somebody has changed it."""
    return hashlib.sha256(json.dumps(draft, sort_keys=True).encode()).hexdigest()[:16]


def checked(code: str, raw: Mapping[str, Any], *, today: dt.date) -> Answers:
    """The answer as it is stored; Refused names every field that is missing or wrong. Unknown fields are ignored."""
    answers: Answers = {}
    wrong: dict[str, str] = {}
    for question in asked.questions(code):
        try:
            value = _value(question, raw.get(question.name), today)
        except ValueError as error:
            wrong[question.name] = str(error)
            continue
        if value not in ("", []):
            answers[question.name] = value
    wrong |= {} if wrong else sums.wrong(code, answers)
    if wrong:
        raise Refused(_("The answer is not complete yet. Look at the marked fields."), fields=wrong)
    return answers


def _clean_text(value: Any) -> str:
    text = str(value).replace("\x00", "").replace("\r\n", "\n").strip()
    return text.encode("utf-8", "ignore").decode("utf-8")


def _value(question: Question, raw: Any, today: dt.date) -> Any:
    if question.kind == asked.MANY:
        return _many(question, raw)
    if question.kind == asked.ROWS:
        return grids.checked(question, raw, lambda column, cell: _value(column, cell, today))
    text = "" if raw is None else _clean_text(raw)
    if not text:
        if question.required:
            raise ValueError(_("Please answer this."))
        return ""
    return _READERS[question.kind](question, text, today)


def _many(question: Question, raw: Any) -> list[str]:
    picked = [str(item) for item in raw] if isinstance(raw, list | tuple) else []
    if any(item not in dict(question.choices) for item in picked):
        raise ValueError(_("Choose from the list."))
    if question.required and not picked:
        raise ValueError(_("Choose at least one."))
    return picked


def _text(question: Question, text: str, today: dt.date) -> str:
    limit = asked.LIMIT[question.kind]
    if len(text) > limit:
        raise ValueError(_("At most %(limit)d characters; put the rest into a file.") % {"limit": limit})
    if question.is_cause and blames_only_a_person(text):
        raise ValueError(
            _(
                "'Operator error' is not a root cause. People make mistakes: say what in the process, the tool or the "
                "instruction made this one possible, and why nothing stopped it."
            )
        )
    return text


def _date(question: Question, text: str, today: dt.date) -> str:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError(_("A date looks like 2026-03-31.")) from None
    if not today - dt.timedelta(days=3650) <= day <= today + dt.timedelta(days=3650):
        raise ValueError(_("Check the year of this date."))
    if question.when == "past" and day > today:
        raise ValueError(_("This date is still to come. Answer when it is done."))
    if question.when == "future" and day < today:
        raise ValueError(_("This date has passed. Say when it will be in place."))
    return day.isoformat()


def _number(text: str, highest: Decimal) -> str:
    plain = text.replace(" ", "").replace("%", "")
    is_german = (get_language() or "").startswith("de")
    if is_german and re.fullmatch(r"[0-9]{1,3}(\.[0-9]{3})+", plain):
        raise ValueError(_("Write the number without dots, such as 4200."))  # 4.200 is 4200 to some, 4.2 to others
    if not re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]{1,3})?|[0-9]{1,9}([.,][0-9]{1,3})?", plain):
        raise ValueError(_("A number is needed, such as 4200."))
    grouped = not is_german and re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]{1,3})?", plain)
    plain = plain.replace(",", "") if grouped else plain.replace(",", ".")
    try:
        number = Decimal(plain)
    except InvalidOperation:
        raise ValueError(_("A number is needed, such as 4200.")) from None
    if number > highest:
        raise ValueError(_("At most %(highest)s.") % {"highest": highest})
    return format(number.normalize(), "f")


def _quantity(question: Question, text: str, today: dt.date) -> str:
    return _number(text, Decimal(999_999_999))


def _percent(question: Question, text: str, today: dt.date) -> str:
    return _number(text, Decimal(100))


def _choice(question: Question, text: str, today: dt.date) -> str:
    if text not in dict(question.choices):
        raise ValueError(_("Choose from the list."))
    return text


def _rating(question: Question, text: str, today: dt.date) -> str:
    if not re.fullmatch(r"[1-9]|10", text):
        raise ValueError(_("A whole number from 1 to 10."))
    return text


_READERS = {
    asked.RATING: _rating,
    asked.LINE: _text,
    asked.LONG: _text,
    asked.DATE: _date,
    asked.QUANTITY: _quantity,
    asked.PERCENT: _percent,
    asked.CHOICE: _choice,
}


@dataclass(frozen=True)
class Piece:
    """A run of words: the same in both versions, put in, or taken out."""

    kind: str
    text: str


@dataclass(frozen=True)
class Line:
    """One question with its answer, and the earlier answer with what changed."""

    name: str
    label: str
    text: str
    earlier: str
    changed: bool
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Block:
    """A section of an answer for reading."""

    title: str
    lines: tuple[Line, ...]


def readable(question: Question, value: Any) -> str:
    """A stored answer as text: labels for choices, dates in words."""
    if value in (None, "", []):
        return ""
    labels = {key: str(label) for key, label in question.choices}
    if question.kind == asked.ROWS:
        return grids.readable(question, value, readable)
    if isinstance(value, list):
        return ", ".join(labels.get(str(item), str(item)) for item in value)
    if question.kind == asked.CHOICE:
        return labels.get(str(value), str(value))
    if question.kind == asked.DATE:
        try:
            return date_format(dt.date.fromisoformat(str(value)), "j F Y")
        except ValueError:
            return str(value)
    if question.kind == asked.PERCENT:
        return f"{value} %"
    return str(value)


def shown(code: str, new: Mapping[str, Any], old: Mapping[str, Any] | None = None) -> list[Block]:
    """An answer section by section; with an earlier version, what changed is marked."""
    return [
        Block(str(section.title), tuple(_line(question, new, old) for question in section.questions))
        for section in asked.SECTIONS[code]
    ]


def _line(question: Question, new: Mapping[str, Any], old: Mapping[str, Any] | None) -> Line:
    text = readable(question, new.get(question.name))
    earlier = readable(question, old.get(question.name)) if old is not None else ""
    changed = old is not None and text != earlier
    pieces = _differences(earlier, text) if changed else ()
    return Line(question.name, str(question.label), text, earlier, changed, pieces)


def _differences(old: str, new: str) -> tuple[Piece, ...]:
    before, after = re.findall(r"\s+|\S+", old), re.findall(r"\s+|\S+", new)
    pieces: list[Piece] = []
    for kind, i, j, k, m in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", "".join(after[k:m])))
            continue
        if j > i:
            pieces.append(Piece("out", "".join(before[i:j])))
        if m > k:
            pieces.append(Piece("in", "".join(after[k:m])))
    return tuple(pieces)
