"""Everyone who writes: staff, suppliers' people, integrations, the system itself."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from qc import clock
from qc.models.base import M, OrganisationQuerySet
from qc.models.sources import Plant, Supplier

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class User(AbstractUser):
    """A person or a machine with a role. `supplier` set: an outside user, who sees only that supplier's requests."""

    class Role(models.TextChoices):
        """What a user may do; the scopes are in `qc.permissions`."""

        INSPECTOR = "inspector", "Inspector"
        ENGINEER = "engineer", "Quality engineer"
        MANAGER = "manager", "Quality manager"
        PLANT_MANAGER = "plant_manager", "Plant manager"
        PURCHASING = "purchasing", "Purchasing"
        AUDITOR = "auditor", "Auditor"
        SUPPLIER = "supplier", "Supplier"
        INTEGRATION = "integration", "Integration"
        SYSTEM = "system", "System"

    class BoardFunction(models.TextChoices):
        """For which function a member of the material review board signs."""

        ENGINEERING = "engineering", "Engineering"
        QUALITY = "quality", "Quality"
        PRODUCTION = "production", "Production"
        PURCHASING = "purchasing", "Purchasing"

    EVERY_PLANT = frozenset({Role.MANAGER, Role.PURCHASING, Role.AUDITOR, Role.SYSTEM})

    role = models.CharField(max_length=20, choices=Role.choices)
    plants = models.ManyToManyField(Plant, blank=True, related_name="people")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, null=True, blank=True, related_name="contacts")
    is_mrb_member = models.BooleanField("member of the material review board", default=False)
    mrb_function = models.CharField(
        "function in the material review board", max_length=12, choices=BoardFunction.choices, blank=True
    )
    is_supplier_quality_engineer = models.BooleanField(default=False)
    is_supplier_admin = models.BooleanField("administrator at the supplier", default=False)
    language = models.CharField(max_length=8, default="en")
    backup = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="backup_for")
    bounced_at = models.DateTimeField(null=True, blank=True, help_text="When mail to this person last came back.")

    # Set while somebody acts as this person through a link: the key of the one record that the link is for.
    limited_to: int | None = None

    objects: ClassVar[UserManager[User]] = UserManager()  # type: ignore[assignment]

    class Meta:
        ordering = ["username"]
        constraints = [
            models.CheckConstraint(
                condition=Q(role="supplier", supplier__isnull=False) | (~Q(role="supplier") & Q(supplier__isnull=True)),
                name="user_of_a_supplier_has_the_supplier_role",
            ),
            models.CheckConstraint(
                condition=Q(supplier__isnull=True) | Q(is_staff=False, is_superuser=False),
                name="user_of_a_supplier_is_never_staff",
            ),
            models.UniqueConstraint(Lower("username"), name="user_name_once"),
            models.UniqueConstraint(Lower("email"), condition=~Q(email=""), name="user_email_once"),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def is_outside(self) -> bool:
        """Whether this user belongs to a supplier."""
        return self.supplier_id is not None or self.role == self.Role.SUPPLIER

    @property
    def sees_all_plants(self) -> bool:
        """Whether the role reads every plant."""
        return not self.is_outside and self.role in self.EVERY_PLANT

    @cached_property
    def plant_ids(self) -> list[int]:
        """Keys of the user's own plants, read once a request."""
        return list(User.plants.through.objects.filter(user=self.pk).values_list("plant_id", flat=True))


class ApiTokenQuerySet(OrganisationQuerySet[M]):
    """Tokens, seen by their user and by quality managers."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """A person's own tokens; all of them for a quality manager."""
        rows = super().visible_to(user)
        if user.is_authenticated and user.role in (User.Role.MANAGER, User.Role.SYSTEM):
            return rows
        return rows.filter(user_id=user.pk)


class ApiToken(models.Model):
    """A hashed token for the API: scoped, expiring, shown once."""

    class Scope(models.TextChoices):
        """What the token may do, never more than its user."""

        READ = "read", "Read"
        WRITE = "write", "Read and write"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scope = models.CharField(max_length=10, choices=Scope.choices, default=Scope.WRITE)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet["ApiToken"].as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name
