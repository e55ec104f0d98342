"""Where a request stands, from loaded rows: one step per stage, in the words of whoever looks at it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from suppliers import asked, due
from suppliers.models import CorrectiveActionRequest, Stage, Submission

WAITS = (Stage.Status.PENDING, Stage.Status.RETURNED)
Status = CorrectiveActionRequest.Status


@dataclass(frozen=True)
class Step:
    """A stage as a page shows it."""

    stage: Stage
    title: str
    label: str
    tone: str
    due: str
    is_late: bool
    is_now: bool
    answer: Submission | None

    @property
    def came_back_because(self) -> str:
        """Why the last answer came back; empty when it did not."""
        if self.stage.status != Stage.Status.RETURNED or self.answer is None:
            return ""
        return self.answer.reason


def steps(request: CorrectiveActionRequest, stages: Sequence[Stage], *, now: dt.datetime, outside: bool) -> list[Step]:
    """The stages of a request in order. `stages` have their submissions prefetched, newest first."""
    open_now = {stage.pk for stage in answerable(stages)} if request.status == Status.OPEN else set()
    return [_step(request, stage, now, outside, stage.pk in open_now) for stage in stages]


def answerable(stages: Sequence[Stage]) -> list[Stage]:
    """The stages that the supplier can answer now: containment never waits, the others for those before them."""
    return [stage for stage in stages if stage.status in WAITS and not blockers(stage, stages)]


def blockers(stage: Stage, stages: Sequence[Stage]) -> list[Stage]:
    """The earlier stages that have to be answered before this one."""
    if stage.code in (Stage.Code.ACKNOWLEDGE, Stage.Code.CONTAINMENT):
        return []
    earlier = (other for other in stages if other.position < stage.position)
    return [other for other in earlier if other.status in WAITS and other.code != Stage.Code.ACKNOWLEDGE]


def planned(request: CorrectiveActionRequest, *, at: dt.datetime) -> list[Stage]:
    """The stages that a draft would get if it were issued at an instant; unsaved."""
    not_asked = due.NOT_ASKED.get(request.severity, frozenset())
    return [
        Stage(
            request=request,
            position=position,
            code=code,
            status=Stage.Status.WAIVED if code in not_asked else Stage.Status.PENDING,
            answer_due_at=due.answer_due_at(at, request.severity, code, request.plant.zone),
        )
        for position, code in enumerate(Stage.Code.values)
    ]


def _step(request: CorrectiveActionRequest, stage: Stage, now: dt.datetime, outside: bool, is_now: bool) -> Step:
    waits = stage.status in WAITS and request.status in (Status.OPEN, Status.DRAFT)
    is_late = waits and request.status == Status.OPEN and stage.answer_due_at is not None and stage.answer_due_at < now
    answers = list(stage.submissions.all()) if stage.pk else []
    return Step(
        stage=stage,
        title=str(asked.TITLES[stage.code]) if outside else stage.get_code_display(),
        label=_label(stage, outside, is_now),
        tone=_tone(stage, is_late, is_now),
        due=due.in_words(stage.answer_due_at, now=now, zone=request.plant.zone) if waits else "",
        is_late=is_late,
        is_now=is_now,
        answer=answers[0] if answers else None,
    )


def _label(stage: Stage, outside: bool, is_now: bool) -> str:
    if not outside:
        return stage.get_status_display()
    words = {
        Stage.Status.PENDING: _("To do") if is_now else _("Later"),
        Stage.Status.SUBMITTED: _("Sent, being reviewed"),
        Stage.Status.RETURNED: _("Came back to you"),
        Stage.Status.ACCEPTED: _("Confirmed") if stage.code == Stage.Code.ACKNOWLEDGE else _("Accepted"),
        Stage.Status.WAIVED: _("Not needed"),
    }
    return words[Stage.Status(stage.status)]


def _tone(stage: Stage, is_late: bool, is_now: bool) -> str:
    if is_late:
        return "late"
    tones = {
        Stage.Status.PENDING: "active" if is_now else "neutral",
        Stage.Status.SUBMITTED: "active",
        Stage.Status.RETURNED: "bad",
        Stage.Status.ACCEPTED: "done",
        Stage.Status.WAIVED: "neutral",
    }
    return tones[Stage.Status(stage.status)]


def request_tone(request: CorrectiveActionRequest) -> str:
    """The tone of a request's state badge."""
    tones = {Status.OPEN: "active", Status.DISPUTED: "bad", Status.VERIFYING: "active", Status.CLOSED: "done"}
    return tones.get(Status(request.status), "neutral")


def sentence(request: CorrectiveActionRequest, found: Sequence[Step]) -> str:
    """What is so and who has to move, in one sentence for our side."""
    supplier = request.supplier
    if request.status == Status.DRAFT:
        return _("A draft: %(supplier)s does not see it yet.") % {"supplier": supplier}
    if request.status == Status.DISPUTED:
        return _("%(supplier)s says that the cause is not with them. Decide, then the clocks go on.") % {
            "supplier": supplier
        }
    if request.status == Status.VERIFYING:
        return _("Every stage is over. The case's effectiveness check has to show that it helps.")
    if request.status != Status.OPEN:
        return ""
    review = [step for step in found if step.stage.status == Stage.Status.SUBMITTED]
    if review:
        return _("%(stage)s was answered and waits for your review.") % {"stage": review[0].title}
    now = [step for step in found if step.is_now]
    if now:
        step = min(now, key=lambda each: (each.stage.answer_due_at is None, each.stage.answer_due_at))
        return _("%(supplier)s has to move: %(stage)s, %(when)s.") % {
            "supplier": supplier,
            "stage": step.title,
            "when": step.due,
        }
    return ""
