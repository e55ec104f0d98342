"""Machines that send records, and what they asked of the API, so that a person sees why records do not arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.contrib.auth.models import UserManager
from django.db import models

from qc import clock
from qc.models.base import M, OrganisationQuerySet
from qc.models.people import ApiToken, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

OVERSEERS = (User.Role.MANAGER, User.Role.SYSTEM)


class IntegrationQuerySet(OrganisationQuerySet[M]):
    """Accounts of machines, for those who manage the system."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All of them for a quality manager; none for others."""
        rows = super().visible_to(user)
        return rows if user.is_authenticated and user.role in OVERSEERS else rows.none()


class IntegrationManager(UserManager.from_queryset(IntegrationQuerySet)):  # type: ignore[misc]
    """Of all accounts only those of machines."""

    def get_queryset(self) -> IntegrationQuerySet[Integration]:
        """Accounts with the role of an integration."""
        rows: IntegrationQuerySet[Integration] = super().get_queryset()
        return rows.filter(role=User.Role.INTEGRATION)


class Integration(User):
    """A machine or a program with an account. It comes in by tokens and creates defects and counts, nothing else."""

    objects: ClassVar[IntegrationManager] = IntegrationManager()

    class Meta:
        proxy = True
        ordering = ["username"]


class ApiCallQuerySet(OrganisationQuerySet[M]):
    """Calls, seen by whoever sees their token."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Calls of the tokens that this person may see."""
        return super().visible_to(user).filter(token__in=ApiToken.objects.visible_to(user))


class ApiCall(models.Model):
    """One call made with a token: what was asked, how it ended, and the first of its errors."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="calls")
    at = models.DateTimeField(default=clock.now)
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=200)
    status = models.PositiveSmallIntegerField()
    records = models.PositiveIntegerField(default=0, help_text="Records that were sent.")
    refused = models.PositiveIntegerField(default=0, help_text="Records of them that were not taken.")
    errors = models.JSONField(default=list, blank=True, help_text="The first of the errors, as they were answered.")

    objects = ApiCallQuerySet["ApiCall"].as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["token", "-at"], name="api_call_latest_of_token")]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"

    @property
    def failed(self) -> bool:
        """Whether something of it was not taken."""
        return self.status >= 400 or self.refused > 0
