"""The supplier's pages worth a picture."""

from __future__ import annotations

from collections.abc import Iterator

from qc.models import User
from suppliers.models import ControlledShipping, CorrectiveActionRequest, CostClaim
from suppliers.services import links

Stop = tuple[str, str, str]
STANDING = (
    ("home", ""),
    ("list", "requests/"),
    ("list-none", "requests/?q=nothingatall"),
    ("scorecard", "score/"),
    ("contacts", "contacts/"),
    ("invite", "contacts/invite/"),
    ("own-settings", "contacts/me/"),
)


def portal_stops(someone: User | None) -> Iterator[Stop]:
    """The pages of one supplier's person; a fresh link to one request is made for its own page."""
    for name, path in STANDING:
        yield f"portal-{name}", "supplier", f"/portal/{path}"
    yield "portal-link-over", "", "/portal/link/no-such-link/"
    if someone is None:
        return
    yield "portal-contact", "supplier", f"/portal/contacts/{someone.pk}/"
    yield from _agreed(someone)
    rows = CorrectiveActionRequest.objects.visible_to(someone)
    for status in ("open", "closed"):
        if row := rows.filter(status=status).order_by("pk").last():
            at = f"/portal/requests/{row.pk}/"
            yield f"portal-request-{status}", "supplier", at
            yield f"portal-messages-{status}", "supplier", f"{at}messages/"
            for code in ("containment", "root_cause", "plan"):
                yield f"portal-{code}-{status}", "supplier", f"{at}{code}/"
            yield f"portal-description-{status}", "supplier", f"{at}description/"
            if status == "open" and row.issued_by:
                _link, token = links.create(row.issued_by, request=row, contact=someone)
                yield "portal-link", "", links.path_of(token)


def _agreed(someone: User) -> Iterator[Stop]:
    """Controlled shipping and cost claims, as they are there."""
    if row := ControlledShipping.objects.visible_to(someone).first():
        yield "portal-shipping", "supplier", f"/portal/controlled/{row.pk}/"
    if claim := CostClaim.objects.visible_to(someone).first():
        yield "portal-claim", "supplier", f"/portal/claims/{claim.pk}/"
