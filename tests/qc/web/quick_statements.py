"""How the statements of a request are counted, in the test and in the bench."""

from __future__ import annotations

from django.test.utils import CaptureQueriesContext

TRANSACTION = ("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT", "ROLLBACK")
CHAIN = ("qc_event", "pg_advisory")


def statements(queries: CaptureQueriesContext) -> list[str]:
    """What is asked of the database beside session, person and transaction; number and chain are one each."""
    asked = [each["sql"] for each in queries.captured_queries if not each["sql"].startswith(TRANSACTION)]
    asked = [sql for sql in asked if "django_session" not in sql and 'FROM "qc_user"' not in sql]
    chain = [sql for sql in asked if any(word in sql for word in CHAIN)]
    return [sql for sql in asked if sql not in chain] + chain[:1]
