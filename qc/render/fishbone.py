"""Ishikawa's diagram as lines and words with their places: an effect at the head, six bones, a rib for each cause.

Only geometry: the template draws it, so that every text is escaped and every colour is the stylesheet's.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEAD = 1080, 190
COLUMN = (WIDTH - HEAD) // 3
SLANT = 64  # how far a bone leans back
RIB = 44  # height of a rib with two lines of words
LABEL = 34
LETTERS, LINES = 27, 2  # of a rib
HEAD_LETTERS, HEAD_LINES = 20, 5
FEWEST = 2  # ribs that have room on every bone


@dataclass(frozen=True, slots=True)
class Rib:
    """A cause: its number in the list beside the diagram, what it says, and possible, verified or ruled_out."""

    number: int
    text: str
    status: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A rib at its place: a line from x to to_x at y, words above it."""

    rib: Rib
    x: int
    to_x: int
    y: int
    words: tuple[tuple[int, str], ...]  # height and text of each line


@dataclass(frozen=True, slots=True)
class Bone:
    """A bone from its label (x, y) to where it meets the spine."""

    label: str
    x: int
    y: int
    to_x: int
    to_y: int
    label_y: int
    ribs: tuple[Drawn, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole diagram."""

    width: int
    height: int
    spine: int
    head_x: int
    head: tuple[tuple[int, str], ...]
    bones: tuple[Bone, ...]


def draw(effect: str, groups: Sequence[tuple[str, Sequence[Rib]]]) -> Drawing:
    """Place up to six groups of causes, three above the spine and three below; a bone is as long as its causes need.

    >>> drawing = draw("Solder bridge", [("Machine", [Rib(1, "Nozzle worn", "possible")])])
    >>> drawing.bones[0].label, drawing.bones[0].ribs[0].words[0][1]
    ('Machine', '1. Nozzle worn')
    """
    if len(groups) > 6:
        raise ValueError(f"a diagram has six bones, not {len(groups)}")
    above, below = groups[:3], groups[3:]
    up, down = _length(above), _length(below)
    spine = LABEL + up
    bones = [_bone(label, ribs, at, spine, up, -1) for at, (label, ribs) in enumerate(above)]
    bones += [_bone(label, ribs, at, spine, down, 1) for at, (label, ribs) in enumerate(below)]
    words = _wrapped(effect, HEAD_LETTERS, HEAD_LINES)
    top = spine - (len(words) - 1) * 10
    head = tuple((top + 20 * at + 5, word) for at, word in enumerate(words))
    return Drawing(WIDTH, spine + down + LABEL, spine, WIDTH - HEAD, head, tuple(bones))


def _length(groups: Sequence[tuple[str, Sequence[Rib]]]) -> int:
    return RIB * (max([FEWEST, *(len(ribs) for _label, ribs in groups)]) + 1)


def _bone(label: str, ribs: Sequence[Rib], at: int, spine: int, length: int, way: int) -> Bone:
    to_x = COLUMN * (at + 1) - 20
    x, y = to_x - SLANT, spine + way * length
    drawn = []
    for number, rib in enumerate(ribs, 1):
        rib_y = y - way * RIB * number + (12 if way < 0 else 0)
        on_bone = x + round(SLANT * abs(rib_y - y) / length)
        words = _wrapped(f"{rib.number}. {rib.text}", LETTERS, LINES)
        first = rib_y - 6 - 15 * (len(words) - 1)
        placed = tuple((first + 15 * line, word) for line, word in enumerate(words))
        drawn.append(Drawn(rib, COLUMN * at + 8, on_bone, rib_y, placed))
    return Bone(label, x, y, to_x, spine, y + way * (14 if way < 0 else 22), tuple(drawn))


def _wrapped(text: str, letters: int, lines: int) -> list[str]:
    """The text in so many lines at most; what is longer ends in an ellipsis."""
    flat = " ".join(text.split())
    return textwrap.wrap(flat, letters, max_lines=lines, placeholder=" …", break_long_words=True) or [""]
