"""Judging: run the engine on a plant's records and keep what it says, without ever overwriting a person.

A finding is the same row from run to run: the one with the same type and scope, else its heir, a finding of the type
whose scope lies within the old one or around it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import Q

from qc import clock
from qc.analysis import verdicts
from qc.analysis.database import from_database
from qc.analysis.settings import Settings
from qc.models import (
    AnalysisRun,
    AnalysisTarget,
    DefectType,
    Finding,
    Plant,
    ProductionLine,
    Severity,
    Supplier,
    User,
)
from qc.services import events, notices, people, work
from qc.services.defects import FUTURE

NUMBERS = ("incidents", "expected", "rate_ratio", "p_value", "q_value", "aliases", "ruled_out", "needs", "explanation")
Change = tuple[Finding, dict[str, list[Any]]]
GONE = "The records no longer show it: now within the usual variation."


def analyse_target(target_pk: int) -> bool:
    """Judge what is due at the plant of a target; False when another worker has it or nothing is due.

    Verdicts share the plant's learnt background and one family of p-values, so a run judges the whole plant; the
    other due types of the plant are done with it.
    """
    return work.run(AnalysisTarget.objects.all(), target_pk, _judge_target, unless_changed="input_version")


def _judge_target(target: AnalysisTarget) -> None:
    analyse_plant(target.plant)


def analyse_plant(plant: Plant) -> AnalysisRun | None:
    """Judge every defect type of the plant and keep the findings. None when the plant has no records yet."""
    started_at = clock.now()
    versions = {row.defect_type_id: row.input_version for row in AnalysisTarget.objects.filter(plant=plant)}
    types = list(DefectType.objects.filter(Q(pk__in=versions) | Q(findings__plant=plant)).distinct())
    if not types:
        return None
    settings = settings_of(types)
    dataset = from_database(plant, until=started_at + FUTURE)  # a device's clock may be a little ahead
    answer = verdicts.judge(dataset, settings)
    with transaction.atomic():
        if not _is_newest(plant, versions):
            return None
        run = AnalysisRun.objects.create(
            plant=plant,
            method_version=answer.method_version,
            parameters=json.loads(events.canonical(dataclasses.asdict(settings))),
            seed=settings.seed,
            data_digest=answer.digest,
            input_version=sum(versions.values()),
            rows=len(dataset),
            exposure=answer.data["exposure"],
            started_at=started_at,
            finished_at=clock.now(),
        )
        _write(run, [change for each in types for change in _keep(run, each, answer.findings)])
        _settle(plant, versions)
    return run


def _is_newest(plant: Plant, versions: dict[int, int]) -> bool:
    """Lock the plant's targets, as every recorder does first; False when a newer run was stored meanwhile."""
    targets = AnalysisTarget.objects.filter(plant=plant).order_by("plant_id", "defect_type_id").select_for_update()
    return all(target.judged_version <= versions.get(target.defect_type_id, 0) for target in targets)


def _settle(plant: Plant, versions: dict[int, int]) -> None:
    """The types are judged up to these versions; input that came in meanwhile raised its version and stays due."""
    for defect_type_id, version in versions.items():
        target = AnalysisTarget.objects.filter(plant=plant, defect_type_id=defect_type_id)
        target.filter(judged_version__lt=version).update(judged_version=version)
        target.filter(input_version=version, parked_at=None).update(due_at=None, tries=0, error="")


def settings_of(types: Collection[DefectType]) -> Settings:
    """The engine's settings for these types: of a critical defect no repeated occurrence is tolerable."""
    return Settings(tolerable={each.code: 0.0 for each in types if each.severity == Severity.CRITICAL})


def _keep(run: AnalysisRun, defect_type: DefectType, said: Collection[verdicts.Finding]) -> list[Change]:
    """Store what the engine says of a type; returns what changed, for the trail."""
    rows = Finding.objects.current().filter(plant=run.plant, defect_type=defect_type).order_by("pk")
    left = list(rows.select_for_update())
    found = _distinct([each for each in said if each.defect_type == defect_type.code])
    known = {key: row for key in found if (row := _exactly(left, key))}
    left = [row for row in left if row not in known.values()]
    changes = []
    for key, each in found.items():
        row = known.get(key) or _heir(left, each)
        if row in left:
            left.remove(row)
        changes.append(_store(row or Finding(plant=run.plant, defect_type=defect_type), run, each))
    return [*changes, *(_retire(row, run) for row in left)]


def _distinct(said: Collection[verdicts.Finding]) -> dict[tuple[str, str], verdicts.Finding]:
    """One finding per scope and kind, the surest: two bursts at one place are one row."""
    surest = sorted(said, key=lambda each: (scope_key(each.where), each.kind, each.p_value))
    distinct: dict[tuple[str, str], verdicts.Finding] = {}
    for each in surest:
        distinct.setdefault((scope_key(each.where), each.kind), each)
    return distinct


def _exactly(left: list[Finding], key: tuple[str, str]) -> Finding | None:
    return next((row for row in left if (row.where_key, row.kind) == key), None)


def scope_key(where: dict[str, str]) -> str:
    """The canonical text of a scope, by which a finding is known again."""
    return "; ".join(f"{name}={where[name]}" for name in sorted(where))


def _heir(left: list[Finding], found: verdicts.Finding) -> Finding | None:
    """The undecided row that this finding goes on from: the same scope, or one within the other.

    A person's decision is on one scope and kind; it is never handed to another problem.
    """
    mine = set(found.where.items())
    open_rows = [row for row in left if row.decision == Finding.Decision.NONE]
    same = [row for row in open_rows if row.where_key == scope_key(found.where)]
    if same or not mine:
        return same[0] if same else None
    near = [row for row in open_rows if row.where and _is_nested(set(row.where.items()), mine)]
    return max(near, key=lambda row: len(set(row.where.items()) & mine), default=None)


def _is_nested(one: set[tuple[str, Any]], other: set[tuple[str, Any]]) -> bool:
    return one <= other or other <= one


def _store(row: Finding, run: AnalysisRun, found: verdicts.Finding) -> Change:
    before = {} if row.pk is None else _stand(row)
    row.run, row.verdict, row.kind, row.origin = run, found.verdict, found.kind or "", found.origin
    row.where, row.where_key = dict(found.where), scope_key(found.where)
    row.since, row.until = _date(found.since), _date(found.until)
    for name in NUMBERS:
        setattr(row, name, _plain(getattr(found, name)))
    row.ratio_low, row.ratio_high = found.rate_ratio_ci or (None, None)
    row.line = ProductionLine.objects.filter(plant=run.plant, code=found.where.get("line", "")).first()
    row.supplier = Supplier.objects.filter(_supplier_of(run.plant, found.where)).first()
    return _saved(row, run, events.changes(before, _stand(row)))


def _stand(row: Finding) -> dict[str, Any]:
    stand = {"verdict": row.verdict, "kind": row.kind, "where": row.where, "since": str(row.since)}
    return stand if row.replaced_at is None else {**stand, "replaced": True}


def _saved(row: Finding, run: AnalysisRun, changed: dict[str, list[Any]]) -> Change:
    """A person who has the page open learns by the version that the engine says something else now."""
    if changed:
        row.changed_at = run.finished_at
        row.version += 1 if row.pk else 0
    row.save()
    return row, changed


def _write(run: AnalysisRun, changes: Collection[Change]) -> None:
    """Notices first, then the trail: the chain is locked from its first event to commit."""
    author = people.system()
    for row, changed in changes:
        if "verdict" in changed and not row.replaced_at:
            _tell(row)
    for row, changed in changes:
        if changed:
            events.write(by=author, verb="finding.judge", subject=row, data=changed)


def _supplier_of(plant: Plant, where: dict[str, str]) -> Q:
    if "supplier" in where:
        return Q(code=where["supplier"])
    if "supplier_lot" in where:
        return Q(parts__lots__code=where["supplier_lot"], parts__lots__plant=plant)
    return Q(pk=None)


def _retire(row: Finding, run: AnalysisRun) -> Change:
    """A finding that the run no longer makes: replaced, or, where a person decided, kept with the engine's new word."""
    before = _stand(row)
    if row.decision == Finding.Decision.NONE:
        row.replaced_at = run.finished_at
    elif row.verdict != Finding.Verdict.BACKGROUND:
        row.verdict, row.run, row.explanation = Finding.Verdict.BACKGROUND, run, GONE
    return _saved(row, run, events.changes(before, _stand(row)))


def _tell(row: Finding) -> None:
    """New systemic findings reach the quality people of the plant, once."""
    if row.verdict != Finding.Verdict.SYSTEMIC or row.decision == Finding.Decision.DISMISSED:
        return
    quality = Q(role=User.Role.MANAGER) | Q(role=User.Role.ENGINEER, plants=row.plant)
    to = User.objects.filter(quality, is_active=True).distinct()
    key = f"finding.systemic:{row.pk}:{row.changed_at:%Y-%m-%d}"
    notices.tell(to=to, key=key, text=row.explanation[:300], path=f"/findings/{row.pk}/", subject=row)


def _date(value: object) -> dt.date | None:
    return dt.date.fromisoformat(str(value)[:10]) if value else None


def _plain(value: Any) -> Any:
    """Tuples as lists and mappings as dicts, so that what is stored equals what is read back."""
    if value is None or isinstance(value, str | int | float):
        return value
    return json.loads(events.canonical(value))
