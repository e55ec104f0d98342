from __future__ import annotations

import datetime as dt

import pytest

from qc import clock
from qc.errors import NotAllowed, Refused, Stale
from qc.models import CorrectiveAction, Event, Notice, User
from qc.services import actions
from suppliers.models import CorrectiveActionRequest, Evidence, Stage, Submission
from suppliers.services import access, requests
from tests import factories as make
from tests.suppliers import flow

Request = CorrectiveActionRequest


def test_one_click_acknowledges_and_a_second_one_is_told_so(request_: Request, acme: User, engineer: User) -> None:
    stage = requests.acknowledge(acme, request=request_)
    assert (stage.status, stage.due_at) == ("accepted", None)
    assert Notice.objects.filter(to=engineer, text__contains="has confirmed").count() == 1
    with pytest.raises(Refused, match="already"):
        requests.acknowledge(acme, request=request_)


def test_containment_never_waits_and_acknowledges_by_itself(request_: Request, acme: User) -> None:
    stage = flow.answer(acme, request_, "containment")
    assert stage.status == "submitted"
    assert flow.stage(request_, "acknowledge").status == "accepted"


@pytest.mark.parametrize("code", ["root_cause", "plan", "implementation", "prevention", "closure"])
def test_a_stage_waits_for_the_ones_before_it(request_: Request, acme: User, code: str) -> None:
    with pytest.raises(Refused, match="Answer this first: Stop bad parts"):
        flow.answer(acme, request_, code)
    with pytest.raises(Refused, match="first"):
        requests.save_draft(acme, stage=flow.stage(request_, code), answers={})


def test_a_stage_goes_on_while_the_one_before_is_being_reviewed(request_: Request, acme: User) -> None:
    flow.answer(acme, request_, "containment")
    assert flow.answer(acme, request_, "root_cause").status == "submitted"


def test_a_returned_stage_holds_up_the_ones_after_it(request_: Request, acme: User, engineer: User) -> None:
    flow.answer(acme, request_, "containment")
    requests.return_stage(engineer, stage=flow.stage(request_, "containment"), reason="Which stock?")
    with pytest.raises(Refused, match="first"):
        flow.answer(acme, request_, "root_cause")


def test_an_answer_is_sent_once(request_: Request, acme: User) -> None:
    flow.answer(acme, request_, "containment")
    with pytest.raises(Refused, match="sent this answer already"):
        flow.answer(acme, request_, "containment")
    assert Submission.objects.filter(stage__code="containment").count() == 1


def test_the_acknowledgement_has_no_form(request_: Request, acme: User) -> None:
    with pytest.raises(Refused, match="one click"):
        requests.submit(acme, stage=flow.stage(request_, "acknowledge"), answers={})


def test_a_returned_answer_comes_again_as_the_next_version(request_: Request, acme: User, engineer: User) -> None:
    flow.answer(acme, request_, "containment")
    stage = requests.return_stage(engineer, stage=flow.stage(request_, "containment"), reason="Which stock?")
    assert (stage.status, stage.draft["method"]) == ("returned", "Gauge on all pins.")
    assert stage.answer_due_at == dt.datetime(2026, 11, 24, 11, tzinfo=dt.UTC)
    assert Notice.objects.filter(to=acme, text__contains="Which stock?").exists()
    flow.answer(acme, request_, "containment", method="Camera.")
    requests.accept(engineer, stage=stage, version=2)
    found = Submission.objects.filter(stage=stage).order_by("version")
    assert list(found.values_list("version", "decision", "reason")) == [
        (1, "returned", "Which stock?"),
        (2, "accepted", ""),
    ]


def test_a_return_needs_a_reason(request_: Request, acme: User, engineer: User) -> None:
    flow.answer(acme, request_, "containment")
    with pytest.raises(Refused) as caught:
        requests.return_stage(engineer, stage=flow.stage(request_, "containment"), reason=" ")
    assert "reason" in caught.value.fields
    assert flow.stage(request_, "containment").status == "submitted"


def test_who_read_version_one_does_not_decide_version_two(request_: Request, acme: User, engineer: User) -> None:
    flow.answer(acme, request_, "containment")
    requests.return_stage(engineer, stage=flow.stage(request_, "containment"), reason="Which stock?")
    stage = flow.answer(acme, request_, "containment")
    for verb in (
        lambda: requests.accept(engineer, stage=stage, version=1),
        lambda: requests.return_stage(engineer, stage=stage, reason="x", version=1),
    ):
        with pytest.raises(Stale, match="version 2"):
            verb()


def test_an_answer_is_decided_once(request_: Request, acme: User, engineer: User, manager: User) -> None:
    stage = flow.answer(acme, request_, "containment")
    requests.accept(engineer, stage=stage)
    with pytest.raises(Refused, match="no answer to review"):
        requests.return_stage(manager, stage=stage, reason="Too late")


def test_nothing_is_accepted_before_it_was_sent(request_: Request, engineer: User) -> None:
    with pytest.raises(Refused, match="no answer to review"):
        requests.accept(engineer, stage=flow.stage(request_, "containment"))


def test_people_without_the_right_do_not_review(
    request_: Request, acme: User, auditor: User, purchasing: User, inspector: User
) -> None:
    stage = flow.answer(acme, request_, "containment")
    for person in (auditor, purchasing, inspector):
        with pytest.raises(NotAllowed):
            requests.accept(person, stage=stage)


def test_our_own_people_do_not_answer_for_the_supplier(request_: Request, manager: User) -> None:
    with pytest.raises(NotAllowed):
        flow.answer(manager, request_, "containment")


def test_a_stage_is_waived_with_a_reason_and_lets_the_next_one_go(
    request_: Request, acme: User, engineer: User
) -> None:
    requests.waive_stage(engineer, stage=flow.stage(request_, "containment"), reason="No stock left")
    assert flow.answer(acme, request_, "root_cause").status == "submitted"
    with pytest.raises(Refused, match="answer to review"):
        requests.waive_stage(engineer, stage=flow.stage(request_, "root_cause"), reason="x")
    with pytest.raises(Refused, match="over already"):
        requests.waive_stage(engineer, stage=flow.stage(request_, "containment"), reason="x")
    assert Event.objects.filter(verb="request.waive_stage", reason="No stock left").count() == 1


def test_a_draft_is_kept_with_its_files_and_only_the_supplier_sees_them(
    request_: Request, acme: User, engineer: User, rival: User
) -> None:
    stage = flow.stage(request_, "containment")
    requests.save_draft(acme, stage=stage, answers={"measure": "Half", "quantity_bad": "many"}, files=[flow.photo()])
    assert flow.stage(request_, "containment").draft == {"measure": "Half", "quantity_bad": "many"}
    assert Evidence.objects.visible_to(acme).count() == 1
    assert not Evidence.objects.visible_to(engineer).exists()
    assert not Evidence.objects.visible_to(rival).exists()
    flow.answer(acme, request_, "containment", files=[flow.photo("two.png")])
    assert Evidence.objects.visible_to(engineer).filter(submission__version=1).count() == 1
    assert flow.stage(request_, "containment").draft == {}


def test_different_files_of_draft_and_answer_both_arrive(request_: Request, acme: User, engineer: User) -> None:
    text = flow.SimpleUploadedFile("list.csv", b"lot;bad\nA;3\n", "text/csv")
    requests.save_draft(acme, stage=flow.stage(request_, "containment"), answers={}, files=[text])
    flow.answer(acme, request_, "containment", files=[flow.photo()])
    names = Evidence.objects.visible_to(engineer).values_list("name", flat=True)
    assert set(names) == {"list.csv", "photo.png"}


def test_a_file_that_is_not_accepted_leaves_nothing_behind(request_: Request, acme: User) -> None:
    bad = flow.SimpleUploadedFile("x.html", b"<html></html>")
    with pytest.raises(Refused) as caught:
        flow.answer(acme, request_, "containment", files=[flow.photo(), bad])
    assert "files" in caught.value.fields and "x.html" in caught.value.fields["files"]
    assert flow.stage(request_, "containment").status == "pending"
    assert not Evidence.objects.exists()


def test_a_file_is_taken_out_of_a_draft_but_not_out_of_an_answer(request_: Request, acme: User, rival: User) -> None:
    requests.save_draft(acme, stage=flow.stage(request_, "containment"), answers={}, files=[flow.photo()])
    file = Evidence.objects.get()
    with pytest.raises(Refused):
        requests.remove(rival, evidence=file)
    requests.remove(acme, evidence=file)
    assert not Evidence.objects.exists()
    flow.answer(acme, request_, "containment", files=[flow.photo()])
    with pytest.raises(Refused, match="stays"):
        requests.remove(acme, evidence=Evidence.objects.get())


def test_operator_error_alone_is_refused_and_nothing_is_sent(request_: Request, acme: User) -> None:
    flow.answer(acme, request_, "containment")
    with pytest.raises(Refused) as caught:
        flow.answer(acme, request_, "root_cause", occurrence_cause="Operator error")
    assert "not a root cause" in caught.value.fields["occurrence_cause"]
    assert flow.stage(request_, "root_cause").status == "pending"


def test_an_answer_remembers_the_date_that_it_had_to_meet(request_: Request, acme: User, engineer: User) -> None:
    due = flow.stage(request_, "containment").answer_due_at
    stage = flow.answer(acme, request_, "containment")
    requests.return_stage(engineer, stage=stage, reason="More")
    assert Submission.objects.get(stage=stage).answer_due_at == due != flow.stage(request_, "containment").answer_due_at


def test_an_implementation_without_its_case_open_moves_no_action(request_: Request, acme: User, engineer: User) -> None:
    flow.settle(acme, engineer, request_, "containment", "root_cause", "plan")
    case = request_.nonconformance
    case.status, case.closed_at, case.closed_by = "closed", clock.now(), engineer
    case.save()
    flow.settle(acme, engineer, request_, "implementation")
    assert CorrectiveAction.objects.get(pk=request_.action_id).status == "in_progress"
    assert flow.stage(request_, "implementation").status == "accepted"


def test_another_contact_of_the_same_supplier_may_answer(request_: Request, acme: User) -> None:
    colleague = make.UserFactory(role="supplier", supplier=acme.supplier)
    assert flow.answer(colleague, request_, "containment").status == "submitted"


def test_an_implementation_whose_action_was_rejected_goes_back_to_the_supplier(
    request_: Request, acme: User, engineer: User, manager: User
) -> None:
    flow.settle(acme, engineer, request_, *flow.ANSWERS)
    stage = flow.stage(request_, "implementation")
    with pytest.raises(Refused):
        requests.return_stage(engineer, stage=stage, reason="Too early")
    actions.reject(manager, action=CorrectiveAction.objects.get(pk=request_.action_id), reason="Sensor is not fitted")
    stage = requests.return_stage(engineer, stage=stage, reason="The sensor is not fitted in tool 3.")
    request_.refresh_from_db()
    assert (request_.status, stage.status, stage.due_at is None) == ("open", "returned", False)
    flow.settle(acme, engineer, request_, "implementation")
    request_.refresh_from_db()
    assert request_.status == "verifying"
    assert CorrectiveAction.objects.get(pk=request_.action_id).status == "done"


def test_a_file_whose_answer_is_sent_meanwhile_stays(
    request_: Request, acme: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests.save_draft(acme, stage=flow.stage(request_, "containment"), answers={}, files=[flow.photo()])
    file = Evidence.objects.get()
    hold = access.hold_stage

    def sent_first(by: User, stage: Stage) -> Stage:
        monkeypatch.setattr(access, "hold_stage", hold)
        flow.answer(acme, request_, "containment")
        return hold(by, stage)

    monkeypatch.setattr(access, "hold_stage", sent_first)
    with pytest.raises(Refused, match="stays"):
        requests.remove(acme, evidence=file)
    assert Evidence.objects.filter(pk=file.pk).exists()
