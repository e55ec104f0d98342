"""The demonstration's people: one per role in both plants, contacts of the suppliers, two machines."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from qc import clock
from qc.management import logins
from qc.models import Plant, Supplier, User
from qc.services import people
from qc.services.people import Account

ROLE = User.Role
JOINED = dt.datetime(2026, 5, 11, 7, 0, tzinfo=dt.UTC)
EVERYWHERE = ("KDE", "APW")

# (username, role, first name, last name, plants, flags)
STAFF: tuple[tuple[str, str, str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("manager", ROLE.MANAGER, "Ruth", "Amsel", EVERYWHERE, ("is_admin", "is_mrb_member", "quality")),
    ("engineer.kde", ROLE.ENGINEER, "Piotr", "Zalewski", ("KDE",), ("is_mrb_member", "engineering")),
    ("engineer.apw", ROLE.ENGINEER, "Dana", "Whitlock", ("APW",), ("is_mrb_member", "engineering")),
    (
        "sqe",
        ROLE.ENGINEER,
        "Ines",
        "Carvalho",
        EVERYWHERE,
        ("is_mrb_member", "quality", "is_supplier_quality_engineer"),
    ),
    ("inspector.kde", ROLE.INSPECTOR, "Nora", "Lis", ("KDE",), ()),
    ("inspector.apw", ROLE.INSPECTOR, "Cal", "Brandt", ("APW",), ()),
    ("plantmanager.kde", ROLE.PLANT_MANAGER, "Marek", "Dudek", ("KDE",), ()),
    ("plantmanager.apw", ROLE.PLANT_MANAGER, "Joan", "Pell", ("APW",), ()),
    ("purchasing", ROLE.PURCHASING, "Tomas", "Berg", EVERYWHERE, ("is_mrb_member", "purchasing")),
    ("auditor", ROLE.AUDITOR, "Hilde", "Rask", EVERYWHERE, ()),
)
# (username, supplier, first name, last name, may log in by password)
CONTACTS = (
    ("tarnhollow", "S-104", "Owen", "Tarn", False),
    ("osmund", "S-107", "Greta", "Veit", False),
    ("briskpass", "S-115", "Lena", "Brisk", True),
    ("hollinmarr", "S-201", "Abel", "Marr", True),
    ("lindqvarn", "S-209", "Sten", "Lindqvarn", False),
    ("lindqvarn.backup", "S-209", "Maja", "Ek", True),
    ("orrinsk", "S-101", "Piet", "Orrinsk", False),
    ("calderfen", "S-111", "Moira", "Fenn", False),
    ("quillon", "S-204", "Jude", "Quillon", False),
    ("verity", "S-207", "Alma", "Verity", False),
)
# (username, plants, what it is)
MACHINES = (
    ("vision", ("KDE",), "Optical inspection"),
    ("mes", EVERYWHERE, "Production counts"),
)


def create() -> dict[str, str]:
    """Make the people who are missing; returns a username for each role. Passwords go to the file of logins."""
    plants = {plant.code: plant for plant in Plant.objects.all()}
    suppliers = {supplier.code: supplier for supplier in Supplier.objects.all()}
    there = set(User.objects.values_list("username", flat=True))
    # As if they had joined before the first record: the audit trail starts with them.
    with clock.frozen_at(JOINED), transaction.atomic():
        made = {login.username for login in logins.make(_accounts(plants, suppliers))}
        _without_password(there, plants, suppliers)
        _silent_contact(made)
    supplier = next(name for name, *_, by_password in CONTACTS if by_password)
    return {role: username for username, role, *_ in reversed(STAFF)} | {
        ROLE.SUPPLIER.value: supplier,
        ROLE.INTEGRATION.value: MACHINES[0][0],
        ROLE.SYSTEM.value: people.system().username,
    }


def _accounts(plants: dict[str, Plant], suppliers: dict[str, Supplier]) -> list[Account]:
    staff = [
        Account(
            name,
            role,
            first_name=first,
            last_name=last,
            email=f"{name}@lineside.example",
            plants=[plants[code] for code in where],
            is_admin="is_admin" in flags,
            is_mrb_member="is_mrb_member" in flags,
            mrb_function=next((flag for flag in flags if flag in User.BoardFunction.values), ""),
            is_supplier_quality_engineer="is_supplier_quality_engineer" in flags,
        )
        for name, role, first, last, where, flags in STAFF
    ]
    outside = [
        Account(
            name,
            ROLE.SUPPLIER,
            first_name=first,
            last_name=last,
            email=f"{name}@supplier.example",
            supplier=suppliers[supplier],
            is_supplier_admin=not name.endswith("backup"),
        )
        for name, supplier, first, last, by_password in CONTACTS
        if by_password
    ]
    return staff + outside


def _without_password(there: set[str], plants: dict[str, Plant], suppliers: dict[str, Supplier]) -> None:
    """Contacts who come by link, and machines with a token."""
    for name, supplier, first, last, by_password in CONTACTS:
        if not by_password and name not in there:
            facts = {"first_name": first, "last_name": last, "email": f"{name}@supplier.example"}
            _save(
                User(username=name, role=ROLE.SUPPLIER, supplier=suppliers[supplier], is_supplier_admin=True, **facts)
            )
    for name, where, purpose in MACHINES:
        if name not in there:
            machine = _save(User(username=name, role=ROLE.INTEGRATION, first_name=purpose))
            machine.plants.set([plants[code] for code in where])


def _save(user: User) -> User:
    user.set_unusable_password()
    user.save()
    return user


def _silent_contact(made: set[str]) -> None:
    """T12: the first contact of S-209, whose mail will come back, has a second one."""
    if "lindqvarn" in made:
        backup = User.objects.get(username="lindqvarn.backup")
        User.objects.filter(username="lindqvarn").update(backup=backup)


def of(username: str) -> User:
    """One of the people."""
    return User.objects.get(username=username)
