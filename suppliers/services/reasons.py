"""The reasons that people give with a decision."""

from __future__ import annotations

from django.utils.translation import gettext as _

from qc.errors import Refused

LONGEST_REASON = 2000


def required_reason(reason: str, field: str = "reason") -> str:
    """The reason without blanks around it. Refused when it is empty or too long."""
    reason = reason.replace("\x00", "").strip()
    if not reason:
        raise Refused(_("A reason is needed."), fields={field: _("Say why.")})
    if len(reason) > LONGEST_REASON:
        raise Refused(_("The reason is too long."), fields={field: _("At most 2,000 characters.")})
    return reason
