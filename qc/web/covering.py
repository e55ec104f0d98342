"""Which finding speaks of a record: the most telling current one of its type whose scope it lies in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
    if (finding.plant_id, finding.defect_type_id) != (defect.plant_id, defect.defect_type_id):
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
    for plant_id, type_id in {(each.plant_id, each.defect_type_id) for each in defects}:
        wanted |= Q(plant=plant_id, defect_type=type_id)
    findings = list(Finding.objects.visible_to(user).current().filter(wanted))
    return [(each, finding_of(each, findings)) for each in defects]
