"""The rules of the house, read from the code itself: sizes, doors, tasks, services, the clock, the arrows."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parent.parent
APPS = ("qc", "suppliers", "reports")
DOORS = ("qc/web", "qc/api", "suppliers/web", "suppliers/portal", "suppliers/api", "reports/web", "reports/api")
LAYERS_OF_PAGES = ("qc/web", "suppliers/web", "suppliers/portal", "reports/web")
BANNED_NAMES = {"utils", "helpers", "common", "misc"}
MANAGERS = {"objects", "_default_manager", "_base_manager"}
SCOPES = {"visible_to", "none"}
WRITES = {"save", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "delete"}


def modules(*folders: str) -> Iterator[Path]:
    """Python files below the folders, migrations aside."""
    for folder in folders or APPS:
        for path in sorted((HOME / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


@cache
def tree(path: Path) -> ast.Module:
    parsed = ast.parse(path.read_text(encoding="utf-8"))
    for parent in ast.walk(parsed):
        for child in ast.iter_child_nodes(parent):
            child.parent = parent  # type: ignore[attr-defined]
    return parsed


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef):
            yield node


def place(path: Path, node: ast.AST | None = None) -> str:
    line = f":{node.lineno}" if node is not None and hasattr(node, "lineno") else ""
    return f"{path.relative_to(HOME)}{line}"


def chain(node: ast.AST) -> list[str]:
    """The names that follow a node in a chain of attributes and calls: objects -> filter -> visible_to."""
    names: list[str] = []
    current = node
    while True:
        parent = getattr(current, "parent", None)
        if isinstance(parent, ast.Attribute) and parent.value is current:
            names.append(parent.attr)
        elif not (isinstance(parent, ast.Call) and parent.func is current):
            return names
        current = parent


def decorators(node: ast.FunctionDef) -> set[str]:
    return {ast.unparse(each).split("(")[0] for each in node.decorator_list}


def parameters(node: ast.FunctionDef) -> list[str]:
    return [each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]


def statements(node: ast.FunctionDef) -> list[ast.stmt]:
    """The body without its docstring."""
    has_text = isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)
    return node.body[1:] if has_text else node.body


# Sizes.


def test_no_file_is_longer_than_400_lines() -> None:
    long = {place(path): len(path.read_text().splitlines()) for path in modules(*APPS, "tests")}
    assert {name: lines for name, lines in long.items() if lines > 400} == {}


def test_no_function_is_longer_than_40_lines() -> None:
    long = {
        f"{place(path, node)} {node.name}": node.end_lineno - node.lineno + 1
        for path in modules()
        for node in functions(path)
        if node.end_lineno is not None and node.end_lineno - node.lineno + 1 > 40
    }
    assert long == {}


def test_no_view_is_longer_than_25_lines() -> None:
    long = {
        f"{place(path, node)} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in modules(*LAYERS_OF_PAGES)
        for node in functions(path)
        if parameters(node)[:1] == ["request"] and (node.end_lineno or 0) - node.lineno + 1 > 25
    }
    assert long == {}


def test_no_template_is_longer_than_120_lines() -> None:
    paths = [path for pattern in ("*.html", "*.txt") for path in (HOME / "templates").rglob(pattern)]
    assert paths
    long = {place(path): len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    assert {name: lines for name, lines in long.items() if lines > 120} == {}


def test_no_module_is_named_after_nothing() -> None:
    assert [place(path) for path in modules(*APPS, "tests") if path.stem in BANNED_NAMES] == []
    assert [place(path) for path in modules(*APPS) if path.parent.name in BANNED_NAMES] == []


# Doors.


def unscoped(path: Path) -> list[str]:
    """Places where rows are fetched without `.visible_to(...)` in the same chain."""
    return [
        f"{place(path, node)} .{node.attr}.{'.'.join(chain(node))}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS and not SCOPES & set(chain(node))
    ]


def test_doors_fetch_rows_only_by_visible_to() -> None:
    assert [found for path in modules(*DOORS) for found in unscoped(path)] == []


@pytest.mark.parametrize(
    ("code", "is_fine"),
    [
        ("Defect.objects.visible_to(user).get(pk=1)", True),
        ("Defect.objects.filter(pk=1).visible_to(user)", True),
        ("forms.ModelChoiceField(Line.objects.none())", True),
        ("Defect.objects.get(pk=1)", False),
        ("get_object_or_404(Defect.objects, pk=1)", False),
        ("Defect._default_manager.all()", False),
    ],
)
def test_the_rule_about_rows_can_tell(tmp_path: Path, code: str, is_fine: bool) -> None:
    path = HOME / "tests" / "sample.py"
    parsed = ast.parse(code)
    for parent in ast.walk(parsed):
        for child in ast.iter_child_nodes(parent):
            child.parent = parent  # type: ignore[attr-defined]
    nodes = [node for node in ast.walk(parsed) if isinstance(node, ast.Attribute) and node.attr in MANAGERS]
    assert all(SCOPES & set(chain(node)) for node in nodes) is is_fine, path


def test_doors_write_only_through_services() -> None:
    found = [
        f"{place(path, node)} {ast.unparse(node.func)}"
        for path in modules(*DOORS)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES
    ]
    assert found == []


def test_tasks_are_two_statements_at_most() -> None:
    long, seen = [], 0
    for path in modules():
        for node in functions(path):
            if "shared_task" in decorators(node):
                seen += 1
                if len(statements(node)) > 2:
                    long.append(f"{place(path, node)} {node.name}")
    assert seen > 5
    assert long == []


# Logic where it belongs.


def test_nothing_listens_to_signals_of_rows() -> None:
    found = [
        place(path, node)
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom)
        and node.module in ("django.db.models.signals", "django.dispatch")
        or isinstance(node, ast.Attribute)
        and node.attr in ("pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed")
    ]
    assert found == []


def test_only_the_audit_trail_overrides_save_and_only_to_forbid() -> None:
    found = [
        f"{node.parent.name}.{node.name}"  # type: ignore[attr-defined]
        for path in modules("qc/models", "suppliers", "reports")
        for node in functions(path)
        if node.name in ("save", "delete") and isinstance(node.parent, ast.ClassDef)  # type: ignore[attr-defined]
    ]
    assert sorted(found) == ["Event.delete", "Event.save"]


def test_verbs_take_by_first_and_are_one_transaction() -> None:
    wrong, seen = [], 0
    for path in modules("qc/services", "suppliers/services", "reports/services"):
        for node in tree(path).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_") or "by" not in parameters(node):
                continue
            if not _writes(node):
                continue
            seen += 1
            hands_on = len(statements(node)) == 1 and isinstance(statements(node)[0], ast.Return)
            if parameters(node)[0] != "by":
                wrong.append(f"{place(path, node)} {node.name}: `by` comes first")
            if "transaction.atomic" not in decorators(node) and not hands_on:
                wrong.append(f"{place(path, node)} {node.name}: not @transaction.atomic")
    assert seen > 20
    assert wrong == []


def _writes(node: ast.FunctionDef) -> bool:
    names = {
        each.func.attr for each in ast.walk(node) if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute)
    }
    return bool(names & (WRITES | {"create", "write"}))


def test_only_the_clock_asks_the_time() -> None:
    asks = {"datetime.now", "datetime.utcnow", "datetime.today", "dt.datetime.now", "dt.datetime.utcnow"}
    asks |= {"dt.datetime.today", "timezone.now", "timezone.localtime", "timezone.localdate", "date.today"}
    asks |= {"dt.date.today", "time.time", "datetime.datetime.now", "datetime.date.today"}
    found = [
        f"{place(path, node)} {ast.unparse(node.func)}"
        for path in modules()
        if path != HOME / "qc" / "clock.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in asks
    ]
    assert found == []


# The arrows.


@pytest.mark.parametrize("module", ["qc", "qc.stats"])
def test_the_statistics_load_neither_django_nor_celery(module: str) -> None:
    code = (
        "import importlib, pkgutil, sys\n"
        f"found = importlib.import_module({module!r})\n"
        f"inner = pkgutil.iter_modules(found.__path__, 'qc.stats.') if {module!r} == 'qc.stats' else ()\n"
        "[importlib.import_module(each.name) for each in inner]\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'django', 'celery', 'kombu', 'rest_framework'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=HOME, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_module_of_the_core_has_a_floor() -> None:
    settings = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    floors = [each for each in settings["contracts"] if each["type"] == "layers" and each.get("containers") == ["qc"]]
    assert floors and all(each.get("exhaustive") for each in floors)
    named = {
        name.strip(" ()")
        for contract in floors
        for layer in (*contract["layers"], *contract.get("exhaustive_ignores", []))
        for name in layer.replace(":", "|").split("|")
    }
    there = {path.stem for path in (HOME / "qc").glob("*.py") if path.stem != "__init__"}
    there |= {path.parent.name for path in (HOME / "qc").glob("*/__init__.py")}
    assert sorted(there - named) == []


def test_every_app_has_its_place_among_the_apps() -> None:
    settings = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    assert set(APPS) <= set(settings["root_packages"])


def test_migrations_are_named() -> None:
    names = [path.stem for app in APPS for path in (HOME / app / "migrations").glob("0*.py")]
    assert names
    assert [name for name in names if "auto" in name or len(name) < 8] == []


def test_every_test_folder_is_a_package() -> None:
    folders = {path.parent for path in (HOME / "tests").rglob("*.py")}
    assert [place(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_templates_hold_no_inline_style_script_or_unescaped_text() -> None:
    banned = (
        " style=",
        "<style",
        "javascript:",
        "|safe",
        "{% autoescape off",
        " onclick=",
        " onload=",
        "http://",
        "https://",
    )
    found = []
    for path in (HOME / "templates").rglob("*.html"):
        if "email" in path.parts:
            continue  # mail programs know no style sheets
        text = path.read_text(encoding="utf-8")
        found += [f"{place(path)}: {word}" for word in banned if word in text.replace("http://www.w3.org", "")]
        found += [
            f"{place(path)}: inline script" for tag in text.split("<script")[1:] if "src=" not in tag.split(">")[0]
        ]
    assert found == []
