"""Accounts and blocks in the admin. Deleting an account deletes all that it made, files too."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.http import HttpRequest

from webapp.admin.pages import Refusing
from webapp.models import Block
from webapp.services.blocks import block_owner, owner_of_row
from webapp.services.deletion import delete_account

User = get_user_model()
admin.site.unregister(User)


@admin.register(User)
class UserAdmin(Refusing, DjangoUserAdmin):
    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        delete_account(user=obj)


class BlockForm(forms.ModelForm):
    class Meta:
        model = Block
        fields = ("user", "visitor", "reason")

    def clean(self) -> dict[str, Any] | None:
        said = super().clean() or {}
        if bool(said.get("user")) == bool(said.get("visitor")):
            raise forms.ValidationError("Name an account or a visitor's id, not both.")
        return said


@admin.register(Block)
class BlockAdmin(Refusing, admin.ModelAdmin):
    form = BlockForm
    list_display = ("__str__", "reason", "created_by", "created_at")
    raw_id_fields = ("user",)
    list_select_related = ("user", "created_by")

    def save_model(self, request: HttpRequest, obj: Block, form: Any, change: bool) -> None:
        if change:
            obj.save()
            return
        made = block_owner(owner=owner_of_row(obj), by=request.user, reason=obj.reason)
        obj.pk = made.pk

    def has_change_permission(self, request: HttpRequest, obj: Block | None = None) -> bool:
        return False  # a block is lifted by deleting it
