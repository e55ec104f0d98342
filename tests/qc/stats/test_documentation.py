"""Every example in the documentation of qc.stats runs and says what it prints."""

from __future__ import annotations

import ast
import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import qc.stats

MODULES = [each.name for each in pkgutil.iter_modules(qc.stats.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_print_what_they_say(name: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(f"qc.stats.{name}"), optionflags=doctest.ELLIPSIS)
    assert not failed
    assert tried, f"qc.stats.{name} has no example"


@pytest.mark.parametrize("name", MODULES)
def test_a_module_names_its_sources_and_keeps_its_results_frozen(name: str) -> None:
    path = Path(qc.stats.__path__[0], f"{name}.py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = ast.get_docstring(tree) or ""
    assert "[1]" in told or name in {"series"}, f"{name} names no reference"
    for node in (each for each in ast.walk(tree) if isinstance(each, ast.ClassDef)):
        assert any("frozen=True" in ast.unparse(decorator) for decorator in node.decorator_list), node.name


@pytest.mark.parametrize("name", MODULES)
def test_every_public_function_has_an_example(name: str) -> None:
    tree = ast.parse(Path(qc.stats.__path__[0], f"{name}.py").read_text(encoding="utf-8"))
    public = [node for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
    assert [node.name for node in public if ">>>" not in (ast.get_docstring(node) or "")] == []
