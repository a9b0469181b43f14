"""Tokens of an account."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from webapp.errors import NotFound
from webapp.models import ApiToken


def tokens_of(*, user: Any) -> QuerySet[ApiToken]:
    """Newest first."""
    return ApiToken.objects.filter(user=user)


def get_token(*, user: Any, pk: uuid.UUID) -> ApiToken:
    """Raises NotFound, also for another account's."""
    token = tokens_of(user=user).filter(pk=pk).first()
    if token is None:
        raise NotFound(_("This token does not exist, or was revoked."))
    return token
