"""Repeating a run: the same records, settings, seed and background have to give the same findings."""

from __future__ import annotations

from dataclasses import dataclass

from qc.analysis import verdicts
from qc.analysis.asof import as_of
from qc.analysis.learnt import Background
from qc.analysis.settings import Settings
from qc.models import AnalysisRun
from qc.services.analyses import findings_digest
from qc.services.defects import FUTURE


@dataclass(frozen=True, slots=True)
class Repeated:
    """What came of doing a run again. `is_equal` is None where it could not be done, and `text` says why."""

    is_equal: bool | None
    text: str
    data_digest: str
    findings_digest: str


def repeat(run: AnalysisRun) -> Repeated:
    """Do a run again on the records as they stood when it started, and compare its data and its findings.

    Corrected records are taken back to what they were. Units made and lots used are read as they are today, and codes
    by their present names: where these changed, the data differ and the findings are not compared.
    """
    if run.method_version != verdicts.METHOD_VERSION:
        text = f"The run used method {run.method_version}; this is method {verdicts.METHOD_VERSION}."
        return Repeated(None, text, "", "")
    dataset = as_of(run.plant, until=run.started_at + FUTURE, at=run.started_at)
    digest = dataset.digest()
    if digest != run.data_digest:
        text = (
            f"The data are not the run's any more: {len(dataset)} records now, {run.rows} then. Units, lots or names "
            "have changed since, or a record was saved while the run read."
        )
        return Repeated(None, text, digest, "")
    source = run.full_run or run
    learnt = Background.from_dict(source.background) if run.full_run and source.background else None
    only = {run.defect_type.code} if run.defect_type else None
    answer = verdicts.judge(dataset, Settings(**run.parameters), learnt=learnt, only=only)
    said = findings_digest(answer)
    is_equal = said == run.findings_digest
    text = "Equal: the same data, the same findings." if is_equal else "The findings differ from those of the run."
    return Repeated(is_equal, text, digest, said)
