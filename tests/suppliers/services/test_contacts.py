"""A supplier's own administrator cares for its contacts."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from qc import clock
from qc.errors import NotAllowed, Refused
from qc.models import Digest, Event, User
from qc.services import notices
from suppliers.models import ContactCard
from suppliers.services import contacts
from tests import factories as make

GIVEN: dict[str, Any] = {
    "name": "Erika de Vries", "email": "Erika.deVries@acme.example", "function": "quality", "language": "de",
}  # fmt: skip


@pytest.fixture
def boss(noon: dt.datetime, acme: User) -> User:
    """Acme's administrator."""
    User.objects.filter(pk=acme.pk).update(is_supplier_admin=True)
    return User.objects.get(pk=acme.pk)


def test_an_invited_colleague_is_of_the_same_supplier_and_cannot_log_in_yet(boss: User) -> None:
    user = contacts.invite(boss, **GIVEN, backup=boss)
    assert (user.supplier, user.role, user.language, user.backup) == (boss.supplier, "supplier", "de", boss)
    assert (user.first_name, user.last_name, user.email) == ("Erika de", "Vries", "erika.devries@acme.example")
    assert not user.has_usable_password()
    assert ContactCard.objects.get(user=user).invited_by == boss
    assert Event.objects.get(verb="contact.invite").by == boss


def test_the_invitation_is_a_german_mail_with_a_link_that_sets_the_password_once(boss: User) -> None:
    user = contacts.invite(boss, **GIVEN)
    assert notices.send_digest(Digest.objects.get(to=user).pk)
    said = str(mail.outbox[-1].body)
    assert "lädt Sie ein" in said and mail.outbox[-1].to == [user.email]
    found = re.search(r"/accounts/password/reset/key/\S+", said)
    assert found
    client = Client()
    form = client.get(found[0], follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": "grüner-Punkt-77", "password2": "grüner-Punkt-77"})
    assert User.objects.get(pk=user.pk).check_password("grüner-Punkt-77")
    assert client.get(found[0], follow=True).status_code == 200  # says that the link was used
    with pytest.raises(Refused, match="has a password already"):
        contacts.invite_again(boss, user=User.objects.get(pk=user.pk))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"email": "no address"}, "email"),
        ({"email": ""}, "email"),
        ({"function": "king"}, "function"),
        ({"language": "fr"}, "language"),
    ],
)
def test_an_invitation_says_what_is_wrong(boss: User, wrong: dict[str, str], field: str) -> None:
    before = User.objects.count()
    with pytest.raises(Refused) as refusal:
        contacts.invite(boss, **GIVEN | wrong)
    assert field in refusal.value.fields
    assert User.objects.count() == before


def test_an_address_of_another_company_is_refused_without_saying_whose_it_is(boss: User, rival: User) -> None:
    User.objects.filter(pk=rival.pk).update(email="taken@rival.example", first_name="CANARY")
    with pytest.raises(Refused) as refusal:
        contacts.invite(boss, **GIVEN | {"email": "taken@rival.example"})
    assert "CANARY" not in refusal.value.message and "Rival" not in refusal.value.message


def test_a_backup_works_at_the_same_company(boss: User, rival: User) -> None:
    for backup in (rival, make.UserFactory(role="supplier", supplier=boss.supplier, is_active=False)):
        with pytest.raises(Refused) as refusal:
            contacts.invite(boss, **GIVEN, backup=backup)
        assert "backup" in refusal.value.fields


@pytest.mark.parametrize("who", ["colleague", "engineer", "manager", "link"])
def test_only_the_suppliers_administrator_invites(request: pytest.FixtureRequest, boss: User, who: str) -> None:
    by = boss
    if who == "colleague":
        by = make.UserFactory(role="supplier", supplier=boss.supplier)
    elif who == "link":
        by.limited_to = 1
    else:
        by = request.getfixturevalue(who)
    with pytest.raises(NotAllowed):
        contacts.invite(by, **GIVEN)
    assert not contacts.cares_for_contacts(by)


@pytest.mark.parametrize("verb", ["stop", "start", "invite_again"])
def test_people_of_other_companies_are_out_of_reach(boss: User, rival: User, engineer: User, verb: str) -> None:
    for person in (rival, engineer):
        with pytest.raises(NotAllowed):
            getattr(contacts, verb)(boss, user=person)
        person.refresh_from_db()
        assert person.is_active
        assert person not in contacts.colleagues(boss)


def test_the_last_administrator_stays(boss: User) -> None:
    changed = {"name": "Boss", "function": "quality", "language": "en", "backup": None}
    with pytest.raises(Refused, match="only administrator"):
        contacts.stop(boss, user=boss)
    with pytest.raises(Refused, match="only administrator"):
        contacts.change(boss, user=boss, **changed, is_admin=False)
    second = contacts.invite(boss, **GIVEN, is_admin=True)
    contacts.stop(boss, user=boss)
    boss.refresh_from_db()
    assert not boss.is_active
    with pytest.raises(Refused, match="only administrator"):
        contacts.change(second, user=second, **changed, is_admin=False)


def test_a_stopped_colleague_is_let_in_again(boss: User) -> None:
    user = contacts.invite(boss, **GIVEN)
    assert not contacts.stop(boss, user=user).is_active
    with pytest.raises(Refused, match="was stopped"):
        contacts.invite_again(boss, user=user)
    assert contacts.start(boss, user=user).is_active


def test_an_invitation_is_sent_again_after_ten_minutes(boss: User) -> None:
    user = contacts.invite(boss, **GIVEN)
    with pytest.raises(Refused, match="ten minutes"):
        contacts.invite_again(boss, user=user)
    with clock.frozen_at(make.NOON + dt.timedelta(minutes=11)):
        contacts.invite_again(boss, user=user)
    assert user.notices.count() == 2


def test_everybody_chooses_the_own_language_and_backup(boss: User, rival: User) -> None:
    person = contacts.set_own(boss, language="de", backup=None)
    assert person.language == "de"
    with pytest.raises(Refused):
        contacts.set_own(boss, language="xx", backup=None)
    with pytest.raises(Refused):
        contacts.set_own(boss, language="de", backup=rival)
    with pytest.raises(Refused):
        contacts.set_own(boss, language="de", backup=boss)
