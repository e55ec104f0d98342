"""Taking a list away, through the pages."""

from __future__ import annotations

from typing import Any

import pytest

from qc.models import Export, Plant, User
from qc.services import exports
from tests import factories as make
from tests.qc.web.conftest import Login

pytestmark = pytest.mark.usefixtures("noon")


def test_a_small_list_comes_at_once(plant: Plant, engineer: User, client_of: Login) -> None:
    defect = make.DefectFactory(line__plant=plant)
    make.DefectFactory()
    answer = client_of(engineer).post("/lists/defects/export/", {"format": "csv", "query": "severity=major"})
    assert answer["Content-Disposition"] == 'attachment; filename="defects-2026-11-20.csv"'
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert text.splitlines()[1].startswith(f"{defect.number},") and len(text.splitlines()) == 2
    book = client_of(engineer).post("/lists/defects/export/", {"format": "xlsx", "query": ""})
    assert book.content.startswith(b"PK")


def test_a_large_one_is_fetched_later_by_the_one_who_asked(
    plant: Plant, engineer: User, manager: User, client_of: Login, settings: Any, tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(exports, "AT_ONCE", 0)
    make.DefectFactory(line__plant=plant)
    client = client_of(engineer)
    assert client.post("/lists/defects/export/", {"format": "csv", "query": ""})["Location"] == "/exports/"
    export = Export.objects.get()
    assert "being made" in client.get("/exports/").content.decode()
    assert client.get(f"/exports/{export.pk}/").status_code == 404
    exports.produce(export.pk)
    answer = client.get(f"/exports/{export.pk}/")
    assert b"number" in b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].startswith("attachment") and "sandbox" in answer["Content-Security-Policy"]
    assert client_of(manager).get(f"/exports/{export.pk}/").status_code == 404
    assert f"/exports/{export.pk}/" not in client_of(manager).get("/exports/").content.decode()


@pytest.mark.parametrize("query", ["x" * 10_000, "%00=%ff", "&&&=", "line=abc&cols=;;;", "a=1" * 500])
def test_a_query_that_makes_no_sense_is_a_whole_list(query: str, engineer: User, client_of: Login) -> None:
    answer = client_of(engineer).post("/lists/defects/export/", {"format": "csv", "query": query})
    assert answer.status_code == 200


@pytest.mark.parametrize("name", ["findings", "cases", "counts", "audit"])
def test_the_other_lists_have_the_same_buttons(name: str, manager: User, client_of: Login) -> None:
    page = client_of(manager).get("/audit/" if name == "audit" else f"/{name}/").content.decode()
    assert f'action="/lists/{name}/export/"' in page
    assert client_of(manager).post(f"/lists/{name}/export/", {"format": "csv"}).status_code == 200
