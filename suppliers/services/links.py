"""Links to one request: made by us or with a mail, opened by a contact without a password, checked at every step."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import NotAllowed, Refused
from qc.models import Notice, User
from qc.permissions import require
from qc.services import events, notices, people
from qc.services.wording import later
from suppliers.models import AccessLink, CorrectiveActionRequest
from suppliers.services import access

USUAL, LONGEST = 14, 90  # days
RENEWALS = 5  # mails with a fresh link to one person about one request on one day
_OF_A_REQUEST = re.compile(r"^/portal/requests/([0-9]{1,18})/(.*)$")


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def create(by: User, *, request: CorrectiveActionRequest, contact: User, days: int = USUAL) -> tuple[AccessLink, str]:
    """Make a link for a contact; its token is shown once and kept nowhere in clear text.

    Refused for a draft, for somebody who is no active contact of this supplier, and for more than 90 days.
    """
    require(by, "request.message")
    row = access.hold(by, request)
    if row.issued_at is None:
        raise Refused(_("The supplier does not see this request yet. Issue it first."))
    if contact.supplier_id != row.supplier_id or not contact.is_active:
        message = _("Choose one of the supplier's contacts who can log in.")
        raise Refused(message, fields={"contact": message})
    if not 1 <= days <= LONGEST:
        message = _("A link works for 1 to %(longest)d days.") % {"longest": LONGEST}
        raise Refused(message, fields={"days": message})
    return _new(by, row, contact, days, AccessLink.Kind.GIVEN)


def _new(
    by: User, request: CorrectiveActionRequest, contact: User, days: int, kind: AccessLink.Kind
) -> tuple[AccessLink, str]:
    token, now = secrets.token_urlsafe(32), clock.now()
    link = AccessLink.objects.create(
        request=request,
        user=contact,
        kind=kind,
        digest=digest_of(token),
        created_by=by,
        created_at=now,
        expires_at=now + dt.timedelta(days=days),
    )
    data = {"link": link.pk, "contact": contact.pk, "kind": kind.value, "expires_at": link.expires_at}
    events.write(by=by, verb="link.create", subject=request, data=data)
    return link, token


def find(token: str) -> AccessLink | None:
    """The link that a token belongs to, whether it still works or not."""
    return kept(digest_of(token))


def kept(digest: str) -> AccessLink | None:
    """The link with a digest, as it is now, with its person and request."""
    rows = AccessLink.objects.select_related("request__plant", "request__supplier", "user__supplier")
    return rows.filter(digest=digest).first()


@transaction.atomic
def use(link: AccessLink, *, address: str) -> AccessLink:
    """Note that a contact came in through a link, and from where. Refused when it does not work any more."""
    row = AccessLink.objects.select_related("request", "user").get(pk=link.pk)
    now = clock.now()
    if row.refusal(at=now):
        raise Refused(_("This link does not work any more."))
    AccessLink.objects.filter(pk=row.pk).update(uses=F("uses") + 1, last_used_at=now, last_used_from=address[:64])
    data = {"link": row.pk, "address": address[:64]}
    events.write(by=row.user, verb="link.use", subject=row.request, data=data)
    row.refresh_from_db(fields=["uses", "last_used_at", "last_used_from"])
    return row


def person_of(link: AccessLink) -> User:
    """The contact as whom the link acts: a user who reads and writes the one request and nothing else."""
    person = link.user
    person.limited_to = link.request_id
    return person


@transaction.atomic
def revoke(by: User, *, link: AccessLink) -> AccessLink:
    """End a link now, also for whoever has it open. Ours by whoever writes to suppliers, theirs by an administrator."""
    if by.is_outside:
        if not by.is_supplier_admin or by.limited_to is not None:
            raise NotAllowed(_("Only your company's administrator can do this."))
    else:
        require(by, "request.message")
    row = AccessLink.objects.visible_to(by).select_for_update(of=("self",)).select_related("request").get(pk=link.pk)
    if row.revoked_at is None:
        row.revoked_at, row.revoked_by = clock.now(), by
        row.save(update_fields=["revoked_at", "revoked_by"])
        events.write(by=by, verb="link.revoke", subject=row.request, data={"link": row.pk, "contact": row.user_id})
    return row


@transaction.atomic
def renew(link: AccessLink) -> None:
    """Mail the contact a fresh link, to the address that we know. Nothing is refused and nothing is answered.

    At most one an hour and five a day, for one person and request; nobody who left, and no request that is not issued.
    """
    now = clock.now()
    if link.refusal(at=now) == "closed" or not _is_there(link):
        return
    key = f"link:{link.request_id}:{link.user_id}:renewed"
    today = Notice.objects.filter(to=link.user, key__startswith=key, at__gte=now - dt.timedelta(days=1))
    if today.count() >= RENEWALS:
        return
    number, title = link.request.number, link.request.title
    text = later(lambda: _("Your new link to %(number)s: %(title)s") % {"number": number, "title": title})
    path = reverse("portal:request-detail", args=[link.request_id])
    hour = f"{key}:{now:%Y%m%d%H}"
    notices.tell(to=[link.user], key=hour, text=text, path=path, subject=link.request, urgent=True)


def _is_there(link: AccessLink) -> bool:
    person, request = link.user, link.request
    return person.is_active and person.supplier_id == request.supplier_id and request.issued_at is not None


def in_mails(reader: User, told: Sequence[Notice]) -> dict[int, str]:
    """For a supplier's person: a link per request that a mail is about, made while the mail is made."""
    if not reader.is_outside:
        return {}
    named = {notice.pk: _OF_A_REQUEST.match(notice.path) for notice in told}
    found = {pk: (int(match[1]), match[2]) for pk, match in named.items() if match}
    wanted = {request_pk for request_pk, _tail in found.values()}
    rows = CorrectiveActionRequest.objects.visible_to(reader).filter(pk__in=wanted)
    tokens = {row.pk: _mailed(row, reader) for row in rows}
    return {pk: path_of(tokens[request_pk], tail) for pk, (request_pk, tail) in found.items() if request_pk in tokens}


@transaction.atomic
def _mailed(request: CorrectiveActionRequest, reader: User) -> str:
    return _new(people.system(), request, reader, USUAL, AccessLink.Kind.MAIL)[1]


def path_of(token: str, tail: str = "") -> str:
    """The path of a link; `tail` is the page of the request where it leads."""
    path = reverse("portal:link-open", args=[token])
    tail = tail.partition("?")[0].strip("/")
    return f"{path}?to={tail}" if re.fullmatch(r"[a-z_-]{1,40}", tail) else path
