"""Search over defects: what is found, by whom, and that nothing in a query can break it."""

from __future__ import annotations

import pytest
from django.db import connection

from qc.models import Defect, Plant, User, fulltext
from qc.services.listings.defects import DEFECTS
from qc.services.listings.texts import best, words
from tests import factories as make

HOSTILE = ["'", '"', '""" OR 1', "NEAR(a b)", "a* OR b", "%%%", "___", "\\\\\\", "\x00x\x00", "‮abc", "x" * 10_000,
           "() AND NOT", "-abc", "col:abc", "^abc", "{abc}", "''; DROP TABLE qc_defect; --", "🙂🙂🙂"]  # fmt: skip


def found(user: User, text: str) -> set[str]:
    return {row.note or row.number for row in DEFECTS.rows(user, {"q": text})}


@pytest.fixture
def records(plant: Plant) -> None:
    line = make.ProductionLineFactory(plant=plant)
    lot = make.SupplierLotFactory(plant=plant, code="THC-2638A")
    kind = make.DefectTypeFactory(code="SOLD-BRID", name="Solder bridge")
    make.DefectFactory(line=line, note="Grosser Kratzer am Gehäuse", lot="A-2633-014", serial="SN48211")
    make.DefectFactory(line=line, note="bought", supplier_lot=lot, part=lot.part, supplier=lot.part.supplier)
    make.DefectFactory(line=line, note="bridged", defect_type=kind)
    make.DefectFactory(note="elsewhere: kratzer")


@pytest.mark.usefixtures("records")
@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("kratzer", {"Grosser Kratzer am Gehäuse"}),
        ("KRATZER gehäuse", {"Grosser Kratzer am Gehäuse"}),
        ("kratzer bridge", set()),
        ("2633-0", {"Grosser Kratzer am Gehäuse"}),
        ("8211", {"Grosser Kratzer am Gehäuse"}),
        ("thc-2638", {"bought"}),
        ("Supplier S-", {"bought"}),
        ("solder", {"bridged"}),
        ("old-br", {"bridged"}),
        ("xyz", set()),
        ("am", set()),
    ],
)
def test_every_word_is_part_of_a_text_or_of_a_name(engineer: User, text: str, notes: set[str]) -> None:
    assert found(engineer, text) == notes


@pytest.mark.usefixtures("records")
def test_who_reads_every_plant_finds_in_every_plant(manager: User, engineer: User) -> None:
    assert len(found(manager, "kratzer")) == 2
    assert len(found(engineer, "kratzer")) == 1


def test_a_number_is_found_by_any_part_of_it_and_the_exact_one_comes_first(plant: Plant, manager: User) -> None:
    line = make.ProductionLineFactory(plant=plant)
    first, *others = (make.DefectFactory(line=line) for _ in range(3))
    for other in others:
        Defect.objects.filter(pk=other.pk).update(note=f"as in {first.number}")
    rows = Defect.objects.visible_to(manager)
    assert best(rows, manager, first.number.lower(), 5)[0] == first
    assert len(best(rows, manager, first.number, 5)) == 3
    assert found(manager, first.number[-4:]) >= {first.number}


def test_a_text_that_is_corrected_is_found_by_its_new_words_only(plant: Plant, manager: User) -> None:
    defect = make.DefectFactory(line__plant=plant, note="porosity")
    Defect.objects.filter(pk=defect.pk).update(note="blister")
    assert found(manager, "blister") == {"blister"}
    assert found(manager, "porosity") == set()
    Defect.objects.filter(pk=defect.pk).update(status="confirmed")
    assert found(manager, "blister") == {"blister"}
    Defect.objects.filter(pk=defect.pk).delete()
    assert found(manager, "blister") == set()


@pytest.mark.usefixtures("records")
@pytest.mark.parametrize("text", HOSTILE)
def test_no_query_is_an_operator_or_an_error(manager: User, text: str) -> None:
    assert found(manager, text) <= {"elsewhere: kratzer"}


def test_words_are_few_long_enough_and_tell_something() -> None:
    assert words("a bb ccc ccc --- d3d") == ["ccc", "d3d"]
    assert len(words(" ".join(f"word{n}" for n in range(50)))) == 8


def test_the_index_can_be_taken_away_and_made_anew(plant: Plant, manager: User) -> None:
    make.DefectFactory(line__plant=plant, note="porosity")
    connection.check_constraints()  # PostgreSQL makes no index while checks wait for the end of the transaction
    fulltext.drop()
    fulltext.build()
    assert fulltext.is_indexed()
    assert found(manager, "porosity") == {"porosity"}


@pytest.mark.postgres
def test_without_its_index_the_search_finds_the_same(plant: Plant, manager: User) -> None:
    make.DefectFactory(line__plant=plant, note="porosity")
    fulltext.drop()
    assert not fulltext.is_indexed()
    assert found(manager, "poros") == {"porosity"}


def test_the_triggers_are_there_after_all_migrations(db: None) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("SQLite keeps its text index by triggers")
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'qc_defect'")
        names = {row[0] for row in cursor.fetchall()}
    assert names >= {f"{fulltext.TABLE}_{event}" for event in ("added", "changed", "removed")}
