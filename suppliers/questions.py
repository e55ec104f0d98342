"""What a question of the 8D form is made of."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise

LINE, LONG, DATE, QUANTITY, PERCENT, CHOICE, MANY = "line", "long", "date", "quantity", "percent", "choice", "many"
RATING, ROWS = "rating", "rows"
LIMIT = {LINE: 200, LONG: 4000}
YES_NO: tuple[tuple[str, Text], ...] = (("yes", _("Yes")), ("no", _("No")))


@dataclass(frozen=True)
class Question:
    """One field of an answer. `when` limits a date: "past" (not after today) or "future" (not before today).

    A question of kind `rows` is a small table: `columns` are its fields; with `fixed` it has one row per name there,
    otherwise up to `most` rows.
    """

    name: str
    label: Text
    kind: str = LONG
    hint: Text = ""
    required: bool = True
    choices: tuple[tuple[str, Text], ...] = ()
    when: str = ""
    example: Text = ""
    is_cause: bool = False
    columns: tuple[Question, ...] = ()
    fixed: tuple[tuple[str, Text], ...] = ()
    most: int = 6


@dataclass(frozen=True)
class Section:
    """Questions that belong together. `is_more`: nobody has to answer them, so the page keeps them folded."""

    title: Text
    questions: tuple[Question, ...]
    hint: Text = ""
    is_more: bool = False
