"""Who owns what: an account, or a browser session by a random id kept in it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

SESSION_KEY = "visitor"


@dataclass(frozen=True)
class Owner:
    """An account or a visitor; with neither, someone who owns nothing yet."""

    user: Any = None
    visitor: uuid.UUID | None = None

    def __post_init__(self) -> None:
        if self.user is not None and self.visitor is not None:
            raise ValueError("An owner is an account or a visitor, not both.")

    @property
    def fields(self) -> dict[str, Any]:
        """The columns of a row that belongs to this owner."""
        if self.user is None and self.visitor is None:
            raise ValueError("Nobody cannot own anything: use owner_of(request), which makes a visitor.")
        return {"user": self.user, "visitor": self.visitor}

    @property
    def holder(self) -> str:
        """The name to which links to files are made out: a row has the same as its owner."""
        return str(self.visitor or "") if self.user is None else str(self.user.pk)


def visitor_in(session: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(session.get(SESSION_KEY, ""))
    except (ValueError, TypeError, AttributeError):
        return None


def owner_of(request: HttpRequest) -> Owner:
    """The owner behind a request that makes something. A browser that had nothing yet gets its random id here."""
    owner = known_owner_of(request)
    if owner == Owner():
        owner = Owner(visitor=uuid.uuid4())
        request.session[SESSION_KEY] = str(owner.visitor)
    return owner


def known_owner_of(request: HttpRequest) -> Owner:
    """The owner behind a request; nobody for a browser that has nothing yet. For what only reads: a visitor is a row of
    the database, and crawlers keep no cookies."""
    if request.user.is_authenticated:
        return Owner(user=request.user)
    return Owner(visitor=visitor_in(request.session))


@transaction.atomic
def adopt_visitor(*, user: Any, visitor: uuid.UUID) -> None:
    """Give what a visitor made to the account they logged in to. Accounts' photos do not expire; blocks stay blocks."""
    from webapp import models

    if (block := models.Block.objects.filter(visitor=visitor).first()) is not None:
        models.Block.objects.get_or_create(user=user, defaults={"reason": block.reason, "created_by": block.created_by})
    models.Photo.objects.filter(visitor=visitor).update(user=user, visitor=None, expires_at=None)
    for model in (models.Pattern, models.Design, models.Job, models.Collection):
        model.objects.filter(visitor=visitor).update(user=user, visitor=None)


@receiver(user_logged_in)
def _adopt_on_login(sender: Any, request: HttpRequest | None, user: Any, **kwargs: Any) -> None:
    # Login keeps an anonymous session's data (and flushes another account's), so the id is still there.
    session = getattr(request, "session", None)
    visitor = visitor_in(session) if session is not None else None
    if visitor is not None:
        adopt_visitor(user=user, visitor=visitor)
        del session[SESSION_KEY]
