"""Every list by its name, for addresses, saved views and exports."""

from __future__ import annotations

from qc.services.listings.base import Listing
from qc.services.listings.defects import DEFECTS
from qc.services.listings.others import CASES, COUNTS, EVENTS, FINDINGS

LISTINGS: dict[str, Listing] = {each.name: each for each in (DEFECTS, FINDINGS, CASES, COUNTS, EVENTS)}
