"""Tokens with which programs act for an account. Of a token only its hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from webapp.errors import BadRequest, NotFound
from webapp.models import ApiToken
from webapp.services.common import saved

PREFIX = "aif_"
"""What a token starts with, so that a scanner for secrets that slipped out can know one."""
MOST_TOKENS = 20


def create_token(*, user: Any, name: str) -> tuple[ApiToken, str]:
    """A token's row and the token, which is shown this once. Raises BadRequest."""
    if user.api_tokens.count() >= MOST_TOKENS:
        raise BadRequest(f"You have {MOST_TOKENS} tokens, which is the most. Revoke one first.")
    name = " ".join(name.split())
    if not 1 <= len(name) <= 80:
        raise BadRequest("Give the token a name of 1 to 80 letters, so that you know it again.")
    text = PREFIX + secrets.token_urlsafe(32)
    return saved(ApiToken(user=user, name=name, digest=digest_of(text))), text


def revoke_token(*, user: Any, token: ApiToken) -> None:
    """Raises NotFound."""
    if token.user_id != user.pk:
        raise NotFound("This token does not exist, or was revoked.")
    token.delete()


def digest_of(text: str) -> str:
    """A token has 256 random bits, so a plain hash cannot be searched, and the row is found by it in one query."""
    return hashlib.sha256(text.encode()).hexdigest()
