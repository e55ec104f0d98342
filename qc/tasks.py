"""Celery doors of the core: a name, limits, one call."""

from __future__ import annotations

from celery import shared_task

from qc import queue
from qc.models import AnalysisTarget, Digest, EffectivenessCheck, Export, Import, PlantTarget
from qc.services import analyses, effectiveness, exports, imports, notices, work


@shared_task(soft_time_limit=work.SOFT_LIMIT, time_limit=work.HARD_LIMIT)
def analyse(target_pk: int) -> None:
    """Judge a defect type of a plant again."""
    analyses.analyse_target(target_pk)


@shared_task(soft_time_limit=work.LONG_SOFT_LIMIT, time_limit=work.LONG_HARD_LIMIT)
def analyse_plant(target_pk: int) -> None:
    """Do the full run of a plant."""
    analyses.analyse_whole(target_pk)


@shared_task(soft_time_limit=work.SOFT_LIMIT, time_limit=work.HARD_LIMIT)
def check_effectiveness(check_pk: int) -> None:
    """Compute whether a fix helped."""
    effectiveness.compute_check(check_pk)


@shared_task(soft_time_limit=work.SOFT_LIMIT, time_limit=work.HARD_LIMIT)
def send_digest(digest_pk: int) -> None:
    """Send a person's notices of the day."""
    notices.send_digest(digest_pk)


@shared_task(soft_time_limit=exports.SOFT_LIMIT, time_limit=exports.HARD_LIMIT)
def make_export(export_pk: int) -> None:
    """Make the file of a large list."""
    exports.produce(export_pk)


@shared_task(soft_time_limit=work.LONG_SOFT_LIMIT, time_limit=work.LONG_HARD_LIMIT)
def run_import(import_pk: int) -> None:
    """Read, save or take back an import."""
    imports.run(import_pk)


@shared_task(soft_time_limit=work.SOFT_LIMIT, time_limit=work.HARD_LIMIT)
def sweep() -> None:
    """Find what is due and hand it to the workers."""
    work.sweep(
        {
            AnalysisTarget: queue.analysis_is_due,
            PlantTarget: queue.plant_is_due,
            EffectivenessCheck: queue.effectiveness_is_due,
            Digest: queue.digest_is_due,
            Import: queue.import_is_due,
            Export: queue.export_is_due,
        }
    )
