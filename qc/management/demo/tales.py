"""A case of the demonstration, told verb by verb: every verb is a service, done at its own time by its own person."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile

from qc.management.demo import people
from qc.management.demo.moments import local, seen_before
from qc.management.demo.steps import Step
from qc.management.demo.world import KDE, LATEST, Site
from qc.models import (
    Cause,
    CorrectiveAction,
    Defect,
    DefectType,
    EffectivenessCheck,
    Nonconformance,
    Part,
    Plant,
    Product,
    ProductionLine,
    SupplierLot,
)
from qc.services import actions, board, cases, comments, openings
from qc.services.signatures import Proof
from suppliers.models import CorrectiveActionRequest, Stage
from suppliers.services import escalation, requests

NAMESPACE = uuid.UUID("5f0d3a52-7f65-4c43-9d0b-0c6f0c1f2a11")
YEAR = 2026
MOST_LINKED, FEW = 60, 6


def key_of(name: str) -> uuid.UUID:
    """The idempotency key of a tale's case."""
    return uuid.uuid5(NAMESPACE, name)


def case_of(name: str) -> Nonconformance:
    """The case that a tale opened."""
    return Nonconformance.objects.select_related("plant", "defect_type").get(client_uuid=key_of(name))


class Tale:
    """The steps of one case. Times are `06-08 09:10` in the plant's zone."""

    def __init__(self, name: str, site: Site) -> None:
        self.name = name
        self.site = site
        self.steps: list[Step] = []

    @property
    def engineer(self) -> str:
        """The plant's quality engineer."""
        return "engineer.kde" if self.site is KDE else "engineer.apw"

    @property
    def case(self) -> Nonconformance:
        """The case as it is now."""
        return case_of(self.name)

    @property
    def request(self) -> CorrectiveActionRequest:
        """The request of the case, the latest when there are several."""
        return CorrectiveActionRequest.objects.filter(nonconformance=self.case).latest("pk")

    @property
    def action(self) -> CorrectiveAction:
        """The corrective action of the case, the latest when there are several."""
        return CorrectiveAction.objects.filter(nonconformance=self.case, kind="corrective").latest("pk")

    def instant(self, when: str) -> dt.datetime:
        """`06-08 09:10` at the plant."""
        day, clock = when.split()
        return local(self.site, dt.date.fromisoformat(f"{YEAR}-{day}"), clock)

    def then(self, when: str, what: str, do: Callable[[], object], *, work: bool = False) -> None:
        """Put a step on the timeline."""
        self.steps.append(Step(self.instant(when), f"{self.name}: {what}", do, work))

    def open(
        self,
        when: str,
        by: str,
        title: str,
        text: str,
        *,
        code: str,
        severity: str = "major",
        owner: str = "",
        line: str = "",
        product: str = "",
        part: str = "",
        lots: Sequence[str] = (),
        containment: str = "",
        scope: dict[str, Any] | None = None,
    ) -> None:
        """Open the case; `scope` (conditions on Defect) picks the records that are linked once the week is entered."""

        def do() -> None:
            plant = Plant.objects.get(code=self.site.code)
            cases.open_case(
                people.of(by),
                plant=plant,
                title=title,
                description=text,
                severity=severity,
                defect_type=DefectType.objects.get(code=code),
                line=ProductionLine.objects.filter(plant=plant, code=line).first(),
                product=Product.objects.filter(code=product).first(),
                part=Part.objects.filter(number=part).first(),
                supplier_lots=list(SupplierLot.objects.filter(plant=plant, code__in=lots)),
                containment=containment,
                owner=people.of(owner or self.engineer),
                client_uuid=key_of(self.name),
            )

        self.then(when, "opened", do)
        self.link(when, code, scope, line, part)

    def link(self, when: str, code: str, scope: dict[str, Any] | None, line: str, part: str) -> None:
        """Link the latest records of the scope; the week's records are entered on its Saturday."""
        opened = self.instant(when)
        places = [scope] if scope else seen_before(opened.date(), line, part)
        most = MOST_LINKED if scope else FEW
        saturday = dt.datetime.combine(opened.date(), dt.time(9), dt.UTC) + dt.timedelta(days=5 - opened.weekday())

        def do() -> None:
            rows = Defect.objects.filter(plant__code=self.site.code, defect_type__code=code, occurred_at__lt=saturday)
            found = (list(rows.filter(**place).counted().order_by("-occurred_at")[:most]) for place in places)
            latest = next(filter(None, found), [])
            if latest and self.case.is_open:
                cases.link_defects(people.of(self.engineer), case=self.case, defects=latest)
            else:
                openings.link(self.case, [defect.pk for defect in latest])

        at = min(saturday, LATEST + dt.timedelta(minutes=2))
        self.steps.append(Step(at, f"{self.name}: records linked", do))

    def contain(self, when: str, text: str, *, held: int | None = None, none_needed: bool = False) -> None:
        """Record a containment."""
        self.then(
            when,
            "contained",
            lambda: cases.contain(
                people.of(self.engineer), case=self.case, description=text, none_needed=none_needed, quantity_held=held
            ),
        )

    def judge(self, when: str, verdict: str, reason: str) -> None:
        """A person's verdict on the case."""
        self.then(
            when,
            "verdict",
            lambda: cases.edit(
                people.of(self.engineer), case=self.case, version=self.case.version, verdict=verdict, reason=reason
            ),
        )

    def review(self, when: str, quantity: int) -> None:
        """Hand the material to the review board."""
        self.then(
            when,
            "material review",
            lambda: cases.review(people.of(self.engineer), case=self.case, suspect_quantity=quantity),
        )

    def dispose(self, when: str, decision: str, quantity: int, text: str = "", *, by: str = "") -> None:
        """A member of the review board decides, and signs at once what one alone may sign."""
        self.then(
            when,
            "disposition",
            lambda: cases.dispose(
                people.of(by or self.engineer), case=self.case, decision=decision, quantity=quantity, instruction=text
            ),
        )
        if decision not in board.BY_TWO:
            self.sign(when, by=by)

    def sign(self, when: str, *, by: str = "") -> None:
        """A member of the review board signs the latest disposition."""

        def do() -> None:
            person = people.of(by or self.engineer)
            disposition = self.case.dispositions.latest("pk")
            cases.sign(person, disposition=disposition, proof=Proof(person.pk, "demonstration"))

        self.then(when, "signed", do)

    def finish_review(self, when: str) -> None:
        """All suspect material has a disposition."""
        self.then(when, "review finished", lambda: cases.finish_dispositions(people.of(self.engineer), case=self.case))

    def material(self, when: str, later: str, quantity: int, decision: str, text: str = "") -> None:
        """Review, one disposition for all of it, finished."""
        self.review(when, quantity)
        self.dispose(later, decision, quantity, text)
        self.finish_review(later)

    def investigate(self, when: str) -> None:
        """Look for the causes."""
        self.then(when, "investigation", lambda: cases.investigate(people.of(self.engineer), case=self.case))

    def cause(self, when: str, leg: str, statement: str, evidence: str, verification: str = "") -> None:
        """A cause, verified when it is said how."""

        def do() -> None:
            cause = cases.add_cause(
                people.of(self.engineer), case=self.case, leg=leg, statement=statement, evidence=evidence
            )
            if verification:
                fresh = Cause.objects.get(pk=cause.pk)
                cases.verify_cause(people.of(self.engineer), cause=fresh, verification=verification)

        self.then(when, f"cause ({leg})", do)

    def plan(self, when: str) -> None:
        """Decide what to do."""
        self.then(when, "action plan", lambda: cases.plan_actions(people.of(self.engineer), case=self.case))

    def act(
        self, when: str, title: str, *, owner: str, due: str, strength: str = "eliminate", kind: str = "corrective"
    ) -> None:
        """Give somebody something to do."""
        self.then(
            when,
            "action",
            lambda: actions.add(
                people.of(self.engineer),
                case=self.case,
                title=title,
                kind=kind,
                owner=people.of(owner),
                due_on=dt.date.fromisoformat(f"{YEAR}-{due}"),
                strength=strength,
            ),
        )

    def plan_check(self, when: str, *, days: int = 90, allowed: int | None = None) -> None:
        """Fix how the effect will be judged, before the fix."""
        self.then(
            when,
            "check planned",
            lambda: actions.plan_effectiveness(
                people.of(self.engineer), action=self.action, window_days=days, allowed=allowed
            ),
        )

    def carry_out(self, when: str, on: str, evidence: str, *, by: str) -> None:
        """The action is implemented."""
        self.then(
            when,
            "implemented",
            lambda: actions.carry_out(
                people.of(by),
                action=self.action,
                implemented_on=dt.date.fromisoformat(f"{YEAR}-{on}"),
                evidence=evidence,
            ),
        )

    def verify(self, when: str, *, by: str) -> None:
        """A second person saw it."""
        self.then(when, "action verified", lambda: actions.verify(people.of(by), action=self.action))

    def start_verifying(self, when: str) -> None:
        """Now the numbers have to show it."""
        self.then(when, "verifying", lambda: cases.start_verifying(people.of(self.engineer), case=self.case))

    def look(self, when: str) -> None:
        """The daily look at the numbers of the check, as the sweep does it."""

        def do() -> None:
            check = EffectivenessCheck.objects.filter(nonconformance=self.case).latest("pk")
            EffectivenessCheck.objects.filter(pk=check.pk).update(due_at=self.instant(when))
            actions.compute_check(check.pk)

        self.then(when, "numbers looked at", do, work=True)

    def close(self, when: str, reason: str = "", *, by: str = "manager") -> None:
        """Close the case."""
        self.then(when, "closed", lambda: cases.close(people.of(by), case=self.case, reason=reason))

    def waive(self, when: str, reason: str) -> None:
        """Close the case without proof."""
        self.then(when, "closed by a waiver", lambda: cases.waive(people.of("manager"), case=self.case, reason=reason))

    def cancel(self, when: str, reason: str) -> None:
        """End a case that should not have been one."""
        self.then(when, "cancelled", lambda: cases.cancel(people.of("manager"), case=self.case, reason=reason))

    def comment(self, when: str, by: str, text: str) -> None:
        """A note of ours."""
        self.then(when, "note", lambda: comments.write(people.of(by), subject=self.case, text=text))

    def draft(
        self,
        when: str,
        title: str,
        problem: str,
        *,
        contact: str,
        part: str,
        lots: str = "",
        quantity: int | None = None,
    ) -> None:
        """Prepare the request to the supplier."""

        def do() -> None:
            person = people.of(contact)
            assert person.supplier is not None  # noqa: S101  (a contact; this tells the type checker)
            requests.draft(
                people.of("sqe"),
                case=self.case,
                supplier=person.supplier,
                title=title,
                problem=problem,
                expected="Contain at once, find the cause with evidence, and answer stage by stage in time.",
                part_number=part,
                lots=lots,
                quantity_affected=None if quantity is None else Decimal(quantity),
                contact=person,
                client_uuid=key_of(f"{self.name} request {when}"),
            )

        self.then(when, "request drafted", do)

    def issue(self, when: str) -> None:
        """Send the request."""
        self.then(when, "request issued", lambda: requests.issue(people.of("sqe"), request=self.request))

    def acknowledge(self, when: str, by: str) -> None:
        """The supplier has it."""
        self.then(when, "acknowledged", lambda: requests.acknowledge(people.of(by), request=self.request))

    def stage(self, code: str) -> Stage:
        """A stage of the request."""
        return Stage.objects.select_related("request__plant").get(request=self.request, code=code)

    def answer(self, when: str, by: str, code: str, answers: dict[str, Any], *, file: str = "") -> None:
        """The supplier answers a stage; `file` is the text of a table that goes with it."""

        def do() -> None:
            files = [ContentFile(file.encode(), name="results.csv")] if file else []
            requests.submit(people.of(by), stage=self.stage(code), answers=answers, files=files)

        self.then(when, f"{code} answered", do)

    def accept(self, when: str, code: str) -> None:
        """We accept the answer."""
        self.then(when, f"{code} accepted", lambda: requests.accept(people.of("sqe"), stage=self.stage(code)))

    def give_back(self, when: str, code: str, reason: str) -> None:
        """We return the answer."""
        self.then(
            when,
            f"{code} returned",
            lambda: requests.return_stage(people.of("sqe"), stage=self.stage(code), reason=reason),
        )

    def spare(self, when: str, code: str, reason: str) -> None:
        """We do without the answer."""
        self.then(
            when,
            f"{code} waived",
            lambda: requests.waive_stage(people.of("sqe"), stage=self.stage(code), reason=reason),
        )

    def dispute(self, when: str, by: str, reason: str) -> None:
        """The supplier says that the cause is not with them."""
        self.then(when, "disputed", lambda: requests.dispute(people.of(by), request=self.request, reason=reason))

    def message(self, when: str, by: str, text: str) -> None:
        """A question or an answer between us and the supplier."""
        self.then(when, "message", lambda: requests.send_message(people.of(by), request=self.request, text=text))

    def close_request(self, when: str, reason: str = "") -> None:
        """Close the request."""
        self.then(when, "request closed", lambda: requests.close(people.of("sqe"), request=self.request, reason=reason))

    def remind(self, when: str, code: str) -> None:
        """The sweep's reminder of a stage."""

        def do() -> None:
            stage = self.stage(code)
            Stage.objects.filter(pk=stage.pk).update(due_at=self.instant(when))
            escalation.remind(stage.pk)

        self.then(when, f"{code} reminded", do, work=True)


def all_steps(tales: Sequence[Tale]) -> list[Step]:
    """The steps of many tales."""
    return [step for tale in tales for step in tale.steps]
