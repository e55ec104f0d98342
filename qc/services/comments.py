"""Notes of our own people on a record. Suppliers never see them."""

from __future__ import annotations

from django.db import models, transaction
from django.utils.translation import gettext as _

from qc import clock
from qc.models import Comment, User
from qc.permissions import require
from qc.services import events
from qc.services.scope import plant_of, require_visible
from qc.services.wording import given

LONGEST = 10_000


@transaction.atomic
def write(by: User, *, subject: models.Model, text: str) -> Comment:
    """Write a note on a record that the person may read. Refused when it is empty or longer than 10,000 characters."""
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
    events.write(
        by=by, verb="comment.write", subject=subject, data={"comment": comment.pk, "text": text}, plant_id=plant_id
    )
    return comment
