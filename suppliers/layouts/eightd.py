"""The 8D report of a request, before it is a PDF or a workbook: our version with everything, the supplier's with what
it may see.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from qc import clock
from qc.models import EffectivenessCheck, Plant, User
from suppliers import agreed, answers, asked
from suppliers.models import CorrectiveActionRequest, Evidence, Stage, Submission


@dataclass(frozen=True)
class Fact:
    """A label and what belongs to it."""

    label: str
    text: str


@dataclass(frozen=True)
class Block:
    """A heading with its lines."""

    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Version:
    """A version of an answer: when it came, what was decided and why."""

    number: int
    sent: str
    decision: str
    reason: str


@dataclass(frozen=True)
class Step:
    """A stage with its dates, its versions and its last answer."""

    code: str
    title: str
    state: str
    due: str
    answered: str
    in_time: str
    is_late: bool
    versions: tuple[Version, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class File:
    """A file of the request; its digest says that it is the one that was meant."""

    name: str
    where: str
    sent: str
    size: int
    sha256: str


@dataclass(frozen=True)
class EightD:
    """The whole report."""

    title: str
    number: str
    state: str
    severity: str
    head: tuple[Fact, ...]
    problem: str
    expected: str
    steps: tuple[Step, ...]
    agreements: tuple[Block, ...]
    files: tuple[File, ...]
    made: str
    file_name: str


def report(viewer: User, row: CorrectiveActionRequest) -> EightD:
    """The report of a request with its stages prefetched, for one of our people or of the supplier's.

    Everything is fetched within what the viewer may see; the supplier's version names no case, no person who decided
    and no reason of ours but those that it was told.
    """
    now = clock.now()
    return EightD(
        title=_("8D report %(number)s") % {"number": row.number},
        number=row.number,
        state=row.get_status_display(),
        severity=row.get_severity_display(),
        head=tuple(_head(viewer, row)),
        problem=row.problem,
        expected=row.expected,
        steps=tuple(_step(viewer, row, stage) for stage in row.stages.all()),
        agreements=tuple(_agreements(viewer, row)),
        files=tuple(_files(viewer, row)),
        made=_("made %(when)s") % {"when": _at(now, row.plant)},
        file_name=f"{row.number}-8D",
    )


def _at(instant: dt.datetime | None, plant: Plant) -> str:
    return date_format(instant.astimezone(plant.zone), "j F Y, H:i") if instant else ""


def _day(day: dt.date | None) -> str:
    return date_format(day, "j F Y") if day else ""


def _head(viewer: User, row: CorrectiveActionRequest) -> Iterable[Fact]:
    last = max((stage for stage in row.stages.all()), key=lambda stage: stage.position, default=None)
    yield Fact(_("Supplier"), f"{row.supplier.name} ({row.supplier.code})")
    yield Fact(_("Customer plant"), str(row.plant))
    yield Fact(_("Title"), row.title)
    yield Fact(_("Part"), row.part_number)
    yield Fact(_("Lots"), ", ".join(line for line in row.lots.splitlines() if line.strip()))
    yield Fact(_("Quantity affected"), f"{row.quantity_affected.normalize():f}" if row.quantity_affected else "")
    yield Fact(_("Severity"), row.get_severity_display())
    yield Fact(_("State"), row.get_status_display())
    yield Fact(_("Contact"), str(row.contact or ""))
    yield Fact(
        _("Issued"), ", ".join(text for text in (_at(row.issued_at, row.plant), str(row.issued_by or "")) if text)
    )
    yield Fact(_("To be closed by"), _at(last.answer_due_at, row.plant) if last else "")
    yield Fact(_("Closed"), _at(row.closed_at, row.plant))
    if row.responsibility:
        yield Fact(_("Where the cause is"), row.get_responsibility_display())
    if row.dispute_reason:
        yield Fact(_("Objection of the supplier"), row.dispute_reason)
    if not viewer.is_outside or row.status == row.Status.CANCELLED:
        yield Fact(_("Why it ended"), row.close_reason)
    if not viewer.is_outside:
        yield from _ours(viewer, row)


def _ours(viewer: User, row: CorrectiveActionRequest) -> Iterable[Fact]:
    """What only our people read: the case, its action, and what the check of the effect says."""
    yield Fact(_("Case"), f"{row.nonconformance.number} {row.nonconformance.title}")
    yield Fact(_("Action on the case"), row.action.get_status_display())
    checks = EffectivenessCheck.objects.visible_to(viewer).filter(action=row.action)
    for check in checks:
        said = check.get_result_display() if check.result else _("not judged yet")
        yield Fact(_("Effectiveness check"), said)


def _step(viewer: User, row: CorrectiveActionRequest, stage: Stage) -> Step:
    versions = list(stage.submissions.all())  # newest first
    # The receipt is answered once; what is said about team and problem later does not make it late.
    first = stage.code == Stage.Code.ACKNOWLEDGE
    told = (versions[-1] if first else versions[0]) if versions else None
    said = next((each for each in versions if each.answers), told)
    blocks = answers.shown(stage.code, said.answers) if said else []
    return Step(
        code=stage.code,
        title=f"{stage.get_code_display()}: {asked.TITLES[stage.code]}",
        state=stage.get_status_display(),
        due=_at(stage.answer_due_at, row.plant),
        answered=_at(told.submitted_at, row.plant) if told else "",
        in_time=_in_time(told),
        is_late=told is not None and told.answer_due_at is not None and told.submitted_at > told.answer_due_at,
        versions=tuple(_version(viewer, row, stage, each) for each in reversed(versions)),
        blocks=tuple(
            Block(block.title, facts)
            for block in blocks
            if (facts := tuple(Fact(line.label, line.text) for line in block.lines if line.text))
        ),
    )


def _in_time(told: Submission | None) -> str:
    if told is None or told.answer_due_at is None:
        return ""
    return _("in time") if told.submitted_at <= told.answer_due_at else _("late")


def _version(viewer: User, row: CorrectiveActionRequest, stage: Stage, each: Submission) -> Version:
    decision = each.get_decision_display() if stage.code != Stage.Code.ACKNOWLEDGE else _("Receipt confirmed")
    if each.decided_at:
        decision += f", {_at(each.decided_at, row.plant)}"
        decision += f", {each.decided_by}" if not viewer.is_outside else ""
    return Version(each.version, f"{_at(each.submitted_at, row.plant)}, {each.submitted_by}", decision, each.reason)


def _agreements(viewer: User, row: CorrectiveActionRequest) -> Iterable[Block]:
    found = agreed.of_request(viewer, row)
    later = tuple(
        Fact(
            f"{each.stage}: {_day(each.wanted_on)}",
            " ".join(
                text for text in (each.get_status_display(), _day(each.granted_on), each.reason, each.answer) if text
            ),
        )
        for each in found["extensions"]
    )
    sorted_ = tuple(
        Fact(f"{each.shipping.level.upper()} {each.shipping.part_number}", each.progress.sentence)
        for each in found["shippings"]
    )
    claimed = tuple(
        Fact(
            f"{shown.amount}, {shown.claim.get_status_display()}",
            f"{_('Agreed')}: {shown.agreed}" if shown.agreed else "",
        )
        for shown in found["claims"]
    )
    blocks = (Block(_("Later dates"), later), Block(_("Controlled shipping"), sorted_), Block(_("Costs"), claimed))
    yield from (block for block in blocks if block.facts)


def sent_files(viewer: User, row: CorrectiveActionRequest) -> QuerySet[Evidence]:
    """Files that both sides have: what we shared and what was sent with an answer or a message; no drafts."""
    rows = Evidence.objects.visible_to(viewer).filter(request=row).select_related("stage", "submission")
    return rows.exclude(stage__isnull=False, submission__isnull=True).order_by("uploaded_at", "pk")


def where_of(file: Evidence) -> str:
    """What a file belongs to."""
    where = file.stage.get_code_display() if file.stage else _("with a message") if file.message_id else _("shared")
    return where + (f", {_('version')} {file.submission.version}" if file.submission is not None else "")


def _files(viewer: User, row: CorrectiveActionRequest) -> Iterable[File]:
    for each in sent_files(viewer, row):
        yield File(each.name, where_of(each), _at(each.uploaded_at, row.plant), each.size, each.sha256)
