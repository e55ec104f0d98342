"""The German of the portal: every text that a supplier can meet has one, and both forms of the catalogue agree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import catalogue

PLACES = re.compile(r"%(?:\([a-z_]+\))?[sd%]")


@pytest.fixture(scope="module")
def german() -> dict[catalogue.Text, tuple[str, ...]]:
    return catalogue.read(catalogue.FOLDER / "django.po")


def test_every_text_that_a_supplier_can_meet_is_in_german(german: dict[catalogue.Text, tuple[str, ...]]) -> None:
    wanted = catalogue.texts()
    assert len(wanted) > 400
    missing = [f"{place}: {text[0]}" for text, place in wanted.items() if not all(german.get(text, ("",)))]
    assert missing == [], "run python -m tests.catalogue, then translate what is empty in qc/locale/de"
    assert sorted(set(german) - set(wanted)) == [], "these texts are gone: run python -m tests.catalogue"


def test_the_compiled_catalogue_says_what_the_readable_one_says(
    german: dict[catalogue.Text, tuple[str, ...]],
) -> None:
    stored = catalogue.loaded(catalogue.FOLDER / "django.mo")
    plain = {text: said[0] for (text, plural), said in german.items() if not plural}
    plurals = {(text, number): said[number] for (text, plural), said in german.items() if plural for number in (0, 1)}
    stored.pop("")
    assert stored == plain | plurals
    assert (catalogue.FOLDER / "django.mo").read_bytes() == catalogue.compiled(german)


def test_a_translation_keeps_the_places_for_names_and_numbers(german: dict[catalogue.Text, tuple[str, ...]]) -> None:
    wrong = [
        text
        for (text, plural), said in german.items()
        for number, each in enumerate(said)
        if sorted(PLACES.findall(each)) != sorted(PLACES.findall(plural if number else text))
    ]
    assert wrong == []


def test_the_german_is_polite(german: dict[catalogue.Text, tuple[str, ...]]) -> None:
    familiar = re.compile(r"\b(du|dir|dich|dein\w*|euch|euer\w*)\b", re.IGNORECASE)
    assert [said for said in german.values() if any(familiar.search(each) for each in said)] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('_("One")', [("One", "")]),
        ('ngettext("%(n)d day", "%(n)d days", n)', [("%(n)d day", "%(n)d days")]),
        ('later(lambda: _("a" "b") % {"x": gettext("y")})', [("ab", ""), ("y", "")]),
        ("print('no mark')", []),
    ],
)
def test_the_marks_of_a_module_are_found(source: str, found: list[catalogue.Text]) -> None:
    assert sorted(catalogue.in_code(source)) == found


def test_the_marks_of_a_page_are_found() -> None:
    page = """{% load i18n %}{% translate "One" as t %}{% if x %}{% blocktranslate count n=x %}{{ n }} day{% plural %}
    {{ n }} days{% endblocktranslate %}{% endif %}"""
    assert list(catalogue.in_page(page)) == [("One", ""), ("%(n)s day", "\n    %(n)s days")]


def test_a_catalogue_that_is_written_is_read_alike(tmp_path: Path) -> None:
    entries = {('a "quoted"\nline', ""): ("zwei\nZeilen",), ("%(n)d day", "%(n)d days"): ("Tag", "Tage")}
    path = tmp_path / "django.po"
    catalogue.write(path, entries, {})
    assert catalogue.read(path) == entries
    (tmp_path / "django.mo").write_bytes(catalogue.compiled(entries))
    assert catalogue.loaded(tmp_path / "django.mo")["%(n)d day", 1] == "Tage"
