"""Accounts on their pages: made, changed, stopped; contacts by those who look after suppliers."""

from __future__ import annotations

import pytest
from django.urls import reverse

from qc.models import Event, User
from tests import factories as make

pytestmark = pytest.mark.django_db


def staff(plant, **values):
    return {"username": "neu", "role": "inspector", "plants": [plant.pk], "language": "en"} | values


def test_a_manager_makes_a_colleague_whose_password_is_shown_once_and_lets_in(client, manager, plant):
    client.force_login(manager)
    page = client.post(reverse("qc:account-create"), staff(plant)).content.decode()
    password = page.split('class="secret">')[1].split("<")[0]
    person = User.objects.get(username="neu")
    assert person.check_password(password) and list(person.plants.all()) == [plant]
    assert password not in client.get(reverse("qc:account-detail", args=[person.pk])).content.decode()
    assert "password" not in str(Event.objects.get(verb="account.create").data)


def test_a_role_that_works_at_plants_needs_one(client, manager, plant):
    client.force_login(manager)
    answer = client.post(reverse("qc:account-create"), staff(plant, plants=[]))
    assert answer.status_code == 422 and answer.context["form"].errors["plants"]


@pytest.mark.parametrize("name", ["", "MANAGER", "two words"])
def test_a_name_that_is_taken_or_wrong_is_refused_beside_the_field(client, manager, plant, name):
    User.objects.filter(pk=manager.pk).update(username="manager")
    client.force_login(manager)
    answer = client.post(reverse("qc:account-create"), staff(plant, username=name))
    assert answer.status_code == 422 and answer.context["form"].errors


def test_purchasing_makes_a_suppliers_contact_and_no_colleague(client, plant):
    buyer, supplier = make.UserFactory(role="purchasing"), make.SupplierFactory()
    client.force_login(buyer)
    sent = {"username": "kim", "supplier": supplier.pk, "email": "Kim@Example.com", "language": "de"}
    assert client.post(reverse("qc:contact-create"), sent).status_code == 200
    kim = User.objects.get(username="kim")
    assert (kim.role, kim.supplier, kim.email, kim.is_staff) == ("supplier", supplier, "kim@example.com", False)
    assert client.post(reverse("qc:account-create"), staff(plant)).status_code == 403
    assert client.get(reverse("qc:account-detail", args=[make.UserFactory().pk])).status_code == 404


def test_role_and_plants_change_with_a_trail(client, manager, inspector):
    client.force_login(manager)
    other = make.PlantFactory()
    url = reverse("qc:account-detail", args=[inspector.pk])
    client.post(url, {"role": "engineer", "plants": [other.pk], "language": "en", "first_name": "Ines"})
    inspector.refresh_from_db()
    assert (inspector.role, list(inspector.plants.all())) == ("engineer", [other])
    assert Event.objects.get(verb="account.change").data["role"] == ["inspector", "engineer"]


def test_nobody_changes_the_own_role_or_stops_the_own_account(client, manager):
    client.force_login(manager)
    url = reverse("qc:account-detail", args=[manager.pk])
    client.post(url, {"role": "inspector", "language": "en"})
    client.post(reverse("qc:account-stop", args=[manager.pk]), {"reason": "x"})
    manager.refresh_from_db()
    assert manager.role == "manager" and manager.is_active


def test_a_stopped_person_is_out_at_once_and_comes_in_again_when_started(client, manager, inspector):
    there = type(client)()
    there.force_login(inspector)
    client.force_login(manager)
    assert client.post(reverse("qc:account-stop", args=[inspector.pk]), {"reason": " "}).status_code == 422
    client.post(reverse("qc:account-stop", args=[inspector.pk]), {"reason": "Left us."})
    assert there.get("/").status_code == 302
    client.post(reverse("qc:account-start", args=[inspector.pk]))
    inspector.refresh_from_db()
    assert inspector.is_active and Event.objects.get(verb="account.stop").reason == "Left us."


def test_a_new_password_ends_the_sessions(client, manager, inspector):
    there = type(client)()
    there.force_login(inspector)
    client.force_login(manager)
    client.post(reverse("qc:account-password", args=[inspector.pk]))
    assert there.get("/").status_code == 302


def test_an_administrators_account_is_only_for_administrators(client, manager):
    boss = make.UserFactory(role="manager", is_superuser=True, is_staff=True)
    client.force_login(manager)
    refused = client.post(reverse("qc:account-password", args=[boss.pk]))
    assert refused.status_code == 403
