"""Links that show a design to whoever has them."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Share(models.Model):
    """A link that shows one design to whoever has it, until it is revoked. It goes when its design does."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    design = models.ForeignKey("webapp.Design", on_delete=models.CASCADE, related_name="shares")
    token = models.CharField(
        max_length=64, unique=True, editable=False, help_text=_("32 random bytes; whoever knows it sees the design.")
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"Link to {self.design}"
