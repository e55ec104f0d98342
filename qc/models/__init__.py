"""Every record of the core app; one module per group of nouns."""

from qc.models.base import Severity
from qc.models.cases import (
    Cause,
    Containment,
    CorrectiveAction,
    Disposition,
    EffectivenessCheck,
    Nonconformance,
)
from qc.models.defects import Defect, DefectRevision, DefectType
from qc.models.exposure import LotUse, ProductionCount, ProductionRun
from qc.models.findings import AnalysisRun, AnalysisTarget, Finding
from qc.models.people import ApiToken, User
from qc.models.records import Attachment, Comment, Counter, Digest, Event, Notice, Signature
from qc.models.sources import (
    Machine,
    Part,
    Plant,
    Product,
    ProductionLine,
    Shift,
    Station,
    Supplier,
    SupplierLot,
)

__all__ = [
    "AnalysisRun",
    "AnalysisTarget",
    "ApiToken",
    "Attachment",
    "Cause",
    "Comment",
    "Containment",
    "CorrectiveAction",
    "Counter",
    "Defect",
    "DefectRevision",
    "DefectType",
    "Digest",
    "Disposition",
    "EffectivenessCheck",
    "Event",
    "Finding",
    "LotUse",
    "Machine",
    "Nonconformance",
    "Notice",
    "Part",
    "Plant",
    "Product",
    "ProductionCount",
    "ProductionLine",
    "ProductionRun",
    "Severity",
    "Shift",
    "Signature",
    "Station",
    "Supplier",
    "SupplierLot",
    "User",
]
