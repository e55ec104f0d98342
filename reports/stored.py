"""Summaries as JSON and back, so that what was reported can be shown again exactly as it was."""

from __future__ import annotations

import datetime as dt
import types
from dataclasses import asdict, fields, is_dataclass
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def dump(summary: Any) -> dict[str, Any]:
    """A dataclass of plain values, dates, tuples and other dataclasses as JSON types."""
    data: dict[str, Any] = _plain(asdict(summary))
    return data


def load(kind: type[T], data: dict[str, Any]) -> T:
    """The dataclass again. TypeError or KeyError when the data is not of this kind."""
    hints = get_type_hints(kind)
    values = {item.name: _typed(hints[item.name], data[item.name]) for item in fields(kind)}  # type: ignore[arg-type]
    return kind(**values)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def _typed(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _typed(next(kind for kind in get_args(hint) if kind is not type(None)), value)
    if origin is tuple:
        return tuple(_typed(get_args(hint)[0], item) for item in value)
    if is_dataclass(hint):
        return load(hint, value)  # type: ignore[arg-type]
    return hint.fromisoformat(value) if hint in (dt.date, dt.datetime) else value
