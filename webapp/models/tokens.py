"""Tokens with which programs act for an account."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ApiToken(models.Model):
    """Lets a program act for an account. Only a hash is kept: the token itself is shown once, when it is made."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80, help_text=_("By which its owner knows it again."))
    digest = models.CharField(max_length=64, unique=True, editable=False, help_text=_("SHA-256 of the token."))
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    used_at = models.DateTimeField(null=True, blank=True, editable=False, help_text=_("To the minute."))

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("token")

    def __str__(self) -> str:
        return self.name
