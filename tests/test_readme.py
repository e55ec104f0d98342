"""What the README says is true: its commands, its variables, its files."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from django.core.management import get_commands

from qc.management.commands import up

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINES = [line for block in re.findall(r"```sh\n(.*?)```", README, re.S) for line in block.strip().splitlines()]


def test_there_are_two_commands_of_one_line_each() -> None:
    assert len(LINES) == 2
    run, test = LINES
    install = "python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt -e "
    assert run == f"{install}. && .venv/bin/python manage.py up --demo"
    assert test == f'{install}".[test]" && .venv/bin/python -m pytest -n auto --dist loadfile'


def test_ci_runs_the_test_command_as_it_is_written_here() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    pattern = re.search(r"grep -m 1 -E '([^']+)' README\.md", script)
    assert pattern and [line for line in README.splitlines() if re.search(pattern[1], line)] == [LINES[1]]
    assert 'bash -c "$command"' in script


def test_the_extra_and_the_versions_that_the_commands_install_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "test" in project["optional-dependencies"]
    pinned = {line.split("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line}
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    assert {re.split(r"[\[<>=~; ]", name)[0] for name in wanted} <= pinned


def test_the_constraints_name_no_host() -> None:
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", (ROOT / "constraints.txt").read_text())


@pytest.mark.parametrize("command", sorted(set(re.findall(r"manage\.py (\w+)", README))))
def test_every_command_exists(command: str) -> None:
    assert command in get_commands()


def test_the_options_of_up_are_the_ones_described() -> None:
    described = re.search(r"`manage\.py up ([^`]+)`", README)
    assert described
    parser = up.Command().create_parser("manage.py", "up")
    for option, value in re.findall(r"\[(--\w+)(?: ([^\]]+))?\]", described[1]):
        default = parser.get_default(option.removeprefix("--"))
        assert str(default) == value if value else default is False


def test_every_variable_is_listed_and_every_listed_one_is_read() -> None:
    read = set(re.findall(r'env(?:\.\w+)?\(\s*"(\w+)"', (ROOT / "qc" / "settings.py").read_text(encoding="utf-8")))
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", README, re.M)) == read


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:qc|suppliers|reports)/[\w/]+(?:\.py)?)(?:`|:)", README))))
def test_every_file_on_the_way_of_the_defect_exists(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize(("path", "verb"), sorted(set(re.findall(r"`([\w/]+\.py): (\w+)`", README))))
def test_every_verb_on_the_way_is_where_the_readme_says(path: str, verb: str) -> None:
    assert f"\ndef {verb}(" in (ROOT / path).read_text(encoding="utf-8")
