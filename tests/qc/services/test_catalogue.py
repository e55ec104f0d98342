"""The catalogue: codes come, change, retire and merge, and what is judged follows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from qc import clock
from qc.analysis.database import from_database
from qc.errors import NotAllowed, Refused, Stale
from qc.models import AnalysisTarget, Defect, DefectType, Event, PlaceOfUse, User
from qc.services import analyses, catalogue, codes, defects, usage
from tests import factories as make
from tests.pictures import csv, png

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
DAY = dt.date(2026, 11, 10)


@pytest.fixture
def line(plant: Any) -> Any:
    return make.ProductionLineFactory(plant=plant)


@pytest.fixture
def old(db: None) -> DefectType:
    return make.DefectTypeFactory(code="SOLD-VOID", name="Voiding")


@pytest.fixture
def new(db: None) -> DefectType:
    return make.DefectTypeFactory(code="SOLD-OTHER", name="Solder, other")


def log(by: User, line: Any, kind: DefectType, day: dt.date = DAY) -> Defect:
    kind.refresh_from_db()
    return defects.record(by, defect_type=kind, line=line, occurred_at=dt.datetime.combine(day, dt.time(12), dt.UTC))


def counted(kind: DefectType) -> set[str]:
    return set(Defect.objects.filter(counts_as=kind).values_list("number", flat=True))


def test_merged_records_keep_their_code_and_count_as_the_other(engineer: User, line: Any, old: Any, new: Any) -> None:
    one, two = log(engineer, line, old), log(engineer, line, new)
    AnalysisTarget.objects.update(due_at=None)
    catalogue.merge(engineer, source=old, into=new, reason="The camera renamed it")
    one.refresh_from_db()
    assert (one.defect_type, one.counts_as, one.version) == (old, new, 1)
    assert set(Defect.objects.judged_as(new)) == {one, two}
    due = set(AnalysisTarget.objects.filter(due_at__isnull=False).values_list("defect_type__code", flat=True))
    assert due == {"SOLD-VOID", "SOLD-OTHER"}
    event = Event.objects.get(verb="code.merge")
    assert (event.data["records"], event.reason) == (1, "The camera renamed it")


def test_a_merge_from_a_day_on_leaves_the_records_before_it(engineer: User, line: Any, old: Any, new: Any) -> None:
    before, after = log(engineer, line, old, DAY), log(engineer, line, old, DAY + dt.timedelta(days=3))
    catalogue.merge(engineer, source=old, into=new, from_on=DAY + dt.timedelta(days=3), reason="Renamed", retire=False)
    assert counted(old) == {before.number} and counted(new) == {after.number}
    late = log(engineer, line, old, DAY + dt.timedelta(days=4))
    early = log(engineer, line, old, DAY - dt.timedelta(days=4))
    assert (late.counts_as, early.counts_as) == (new, old)


def test_what_was_merged_twice_counts_as_the_last(engineer: User, line: Any, old: Any, new: Any) -> None:
    last = make.DefectTypeFactory()
    one, two = log(engineer, line, old, DAY), log(engineer, line, old, DAY + dt.timedelta(days=5))
    catalogue.merge(engineer, source=old, into=new, reason="Same")
    catalogue.merge(engineer, source=new, into=last, from_on=DAY + dt.timedelta(days=5), reason="Same again")
    assert counted(new) == {one.number} and counted(last) == {two.number}
    old.refresh_from_db()
    assert set(Defect.objects.judged_as(old)) == {one, two}


def test_a_merge_taken_back_leaves_everything_as_it_was(engineer: User, line: Any, old: Any, new: Any) -> None:
    one, two = log(engineer, line, old), log(engineer, line, new)
    before = from_database(line.plant, until=clock.now()).digest()
    catalogue.merge(engineer, source=old, into=new, reason="Same")
    assert from_database(line.plant, until=clock.now()).digest() != before
    with pytest.raises(Refused, match="retired"):
        log(engineer, line, old)
    back = catalogue.unmerge(engineer, source=old, reason="They are not")
    assert (back.merged_into, back.is_active) == (None, True)
    assert counted(old) == {one.number} and counted(new) == {two.number}
    assert from_database(line.plant, until=clock.now()).digest() == before


def test_the_engine_reads_a_merged_code_as_the_other(engineer: User, line: Any, old: Any, new: Any) -> None:
    log(engineer, line, old)
    catalogue.merge(engineer, source=old, into=new, reason="Same")
    assert from_database(line.plant, until=clock.now()).defect_type.labels == ("SOLD-OTHER",)


def test_codes_are_never_merged_in_a_circle(engineer: User, old: Any, new: Any) -> None:
    third = make.DefectTypeFactory()
    catalogue.merge(engineer, source=old, into=new, reason="Same", retire=False)
    catalogue.merge(engineer, source=new, into=third, reason="Same", retire=False)
    for source, into in ((third, old), (third, third), (old, third)):
        with pytest.raises(Refused):
            catalogue.merge(engineer, source=source, into=into, reason="Same")
    with pytest.raises(Refused, match="retired"):
        catalogue.merge(engineer, source=third, into=make.DefectTypeFactory(is_active=False), reason="Same")


@pytest.mark.parametrize("reason", ["", "  ", "\x00"])
def test_a_merge_needs_a_reason(engineer: User, old: Any, new: Any, reason: str) -> None:
    with pytest.raises(Refused) as refusal:
        catalogue.merge(engineer, source=old, into=new, reason=reason)
    assert "reason" in refusal.value.fields


def test_a_retired_code_is_refused_but_its_records_can_be_corrected(engineer: User, line: Any, old: Any) -> None:
    defect = log(engineer, line, old)
    catalogue.retire(engineer, defect_type=old, reason="Nobody uses it")
    with pytest.raises(Refused) as refusal:
        log(engineer, line, old)
    assert "SOLD-VOID is retired" in refusal.value.fields["defect_type"]
    assert defects.correct(engineer, defect=defect, version=1, note="Left of the fan").defect_type == old
    other = log(engineer, line, make.DefectTypeFactory())
    with pytest.raises(Refused):
        defects.correct(engineer, defect=other, version=1, defect_type=DefectType.objects.get(pk=old.pk))
    catalogue.reactivate(engineer, defect_type=old)
    assert log(engineer, line, old).defect_type == old


def test_a_code_with_places_of_use_is_refused_elsewhere(engineer: User, line: Any, old: Any) -> None:
    elsewhere = make.ProductionLineFactory(plant=line.plant)
    product = make.ProductFactory()
    station = make.StationFactory(line=elsewhere)
    catalogue.edit(engineer, defect_type=old, version=1, places=usage.Places(lines=[line], stations=[station]))
    assert log(engineer, line, old).line == line
    with pytest.raises(Refused, match="used only for"):
        log(engineer, elsewhere, old)
    old.refresh_from_db()
    assert defects.record(engineer, defect_type=old, station=station, occurred_at=make.NOON).station == station
    catalogue.edit(engineer, defect_type=old, version=2, places=usage.Places(products=[product]))
    with pytest.raises(Refused, match=product.code):
        log(engineer, elsewhere, old)
    old.refresh_from_db()
    assert defects.record(engineer, defect_type=old, line=elsewhere, product=product, occurred_at=make.NOON)


def test_an_engineer_leaves_the_places_of_other_plants_alone(engineer: User, line: Any, old: Any) -> None:
    foreign = PlaceOfUse.objects.create(defect_type=old, line=make.ProductionLineFactory())
    catalogue.edit(engineer, defect_type=old, version=1, places=usage.Places(lines=[line]))
    catalogue.edit(engineer, defect_type=old, version=2, places=usage.Places())
    assert list(PlaceOfUse.objects.all()) == [foreign]
    old.refresh_from_db()
    assert old.is_limited
    with pytest.raises(NotAllowed):
        catalogue.edit(engineer, defect_type=old, version=3, places=usage.Places(lines=[foreign.line]))


def test_a_tolerable_number_makes_the_type_due_everywhere(engineer: User, line: Any, old: Any) -> None:
    log(engineer, line, old)
    AnalysisTarget.objects.update(due_at=None)
    catalogue.edit(engineer, defect_type=old, version=1, description="Holes in the joint")
    assert not AnalysisTarget.objects.filter(due_at__isnull=False).exists()
    edited = catalogue.edit(engineer, defect_type=old, version=2, tolerable=12)
    assert edited.tolerable == 12 and AnalysisTarget.objects.get().due_at is not None
    with pytest.raises(Stale):
        catalogue.edit(engineer, defect_type=old, version=2, tolerable=13)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", " "), ("name", "x" * 161), ("severity", "worst"), ("tolerable", -1), ("group", "g" * 81)],
)
def test_what_makes_no_sense_is_refused_beside_its_field(engineer: User, old: Any, field: str, value: Any) -> None:
    with pytest.raises(Refused) as refusal:
        catalogue.edit(engineer, defect_type=old, version=1, **{field: value})
    assert field in refusal.value.fields


def test_a_code_is_there_once_however_it_is_spelt(engineer: User, old: Any) -> None:
    with pytest.raises(Refused) as refusal:
        catalogue.create(engineer, code=" sold-void ", name="Voids")
    assert "code" in refusal.value.fields
    made = catalogue.create(engineer, code="SOLD-NEW", name="New", group="Solder", tolerable=3)
    assert Event.objects.get(verb="code.create").data["tolerable"] == 3 and made.is_active


def test_a_group_gets_another_name_with_all_its_codes(engineer: User) -> None:
    for code in ("A", "B"):
        make.DefectTypeFactory(code=code, group="Soldr")
    assert catalogue.rename_group(engineer, old="Soldr", new="Solder") == 2
    assert Event.objects.filter(verb="code.edit", data={"group": ["Soldr", "Solder"]}).count() == 2


def test_an_example_has_a_photo_that_everybody_inside_sees(engineer: User, inspector: User, old: Any) -> None:
    example = usage.add_example(engineer, defect_type=old, caption="Too many holes", upload=png("void.png"))
    assert example.photo is not None
    assert type(example.photo).objects.visible_to(inspector).filter(pk=example.photo.pk).exists()
    with pytest.raises(Refused):
        usage.add_example(engineer, defect_type=old, caption="A table", upload=csv())
    usage.remove_example(engineer, example=example)
    assert not old.examples.exists() and Event.objects.filter(verb="code.remove_example").exists()


def test_those_who_only_read_change_nothing(inspector: User, old: Any, new: Any) -> None:
    for step in (
        lambda: catalogue.create(inspector, code="X", name="X"),
        lambda: catalogue.edit(inspector, defect_type=old, version=1, name="X"),
        lambda: catalogue.retire(inspector, defect_type=old, reason="x"),
        lambda: catalogue.merge(inspector, source=old, into=new, reason="x"),
        lambda: catalogue.unmerge(inspector, source=old, reason="x"),
        lambda: catalogue.rename_group(inspector, old="a", new="b"),
        lambda: usage.add_example(inspector, defect_type=old, caption="x"),
    ):
        with pytest.raises(NotAllowed):
            step()


def test_a_record_that_was_logged_in_the_moment_of_a_merge_is_counted_anew(
    engineer: User, line: Any, old: Any, new: Any
) -> None:
    stale = DefectType.objects.get(pk=old.pk)
    catalogue.merge(engineer, source=old, into=new, reason="Same", retire=False)
    defect = defects.record(engineer, defect_type=stale, line=line, occurred_at=make.NOON)
    assert defect.counts_as == old  # what the reader of a moment ago could know
    analyses.analyse_target(AnalysisTarget.objects.get(defect_type=old).pk)  # it made the old code due
    defect.refresh_from_db()
    assert defect.counts_as == new and AnalysisTarget.objects.get(defect_type=new).input_version == 1


def test_a_merge_of_many_records_is_carried_out_by_the_next_analysis(
    engineer: User, line: Any, old: Any, new: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes, "MOST_AT_ONCE", 1)
    made = [log(engineer, line, old) for _ in range(2)]
    target = AnalysisTarget.objects.get(defect_type=old)
    for step, kind in ((catalogue.merge, new), (catalogue.unmerge, old)):
        more = {"into": new} if step is catalogue.merge else {}
        row = step(engineer, source=old, reason="Same or not", **more)
        assert row.is_recounting and not counted(kind)
        analyses.analyse_target(target.pk)
        row.refresh_from_db()
        assert not row.is_recounting and counted(kind) == {one.number for one in made}
        assert AnalysisTarget.objects.get(defect_type=kind).judged_version > 0
