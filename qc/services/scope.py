"""Which rows a verb may touch: those that its person may read."""

from __future__ import annotations

from django.db import models

from qc.errors import NotAllowed
from qc.models import User


def require_visible(by: User, *rows: models.Model | None) -> None:
    """Refuse with NotAllowed when one of the rows is not in the person's `visible_to`; None is passed over."""
    for row in rows:
        if row is None:
            continue
        manager = type(row)._default_manager
        if not manager.visible_to(by).filter(pk=row.pk).exists():  # type: ignore[attr-defined]
            raise NotAllowed("This record is not yours.")


def plant_of(subject: models.Model) -> int | None:
    """Key of the plant that a record belongs to, for rows about it; None for records of the whole organisation."""
    for path in ("plant_id", "nonconformance.plant_id", "line.plant_id"):
        value: object = subject
        for name in path.split("."):
            value = getattr(value, name, None)
        if isinstance(value, int):
            return value
    return None
