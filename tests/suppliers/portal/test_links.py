"""Coming in through a link: one request, for as long as the link is good."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from qc import clock
from qc.models import Nonconformance, Notice, User
from qc.web.redaction import Redaction
from suppliers.models import AccessLink, CorrectiveActionRequest
from suppliers.services import links, requests
from tests import factories as make
from tests.suppliers import flow

Request = CorrectiveActionRequest


@pytest.fixture
def token(request_: Request, engineer: User, acme: User) -> str:
    return links.create(engineer, request=request_, contact=acme)[1]


@pytest.fixture
def second_request(noon: dt.datetime, case: Nonconformance, engineer: User, acme: User) -> Request:
    other = make.NonconformanceFactory(plant=case.plant, owner=engineer)
    return flow.issued(engineer, other, acme.supplier, title="CANARY-SECOND")


def door(token: str, to: str = "") -> str:
    return reverse("portal:link-open", args=[token]) + (f"?to={to}" if to else "")


def came_in(token: str) -> Client:
    client = Client(REMOTE_ADDR="192.0.2.7")
    assert client.post(door(token)).status_code == 302
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def page(request: Request) -> str:
    return reverse("portal:request-detail", args=[request.pk])


def test_opening_the_link_in_a_mail_program_does_nothing(token: str, request_: Request) -> None:
    client = Client()
    shown = client.get(door(token))
    assert shown.status_code == 200
    assert "Open the request" in text(shown) and request_.title not in text(shown)
    assert shown["Referrer-Policy"] == "strict-origin" and "no-store" in shown["Cache-Control"]
    assert AccessLink.objects.get().uses == 0
    assert client.get(page(request_)).status_code == 302  # still a stranger


def test_the_button_opens_the_one_request_without_a_login(token: str, request_: Request, acme: User) -> None:
    client = Client(REMOTE_ADDR="192.0.2.7")
    answer = client.post(door(token))
    assert answer["Location"] == page(request_)
    assert request_.title in text(client.get(page(request_)))
    link = AccessLink.objects.get()
    assert (link.uses, link.last_used_from) == (1, "192.0.2.7")
    assert "_auth_user_id" not in client.session  # nobody is logged in


@pytest.mark.parametrize(("to", "tail"), [("messages", "messages/"), ("//evil.example", ""), ("../../score", "")])
def test_a_link_leads_to_a_page_of_its_request(token: str, request_: Request, to: str, tail: str) -> None:
    assert Client().post(door(token, to))["Location"] == page(request_) + tail


def test_an_answer_through_a_link_is_the_contacts_own(token: str, request_: Request, acme: User) -> None:
    client = came_in(token)
    address = reverse("portal:stage-answer", args=[request_.pk, "containment"])
    client.post(address, {**flow.ANSWERS["containment"], "send": "1", "files": flow.photo("green dot.png")})
    submission = flow.stage(request_, "containment").submissions.get()
    assert submission.submitted_by == acme and submission.evidence.count() == 1
    client.post(reverse("portal:request-message", args=[request_.pk]), {"text": "More tomorrow."})
    assert request_.messages.get().by == acme


@pytest.mark.parametrize(
    "name", ["home", "request-list", "scorecard", "contact-list", "contact-invite", "own-settings"]
)
def test_every_other_page_of_the_portal_asks_a_link_to_log_in(token: str, name: str) -> None:
    answer = came_in(token).get(reverse(f"portal:{name}"))
    assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("path", ["/", "/requests/", "/accounts/password/change/", "/defects/", "/accounts/2fa/"])
def test_outside_of_the_portal_a_link_is_nobody(token: str, path: str) -> None:
    answer = came_in(token).get(path)
    assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")


def test_the_interface_for_programs_takes_no_link(token: str, request_: Request) -> None:
    assert came_in(token).get("/api/v1/requests/").status_code in (401, 403)


def test_another_request_of_the_same_supplier_is_a_404(token: str, second_request: Request, engineer: User) -> None:
    file = requests.share(engineer, request=second_request, upload=flow.photo())
    client = came_in(token)
    addresses = [
        page(second_request),
        reverse("portal:request-messages", args=[second_request.pk]),
        reverse("portal:stage-answer", args=[second_request.pk, "containment"]),
        reverse("portal:evidence-detail", args=[file.uuid]),
    ]
    for address in addresses:
        assert client.get(address).status_code == 404
    for verb in ("acknowledge", "message", "dispute"):
        said = {"text": "x", "reason": "x"}
        assert client.post(reverse(f"portal:request-{verb}", args=[second_request.pk]), said).status_code == 404
    assert not second_request.messages.exists()


@pytest.mark.parametrize("end", ["revoked", "expired", "stopped"])
def test_a_link_that_ends_while_it_is_used_says_so_at_the_next_step(
    token: str, request_: Request, engineer: User, acme: User, end: str
) -> None:
    client = came_in(token)
    assert client.get(page(request_)).status_code == 200
    later = make.NOON
    if end == "revoked":
        links.revoke(engineer, link=AccessLink.objects.get())
    elif end == "expired":
        AccessLink.objects.update(expires_at=make.NOON)
    else:
        User.objects.filter(pk=acme.pk).update(is_active=False)
    with clock.frozen_at(later):
        answer = client.get(page(request_))
        posted = client.post(reverse("portal:request-message", args=[request_.pk]), {"text": "x"})
    assert answer.status_code == posted.status_code == 410
    assert "does not work any more" in text(answer) and "Send a fresh link" in text(answer)
    assert not request_.messages.exists()


def test_a_dead_link_speaks_the_contacts_language(token: str, engineer: User, acme: User) -> None:
    User.objects.filter(pk=acme.pk).update(language="de")
    links.revoke(engineer, link=AccessLink.objects.get())
    answer = Client(headers={"accept-language": "en"}).get(door(token))
    assert answer.status_code == 404
    assert "Dieser Link funktioniert nicht mehr" in text(answer)


def test_asking_for_a_fresh_link_gives_one_answer_whether_there_was_one_or_not(
    token: str, engineer: User, acme: User
) -> None:
    links.revoke(engineer, link=AccessLink.objects.get())
    found = [Client().post(reverse("portal:link-renew"), {"token": given}) for given in (token, "nonsense", "")]
    bodies = {text(answer) for answer in found}
    assert len(bodies) == 1 and {answer.status_code for answer in found} == {200}
    assert Notice.objects.filter(key__contains="renewed").count() == 1


def test_a_contact_with_a_login_goes_straight_to_the_request(token: str, request_: Request, acme: User) -> None:
    client = Client()
    client.force_login(acme)
    assert client.get(door(token))["Location"] == page(request_)
    assert AccessLink.objects.get().uses == 0


@pytest.mark.parametrize("who", ["rival", "manager"])
def test_a_link_is_no_way_in_for_somebody_else_who_is_logged_in(
    request: pytest.FixtureRequest, token: str, request_: Request, who: str
) -> None:
    client = Client()
    client.force_login(request.getfixturevalue(who))
    answer = client.post(door(token))
    assert answer.status_code == 409 and request_.title not in text(answer)
    assert client.get(page(request_)).status_code == 404


def test_leaving_ends_the_session_and_not_the_link(token: str, request_: Request) -> None:
    client = came_in(token)
    client.post(reverse("portal:link-leave"))
    assert client.get(page(request_)).status_code == 302
    assert client.post(door(token)).status_code == 302
    assert client.get(page(request_)).status_code == 200


def test_the_token_does_not_get_into_the_log(token: str, caplog: pytest.LogCaptureFixture) -> None:
    record = logging.LogRecord("django.request", logging.WARNING, "", 1, "Not Found: %s", (door(token),), None)
    assert Redaction().filter(record)
    assert token not in record.getMessage() and "/portal/link/[secret]/" in record.getMessage()
    plain = logging.LogRecord("x", logging.WARNING, "", 1, "%d of %s", (3, "five"), None)
    assert Redaction().filter(plain) and plain.getMessage() == "3 of five"


def test_our_page_makes_a_link_shows_it_once_and_ends_it(request_: Request, engineer: User, acme: User) -> None:
    client = Client()
    client.force_login(engineer)
    made = text(client.post(reverse("suppliers:link-create", args=[request_.pk]), {"contact": acme.pk, "days": 7}))
    link = AccessLink.objects.get()
    assert link.expires_at == make.NOON + dt.timedelta(days=7)
    url = made.split("/portal/link/")[1].split("/")[0]
    assert links.find(url) == link
    listed = text(client.get(reverse("suppliers:request-detail", args=[request_.pk])))
    assert url not in listed and "not opened yet" in listed
    client.post(reverse("suppliers:link-revoke", args=[link.pk]))
    link.refresh_from_db()
    assert link.revoked_by == engineer


def test_our_page_says_what_is_wrong_with_a_link(request_: Request, engineer: User, rival: User) -> None:
    client = Client()
    client.force_login(engineer)
    for given in ({"contact": rival.pk, "days": 7}, {"days": 400}, {}):
        answer = client.post(reverse("suppliers:link-create", args=[request_.pk]), given)
        assert answer.status_code == 422
    assert not AccessLink.objects.exists()
