"""`manage.py search_index`: make the text index of defects, or make it anew."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qc.models import fulltext


class Command(BaseCommand):
    """Needed after the extension pg_trgm was installed late; harmless at any other time."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        fulltext.build()
        if not fulltext.is_indexed():
            raise CommandError("There is no index: the extension pg_trgm cannot be installed here.")
        self.stdout.write("The text index is there.")
