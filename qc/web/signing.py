"""Recognising who signs: the password is asked for again, and a wrong one counts like a failed login."""

from __future__ import annotations

from django.contrib.auth import authenticate
from django.db import models
from django.utils.translation import gettext as _

from qc.errors import Refused
from qc.services import signatures
from qc.web.access import InsideRequest


def proof_of(request: InsideRequest, password: str, *, subject: models.Model) -> signatures.Proof:
    """That the person at the screen is who is logged in. Refused beside the password, and kept in the trail, if not.

    The password goes to Django's own check and nowhere else; too many wrong ones close the account for a while.
    """
    person = authenticate(request, username=request.user.get_username(), password=password)
    if person is None or person.pk != request.user.pk:
        signatures.refuse(request.user, subject=subject)
        text = _("This is not your password, or it was wrong too often. Nothing was signed.")
        raise Refused(text, fields={"password": text})
    return signatures.Proof(request.user.pk)
