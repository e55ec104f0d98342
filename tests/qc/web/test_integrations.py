"""Integrations on the page: made, given tokens, watched and stopped by a quality manager."""

from __future__ import annotations

import pytest
from django.urls import reverse

from qc.models import ApiCall, ApiToken, Event, Integration
from qc.services import integrations, tokens

pytestmark = pytest.mark.django_db


@pytest.fixture
def camera(manager, plant):
    return integrations.create(manager, username="camera-1", plants=[plant])


def test_a_manager_makes_an_integration_and_gives_it_a_token_that_is_shown_once(client, manager, plant):
    client.force_login(manager)
    made = client.post(reverse("qc:integration-create"), {"username": "camera-1", "plants": [plant.pk]}, follow=True)
    assert "camera-1" in made.content.decode() and "It has no token yet" in made.content.decode()
    camera = Integration.objects.get()
    shown = client.post(
        reverse("qc:integration-token", args=[camera.pk]), {"name": "line 1", "scope": "write", "days": 30}
    )
    secret = shown.content.decode().split('class="secret">')[1].split("<")[0]
    assert tokens.find(secret).user_id == camera.pk
    again = client.get(reverse("qc:integration-detail", args=[camera.pk])).content.decode()
    assert "line 1" in again and secret not in again
    assert not camera.has_usable_password()


@pytest.mark.parametrize("name", ["", "A", "UPPER", "two words", "camera-1"])
def test_a_name_that_will_not_do_is_refused_beside_the_field(client, manager, plant, camera, name):
    client.force_login(manager)
    answer = client.post(reverse("qc:integration-create"), {"username": name, "plants": [plant.pk]})
    assert answer.status_code == 422 and answer.context["form"].errors["username"]
    assert Integration.objects.count() == 1


def test_a_revoked_token_lets_nobody_in(client, manager, camera):
    token, secret = tokens.create(manager, user=camera, name="old", days=30)
    client.force_login(manager)
    client.post(reverse("qc:token-revoke", args=[token.pk]))
    assert tokens.find(secret) is None
    assert "revoked" in client.get(reverse("qc:integration-detail", args=[camera.pk])).content.decode()


def test_a_stopped_integration_comes_in_with_no_token_until_it_is_started_again(client, manager, camera):
    _, secret = tokens.create(manager, user=camera, name="t", days=30)
    client.force_login(manager)
    refused = client.post(reverse("qc:integration-stop", args=[camera.pk]), {"reason": " "})
    assert refused.status_code == 422 and tokens.find(secret)
    client.post(reverse("qc:integration-stop", args=[camera.pk]), {"reason": "It sends nonsense."})
    assert tokens.find(secret) is None
    assert Event.objects.get(verb="integration.stop").reason == "It sends nonsense."
    client.post(reverse("qc:integration-start", args=[camera.pk]))
    assert tokens.find(secret)


def test_the_page_shows_the_last_calls_and_only_those_with_errors_on_demand(client, manager, camera):
    token, _ = tokens.create(manager, user=camera, name="t", days=30)
    ApiCall.objects.create(token=token, method="POST", path="/api/v1/counts/", status=201, records=1)
    errors = [{"index": 3, "errors": {"line": ["There is no production line X."]}}]
    ApiCall.objects.create(
        token=token, method="POST", path="/api/v1/defects/batch/", status=200, records=9, refused=1, errors=errors
    )
    client.force_login(manager)
    url = reverse("qc:integration-detail", args=[camera.pk])
    page, only = client.get(url).content.decode(), client.get(url, {"errors": "1"}).content.decode()
    assert "/api/v1/counts/" in page and "There is no production line X." in page
    assert "/api/v1/counts/" not in only and "There is no production line X." in only


def test_only_a_quality_manager_comes_here(client, engineer, inspector, camera):
    for person in (engineer, inspector):
        client.force_login(person)
        assert client.get(reverse("qc:integration-list")).status_code == 403
        assert client.post(reverse("qc:integration-token", args=[camera.pk]), {"name": "x"}).status_code == 403
    assert not ApiToken.objects.exists()
