"""Secrets in addresses do not get into the log."""

from __future__ import annotations

import logging
import re

SECRET = re.compile(r"(/portal/link/|/password/reset/key/)(?!renew/|leave/|done/)[\w-]+")


class Redaction(logging.Filter):
    """Takes the token of a link out of what is logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        if SECRET.search(said):
            record.msg, record.args = SECRET.sub(r"\1[secret]", said), ()
        return True
