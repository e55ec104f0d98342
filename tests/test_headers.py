"""Security headers on every kind of answer (TRUST.md, P13)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from django.urls import path

from tests import factories as make
from tests.isolation.leaky import breaks

HOME = Path(__file__).resolve().parent.parent


def client_of(user=None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    return client


def check(response) -> None:
    policy = response["Content-Security-Policy"]
    assert "unsafe-" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"https?://|\*", policy)
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/", 302), ("/inbox/", 302), ("/accounts/login/", 200), ("/no/such/page/", 404), ("/api/v1/defects/", 401),
        ("/api/v1/nothing/", 404), ("/admin/", 302), ("/static/lineside.css", 200), ("/api/docs/", 401),
    ],
)  # fmt: skip
def test_answers_to_strangers_carry_the_headers(db, url, status):
    response = client_of().get(url)
    assert response.status_code == status
    check(response)


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/", 200), ("/inbox/", 200), ("/api/v1/defects/", 200), ("/api/v1/defects/7/", 404), ("/inbox", 301),
        ("/api/docs/", 200), ("/api/docs/?script=", 200), ("/api/schema/", 200), ("/admin/", 302),
        ("/accounts/password/change/", 200),
    ],
)  # fmt: skip
def test_answers_to_people_carry_the_headers(manager, url, status):
    response = client_of(manager).get(url)
    assert response.status_code == status
    check(response)


def test_a_refused_step_carries_the_headers(auditor):
    response = client_of(auditor).post("/api/v1/counts/", "{}", content_type="application/json")
    assert response.status_code in (400, 403)
    check(response)


def test_a_post_without_the_token_of_its_form_carries_the_headers(manager):
    client = Client(enforce_csrf_checks=True)
    client.force_login(manager)
    response = client.post("/accounts/logout/")
    assert response.status_code == 403
    check(response)


def test_a_wrong_host_is_refused(db):
    assert Client(raise_request_exception=False).get("/accounts/login/", HTTP_HOST="evil.example").status_code == 400


urlpatterns = [path("breaks/", breaks), path("accounts/login/", breaks, name="account_login")]


def test_an_error_carries_the_headers(manager, settings):
    settings.ROOT_URLCONF = "tests.test_headers"
    response = client_of(manager).get("/breaks/")
    assert response.status_code == 500
    check(response)


def test_cookies_are_not_for_scripts_and_stay_on_this_site(manager):
    response = client_of().post("/accounts/login/", {"login": "manager", "password": make.PASSWORD})
    assert response.status_code == 302
    assert response.cookies["sessionid"]["httponly"]
    assert response.cookies["sessionid"]["samesite"] == "Lax"


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_a_login_never_leads_to_another_host(manager, target):
    response = client_of(manager).get("/accounts/login/", {"next": target})
    assert "evil" not in response.get("Location", "")
    assert "javascript" not in response.get("Location", "")


CODE = """
import django, sys
from django.core.management import call_command
django.setup()
call_command("check", deploy=True, fail_level="WARNING")
from django.test import Client
answer = Client(raise_request_exception=False).get("/accounts/login/", secure=True, HTTP_HOST="127.0.0.1")
assert answer["Strict-Transport-Security"].startswith("max-age=31536000"), answer.headers
assert Client().get("/accounts/login/", HTTP_HOST="127.0.0.1").status_code == 301
from django.conf import settings
assert settings.SESSION_COOKIE_NAME.startswith("__Host-") and settings.CSRF_COOKIE_NAME.startswith("__Host-")
assert settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE
print("deployable")
"""


def test_with_https_the_deployment_check_is_clean(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"LINESIDE_HTTPS": "1", "LINESIDE_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "qc.settings"}
    migrated = subprocess.run(
        [sys.executable, "-c", CODE], cwd=HOME, env=environment, capture_output=True, text=True, check=False
    )
    assert migrated.stdout.strip().endswith("deployable"), migrated.stderr[-2000:]
