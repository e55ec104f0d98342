"""Every address that the house answers, read from the resolver itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse


@dataclass(frozen=True)
class Route:
    """One pattern: its full name (empty when it has none), its arguments and what answers."""

    name: str
    template: str
    arguments: tuple[str, ...]
    view: Any

    @property
    def is_api(self) -> bool:
        """Whether it speaks JSON."""
        return self.template.startswith("api/v1/")

    def url(self, **arguments: Any) -> str:
        """The address with these arguments."""
        return reverse(self.name, kwargs={name: arguments[name] for name in self.arguments})


def routes(urlconf: str | None = None) -> list[Route]:
    """Every route of the house, or of another urlconf."""
    return list(_walk(get_resolver(urlconf).url_patterns, "", "", ()))


def _walk(patterns: Any, names: str, template: str, arguments: tuple[str, ...]) -> Iterator[Route]:
    for entry in patterns:
        here = template + str(entry.pattern).lstrip("^").rstrip("$")
        known = arguments + tuple(name for name in _arguments(entry) if name not in arguments)
        if isinstance(entry, URLResolver):
            inner = f"{names}{entry.namespace}:" if entry.namespace else names
            yield from _walk(entry.url_patterns, inner, here, known)
        elif isinstance(entry, URLPattern):
            yield Route(f"{names}{entry.name}" if entry.name else "", here, known, entry.callback)


def _arguments(entry: Any) -> list[str]:
    pattern = entry.pattern
    return [*getattr(pattern, "converters", {}), *pattern.regex.groupindex]
