"""Whether a cause that was closed has come back: a new finding with a clock of its own, beside the closed case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Model, Q

from qc.analysis import verdicts
from qc.analysis.scope import matching
from qc.models import Defect, DefectType, Finding, Nonconformance, Notice, Plant, User
from qc.services import codes, notices
from qc.stats.rates import poisson_lower

SURE = 0.99
LEAST = 3  # records after the closing, below which nothing has come back


def closed_cases(plant: Plant, defect_type: DefectType) -> list[Nonconformance]:
    """The closed cases of a type and of the codes that were merged into it, the last closed first."""
    names = codes.merged_into(defect_type)
    of_type = Q(finding__defect_type__in=names) | Q(finding=None, defect_type__in=names)
    closed = Nonconformance.objects.filter(of_type, plant=plant, status=Nonconformance.Status.CLOSED)
    return list(closed.select_related("finding", "line", "supplier", "product").order_by("-closed_at"))


def came_back(
    plant: Plant,
    defect_type: DefectType,
    row: Finding | None,
    found: verdicts.Finding,
    closed: Sequence[Nonconformance],
) -> Nonconformance | None:
    """The closed case whose cause this finding shows again; None where it is the old story, or already told.

    `row` is where the finding would be kept: once a row tells of the recurrence, later runs go on with it.
    """
    if found.verdict not in ("systemic", "one_off") or not closed:
        return None
    case = next((case for case in closed if _about(case, found)), None)
    if case is None or case.closed_at is None:
        return None
    if row is not None and (row.closed_case_id == case.pk or row.first_seen_at > case.closed_at):
        return None
    return case if _shows_again(plant, defect_type, found, case.closed_at.astimezone(plant.zone).date()) else None


def tell(
    case: Nonconformance, *, to: Iterable[User], since: dt.date | None, text: str, path: str, subject: Model
) -> None:
    """Tell people that the cause of a closed case is back: once each, whoever sees it first.

    The watch of the case's check and the analysis read the same records, and the analysis may name several places. All
    of it is one return. It is another one when it began after people were told of the last.
    """
    key = f"case.came_back:{case.pk}:"
    number = 0
    if since is not None:
        begin = dt.datetime.combine(since, dt.time(), case.plant.zone)
        earlier = Notice.objects.filter(key__startswith=key, at__lt=begin)
        number = earlier.order_by().values("key").distinct().count()
    notices.tell(to=to, key=f"{key}{number}", text=text, path=path, subject=subject)


def is_nested(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether one scope lies within the other."""
    mine, theirs = set(one.items()), set(other.items())
    return mine <= theirs or theirs <= mine


def _about(case: Nonconformance, found: verdicts.Finding) -> bool:
    """Whether both tell of one cause: the same scope, an alias, or one within the other.

    A case that was opened without a finding is about its line, supplier and product.
    """
    finding = case.finding
    if finding is None:
        named = {"line": case.line, "supplier": case.supplier, "product": case.product}
        where = {name: place.code for name, place in named.items() if place is not None}
        return bool(where and found.where) and is_nested(where, found.where)
    if not finding.where or not found.where:
        return dict(finding.where) == dict(found.where)
    if dict(finding.where) in found.aliases or dict(found.where) in finding.aliases:
        return True
    return is_nested(finding.where, found.where)


def _shows_again(plant: Plant, defect_type: DefectType, found: verdicts.Finding, closed_on: dt.date) -> bool:
    """It began after the closing; or it reaches beyond it, with surely more records since than are to be expected."""
    since, until = _date(found.since), _date(found.until)
    if since and since > closed_on:
        return True
    if until and until <= closed_on:
        return False
    there = Defect.objects.counted().filter(plant=plant, counts_as=defect_type)
    days = there.order_by("production_on").values_list("production_on", flat=True)
    first, last = since or days.first(), until or days.last()
    if first is None or last is None or last <= closed_on:
        return False
    after = there.filter(matching(found.where, zone=plant.zone), production_on__gt=closed_on, production_on__lte=last)
    usual = found.expected / ((last - first).days + 1) * (last - max(closed_on, first)).days
    number = after.count()
    return number >= LEAST and poisson_lower(number, SURE) > usual


def _date(value: str | None) -> dt.date | None:
    return dt.date.fromisoformat(value[:10]) if value else None
