from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest

from qc import clock
from qc.errors import Conflict, NotAllowed, Refused, Stale
from qc.models import Attachment, CorrectiveAction, EffectivenessCheck, Event, Nonconformance, Notice, Supplier, User
from qc.services import actions, attachments
from suppliers.models import CorrectiveActionRequest, Evidence, Stage
from suppliers.services import drafts, facts, requests
from tests import factories as make
from tests.suppliers import flow

Request = CorrectiveActionRequest


def verbs(request: Request) -> list[str]:
    return list(Event.objects.about(request).order_by("sequence").values_list("verb", flat=True))


def test_a_draft_has_a_number_and_an_action_and_the_supplier_sees_nothing(
    noon: dt.datetime, case: Nonconformance, engineer: User, acme: User
) -> None:
    row = flow.draft(engineer, case, acme.supplier)
    assert (row.number, row.status, row.severity) == ("SCAR-2026-00001", "draft", "major")
    assert (row.action.nonconformance, row.action.owner, row.action.supplier) == (case, None, acme.supplier)
    assert not Request.objects.visible_to(acme).exists()
    assert not Notice.objects.filter(to=acme).exists()
    assert verbs(row) == ["request.draft"]


def test_the_same_form_twice_makes_one_draft_and_other_words_are_a_conflict(
    noon: dt.datetime, case: Nonconformance, engineer: User, acme: User
) -> None:
    key = uuid.uuid4()
    first = flow.draft(engineer, case, acme.supplier, client_uuid=key)
    assert flow.draft(engineer, case, acme.supplier, client_uuid=key) == first
    with pytest.raises(Conflict, match=first.number):
        flow.draft(engineer, case, acme.supplier, client_uuid=key, title="Other")
    assert Request.objects.count() == 1


def test_only_quality_people_ask_suppliers(
    case: Nonconformance, inspector: User, auditor: User, purchasing: User, acme: User
) -> None:
    for person in (inspector, auditor, purchasing, acme):
        with pytest.raises(NotAllowed):
            flow.draft(person, case, acme.supplier)


def test_an_engineer_of_another_plant_cannot_ask(case: Nonconformance, acme: User) -> None:
    stranger = make.UserFactory(role="engineer", plants=[make.PlantFactory()])
    with pytest.raises(NotAllowed):
        flow.draft(stranger, case, acme.supplier)


def test_a_draft_says_what_is_missing(case: Nonconformance, engineer: User, acme: User, rival: User) -> None:
    with pytest.raises(Refused) as caught:
        flow.draft(
            engineer, case, acme.supplier, title=" ", problem="", lots="x" * 9000, quantity_affected=Decimal("NaN")
        )
    assert set(caught.value.fields) == {"title", "problem", "lots", "quantity_affected"}
    with pytest.raises(Refused) as caught:
        flow.draft(engineer, case, acme.supplier, contact=rival)
    assert "contact" in caught.value.fields
    assert not CorrectiveAction.objects.exists()


def test_a_closed_case_asks_nobody(case: Nonconformance, engineer: User, acme: User) -> None:
    case.status, case.closed_at, case.closed_by = "closed", clock.now(), engineer
    case.save()
    with pytest.raises(Refused, match="over"):
        flow.draft(engineer, case, acme.supplier)


def test_issuing_opens_seven_stages_with_due_dates_and_tells_the_contacts(request_: Request, acme: User) -> None:
    rows = {stage.code: stage for stage in request_.stages.all()}
    assert list(rows) == list(Stage.Code.values)
    assert rows["acknowledge"].answer_due_at == dt.datetime(2026, 11, 23, 11, tzinfo=dt.UTC)
    assert rows["containment"].answer_due_at == dt.datetime(2026, 11, 22, 11, tzinfo=dt.UTC)
    assert rows["implementation"].answer_due_at is None and rows["implementation"].due_at is None
    assert Notice.objects.get(to=acme).text == "New request SCAR-2026-00001: Pins are not coplanar"
    assert verbs(request_) == ["request.draft", "request.issue"]


def test_a_request_is_issued_once(request_: Request, engineer: User) -> None:
    with pytest.raises(Refused, match="issued already"):
        requests.issue(engineer, request=request_)
    assert request_.stages.count() == 7


def test_nothing_is_issued_to_a_supplier_without_people(
    noon: dt.datetime, case: Nonconformance, engineer: User
) -> None:
    row = flow.draft(engineer, case, make.SupplierFactory())
    with pytest.raises(Refused, match="log in"):
        requests.issue(engineer, request=row)


def test_a_minor_request_does_not_ask_for_prevention(
    noon: dt.datetime, case: Nonconformance, engineer: User, acme: User
) -> None:
    case.severity = "minor"
    case.save()
    row = flow.issued(engineer, case, acme.supplier)
    assert flow.stage(row, "prevention").status == "waived"


def test_a_draft_can_be_changed_and_a_stale_change_is_refused(
    noon: dt.datetime, case: Nonconformance, engineer: User, acme: User
) -> None:
    row = flow.draft(engineer, case, acme.supplier)
    changed = requests.change(engineer, request=row, version=1, contact=acme, title="New", problem="Words")
    assert (changed.title, changed.contact, changed.version) == ("New", acme, 2)
    with pytest.raises(Stale):
        requests.change(engineer, request=row, version=1, contact=None, title="Old", problem="Words")


def test_an_issued_request_is_not_changed(request_: Request, engineer: User) -> None:
    with pytest.raises(Refused, match="message"):
        requests.change(engineer, request=request_, version=request_.version, contact=None, title="x", problem="y")


def test_cancelling_takes_a_manager_and_a_reason_and_cancels_the_action(
    request_: Request, engineer: User, manager: User, acme: User
) -> None:
    with pytest.raises(NotAllowed):
        requests.cancel(engineer, request=request_, reason="No")
    with pytest.raises(Refused):
        requests.cancel(manager, request=request_, reason="  ")
    row = requests.cancel(manager, request=request_, reason="Wrong supplier")
    assert row.status == "cancelled"
    assert CorrectiveAction.objects.get(pk=row.action_id).status == "cancelled"
    assert not row.stages.filter(due_at__isnull=False).exists()
    assert Notice.objects.filter(to=acme, text__contains="Wrong supplier").exists()
    with pytest.raises(Refused, match="over already"):
        requests.cancel(manager, request=request_, reason="Again")


def test_an_engineer_discards_a_draft_and_the_supplier_never_hears_of_it(
    noon: dt.datetime, case: Nonconformance, engineer: User, acme: User
) -> None:
    row = requests.cancel(engineer, request=flow.draft(engineer, case, acme.supplier), reason="Not theirs")
    assert row.status == "cancelled"
    assert not Request.objects.visible_to(acme).exists()
    assert not Notice.objects.filter(to=acme).exists()


def test_closing_needs_every_stage_and_a_check_or_a_reason(request_: Request, manager: User, acme: User) -> None:
    with pytest.raises(Refused, match="not answered everything"):
        requests.close(manager, request=request_)
    row = requests.close(manager, request=request_, reason="Supplier went out of business")
    assert row.status == "closed"
    assert set(row.stages.values_list("status", flat=True)) == {"waived"}
    assert CorrectiveAction.objects.get(pk=row.action_id).status == "cancelled"


def test_a_request_does_not_close_over_an_answer_that_nobody_has_read(
    request_: Request, manager: User, acme: User
) -> None:
    flow.answer(acme, request_, "containment")
    with pytest.raises(Refused, match="answer to review"):
        requests.close(manager, request=request_, reason="Enough")


def test_a_dispute_stops_the_clocks_and_upholding_starts_them_anew(
    request_: Request, engineer: User, manager: User, acme: User
) -> None:
    row = requests.dispute(acme, request=request_, reason="The lot is not ours.")
    assert row.status == "disputed"
    assert not row.stages.filter(due_at__isnull=False).exists()
    assert Notice.objects.filter(to=engineer, text__contains="not ours").exists()
    with pytest.raises(Refused, match="disputed"):
        flow.answer(acme, request_, "containment")
    later = make.NOON + dt.timedelta(days=10)
    with clock.frozen_at(later):
        requests.uphold(manager, request=request_, reason="The label shows your lot.")
    containment = flow.stage(request_, "containment")
    assert containment.answer_due_at == later + dt.timedelta(hours=48)
    assert containment.due_at is not None
    assert list(request_.messages.values_list("text", flat=True)) == ["The label shows your lot."]


def test_only_the_supplier_disputes_and_only_with_a_reason(request_: Request, manager: User, acme: User) -> None:
    with pytest.raises(NotAllowed):
        requests.dispute(manager, request=request_, reason="x")
    with pytest.raises(Refused):
        requests.dispute(acme, request=request_, reason="")


def test_messages_go_both_ways_and_a_double_click_is_one(request_: Request, engineer: User, acme: User) -> None:
    requests.send_message(acme, request=request_, text="Which drawing?")
    requests.send_message(acme, request=request_, text="Which drawing?")
    requests.send_message(engineer, request=request_, text="Revision C.")
    assert list(request_.messages.values_list("by__username", "text")) == [
        ("acme", "Which drawing?"),
        ("engineer", "Revision C."),
    ]
    assert Notice.objects.filter(to=engineer, text__contains="Which drawing").count() == 1
    assert Notice.objects.filter(to=acme, text__contains="Revision C").count() == 1


def test_a_message_is_refused_when_it_is_empty_or_nobody_could_read_it(
    noon: dt.datetime, case: Nonconformance, engineer: User, acme: User
) -> None:
    row = flow.draft(engineer, case, acme.supplier)
    with pytest.raises(Refused, match="does not see"):
        requests.send_message(engineer, request=row, text="Hello")
    with pytest.raises(Refused, match="empty"):
        requests.send_message(engineer, request=row, text=" \x00 ")


def test_a_rival_can_do_nothing_to_a_request(request_: Request, rival: User) -> None:
    stage = flow.stage(request_, "containment")
    for attempt in (
        lambda: requests.acknowledge(rival, request=request_),
        lambda: requests.dispute(rival, request=request_, reason="x"),
        lambda: requests.send_message(rival, request=request_, text="x"),
        lambda: requests.save_draft(rival, stage=stage, answers={}),
        lambda: requests.submit(rival, stage=stage, answers=flow.ANSWERS["containment"]),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_a_supplier_decides_nothing(request_: Request, acme: User) -> None:
    flow.answer(acme, request_, "containment")
    stage = flow.stage(request_, "containment")
    for attempt in (
        lambda: requests.accept(acme, stage=stage),
        lambda: requests.return_stage(acme, stage=stage, reason="x"),
        lambda: requests.waive_stage(acme, stage=flow.stage(request_, "plan"), reason="x"),
        lambda: requests.close(acme, request=request_, reason="x"),
        lambda: requests.cancel(acme, request=request_, reason="x"),
        lambda: requests.uphold(acme, request=request_, reason="x"),
        lambda: requests.share(acme, request=request_, upload=flow.photo()),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert flow.stage(request_, "containment").status == "submitted"


def test_files_of_the_case_are_copied_into_the_request(
    noon: dt.datetime, case: Nonconformance, engineer: User, acme: User, tmp_path: object
) -> None:
    attachment = attachments.add(engineer, subject=case, upload=flow.photo("crack.png"))
    row = flow.issued(engineer, case, acme.supplier, evidence=[attachment])
    copy = Evidence.objects.visible_to(acme).get()
    assert (copy.name, copy.sha256, copy.request) == ("crack.png", attachment.sha256, row)
    assert copy.file.name != attachment.file.name
    assert not Attachment.objects.visible_to(acme).exists()


def test_a_file_of_the_case_that_is_gone_from_the_disk_is_named_and_nothing_is_issued(
    noon: dt.datetime, case: Nonconformance, engineer: User, acme: User
) -> None:
    attachment = attachments.add(engineer, subject=case, upload=flow.photo("crack.png"))
    attachment.file.storage.delete(attachment.file.name)
    with pytest.raises(Refused, match=r"crack\.png"):
        flow.issued(engineer, case, acme.supplier, evidence=[attachment])
    assert not Evidence.objects.exists()


def test_a_file_that_is_shared_is_seen_and_one_that_is_none_is_refused(
    request_: Request, engineer: User, acme: User
) -> None:
    requests.share(engineer, request=request_, upload=flow.photo())
    assert Evidence.objects.visible_to(acme).get().name == "photo.png"
    bad = flow.SimpleUploadedFile("photo.png", b"<html><script>alert(1)</script>")
    with pytest.raises(Refused) as caught:
        requests.share(engineer, request=request_, upload=bad)
    assert "upload" in caught.value.fields
    assert Evidence.objects.count() == 1


def test_the_facts_of_a_case_hold_no_internal_note_and_no_other_supplier(
    case: Nonconformance, engineer: User, acme: User, rival: User
) -> None:
    part = make.PartFactory(supplier=acme.supplier, number="7-40-118", name="24-pin connector")
    other = make.PartFactory(supplier=rival.supplier, number="CANARY-PART")
    mine = make.SupplierLotFactory(plant=case.plant, part=part, code="THC-2638A")
    theirs = make.SupplierLotFactory(plant=case.plant, part=other, code="CANARY-LOT")
    case.supplier_lots.set([mine, theirs])
    line = make.ProductionLineFactory(plant=case.plant)
    for lot, supplier in ((mine, acme.supplier), (theirs, rival.supplier)):
        defect = make.DefectFactory(
            line=line, defect_type=case.defect_type, supplier=supplier, part=lot.part, supplier_lot=lot, quantity=3
        )
        case.defects.add(defect)
    found = facts.from_case(engineer, case)
    assert (found.supplier, found.part_number, found.lots) == (acme.supplier, "7-40-118 24-pin connector", "THC-2638A")
    assert found.quantity_affected == Decimal(3)
    assert found.title == "Connector coplanarity on 7-40-118 24-pin connector"
    everything = " ".join(map(str, (found.title, found.problem, found.expected, found.lots)))
    assert "CANARY" not in everything and "INTERNAL-NOTE" not in everything
    assert "48 hours" in found.expected


def test_a_whole_request_moves_its_action_and_ends_closed(
    request_: Request, engineer: User, manager: User, acme: User, case: Nonconformance
) -> None:
    requests.acknowledge(acme, request=request_)
    flow.settle(acme, engineer, request_, "containment", "root_cause", "plan")
    action = CorrectiveAction.objects.get(pk=request_.action_id)
    assert (action.status, action.due_on, action.strength) == ("in_progress", dt.date(2026, 12, 15), "poka_yoke")
    assert flow.stage(request_, "implementation").answer_due_at == dt.datetime(2026, 12, 15, 16, tzinfo=dt.UTC)
    actions.plan_effectiveness(manager, action=action)
    flow.settle(acme, engineer, request_, "implementation")
    action.refresh_from_db()
    assert (action.status, action.implemented_on, action.done_by) == ("done", dt.date(2026, 11, 20), acme)
    assert "THC-2644A" in action.evidence
    actions.verify(manager, action=action)
    flow.settle(acme, engineer, request_, "prevention", "closure")
    request_.refresh_from_db()
    assert request_.status == "verifying"
    with pytest.raises(Refused, match="No check shows"):
        requests.close(manager, request=request_)
    EffectivenessCheck.objects.filter(action=action).update(result="effective")
    assert requests.close(manager, request=request_).status == "closed"
    assert "request.close" in verbs(request_)


def test_of_two_equal_drafts_at_once_the_second_gets_the_first(
    noon: dt.datetime, case: Nonconformance, engineer: User, acme: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = uuid.uuid4()
    others: list[Request] = []
    check = drafts._require_contact

    def other_first(supplier: Supplier, contact: User | None) -> None:
        monkeypatch.setattr(drafts, "_require_contact", check)
        others.append(flow.draft(engineer, case, acme.supplier, client_uuid=key))

    monkeypatch.setattr(drafts, "_require_contact", other_first)
    assert [flow.draft(engineer, case, acme.supplier, client_uuid=key)] == others
    assert (Request.objects.count(), CorrectiveAction.objects.count()) == (1, 1)
    monkeypatch.setattr(drafts, "_require_contact", other_first)
    key = uuid.uuid4()
    with pytest.raises(Conflict, match="SCAR-2026-00002"):
        flow.draft(engineer, case, acme.supplier, client_uuid=key, title="Other")


def test_closing_gives_up_an_action_that_nobody_carried_out(request_: Request, manager: User) -> None:
    for stage in request_.stages.all():
        requests.waive_stage(manager, stage=stage, reason="Small supplier")
    row = requests.close(manager, request=request_, reason="Part is no longer bought")
    action = CorrectiveAction.objects.get(pk=row.action_id)
    assert (action.status, action.cancel_reason) == ("cancelled", "Part is no longer bought")


def test_a_check_alone_does_not_close_over_an_action_that_was_not_carried_out(
    request_: Request, manager: User, acme: User, engineer: User
) -> None:
    action = CorrectiveAction.objects.get(pk=request_.action_id)
    actions.plan_effectiveness(manager, action=action)
    flow.settle(acme, engineer, request_, *flow.ANSWERS)
    EffectivenessCheck.objects.filter(action=action).update(result="effective")
    action.refresh_from_db()
    actions.reject(manager, action=action, reason="Sensor is not fitted")
    request_.refresh_from_db()
    with pytest.raises(Refused, match="not carried out"):
        requests.close(manager, request=request_)
    requests.close(manager, request=request_, reason="Part is no longer bought")
    action.refresh_from_db()
    assert action.status == "cancelled"


def test_an_action_that_was_carried_out_stays_when_its_request_ends_early(
    request_: Request, manager: User, acme: User, engineer: User
) -> None:
    flow.settle(acme, engineer, request_, "containment", "root_cause", "plan", "implementation")
    row = requests.close(manager, request=request_, reason="Enough")
    assert CorrectiveAction.objects.get(pk=row.action_id).status == "done"


def test_a_file_chosen_by_mistake_is_taken_out_of_a_draft_only(
    noon: dt.datetime, case: Nonconformance, engineer: User, inspector: User, acme: User
) -> None:
    row = flow.draft(engineer, case, acme.supplier)
    wrong = requests.share(engineer, request=row, upload=flow.photo("wrong.png"))
    stranger = make.UserFactory(role="engineer", plants=[make.PlantFactory()])
    for person in (inspector, stranger, acme):
        with pytest.raises(NotAllowed):
            requests.unshare(person, evidence=wrong)
    storage, path = wrong.file.storage, wrong.file.name
    assert requests.unshare(engineer, evidence=wrong) == row
    assert not Evidence.objects.exists()
    assert storage.exists(path)  # until commit
    assert verbs(row)[-1] == "request.remove_file"
    file = requests.share(engineer, request=row, upload=flow.photo())
    requests.issue(engineer, request=row)
    with pytest.raises(Refused, match="it stays"):
        requests.unshare(engineer, evidence=file)
    assert Evidence.objects.visible_to(acme).get() == file
