"""What happens to suspect material: the review by the material review board."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import Refused
from qc.models import Disposition, Nonconformance, User
from qc.services import steps, wording
from qc.services.wording import choice, given, short

D = Disposition.Decision
# Whoever does the work has to be told how.
NEEDS_INSTRUCTION = (D.REWORK, D.REPAIR, D.SORT)


@transaction.atomic
def review(by: User, *, case: Nonconformance, suspect_quantity: object, version: int | None = None) -> Nonconformance:
    """Say how much material is suspect and hand the case to the material review. Refused unless it is above zero."""
    current = steps.begin(by, case, "review", version=version)
    before = current.suspect_quantity
    current.suspect_quantity = wording.quantity(suspect_quantity, "suspect_quantity", above_zero=True)
    return steps.move(by, current, "review", suspect_quantity=[before, current.suspect_quantity])


@transaction.atomic
def dispose(by: User, *, case: Nonconformance, decision: str, quantity: object, instruction: str = "") -> Disposition:
    """Decide what happens to a part of the suspect quantity; by a member of the review board or a manager.

    Refused when it exceeds what is left, or for rework, repair and sorting without an instruction.
    """
    current = steps.begin(by, case, "dispose")
    choice(decision, Disposition.Decision.values, "decision")
    amount = wording.quantity(quantity, "quantity", above_zero=True)
    left = steps.undisposed(current)
    if amount > left:
        text = _("Only %(left)s is left to decide on.") % {"left": steps.plain(left)}
        raise Refused(text, fields={"quantity": text})
    if decision in NEEDS_INSTRUCTION:
        instruction = given(instruction, "instruction", _("Say how it is done, for whoever does the work."))
    disposition = Disposition.objects.create(
        nonconformance=current,
        decision=decision,
        quantity=amount,
        instruction=short(instruction, "instruction"),
        decided_by=by,
        decided_at=clock.now(),
    )
    data: dict[str, Any] = {
        "disposition": disposition.pk,
        "decision": decision,
        "quantity": amount,
        "instruction": instruction,
    }
    steps.move(by, current, "dispose", **data)
    return disposition


@transaction.atomic
def finish_dispositions(by: User, *, case: Nonconformance, version: int | None = None) -> Nonconformance:
    """All suspect material has a disposition: the review is over. Refused with the quantity that is missing."""
    current = steps.begin(by, case, "finish_dispositions", version=version)
    return steps.move(by, current, "finish_dispositions", suspect_quantity=current.suspect_quantity)
