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

NUMBERS = ("incidents", "expected", "rate_ratio", "p_value", "q_value", "aliases", "ruled_out", "needs", "explanation")
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
    dataset = from_database(plant, until=started_at)
    answer = verdicts.judge(dataset, settings)
    with transaction.atomic():
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
        for defect_type in types:
            _keep(run, defect_type, [found for found in answer.findings if found.defect_type == defect_type.code])
        _settle(plant, versions)
    return run


def _settle(plant: Plant, versions: dict[int, int]) -> None:
    """The types are judged up to these versions; input that came in meanwhile raised its version and stays due."""
    for defect_type_id, version in versions.items():
        target = AnalysisTarget.objects.filter(plant=plant, defect_type_id=defect_type_id)
        target.filter(judged_version__lt=version).update(judged_version=version)
        target.filter(input_version=version, parked_at=None).update(due_at=None, tries=0, error="")


def settings_of(types: Collection[DefectType]) -> Settings:
    """The engine's settings for these types: of a critical defect no repeated occurrence is tolerable."""
    return Settings(tolerable={each.code: 0.0 for each in types if each.severity == Severity.CRITICAL})


def _keep(run: AnalysisRun, defect_type: DefectType, said: Collection[verdicts.Finding]) -> None:
    left = list(Finding.objects.current().filter(plant=run.plant, defect_type=defect_type).select_for_update())
    author = people.system()
    for found in sorted(said, key=lambda each: scope_key(each.where)):
        row = _same(left, found)
        if row is None:
            _store(author, Finding(plant=run.plant, defect_type=defect_type), run, found, is_new=True)
        else:
            left.remove(row)
            _store(author, row, run, found, is_new=False)
    for row in left:
        _retire(author, row, run)


def scope_key(where: dict[str, str]) -> str:
    """The canonical text of a scope, by which a finding is known again."""
    return "; ".join(f"{name}={where[name]}" for name in sorted(where))


def _same(left: list[Finding], found: verdicts.Finding) -> Finding | None:
    key = scope_key(found.where)
    exact = [row for row in left if row.where_key == key]
    if exact:
        return next((row for row in exact if row.kind == found.kind), exact[0])
    mine = set(found.where.items())
    if not mine:
        return None
    heirs = [row for row in left if row.where and (set(row.where.items()) <= mine or mine <= set(row.where.items()))]
    return max(heirs, key=lambda row: len(set(row.where.items()) & mine), default=None)


def _store(author: User, row: Finding, run: AnalysisRun, found: verdicts.Finding, *, is_new: bool) -> None:
    before = {} if is_new else {"verdict": row.verdict, "kind": row.kind, "where": row.where, "since": str(row.since)}
    row.run, row.verdict, row.kind, row.origin = run, found.verdict, found.kind or "", found.origin
    row.where, row.where_key = dict(found.where), scope_key(found.where)
    row.since, row.until = _date(found.since), _date(found.until)
    for name in NUMBERS:
        setattr(row, name, _plain(getattr(found, name)))
    row.ratio_low, row.ratio_high = found.rate_ratio_ci or (None, None)
    row.line = ProductionLine.objects.filter(plant=run.plant, code=found.where.get("line", "")).first()
    row.supplier = Supplier.objects.filter(_supplier_of(run.plant, found.where)).first()
    after = {"verdict": row.verdict, "kind": row.kind, "where": row.where, "since": str(row.since)}
    changed = events.changes(before, after)
    if changed:
        row.changed_at = clock.now()
    row.save()
    if is_new or "verdict" in changed:
        events.write(by=author, verb="finding.judge", subject=row, data=changed)
        _tell(row)


def _supplier_of(plant: Plant, where: dict[str, str]) -> Q:
    if "supplier" in where:
        return Q(code=where["supplier"])
    if "supplier_lot" in where:
        return Q(parts__lots__code=where["supplier_lot"], parts__lots__plant=plant)
    return Q(pk=None)


def _retire(author: User, row: Finding, run: AnalysisRun) -> None:
    """A finding that the run no longer makes: replaced, or, where a person decided, kept with the engine's new word."""
    if row.decision == Finding.Decision.NONE:
        row.replaced_at = run.finished_at
        row.save(update_fields=["replaced_at"])
        return
    if row.verdict != Finding.Verdict.BACKGROUND:
        before = {"verdict": row.verdict}
        row.verdict, row.run, row.explanation, row.changed_at = "background", run, GONE, run.finished_at
        row.save()
        events.write(
            by=author, verb="finding.judge", subject=row, data=events.changes(before, {"verdict": row.verdict})
        )


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
