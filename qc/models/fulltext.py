"""Full-text search over defects: any part of a number, lot, serial number or note, in capitals or not.

PostgreSQL: a trigram index on one expression. SQLite: an FTS5 table with trigrams, kept by triggers. Both find the
same. Where the extension pg_trgm cannot be installed, PostgreSQL reads every record: slower, with the same answer.
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import BooleanField, Func

logger = logging.getLogger(__name__)

SHORTEST = 3  # a trigram; shorter words are in every second record anyway
INDEX, TABLE = "defect_text", "qc_defect_text"
COLUMNS = ("number", "lot", "serial", "external_id", "note")


GAP = " || ' ' || "


def _document(prefix: str) -> str:
    return GAP.join(f'{prefix}"{name}"' for name in COLUMNS)


class Says(Func):
    """Whether a defect's text contains a word of at least `SHORTEST` characters: a condition for `filter`."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, word: str, *names: Any) -> None:
        super().__init__(*(names or ("pk", *COLUMNS)))
        self.word = word

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:
        """The expression of the index, so that the planner takes it."""
        columns = [compiler.compile(each)[0] for each in self.get_source_expressions()[1:]]
        escaped = self.word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return f"(({GAP.join(columns)}) ILIKE %s)", [f"%{escaped}%"]

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, tuple[Any, ...]]:
        """A phrase of the FTS5 table; quotes in it are doubled, so no word is an operator."""
        key = compiler.compile(self.get_source_expressions()[0])[0]
        phrase = '"' + self.word.replace('"', '""') + '"'
        # The plus keeps SQLite from fetching every hit by its key: it walks the order's index until a page is full.
        return f"(+{key} IN (SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s))", (phrase,)  # noqa: S608


def build() -> None:
    """Make the index of this database, or make it anew. Safe to repeat; a migration that rebuilds the table of
    defects on SQLite has to call it, because that drops the triggers."""
    if connection.vendor == "postgresql":
        _build_postgresql()
    elif connection.vendor == "sqlite":
        _build_sqlite()


def _build_postgresql() -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DatabaseError as error:
        logger.warning("Search reads every record: the extension pg_trgm is not there (%s).", str(error).strip())
        return
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE INDEX IF NOT EXISTS "{INDEX}" ON qc_defect USING gin (({_document("")}) gin_trgm_ops)')


def _build_sqlite() -> None:
    new, old = _document("new."), _document("old.")
    add = f"INSERT INTO {TABLE} (rowid, body) VALUES (new.id, {new})"  # noqa: S608  (our own names, no values)
    remove = f"INSERT INTO {TABLE} ({TABLE}, rowid, body) VALUES ('delete', old.id, {old})"  # noqa: S608
    statements = [
        f"DROP TRIGGER IF EXISTS {TABLE}_added",
        f"DROP TRIGGER IF EXISTS {TABLE}_changed",
        f"DROP TRIGGER IF EXISTS {TABLE}_removed",
        f"DROP TABLE IF EXISTS {TABLE}",
        f"CREATE VIRTUAL TABLE {TABLE} USING fts5(body, content='', tokenize='trigram')",
        f"INSERT INTO {TABLE} (rowid, body) SELECT id, {_document('')} FROM qc_defect",  # noqa: S608
        f"CREATE TRIGGER {TABLE}_added AFTER INSERT ON qc_defect BEGIN {add}; END",
        f"CREATE TRIGGER {TABLE}_removed AFTER DELETE ON qc_defect BEGIN {remove}; END",
        f"CREATE TRIGGER {TABLE}_changed AFTER UPDATE OF {', '.join(COLUMNS)} ON qc_defect"
        f" WHEN ({old}) IS NOT ({new}) BEGIN {remove}; {add}; END",
    ]
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def drop() -> None:
    """Take the index away again."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f'DROP INDEX IF EXISTS "{INDEX}"')
            return
        for event in ("added", "changed", "removed"):
            cursor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_{event}")
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")


def is_indexed() -> bool:
    """Whether a search has an index; without one it reads every record."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_indexes WHERE indexname = %s", [INDEX])
        return cursor.fetchone() is not None
