"""Messages with files, and what each side has not read."""

from __future__ import annotations

import datetime as dt

import pytest

from qc import clock
from qc.errors import NotAllowed, Refused
from qc.models import Notice, User
from suppliers.models import CorrectiveActionRequest, Evidence
from suppliers.services import messages
from tests import factories as make
from tests.suppliers import flow

Request = CorrectiveActionRequest


def test_a_file_comes_with_a_message_and_is_not_among_the_shared_ones(
    request_: Request, acme: User, engineer: User
) -> None:
    said = messages.send_message(acme, request=request_, text="See the photo.", files=[flow.photo("green.png")])
    file = said.files.get()
    assert (file.name, file.uploaded_by) == ("green.png", acme)
    assert list(Evidence.objects.visible_to(engineer)) == [file]
    assert not Evidence.objects.shared().exists()


def test_a_file_that_is_not_accepted_keeps_the_message_back(request_: Request, acme: User) -> None:
    bad = flow.photo("drawing.svg")
    bad.file.seek(0)
    bad.file.truncate()
    bad.file.write(b"<svg onload=alert(1)>")
    bad.file.seek(0)
    with pytest.raises(Refused) as refusal:
        messages.send_message(acme, request=request_, text="x", files=[bad])
    assert "drawing.svg" in refusal.value.fields["files"]
    assert not request_.messages.exists() and not Evidence.objects.exists()


def test_each_side_has_unread_what_the_other_wrote(request_: Request, acme: User, engineer: User) -> None:
    keys = [request_.pk]
    messages.send_message(engineer, request=request_, text="Which lots?")
    assert messages.unread(acme, keys) == {request_.pk: 1}
    assert messages.unread(engineer, keys) == {}
    messages.mark_read(acme, request=request_)
    assert messages.unread(acme, keys) == {}
    with clock.frozen_at(make.NOON + dt.timedelta(hours=1)):
        messages.send_message(acme, request=request_, text="L-1.")
        messages.send_message(acme, request=request_, text="And L-2.")
        assert messages.unread(engineer, keys) == {request_.pk: 2}
        colleague = make.UserFactory(role="supplier", supplier=acme.supplier)
        assert messages.unread(colleague, keys) == {request_.pk: 1}  # each person's own


def test_an_answer_counts_as_having_read(request_: Request, acme: User, engineer: User) -> None:
    messages.send_message(engineer, request=request_, text="Which lots?")
    messages.send_message(acme, request=request_, text="L-1.")
    assert messages.unread(acme, [request_.pk]) == {}


def test_other_suppliers_have_nothing_to_read(request_: Request, rival: User, engineer: User) -> None:
    messages.send_message(engineer, request=request_, text="Which lots?")
    assert messages.unread(rival, [request_.pk]) == {}
    with pytest.raises(NotAllowed):
        messages.send_message(rival, request=request_, text="x")


def test_a_notice_leads_straight_to_the_form(request_: Request, acme: User, engineer: User) -> None:
    messages.send_message(engineer, request=request_, text="Which lots?")
    assert Notice.objects.get(to=acme, key__startswith="message").path == f"/portal/requests/{request_.pk}/messages/"
    messages.send_message(acme, request=request_, text="L-1.")
    assert Notice.objects.get(to=engineer, key__startswith="message").path == f"/requests/{request_.pk}/#messages"


def test_a_notice_speaks_the_language_of_whoever_gets_it(request_: Request, acme: User, engineer: User) -> None:
    User.objects.filter(pk=acme.pk).update(language="de")
    messages.send_message(engineer, request=request_, text="Which lots?")
    messages.send_message(User.objects.get(pk=acme.pk), request=request_, text="L-1.")
    said = {notice.to_id: notice.text for notice in Notice.objects.filter(key__startswith="message")}
    assert said[acme.pk] == f"{engineer} zu {request_.number}: Which lots?"
    assert said[engineer.pk] == f"{acme} about {request_.number}: L-1."
