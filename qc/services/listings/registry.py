"""Every list by its name, for addresses, saved views and exports."""

from __future__ import annotations

from qc.services.listings.actions import ACTIONS, CAUSE_CODES
from qc.services.listings.base import Listing
from qc.services.listings.defects import DEFECTS
from qc.services.listings.masters import MASTER_LISTS
from qc.services.listings.others import CASES, COUNTS, EVENTS, FINDINGS

ALL = (DEFECTS, FINDINGS, CASES, ACTIONS, CAUSE_CODES, COUNTS, EVENTS, *MASTER_LISTS)
LISTINGS: dict[str, Listing] = {each.name: each for each in ALL}
