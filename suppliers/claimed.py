"""A cost claim as both sides read it: amounts as text, what it is made of, who said what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from qc.models import CaseCost
from suppliers import money
from suppliers.models import ClaimMove, CostClaim


@dataclass(frozen=True)
class Line:
    """A line with its amount as text."""

    text: str
    amount: str


@dataclass(frozen=True)
class Said:
    """A step of the history."""

    move: ClaimMove
    label: str
    amount: str


@dataclass(frozen=True)
class Shown:
    """The claim for a page or a report."""

    claim: CostClaim
    moves: Sequence[ClaimMove] = ()

    @property
    def amount(self) -> str:
        """What is claimed."""
        return money.shown(self.claim.amount_minor, self.claim.currency)

    @property
    def agreed(self) -> str:
        """What was agreed; empty before."""
        return money.shown(self.claim.agreed_minor, self.claim.currency)

    @property
    def lines(self) -> list[Line]:
        """What it is made of."""
        kinds = dict(CaseCost.Kind.choices)
        return [
            Line(str(kinds.get(line["what"], line["what"])), money.shown(line["amount"], self.claim.currency))
            for line in self.claim.basis
        ]

    @property
    def history(self) -> list[Said]:
        """Who said what, and about how much."""
        labels = dict(CostClaim.Status.choices)
        return [
            Said(move, str(labels[CostClaim.Status(move.status)]), money.shown(move.amount_minor, self.claim.currency))
            for move in self.moves
        ]

    @property
    def last_amount(self) -> str:
        """The amount that was named last, as it is typed into a field."""
        named = [move.amount_minor for move in self.moves if move.amount_minor is not None]
        return money.plain(named[-1] if named else self.claim.amount_minor, self.claim.currency)

    @property
    def tone(self) -> str:
        """The tone of its state."""
        return {"disputed": "bad", "claimed": "active", "agreed": "active", "credited": "done"}.get(
            self.claim.status, "neutral"
        )

    @property
    def sentence(self) -> str:
        """What is so and who has to move, for our side."""
        said = {"supplier": self.claim.request.supplier, "amount": self.agreed or self.amount}
        sentences = {
            "draft": _("A draft: %(supplier)s does not see it yet."),
            "claimed": _("%(supplier)s has to answer: %(amount)s."),
            "disputed": _("%(supplier)s does not agree. Claim again, note what was agreed, or withdraw."),
            "agreed": _("%(amount)s is agreed. The credit note is missing."),
            "credited": _("%(amount)s was credited."),
            "withdrawn": _("The claim was withdrawn."),
        }
        return sentences[self.claim.status] % said
