"""One defect record of the demonstration, before it is in any database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from qc.management.demo.world import SITES, Line, Site

SITE_OF = {line.code: site for site in SITES for line in site.lines}
LINES = {line.code: line for site in SITES for line in site.lines}


@dataclass(slots=True)
class Record:
    """What was seen, when and where; `truth` says which planted truth put it there (empty: none)."""

    line: str
    station: str
    shift: str
    product: str
    code: str
    at: dt.datetime
    day: dt.date
    machine: str = ""
    lot: str = ""
    serial: str = ""
    part: str = ""
    supplier: str = ""
    supplier_lot: str = ""
    cavity: str = ""
    inspector: str = ""
    note: str = ""
    truth: str = ""
    by_camera: bool = False

    @property
    def site(self) -> Site:
        """The plant."""
        return SITE_OF[self.line]

    @property
    def of_line(self) -> Line:
        """The line."""
        return LINES[self.line]

    @property
    def minute(self) -> dt.datetime:
        """The plant's wall clock."""
        return self.at.astimezone(self.site.zone).replace(tzinfo=None)
