"""Photos, their garments, prints and designs in the admin: deleting them deletes their files."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from webapp import models, services
from webapp.admin.owners import OwnerActions
from webapp.services.blocks import owner_of_row
from webapp.services.photos import remove_photo


class GarmentInline(admin.TabularInline):
    model = models.Garment
    extra = 0
    readonly_fields = ("mask_key", "area", "confidence", "box")


class WithFiles(OwnerActions):
    """Rows whose files go with them, one by one, through the services."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def remove(self, row: models.Owned) -> None:
        raise NotImplementedError

    def delete_model(self, request: HttpRequest, obj: models.Owned) -> None:
        self.remove(obj)


@admin.register(models.Photo)
class PhotoAdmin(WithFiles):
    list_display = ("original_name", "stock_slug", "width", "height", "created_at", "expires_at")
    list_filter = ("created_at",)
    readonly_fields = ("image_key", "preview_key", "clothing_mask_key", "sha256", "visitor")
    inlines = (GarmentInline,)

    def remove(self, row: models.Owned) -> None:
        remove_photo(row)


@admin.register(models.Garment)
class GarmentAdmin(admin.ModelAdmin):
    list_display = ("label", "photo", "area", "confidence")
    list_filter = ("label",)
    raw_id_fields = ("photo",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(models.Pattern)
class PatternAdmin(WithFiles):
    list_display = ("version", "seed", "size", "is_favourite", "is_hidden", "created_at")
    list_filter = ("version__category", "is_hidden")
    list_select_related = ("version__category",)
    readonly_fields = ("image_key", "visitor")

    def remove(self, row: models.Owned) -> None:
        services.delete_pattern(owner=owner_of_row(row), pattern=row)


class LayerInline(admin.TabularInline):
    model = models.DesignLayer
    verbose_name_plural = _("layers")
    extra = 0
    raw_id_fields = ("garment", "pattern")


@admin.register(models.Design)
class DesignAdmin(WithFiles):
    list_display = ("id", "photo", "created_at")
    list_select_related = ("photo",)
    raw_id_fields = ("photo",)
    readonly_fields = ("image_key", "preview_key", "visitor")
    inlines = (LayerInline,)

    def remove(self, row: models.Owned) -> None:
        services.delete_design(owner=owner_of_row(row), design=row)
