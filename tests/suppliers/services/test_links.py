"""Links to one request: made, used, ended, asked for anew."""

from __future__ import annotations

import datetime as dt
import re
from urllib.parse import urlsplit

import pytest
from django.core import mail

from qc import clock
from qc.errors import NotAllowed, Refused
from qc.models import Digest, Event, Nonconformance, Notice, User
from qc.services import notices
from suppliers.models import AccessLink, CorrectiveActionRequest, Scorecard
from suppliers.services import links, requests, stages
from tests import factories as make
from tests import outside_factories as outside
from tests.suppliers import flow

Request = CorrectiveActionRequest


@pytest.fixture
def second_request(noon: dt.datetime, case: Nonconformance, engineer: User, acme: User) -> Request:
    """Another request to the same supplier."""
    return flow.issued(engineer, make.NonconformanceFactory(plant=case.plant, owner=engineer), acme.supplier)


def test_a_link_is_kept_hashed_and_lasts_two_weeks(request_: Request, engineer: User, acme: User) -> None:
    link, token = links.create(engineer, request=request_, contact=acme)
    assert len(token) >= 43  # 256 bits
    assert token not in str(AccessLink.objects.values().get())
    assert link.expires_at == make.NOON + dt.timedelta(days=14)
    found = links.find(token)
    assert found == link and links.find(token + "x") is None


def test_the_token_of_a_link_stands_in_no_record(request_: Request, engineer: User, acme: User) -> None:
    link, token = links.create(engineer, request=request_, contact=acme)
    links.use(link, address="192.0.2.7")
    links.revoke(engineer, link=link)
    for model in (Event, Notice, AccessLink):
        assert token not in str(list(model.objects.values())), model
    assert Event.objects.filter(data__icontains="192.0.2.7").exists()


@pytest.mark.parametrize("days", [0, -1, 91])
def test_a_link_of_no_time_or_of_too_much_is_refused(request_: Request, engineer: User, acme: User, days: int) -> None:
    with pytest.raises(Refused) as refusal:
        links.create(engineer, request=request_, contact=acme, days=days)
    assert "days" in refusal.value.fields
    assert not AccessLink.objects.exists()


def test_a_link_is_for_the_suppliers_own_people_only(
    request_: Request, engineer: User, rival: User, acme: User
) -> None:
    User.objects.filter(pk=acme.pk).update(is_active=False)
    acme.refresh_from_db()
    for person in (rival, engineer, acme):
        with pytest.raises(Refused):
            links.create(engineer, request=request_, contact=person)


def test_a_draft_has_no_links(noon: dt.datetime, case: Nonconformance, engineer: User, acme: User) -> None:
    with pytest.raises(Refused, match="Issue it first"):
        links.create(engineer, request=flow.draft(engineer, case, acme.supplier), contact=acme)


@pytest.mark.parametrize("role", ["inspector", "auditor", "plant_manager", "acme", "rival"])
def test_who_does_not_write_to_suppliers_makes_no_links(
    request: pytest.FixtureRequest, request_: Request, acme: User, role: str
) -> None:
    with pytest.raises(NotAllowed):
        links.create(request.getfixturevalue(role), request=request_, contact=acme)


def test_each_use_is_written_down_with_its_address(request_: Request, engineer: User, acme: User) -> None:
    link, _token = links.create(engineer, request=request_, contact=acme)
    links.use(link, address="192.0.2.7")
    link = links.use(link, address="192.0.2.8")
    assert (link.uses, link.last_used_from, link.last_used_at) == (2, "192.0.2.8", make.NOON)
    said = [(event.by, event.data["address"]) for event in Event.objects.filter(verb="link.use").order_by("sequence")]
    assert said == [(acme, "192.0.2.7"), (acme, "192.0.2.8")]


@pytest.mark.parametrize("end", ["revoked", "expired", "stopped", "moved"])
def test_a_link_that_ended_is_of_no_use(request_: Request, engineer: User, acme: User, rival: User, end: str) -> None:
    link, token = links.create(engineer, request=request_, contact=acme, days=3)
    later = make.NOON
    if end == "revoked":
        links.revoke(engineer, link=link)
    elif end == "expired":
        later += dt.timedelta(days=3)
    elif end == "stopped":
        User.objects.filter(pk=acme.pk).update(is_active=False)
    else:
        User.objects.filter(pk=acme.pk).update(supplier=rival.supplier)
    found = links.find(token)
    with clock.frozen_at(later):
        assert found is not None and found.refusal(at=later) != ""
        with pytest.raises(Refused):
            links.use(found, address="192.0.2.7")


def test_whoever_acts_through_a_link_reads_and_writes_one_request_only(
    request_: Request, second_request: Request, engineer: User, acme: User
) -> None:
    outside.ScorecardFactory(supplier=acme.supplier)
    link, token = links.create(engineer, request=request_, contact=acme)
    person = links.person_of(links.find(token) or link)
    assert list(Request.objects.visible_to(acme)) == [second_request, request_]
    assert list(Request.objects.visible_to(person)) == [request_]
    assert not Scorecard.objects.visible_to(person).exists()
    assert not AccessLink.objects.visible_to(person).exists()
    requests.acknowledge(person, request=request_)
    with pytest.raises(NotAllowed):
        requests.acknowledge(person, request=second_request)
    with pytest.raises(NotAllowed):
        stages.save_draft(person, stage=flow.stage(second_request, "containment"), answers={})


def test_the_suppliers_administrator_ends_a_link_and_a_colleague_does_not(
    request_: Request, engineer: User, acme: User, rival: User
) -> None:
    link, _token = links.create(engineer, request=request_, contact=acme)
    with pytest.raises(NotAllowed):
        links.revoke(acme, link=link)
    rival.is_supplier_admin = acme.is_supplier_admin = True
    with pytest.raises(AccessLink.DoesNotExist):
        links.revoke(rival, link=link)
    assert links.revoke(acme, link=link).revoked_by == acme


def sent_to(person: User) -> str:
    """The text of the last mail, after the person's digest was sent."""
    digest = Digest.objects.get(to=person)
    digest.due_at = clock.now()
    digest.save()
    assert notices.send_digest(digest.pk)
    return str(mail.outbox[-1].body)


def test_a_mail_about_a_request_brings_a_link_of_its_own(request_: Request, acme: User, engineer: User) -> None:
    requests.send_message(engineer, request=request_, text="Which lots?")
    said = sent_to(acme)
    found = re.findall(r"/portal/link/([\w-]+)/(\S*)", said)
    assert {tail for _token, tail in found} == {"", "?to=messages"}
    assert len({token for token, _tail in found}) == 1  # one for the request, not one a line
    link = links.find(found[0][0])
    assert link is not None and (link.user, link.request, link.kind) == (acme, request_, "mail")
    assert "/inbox/" not in said
    assert not Notice.objects.filter(path__contains="link").exists()  # nowhere in clear text


def test_our_own_people_get_no_links(request_: Request, acme: User, engineer: User) -> None:
    requests.send_message(acme, request=request_, text="Which drawing?")
    said = sent_to(engineer)
    assert "/requests/" in said and "/portal/" not in said
    assert not AccessLink.objects.exists()


def test_the_mail_to_a_backup_brings_a_link_of_the_backup(request_: Request, acme: User, manager: User) -> None:
    backup = make.UserFactory(role="supplier", supplier=acme.supplier)
    User.objects.filter(pk=acme.pk).update(backup=backup, bounced_at=make.NOON)
    sent_to(acme)
    assert AccessLink.objects.get().user == backup


def test_a_fresh_link_goes_to_the_known_address_once_an_hour(request_: Request, engineer: User, acme: User) -> None:
    link, _token = links.create(engineer, request=request_, contact=acme)
    links.revoke(engineer, link=link)
    link.refresh_from_db()
    asked = Notice.objects.filter(to=acme, key__contains="renewed")
    for minutes in (0, 5, 10):
        with clock.frozen_at(make.NOON + dt.timedelta(minutes=minutes)):
            links.renew(link)
    assert asked.count() == 1
    for hours in range(1, 12):
        with clock.frozen_at(make.NOON + dt.timedelta(hours=hours)):
            links.renew(link)
    assert asked.count() == links.RENEWALS
    assert urlsplit(asked[0].path).path == f"/portal/requests/{request_.pk}/"


def test_nobody_who_left_gets_a_fresh_link(request_: Request, engineer: User, acme: User) -> None:
    link, _token = links.create(engineer, request=request_, contact=acme)
    User.objects.filter(pk=acme.pk).update(is_active=False)
    link.user.refresh_from_db()
    links.renew(link)
    assert not Notice.objects.filter(key__contains="renewed").exists()
