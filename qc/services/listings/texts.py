"""Defects by the text that they contain."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import Q, QuerySet, Value
from django.db.models.fields import CharField

from qc.models import DefectType, Supplier, SupplierLot, User
from qc.models.fulltext import SHORTEST, Says

MOST_WORDS = 8
LONGEST_NUMBER = 20
MOST_KEYS = 300  # of named rows in one condition; beyond that the word is common and a subquery does


def words(text: str) -> list[str]:
    """The words that a search looks for: three characters or more with a letter or digit, eight at most, each once."""
    found = dict.fromkeys(word for word in text.replace("\x00", " ").split() if len(word) >= SHORTEST and _tells(word))
    return list(found)[:MOST_WORDS]


def _tells(word: str) -> bool:
    return any(mark.isalnum() for mark in word)


def saying(rows: QuerySet[Any], user: User, text: str) -> QuerySet[Any]:
    """Rows in which every word is found: in number, lot, serial, note, or in a name of code, supplier or its lot."""
    asked = words(text)
    if not asked:
        return rows.none()
    named = _named(user, asked)
    for word in asked:
        condition = Q(Says(word))
        for path, model, columns in NAMED:
            keys = named[word, path]
            if len(keys) > MOST_KEYS:
                condition |= Q(**{f"{path}__in": _matching(user, model, columns, word).values("pk")})
            elif keys:
                condition |= Q(**{f"{path}__in": keys})
        rows = rows.filter(condition)
    return rows


def best(rows: QuerySet[Any], user: User, text: str, most: int) -> list[Any]:
    """The first few hits: the record of this number, then the newest in which every word is found."""
    called = list(rows.filter(number=text.strip().upper()[:LONGEST_NUMBER]))
    newest = saying(rows, user, text).order_by("-occurred_at", "-pk")[:most]
    return [*called, *(row for row in newest if row not in called)][:most]


NAMED: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("defect_type", DefectType, ("code", "name")),
    ("supplier", Supplier, ("code", "name")),
    ("supplier_lot", SupplierLot, ("code",)),
)


def _matching(user: User, model: Any, columns: tuple[str, ...], word: str) -> QuerySet[Any]:
    condition = Q()
    for column in columns:
        condition |= Q(**{f"{column}__icontains": word})
    rows: QuerySet[Any] = model.objects.visible_to(user).filter(condition).order_by()
    return rows


def _named(user: User, asked: list[str]) -> dict[tuple[str, str], list[int]]:
    """Keys of the rows that a word names, for all words in one statement."""
    parts = []
    for word in asked:
        for path, model, columns in NAMED:
            few = _matching(user, model, columns, word).values("pk")[: MOST_KEYS + 1]
            here = model.objects.visible_to(user).filter(pk__in=few).order_by()
            said = {"word": Value(word, CharField()), "path": Value(path, CharField())}
            parts.append(here.annotate(**said).values_list("word", "path", "pk"))
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for word, path, key in parts[0].union(*parts[1:], all=True):
        found[word, path].append(key)
    return found
