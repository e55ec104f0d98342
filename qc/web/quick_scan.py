"""What a scanner types: a keyboard that ends every word with Enter. The code sheet prints this table.

| scanned             | means                                                          |
|---------------------|----------------------------------------------------------------|
| `C.SOLD-BRID`       | the defect code; a bare code of the catalogue does as well     |
| `N.3`               | the quantity                                                   |
| `S.12345`           | the serial number; so does any other text: a part's own label  |
| `L.A-2633-014`      | the own lot                                                    |
| `DO.SAVE`           | save; an empty line (Enter alone) does as well                 |
| address of a station| that station's form                                            |

`quick.js` reads the same table, so that scanning works without a network.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

STATION = re.compile(r"(?:https?://[^/\s]+)?/log/(?P<pk>[0-9]{1,18})/?", re.ASCII | re.IGNORECASE)
FIELDS = {"C": "code", "N": "quantity", "S": "serial", "L": "lot"}
SAVE = "DO.SAVE"


@dataclass(frozen=True, slots=True)
class Scan:
    """One scanned word: the field that it fills, or what it does (save, station)."""

    field: str
    value: str


def read(text: str, codes: set[str]) -> Scan:
    """What a scanned word means; `codes` are the catalogue's, in capitals."""
    text = text.strip()
    if not text or text.upper() == SAVE:
        return Scan("save", "")
    if station := STATION.fullmatch(text):
        return Scan("station", station["pk"])
    mark, dot, rest = text.partition(".")
    if dot and mark.upper() in FIELDS:
        return Scan(FIELDS[mark.upper()], rest.strip())
    return Scan("code" if text.upper() in codes else "serial", text)
