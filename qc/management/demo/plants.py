"""The demonstration's master data in the database: plants, lines, products, the catalogue, suppliers, parts."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction

from qc.management.demo.sources import PARTS, SUPPLIERS
from qc.management.demo.world import CATALOGUE, PRODUCTS, SITES, Line, Site
from qc.models import (
    DefectType,
    Machine,
    Part,
    Plant,
    Product,
    ProductionLine,
    Shift,
    Station,
    Supplier,
)


@transaction.atomic
def create() -> None:
    """Make what is not there yet; rows that people changed meanwhile stay as they are."""
    for site in SITES:
        _site(site)
    for code, (name, revision) in PRODUCTS.items():
        Product.objects.get_or_create(code=code, defaults={"name": name, "revision": revision})
    for row in CATALOGUE.splitlines():
        code, name, group, severity = row.split("|")
        DefectType.objects.get_or_create(code=code, defaults={"name": name, "group": group, "severity": severity})
    for code, (name, status) in SUPPLIERS.items():
        Supplier.objects.get_or_create(code=code, defaults={"name": name, "status": status})
    for number, (supplier, name) in PARTS.items():
        owner = Supplier.objects.get(code=supplier)
        Part.objects.get_or_create(supplier=owner, number=number, defaults={"name": name})


def _site(site: Site) -> None:
    facts = {"name": site.name, "time_zone": site.time_zone, "currency": site.currency}
    plant, _ = Plant.objects.get_or_create(code=site.code, defaults=facts)
    for shift in site.shifts:
        hours = {"name": f"Shift {shift.code}", "starts_at": shift.starts_at, "ends_at": shift.ends_at}
        Shift.objects.get_or_create(plant=plant, code=shift.code, defaults=hours)
    for each in site.lines:
        _line(plant, each)


def _line(plant: Plant, each: Line) -> None:
    line, _ = ProductionLine.objects.get_or_create(plant=plant, code=each.code, defaults={"name": each.name})
    for code, name in each.stations.items():
        station, _ = Station.objects.get_or_create(line=line, code=code, defaults={"name": name})
        for machine in each.machines.get(code, ()):
            Machine.objects.get_or_create(station=station, code=machine)


@dataclass
class Rows:
    """The master data by the codes that the story uses, read once."""

    plants: dict[str, Plant] = field(default_factory=lambda: {p.code: p for p in Plant.objects.all()})
    lines: dict[str, ProductionLine] = field(
        default_factory=lambda: {line.code: line for line in ProductionLine.objects.select_related("plant")}
    )
    stations: dict[tuple[str, str], Station] = field(
        default_factory=lambda: {(s.line.code, s.code): s for s in Station.objects.select_related("line__plant")}
    )
    machines: dict[str, Machine] = field(
        default_factory=lambda: {m.code: m for m in Machine.objects.select_related("station__line__plant")}
    )
    shifts: dict[tuple[str, str], Shift] = field(
        default_factory=lambda: {(s.plant.code, s.code): s for s in Shift.objects.select_related("plant")}
    )
    products: dict[str, Product] = field(default_factory=lambda: {p.code: p for p in Product.objects.all()})
    types: dict[str, DefectType] = field(default_factory=lambda: {t.code: t for t in DefectType.objects.all()})
    parts: dict[str, Part] = field(
        default_factory=lambda: {p.number: p for p in Part.objects.select_related("supplier")}
    )
    suppliers: dict[str, Supplier] = field(default_factory=lambda: {s.code: s for s in Supplier.objects.all()})
