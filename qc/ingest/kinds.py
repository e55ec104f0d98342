"""What can be imported: the columns of each kind of file, what they are usually called, and how their cells read."""

from __future__ import annotations

from dataclasses import dataclass

from qc.ingest.columns import DEFECTS, PRODUCTION

PLANT = DEFECTS["plant"]
SUPPLIER = "supplier|supplier code|vendor|vendor id|vendor code|supplier name|vendor name|lieferant|proveedor"
PART = "part|part no|part number|component|component no|bought part|teil|teilenummer"
LOT = "supplier lot|supplier lot no|supplier batch|date code|heat|heat no|charge"
PRODUCT = "product|product code|product no|sku|item|model|material|material id|article|producto|produkt"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `how` says how a cell reads (code, text, note, moment, date, quantity, number, units, choice)."""

    name: str
    label: str
    headings: str
    how: str = "text"
    longest: int = 0
    example: str = ""
    hint: str = ""
    is_needed: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file; of each group in `one_of` at least one column has to be there."""

    name: str
    columns: tuple[Column, ...]
    one_of: tuple[tuple[str, ...], ...] = ()

    def column(self, name: str) -> Column:
        """The column of this name; KeyError when the kind has none."""
        return next(each for each in self.columns if each.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns, in order."""
        return tuple(each.name for each in self.columns)


def _text(name: str, label: str, headings: str, longest: int, example: str = "", hint: str = "") -> Column:
    return Column(name, label, headings, "text", longest, example, hint)


def _code(
    name: str, label: str, headings: str, longest: int, example: str = "", *, needed: bool = False, hint: str = ""
) -> Column:
    return Column(name, label, headings, "code", longest, example, hint, needed)


_PLANT = _code("plant", "Plant", PLANT, 20, "", hint="Needed only when you work for several plants.")

DEFECT_FILE = Kind(
    "defects",
    (
        _text("number", "Number", "number|lineside number", 20, hint="Only of records that are here already."),
        _text("external_id", "External id", "external id|source id|record id|foreign id", 120, "MES-10025"),
        Column("occurred_at", "Occurred at", f"when|{DEFECTS['occurred_at']}", "moment", 0, "2026-11-20 14:05",
               "Plant time. A date alone is a production date.", True),
        Column("time", "Time of day", "time|time of day|hour|uhrzeit|zeit|hora", "time", 0, "",
               "When date and time stand in two columns."),
        _code("shift", "Shift", DEFECTS["shift"], 10, hint="Checked against the time; needed for dates without one."),
        _code("defect_type", "Defect code", f"what|{DEFECTS['defect_type']}", 40, "SOLD-BRID", needed=True),
        Column("quantity", "Quantity", DEFECTS["quantity"], "quantity", 0, "1"),
        Column("severity", "Severity", DEFECTS["severity"], "choice", 10, "major", "Empty: as usual for the code."),
        Column("detected_at", "Found at", "found at|detection point|detected in|detected at point|found in",
               "choice", 12, "in_process"),
        _PLANT,
        _code("line", "Line", DEFECTS["line"], 30, "SMT-1"),
        _code("station", "Station", "station|work center|workcentre|work station|cell", 30, "AOI-15"),
        _code("machine", "Machine", DEFECTS["machine"], 30),
        _text("tool", "Tool", DEFECTS["tool"], 40),
        _text("cavity", "Cavity", "cavity|nest|nest no|cavity no", 20),
        _code("product", "Product", PRODUCT, 40, "ECU-40"),
        _text("product_revision", "Product revision", "product revision|revision|rev|product rev", 20),
        _text("work_order", "Work order", "work order|order|job|order no|production order|auftrag", 60),
        _text("operation", "Operation", "operation|operation no|routing step|op", 60),
        _text("serial", "Serial number", DEFECTS["serial"], 80, "SN-48211"),
        Column("further_serials", "Further serials", "further serials|more serials", "note", 4000),
        _text("lot", "Own lot", "own lot|our lot|internal lot|production lot|own batch", 80),
        _code("supplier", "Supplier", SUPPLIER, 30),
        _code("part", "Bought part", PART, 60),
        _code("supplier_lot", "Supplier lot", LOT, 80),
        _text("purchase_order", "Purchase order", "purchase order|po|po no|bestellung", 60),
        _text("receipt", "Receipt", "receipt|goods receipt|grn|receipt no|wareneingang", 60),
        _text("inspector", "Found by", "found by|inspector|operator|worker|user|reported by|checked by", 80, "I-09"),
        Column("note", "Note", "note|notes|comment|comments|remark|remarks|description|text|bemerkung", "note", 20_000),
        _text("requirement", "Requirement", "requirement|specification|drawing", 120),
        _text("requirement_revision", "Requirement revision", "requirement revision|drawing revision", 20),
        _text("characteristic", "Characteristic", "characteristic|feature|merkmal", 120),
        Column("actual_value", "Actual value", "actual value|measured value|measured|istwert", "number"),
        _text("unit", "Unit of measure", "unit of measure|unit|uom|einheit", 20),
        Column("disposition", "Disposition so far", "disposition so far|disposition|decision", "choice", 20),
        _text("material_at", "Location of the material", "location of the material|material at|material location", 80),
        _text("hold_tag", "Hold tag", "hold tag|tag|tag no", 40),
        _text("customer", "Customer", "customer|customer name|kunde", 120),
        _text("customer_ref", "Customer's reference", "customer s reference|customer reference|customer ref", 80),
    ),
    (("line", "station", "machine", "supplier", "part", "supplier_lot"),),
)  # fmt: skip

COUNT_FILE = Kind(
    "counts",
    (
        Column("production_on", "Production date", f"production on|{PRODUCTION['date']}", "date", 0, "2026-11-20",
               "The day on which the shift started.", True),
        _PLANT,
        _code("line", "Line", DEFECTS["line"], 30, "SMT-1", needed=True),
        _code("shift", "Shift", DEFECTS["shift"], 10, "A"),
        _code("product", "Product", PRODUCT, 40, "ECU-40"),
        Column("units", "Units", PRODUCTION["units"], "units", 0, "650", is_needed=True),
    ),
)  # fmt: skip

LOT_FILE = Kind(
    "lots",
    (
        _PLANT,
        _code("supplier", "Supplier", SUPPLIER, 30, "S-104"),
        _code("part", "Bought part", PART, 60, "7-40-118", needed=True),
        _code("supplier_lot", "Supplier lot", f"{LOT}|lot|batch|lot no|lot number|batch no|code", 80, "THC-2638A",
              needed=True),
        Column("received_on", "Received on", "received on|received|receipt date|arrival|delivery date|wareneingang",
               "date", 0, "2026-11-16"),
        Column("received", "Units received", "units received|received units|received qty|delivered|units|quantity|qty",
               "units", 0, "9000"),
        _code("lines", "Lines", "lines|line|used on", 200, "SMT-1;SMT-2", hint="Several with ; between them."),
        Column("first_on", "First day of use", "first day|first day of use|first on|from|start|first date|start date",
               "date", 0, "2026-11-17"),
        Column("last_on", "Last day of use", "last day|last day of use|last on|to|until|end|last date|end date",
               "date", 0, "2026-11-20"),
        Column("used", "Units used", "units used|used|used units|consumed", "units", 0, "8700"),
    ),
)  # fmt: skip

LINE_FILE = Kind(
    "lines",
    (
        _PLANT,
        _code("line", "Line", f"{DEFECTS['line']}|line code", 30, "SMT-1", needed=True),
        _text("line_name", "Line name", "line name|name of the line", 120, "Surface mount 1"),
        _code("station", "Station", "station|station code|work center|workcentre|work station|cell", 30, "AOI-15"),
        _text("station_name", "Station name", "station name|name of the station", 120, "Optical inspection"),
        _code("machine", "Machine", f"{DEFECTS['machine']}|machine code", 30, "AOI-15-1"),
        _text("machine_name", "Machine name", "machine name|name of the machine", 120),
    ),
)

PRODUCT_FILE = Kind(
    "products",
    (
        _code("code", "Code", f"code|{PRODUCT}", 40, "ECU-40", needed=True),
        _text("name", "Name", "name|product name|description|title|bezeichnung", 160, "Motor controller 40 A"),
        _text("revision", "Revision", "revision|rev|version|index", 20, "D"),
    ),
)

SUPPLIER_FILE = Kind(
    "suppliers",
    (
        _code("supplier", "Supplier", "supplier|supplier code|vendor|vendor id|vendor code|code|lieferant", 30, "S-104",
              needed=True),
        _text("supplier_name", "Supplier name", "supplier name|vendor name|name|company", 160, "Tarn Hollow"),
        _code("part", "Part number", PART, 60, "7-40-118"),
        _text("part_name", "Part name", "part name|part description|component name", 160, "24-pin connector"),
    ),
)  # fmt: skip

TYPE_FILE = Kind(
    "defect_types",
    (
        _code("code", "Code", "code|defect code|fault code|defect type|reason code", 40, "SOLD-BRID", needed=True),
        _text("name", "Name", "name|defect name|defect|description|title", 160, "Solder bridge"),
        _text("group", "Group", "group|category|family|gruppe", 80, "Solder"),
        Column("severity", "Severity", DEFECTS["severity"], "choice", 10, "major"),
    ),
)

KINDS = {
    kind.name: kind for kind in (DEFECT_FILE, COUNT_FILE, LOT_FILE, LINE_FILE, PRODUCT_FILE, SUPPLIER_FILE, TYPE_FILE)
}
