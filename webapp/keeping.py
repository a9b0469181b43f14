"""How people keep and pass on what they made: collections, links to share, and tokens for the API.

They live here rather than in webapp.models, which imports them.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webapp.owned import Owned, one_owner


class Collection(Owned):
    """Prints and designs that somebody put together under a name; what is in it stays where it is."""

    name = models.CharField(max_length=80)
    patterns = models.ManyToManyField("webapp.Pattern", related_name="collections", blank=True)
    designs = models.ManyToManyField("webapp.Design", related_name="collections", blank=True)

    class Meta(Owned.Meta):
        ordering = ("name", "created_at")
        constraints = (one_owner("collection_one_owner"),)

    def __str__(self) -> str:
        return self.name


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


class ApiToken(models.Model):
    """Lets a program act for an account. Only a hash is kept: the token itself is shown once, when it is made."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True, editable=False, help_text="SHA-256 of the token.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.name
