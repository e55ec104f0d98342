"""The workspace of a search for causes, the catalogue of causes, and the pages of actions."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from qc.models import Attachment, Cause, CauseCode, CorrectiveAction, Nonconformance, Plant, User, Why
from qc.services import contrasts, whys
from tests import cause_factories as thought
from tests import factories as make
from tests import record_factories as records
from tests.qc.services import walk
from tests.qc.web.conftest import Login

pytestmark = pytest.mark.usefixtures("noon")
TODAY = make.NOON.date()


@pytest.fixture
def case(plant: Plant, engineer: User) -> Nonconformance:
    case: Nonconformance = make.NonconformanceFactory(plant=plant, owner=engineer, title="Solder bridges")
    walk.to_investigating(engineer, case)
    case.refresh_from_db()
    return case


@pytest.fixture
def page(client_of: Login, engineer: User) -> Client:
    return client_of(engineer)


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_case_leads_to_the_workspace_and_back(page: Client, case: Nonconformance) -> None:
    assert f"/cases/{case.pk}/causes/" in text_of(page, f"/cases/{case.pk}/")
    text = text_of(page, f"/cases/{case.pk}/causes/")
    assert f'href="/cases/{case.pk}/"' in text and "<svg" in text and "Possible causes of: Solder bridges" in text


def test_the_matrix_is_filled_by_a_button_and_written_into_beside_it(page: Client, case: Nonconformance) -> None:
    assert page.post(f"/cases/{case.pk}/contrasts/").status_code == 302
    row = case.contrasts.get(question="where")
    opened = text_of(page, f"/cases/{case.pk}/causes/?row={row.pk}")
    assert f'action="/contrasts/{row.pk}/edit/"' in opened
    sent = {"version": row.version, "distinction": "Old stencil", "is_text": "Edge <b>only</b>"}
    assert page.post(f"/contrasts/{row.pk}/edit/", sent).status_code == 302
    text = text_of(page, f"/cases/{case.pk}/causes/")
    assert "Old stencil" in text and "Edge &lt;b&gt;only&lt;/b&gt;" in text


def test_a_stale_row_comes_back_with_what_was_typed(page: Client, case: Nonconformance, engineer: User) -> None:
    contrasts.fill(engineer, case=case)
    row = case.contrasts.get(question="what")
    contrasts.edit(engineer, contrast=row, version=1, change="First.")
    answer = page.post(f"/contrasts/{row.pk}/edit/", {"version": 1, "change": "Second."})
    assert answer.status_code == 422
    assert "changed by someone else" in answer.content.decode() and "Second." in answer.content.decode()


def test_a_chain_of_whys_becomes_a_cause_on_the_diagram(page: Client, case: Nonconformance) -> None:
    answer = page.post(f"/cases/{case.pk}/whys/", {"leg": "occurrence", "text": "Paste too thin"})
    why = Why.objects.get()
    assert answer["Location"] == f"/cases/{case.pk}/causes/?why={why.pk}#why-{why.pk}"
    for number in range(4):
        page.post(f"/whys/{why.pk}/answer/", {"text": f"Because {number}"})
        why = Why.objects.latest("pk")
    text = text_of(page, f"/cases/{case.pk}/causes/?why={why.pk}")
    assert "Why was asked 5 times" in text and f'action="/whys/{why.pk}/promote/"' in text
    code = thought.CauseCodeFactory(category="machine")
    assert page.post(f"/whys/{why.pk}/promote/", {"code": code.pk}).status_code == 302
    cause = Cause.objects.get()
    text = text_of(page, f"/cases/{case.pk}/causes/")
    assert f'id="cause-{cause.pk}"' in text and 'class="rib is-possible"' in text and "Recorded as a cause" in text


def test_an_answer_that_blames_a_person_gets_a_hint_and_is_refused_as_a_cause(
    page: Client, case: Nonconformance, engineer: User
) -> None:
    why = whys.add(engineer, case=case, leg="occurrence", text="Operator error")
    assert "what in the process let it happen?" in text_of(page, f"/cases/{case.pk}/causes/")
    answer = page.post(f"/whys/{why.pk}/promote/", {})
    assert answer.status_code == 422 and "not a root cause" in answer.content.decode()
    assert not Cause.objects.exists()


def test_an_answer_moves_by_a_list_and_is_taken_away_and_brought_back(
    page: Client, case: Nonconformance, engineer: User
) -> None:
    top = whys.add(engineer, case=case, leg="occurrence", text="One")
    below = whys.add(engineer, case=case, parent=top, text="Two")
    sent = {"version": below.version, "parent": "leg:systemic"}
    assert page.post(f"/whys/{below.pk}/move/", sent).status_code == 302
    below.refresh_from_db()
    assert (below.leg, below.parent) == ("systemic", None)
    wrong = page.post(f"/whys/{top.pk}/move/", {"version": 1, "parent": str(top.pk)})
    assert wrong.status_code == 422, "an answer is not offered below itself"
    page.post(f"/whys/{top.pk}/retire/")
    assert "1 answer was taken away" in text_of(page, f"/cases/{case.pk}/causes/")
    page.post(f"/whys/{top.pk}/restore/")
    assert case.whys.standing().count() == 2


def test_a_refused_first_answer_comes_back_in_its_leg(page: Client, case: Nonconformance) -> None:
    answer = page.post(f"/cases/{case.pk}/whys/", {"leg": "escape", "text": "", "evidence": "Seen on camera"})
    text = answer.content.decode()
    assert answer.status_code == 422
    escape = text[text.index('id="leg-escape"') : text.index('id="leg-systemic"')]
    assert "Seen on camera" in escape and '<details class="verb no-print" open>' in escape


def test_a_cause_is_verified_ruled_out_and_doubted_on_the_workspace(page: Client, case: Nonconformance) -> None:
    sent = {"leg": "occurrence", "statement": "Stencil worn", "category": "machine"}
    page.post(f"/cases/{case.pk}/causes/new/", sent)
    cause = Cause.objects.get()
    page.post(f"/causes/{cause.pk}/rule-out/", {"reason": "New stencil shows it too"})
    assert 'class="rib is-ruled_out"' in text_of(page, f"/cases/{case.pk}/causes/")
    page.post(f"/causes/{cause.pk}/bring-back/")
    refused = page.post(f"/causes/{cause.pk}/confirm/", {"verification": "On, off", "evidence": ""})
    assert refused.status_code == 422 and "Say what was seen" in refused.content.decode()
    page.post(f"/causes/{cause.pk}/confirm/", {"verification": "On, off", "evidence": "9 and 0"})
    assert 'class="rib is-verified"' in text_of(page, f"/cases/{case.pk}/causes/")
    page.post(f"/causes/{cause.pk}/doubt/", {"reason": "It came back"})
    cause.refresh_from_db()
    assert cause.status == "possible"


def test_an_action_is_added_for_a_cause(page: Client, case: Nonconformance, engineer: User) -> None:
    cause = records.CauseFactory(nonconformance=case)
    text = text_of(page, f"/cases/{case.pk}/?cause={cause.pk}")
    assert f'name="cause" value="{cause.pk}"' in text
    sent = {"title": "New stencil", "kind": "corrective", "owner": engineer.pk, "cause": cause.pk}
    assert page.post(f"/cases/{case.pk}/actions/", sent).status_code == 302
    assert CorrectiveAction.objects.get().cause == cause


def test_training_alone_gets_a_hint_until_something_stronger_is_planned(page: Client, case: Nonconformance) -> None:
    make.CorrectiveActionFactory(nonconformance=case, strength="training")
    assert "Training is all that is planned" in text_of(page, f"/cases/{case.pk}/")
    make.CorrectiveActionFactory(nonconformance=case, strength="detect")
    assert "Training is all that is planned" not in text_of(page, f"/cases/{case.pk}/")


def test_the_list_of_actions_shows_late_ones_first_and_filters(
    page: Client, case: Nonconformance, engineer: User, inspector: User
) -> None:
    for title, owner, due, status in (
        ("no-clock", inspector, None, "open"), ("later", engineer, TODAY + dt.timedelta(days=3), "open"),
        ("late", inspector, TODAY - dt.timedelta(days=3), "open"),
    ):  # fmt: skip
        make.CorrectiveActionFactory(nonconformance=case, title=title, owner=owner, due_on=due, status=status)
    make.CorrectiveActionFactory(title="of another plant")
    text = text_of(page, "/actions/")
    assert text.index(">late</a>") < text.index(">later</a>") < text.index(">no-clock</a>")
    assert "of another plant" not in text
    mine, late = text_of(page, "/actions/?mine=1"), text_of(page, "/actions/?late=1")
    assert ">later</a>" in mine and ">late</a>" not in mine
    assert ">late</a>" in late and ">later</a>" not in late
    file = page.post("/lists/actions/export/", {"format": "csv", "query": "status=active"})
    assert b"".join(file).decode("utf-8-sig").count("\r\n") == 4  # type: ignore[arg-type]


def test_an_action_is_changed_on_its_page_and_a_moved_date_shows_its_reason(
    page: Client, case: Nonconformance, engineer: User
) -> None:
    action = make.CorrectiveActionFactory(nonconformance=case, owner=engineer, due_on=TODAY)
    later = (TODAY + dt.timedelta(days=9)).isoformat()
    sent = {"version": 1, "title": action.title, "owner": engineer.pk, "due_on": later, "strength": "detect"}
    refused = page.post(f"/actions/{action.pk}/edit/", sent)
    assert refused.status_code == 422 and "Say why the due date changes" in refused.content.decode()
    assert page.post(f"/actions/{action.pk}/edit/", sent | {"reason": "Parts come late"}).status_code == 302
    text = text_of(page, f"/actions/{action.pk}/")
    assert "The due date moved" in text and "Parts come late" in text
    past = page.post(f"/actions/{action.pk}/edit/", sent | {"version": 2, "due_on": "2020-01-01", "reason": "x"})
    assert past.status_code == 422 and "is over" in past.content.decode()


def test_evidence_files_hang_on_the_action(page: Client, case: Nonconformance) -> None:
    action = make.CorrectiveActionFactory(nonconformance=case)
    upload = SimpleUploadedFile("trial.csv", b"run,defects\n1,0\n", content_type="text/csv")
    assert page.post(f"/actions/{action.pk}/attach/", {"upload": upload}).status_code == 302
    assert Attachment.objects.get().plant == case.plant
    assert "trial.csv" in text_of(page, f"/actions/{action.pk}/")


def test_a_manager_keeps_the_catalogue_and_others_read_it(
    page: Client, client_of: Login, manager: User, case: Nonconformance
) -> None:
    keeper = client_of(manager)
    keeper.post("/cause-codes/usual/")
    sent = {"code": "MAC-FEED", "name": "Feeder jams", "category": "machine"}
    assert keeper.post("/cause-codes/new/", sent).status_code == 302
    assert keeper.post("/cause-codes/new/", sent).status_code == 422, "once"
    row = CauseCode.objects.get(code="MAC-FEED")
    keeper.post(f"/cause-codes/{row.pk}/edit/", {"version": 1, "name": "Feeder blocked", "category": "machine"})
    assert keeper.post(f"/cause-codes/{row.pk}/retire/", {"reason": ""}).status_code == 422
    keeper.post(f"/cause-codes/{row.pk}/retire/", {"reason": "Too narrow"})
    assert "MAC-FEED" not in text_of(page, "/cause-codes/")
    assert "Feeder blocked" in text_of(page, "/cause-codes/?state=retired")
    assert page.post("/cause-codes/new/", sent | {"code": "X"}).status_code == 403
    keeper.post(f"/cause-codes/{row.pk}/reactivate/")
    cause = records.CauseFactory(nonconformance=case, code=row)
    action = make.CorrectiveActionFactory(nonconformance=case, cause=cause, title="Feeder with a guide")
    records.EffectivenessCheckFactory(action=action, nonconformance=case, result="effective")
    text = text_of(page, f"/cause-codes/{row.pk}/")
    assert case.number in text and "Feeder with a guide" in text and "shown to be effective" in text


def test_who_only_reads_gets_no_buttons_and_no_steps(client_of: Login, auditor: User, case: Nonconformance) -> None:
    reader = client_of(auditor)
    text = text_of(reader, f"/cases/{case.pk}/causes/?why=1&row=1&cause=1")
    assert "/contrasts/" not in text and "/whys/" not in text and "/causes/new/" not in text
    assert reader.post(f"/cases/{case.pk}/whys/", {"leg": "escape", "text": "Mine"}).status_code == 403
    assert not Why.objects.exists()


@pytest.mark.parametrize("key", ["why", "row", "cause"])
def test_an_old_address_still_opens_the_workspace(page: Client, case: Nonconformance, key: str) -> None:
    for value in ("999999", "x", "", "9" * 40):
        text_of(page, f"/cases/{case.pk}/causes/?{key}={value}")


def test_the_workspace_asks_the_database_no_more_often_for_a_large_tree(
    page: Client, case: Nonconformance, engineer: User, django_assert_max_num_queries: object
) -> None:
    for leg in ("occurrence", "escape", "systemic"):
        top = whys.add(engineer, case=case, leg=leg, text="Top")
        for _ in range(9):
            top = whys.add(engineer, case=case, parent=top, text="Below")
            records.CauseFactory(nonconformance=case, category="method", code=thought.CauseCodeFactory())
    contrasts.fill(engineer, case=case)
    text_of(page, f"/cases/{case.pk}/causes/")
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        text_of(page, f"/cases/{case.pk}/causes/?why={top.pk}")


def test_another_plant_and_a_supplier_find_none_of_it(
    client_of: Login, acme: User, case: Nonconformance, engineer: User
) -> None:
    contrasts.fill(engineer, case=case)
    why = whys.add(engineer, case=case, leg="escape", text="Secret")
    cause, row = records.CauseFactory(nonconformance=case), case.contrasts.get(question="what")
    action = make.CorrectiveActionFactory(nonconformance=case)
    stranger = make.UserFactory(role="engineer", plants=[make.PlantFactory()])
    read = [f"/cases/{case.pk}/causes/", f"/actions/{action.pk}/"]
    written = [f"/cases/{case.pk}/{verb}/" for verb in ("contrasts", "whys", "causes/new")]
    written += [f"/whys/{why.pk}/{verb}/" for verb in ("answer", "edit", "move", "promote", "retire", "restore")]
    written += [f"/causes/{cause.pk}/{verb}/" for verb in ("edit", "confirm", "doubt", "rule-out", "bring-back")]
    written += [f"/contrasts/{row.pk}/edit/", f"/actions/{action.pk}/edit/", f"/actions/{action.pk}/attach/"]
    for person in (stranger, acme):
        client = client_of(person)
        assert {path: client.get(path).status_code for path in read} == dict.fromkeys(read, 404)
        sent = {"text": "Mine", "reason": "Mine", "version": 1, "title": "Mine", "statement": "Mine"}
        assert {path: client.post(path, sent).status_code for path in written} == dict.fromkeys(written, 404)
    assert client_of(acme).get("/actions/").status_code == 404
    assert "Mine" not in set(Why.objects.values_list("text", flat=True))
