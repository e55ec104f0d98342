"""Which finding speaks of a record: the most telling current one of its type whose scope it lies in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from qc.models import Defect, Finding, User

_WEIGHT = {"systemic": 3, "one_off": 2, "insufficient": 1, "background": 0}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _values(defect: Defect) -> dict[str, str]:
    """Where a record lies, in the engine's dimensions. The rows must be loaded with `select_related(*PLACES)`."""
    local = defect.occurred_at.astimezone(defect.plant.zone)
    rows = {name: getattr(defect, name) for name in PLACES if name not in ("defect_type", "recorded_by")}
    codes = {name: row.number if name == "part" else row.code for name, row in rows.items() if row is not None}
    texts = {"tool": defect.tool, "cavity": defect.cavity, "inspector": defect.inspector, "operator": defect.inspector}
    return codes | texts | {"hour_of_week": f"{_DAYS[local.weekday()]} {local:%H}:00"}


PLACES = (
    "plant",
    "defect_type",
    "line",
    "station",
    "machine",
    "shift",
    "product",
    "part",
    "supplier",
    "supplier_lot",
    "recorded_by",
)


def _covers(finding: Finding, defect: Defect, values: dict[str, str]) -> bool:
    if (finding.plant_id, finding.defect_type_id) != (defect.plant_id, defect.counts_as_id):
        return False
    for name, wanted in finding.where.items():
        several = wanted if isinstance(wanted, list) else [wanted]
        if values.get(name, "").casefold() not in {str(one).casefold() for one in several}:
            return False
    if not finding.where:
        return True
    early = finding.since is not None and defect.production_on < finding.since
    late = finding.until is not None and defect.production_on > finding.until
    return not early and not late


def _telling(finding: Finding) -> tuple[int, int]:
    return _WEIGHT.get(finding.standing, 0), len(finding.where)


def finding_of(defect: Defect, findings: Iterable[Finding]) -> Finding | None:
    """The finding that speaks of this record, or None while nothing was judged."""
    values = _values(defect)
    return max((each for each in findings if _covers(each, defect, values)), key=_telling, default=None)


def with_findings(user: User, defects: Sequence[Defect]) -> list[tuple[Defect, Finding | None]]:
    """Records with what the analysis says of them, in one query for all."""
    wanted = Q(pk=None)
    for plant_id, type_id in {(each.plant_id, each.counts_as_id) for each in defects}:
        wanted |= Q(plant=plant_id, defect_type=type_id)
    findings = list(Finding.objects.visible_to(user).current().filter(wanted))
    return [(each, finding_of(each, findings)) for each in defects]


# What `findings_for` reads of each row, beside its key.
PATHS = (
    "plant_id", "counts_as_id", "production_on", "occurred_at", "plant__code", "plant__time_zone", "line__code",
    "station__code", "machine__code", "shift__code", "product__code", "part__number", "supplier__code",
    "supplier_lot__code", "tool", "cavity", "inspector",
)  # fmt: skip


def findings_for(user: User, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any] | None]:
    """For rows read by `PATHS` the key and verdict of the finding that speaks of each, in one query for all."""
    plants, types = {row["plant_id"] for row in rows}, {row["counts_as_id"] for row in rows}
    found = Finding.objects.visible_to(user).current().filter(plant__in=plants, defect_type__in=types).order_by()
    names = ("pk", "plant_id", "defect_type_id", "where", "since", "until", "verdict", "human_verdict")
    of: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
    for each in found.values(*names) if rows else ():
        each["standing"] = each["human_verdict"] or each["verdict"]
        of[each["plant_id"], each["defect_type_id"]].append(each)
    return [_telling_of(row, of.get((row["plant_id"], row["counts_as_id"]), ())) for row in rows]


def _telling_of(row: dict[str, Any], findings: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    fits = [each for each in findings if not each["where"] or _lies_in(row, each)]
    return max(fits, key=lambda each: (_WEIGHT.get(each["standing"], 0), len(each["where"])), default=None)


def _lies_in(row: dict[str, Any], finding: dict[str, Any]) -> bool:
    day = row["production_on"]
    if (finding["since"] and day < finding["since"]) or (finding["until"] and day > finding["until"]):
        return False
    for name, wanted in finding["where"].items():
        several = wanted if isinstance(wanted, list) else [wanted]
        if _value(row, name).casefold() not in {str(one).casefold() for one in several}:
            return False
    return True


def _value(row: dict[str, Any], name: str) -> str:
    if name == "hour_of_week":
        local = row["occurred_at"].astimezone(ZoneInfo(row["plant__time_zone"]))
        return f"{_DAYS[local.weekday()]} {local:%H}:00"
    path = {"part": "part__number", "operator": "inspector"}.get(name, name)
    return str(row.get(path if path in row else f"{path}__code") or "")
