"""Tokens: made once, shown once, scoped, expiring; the token login cannot be guessed at."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.core.management import CommandError, call_command

from qc import clock
from qc.errors import NotAllowed, Refused
from qc.models import ApiToken, Event
from qc.services import tokens
from tests import factories as make

LOGIN = "/api/v1/token/"
DEFECTS = "/api/v1/defects/"


@pytest.fixture(autouse=True)
def fresh_throttle() -> None:
    cache.clear()


def sign_in(client: Any, username: str, password: str = make.PASSWORD, **more: Any) -> Any:
    body = {"username": username, "password": password, **more}
    return client.post(LOGIN, json.dumps(body), content_type="application/json")


def with_token(client: Any, secret: str) -> Any:
    client.credentials(HTTP_AUTHORIZATION=f"Token {secret}")
    return client


def test_a_password_is_exchanged_for_a_token_that_works_and_is_kept_as_a_digest(api, inspector, line):
    answer = sign_in(api(), "inspector", name="scanner")
    assert answer.status_code == 201
    secret = answer.json()["token"]
    assert with_token(api(), secret).get(DEFECTS).status_code == 200
    token = ApiToken.objects.get()
    assert token.digest == tokens.digest(secret) != secret
    assert secret not in json.dumps(list(Event.objects.values("data", "subject_text", "reason")))


def test_the_token_ends_by_its_own_word_by_time_and_with_the_account(api, inspector):
    secret = sign_in(api(), "inspector").json()["token"]
    client = with_token(api(), secret)
    with clock.frozen_at(clock.now() + dt.timedelta(days=2)):
        assert client.get(DEFECTS).status_code == 401
    inspector.is_active = False
    inspector.save()
    assert client.get(DEFECTS).status_code == 401
    inspector.is_active = True
    inspector.save()
    assert client.delete(LOGIN).status_code == 204
    assert client.get(DEFECTS).status_code == 401
    assert Event.objects.filter(verb="token.revoke").count() == 1


@pytest.mark.parametrize("secret", ["", "wrong", "a b", "\xff", "x" * 10_000])
def test_an_unknown_token_is_a_401(api, db, secret):
    answer = with_token(api(), secret).get(DEFECTS)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Token"


def test_a_reading_token_changes_nothing(api, manager, line, scratch):
    _, secret = tokens.create(manager, user=manager, name="wallboard", scope="read")
    client = with_token(api(), secret)
    body = {"line": "SMT-1", "defect_type": "SCRATCH", "occurred_at": "2026-11-20T06:30:00Z"}
    assert client.get(DEFECTS).status_code == 200
    assert client.post(DEFECTS, body, format="json").status_code == 403


def test_unknown_wrong_and_inactive_look_alike(api, inspector):
    make.UserFactory(username="gone", is_active=False)
    answers = [sign_in(api(), name, "not the password") for name in ("inspector", "nobody")]
    answers.append(sign_in(api(), "gone"))
    assert {answer.status_code for answer in answers} == {400}
    assert len({answer.content for answer in answers}) == 1


def test_ten_wrong_passwords_lock_the_account_for_a_while_even_for_the_right_one(api, inspector):
    for _ in range(10):
        last = sign_in(api(), "inspector", "guess")
    locked = sign_in(api(), "inspector")
    assert (last.status_code, locked.status_code) == (429, 429)
    assert locked["content-type"] == "application/problem+json"
    assert not ApiToken.objects.exists()


def test_one_address_cannot_try_without_end(api, inspector):
    for number in range(31):
        last = sign_in(api(), f"somebody{number}", "")
    assert last.status_code == 429


def test_a_login_with_a_second_factor_gets_no_token_for_the_password_alone(api, manager):
    Authenticator.objects.create(user=manager, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert sign_in(api(), "manager").status_code == 403


@pytest.mark.parametrize(
    ("field", "value"), [("days", 0), ("days", 10_000), ("days", "3"), ("scope", "all"), ("user", 1), ("password", "")]
)
def test_a_bad_wish_is_named(api, inspector, field, value):
    answer = sign_in(api(), "inspector", **{field: value}) if field != "password" else sign_in(api(), "x", value)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]


def test_only_a_manager_makes_and_ends_tokens_for_others(manager, engineer, inspector):
    with pytest.raises(NotAllowed):
        tokens.create(engineer, user=inspector, name="x")
    token, _ = tokens.create(manager, user=inspector, name="line terminal")
    with pytest.raises(NotAllowed):
        tokens.revoke(engineer, token=token)
    assert tokens.revoke(inspector, token=token).revoked_at is not None


@pytest.mark.parametrize("wish", [{"name": " "}, {"name": "x" * 81}, {"days": 0}, {"days": 367}, {"scope": "root"}])
def test_a_token_without_sense_is_refused(inspector, wish):
    with pytest.raises(Refused) as refusal:
        tokens.create(inspector, user=inspector, **({"name": "n"} | wish))
    assert list(refusal.value.fields) == list(wish)


def test_the_system_user_gets_no_token(manager, system):
    with pytest.raises(Refused):
        tokens.create(manager, user=system, name="x")


def test_the_command_prints_the_secret_once(inspector, api):
    out, err = io.StringIO(), io.StringIO()
    call_command("token", "inspector", "--name", "scanner", stdout=out, stderr=err)
    assert with_token(api(), out.getvalue().strip()).get(DEFECTS).status_code == 200
    with pytest.raises(CommandError):
        call_command("token", "nobody", "--name", "x")
    with pytest.raises(CommandError, match="366"):
        call_command("token", "inspector", "--name", "x", "--days", "999")
