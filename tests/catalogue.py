"""The texts that a supplier can meet, read from the code itself; and a catalogue in its two forms.

`python -m tests.catalogue` adds what is missing to the German catalogue, drops what is gone, and writes both forms.
"""

from __future__ import annotations

import ast
import gettext
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.template import engines
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

HOME = Path(__file__).resolve().parent.parent
FOLDER = HOME / "qc" / "locale" / "de" / "LC_MESSAGES"
MARKS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
# Whatever a supplier's person reads: pages, mails, fields, refusals. Folders are read whole.
CODE = (
    "suppliers/portal", "suppliers/asked.py", "suppliers/answers.py", "suppliers/due.py", "suppliers/shown.py",
    "suppliers/grids.py", "suppliers/sums.py", "qc/services/blame.py",
    "suppliers/services/links.py", "suppliers/services/contacts.py", "suppliers/services/messages.py",
    "suppliers/services/stages.py", "suppliers/services/requests.py", "suppliers/services/evidence.py",
    "suppliers/services/access.py", "suppliers/services/extensions.py", "suppliers/services/shipping.py",
    "suppliers/services/claims.py", "suppliers/services/disputes.py", "suppliers/services/descriptions.py",
    "suppliers/services/endings.py", "suppliers/services/reasons.py", "suppliers/services/telling.py",
    "suppliers/services/clocks.py", "suppliers/services/escalation.py", "suppliers/services/rounds.py",
    "suppliers/overview.py", "suppliers/money.py", "suppliers/layouts", "suppliers/models/contacts.py",
    "suppliers/models/agreements.py", "suppliers/models/requests.py",
    "suppliers/scores.py", "qc/services/files.py", "qc/services/images.py", "qc/services/wording.py",
    "qc/services/workbooks.py", "qc/services/notices.py", "qc/web/uploads.py",
)  # fmt: skip
PAGES = ("suppliers/portal", "email/digest.txt", "email/digest.html", "account", "404.html", "403.html", "405.html",
         "400.html", "403_csrf.html", "500.html", "base.html")  # fmt: skip

Text = tuple[str, str]  # a text and its plural, "" where it has none


def texts() -> dict[Text, str]:
    """Every marked text, with the file where it stands first."""
    found: dict[Text, str] = {}
    for path in _files(HOME, CODE, "*.py"):
        for text in in_code(path.read_text(encoding="utf-8")):
            found.setdefault(text, str(path.relative_to(HOME)))
    for path in _files(HOME / "templates", PAGES, "*.*"):
        for text in in_page(path.read_text(encoding="utf-8")):
            found.setdefault(text, str(path.relative_to(HOME)))
    return found


def _files(root: Path, names: tuple[str, ...], pattern: str) -> Iterator[Path]:
    for name in names:
        path = root / name
        yield from sorted(path.rglob(pattern)) if path.is_dir() else [path] if path.exists() else []


def in_code(source: str) -> Iterator[Text]:
    """The marked texts of a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MARKS:
            said = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            if said:
                yield said[0], said[1] if len(said) > 1 else ""


def in_page(source: str) -> Iterator[Text]:
    """The marked texts of a template."""
    page: Any = engines["django"].from_string(source)
    nodes = page.template.nodelist
    for node in nodes.get_nodes_by_type(TranslateNode):
        text = str(node.filter_expression.var.literal or node.filter_expression.var)
        yield text.replace("%", "%%"), ""  # so Django looks it up
    for node in nodes.get_nodes_by_type(BlockTranslateNode):
        singular = node.render_token_list(node.singular)[0]
        yield singular, node.render_token_list(node.plural)[0] if node.plural else ""


def read(path: Path) -> dict[Text, tuple[str, ...]]:
    """A .po file: text -> translation(s); a text that is not translated has an empty one."""
    entries: dict[Text, tuple[str, ...]] = {}
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        parts: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            if not line.startswith('"'):
                name, line = line.split(" ", 1)
                parts[name] = ""
            parts[name] += ast.literal_eval(line)
        said = tuple(value for key, value in parts.items() if key.startswith("msgstr"))
        if parts.get("msgid"):
            entries[parts["msgid"], parts.get("msgid_plural", "")] = said
    return entries


HEADER = (
    "Content-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: 8bit\n"
    "Language: de\n"
    "Plural-Forms: nplurals=2; plural=(n != 1);\n"
)


def write(path: Path, entries: dict[Text, tuple[str, ...]], places: dict[Text, str]) -> None:
    """A .po file, in the order of the texts."""
    blocks = ["\n".join(['msgid ""', 'msgstr ""', *(_quoted(line + "\n") for line in HEADER.splitlines())])]
    for (text, plural), said in sorted(entries.items()):
        lines = [f"#: {places.get((text, plural), '')}"]
        if "%(" in text:
            lines.append("#, python-format")
        lines.append(f"msgid {_quoted(text)}")
        if plural:
            lines.append(f"msgid_plural {_quoted(plural)}")
            lines += [f"msgstr[{number}] {_quoted(each)}" for number, each in enumerate(said)]
        else:
            lines.append(f"msgstr {_quoted(said[0])}")
        blocks.append("\n".join(lines))
    path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def _quoted(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{plain}"'


def compiled(entries: dict[Text, tuple[str, ...]]) -> bytes:
    """The .mo form of a catalogue: what gettext reads."""
    messages = {"": HEADER}
    for (text, plural), said in entries.items():
        if all(said):
            messages[f"{text}\x00{plural}" if plural else text] = "\x00".join(said)
    keys = sorted(messages, key=lambda key: key.encode())
    ids, strings = [key.encode() for key in keys], [messages[key].encode() for key in keys]
    start = 28 + 16 * len(keys)
    tables, offset = [], start
    for group in (ids, strings):
        table = b""
        for each in group:
            table += struct.pack("<II", len(each), offset)
            offset += len(each) + 1
        tables.append(table)
    head = struct.pack("<7I", 0x950412DE, 0, len(keys), 28, 28 + 8 * len(keys), 0, start)
    return head + b"".join(tables) + b"".join(each + b"\x00" for each in (*ids, *strings))


def loaded(path: Path) -> dict[Any, str]:
    """What gettext reads from a .mo file."""
    with path.open("rb") as stored:
        return dict(gettext.GNUTranslations(stored)._catalog)  # type: ignore[attr-defined]


def main() -> None:
    """Bring the German catalogue up to date."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path, wanted = FOLDER / "django.po", texts()
    known = read(path) if path.exists() else {}
    entries = {text: known.get(text, ("", "") if text[1] else ("",)) for text in wanted}
    write(path, entries, wanted)
    path.with_suffix(".mo").write_bytes(compiled(entries))
    print(f"{len(entries)} texts, {sum(not all(said) for said in entries.values())} without a translation")


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qc.settings")
    django.setup()
    main()
