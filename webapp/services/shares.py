"""Links that show one design to whoever has them, until they are revoked."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from webapp.errors import NotFound, NotReady
from webapp.models import Design, Share
from webapp.ownership import Owner
from webapp.services.common import must_own, saved

TOKEN_BYTES = 32


def share_design(*, owner: Owner, design: Design) -> Share:
    """The design's link, made now if it has none that works. Raises NotFound, NotReady."""
    must_own(owner, design)
    if not design.is_ready:
        raise NotReady(_("This design is not finished yet. Wait for it."))
    with transaction.atomic():
        locked = Design.objects.select_for_update().get(pk=design.pk)  # two clicks at once make one link
        existing = locked.shares.filter(revoked_at=None).first()
        return existing or saved(Share(design=locked, token=secrets.token_urlsafe(TOKEN_BYTES)))


def revoke_share(*, owner: Owner, share: Share) -> None:
    """The link shows nothing from now on; a new one will be another. Raises NotFound."""
    if not share.design.is_owned_by(owner):
        raise NotFound(_("This link does not exist."))
    Share.objects.filter(pk=share.pk, revoked_at=None).update(revoked_at=timezone.now())
