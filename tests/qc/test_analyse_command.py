import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from tests.qc.shared import need

RECORDS = "Date,Defect,Line\n" + "".join(f"2026-03-{i % 28 + 1:02d} 08:00,{'ab'[i % 2]},L{i % 3}\n" for i in range(60))


def test_files_become_a_table_and_json_without_a_database(tmp_path, capsys):
    (tmp_path / "d.csv").write_text(RECORDS + "2026-02-30,a,L1\n")
    call_command("analyse", str(tmp_path / "d.csv"), "--json", str(tmp_path / "out.json"))
    answer = json.loads((tmp_path / "out.json").read_text())
    assert answer["data"]["mapping"] == {"occurred_at": "Date", "defect_type": "Defect", "line": "Line"}
    assert answer["data"]["dropped"][0]["row"] == 62
    assert {f["defect_type"] for f in answer["findings"]} == {"a", "b"}
    shown = capsys.readouterr().out
    assert "verdict" in shown
    assert "2026-02-30" in shown


def test_mistakes_are_one_clear_sentence(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text(RECORDS)
    (tmp_path / "p.csv").write_text("date,units\n2026-03-01,-7\n")
    for arguments, says in (
        (["nowhere.csv"], "cannot be read"),
        ([str(path), "--map", "line"], "NAME=COLUMN"),
        ([str(path), "--map", "line=Nope"], "no column 'Nope'"),
        ([str(path), "--production", str(tmp_path / "p.csv")], "'-7' is negative"),
        ([str(path), "--horizon-days", "0"], "horizon_days"),
    ):
        with pytest.raises(CommandError, match=says):
            call_command("analyse", *arguments)


def test_the_real_supplier_reports_are_read_by_their_values(tmp_path, capsys):
    path = need("data/supplier_quality/defect_reports.csv")
    call_command("analyse", str(path), "--json", str(tmp_path / "out.json"))
    answer = json.loads((tmp_path / "out.json").read_text())
    assert answer["data"]["mapping"]["defect_type"] == "Defect"
    assert answer["data"]["mapping"]["supplier"] == "Vendor"
    assert answer["data"]["exposure"] == "calendar"
    assert answer["data"]["dropped"] == []
    assert "No production counts" in capsys.readouterr().out


def test_a_reader_that_has_seen_enough_ends_it_quietly_and_the_json_is_whole(tmp_path):
    (tmp_path / "d.csv").write_text(RECORDS)
    read, write = os.pipe()
    os.close(read)  # as `| head` does it
    command = ["manage.py", "analyse", str(tmp_path / "d.csv"), "--json", str(tmp_path / "out.json")]
    done = subprocess.run([sys.executable, *command], cwd=settings.BASE_DIR, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads((tmp_path / "out.json").read_text())["findings"]
