"""The versions of a defect, told as differences: what stood there, what stands there now, who changed it and why."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import ForeignKey, Model
from django.utils.translation import gettext as _

from qc.models import Defect, DefectRevision, User
from qc.services.revisions import as_it_was

INNER = {
    "id", "number", "client_uuid", "version", "body_sha256", "recorded_by", "recorded_at", "looks_like", "external_id",
    "counts_as",  # follows from the code and the catalogue
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One field of one version."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Version:
    """A version that was replaced, and what replaced it."""

    revision: DefectRevision
    changes: list[Change]


def versions(user: User, defect: Defect) -> list[Version]:
    """The replaced versions, newest first, each with what changed; one query for each kind of row that is named."""
    revisions = list(defect.revisions.visible_to(user).select_related("replaced_by"))
    states = [defect, *(as_it_was(revision) for revision in revisions)]
    names = _names(user, states)
    told = []
    for revision, after, before in zip(revisions, states, states[1:], strict=False):
        fields = [field for field in _fields() if getattr(before, field.attname) != getattr(after, field.attname)]
        changes = [
            Change(_label(field), _shown(field, before, defect, names), _shown(field, after, defect, names))
            for field in fields
        ]
        told.append(Version(revision, changes))
    return told


def _fields() -> list[Any]:
    return [field for field in Defect._meta.concrete_fields if field.name not in INNER]


def _label(field: Any) -> str:
    name = str(field.verbose_name)
    return name[:1].upper() + name[1:]


def _names(user: User, states: list[Defect]) -> dict[tuple[type[Model], int], str]:
    """What the rows that the versions name are called, as far as the person may read them."""
    wanted: dict[Any, set[int]] = defaultdict(set)
    for field in _fields():
        if isinstance(field, ForeignKey):
            keys = {getattr(state, field.attname) for state in states}
            wanted[field.related_model] |= keys - {None} if len(keys) > 1 else set()
    return {
        (model, row.pk): str(row)
        for model, keys in wanted.items()
        if keys
        for row in model._default_manager.visible_to(user).filter(pk__in=keys)
    }


def _shown(field: Any, state: Defect, defect: Defect, names: dict[tuple[type[Model], int], str]) -> str:
    value = getattr(state, field.attname)
    if value in (None, ""):
        return ""
    if isinstance(field, ForeignKey):
        return names.get((field.related_model, value), _("not yours to read"))
    if field.choices:
        return str(dict(field.choices).get(value, value))
    if isinstance(value, dt.datetime):
        return f"{value.astimezone(defect.plant.zone):%-d %b %Y, %H:%M}"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)
