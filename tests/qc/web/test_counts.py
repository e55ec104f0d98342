"""The grid of a line's week, and what runs now."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from qc.models import ProductionCount, ProductionLine, ProductionRun, User
from qc.services import exposure
from tests import factories as make
from tests.qc.web.conftest import Login

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
MONDAY = dt.date(2026, 11, 16)  # noon is the Friday of this week
HTMX = {"HX-Request": "true"}


@pytest.fixture
def line(plant: Any) -> ProductionLine:
    make.ShiftFactory(plant=plant, code="A")
    return make.ProductionLineFactory(plant=plant, code="FA-1")


def name(line: ProductionLine, day: dt.date = MONDAY, product: int = 0) -> str:
    return f"u-{day}-{line.plant.shifts.get().pk}-{product}"


def stored() -> list[int]:
    return list(ProductionCount.objects.order_by("production_on", "pk").values_list("units", flat=True))


def count(by: User, line: ProductionLine, day: dt.date, units: int, **more: Any) -> None:
    exposure.set_count(by, line=line, production_on=day, units=units, shift=line.plant.shifts.get(), **more)


def test_a_week_is_saved_as_a_whole(client_of: Login, inspector: User, line: ProductionLine) -> None:
    url = f"/lines/{line.pk}/counts/?week={MONDAY}"
    body = {name(line): "480", name(line, MONDAY + dt.timedelta(days=1)): "490"}
    assert client_of(inspector).post(url, body).status_code == 302
    assert stored() == [480, 490]


def test_one_cell_is_saved_alone_while_one_types(client_of: Login, inspector: User, line: ProductionLine) -> None:
    url = f"/lines/{line.pk}/counts/?week={MONDAY}"
    page = client_of(inspector).post(url, {name(line): "480"}, headers=HTMX)
    assert page.status_code == 200 and f'name="w{name(line)[1:]}" value="480"' in page.text
    assert stored() == [480]
    page = client_of(inspector).post(url, {name(line): "48O", f"w{name(line)[1:]}": "480"}, headers=HTMX)
    assert "48O is not" in page.text and stored() == [480]


def test_an_error_stands_beside_its_cell_and_nothing_is_saved(
    client_of: Login, inspector: User, line: ProductionLine
) -> None:
    body = {name(line): "480", name(line, MONDAY + dt.timedelta(days=1)): "1_000"}
    page = client_of(inspector).post(f"/lines/{line.pk}/counts/?week={MONDAY}", body)
    assert page.status_code == 422 and stored() == []
    assert page.text.count("1_000 is not") == 2  # in the summary and beside the cell
    assert 'value="480"' in page.text


def test_someone_elses_newer_count_is_not_overwritten_unseen(
    client_of: Login, inspector: User, engineer: User, line: ProductionLine
) -> None:
    count(engineer, line, MONDAY, 300)
    url = f"/lines/{line.pk}/counts/?week={MONDAY}"
    page = client_of(inspector).post(url, {name(line): "480", f"w{name(line)[1:]}": ""})
    assert page.status_code == 409 and "wrote 300" in page.text and stored() == [300]
    # The page now knows the newer one: sent again it is a decision.
    assert f'name="w{name(line)[1:]}" value="300"' in page.text
    client_of(inspector).post(url, {name(line): "480", f"w{name(line)[1:]}": "300"})
    assert stored() == [480]


def test_a_shift_without_a_count_is_a_gap_when_records_lie_in_it_or_it_usually_has_one(
    client_of: Login, inspector: User, line: ProductionLine
) -> None:
    shift = line.plant.shifts.get()
    count(inspector, line, MONDAY - dt.timedelta(days=7), 480)  # Mondays are counted
    wednesday = MONDAY + dt.timedelta(days=2)
    for _n in range(2):
        make.DefectFactory(
            line=line, shift=shift, production_on=wednesday,
            occurred_at=dt.datetime.combine(wednesday, dt.time(9), dt.UTC),
        )  # fmt: skip
    week = client_of(inspector).get(f"/lines/{line.pk}/counts/?week={MONDAY}").context["week"]
    assert [(gap.day, gap.records) for gap in week.gaps] == [(MONDAY, 0), (wednesday, 2)]
    count(inspector, line, wednesday, 1)
    page = client_of(inspector).get(f"/lines/{line.pk}/counts/?week={MONDAY}")
    assert [gap.day for gap in page.context["week"].gaps] == [MONDAY]
    assert "1 shift has no count" in page.text


def test_last_week_is_copied_into_empty_cells_up_to_today_and_not_saved(
    client_of: Login, inspector: User, line: ProductionLine
) -> None:
    for offset in range(7):
        count(inspector, line, MONDAY - dt.timedelta(days=7 - offset), 400 + offset)
    count(inspector, line, MONDAY, 7)
    page = client_of(inspector).get(f"/lines/{line.pk}/counts/?week={MONDAY}&copy=1")
    texts = [cell.text for cell in page.context["week"].cells]
    assert texts == ["7", "401", "402", "403", "404", "", ""]
    assert ProductionCount.objects.count() == 8 and "4 cells are filled" in page.text


def test_several_products_get_rows_of_their_own(client_of: Login, inspector: User, line: ProductionLine) -> None:
    first, second = make.ProductFactory(code="CP-50"), make.ProductFactory(code="CP-80")
    client = client_of(inspector)
    url = f"/lines/{line.pk}/counts/?week={MONDAY}"
    exposure.start_run(inspector, line=line, product=first)
    assert not client.get(url).context["week"].by_product
    exposure.start_run(inspector, line=line, product=second)
    assert [row.product for row in client.get(url).context["week"].rows] == [first, second]
    assert client.post(url, {name(line, product=second.pk): "60"}).status_code == 302
    assert ProductionCount.objects.get().product == second


def test_a_product_can_be_counted_apart_on_demand(client_of: Login, inspector: User, line: ProductionLine) -> None:
    make.ProductFactory(code="CP-50")
    week = client_of(inspector).get(f"/lines/{line.pk}/counts/?week={MONDAY}&product=cp-50").context["week"]
    assert [row.product.code for row in week.rows] == ["CP-50"] and week.may_add == []


def test_who_may_only_read_sees_the_week_and_cannot_write(
    client_of: Login, auditor: User, inspector: User, line: ProductionLine
) -> None:
    count(inspector, line, MONDAY, 480)
    page = client_of(auditor).get(f"/lines/{line.pk}/counts/?week={MONDAY}")
    assert "480" in page.text and "Save counts" not in page.text
    assert client_of(auditor).post(f"/lines/{line.pk}/counts/", {name(line): "1"}).status_code == 403


def test_the_list_says_which_weeks_miss_days(client_of: Login, inspector: User, line: ProductionLine) -> None:
    for day in (MONDAY - dt.timedelta(days=7), MONDAY - dt.timedelta(days=6)):
        count(inspector, line, day, 480)
    count(inspector, line, MONDAY, 480)
    [row] = client_of(inspector).get("/counts/").context["rows"]
    assert row["weeks"][:3] == [
        (MONDAY, 1, 1), (MONDAY - dt.timedelta(days=7), 2, 0), (MONDAY - dt.timedelta(days=14), 0, 2),
    ]  # fmt: skip


def test_what_runs_is_said_for_every_line_and_on_the_page_of_a_line(
    client_of: Login, inspector: User, line: ProductionLine
) -> None:
    product = make.ProductFactory(code="ECU-40")
    client = client_of(inspector)
    answer = client.post(
        f"/lines/{line.pk}/start-run/", {"product": "ecu-40", "seen": "0", "back": f"/lines/{line.pk}/"}
    )
    assert answer["Location"] == f"/lines/{line.pk}/"
    run = ProductionRun.objects.get()
    assert run.product == product and "ECU-40" in client.get("/runs/").text
    assert "ECU-40" in client.get(f"/lines/{line.pk}/").text
    assert client.post(f"/lines/{line.pk}/stop-run/", {"seen": str(run.pk)})["Location"] == "/runs/"
    run.refresh_from_db()
    assert run.ended_at is not None


@pytest.mark.parametrize(("text", "says"), [("", "Say which product"), ("NOPE", "There is no product NOPE")])
def test_an_unknown_product_is_refused_beside_its_line(
    client_of: Login, inspector: User, line: ProductionLine, text: str, says: str
) -> None:
    page = client_of(inspector).post(f"/lines/{line.pk}/start-run/", {"product": text, "seen": "0"})
    assert page.status_code == 422 and says in page.text
    assert not ProductionRun.objects.exists()


def test_a_run_on_a_foreign_line_does_not_exist_and_never_leads_to_another_host(
    client_of: Login, inspector: User, line: ProductionLine
) -> None:
    make.ProductFactory(code="X")
    foreign = make.ProductionLineFactory()
    client = client_of(inspector)
    assert client.post(f"/lines/{foreign.pk}/start-run/", {"product": "X"}).status_code == 404
    answer = client.post(f"/lines/{line.pk}/start-run/", {"product": "X", "back": "//evil.example/"})
    assert answer["Location"] == "/runs/"
