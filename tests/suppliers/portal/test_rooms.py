"""The rooms of the portal beside the request itself: list, messages, contacts, figures, shared defects, language."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from qc.models import Nonconformance, User
from suppliers.models import CorrectiveActionRequest, Evidence, SharedDefect
from suppliers.services import messages, sharing
from tests import factories as make
from tests import outside_factories as outside
from tests.suppliers import flow

Request = CorrectiveActionRequest


def as_(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def boss(acme: User) -> User:
    User.objects.filter(pk=acme.pk).update(is_supplier_admin=True)
    return User.objects.get(pk=acme.pk)


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("", True),
        ("?state=current", True),
        ("?state=over", False),
        ("?q=coplanar", True),
        ("?q=L-2", True),
        ("?q=nothing", False),
        ("?state=nonsense&page=zzz", True),
        ("?q=%00", True),
    ],
)
def test_the_list_is_found_by_state_and_words(request_: Request, acme: User, query: str, there: bool) -> None:
    page = text(as_(acme).get(reverse("portal:request-list") + query))
    assert (request_.title in page) is there
    assert there or "Nothing fits" in page


def test_the_list_holds_nobody_elses_requests(request_: Request, rival_request: Request, acme: User) -> None:
    assert "CANARY" not in text(as_(acme).get(reverse("portal:request-list")))


def test_home_and_list_mark_what_was_not_read(request_: Request, acme: User, engineer: User) -> None:
    messages.send_message(engineer, request=request_, text="Which lots?")
    client = as_(acme)
    for name in ("home", "request-list"):
        assert "1 new message" in text(client.get(reverse(f"portal:{name}")))
    read = text(client.get(reverse("portal:request-messages", args=[request_.pk])))
    assert "Which lots?" in read and "1 new message" in read
    assert "new message" not in text(client.get(reverse("portal:home")))


def test_a_message_that_is_refused_keeps_its_words(request_: Request, acme: User) -> None:
    address = reverse("portal:request-message", args=[request_.pk])
    bad = flow.photo("page.html")
    bad.file.seek(0)
    bad.file.truncate()
    bad.file.write(b"<html>")
    bad.file.seek(0)
    answer = as_(acme).post(address, {"text": "My words", "files": bad})
    assert answer.status_code == 422
    assert "My words" in text(answer) and "This kind of file is not accepted" in text(answer)
    assert as_(acme).post(address, {"text": " "}).status_code == 422
    assert not request_.messages.exists()


def test_a_message_goes_out_with_its_photo_and_both_sides_can_load_it(
    request_: Request, acme: User, engineer: User
) -> None:
    as_(acme).post(
        reverse("portal:request-message", args=[request_.pk]), {"text": "See.", "files": flow.photo("dot.png")}
    )
    file = Evidence.objects.get()
    assert "dot.png" in text(as_(engineer).get(reverse("suppliers:request-detail", args=[request_.pk])))
    assert as_(engineer).get(reverse("suppliers:evidence-detail", args=[file.uuid])).status_code == 200
    assert as_(acme).get(reverse("portal:evidence-detail", args=[file.uuid])).status_code == 200


def test_an_administrator_invites_changes_and_stops_on_the_pages(boss: User, noon: object) -> None:
    client = as_(boss)
    given = {"name": "Erika Muster", "email": "erika@acme.example", "function": "quality", "language": "de"}
    assert client.post(reverse("portal:contact-invite"), given | {"email": "x"}).status_code == 422
    assert client.post(reverse("portal:contact-invite"), {}).status_code == 422
    assert client.post(reverse("portal:contact-invite"), given).status_code == 302
    person = User.objects.get(email="erika@acme.example")
    listed = text(client.get(reverse("portal:contact-list")))
    assert "Erika Muster" in listed and "Invited" in listed
    client.post(reverse("portal:contact-detail", args=[person.pk]), given | {"name": "Erika Neu", "is_admin": "on"})
    client.post(reverse("portal:contact-stop", args=[person.pk]))
    person.refresh_from_db()
    assert (person.last_name, person.is_supplier_admin, person.is_active) == ("Neu", True, False)
    client.post(reverse("portal:contact-start", args=[person.pk]))
    person.refresh_from_db()
    assert person.is_active


def test_a_colleague_reads_the_contacts_and_changes_none(acme: User, rival: User) -> None:
    client, rival_client = as_(acme), as_(rival)
    assert text(client.get(reverse("portal:contact-list"))).count("card-block") == 1
    for name in ("contact-detail", "contact-stop", "contact-start", "contact-invite-again"):
        address = reverse(f"portal:{name}", args=[acme.pk])
        assert client.post(address).status_code == 404
        assert rival_client.post(address).status_code == 404
    assert client.get(reverse("portal:contact-invite")).status_code == 404


def test_the_own_language_turns_the_pages(request_: Request, acme: User) -> None:
    client = as_(acme)
    client.post(reverse("portal:own-settings"), {"language": "de"})
    home = text(client.get(reverse("portal:home")))
    assert "Eine Anfrage wartet auf Sie" in home and 'lang="de"' in home
    form = text(client.get(reverse("portal:stage-answer", args=[request_.pk, "containment"])))
    assert "Was haben Sie getan, damit keine verdächtigen Teile mehr zu uns kommen?" in form
    sent = client.post(reverse("portal:stage-answer", args=[request_.pk, "containment"]), {"send": "1"})
    assert sent.status_code == 422 and "Bitte beantworten Sie dies." in text(sent)
    assert "Hier gibt es nichts für Sie" in text(client.get("/portal/requests/999999/"))


@pytest.mark.parametrize(("asked", "said"), [("de", "Anmelden"), ("en", "Log in")])
def test_the_login_speaks_the_language_of_the_browser(db: None, asked: str, said: str) -> None:
    assert said in text(Client(headers={"accept-language": asked}).get("/accounts/login/"))


def test_our_own_pages_stay_in_one_language(engineer: User, request_: Request) -> None:
    client = Client(headers={"accept-language": "de"})
    client.force_login(engineer)
    page = text(client.get(reverse("suppliers:request-detail", args=[request_.pk])))
    assert 'lang="en"' in page and "Nachricht" not in page


def test_own_figures_are_shown_with_their_sums_and_nobody_elses(noon: object, acme: User, rival: User) -> None:
    month = make.NOON.date().replace(day=1)
    outside.ScorecardFactory(supplier=acme.supplier, month=month, units_received=2000, units_rejected=3)
    outside.ScorecardFactory(supplier=acme.supplier, month=month.replace(month=10), units_received=0)
    outside.ScorecardFactory(supplier=rival.supplier, month=month, units_received=777, units_rejected=77)
    page = text(as_(acme).get(reverse("portal:scorecard")))
    assert "3 of 2,000 = 1,500 per million" in page and "no data" in page
    assert "777" not in page


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("70.9 of 100 points", "Band B", "with so many parts: between 13 and 2,7")),
        ("de", ("70,9 von 100 Punkten", "Stufe B", "zwischen 13 und 2.7")),
    ],
)
def test_own_score_band_and_interval_are_written_as_the_language_has_them(
    noon: object, acme: User, language: str, said: tuple[str, ...]
) -> None:
    User.objects.filter(pk=acme.pk).update(language=language)
    none = dict.fromkeys(("answers_due", "answers_on_time", "requests_issued", "repeat_requests"), 0)
    month = make.NOON.date().replace(day=1)
    outside.ScorecardFactory(supplier=acme.supplier, month=month, units_received=2000, units_rejected=1, **none)
    page = text(as_(acme).get(reverse("portal:scorecard")))
    assert [each for each in said if each not in page] == []


def test_without_figures_the_page_says_so(acme: User) -> None:
    assert "There are no figures yet" in text(as_(acme).get(reverse("portal:scorecard")))


def test_we_choose_defects_on_a_page_and_the_supplier_reads_them(
    request_: Request, case: Nonconformance, engineer: User, acme: User, rival: User
) -> None:
    mine = make.DefectFactory(plant=case.plant, supplier=acme.supplier, serial="S-77")
    other = make.DefectFactory(plant=case.plant, supplier=rival.supplier)
    case.defects.add(mine, other)
    client, address = as_(engineer), reverse("suppliers:defects-share", args=[request_.pk])
    page = text(client.get(address))
    assert mine.number in page and other.number not in page
    assert client.post(address, {}).status_code == 422
    assert client.post(address, {"defects": [other.pk, "x", "9" * 30]}).status_code == 422
    client.post(address, {"defects": [mine.pk]})
    read = text(as_(acme).get(reverse("portal:request-detail", args=[request_.pk])))
    assert mine.number in read and "S-77" in read
    assert mine.number in text(client.get(reverse("suppliers:request-preview", args=[request_.pk])))
    client.post(reverse("suppliers:defect-unshare", args=[SharedDefect.objects.get().pk]))
    assert mine.number not in text(as_(acme).get(reverse("portal:request-detail", args=[request_.pk])))
    assert list(sharing.shareable(engineer, request_)) == [mine]


def test_what_a_colleague_typed_meanwhile_is_not_overwritten_unseen(request_: Request, acme: User) -> None:
    client, address = as_(acme), reverse("portal:stage-answer", args=[request_.pk, "containment"])
    seen = client.get(address).context["seen"]
    client.post(address, {"measure": "Mine.", "save": "1", "seen": seen})
    answer = client.post(address, {"measure": "Hers.", "save": "1", "seen": seen})
    assert answer.status_code == 422 and "A colleague has changed this answer" in text(answer)
    assert "Hers." in text(answer)  # what was typed is kept on the page
    assert flow.stage(request_, "containment").draft == {"measure": "Mine."}
    client.post(address, {"measure": "Hers.", "save": "1", "seen": answer.context["seen"]})
    assert flow.stage(request_, "containment").draft == {"measure": "Hers."}


@pytest.mark.parametrize(
    ("language", "typed", "kept"),
    [("en", "4,200", "4200"), ("en", "4.5", "4.5"), ("de", "4200", "4200"), ("de", "4,5", "4.5"), ("de", "4.200", "")],
)
def test_a_quantity_is_read_as_it_is_written_in_the_language(
    request_: Request, acme: User, language: str, typed: str, kept: str
) -> None:
    User.objects.filter(pk=acme.pk).update(language=language)
    given = {**flow.ANSWERS["containment"], "quantity_checked": typed, "quantity_bad": "1", "send": "1"}
    address = reverse("portal:stage-answer", args=[request_.pk, "containment"])
    answer = as_(acme).post(address, given)
    sent = flow.stage(request_, "containment").submissions.first()
    assert (sent.answers["quantity_checked"] if sent else "") == kept
    assert sent or "ohne Punkte" in text(answer)
