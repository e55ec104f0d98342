"""Defects of the case, copied for the supplier."""

from __future__ import annotations

import io

import pytest
from django.core.files.base import ContentFile
from PIL import Image

from qc.errors import NotAllowed, Refused
from qc.models import Attachment, Defect, Event, Nonconformance, User
from suppliers.models import CorrectiveActionRequest, Evidence, SharedDefect
from suppliers.services import facts, sharing
from tests import factories as make
from tests import record_factories as records
from tests.suppliers import flow

Request = CorrectiveActionRequest


@pytest.fixture
def defect(case: Nonconformance, acme: User) -> Defect:
    """A defect of the case, of Acme's part."""
    row = make.DefectFactory(
        plant=case.plant, supplier=acme.supplier, quantity=3, note="INTERNAL-NOTE", serial="S-77", inspector="I. Nside"
    )
    case.defects.add(row)
    return row


@pytest.fixture
def photo(defect: Defect) -> Attachment:
    data = io.BytesIO()
    Image.new("RGB", (8, 6), "red").save(data, "PNG")
    return records.AttachmentFactory(
        subject_label="qc.defect", subject_pk=defect.pk, plant=defect.plant, content_type="image/png",
        name="pin.png", file=ContentFile(data.getvalue(), name="pin.png"),
    )  # fmt: skip


def test_the_facts_are_copied_and_our_notes_are_not(
    request_: Request, defect: Defect, photo: Attachment, engineer: User, acme: User
) -> None:
    sharing.share_defects(engineer, request=request_, defects=[defect], photos=[photo])
    shared = SharedDefect.objects.visible_to(acme).get()
    assert (shared.number, shared.quantity, shared.serial) == (defect.number, 3, "S-77")
    assert shared.what == str(defect.defect_type)
    values = str(SharedDefect.objects.values().get())
    assert "INTERNAL" not in values and "I. Nside" not in values
    assert Evidence.objects.visible_to(acme).get().defect == shared
    assert not Evidence.objects.shared().exists()
    defect.serial = "changed later"
    defect.save()
    shared.refresh_from_db()
    assert shared.serial == "S-77"


def test_a_defect_is_shared_once(request_: Request, defect: Defect, photo: Attachment, engineer: User) -> None:
    for _time in range(2):
        sharing.share_defects(engineer, request=request_, defects=[defect], photos=[photo])
    assert SharedDefect.objects.count() == Evidence.objects.count() == 1


@pytest.mark.parametrize("whose", ["another case", "another supplier", "void"])
def test_a_defect_that_is_not_the_suppliers_of_this_case_is_refused(
    request_: Request, defect: Defect, case: Nonconformance, rival: User, engineer: User, whose: str
) -> None:
    wrong = make.DefectFactory(plant=case.plant, supplier=rival.supplier if whose == "another supplier" else None)
    if whose != "another case":
        case.defects.add(wrong)
    if whose == "void":
        Defect.objects.filter(pk=wrong.pk).update(status="void", void_reason="x")
    with pytest.raises(Refused):
        sharing.share_defects(engineer, request=request_, defects=[defect, wrong])
    assert not SharedDefect.objects.exists()


def test_a_photo_of_another_defect_is_refused(
    request_: Request, defect: Defect, photo: Attachment, engineer: User
) -> None:
    Attachment.objects.filter(pk=photo.pk).update(subject_pk=defect.pk + 1)
    photo.refresh_from_db()
    with pytest.raises(Refused, match="no photo of a defect"):
        sharing.share_defects(engineer, request=request_, defects=[defect], photos=[photo])
    assert not SharedDefect.objects.exists() and not Evidence.objects.exists()


def test_a_defect_is_taken_out_with_its_photos(
    request_: Request, defect: Defect, photo: Attachment, engineer: User, acme: User
) -> None:
    (shared,) = sharing.share_defects(engineer, request=request_, defects=[defect], photos=[photo])
    sharing.unshare_defect(engineer, shared=shared)
    assert not SharedDefect.objects.exists() and not Evidence.objects.exists()
    assert Event.objects.get(verb="request.unshare_defect").data == {"defect": defect.number, "photos": ["pin.png"]}
    assert Attachment.objects.filter(pk=photo.pk).exists()


@pytest.mark.parametrize("role", ["inspector", "auditor", "purchasing", "acme"])
def test_who_does_not_issue_requests_shares_nothing(
    request: pytest.FixtureRequest, request_: Request, defect: Defect, role: str
) -> None:
    with pytest.raises(NotAllowed):
        sharing.share_defects(request.getfixturevalue(role), request=request_, defects=[defect])


def test_a_file_of_another_suppliers_defect_is_not_copied_into_a_request(
    case: Nonconformance, defect: Defect, photo: Attachment, rival: User, engineer: User, acme: User
) -> None:
    Defect.objects.filter(pk=defect.pk).update(supplier=rival.supplier)
    with pytest.raises(Refused, match="another supplier"):
        flow.draft(engineer, case, acme.supplier, evidence=[photo])
    assert photo not in facts.attachments(engineer, case, acme.supplier)
    assert photo in facts.attachments(engineer, case, rival.supplier)
    assert not Evidence.objects.exists()
