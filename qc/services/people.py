"""Accounts: made by invitation or at the first start, never by sign-up."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q, QuerySet

from qc.models import Plant, Supplier, User
from qc.permissions import may
from qc.services import events

# Without the letters and digits that people mix up when they read them aloud.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Account:
    """A person to make an account for."""

    username: str
    role: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    plants: Sequence[Plant] = ()
    supplier: Supplier | None = None
    is_admin: bool = False
    is_mrb_member: bool = False
    mrb_function: str = ""
    is_supplier_quality_engineer: bool = False
    is_supplier_admin: bool = False


@dataclass(frozen=True)
class Login:
    """What a person types to log in; the password exists in clear text only here."""

    username: str
    role: str
    password: str


def fresh_password() -> str:
    """Sixteen random characters in groups (79 bits), easy to read and to type."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


def system() -> User:
    """The user in whose name the machine writes; nobody can log in as it."""
    nobody = {"role": User.Role.SYSTEM, "first_name": "Lineside", "password": make_password(None)}
    return User.objects.get_or_create(username="system", defaults=nobody)[0]


def colleagues(viewer: User, plant: Plant | None = None) -> QuerySet[User]:
    """Our own people who may be given work (at a plant), as one of our own sees them; nobody for outside users."""
    at_work = (User.Role.INSPECTOR, User.Role.ENGINEER, User.Role.MANAGER, User.Role.PURCHASING)
    rows = User.objects.filter(is_active=True, supplier=None, role__in=at_work)
    if viewer.is_outside:
        return rows.none()
    if plant is not None:
        rows = rows.filter(Q(role__in=User.EVERY_PLANT) | Q(plants=plant)).distinct()
    return rows


def everyone(viewer: User) -> QuerySet[User]:
    """Every account, for those who read the audit trail; nobody for the others."""
    return User.objects.all() if may(viewer, "audit.read") else User.objects.none()


def cared_for(viewer: User) -> QuerySet[User]:
    """The accounts of people that this person may make and change: all, or those of suppliers' contacts, or none."""
    rows = User.objects.exclude(role__in=[User.Role.SYSTEM, User.Role.INTEGRATION])
    if may(viewer, "system.manage"):
        return rows
    return rows.filter(role=User.Role.SUPPLIER) if may(viewer, "contact.edit") else rows.none()


@transaction.atomic
def first_accounts(by: User, *, accounts: Sequence[Account]) -> list[Login]:
    """Make the accounts that do not exist yet, each with a fresh password; returns the logins of the new ones."""
    made = []
    for account in accounts:
        if User.objects.filter(username__iexact=account.username).exists():
            continue
        password = fresh_password()
        user = User(
            username=account.username,
            role=account.role,
            first_name=account.first_name,
            last_name=account.last_name,
            email=account.email.lower(),  # the login by address looks for it so
            supplier=account.supplier,
            is_staff=account.is_admin,
            is_superuser=account.is_admin,
            is_mrb_member=account.is_mrb_member,
            mrb_function=account.mrb_function,
            is_supplier_quality_engineer=account.is_supplier_quality_engineer,
            is_supplier_admin=account.is_supplier_admin,
        )
        user.set_password(password)
        user.full_clean()
        user.save()
        user.plants.set(account.plants)
        # After the plants, so that the trail says what the account may see; never the password.
        events.write(by=by, verb="user.created", subject=user, data={"role": user.role, "admin": account.is_admin})
        made.append(Login(user.username, user.get_role_display(), password))
    return made


def anyone() -> bool:
    """Whether a person could log in already."""
    return User.objects.exclude(role=User.Role.SYSTEM).filter(is_active=True).exists()
