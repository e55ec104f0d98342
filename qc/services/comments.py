"""Notes of our own people on a record. Suppliers never see them."""

from __future__ import annotations

import re

from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from qc import clock
from qc.models import Comment, User
from qc.permissions import is_inside, require
from qc.services import events, notices
from qc.services.scope import plant_of, require_visible
from qc.services.wording import given

LONGEST = 10_000
MOST_MENTIONED = 20
# A name as Django allows it, after an @ that is not part of an address; a full stop at its end ends the sentence.
MENTION = re.compile(r"(?<![\w.@+-])@([\w.@+-]{1,150})")
PAGES = {"qc.nonconformance": "/cases/{}/", "qc.defect": "/defects/{}/", "qc.finding": "/findings/{}/"}


@transaction.atomic
def write(by: User, *, subject: models.Model, text: str) -> Comment:
    """Write a note on a record that the person may read; who is named by @username and may read it too is told.

    Refused when it is empty or longer than 10,000 characters.
    """
    require(by, "comment.write")
    require_visible(by, subject)
    text = given(text, "text", _("The note is empty: write something."), longest=LONGEST)
    plant_id = plant_of(subject)
    comment = Comment.objects.create(
        subject_label=subject._meta.label_lower,
        subject_pk=subject.pk,
        plant_id=plant_id,
        text=text,
        by=by,
        at=clock.now(),
    )
    told = mentioned(text, subject)
    page = PAGES.get(subject._meta.label_lower, "/inbox/").format(subject.pk)
    words = _("%(by)s mentioned you at %(record)s: %(text)s") % {"by": by, "record": str(subject)[:80], "text": text}
    others = [person for person in told if person.pk != by.pk]
    notices.tell(to=others, key=f"comment.mention:{comment.pk}", text=words, path=page, subject=subject)
    data = {"comment": comment.pk, "text": text, "mentioned": [person.username for person in told]}
    events.write(by=by, verb="comment.write", subject=subject, data=data, plant_id=plant_id)
    return comment


def mentioned(text: str, subject: models.Model) -> list[User]:
    """Our people who are named by @username in a text and may read the record."""
    names = {name.lower() for raw in MENTION.findall(text) for name in (raw, raw.rstrip(".-+@"))}
    if not names:
        return []
    lower = User.objects.annotate(lower_name=Lower("username")).order_by("pk")
    people = lower.filter(lower_name__in=sorted(names)[: 2 * MOST_MENTIONED], is_active=True, supplier=None)
    readers = type(subject)._default_manager
    return [
        person
        for person in people[:MOST_MENTIONED]
        if is_inside(person) and readers.visible_to(person).filter(pk=subject.pk).exists()  # type: ignore[attr-defined]
    ]


def unheard(comment: Comment, subject: models.Model) -> list[str]:
    """The @names of a note that told nobody: no such person, or one who may not read the record."""
    told = {person.username.lower() for person in mentioned(comment.text, subject)}
    names = dict.fromkeys(raw.rstrip(".-+@") or raw for raw in MENTION.findall(comment.text))
    return [name for name in names if name.lower() not in told and f"{name}.".lower() not in told]
