"""What the page tests share: a browser without a screen, logged in as a person."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from qc.models import User

Login = Callable[[User], Client]


@pytest.fixture
def client_of() -> Login:
    def login(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return login
