from __future__ import annotations

import pytest

from qc.services.blame import blames_only_a_person


@pytest.mark.parametrize(
    "text",
    [
        "Operator error", "operator's mistake.", "It was due to a human mistake!", "The inspectors missed it",
        "The operator did not follow the instruction and was retrained", "People forgot it", "Bedienfehler",
        "Bedienerfehler, Mitarbeiter wurde geschult", "Menschliches Versagen", "Der Mitarbeiter hat es übersehen",
        "Der Werker hat die Arbeitsanweisung nicht beachtet, Schulung durchgeführt", "Mitarbeiterfehler",
        "Nachlässigkeit des Personals", "Fehler des Prüfers",
    ],
)  # fmt: skip
def test_a_text_that_only_blames_a_person_is_recognised_in_both_languages(text: str) -> None:
    assert blames_only_a_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "Operator error, because both connectors fit both sockets.", "The stencil is worn.", "",
        "Der Bediener wählt das falsche Programm, weil beide Aufträge denselben Strichcode tragen.",
        "Schablone verschlissen", "Wrong torque program selected by operator since both carry the same barcode",
        "Human error cannot be excluded: the fixture has no stop and takes both orientations",
    ],
)  # fmt: skip
def test_a_mechanism_is_a_cause_even_when_a_person_is_named(text: str) -> None:
    assert not blames_only_a_person(text)
