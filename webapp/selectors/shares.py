"""Links that show a design."""

from __future__ import annotations

import uuid

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from webapp.errors import NotFound
from webapp.models import Design, Share
from webapp.ownership import Owner


def live_shares() -> Prefetch:
    """Gives designs `.live_shares`, their links that work; there is one at most."""
    return Prefetch("shares", Share.objects.filter(revoked_at=None), to_attr="live_shares")


def get_share(*, owner: Owner, pk: uuid.UUID) -> Share:
    """A link to a design of this owner. Raises NotFound."""
    share = Share.objects.select_related("design").filter(pk=pk).first()
    if share is None or not share.design.is_owned_by(owner):
        raise NotFound(_("This link does not exist."))
    return share


def shared_design(*, token: str) -> Design:
    """The design that a link shows. Raises NotFound: no such link, revoked, or its design was deleted."""
    share = Share.objects.filter(token=token, revoked_at=None).select_related("design__photo").first()
    if share is None or not share.design.is_ready:
        raise NotFound(_("This link shows nothing any more."))
    return share.design
