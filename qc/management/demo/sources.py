"""The demonstration's suppliers: who delivers which part to which lines. No database."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a supplier delivers to a plant: part, lot prefix, units a lot, which lines it feeds."""

    supplier: str
    part: str
    plant: str
    prefix: str
    units: int
    lines: tuple[str, ...]
    lag_weeks: int = 0  # the lot of a week is used this many weeks later
    monthly: bool = False


SUPPLIERS = {
    "S-101": ("Orrinsk Laminates", "qualified"),
    "S-104": ("Tarn Hollow Connectors", "conditional"),
    "S-107": ("Osmund & Veit Moulding", "active"),
    "S-111": ("Calderfen Passives", "qualified"),
    "S-115": ("Brisk Pass Fasteners", "qualified"),
    "S-201": ("Hollin-Marr Castings", "conditional"),
    "S-204": ("Quillon Shaft Works", "active"),
    "S-207": ("Verity Powders", "active"),
    "S-209": ("Lindqvarn Seals", "conditional"),
}
PARTS = {
    "7-10-040": ("S-101", "PCB 6-layer"),
    "7-40-118": ("S-104", "24-pin connector"),
    "7-60-031": ("S-107", "Housing, 8-cavity tool"),
    "7-20-104": ("S-111", "Chips on reel"),
    "7-80-009": ("S-115", "M3 screw"),
    "20-310": ("S-201", "Volute casting"),
    "20-120": ("S-204", "Shaft"),
    "20-900": ("S-207", "Coating powder"),
    "20-455": ("S-209", "Mechanical seal"),
}
DELIVERIES = (
    Delivery("S-101", "7-10-040", "KDE", "OLC", 12_000, ("SMT-1", "SMT-2")),
    Delivery("S-104", "7-40-118", "KDE", "THC", 9_000, ("SMT-1", "SMT-2"), lag_weeks=1),
    Delivery("S-107", "7-60-031", "KDE", "OVM", 3_600, ("FA-2",)),
    Delivery("S-111", "7-20-104", "KDE", "CFP", 40_000, ("SMT-1", "SMT-2")),
    Delivery("S-115", "7-80-009", "KDE", "BPF", 25_000, ("FA-1", "FA-2")),
    Delivery("S-115", "7-80-009", "APW", "BPF", 6_000, ("AS-1", "AS-2")),
    Delivery("S-201", "20-310", "APW", "HMC", 480, ("MC-1",)),
    Delivery("S-204", "20-120", "APW", "QSW", 500, ("AS-1", "AS-2")),
    Delivery("S-207", "20-900", "APW", "VPC", 900, ("CT-1",), monthly=True),
    Delivery("S-209", "20-455", "APW", "LQS", 520, ("AS-1", "AS-2")),
)
