"""Finding records again: filters, pages that stay, columns, views, and several records at once."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qc.models import Defect, Nonconformance, Plant, ProductionLine, SavedView, User
from tests import factories as make
from tests.qc.web.conftest import Login

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def line(plant: Plant) -> ProductionLine:
    return make.ProductionLineFactory(plant=plant, code="L-7")


@pytest.fixture
def client(client_of: Login, engineer: User) -> Client:
    return client_of(engineer)


def numbers(client: Client, query: str) -> list[str]:
    response = client.get(f"/defects/?{query}")
    assert response.status_code == 200
    return [row.number for row in response.context["rows"]]


def link(client: Client, query: str, rel: str) -> str:
    html = client.get(f"/defects/?{query}").content.decode()
    found = re.search(rf'rel="{rel}" href="\?([^"]+)"', html)
    return found[1].replace("&amp;", "&") if found else ""


def rows_of(line: ProductionLine, count: int, **values: Any) -> list[Defect]:
    return [make.DefectFactory(line=line, **values) for _ in range(count)]


def case_of(line: ProductionLine) -> dict[str, Any]:
    said = {"title": "Several", "description": "Seen often.", "severity": "major", "client_uuid": uuid.uuid4()}
    return {"plant": line.plant_id, **said}


def test_every_dimension_narrows_the_list(client: Client, plant: Plant, line: ProductionLine, manager: User) -> None:
    station = make.StationFactory(line=line)
    lot = make.SupplierLotFactory(plant=plant, code="THC-1")
    full = {
        "station": station, "machine": make.MachineFactory(station=station), "shift": make.ShiftFactory(plant=plant),
        "product": make.ProductFactory(), "supplier": lot.part.supplier, "part": lot.part, "supplier_lot": lot,
    }  # fmt: skip
    kind = make.DefectTypeFactory(group="Solder", severity="critical")
    mine = make.DefectFactory(
        line=line, defect_type=kind, serial="SN1", inspector="I-09", detected_at="final", status="confirmed", **full
    )
    make.FindingFactory(plant=plant, defect_type=kind, where={"line": line.code}, line=line)
    case = make.NonconformanceFactory(plant=plant)
    case.defects.add(mine)
    old = make.DefectFactory(line__plant=plant, occurred_at=make.NOON - dt.timedelta(days=200))
    assert set(numbers(client, "view=all")) == {mine.number, old.number}
    asked = {name: row.pk for name, row in full.items() if name != "supplier_lot"} | {
        "line": line.pk, "code": kind.pk, "group": "solder", "severity": "critical", "detected": "final",
        "lot": "thc-1", "serial": "sn1", "inspector": "i-09", "status": "confirmed", "verdict": "systemic",
        "in_case": "yes", "case": case.pk, "period": "30", "since": "2026-11-01", "q": kind.code,
    }  # fmt: skip
    for name, value in asked.items():
        assert numbers(client, f"{name}={value}") == [mine.number], name
    for query in ("until=2026-10-01", "in_case=no", "status=logged"):
        assert numbers(client, query) == [old.number], query


def test_a_merged_code_still_finds_its_records(client: Client, line: ProductionLine) -> None:
    old, heir = make.DefectTypeFactory(), make.DefectTypeFactory()
    defect = make.DefectFactory(line=line, defect_type=old)
    Defect.objects.filter(pk=defect.pk).update(counts_as=heir)
    assert numbers(client, f"code={old.pk}") == numbers(client, f"code={heir.pk}") == [defect.number]
    assert f"counts as {heir.code}" in client.get("/defects/?view=all").content.decode()


@pytest.mark.parametrize(
    "query",
    ["line=abc&period=x&since=2026-02-30&code=-1", f"line={2**63}&shift=%00&sort=drop", "page=9&after=%00&before=zz",
     "after=W10&open=x", "q=%00&cols=nothing,number", "after=WzEsMl0", "open=99999999999999999999"],
)  # fmt: skip
def test_what_makes_no_sense_in_an_address_is_as_good_as_empty(
    client: Client, line: ProductionLine, query: str
) -> None:
    defect = make.DefectFactory(line=line)
    assert numbers(client, query) == [defect.number]


def test_a_foreign_line_shows_nothing_and_keeps_its_name_to_itself(client: Client) -> None:
    foreign = make.DefectFactory(line__code="SECRET-9")
    html = client.get(f"/defects/?line={foreign.line_id}&open={foreign.pk}").content.decode()
    assert "SECRET-9" not in html and foreign.number not in html


def test_pages_follow_each_other_without_gaps_in_both_directions(client: Client, line: ProductionLine) -> None:
    ties = rows_of(line, 70) + rows_of(line, 60, occurred_at=make.NOON - dt.timedelta(hours=1))
    first = numbers(client, "view=all")
    second_query = link(client, "view=all", "next")
    second = numbers(client, second_query)
    third = numbers(client, link(client, second_query, "next"))
    assert [len(first), len(second), len(third)] == [50, 50, 30]
    assert len({*first, *second, *third}) == len(ties)
    back = link(client, link(client, second_query, "next"), "prev")
    assert numbers(client, back) == second
    assert numbers(client, link(client, second_query, "prev")) == first
    assert link(client, link(client, second_query, "next"), "next") == ""


@pytest.mark.parametrize("sort", ["newest", "oldest", "recorded", "number"])
def test_every_order_has_pages(client: Client, line: ProductionLine, sort: str) -> None:
    rows_of(line, 55)
    first = numbers(client, f"sort={sort}")
    rest = numbers(client, link(client, f"sort={sort}", "next"))
    assert len({*first, *rest}) == 55


def test_a_new_record_moves_nothing_on_the_later_pages(client: Client, line: ProductionLine) -> None:
    rows_of(line, 60)
    query = link(client, "view=all", "next")
    before = numbers(client, query)
    make.DefectFactory(line=line, occurred_at=make.NOON + dt.timedelta(minutes=1))
    assert numbers(client, query) == before


def test_a_list_with_a_filter_asks_four_times(client_of: Login, manager: User, line: ProductionLine) -> None:
    rows_of(line, 3)
    client = client_of(manager)
    client.get(f"/defects/?line={line.pk}")
    with CaptureQueriesContext(connection) as asked:
        client.get(f"/defects/?line={line.pk}")
    ours = [
        each["sql"] for each in asked if "django_session" not in each["sql"] and 'FROM "qc_user"' not in each["sql"]
    ]
    assert len(ours) == 4, ours


def test_a_page_of_fifty_stays_small(client_of: Login, manager: User, line: ProductionLine) -> None:
    station = make.StationFactory(line=line)
    kind = make.DefectTypeFactory(name="Insufficient solder")
    make.FindingFactory(plant=line.plant, defect_type=kind, where={"line": line.code}, line=line)
    rows_of(line, 51, station=station, defect_type=kind, shift=make.ShiftFactory(plant=line.plant))
    assert len(client_of(manager).get(f"/defects/?line={line.pk}").content) <= 30_000


def test_what_is_set_stands_as_chips_with_a_way_to_take_it_away(client: Client, line: ProductionLine) -> None:
    rows_of(line, 1)
    html = client.get(f"/defects/?line={line.pk}&severity=major&view=3").content.decode()
    assert "L-7 Line L-7" in html and "Major" in html
    assert 'href="?severity=major&amp;view=3"' in html


def test_the_filter_page_leads_to_a_short_address(client: Client, line: ProductionLine) -> None:
    page = client.get(f"/defects/filters/?line={line.pk}&q=abc")
    assert page.status_code == 200 and 'value="abc"' in page.content.decode()
    sent = {"line": line.pk, "severity": "", "serial": " SN1 ", "sort": "oldest", "col": ["number", "note", "when"]}
    answer = client.post("/defects/filters/", sent)
    assert answer["Location"] == f"/defects/?line={line.pk}&serial=SN1&sort=oldest&cols=number%2Cwhen%2Cnote"


def test_chosen_columns_are_shown_and_kept_for_the_person(client: Client, line: ProductionLine, client_of: Login,
                                                         manager: User) -> None:  # fmt: skip
    make.DefectFactory(line=line, note="<b>a note</b>")
    assert "a note" not in client.get("/defects/?view=all").content.decode()
    assert "&lt;b&gt;a note" in client.get("/defects/?cols=number,note").content.decode()
    client.post("/defects/filters/", {"col": ["number", "note"], "keep": "1"})
    assert "&lt;b&gt;a note" in client.get("/defects/?view=all").content.decode()
    assert "a note" not in client_of(manager).get("/defects/?view=all").content.decode()


def test_a_view_is_kept_opened_first_and_forgotten(client: Client, engineer: User, line: ProductionLine) -> None:
    rows_of(line, 1)
    sent = {"name": "My line", "query": f"line={line.pk}&page=3&after=x", "default": "1"}
    client.post("/lists/defects/views/", sent)
    view = SavedView.objects.get(owner=engineer)
    assert view.query == f"line={line.pk}"
    assert client.get("/defects/")["Location"] == f"/defects/?line={line.pk}&view={view.pk}"
    assert "My line" in client.get("/defects/?view=all").content.decode()
    client.post(f"/views/{view.pk}/default/")
    assert client.get("/defects/").status_code == 200
    client.post(f"/views/{view.pk}/remove/")
    assert not SavedView.objects.exists()


def test_a_view_is_nobody_elses(client: Client, client_of: Login, manager: User) -> None:
    client.post("/lists/defects/views/", {"name": "Mine", "query": "q=abc"})
    view = SavedView.objects.get()
    assert "Mine" not in client_of(manager).get("/defects/?view=all").content.decode()
    assert client_of(manager).post(f"/views/{view.pk}/remove/").status_code == 404
    assert client.post("/lists/nothing/views/", {"name": "x"}).status_code == 404


def test_a_view_without_a_name_is_refused_in_a_sentence(client: Client) -> None:
    answer = client.post("/lists/defects/views/", {"name": "  "}, headers={"referer": "http://testserver/defects/"})
    assert answer.status_code == 303 and not SavedView.objects.exists()


def test_a_record_opens_beside_the_list(client: Client, line: ProductionLine) -> None:
    defect = make.DefectFactory(line=line, note="what was seen")
    whole = client.get(f"/defects/?open={defect.pk}").content.decode()
    assert "what was seen" in whole and "<table" in whole
    part = client.get(f"/defects/?open={defect.pk}", headers={"HX-Request": "true", "HX-Target": "beside"})
    assert "what was seen" in part.content.decode() and "<table" not in part.content.decode()


def test_ticked_records_lead_to_their_totals_and_to_one_case(client: Client, line: ProductionLine) -> None:
    one, two = rows_of(line, 2, quantity=3)
    answer = client.post("/defects/select/", {"defect": [one.pk, two.pk], "do": "look"})
    page = client.get(answer["Location"]).context
    assert (page["totals"]["records"], page["totals"]["quantity"]) == (2, 6)
    answer = client.post("/defects/select/", {"defect": [one.pk, two.pk], "do": "case"})
    form = client.get(answer["Location"]).context["form"]
    assert form.initial["line"] == line.pk and "defect_type" not in form.initial
    client.post(answer["Location"], case_of(line))
    assert set(Nonconformance.objects.get().defects.all()) == {one, two}


def test_all_that_fit_become_one_case(client: Client, line: ProductionLine) -> None:
    rows_of(line, 60)
    make.DefectFactory(line__plant=line.plant)
    query = f"all=1&line={line.pk}"
    assert client.get(f"/defects/selection/?{query}").context["totals"]["records"] == 60
    client.post(f"/cases/new/?{query}", case_of(line))
    assert Nonconformance.objects.get().defects.count() == 60


def test_ticked_records_are_joined_and_count_once(client: Client, line: ProductionLine) -> None:
    kind = make.DefectTypeFactory()
    rows = rows_of(line, 3, serial="SN1", defect_type=kind)
    answer = client.post("/defects/select/", {"defect": [row.pk for row in rows], "do": "join"})
    assert rows[0].number in client.get(answer["Location"]).content.decode()
    client.post(answer["Location"], {"original": rows[1].pk})
    assert Defect.objects.counted().get() == rows[1]
    assert set(rows[1].duplicates.all()) == {rows[0], rows[2]}


def test_a_join_that_cannot_be_done_changes_nothing(client: Client, line: ProductionLine) -> None:
    kind = make.DefectTypeFactory()
    rows = rows_of(line, 2, defect_type=kind)
    Defect.objects.filter(pk=rows[1].pk).update(status="void", void_reason="x")
    query = "&".join(f"defect={row.pk}" for row in rows)
    client.post(f"/defects/join/?{query}", {"original": rows[0].pk})
    assert Defect.objects.filter(duplicate_of__isnull=False).count() == 0


def test_a_selection_holds_no_foreign_records(client: Client, line: ProductionLine) -> None:
    own, foreign = make.DefectFactory(line=line), make.DefectFactory()
    page = client.get(f"/defects/selection/?defect={own.pk}&defect={foreign.pk}&defect=x&defect={2**70}")
    assert page.context["totals"]["records"] == 1
    assert client.get(f"/cases/new/?defect={foreign.pk}").status_code == 404
    join = f"/defects/join/?defect={own.pk}&defect={foreign.pk}"
    assert foreign.number not in client.get(join).content.decode()
    assert client.post(join).status_code == 303


def test_nothing_ticked_is_said_so(client: Client) -> None:
    assert client.post("/defects/select/", {"do": "case"}).status_code == 303


def test_a_search_for_too_little_says_how_much_it_needs(client: Client, line: ProductionLine) -> None:
    rows_of(line, 1)
    assert "at least 3 characters" in client.get("/defects/?q=ab").content.decode()
