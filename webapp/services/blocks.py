"""Owners who may start nothing more."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from webapp.errors import BadRequest
from webapp.models import Block, Job
from webapp.ownership import Owner
from webapp.selectors.listing import KINDS


def block_owner(*, owner: Owner, by: Any, reason: str = "") -> Block:
    """Refuse this owner everything that costs, and stop what they have waiting, but for the site's own work.

    Raises BadRequest for oneself.
    """
    if owner.user is not None and owner.user == by:
        raise BadRequest(_("You cannot block yourself."))
    block, _made = Block.objects.get_or_create(**owner.fields, defaults={"created_by": by, "reason": reason})
    Job.objects.owned_by(owner).filter(kind__in=KINDS).cancel()
    return block


def owner_of_row(row: Any) -> Owner:
    """Whose row this is."""
    return Owner(user=row.user, visitor=row.visitor)
