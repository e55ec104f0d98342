"""Saying which cases belong together."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import Refused
from qc.models import CaseLink, Nonconformance, User
from qc.permissions import require
from qc.services import events
from qc.services.scope import require_visible
from qc.services.wording import choice


@transaction.atomic
def link(by: User, *, case: Nonconformance, number: str, kind: str) -> CaseLink:
    """Say how a case stands to another one, named by its number; also of finished cases.

    Refused for a number that the person cannot find, for itself, and when the two are linked already.
    """
    require(by, "case.edit")
    require_visible(by, case)
    choice(kind, CaseLink.Kind.values, "kind")
    wanted = number.replace("\x00", "").strip()[:40]
    other = Nonconformance.objects.visible_to(by).filter(number__iexact=wanted).first()
    if other is None:
        raise _wrong(_("There is no case %(number)s that you may read.") % {"number": wanted or "?"})
    if other.pk == case.pk:
        raise _wrong(_("This is the case itself."))
    # Both ways at once would say the same twice: who is first locks the lower one.
    list(Nonconformance.objects.select_for_update().filter(pk__in=[case.pk, other.pk]).order_by("pk"))
    if CaseLink.objects.filter(Q(case=case, other=other) | Q(case=other, other=case)).exists():
        raise _wrong(_("The two are linked already."))
    row = CaseLink.objects.create(case=case, other=other, kind=kind, made_by=by, made_at=clock.now())
    data = {"link": row.pk, "kind": kind}
    events.write(by=by, verb="case.link", subject=case, data={**data, "other": other.number})
    events.write(by=by, verb="case.link", subject=other, data={**data, "from": case.number})
    return row


@transaction.atomic
def unlink(by: User, *, row: CaseLink) -> None:
    """Take a link back."""
    require(by, "case.edit")
    require_visible(by, row)
    data = {"link": row.pk, "kind": row.kind, "from": row.case.number, "other": row.other.number}
    case, other = row.case, row.other
    row.delete()
    for each in (case, other):
        events.write(by=by, verb="case.unlink", subject=each, data=data)


def _wrong(sentence: str) -> Refused:
    return Refused(sentence, fields={"number": sentence})
