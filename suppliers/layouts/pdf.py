"""The 8D report as PDF/A-2b."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qc.render import typst
from suppliers.layouts.eightd import EightD, Step, Version
from suppliers.layouts.photos import Photo

TEMPLATE = Path(__file__).parent / "eightd.typ"
DIGEST = 12  # digits of a file's digest on paper; the workbook has all of them


def pdf(report: EightD, *, at: dt.datetime, photos: Sequence[Photo] = ()) -> bytes:
    """The PDF, dated `at`, with photos; the same report gives the same file."""
    shown = [{"svg": photo.svg, "name": photo.name, "where": photo.where} for photo in photos]
    return typst.pdf(TEMPLATE, _data(report) | {"photos": shown}, at=at)


def _data(report: EightD) -> dict[str, Any]:
    return {
        "title": report.title,
        "subtitle": f"{report.severity} · {report.state}",
        "made": report.made,
        "language": (get_language() or "en")[:2],
        "head": [dataclasses.asdict(fact) for fact in report.head if fact.text],
        "problem": report.problem,
        "expected": report.expected,
        "steps": [_step(step) for step in report.steps],
        "agreements": [dataclasses.asdict(block) for block in report.agreements],
        "files": [dataclasses.asdict(file) | {"digest": file.sha256[:DIGEST]} for file in report.files],
        "words": _words(),
    }


def _words() -> dict[str, Any]:
    return {
        "page": _("Page"),
        "of": _("of"),
        "problem": _("What is wrong"),
        "expected": _("What is expected"),
        "overview": _("Stages"),
        "columns": [_("Stage"), _("State"), _("Due"), _("Answered"), ""],
        "photos": _("Photos"),
        "files": _("Files"),
        "no_files": _("No file was sent."),
        "file_columns": [_("File"), _("Belongs to"), _("Sent"), "SHA-256"],
    }


def _step(step: Step) -> dict[str, Any]:
    line = [step.state]
    line += [f"{_('due')} {step.due}"] if step.due else []
    line += [f"{_('answered')} {step.answered}"] if step.answered else [_("not answered")]
    return {
        "title": step.title,
        "state": step.state,
        "due": step.due,
        "answered": step.answered,
        "in_time": step.in_time,
        "is_late": step.is_late,
        "line": " · ".join(line),
        "blocks": [dataclasses.asdict(block) for block in step.blocks],
        "versions": [_version(version) for version in step.versions],
    }


def _version(version: Version) -> dict[str, str]:
    title = _("Version %(number)d") % {"number": version.number}
    return {"title": title, "line": f"{version.sent}. {version.decision}.", "reason": version.reason}
