"""Logging in: ten failures close it for a while, and nobody learns who has an account."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import hashers
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.http import HttpResponse
from django.test import Client, RequestFactory

from qc.models import User
from qc.web.login import client_address
from tests import factories as make

LOGIN, RESET = "/accounts/login/", "/accounts/password/reset/"


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    cache.clear()  # allauth's thirty logins a minute, counted per process


def attempt(login: str, password: str = "wrong", address: str = "10.0.0.1", client: Client | None = None) -> Any:
    return (client or Client()).post(LOGIN, {"login": login, "password": password}, REMOTE_ADDR=address)


def without_tokens(answer: HttpResponse, *names: str) -> str:
    """The page without what differs on every request and without the words that the visitor typed."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode())
    for name in names:
        text = text.replace(name, "NAME")
    return re.sub(r"'X-CSRFToken': '[^']+'|\"X-CSRFToken\": ?\"[^\"]+\"", "", text)


@pytest.mark.parametrize("login", ["manager", "MANAGER", "manager@example.com"])
def test_a_person_logs_in_by_name_or_by_address(manager: User, login: str) -> None:
    answer = attempt(login, make.PASSWORD)
    assert answer.status_code == 302 and answer["Location"] == "/"


def test_a_wrong_password_is_said_without_saying_which_part_was_wrong(manager: User) -> None:
    User.objects.update(username="m.weber")
    known, unknown = attempt("m.weber"), attempt("n.body", address="10.0.0.2")
    assert known.status_code == unknown.status_code == 200
    assert without_tokens(known, "m.weber") == without_tokens(unknown, "n.body")


def test_ten_failures_close_the_account_from_every_address(manager: User) -> None:
    spellings = ["manager", "Manager", " manager"]
    answers = [attempt(spellings[n % 3], address=f"10.0.0.{n}").status_code for n in range(10)]
    assert answers == [200] * 9 + [429]
    assert attempt("manager", make.PASSWORD, address="10.9.9.9").status_code == 429
    AccessAttempt.objects.all().delete()  # what the cool-off does after fifteen minutes
    assert attempt("manager", make.PASSWORD, address="10.9.9.9").status_code == 302


def test_ten_failures_close_the_address_for_every_account(manager: User) -> None:
    for number in range(10):
        attempt(f"guess{number}")
    assert attempt("manager", make.PASSWORD).status_code == 429
    assert attempt("manager", make.PASSWORD, address="10.0.0.2").status_code == 302


def test_a_closed_account_looks_the_same_whether_it_exists_or_not(manager: User) -> None:
    User.objects.update(username="m.weber")
    pages = []
    for login, net in (("m.weber", "10.1.0"), ("n.body", "10.2.0")):
        answers = [attempt(login, address=f"{net}.{number}") for number in range(10)]
        pages.append(without_tokens(answers[-1], login))
        assert answers[-1].status_code == 429
    assert pages[0] == pages[1]


def test_a_known_and_an_unknown_name_cost_the_same_number_of_hashes(
    manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    hasher = type(hashers.get_hasher())
    encode = hasher.encode
    monkeypatch.setattr(hasher, "encode", lambda self, *args: made.append("hash") or encode(self, *args))
    counts = []
    for number, login in enumerate(["manager", "nobody", "manager@example.com", "nobody@example.com"]):
        made.clear()
        attempt(login, address=f"10.0.0.{number}")
        counts.append(len(made))
    assert len(set(counts)) == 1 and counts[0] > 0


def test_a_deactivated_person_cannot_log_in_and_loses_every_session(manager: User) -> None:
    client = Client()
    attempt("manager", make.PASSWORD, client=client)
    assert client.get("/accounts/password/change/").status_code == 200
    User.objects.update(is_active=False)
    assert client.get("/accounts/password/change/").status_code == 302
    assert not attempt("manager", make.PASSWORD).wsgi_request.user.is_authenticated


def test_a_changed_password_ends_the_other_sessions(manager: User) -> None:
    here, elsewhere = Client(), Client()
    for client in (here, elsewhere):
        attempt("manager", make.PASSWORD, client=client)
    fresh = "another long passphrase"
    here.post("/accounts/password/change/", {"oldpassword": make.PASSWORD, "password1": fresh, "password2": fresh})
    assert attempt("manager", fresh).status_code == 302
    assert elsewhere.get("/accounts/password/change/").status_code == 302


def test_the_reset_link_never_uses_the_host_of_the_request(
    manager: User, mailoutbox: list[EmailMessage], settings: Any
) -> None:
    settings.ALLOWED_HOSTS, settings.SITE_URL = ["*"], "https://quality.example.com"
    Client().post(RESET, {"email": manager.email}, HTTP_HOST="evil.example.net")
    body = str(mailoutbox[0].body)
    assert "https://quality.example.com/accounts/password/reset/key/" in body
    assert "evil" not in body and "evil" not in str(mailoutbox[0].subject)


def test_a_reset_looks_and_works_alike_for_a_stranger(manager: User, mailoutbox: list[EmailMessage]) -> None:
    known = Client().post(RESET, {"email": manager.email}, follow=True)
    unknown = Client().post(RESET, {"email": "nobody@example.com"}, follow=True)
    assert known.redirect_chain == unknown.redirect_chain and known.status_code == unknown.status_code == 200
    assert without_tokens(known) == without_tokens(unknown)
    assert [mail.to for mail in mailoutbox] == [[manager.email], ["nobody@example.com"]]  # both wait for one mail
    assert "/key/" not in str(mailoutbox[1].body)


def test_nobody_signs_up(db: None) -> None:
    Client().post(
        "/accounts/signup/",
        {"username": "me", "email": "me@example.com", "password1": make.PASSWORD, "password2": make.PASSWORD},
    )
    assert not User.objects.exists()


def test_behind_the_proxy_the_address_is_the_one_that_the_proxy_saw(settings: Any) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 192.0.2.7")
    settings.HTTPS = False
    assert client_address(request) == "10.0.0.1"
    settings.HTTPS = True
    assert client_address(request) == "192.0.2.7"
