"""Every record of the core app; one module per group of nouns."""

from qc.models.base import Severity
from qc.models.case_links import CaseLink
from qc.models.cases import (
    Containment,
    CorrectiveAction,
    Disposition,
    EffectivenessCheck,
    Nonconformance,
)
from qc.models.catalogue import CodeExample, PlaceOfUse
from qc.models.causes import Category, Cause, CauseCode, Contrast, Why
from qc.models.costs import CaseCost
from qc.models.defects import Defect, DefectRevision, DefectType
from qc.models.entry import DuplicatePolicy, KeptFile
from qc.models.exposure import LotUse, ProductionCount, ProductionRun
from qc.models.findings import AnalysisRun, AnalysisTarget, Finding, PlantTarget
from qc.models.imports import Import, ImportProblem
from qc.models.integrations import ApiCall, Integration
from qc.models.lists import Export, SavedView
from qc.models.material import LotHold
from qc.models.people import ApiToken, User
from qc.models.records import Attachment, Comment, Counter, Digest, Event, Notice, Signature
from qc.models.rules import CaseProposal, CaseRule
from qc.models.sources import (
    Holiday,
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
    "ApiCall",
    "ApiToken",
    "Attachment",
    "CaseCost",
    "CaseLink",
    "CaseProposal",
    "CaseRule",
    "Category",
    "Cause",
    "CauseCode",
    "CodeExample",
    "Comment",
    "Containment",
    "Contrast",
    "CorrectiveAction",
    "Counter",
    "Defect",
    "DefectRevision",
    "DefectType",
    "Digest",
    "Disposition",
    "DuplicatePolicy",
    "EffectivenessCheck",
    "Event",
    "Export",
    "Finding",
    "Import",
    "ImportProblem",
    "Holiday",
    "Integration",
    "KeptFile",
    "LotHold",
    "LotUse",
    "Machine",
    "Nonconformance",
    "Notice",
    "Part",
    "PlaceOfUse",
    "Plant",
    "PlantTarget",
    "Product",
    "ProductionCount",
    "ProductionLine",
    "ProductionRun",
    "SavedView",
    "Severity",
    "Shift",
    "Signature",
    "Station",
    "Supplier",
    "SupplierLot",
    "User",
    "Why",
]
