"""What happens to suspect material: proposed, signed by the material review board, and only then decided."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import NotAllowed, Refused, Stale
from qc.models import Disposition, Nonconformance, Signature, User
from qc.services import board, signatures, steps, wording
from qc.services.wording import choice, given, short

D = Disposition.Decision
# Whoever does the work has to be told how.
NEEDS_INSTRUCTION = (D.REWORK, D.REPAIR, D.SORT)
MEANING = "Material review"


@transaction.atomic
def review(
    by: User,
    *,
    case: Nonconformance,
    suspect_quantity: object,
    lot_quantity: object = None,
    inspected_quantity: object = None,
    defective_quantity: object = None,
    version: int | None = None,
) -> Nonconformance:
    """Say how much material is suspect and hand the case to the material review.

    Refused unless it is above zero, and where the quantities do not add up: defective within inspected within lot, and
    all that is defective among the suspect.
    """
    current = steps.begin(by, case, "review", version=version)
    before = current.suspect_quantity
    current.suspect_quantity = wording.quantity(suspect_quantity, "suspect_quantity", above_zero=True)
    counts = {"lot": lot_quantity, "inspected": inspected_quantity, "defective": defective_quantity}
    data: dict[str, Any] = {f"{name}_quantity": value for name, value in counts.items() if value not in (None, "")}
    for name, value in data.items():
        setattr(current, name, wording.quantity(value, name))
    add_up(current)
    return steps.move(by, current, "review", suspect_quantity=[before, current.suspect_quantity], **data)


def add_up(case: Nonconformance) -> None:
    """Refuse quantities that cannot be: defective within inspected within lot, and suspect whatever is defective."""
    lot, inspected, defective = case.lot_quantity, case.inspected_quantity, case.defective_quantity
    if inspected is not None and lot is not None and inspected > lot:
        raise _misfit("inspected_quantity", _("More inspected than there is in the lot."))
    if defective is not None and inspected is not None and defective > inspected:
        raise _misfit("defective_quantity", _("More defective than inspected."))
    if defective is not None and case.suspect_quantity is not None and defective > case.suspect_quantity:
        raise _misfit("suspect_quantity", _("What is defective is suspect too: this is less than the defective ones."))


def _misfit(field: str, sentence: str) -> Refused:
    return Refused(sentence, fields={field: sentence})


@transaction.atomic
def dispose(
    by: User, *, case: Nonconformance, decision: str, quantity: object, instruction: str = "", reference: str = ""
) -> Disposition:
    """Propose what happens to a part of the suspect quantity; pending until the board has signed it.

    By a quality engineer, a manager or a member of the board. Refused when it exceeds what is left, or for rework,
    repair and sorting without an instruction.
    """
    current = steps.begin(by, case, "dispose")
    row = Disposition(nonconformance=current, decided_by=by, decided_at=clock.now())
    _take(row, board.undisposed(current), decision, quantity, instruction, reference)
    row.save(force_insert=True)
    steps.move(by, current, "dispose", disposition=row.pk, **_facts(row))
    return row


@transaction.atomic
def amend(
    by: User,
    *,
    disposition: Disposition,
    decision: str,
    quantity: object,
    instruction: str = "",
    reference: str = "",
    version: int | None = None,
) -> Disposition:
    """Change a disposition while the review goes on; signatures under what it was are void from then on.

    Refused as above; Stale when someone else changed it meanwhile.
    """
    row = _locked(by, disposition, version)
    before = _facts(row)
    left = board.undisposed(row.nonconformance) + row.quantity
    _take(row, left, decision, quantity, instruction, reference)
    difference: dict[str, Any] = {
        name: [before[name], value] for name, value in _facts(row).items() if before[name] != value
    }
    if difference:
        row.version += 1
        row.save()
        steps.move(by, row.nonconformance, "amend_disposition", disposition=row.pk, **difference)
    return row


@transaction.atomic
def withdraw(by: User, *, disposition: Disposition, reason: str, version: int | None = None) -> Disposition:
    """Take a disposition back while the review goes on; it stays to be seen. Refused without a reason."""
    row = _locked(by, disposition, version)
    row.withdraw_reason = given(reason, "reason", _("Say why it is taken back."))
    row.withdrawn_by, row.withdrawn_at = by, clock.now()
    row.version += 1
    row.save()
    steps.move(by, row.nonconformance, "withdraw_disposition", disposition=row.pk, reason=reason.strip(), **_facts(row))
    return row


@transaction.atomic
def sign(by: User, *, disposition: Disposition, proof: signatures.Proof, version: int | None = None) -> Signature:
    """Sign a disposition as a member of the material review board, for one's function there.

    NotAllowed for everybody else; Refused when the person has signed it already or no signature is missing; Stale when
    it is not any more what the person saw.
    """
    if not may_sign(by):
        raise NotAllowed(_("Only members of the material review board sign. A quality manager appoints them."))
    row = _locked(by, disposition, version)
    signed = board.decided([row])[0]
    if any(each.by_id == by.pk for each in signed.valid):
        raise Refused(_("You have signed this already; somebody else has to sign too."))
    if signed.is_signed:
        raise Refused(_("This disposition has all its signatures."))
    return signatures.sign(
        by,
        subject=row,
        meaning=f"{MEANING}: {row.get_decision_display()}",
        content=board.content(row),
        proof=proof,
        capacity=by.mrb_function,
        trail=row.nonconformance,
        verb="case.sign",
    )


def may_sign(user: User) -> bool:
    """Whether the person is a member of the board and of a role that changes something."""
    return user.is_mrb_member and not user.is_outside and steps.may(user, "case.dispose")


def waiting_for(user: User) -> list[Disposition]:
    """Dispositions that this member of the board may sign and has not: what waits on their first page."""
    if not may_sign(user):
        return []
    rows = Disposition.objects.visible_to(user).standing().select_related("nonconformance")
    waiting = board.decided(list(rows.filter(nonconformance__status=Nonconformance.Status.IN_REVIEW)))
    return [each.row for each in waiting if each.missing and all(one.by_id != user.pk for one in each.valid)]


@transaction.atomic
def finish_dispositions(by: User, *, case: Nonconformance, version: int | None = None) -> Nonconformance:
    """All suspect material has a signed disposition: the review is over. Refused with what is missing."""
    current = steps.begin(by, case, "finish_dispositions", version=version)
    return steps.move(by, current, "finish_dispositions", suspect_quantity=current.suspect_quantity)


def _locked(by: User, disposition: Disposition, version: int | None) -> Disposition:
    """The disposition as it is now, with its case locked in material review. Refused when it was taken back."""
    case = steps.begin(by, disposition.nonconformance, "dispose")
    row = Disposition.objects.select_for_update().get(pk=disposition.pk)
    row.nonconformance = case
    if version is not None and row.version != version:
        raise Stale(_("This disposition was changed by someone else meanwhile. Look at it again."))
    if row.withdrawn_at is not None:
        raise Refused(_("This disposition was taken back."))
    return row


def _take(row: Disposition, left: Decimal, decision: str, quantity: object, instruction: str, reference: str) -> None:
    row.decision = choice(decision, Disposition.Decision.values, "decision")
    row.quantity = wording.quantity(quantity, "quantity", above_zero=True)
    if row.quantity > left:
        text = _("Only %(left)s is left to decide on.") % {"left": steps.plain(left)}
        raise Refused(text, fields={"quantity": text})
    if decision in NEEDS_INSTRUCTION:
        instruction = given(instruction, "instruction", _("Say how it is done, for whoever does the work."))
    row.instruction = short(instruction, "instruction")
    row.reference = short(reference, "reference", longest=80)


def _facts(row: Disposition) -> dict[str, Any]:
    names = ("decision", "quantity", "instruction", "reference")
    return {name: getattr(row, name) for name in names}
