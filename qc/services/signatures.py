"""Electronic signatures: who, when, what it means, over a digest of exactly what was signed.

Whoever signs is recognised anew, a moment before: the door asks for the password, checks it and hands a `Proof` on.
The password is never stored. A signature stands for the content it was given to; after a change of the content it is
void, and stays to be seen.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import NotAllowed, Refused
from qc.models import Signature, User
from qc.services import events
from qc.services.scope import plant_of, require_visible
from qc.services.wording import given


@dataclass(frozen=True, slots=True)
class Proof:
    """That this person was recognised just now, and by what. Doors make it, after they have checked."""

    user_pk: int
    means: str = "password"


def digest(content: Mapping[str, Any]) -> str:
    """The digest of what is signed: every value that the signature stands for, by name."""
    return hashlib.sha256(events.canonical(content).encode()).hexdigest()


@transaction.atomic
def sign(
    by: User,
    *,
    subject: models.Model,
    meaning: str,
    content: Mapping[str, Any],
    proof: Proof,
    capacity: str = "",
    trail: models.Model | None = None,
    verb: str = "signature.sign",
) -> Signature:
    """Sign a record as it stands. `trail` is the record in whose history the event is written, the subject itself else.

    NotAllowed with somebody else's proof or for a record that is not the person's; Refused without a meaning and when
    the same person has signed the same content already.
    """
    if proof.user_pk != by.pk:
        raise NotAllowed(_("A signature is given by the person who typed the password."))
    require_visible(by, trail or subject)
    meaning = given(meaning, "meaning", _("Say what the signature means."), longest=120)
    signed = digest(content)
    if Signature.objects.about(subject).filter(by=by, content_sha256=signed).exists():
        raise Refused(_("You have signed this already; somebody else has to sign too."))
    signature = Signature.objects.create(
        subject_label=subject._meta.label_lower,
        subject_pk=subject.pk,
        plant_id=plant_of(trail or subject),
        by=by,
        at=clock.now(),
        meaning=meaning,
        capacity=capacity,
        proof=proof.means,
        content_sha256=signed,
    )
    data = {"signature": signature.pk, "meaning": meaning, "capacity": capacity, "proof": proof.means}
    data |= {"of": [signature.subject_label, signature.subject_pk], "content": dict(content), "sha256": signed}
    events.write(by=by, verb=verb, subject=trail or subject, data=data, plant_id=signature.plant_id)
    return signature


@transaction.atomic
def refuse(by: User, *, subject: models.Model) -> None:
    """Keep in the trail that somebody tried to sign and was not recognised."""
    require_visible(by, subject)
    events.write(by=by, verb="signature.refuse", subject=subject, plant_id=plant_of(subject))


def about(model: type[models.Model], keys: Collection[int]) -> dict[int, list[Signature]]:
    """The signatures under some records of one kind, in one query, the first one first."""
    found: dict[int, list[Signature]] = defaultdict(list)
    if keys:
        rows = Signature.objects.filter(subject_label=model._meta.label_lower, subject_pk__in=keys)
        for row in rows.select_related("by").order_by("at", "pk"):
            found[row.subject_pk].append(row)
    return found
