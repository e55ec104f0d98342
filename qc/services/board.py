"""What the material review board has decided and signed, read from loaded rows: the steps and the page agree by it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qc.models import Disposition, Nonconformance, Signature, User
from qc.services import signatures

D = Disposition.Decision
ENGINEERING = User.BoardFunction.ENGINEERING
# Material that leaves as it is, or not as drawn, needs a second person, and engineering among them.
BY_TWO = frozenset({D.USE_AS_IS, D.REPAIR})


@dataclass(frozen=True, slots=True)
class Decided:
    """A disposition with its signatures: those that stand, those that a later change made void, what is missing."""

    row: Disposition
    valid: tuple[Signature, ...]
    void: tuple[Signature, ...]
    missing: str

    @property
    def is_signed(self) -> bool:
        """Whether it may be carried out."""
        return not self.missing


def content(disposition: Disposition) -> dict[str, Any]:
    """What a member of the board signs."""
    return {
        "case": disposition.nonconformance_id,
        "disposition": disposition.pk,
        "version": disposition.version,
        "decision": disposition.decision,
        "quantity": f"{disposition.quantity.normalize():f}",
        "instruction": disposition.instruction,
        "reference": disposition.reference,
    }


def needed(decision: str) -> int:
    """How many members have to sign."""
    return 2 if decision in BY_TWO else 1


def standing(case: Nonconformance) -> list[Disposition]:
    """The dispositions of a case that nobody has taken back."""
    return [row for row in case.dispositions.all() if row.withdrawn_at is None]


def undisposed(case: Nonconformance) -> Decimal:
    """How much of the suspect quantity has no disposition yet; negative when too much was disposed of."""
    return (case.suspect_quantity or Decimal(0)) - sum((row.quantity for row in standing(case)), Decimal(0))


def decided(rows: Sequence[Disposition]) -> list[Decided]:
    """These dispositions with their signatures, in one query."""
    found = signatures.about(Disposition, [row.pk for row in rows])
    return [_decided(row, found.get(row.pk, [])) for row in rows]


def _decided(row: Disposition, signed: Iterable[Signature]) -> Decided:
    now = signatures.digest(content(row))
    valid = tuple(each for each in signed if each.content_sha256 == now)
    void = tuple(each for each in signed if each.content_sha256 != now)
    return Decided(row, valid, void, "" if row.withdrawn_at else missing(row, valid))


def missing(row: Disposition, valid: Sequence[Signature]) -> str:
    """What a disposition still lacks, as a sentence; empty when it is signed."""
    left = needed(row.decision) - len({each.by_id for each in valid})
    engineering = row.decision in BY_TWO and all(each.capacity != ENGINEERING for each in valid)
    name = _("%(decision)s of %(quantity)s") % {
        "decision": row.get_decision_display(),
        "quantity": f"{row.quantity.normalize():f}",
    }
    if left > 0:
        text = ngettext(
            "%(name)s: %(n)d signature of the review board is missing",
            "%(name)s: %(n)d signatures of the review board are missing",
            left,
        ) % {"name": name, "n": left}
        return f"{text}, {_('one of them for engineering')}." if engineering else f"{text}."
    if engineering:
        return _("%(name)s: nobody has signed for engineering.") % {"name": name}
    return ""
