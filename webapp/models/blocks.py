"""Who is kept from starting more."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Block(models.Model):
    """An owner who may look at what they have, and start nothing more."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="block"
    )
    visitor = models.UUIDField(null=True, blank=True, unique=True, help_text=_("The id of a browser session."))
    reason = models.CharField(
        max_length=300, blank=True, help_text=_("For your colleagues; the owner does not see it.")
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(user__isnull=True, visitor__isnull=False) | Q(user__isnull=False, visitor__isnull=True),
                name="block_one_owner",
            ),
        )

    def __str__(self) -> str:
        return str(self.user or self.visitor)
