"""My work: what waits for one person, the most urgent first, and what is late in the hands of others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import Count, F, Min, Q, QuerySet, Value

from qc import clock
from qc.models import CaseProposal, CorrectiveAction, Finding, Import, Nonconformance, User
from qc.permissions import may
from qc.services import dispositions
from reports import told
from reports.told import Waiting
from suppliers.models import CorrectiveActionRequest, CostClaim, Extension, Stage

MOST = 100  # rows of one kind on a page; a list shows the rest
UNDONE = (CorrectiveAction.Status.OPEN, CorrectiveAction.Status.IN_PROGRESS, CorrectiveAction.Status.REJECTED)


@dataclass(frozen=True)
class Source:
    """One kind of work: its rows for a person, and how a row is told."""

    rows: Callable[[User], QuerySet[Any]]
    told: Callable[[Any], Waiting]


def waiting_for(user: User) -> list[Waiting]:
    """What waits for this person, the most urgent first."""
    to_sign = [told.signature(row) for row in dispositions.waiting_for(user)]
    return sorted([*_told(user, SOURCES), *to_sign], key=lambda each: each.urgency)


def late_elsewhere(user: User) -> list[Waiting]:
    """What is late in the hands of others, for those who have to see to it."""
    return [each for each in _told(user, ELSEWHERE) if each.is_late]


def count(user: User) -> int:
    """How much waits for this person: one statement, and what the material review board has to sign."""
    numbers = [_number(source.rows(user)) for source in SOURCES]
    found = sum(cast("int", row["n"]) for row in numbers[0].union(*numbers[1:], all=True))
    return found + len(dispositions.waiting_for(user))


def _number(rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    every = rows.order_by().annotate(all_of=Value(1)).values("all_of")
    numbers: QuerySet[Any, Any] = every.annotate(n=Count("pk", distinct=True)).values("n")
    return numbers


def _told(user: User, sources: Iterable[Source]) -> list[Waiting]:
    found = [source.told(row) for source in sources for row in source.rows(user)[:MOST]]
    return sorted(found, key=lambda each: each.urgency)


# What waits for the person.


def _own_actions(user: User) -> QuerySet[Any]:
    rows = CorrectiveAction.objects.visible_to(user).filter(owner=user, status__in=UNDONE)
    return rows.select_related("nonconformance__plant").order_by(F("due_on").asc(nulls_last=True), "pk")


def _to_verify(user: User) -> QuerySet[Any]:
    """What others did for the person's cases; and what a case's owner did, which needs somebody else."""
    if not may(user, "action.verify"):
        return CorrectiveAction.objects.none()
    for_the_owner = Q(nonconformance__owner=user) | Q(done_by=F("nonconformance__owner"))
    rows = CorrectiveAction.objects.visible_to(user).filter(for_the_owner, status="done").exclude(done_by=user)
    return rows.select_related("nonconformance__plant", "done_by").order_by("done_at", "pk")


def _own_cases(user: User) -> QuerySet[Any]:
    uncontained = Q(status=Nonconformance.Status.OPEN, contain_due_at__lt=clock.now())  # told as such
    rows = Nonconformance.objects.visible_to(user).open().filter(~uncontained, owner=user)
    return rows.select_related("plant").order_by(F("due_on").asc(nulls_last=True), "pk")


def _uncontained(user: User) -> QuerySet[Any]:
    """Own cases that should be contained by now."""
    rows = Nonconformance.objects.visible_to(user).containment_late(at=clock.now()).filter(owner=user)
    return rows.select_related("plant").order_by("contain_due_at", "pk")


def _proposed(user: User) -> QuerySet[Any]:
    if not may(user, "case.open"):
        return CaseProposal.objects.none()
    rows = CaseProposal.objects.visible_to(user).waiting().exclude(finding__decision="none")  # first comes the decision
    return rows.select_related("finding__plant", "finding__defect_type").order_by("-at", "-pk")


def _extensions(user: User) -> QuerySet[Any]:
    if not may(user, "request.review"):
        return Extension.objects.none()
    rows = Extension.objects.visible_to(user).filter(_holds(user, "stage__request__"), status="open")
    return rows.select_related("stage__request__supplier", "stage__request__plant").order_by("asked_at", "pk")


def _claims(user: User) -> QuerySet[Any]:
    """Claims that the supplier does not accept."""
    rows = CostClaim.objects.visible_to(user).filter(_holds(user, "request__"), status="disputed")
    return rows.select_related("request__supplier", "request__plant").order_by("pk")


def _left_behind(user: User) -> QuerySet[Any]:
    """Cases of people who are gone: somebody has to take them."""
    if not may(user, "case.cancel"):
        return Nonconformance.objects.none()
    rows = Nonconformance.objects.visible_to(user).open().filter(owner__is_active=False)
    return rows.select_related("plant", "owner").order_by(F("due_on").asc(nulls_last=True), "pk")


def _holds(user: User, request: str = "") -> Q:
    """Who issued the request or owns its case; when both are gone, everybody whose role it is."""
    issuer, owner = f"{request}issued_by", f"{request}nonconformance__owner"
    gone = Q(**{f"{issuer}__is_active": False, f"{owner}__is_active": False})
    held = Q(**{issuer: user}) | Q(**{owner: user})
    return held | gone if may(user, "request.review") else held


def _to_review(user: User) -> QuerySet[Any]:
    if not may(user, "request.review"):
        return Stage.objects.none()
    rows = Stage.objects.visible_to(user).filter(_holds(user, "request__"), status="submitted", request__status="open")
    return rows.select_related("request__supplier", "request__plant").order_by("pk")


def _silent(user: User) -> QuerySet[Any]:
    rows = CorrectiveActionRequest.objects.visible_to(user).filter(_holds(user)).overdue(at=clock.now())
    return _since(rows)


def _since(rows: QuerySet[Any]) -> QuerySet[Any]:
    waits = Q(stages__status__in=["pending", "returned"])
    rows = rows.annotate(late_since=Min("stages__answer_due_at", filter=waits))
    return rows.select_related("supplier", "plant").order_by("late_since", "pk")


def _drafts(user: User) -> QuerySet[Any]:
    rows = CorrectiveActionRequest.objects.visible_to(user).filter(status="draft", action__created_by=user)
    return rows.select_related("supplier", "plant").order_by("pk")


def _undecided(user: User) -> QuerySet[Any]:
    if not may(user, "finding.decide"):
        return Finding.objects.none()
    rows = Finding.objects.visible_to(user).current().systemic().undecided()
    return rows.select_related("plant", "defect_type").order_by("-changed_at", "-pk")


def _imports(user: User) -> QuerySet[Any]:
    rows = Import.objects.visible_to(user).filter(by=user, status__in=["asking", "ready"])
    return rows.order_by("pk")


# What is late with others.


def _oversees(user: User) -> bool:
    return may(user, "case.edit") or user.role in (User.Role.PLANT_MANAGER, User.Role.PURCHASING)


def _late_cases(user: User) -> QuerySet[Any]:
    if not _oversees(user):
        return Nonconformance.objects.none()
    rows = Nonconformance.objects.visible_to(user).overdue(on=clock.today()).exclude(owner=user)
    return rows.select_related("plant", "owner").order_by("due_on", "pk")


def _late_actions(user: User) -> QuerySet[Any]:
    if not _oversees(user):
        return CorrectiveAction.objects.none()
    rows = CorrectiveAction.objects.visible_to(user).overdue(on=clock.today()).filter(status__in=UNDONE, request=None)
    related = ("nonconformance__plant", "owner", "supplier")
    return rows.exclude(owner=user).select_related(*related).order_by("due_on", "pk")


def _late_requests(user: User) -> QuerySet[Any]:
    if not _oversees(user):
        return CorrectiveActionRequest.objects.none()
    return _since(CorrectiveActionRequest.objects.visible_to(user).overdue(at=clock.now()).exclude(_holds(user)))


SOURCES = (
    Source(_own_cases, told.case),
    Source(_uncontained, told.uncontained),
    Source(_left_behind, told.orphan),
    Source(_own_actions, told.action),
    Source(_to_verify, told.done),
    Source(_to_review, told.answer),
    Source(_silent, told.silence),
    Source(_drafts, told.draft),
    Source(_extensions, told.extension),
    Source(_claims, told.claim),
    Source(_proposed, told.proposal),
    Source(_undecided, told.finding),
    Source(_imports, told.file),
)
ELSEWHERE = (
    Source(_late_cases, told.late_case),
    Source(_late_actions, told.late_action),
    Source(_late_requests, told.silence),
)
