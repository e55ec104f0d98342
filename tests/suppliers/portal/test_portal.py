from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from qc import clock
from qc.models import Nonconformance, Notice, User
from qc.services import comments
from suppliers.models import CorrectiveActionRequest, Evidence, Stage, Submission
from suppliers.portal import urls
from suppliers.services import requests
from tests import factories as make
from tests.suppliers import flow

Request = CorrectiveActionRequest


def as_(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def addresses(request: Request, file: Evidence) -> dict[str, str]:
    """Every address of the portal that names a request or a file, for one request."""
    found = {}
    for pattern in urls.urlpatterns:
        if not str(pattern.pattern).startswith(("requests/<int:pk>/", "evidence/")):
            continue
        names = set(pattern.pattern.converters)
        arguments: dict[str, Any] = {"pk": request.pk, "code": "containment", "uuid": file.uuid}
        found[pattern.name] = reverse(f"portal:{pattern.name}", kwargs={name: arguments[name] for name in names})
    return found


@pytest.fixture
def rival_file(rival_request: Request, engineer: User) -> Evidence:
    return requests.share(engineer, request=rival_request, upload=flow.photo("CANARY-FILE.png"))


def test_home_lists_own_requests_with_the_due_date_in_words(
    request_: Request, rival_request: Request, acme: User
) -> None:
    with clock.frozen_at(dt.datetime(2026, 11, 21, 13, 0, tzinfo=dt.UTC)):
        page = text(as_(acme).get(reverse("portal:home")))
    assert request_.title in page
    assert "tomorrow 12:00" in page
    assert "CANARY" not in page


def test_home_says_how_late_an_answer_is(request_: Request, acme: User) -> None:
    with clock.frozen_at(make.NOON + dt.timedelta(days=4)):
        assert "2 days late" in text(as_(acme).get(reverse("portal:home")))


def test_home_without_requests_says_what_will_be_here(acme: User) -> None:
    assert "Nothing waits for you" in text(as_(acme).get(reverse("portal:home")))


def test_a_draft_or_discarded_request_does_not_exist_for_the_supplier(
    noon: dt.datetime, case: Nonconformance, manager: User, acme: User
) -> None:
    row = flow.draft(manager, case, acme.supplier, title="CANARY-DRAFT")
    client = as_(acme)
    for _state in ("draft", "discarded"):
        assert "CANARY" not in text(client.get(reverse("portal:home")))
        assert client.get(reverse("portal:request-detail", args=[row.pk])).status_code == 404
        if row.status == "draft":
            row = requests.cancel(manager, request=row, reason="No")


def test_every_address_of_another_suppliers_request_is_a_404(
    request_: Request, rival_request: Request, rival_file: Evidence, acme: User
) -> None:
    client = as_(acme)
    found = addresses(rival_request, rival_file)
    assert len(found) >= 8
    before = Stage.objects.filter(request=rival_request).values()
    kept = list(before)
    for name, address in found.items():
        for method in ("get", "post"):
            body = {"text": "x", "reason": "x", "send": "1", "supplier": acme.supplier_id, "request": request_.pk}
            answer = getattr(client, method)(address, body)
            assert answer.status_code in (404, 405), (name, method)
            assert "CANARY" not in text(answer), (name, method)
    assert list(before.all()) == kept
    assert not rival_request.messages.exists()


def test_keys_in_the_body_change_nothing(request_: Request, rival_request: Request, acme: User) -> None:
    client = as_(acme)
    rival_stage = flow.stage(rival_request, "containment")
    body = flow.ANSWERS["containment"] | {
        "send": "1",
        "stage": rival_stage.pk,
        "request": rival_request.pk,
        "supplier": rival_request.supplier_id,
        "decision": "accepted",
        "version": 9,
        "submitted_by": 1,
    }
    client.post(reverse("portal:stage-answer", args=[request_.pk, "containment"]), body)
    sent = Submission.objects.get(stage__code="containment")
    assert (sent.stage.request, sent.version, sent.decision, sent.submitted_by) == (request_, 1, "open", acme)
    assert "supplier" not in sent.answers


@pytest.mark.parametrize("who", ["inspector", "engineer", "manager", "auditor", "system"])
def test_the_portal_does_not_exist_for_our_own_people(
    request_: Request, engineer: User, who: str, request: pytest.FixtureRequest
) -> None:
    client = as_(request.getfixturevalue(who))
    file = requests.share(engineer, request=request_, upload=flow.photo())
    for address in addresses(request_, file).values():
        assert client.get(address).status_code in (404, 405)


def test_strangers_are_asked_to_log_in(request_: Request) -> None:
    answer = Client().get(reverse("portal:request-detail", args=[request_.pk]))
    assert answer.status_code == 302 and "/accounts/login/" in answer["Location"]


def test_a_deactivated_contact_is_out(request_: Request, acme: User) -> None:
    client = as_(acme)
    User.objects.filter(pk=acme.pk).update(is_active=False)
    assert client.get(reverse("portal:home")).status_code in (302, 404)


def test_one_click_acknowledges(request_: Request, acme: User) -> None:
    client = as_(acme)
    page = client.post(reverse("portal:request-acknowledge", args=[request_.pk]), follow=True)
    assert "Thank you" in text(page)
    again = client.post(reverse("portal:request-acknowledge", args=[request_.pk]), follow=True)
    assert again.status_code == 200
    assert flow.stage(request_, "acknowledge").submissions.count() == 1


def test_only_the_fields_of_the_stage_that_is_due_are_asked(request_: Request, acme: User) -> None:
    client = as_(acme)
    page = text(client.get(reverse("portal:stage-answer", args=[request_.pk, "containment"])))
    assert 'name="measure"' in page and 'name="occurrence_cause"' not in page
    assert "An example of a good answer" in page
    later = text(client.get(reverse("portal:stage-answer", args=[request_.pk, "root_cause"])))
    assert "not due yet" in later and "<textarea" not in later
    assert client.get(reverse("portal:stage-answer", args=[request_.pk, "nonsense"])).status_code == 404


def test_root_cause_asks_three_legs_with_evidence(request_: Request, acme: User) -> None:
    flow.answer(acme, request_, "containment")
    page = text(as_(acme).get(reverse("portal:stage-answer", args=[request_.pk, "root_cause"])))
    for leg in ("occurrence", "escape", "systemic"):
        assert f'name="{leg}_cause"' in page and f'name="{leg}_evidence"' in page


def test_a_draft_is_kept_word_for_word_with_its_file(request_: Request, acme: User) -> None:
    client, address = as_(acme), reverse("portal:stage-answer", args=[request_.pk, "containment"])
    body = {"measure": "Half done", "quantity_bad": "many", "places": ["transit"], "files": [flow.photo()]}
    page = text(client.post(address, body | {"save": "1"}, follow=True))
    assert "Saved as a draft" in page and "Half done" in page and 'value="many"' in page and "photo.png" in page
    assert flow.stage(request_, "containment").status == "pending"
    file = Evidence.objects.get()
    page = text(client.post(reverse("portal:evidence-remove", args=[file.uuid]), follow=True))
    assert "photo.png" not in page and "Half done" in page


def test_an_incomplete_answer_is_kept_and_says_what_is_missing_beside_the_fields(request_: Request, acme: User) -> None:
    client, address = as_(acme), reverse("portal:stage-answer", args=[request_.pk, "containment"])
    page = client.post(address, {"send": "1", "measure": "Half done", "files": [flow.photo()]})
    assert page.status_code == 422
    assert "Please answer this." in text(page) and "Half done" in text(page) and "photo.png" in text(page)
    assert set(page.context["form"].errors) == {"places", "quantity_checked", "quantity_bad", "method", "clean_mark"}
    assert flow.stage(request_, "containment").draft == {"measure": "Half done"}


def test_operator_error_is_refused_with_a_hint_beside_the_field(request_: Request, acme: User) -> None:
    flow.answer(acme, request_, "containment")
    address = reverse("portal:stage-answer", args=[request_.pk, "root_cause"])
    body = flow.ANSWERS["root_cause"] | {"occurrence_cause": "Operator error", "send": "1"}
    page = as_(acme).post(address, body)
    assert "not a root cause" in page.context["form"].errors["occurrence_cause"][0]
    assert "not a root cause" in text(page)


def test_a_sent_answer_says_what_happens_next(request_: Request, acme: User, engineer: User) -> None:
    client, address = as_(acme), reverse("portal:stage-answer", args=[request_.pk, "containment"])
    page = client.post(address, flow.ANSWERS["containment"] | {"send": "1", "files": [flow.photo()]}, follow=True)
    assert "What happens next" in text(page) and "engineer reviews your answer" in text(page)
    assert Evidence.objects.get().submission == Submission.objects.get(stage__code="containment")
    assert Notice.objects.filter(to=engineer, text__contains="has answered").exists()
    again = client.post(address, flow.ANSWERS["containment"] | {"send": "1"})
    assert again.status_code == 422 and "already" in text(again)


def test_a_returned_answer_shows_the_reason_and_the_last_words(request_: Request, acme: User, engineer: User) -> None:
    stage = flow.answer(acme, request_, "containment")
    requests.return_stage(engineer, stage=stage, reason="Which stock?")
    page = text(as_(acme).get(reverse("portal:stage-answer", args=[request_.pk, "containment"])))
    assert "Which stock?" in page and "Gauge on all pins." in page


def test_messages_and_objections_reach_us(request_: Request, acme: User, engineer: User) -> None:
    client = as_(acme)
    client.post(reverse("portal:request-message", args=[request_.pk]), {"text": "Which drawing?"})
    assert request_.messages.get().text == "Which drawing?"
    page = client.post(reverse("portal:request-dispute", args=[request_.pk]), {"reason": "Not our lot"}, follow=True)
    assert "You have objected" in text(page)
    page = client.get(reverse("portal:stage-answer", args=[request_.pk, "containment"]))
    assert page.context["form"] is None


def test_nothing_of_the_inside_is_on_the_suppliers_pages(
    request_: Request, case: Nonconformance, acme: User, engineer: User
) -> None:
    comments.write(engineer, subject=request_, text="CANARY-COMMENT")
    requests.waive_stage(engineer, stage=flow.stage(request_, "prevention"), reason="CANARY-REASON")
    client = as_(acme)
    flow.answer(acme, request_, "containment")
    for address in (
        reverse("portal:home"),
        reverse("portal:request-detail", args=[request_.pk]),
        reverse("portal:stage-answer", args=[request_.pk, "containment"]),
    ):
        page = text(client.get(address))
        for secret in ("CANARY", "INTERNAL-NOTE", case.number, case.title, "/cases/", "/requests/stages/"):
            assert secret not in page, (address, secret)


def test_a_shared_file_is_a_download_for_its_supplier_only(
    request_: Request, acme: User, rival: User, engineer: User
) -> None:
    file = requests.share(engineer, request=request_, upload=flow.photo())
    address = reverse("portal:evidence-detail", args=[file.uuid])
    answer = as_(acme).get(address)
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert b"".join(answer.streaming_content).startswith(b"\x89PNG")  # type: ignore[attr-defined]
    assert as_(rival).get(address).status_code == 404


def test_a_file_that_is_a_web_page_is_refused_beside_the_field(request_: Request, acme: User) -> None:
    bad = flow.SimpleUploadedFile("photo.png", b"<html><script>alert(1)</script></html>", "image/png")
    address = reverse("portal:stage-answer", args=[request_.pk, "containment"])
    page = as_(acme).post(address, {"measure": "Kept?", "save": "1", "files": [bad]})
    assert page.status_code == 422
    assert "files" in page.context["form"].errors and "Kept?" in text(page)
    assert not Evidence.objects.exists()


def test_the_whole_life_of_a_request_over_the_pages(request_: Request, acme: User, manager: User) -> None:
    supplier, ours = as_(acme), as_(manager)
    supplier.post(reverse("portal:request-acknowledge", args=[request_.pk]))
    for code in flow.ANSWERS:
        body = flow.ANSWERS[code] | {"send": "1"}
        answer = supplier.post(reverse("portal:stage-answer", args=[request_.pk, code]), body)
        assert answer.status_code == 302, code
        stage = flow.stage(request_, code)
        ours.post(reverse("suppliers:stage-accept", args=[stage.pk]), {"version": 1})
        assert flow.stage(request_, code).status == "accepted"
    assert "We check that it helped" in text(supplier.get(reverse("portal:home")))
    request_.refresh_from_db()
    assert request_.status == "verifying"
    assert request_.action.done_by == acme
    ours.post(reverse("suppliers:request-close", args=[request_.pk]), {"reason": "Eight clean deliveries"})
    request_.refresh_from_db()
    assert request_.status == "closed"
    assert "closed. Thank you" in text(supplier.get(reverse("portal:request-detail", args=[request_.pk])))


def test_home_asks_the_database_as_often_for_many_requests_as_for_one(
    noon: dt.datetime, case: Nonconformance, engineer: User, acme: User, django_assert_num_queries: Any
) -> None:
    client, address = as_(acme), reverse("portal:home")
    flow.answer(acme, flow.issued(engineer, case, acme.supplier), "containment")
    client.get(address)
    with django_assert_num_queries(10, exact=False) as found:
        client.get(address)
    for _again in range(3):
        flow.answer(acme, flow.issued(engineer, case, acme.supplier), "containment")
    with django_assert_num_queries(len(found.captured_queries)):
        client.get(address)
