"""The rules by which an answer to a planted truth is right: each takes the right answer and refuses a wrong one."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from qc.analysis.data import Dataset
from qc.analysis.verdicts import Finding, Verdicts
from qc.management.demo import check, truths
from qc.management.demo.dataset import dataset
from qc.management.demo.scopes import alike
from qc.management.demo.story import tell
from qc.management.demo.truths import Judged
from qc.management.demo.world import APW, KDE

EMPTY = Finding(
    defect_type="",
    verdict="systemic",
    kind="episode",
    where={},
    origin="line",
    since=None,
    until=None,
    since_interval=None,
    incidents=100,
    expected=30.0,
    rate_ratio=3.3,
    rate_ratio_ci=[2.0, 5.0],
    p_value=1e-9,
    q_value=1e-8,
    aliases=[],
    ruled_out=[],
    needs="",
    explanation="",
)


@cache
def records(plant: str) -> Dataset:
    return dataset(tell(), KDE if plant == "KDE" else APW)


def said(plant: str, *findings: Finding) -> Judged:
    """A plant's records with these findings."""
    return Judged(records(plant), Verdicts({}, {}, findings, "", "", {}))


def one(code: str, where: dict[str, str], **values: Any) -> Finding:
    return replace(EMPTY, defect_type=code, where=where, **values)


STENCIL = one("SOLD-INSUF", {"station": "SP-11", "product": "ECU-40"}, since="2026-08-11", until="2026-09-06")
CONNECTORS = one("CONN-COPL", {"supplier": "S-104"}, origin="supplier", since="2026-09-18", until="2026-10-06")
TWO_LOTS: dict[str, Any] = {"supplier_lot": ["THC-2638A", "THC-2639A"]}
SOLDER = one("SOLD-BRID", {"station": "WV-31", "shift": "C"}, since="2026-07-14")
BORE = one("DIM-BORE", {"machine": "CNC-07"}, since="2026-10-05")
DIP = one("COAT-ADH", {"line": "CT-1"}, verdict="one_off", kind="burst", since="2026-10-07", until="2026-10-07")
PALLET = one("COSM-SCR", {"line": "FA-2"}, verdict="one_off", kind="burst", since="2026-08-19", until="2026-08-19")
CASTINGS = one("CAST-POR", {"supplier": "S-201"}, origin="supplier", kind="intermittent", until="2026-10-23")
CAVITY = one("MLD-SHORT", {"cavity": "C3"}, origin="supplier", since="2026-08-25")
MONDAY = one("DIM-FACE", {}, verdict="insufficient", needs="Watch MC-2, the hour from Monday 06:00.")
FEW = one("SCRW-STRP", {}, verdict="insufficient", incidents=2, needs="Clean until July.")
MIX = one("COSM-SCR", {}, verdict="background", ruled_out=["mix: more INV-12 is made"])
RECODE = one("SOLD-OTHER", {}, verdict="background", ruled_out=["recode: SOLD-VOID rose as this one fell"])
REPORTER = one("COSM-SCR", {}, verdict="background", ruled_out=["reporter: I-09 records three times as many"])

RIGHT = [
    ("T1", [STENCIL], []),
    ("T2", [CONNECTORS], []),
    ("T2", [replace(CONNECTORS, where=TWO_LOTS)], []),
    ("T3", [SOLDER], []),
    ("T4", [], [BORE]),
    ("T5", [], [DIP]),
    ("T6", [PALLET], []),
    ("T7", [], [CASTINGS]),
    ("T8", [MIX], []),
    ("T9", [RECODE], []),
    ("T10", [], [REPORTER]),
    ("T13", [], [MONDAY]),
    ("T14", [STENCIL, CONNECTORS], [BORE]),
    ("T15", [CAVITY], []),
    ("T16", [], [FEW]),
]
WRONG = [
    ("T1", [], []),
    ("T1", [replace(STENCIL, where={"line": "SMT-1"})], []),
    ("T1", [replace(STENCIL, since="2026-06-01")], []),
    ("T2", [CONNECTORS, replace(CONNECTORS, where={"line": "SMT-2"})], []),
    ("T2", [replace(CONNECTORS, since=None)], []),
    ("T2", [replace(CONNECTORS, where={"supplier_lot": "THC-2638A"})], []),
    ("T3", [replace(SOLDER, where={"station": "WV-31"})], []),
    ("T4", [], [replace(BORE, where={"line": "MC-1"})]),
    ("T5", [], [replace(DIP, verdict="systemic")]),
    ("T6", [PALLET, replace(PALLET, verdict="systemic", since=None, until=None)], []),
    ("T7", [], [replace(CASTINGS, until="2026-08-07")]),
    ("T7", [], [replace(CASTINGS, where={"product": "CP-80"}, origin="product")]),
    ("T8", [MIX, one("COSM-SCR", {"line": "FA-1"}, since="2026-10-05")], []),
    ("T8", [replace(MIX, ruled_out=[])], []),
    ("T9", [RECODE, one("SOLD-VOID", {"line": "SMT-2"}, since="2026-07-27")], []),
    ("T10", [], [REPORTER, one("COSM-SCR", {"operator": "I-09"})]),
    ("T10", [], [replace(REPORTER, ruled_out=["mix: other"])]),
    ("T13", [], [replace(MONDAY, needs="")]),
    ("T13", [], [MONDAY, one("DIM-FACE", {"line": "MC-2"})]),
    ("T14", [one("COMP-MISS", {"station": "PP-12"})], []),
    ("T14", [], [one("SEAL-CUT", {"line": "AS-2"})]),
    ("T15", [replace(CAVITY, origin="line")], []),
    ("T16", [], [replace(FEW, verdict="systemic", where={"product": "HP-120"})]),
]


@pytest.mark.parametrize(("truth", "kde", "apw"), RIGHT)
def test_a_right_answer_is_taken(truth: str, kde: list[Finding], apw: list[Finding]) -> None:
    assert truths.RULES[truth](said("KDE", *kde), said("APW", *apw))[0]


@pytest.mark.parametrize(("truth", "kde", "apw"), WRONG)
def test_a_wrong_answer_is_refused(truth: str, kde: list[Finding], apw: list[Finding]) -> None:
    assert not truths.RULES[truth](said("KDE", *kde), said("APW", *apw))[0]


def test_the_double_entries_are_counted_in_both_plants() -> None:
    note = one("SOLD-BRID", {}, verdict="background", ruled_out=["duplicates: 2 records"])
    right, text = truths.duplicates(said("KDE", note), said("APW"))
    assert right and text.startswith("38 ")


def test_scopes_are_alike_when_they_select_the_same_records() -> None:
    data = records("APW")
    assert alike(data, "DIM-BORE", {"machine": "CNC-07"}, {"line": "MC-1", "machine": "CNC-07"}) == 1
    assert alike(data, "DIM-BORE", {"line": "MC-1"}, {"machine": "CNC-07"}) < 0.6
    assert alike(data, "DIM-BORE", {"machine": "nowhere"}, {"machine": "nowhere"}) == 0


def test_the_silent_request_is_nine_days_late_and_on_the_rung_of_seven_days() -> None:
    right, text = check.no_answer_by_clock()
    assert right and "2026-11-11" in text


@pytest.mark.django_db
def test_the_check_prints_one_line_for_each_truth_without_any_data_loaded() -> None:
    out = StringIO()
    call_command("demo", check=True, stdout=out)
    lines = out.getvalue().splitlines()
    assert [line.split()[0] for line in lines[:16]] == [f"T{number}" for number in range(1, 17)]
    assert {line.split()[1] for line in lines[:16]} <= {"right", "wrong"}
    right = sum(line.split()[1] == "right" for line in lines[:16])
    assert lines[16] == f"{right} of 16 right"
    assert right >= 12


def test_a_command_without_a_verb_says_what_can_be_done() -> None:
    with pytest.raises(CommandError, match="--accounts, --load or --check"):
        call_command("demo")
