from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.template import Context, Template
from django.test import Client
from django.urls import reverse

from qc import clock
from qc.models import CorrectiveAction, Nonconformance, Plant, User
from qc.services import actions, attachments
from suppliers.models import CorrectiveActionRequest, Evidence
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


def test_a_manager_drafts_previews_and_issues_from_a_case(
    noon: dt.datetime, case: Nonconformance, manager: User, acme: User
) -> None:
    client = as_(manager)
    picture = attachments.add(manager, subject=case, upload=flow.photo("crack.png"))
    address = f"{reverse('suppliers:request-create')}?case={case.pk}"
    form = client.get(address)
    assert "Connector coplanarity" in text(form)
    key = form.context["form"].initial["client_uuid"]
    body = {
        "title": "Pins not coplanar",
        "problem": "Pins stand off",
        "lots": "L-1",
        "contact": acme.pk,
        "evidence": [picture.pk],
        "client_uuid": key,
    }
    first = client.post(address, body)
    row = Request.objects.get()
    assert first["Location"] == reverse("suppliers:request-detail", args=[row.pk])
    assert client.post(address, body)["Location"] == first["Location"]
    assert (row.title, row.contact, Evidence.objects.get().name) == ("Pins not coplanar", acme, "crack.png")
    preview = text(client.get(reverse("suppliers:request-preview", args=[row.pk])))
    assert "Pins stand off" in preview and "crack.png" in preview and "INTERNAL-NOTE" not in preview
    assert "tomorrow" not in preview and "in 3 days" in preview
    page = client.post(reverse("suppliers:request-issue", args=[row.pk]), follow=True)
    assert "is issued" in text(page)
    assert CorrectiveAction.objects.filter(nonconformance=case, supplier=acme.supplier).count() == 1


def test_a_case_without_a_supplier_asks_whom_to_ask(noon: dt.datetime, plant: Plant, manager: User, acme: User) -> None:
    case = make.NonconformanceFactory(plant=plant, owner=manager, opened_by=manager)
    client = as_(manager)
    page = client.get(reverse("suppliers:request-create"), {"case": case.pk})
    assert "Whom do you want to ask" in text(page)
    assert acme.supplier is not None
    page = client.get(reverse("suppliers:request-create"), {"case": case.pk, "supplier": acme.supplier.pk})
    assert page.context["supplier"] == acme.supplier


@pytest.mark.parametrize("query", ["", "?case=", "?case=x", "?case=0", "?case=99999999999999999999", "?case=%D9%A3"])
def test_a_request_without_a_case_is_a_404(manager: User, query: str) -> None:
    assert as_(manager).get(reverse("suppliers:request-create") + query).status_code == 404


def test_what_is_wrong_stands_beside_its_field(case: Nonconformance, manager: User) -> None:
    address = f"{reverse('suppliers:request-create')}?case={case.pk}"
    page = as_(manager).post(address, {"title": "", "problem": "x", "quantity_affected": "NaN"})
    assert set(page.context["form"].errors) == {"title", "quantity_affected"}
    assert not Request.objects.exists()


def test_a_contact_of_another_supplier_is_not_offered(case: Nonconformance, manager: User, rival: User) -> None:
    address = f"{reverse('suppliers:request-create')}?case={case.pk}"
    page = as_(manager).post(address, {"title": "a", "problem": "b", "contact": rival.pk})
    assert "contact" in page.context["form"].errors


def test_a_stale_edit_is_told_and_a_good_one_saved(
    noon: dt.datetime, case: Nonconformance, manager: User, acme: User
) -> None:
    row = flow.draft(manager, case, acme.supplier)
    client, address = as_(manager), reverse("suppliers:request-edit", args=[row.pk])
    body = {"title": "New", "problem": "words", "version": 1}
    assert client.post(address, body).status_code == 302
    again = client.post(address, body | {"title": "Other"})
    assert "Somebody else" in text(again)
    row.refresh_from_db()
    assert row.title == "New"


def test_the_review_shows_both_versions_with_the_difference_and_the_reason(
    request_: Request, manager: User, acme: User
) -> None:
    flow.answer(acme, request_, "containment")
    stage = flow.stage(request_, "containment")
    client = as_(manager)
    back = client.post(
        reverse("suppliers:stage-return", args=[stage.pk]), {"usual": "vague", "words": "Which stock?", "version": 1}
    )
    assert back.status_code == 302
    flow.answer(acme, request_, "containment", method="Camera on all pins.")
    page = text(client.get(reverse("suppliers:stage-detail", args=[stage.pk])))
    assert "<del>Gauge</del>" in page and "<ins>Camera</ins>" in page
    assert "Too vague" in page and "Which stock?" in page
    client.post(reverse("suppliers:stage-accept", args=[stage.pk]), {"version": 2})
    assert flow.stage(request_, "containment").status == "accepted"


def test_an_answer_is_escaped(request_: Request, manager: User, acme: User) -> None:
    flow.answer(acme, request_, "containment", method="<img src=x onerror=alert(1)>")
    stage = flow.stage(request_, "containment")
    page = text(as_(manager).get(reverse("suppliers:stage-detail", args=[stage.pk])))
    assert "<img src=x" not in page and "&lt;img src=x" in page


def test_a_return_without_a_reason_says_so_beside_the_field(request_: Request, manager: User, acme: User) -> None:
    stage = flow.answer(acme, request_, "containment")
    page = as_(manager).post(reverse("suppliers:stage-return", args=[stage.pk]), {"version": 1})
    assert page.status_code == 422
    assert "Say why." in text(page)


def test_two_reviewers_at_once_get_a_sentence(request_: Request, manager: User, acme: User) -> None:
    stage = flow.answer(acme, request_, "containment")
    address = reverse("suppliers:stage-accept", args=[stage.pk])
    client = as_(manager)
    client.post(address, {"version": 1})
    page = client.post(address, {"version": 1}, follow=True, headers={"referer": f"http://testserver{address}"})
    assert page.status_code in (200, 405)
    assert flow.stage(request_, "containment").submissions.get().decision == "accepted"


@pytest.mark.parametrize("verb", ["issue", "cancel", "close", "uphold", "message", "share"])
def test_verbs_are_post_only_and_never_fail_with_an_error(request_: Request, manager: User, verb: str) -> None:
    address = reverse(f"suppliers:request-{verb}", args=[request_.pk])
    client = as_(manager)
    assert client.get(address).status_code == 405
    page = reverse("suppliers:request-detail", args=[request_.pk])
    answer = client.post(address, {}, headers={"referer": f"http://testserver{page}"}, follow=True)
    assert answer.status_code == 200
    assert answer.context["messages"]
    assert Request.objects.get(pk=request_.pk).status == "open"


def test_every_verb_of_the_page_does_its_work(request_: Request, manager: User, acme: User) -> None:
    client = as_(manager)

    def post(name: str, **body: Any) -> Any:
        return client.post(reverse(f"suppliers:request-{name}", args=[request_.pk]), body)

    post("share", upload=flow.photo("edge.png"))
    assert Evidence.objects.visible_to(acme).get().name == "edge.png"
    post("message", text="See the photo.")
    assert request_.messages.get().text == "See the photo."
    requests.dispute(acme, request=request_, reason="Not ours")
    assert "Not ours" in text(client.get(reverse("suppliers:request-detail", args=[request_.pk])))
    post("uphold", reason="It is")
    assert Request.objects.get(pk=request_.pk).status == "open"
    stage = flow.stage(request_, "prevention")
    client.post(reverse("suppliers:stage-waive", args=[stage.pk]), {"reason": "Single part"})
    assert flow.stage(request_, "prevention").status == "waived"
    post("close", reason="Part is no longer bought")
    assert Request.objects.get(pk=request_.pk).status == "closed"


def test_an_engineer_does_not_take_back_an_issued_request(request_: Request, engineer: User) -> None:
    answer = as_(engineer).post(reverse("suppliers:request-cancel", args=[request_.pk]), {"reason": "x"})
    assert answer.status_code == 403


def test_an_auditor_reads_and_changes_nothing(request_: Request, auditor: User, acme: User) -> None:
    stage = flow.answer(acme, request_, "containment")
    client = as_(auditor)
    for name, pk in (("request-detail", request_.pk), ("stage-detail", stage.pk), ("request-preview", request_.pk)):
        page = client.get(reverse(f"suppliers:{name}", args=[pk]))
        assert page.status_code == 200
        assert "Accept</button>" not in text(page)
    assert client.post(reverse("suppliers:stage-accept", args=[stage.pk])).status_code == 403
    assert client.get(reverse("suppliers:request-create")).status_code == 403


def test_an_inspector_of_another_plant_finds_nothing(request_: Request) -> None:
    stranger = make.UserFactory(role="inspector", plants=[make.PlantFactory()])
    stage = flow.stage(request_, "plan")
    client = as_(stranger)
    assert request_.number not in text(client.get(reverse("suppliers:request-list")))
    assert client.get(reverse("suppliers:request-detail", args=[request_.pk])).status_code == 404
    assert client.get(reverse("suppliers:stage-detail", args=[stage.pk])).status_code == 404


def test_a_supplier_finds_none_of_our_pages(request_: Request, acme: User) -> None:
    client = as_(acme)
    stage = flow.stage(request_, "plan")
    for name, args in (
        ("request-list", []),
        ("request-create", []),
        ("request-detail", [request_.pk]),
        ("request-preview", [request_.pk]),
        ("stage-detail", [stage.pk]),
    ):
        assert client.get(reverse(f"suppliers:{name}", args=args)).status_code == 404
    assert client.post(reverse("suppliers:stage-accept", args=[stage.pk])).status_code == 404


def test_the_list_filters_by_the_address(
    request_: Request, rival_request: Request, manager: User, acme: User, rival: User
) -> None:
    client = as_(manager)

    def numbers(**query: Any) -> set[str]:
        return {row.number for row in client.get(reverse("suppliers:request-list"), query).context["page"]}

    assert acme.supplier is not None
    both = {request_.number, rival_request.number}
    assert numbers() == numbers(state="open") == numbers(state="nonsense") == numbers(page="99") == both
    assert numbers(supplier=acme.supplier.pk) == {request_.number}
    assert numbers(state="closed") == numbers(overdue="on") == set()
    flow.answer(acme, request_, "containment")
    with clock.frozen_at(make.NOON + dt.timedelta(days=4)):
        assert numbers(overdue="on") == {rival_request.number}


def test_the_list_asks_the_database_as_often_for_three_requests_as_for_one(
    noon: dt.datetime, case: Nonconformance, manager: User, acme: User, django_assert_num_queries: Any
) -> None:
    client, address = as_(manager), reverse("suppliers:request-list")
    flow.answer(acme, flow.issued(manager, case, acme.supplier), "containment")
    client.get(address)
    with django_assert_num_queries(10, exact=False) as found:
        client.get(address)
    for _again in range(3):
        flow.answer(acme, flow.issued(manager, case, acme.supplier), "containment")
    with django_assert_num_queries(len(found.captured_queries)):
        client.get(address)


def test_a_request_with_many_events_costs_no_more_queries(
    request_: Request, manager: User, acme: User, django_assert_num_queries: Any
) -> None:
    client, address = as_(manager), reverse("suppliers:request-detail", args=[request_.pk])
    requests.send_message(manager, request=request_, text="first")
    flow.answer(acme, request_, "containment", files=[flow.photo()])
    client.get(address)
    with django_assert_num_queries(20, exact=False) as found:
        client.get(address)
    for number in range(12):
        requests.send_message(manager, request=request_, text=f"message {number}")
    requests.share(manager, request=request_, upload=flow.SimpleUploadedFile("a.txt", b"words"))
    with django_assert_num_queries(len(found.captured_queries)):
        client.get(address)


def test_a_file_is_a_download_that_runs_nothing(request_: Request, manager: User) -> None:
    requests.share(manager, request=request_, upload=flow.photo())
    file = Evidence.objects.get()
    answer = as_(manager).get(reverse("suppliers:evidence-detail", args=[file.uuid]))
    assert answer["Content-Disposition"] == 'attachment; filename="photo.png"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert file.uuid.hex in file.file.name and "photo" not in file.file.name


def test_a_file_of_an_unsent_draft_is_not_ours_to_read(request_: Request, manager: User, acme: User) -> None:
    requests.save_draft(acme, stage=flow.stage(request_, "containment"), answers={}, files=[flow.photo()])
    address = reverse("suppliers:evidence-detail", args=[Evidence.objects.get().uuid])
    assert as_(manager).get(address).status_code == 404


def test_the_case_page_shows_its_requests(request_: Request, case: Nonconformance, manager: User) -> None:
    template = Template("{% load requests %}{% case_requests case %}")
    shown = template.render(Context({"case": case, "user": manager}))
    assert request_.number in shown and "has to move" in shown and "Ask a supplier" in shown
    stranger = make.UserFactory(role="inspector", plants=[make.PlantFactory()])
    assert request_.number not in template.render(Context({"case": case, "user": stranger}))


def test_a_file_is_taken_out_of_a_draft_on_its_page(
    noon: dt.datetime, case: Nonconformance, manager: User, auditor: User, acme: User
) -> None:
    row = flow.draft(manager, case, acme.supplier)
    file = requests.share(manager, request=row, upload=flow.photo("wrong.png"))
    page = reverse("suppliers:request-detail", args=[row.pk])
    address = reverse("suppliers:evidence-remove", args=[file.uuid])
    client = as_(manager)
    assert address in text(client.get(page))
    assert address not in text(as_(auditor).get(page))
    assert client.get(address).status_code == 405
    as_(auditor).post(address)
    assert Evidence.objects.filter(pk=file.pk).exists()
    answer = client.post(address, follow=True)
    assert "The file is taken out." in text(answer)
    assert not Evidence.objects.exists()
    assert client.post(address).status_code == 404


def test_a_file_of_an_issued_request_has_no_button(request_: Request, manager: User) -> None:
    file = requests.share(manager, request=request_, upload=flow.photo())
    address = reverse("suppliers:evidence-remove", args=[file.uuid])
    client = as_(manager)
    page = reverse("suppliers:request-detail", args=[request_.pk])
    assert address not in text(client.get(page))
    client.post(address, headers={"referer": f"http://testserver{page}"})
    assert Evidence.objects.filter(pk=file.pk).exists()


def test_after_a_refused_return_the_versions_can_still_be_opened(request_: Request, manager: User, acme: User) -> None:
    stage = flow.answer(acme, request_, "containment")
    client = as_(manager)
    page = text(client.post(reverse("suppliers:stage-return", args=[stage.pk]), {"version": 1}))
    address = f"{reverse('suppliers:stage-detail', args=[stage.pk])}?version=1"
    assert f'href="{address}"' in page and 'href="?' not in page
    assert client.get(address).status_code == 200


def test_a_suppliers_action_can_be_given_up_once_it_was_rejected(
    request_: Request, case: Nonconformance, manager: User, acme: User, engineer: User
) -> None:
    address = reverse("qc:action-cancel", args=[request_.action_id])
    page = reverse("qc:case-detail", args=[case.pk])
    client = as_(manager)
    assert address not in text(client.get(page))
    flow.settle(acme, engineer, request_, *flow.ANSWERS)
    actions.reject(manager, action=CorrectiveAction.objects.get(pk=request_.action_id), reason="Not fitted")
    assert address in text(client.get(page))
