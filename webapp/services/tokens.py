"""Tokens with which programs act for an account. Of a token only its hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from webapp.errors import BadRequest, NotFound
from webapp.models import ApiToken
from webapp.services.common import saved

PREFIX = "aif_"
"""What a token starts with, so that a scanner for secrets that slipped out can know one."""
TOKEN_BYTES = 32
MOST_TOKENS = 20
"""Of one account."""
USED_STEP = timedelta(minutes=1)
"""A token's last use is written no more often: a program that polls does not write with every question."""


def create_token(*, user: Any, name: str) -> tuple[ApiToken, str]:
    """A token's row and the token, which is shown this once. Raises BadRequest: no or too long a name, too many."""
    name = " ".join(name.split())
    most = ApiToken._meta.get_field("name").max_length
    if not 1 <= len(name) <= most:
        raise BadRequest(_("Give the token a name of 1 to %d letters, so that you know it again.") % most)
    text = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        get_user_model().objects.select_for_update().get(pk=user.pk)  # two clicks at once count one after the other
        if user.api_tokens.count() >= MOST_TOKENS:
            raise BadRequest(_("You have %d tokens, which is the most. Revoke one first.") % MOST_TOKENS)
        token = saved(ApiToken(user=user, name=name, digest=digest_of(text)))
    return token, text


def revoke_token(*, user: Any, token: ApiToken) -> None:
    """Whatever uses the token is refused from now on. Raises NotFound."""
    if token.user_id != user.pk:
        raise NotFound(_("This token does not exist, or was revoked."))
    token.delete()


def use_token(*, text: str) -> Any:
    """The account for which this token acts, and the note that it was used; None for a token that does not work."""
    token = ApiToken.objects.select_related("user").filter(digest=digest_of(text), user__is_active=True).first()
    if token is None:
        return None
    now = timezone.now()
    if token.used_at is None or token.used_at < now - USED_STEP:
        ApiToken.objects.filter(pk=token.pk).update(used_at=now)
    return token.user


def digest_of(text: str) -> str:
    """A token has 256 random bits, so a plain hash cannot be searched, and the row is found by it in one query."""
    return hashlib.sha256(text.encode()).hexdigest()
