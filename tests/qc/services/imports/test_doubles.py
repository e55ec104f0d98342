"""Likely doubles in a file: found against the records and within the file, shown with why, settled as was chosen."""

from __future__ import annotations

import pytest

from qc.errors import Refused
from qc.models import Defect, DuplicatePolicy
from qc.services import duplicates, imports
from qc.services.imports import showing
from qc.services.imports.doubles import Doubles
from tests import factories as make
from tests.qc.services.imports.conftest import applied, counts, undone, worked

HEAD = "Occurred at,Defect code,Line,Serial number,Own lot\n"
FIRST = "2026-11-18 07:30,SCR,L1,SN-1,\n"


def saved(by, row, of_doubles):
    imports.apply(by, file=row, revision=row.revision, of_doubles=of_doubles)
    row = worked(row)
    assert row.status == "applied", row.refusal
    return row


def doubles(by, row):
    return [
        (each.row, each.record.number if each.record else "", each.why) for each in showing.doubles(by, row, 1).rows
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-11-18 07:40,SCR,L1,sn-1,\n", "same serial and code, 10 minutes later"),
        ("2026-11-18 07:20,SCR,L2,SN-1,\n", "same serial and code, 10 minutes earlier"),
        ("2026-11-19 05:30,SCR,L1,SN-1,\n", "same serial and code, 22 hours later"),
        ("2026-11-19 05:30,SCR,L2,SN-1,\n", ""),
        ("2026-11-18 07:40,DENT,L1,SN-1,\n", ""),
        ("2026-11-18 07:40,SCR,L1,SN-2,\n", ""),
    ],
)
def test_a_row_that_looks_like_a_record_is_shown_with_why(engineer, floor, send, text, why):
    applied(engineer, send(engineer, HEAD + FIRST))
    row = send(engineer, HEAD + text)
    assert counts(row) == (1, 0, 0, 0)
    assert doubles(engineer, row) == ([(2, "D-2026-000001", why)] if why else [])
    assert row.answers["doubles"] == len(doubles(engineer, row))


@pytest.mark.parametrize(
    ("one", "other", "is_double"),
    [
        ("07:30,SCR,L1,,LOT-9", "07:40,SCR,L1,,lot-9", True),
        ("07:30,SCR,L1,SN-1,LOT-9", "07:40,SCR,L1,,LOT-9", True),
        ("07:30,SCR,L1,SN-1,LOT-9", "07:40,SCR,L1,SN-2,LOT-9", False),
        ("07:30,SCR,L1,,LOT-9", "07:40,SCR,L2,,LOT-9", False),
        ("07:30,SCR,L1,,LOT-9", "11:40,SCR,L1,,LOT-9", False),
        ("07:40,SCR,L1,SN-1,", "07:30,SCR,L1,SN-1,", True),
    ],
)
def test_rows_of_one_file_that_look_alike_are_shown(engineer, floor, send, one, other, is_double):
    row = send(engineer, f"{HEAD}2026-11-18 {one}\n2026-11-18 {other}\n")
    assert counts(row) == (2, 0, 0, 0)
    assert len(doubles(engineer, row)) == is_double
    if is_double:
        assert "like row" in doubles(engineer, row)[0][2]


def test_likely_doubles_are_marked_for_a_person_unless_something_else_is_said(engineer, floor, send):
    applied(engineer, send(engineer, HEAD + FIRST))
    row = applied(engineer, send(engineer, HEAD + "2026-11-18 07:40,SCR,L1,SN-1,\n2026-11-18 07:41,SCR,L1,SN-1,\n"))
    first, *others = Defect.objects.order_by("pk")
    assert [(each.status, each.looks_like) for each in others] == [("logged", first)] * 2
    assert row.result["in_doubt"] == 2


def test_joined_ones_keep_their_rows_count_once_and_are_taken_back_with_the_import(engineer, floor, send):
    text = "2026-11-18 07:40,SCR,L1,SN-1,\n2026-11-18 09:30,DENT,L1,SN-7,\n2026-11-18 09:31,DENT,L1,SN-7,\n"
    applied(engineer, send(engineer, HEAD + FIRST))
    row = saved(engineer, send(engineer, HEAD + text), "join")
    first, second, third, fourth = Defect.objects.order_by("pk")
    assert (second.duplicate_of, third.duplicate_of, fourth.duplicate_of) == (first, None, third)
    assert Defect.objects.counted().count() == 2 and row.result["joined"] == 2
    undone(engineer, row)
    assert list(Defect.objects.counted()) == [first]
    assert set(Defect.objects.exclude(pk=first.pk).values_list("status", "duplicate_of")) == {("void", None)}


def test_kept_ones_are_records_of_their_own(engineer, floor, send):
    applied(engineer, send(engineer, HEAD + FIRST))
    saved(engineer, send(engineer, HEAD + "2026-11-18 07:40,SCR,L1,SN-1,\n"), "keep")
    assert Defect.objects.filter(status="logged", looks_like=None).count() == 2
    with pytest.raises(Refused):
        imports.apply(engineer, file=send(engineer, HEAD + "2026-11-18 07:50,SCR,L1,SN-1,\n"), of_doubles="drop")


def test_a_record_that_was_joined_meanwhile_makes_the_preview_anew(engineer, floor, send):
    applied(engineer, send(engineer, HEAD + FIRST + "2026-11-10 07:30,SCR,L1,SN-1,\n"))
    row = send(engineer, HEAD + "2026-11-18 07:40,SCR,L1,SN-1,\n")
    first, other = Defect.objects.order_by("pk")
    Defect.objects.filter(pk=first.pk).update(status="duplicate", duplicate_of=other)
    imports.apply(engineer, file=row, revision=row.revision)
    row = worked(row)
    assert row.status == "ready" and "meanwhile" in row.refusal
    assert doubles(engineer, row) == []


def test_an_integrations_files_follow_its_own_policy(manager, floor, send):
    machine = make.UserFactory(role="integration")
    machine.plants.add(floor)
    duplicates.set_policy(manager, integration=machine, action=DuplicatePolicy.Action.JOIN, minutes=5, version=1)
    text = HEAD + FIRST + "2026-11-18 07:34,SCR,L1,SN-1,\n2026-11-18 07:50,SCR,L1,SN-1,\n"
    assert len(found_for(machine, text)) == 1


def found_for(by, text):
    """What is found among rows of a sender."""
    rows = [line.split(",") for line in text.splitlines()[1:]]
    minutes = [int(each[0][11:13]) * 60 + int(each[0][14:16]) for each in rows]
    columns = {name: ["1"] * len(rows) for name in ("plant_id", "counts_as_id", "line_id", "supplier_id")}
    columns |= {"serial": [each[3] for each in rows], "lot": [""] * len(rows), "supplier_lot_id": ["\\N"] * len(rows)}
    found = Doubles(by)
    found.add(columns, [60 * each for each in minutes], range(len(rows)))
    return found.found()


def test_another_plants_records_are_not_shown_to_who_does_not_work_there(engineer, manager, floor, send):
    far = make.ProductionLineFactory(plant=make.PlantFactory(code="FAR"), code="FAR-1")
    applied(manager, send(manager, HEAD.replace("Line,", "Plant,Line,") + "2026-11-18 07:30,SCR,FAR,FAR-1,SN-1,\n"))
    assert Defect.objects.get().line == far
    assert doubles(engineer, send(engineer, HEAD + FIRST)) == []
