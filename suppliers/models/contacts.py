"""What is kept of a supplier's contact beside the account: what the person does there, and the invitation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from qc.models import User
from qc.models.base import M, OrganisationQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class ContactCardQuerySet(OrganisationQuerySet[M]):
    """Contacts, seen by our own people and by the colleagues at the same supplier."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The rows this person may read; none for whoever came in through a link."""
        if user.is_authenticated and user.is_active and user.is_outside:
            if user.supplier_id is None or user.limited_to is not None:
                return self.none()
            return self.filter(user__supplier_id=user.supplier_id)
        return super().visible_to(user)


class ContactCard(models.Model):
    """What a contact does at the supplier, who invited the person, and when."""

    class Function(models.TextChoices):
        """What the person does there."""

        QUALITY = "quality", _("Quality")
        PRODUCTION = "production", _("Production")
        LOGISTICS = "logistics", _("Logistics")
        SALES = "sales", _("Sales")
        MANAGEMENT = "management", _("Management")

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="contact_card")
    function = models.CharField(max_length=12, choices=Function.choices, default=Function.QUALITY)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    invited_at = models.DateTimeField(null=True, blank=True, help_text="When the last invitation was sent.")

    objects = ContactCardQuerySet["ContactCard"].as_manager()

    class Meta:
        ordering = ["user"]

    def __str__(self) -> str:
        return f"{self.user_id} {self.function}"
