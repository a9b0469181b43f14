"""Rows that belong to someone: to an account or to a visitor's random id, never to both."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

if TYPE_CHECKING:
    from webapp.ownership import Owner


class OwnedQuerySet(models.QuerySet):
    def owned_by(self, owner: Owner) -> OwnedQuerySet:
        """The rows of this owner; none at all for an owner who is nobody yet."""
        if owner.user is not None:
            return self.filter(user=owner.user)
        if owner.visitor is not None:
            return self.filter(visitor=owner.visitor)
        return self.none()


class Owned(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE)
    visitor = models.UUIDField(null=True, blank=True, db_index=True, help_text="The browser session that made this.")
    created_at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ("-created_at",)

    @property
    def holder(self) -> str:
        """Whom links to its files are made out to; empty for our own drawings, which are everybody's."""
        return str(self.user_id or self.visitor or "")

    def is_owned_by(self, owner: Owner) -> bool:
        if owner.user is not None:
            return self.user_id == owner.user.pk
        return owner.visitor is not None and self.visitor == owner.visitor


def one_owner(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(user__isnull=True, visitor__isnull=False) | Q(user__isnull=False, visitor__isnull=True), name=name
    )
