"""Categories in the admin: named, ordered, published, with a cover of their own."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from webapp.admin.deletions import Deleted, counted, lacking_rights
from webapp.admin.pages import Refusing, log_change
from webapp.errors import ServiceError
from webapp.models import Category
from webapp.services import training_images
from webapp.services.categories import contents_of, delete_category, files_of, why_it_stays
from webapp.services.covers import draw_cover, upload_cover


class CategoryForm(forms.ModelForm):
    new_cover = forms.FileField(
        required=False,
        label=gettext_lazy("New cover picture"),
        help_text=gettext_lazy("JPEG, PNG, WebP or HEIC; its middle is cut to a square. Or draw one, from the list."),
    )

    class Meta:
        model = Category
        fields = ("name", "slug", "description", "position", "is_published")


@admin.register(Category)
class CategoryAdmin(Refusing, admin.ModelAdmin):
    form = CategoryForm
    list_display = ("small_cover", "name", "slug", "position", "is_published", "active_version", "images")
    list_display_links = ("small_cover", "name")
    list_editable = ("position", "is_published")
    prepopulated_fields = {"slug": ("name",)}
    fields = (
        *("name", "slug", "description", "position", "is_published"),
        *("large_cover", "new_cover", "active", "images"),
    )
    readonly_fields = ("large_cover", "active", "images")
    actions = ("draw_covers",)

    class Media:
        css = {"all": ("admin-site/admin.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        return super().get_queryset(request).annotate(image_count=Count("training_images"))

    @admin.display(description=gettext_lazy("cover"))
    def small_cover(self, row: Category) -> str:
        return format_html('<img class="cover small" src="{}" alt="">', row.cover)

    @admin.display(description=gettext_lazy("cover"))
    def large_cover(self, row: Category) -> str:
        return format_html('<img class="cover" src="{}" alt="">', row.cover) if row.pk else "-"

    @admin.display(description=gettext_lazy("active version"))
    def active(self, row: Category) -> str:
        version = row.active_version if row.pk else None
        if version is None:
            return _("None yet: the site shows the category when it is published and has one. Train it, or import one.")
        address = reverse("admin:webapp_modelversion_change", args=[version.pk])
        return format_html('<a href="{}">{}</a>', address, version)

    @admin.display(description=gettext_lazy("training images"))
    def images(self, row: Category) -> str:
        if not row.pk:
            return "-"
        address = f"{reverse('admin:webapp_trainingimage_changelist')}?category__id__exact={row.pk}"
        is_few = 0 < row.image_count < training_images.ENOUGH
        few = format_html(' <span class="few">{}</span>', _("few")) if is_few else ""
        return format_html('<a href="{}">{}</a>{}', address, row.image_count, few)

    def save_model(self, request: HttpRequest, obj: Category, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if (picture := form.cleaned_data.get("new_cover")) is not None:
            try:
                upload_cover(category=obj, file=picture)
            except ServiceError as error:
                messages.error(request, _("The cover stays as it was. %(why)s") % {"why": error.message})

    def delete_model(self, request: HttpRequest, obj: Category) -> None:
        delete_category(category=obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Deleted:
        """How many of each kind go with them: a category has tens of thousands of points on its curves."""
        categories = list(objs)
        images, versions, runs, *rest = contents_of(categories)
        keys = set().union(*map(files_of, categories))
        forbidding = [reason for category in categories if (reason := why_it_stays(category))]
        return counted(
            categories,
            [images, versions, runs, *rest],
            keys,
            # The rest are parts of these, and whoever may delete the whole needs no right on them besides.
            lacking=lacking_rights(request, [images, versions, runs]),
            forbidding=forbidding,
        )

    @admin.action(description=gettext_lazy("Draw a cover with the active version"), permissions=["change"])
    def draw_covers(self, request: HttpRequest, queryset: QuerySet[Category]) -> None:
        for category in queryset:
            draw_cover(user=request.user, category=category, seed=secrets.randbelow(2**31))
            log_change(request, [category], _("A cover is drawn from the active version."))
        messages.success(request, _("Covers are being drawn. Reload this page in a few seconds."))
