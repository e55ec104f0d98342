"""The people of many requests, loaded at once: who holds one, who is told about it, and who can be reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property

from qc.models import Plant, User
from suppliers.models import CorrectiveActionRequest

Role = User.Role
Request = CorrectiveActionRequest


class Directory:
    """Our own people, and those of some suppliers. Three statements, however many requests are asked about."""

    def __init__(self, suppliers: Iterable[int] = ()) -> None:
        """Take the keys of the suppliers whose people will be asked for."""
        self._suppliers = set(suppliers)

    @cached_property
    def _outside(self) -> dict[int, User]:
        rows = User.objects.filter(supplier__in=self._suppliers)
        return {row.pk: row for row in rows.order_by("first_name", "last_name", "username")}

    @cached_property
    def _at(self) -> dict[int, list[User]]:
        """The people of a supplier who can log in."""
        found: dict[int, list[User]] = defaultdict(list)
        for person in self._outside.values():
            if person.is_active and person.supplier_id is not None:
                found[person.supplier_id].append(person)
        return found

    @cached_property
    def _inside(self) -> list[User]:
        return list(User.objects.filter(is_active=True, supplier__isnull=True).order_by("pk"))

    @cached_property
    def _plants(self) -> dict[int, set[int]]:
        """The plants of our people."""
        found: dict[int, set[int]] = defaultdict(set)
        for person, plant in User.plants.through.objects.values_list("user_id", "plant_id"):
            found[person].add(plant)
        return found

    def reachable(self, person_pk: int | None, supplier_pk: int) -> User | None:
        """A contact, or the nearest active backup of the same supplier whose mail does not come back; None: nobody."""
        seen: set[int | None] = set()
        person = self._outside.get(person_pk or 0)
        while person is not None and person.pk not in seen and person.supplier_id == supplier_pk:
            if person.is_active and person.bounced_at is None:
                return person
            seen.add(person.pk)
            person = self._outside.get(person.backup_id or 0)
        return None

    def contact(self, request: Request) -> User | None:
        """The request's contact as long as the person works for the supplier, reachable or not."""
        person = self._outside.get(request.contact_id or 0)
        return person if person is not None and person.supplier_id == request.supplier_id else None

    def recipients(self, request: Request) -> list[User]:
        """Who is told at the supplier: the contact or the backup, else an administrator, else everybody reachable."""
        person = self.reachable(request.contact_id, request.supplier_id)
        if person is not None:
            return [person]
        reachable = [each for each in self._at[request.supplier_id] if each.bounced_at is None]
        admins = [each for each in reachable if each.is_supplier_admin]
        return admins if admins and self.contact(request) is not None else reachable

    def superiors(self, request: Request) -> list[User]:
        """The administrators at the supplier: those that the second reminder goes to as well."""
        return [each for each in self._at[request.supplier_id] if each.is_supplier_admin and each.bounced_at is None]

    def holders(self, request: Request) -> list[User]:
        """Our people who hold the request: who issued it, and the owner of the case."""
        keys = {request.issued_by_id, request.nonconformance.owner_id}
        return [person for person in self._inside if person.pk in keys]

    def engineers(self, request: Request) -> list[User]:
        """The supplier quality engineers of the request's plant."""
        return [each for each in self._of(request.plant_id) if each.is_supplier_quality_engineer]

    def buyers(self) -> list[User]:
        """Purchasing."""
        return [person for person in self._inside if person.role == Role.PURCHASING]

    def managers(self) -> list[User]:
        """The quality managers."""
        return [person for person in self._inside if person.role == Role.MANAGER]

    def plant_managers(self, plant: Plant | int) -> list[User]:
        """Who runs a plant."""
        key = plant if isinstance(plant, int) else plant.pk
        return [person for person in self._of(key) if person.role == Role.PLANT_MANAGER]

    def inside(self, person_pk: int | None) -> list[User]:
        """One of our own people, as long as the account is open."""
        return [person for person in self._inside if person.pk == person_pk]

    def _of(self, plant_pk: int) -> list[User]:
        return [each for each in self._inside if each.sees_all_plants or plant_pk in self._plants[each.pk]]

    def audience(self, name: str, request: Request) -> list[User]:
        """The people that a rung names. KeyError for a name that is none."""
        found: dict[str, Callable[[Request], list[User]]] = {
            "contact": self.recipients,
            "superior": self.superiors,
            "holder": self.holders,
            "engineer": self.engineers,
            "buyer": lambda _row: self.buyers(),
            "manager": lambda _row: self.managers(),
            "plant_manager": lambda row: self.plant_managers(row.plant_id),
        }
        return found[name](request)

    def everyone(self, names: Iterable[str], request: Request) -> list[User]:
        """The people of several audiences, each once."""
        return list({person.pk: person for name in names for person in self.audience(name, request)}.values())
