"""What staff do with the owners of rows: block them, delete all of theirs."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from webapp.admin.pages import Refusing, log_change
from webapp.models import Owned
from webapp.ownership import Owner
from webapp.services.blocks import block_owner, owner_of_row
from webapp.services.deletion import delete_everything_of


class OwnerActions(Refusing, admin.ModelAdmin):
    """Two actions on the owners of the chosen rows. Both need the right to block."""

    actions = ("block_owners", "delete_all_of_owners")

    def has_block_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("webapp.add_block")

    @admin.action(description=gettext_lazy("Block their owners"), permissions=["block"])
    def block_owners(self, request: HttpRequest, queryset: QuerySet) -> None:
        owners = owners_of(queryset)
        blocks = [block_owner(owner=owner, by=request.user) for owner in owners]
        log_change(request, blocks, _("Blocked."))
        said = ngettext("%(count)d owner is blocked.", "%(count)d owners are blocked.", len(owners))
        messages.success(request, said % {"count": len(owners)})

    @admin.action(description=gettext_lazy("Block their owners and delete everything of theirs"), permissions=["block"])
    def delete_all_of_owners(self, request: HttpRequest, queryset: QuerySet) -> None:
        owners = owners_of(queryset)
        for owner in owners:
            block = block_owner(owner=owner, by=request.user)
            delete_everything_of(owner)
            log_change(request, [block], _("Blocked, and everything of theirs deleted."))
        said = ngettext(
            "Everything of %(count)d owner is deleted.", "Everything of %(count)d owners is deleted.", len(owners)
        )
        messages.success(request, said % {"count": len(owners)})


def owners_of(rows: QuerySet[Owned]) -> list[Owner]:
    """The different owners of rows; stock garments have none."""
    found = {owner.holder: owner for row in rows if (owner := owner_of_row(row)) != Owner()}
    return list(found.values())
