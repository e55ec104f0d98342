"""Judging: run the engine on a plant's records and keep what it says.

A **run of one type** judges what a changed record touches, at once, with the background that the last full run learnt.
A **full run** learns that background again (how much lines, machines, products and lots differ by nature, and the
family of p-values) and judges every type. It is due

- the first time, and when the method or the settings of the family have changed: nothing can be judged without it;
- when so many types are due at once (a day's import) that one full run is less work than all of theirs;
- when the plant's records have grown or shrunk by a tenth since the last one, and when units or lots changed, which all
  types share: the plant is due, a worker takes it up, and meanwhile single types go on with the background at hand;
- every night, so that no background is older than a day and a quiet type is looked at as time passes.

Both are safe to run twice or at once: a run that read older records than the stored one, or used a background that is
not the latest any more, keeps nothing and the work stays due.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import Q

from qc import clock, queue
from qc.analysis import verdicts
from qc.analysis.database import from_database
from qc.analysis.learnt import Background
from qc.analysis.settings import Settings
from qc.models import AnalysisRun, AnalysisTarget, DefectType, Plant, PlantTarget, Severity
from qc.services import case_rules, codes, events, identity, work
from qc.services.defects import FUTURE

Occasion = AnalysisRun.Occasion
GROWN, AT_LEAST = 0.1, 200  # share and number of records by which the plant has to differ from its last full run
MANY, SHARE = 5, 0.25  # types that are due at once, and their share of the plant's
NIGHT = dt.time(2)  # on the plant's clocks; plants follow each other by minutes


def analyse_target(target_pk: int) -> bool:
    """Judge a type that is due; False when another worker has it or nothing is due."""
    return work.run(AnalysisTarget.objects.all(), target_pk, _judge_target, unless_changed="input_version")


def analyse_whole(target_pk: int) -> bool:
    """Do the full run of a plant that is due; False when another worker has it or nothing is due."""
    return work.run(
        PlantTarget.objects.all(), target_pk, _judge_plant, lease=work.LONG_LEASE, unless_changed="input_version"
    )


def _judge_target(target: AnalysisTarget) -> dt.datetime | None:
    plant = target.plant
    if target.defect_type.merged_into_id or target.defect_type.is_recounting:
        codes.recount({target.defect_type_id})  # a big merge, or what was logged in the very moment of one
    full = latest_full(plant)
    if full is None or _many_are_due(plant):
        analyse_plant(plant)
    else:
        analyse_type(plant, target.defect_type, full)
    left = AnalysisTarget.objects.filter(pk=target.pk, judged_version__lt=target.input_version)
    return clock.now() if left.exists() else None


def _judge_plant(target: PlantTarget) -> dt.datetime:
    analyse_plant(target.plant)
    return night_after(target.plant, clock.now())


def _many_are_due(plant: Plant) -> bool:
    targets = AnalysisTarget.objects.filter(plant=plant)
    due = targets.filter(due_at__lte=clock.now(), parked_at=None).count()
    return due >= MANY and due >= SHARE * targets.count()


def latest_full(plant: Plant) -> AnalysisRun | None:
    """The full run whose background single types are judged with; None when a full run has to come first."""
    run = AnalysisRun.objects.filter(plant=plant, defect_type=None, background__isnull=False).order_by("-pk").first()
    if run is None or run.method_version != verdicts.METHOD_VERSION:
        return None
    return run if _of_family(run.parameters) == _of_family(_plain(Settings())) else None


def _of_family(parameters: dict[str, Any]) -> dict[str, Any]:
    """The settings that all types share."""
    return {name: value for name, value in parameters.items() if name != "tolerable"}


def analyse_plant(plant: Plant) -> AnalysisRun | None:
    """The full run: learn the background from all records, judge every type. None without records or when overtaken."""
    started_at = clock.now()
    before = AnalysisRun.objects.filter(plant=plant, defect_type=None).order_by("-pk").first()
    shared = PlantTarget.objects.filter(plant=plant).first()
    versions = _versions(plant)
    types = list(DefectType.objects.filter(Q(pk__in=versions) | Q(findings__plant=plant)).distinct())
    if not types:
        return None
    settings = settings_of(types)
    dataset = from_database(plant, until=started_at + FUTURE, fresh=True)  # a device's clock may be a little ahead
    answer = verdicts.judge(dataset, settings)
    with transaction.atomic():
        judged = _locked_versions(plant)
        if AnalysisRun.objects.filter(plant=plant, defect_type=None, pk__gt=before.pk if before else 0).exists():
            return None
        run = _record(plant, settings, answer, started_at, occasion=_occasion(before, shared, answer, len(dataset)))
        run.input_version = sum(versions.values())
        run.background, run.background_version = answer.background.as_dict(), answer.background.version
        run.rows = len(dataset)
        run.save()
        # Types that a faster run judged on newer records keep its word, and are judged again with the new background.
        current = [each for each in types if judged.get(each.pk, 0) <= versions.get(each.pk, 0)]
        identity.keep(run, current, answer.findings)
        _settle(plant, {each.pk: versions[each.pk] for each in current if each.pk in versions})
        _again(plant, [each.pk for each in types if each not in current])
        _plant_is_judged(plant, shared)
    case_rules.apply(plant, current)
    return run


def analyse_type(plant: Plant, defect_type: DefectType, full: AnalysisRun) -> AnalysisRun | None:
    """Judge one type with the background of a full run. None when a newer run was stored meanwhile."""
    started_at = clock.now()
    versions = {pk: version for pk, version in _versions(plant).items() if pk == defect_type.pk}
    settings = settings_of([defect_type])
    dataset = from_database(plant, until=started_at + FUTURE)
    learnt = Background.from_dict(full.background or {})
    answer = verdicts.judge(dataset, settings, learnt=learnt, only={defect_type.code})
    with transaction.atomic():
        judged = _locked_versions(plant, defect_type)
        newer = AnalysisRun.objects.filter(plant=plant, defect_type=None, pk__gt=full.pk)
        if newer.exists() or any(version > versions.get(pk, 0) for pk, version in judged.items()):
            return None
        run = _record(plant, settings, answer, started_at, occasion=Occasion.RECORDS)
        run.defect_type, run.input_version = defect_type, sum(versions.values())
        run.full_run, run.background_version, run.rows = full, full.background_version, len(dataset)
        run.save()
        identity.keep(run, [defect_type], answer.findings)
        _settle(plant, versions)
        if abs(len(dataset) - full.rows) > max(GROWN * full.rows, AT_LEAST):
            full_run_is_due(plant)
    case_rules.apply(plant, [defect_type])
    return run


def _versions(plant: Plant) -> dict[int, int]:
    """The input's version of each type, read before the records: these are then at least as new."""
    return dict(AnalysisTarget.objects.filter(plant=plant).values_list("defect_type_id", "input_version"))


def _locked_versions(plant: Plant, defect_type: DefectType | None = None) -> dict[int, int]:
    """Lock the targets, as every recorder does first and in this order; the versions that are judged already."""
    targets = AnalysisTarget.objects.filter(plant=plant)
    if defect_type is not None:
        targets = targets.filter(defect_type=defect_type)
    locked = targets.order_by("plant_id", "defect_type_id").select_for_update()
    return {target.defect_type_id: target.judged_version for target in locked}


def _record(
    plant: Plant, settings: Settings, answer: verdicts.Verdicts, started_at: dt.datetime, *, occasion: str
) -> AnalysisRun:
    return AnalysisRun(
        plant=plant,
        method_version=answer.method_version,
        parameters=_plain(settings),
        seed=settings.seed,
        data_digest=answer.digest,
        findings_digest=findings_digest(answer),
        exposure=answer.data["exposure"],
        occasion=occasion,
        started_at=started_at,
        finished_at=clock.now(),
    )


def findings_digest(answer: verdicts.Verdicts) -> str:
    """SHA-256 of all that a run said."""
    return hashlib.sha256(events.canonical([dataclasses.asdict(one) for one in answer.findings]).encode()).hexdigest()


def _occasion(
    before: AnalysisRun | None, shared: PlantTarget | None, answer: verdicts.Verdicts, rows: int
) -> AnalysisRun.Occasion:
    if before is None:
        return Occasion.FIRST
    if before.method_version != answer.method_version or _of_family(before.parameters) != _of_family(
        _plain(Settings())
    ):
        return Occasion.METHOD
    if shared is not None and shared.judged_version < shared.input_version:
        return Occasion.COUNTS
    return Occasion.GROWN if abs(rows - before.rows) > max(GROWN * before.rows, AT_LEAST) else Occasion.NIGHT


def _settle(plant: Plant, versions: dict[int, int]) -> None:
    """The types are judged up to these versions; input that came in meanwhile raised its version and stays due."""
    for defect_type_id, version in versions.items():
        target = AnalysisTarget.objects.filter(plant=plant, defect_type_id=defect_type_id)
        target.filter(judged_version__lt=version).update(judged_version=version)
        target.filter(input_version=version, parked_at=None).update(due_at=None, tries=0, error="")


def _again(plant: Plant, types: Collection[int]) -> None:
    for target in AnalysisTarget.objects.filter(plant=plant, defect_type__in=types, due_at=None, parked_at=None):
        AnalysisTarget.objects.filter(pk=target.pk).update(due_at=clock.now())
        queue.analysis_is_due(target.pk)


def _plant_is_judged(plant: Plant, seen: PlantTarget | None) -> None:
    """Up to the shared input that was seen before the records were read; the next full run is at night."""
    version = seen.input_version if seen else 0
    target, _ = PlantTarget.objects.get_or_create(plant=plant)
    PlantTarget.objects.filter(pk=target.pk, judged_version__lt=version).update(judged_version=version)
    rows = PlantTarget.objects.filter(pk=target.pk, input_version=version, parked_at=None)
    rows.update(due_at=night_after(plant, clock.now()), tries=0, error="")


def night_after(plant: Plant, instant: dt.datetime) -> dt.datetime:
    """The next night's full run, on the plant's clocks."""
    local = instant.astimezone(plant.zone)
    tonight = dt.datetime.combine(local.date(), NIGHT, plant.zone) + dt.timedelta(minutes=plant.pk % 60)
    return tonight if tonight > local else tonight + dt.timedelta(days=1)


def full_run_is_due(plant: Plant) -> None:
    """Have a worker do the plant's full run after this transaction."""
    target, _ = PlantTarget.objects.get_or_create(plant=plant)
    PlantTarget.objects.filter(pk=target.pk).update(due_at=clock.now(), tries=0, parked_at=None, error="")
    queue.plant_is_due(target.pk)


def settings_of(types: Collection[DefectType]) -> Settings:
    """The engine's settings for these types: what people tolerate; of a critical defect nothing unless they say so."""
    limits = {each.code: 0 if each.severity == Severity.CRITICAL else None for each in types}
    limits |= {each.code: each.tolerable for each in types if each.tolerable is not None}
    return Settings(tolerable={code: float(limit) for code, limit in limits.items() if limit is not None})


def _plain(settings: Settings) -> dict[str, Any]:
    """Settings as they are stored."""
    plain: dict[str, Any] = json.loads(events.canonical(dataclasses.asdict(settings)))
    return plain
