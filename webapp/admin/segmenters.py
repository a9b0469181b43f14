"""The networks that find garments, in the admin: which is active, fetched, compared."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from webapp import files
from webapp.admin.pages import Refusing, log_change, must_have, own_page
from webapp.models import Job, Photo, SegmentationModel
from webapp.services.segmenters import (
    MOST_COMPARED,
    activate_segmenter,
    compare_segmenters,
    fetch_segmenter,
    overlay_key,
)


@admin.register(SegmentationModel)
class SegmentationModelAdmin(Refusing, admin.ModelAdmin):
    list_display = ("name", "is_used", "is_available", "note", "changed_at")
    fields = ("name", "is_active", "is_available", "note", "changed_at")
    readonly_fields = ("name", "is_active", "is_available", "changed_at")
    actions = ("activate", "fetch", "compare")

    class Media:
        css = {"all": ("admin-site/admin.css",)}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.comparison)
        return [path("comparisons/<uuid:pk>/", view, name="webapp_segmentationmodel_comparison"), *super().get_urls()]

    @admin.display(boolean=True, description=gettext_lazy("in use"))
    def is_used(self, row: SegmentationModel) -> bool:
        if row.is_active:
            return True
        chosen = SegmentationModel.objects.filter(is_active=True).exists()
        return not chosen and row.name == settings.AIFASHION_SEGMENTER

    @admin.action(description=gettext_lazy("Find garments with it"), permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[SegmentationModel]) -> None:
        if queryset.count() != 1:
            messages.error(request, _("Choose one network."))
            return
        model = queryset.get()
        activate_segmenter(model=model)
        log_change(request, [model], _("Made active."))
        messages.success(request, _("Workers find garments with %(model)s from now on.") % {"model": model})

    @admin.action(description=gettext_lazy("Fetch it"), permissions=["change"])
    def fetch(self, request: HttpRequest, queryset: QuerySet[SegmentationModel]) -> None:
        for model in queryset:
            if model.is_available:
                messages.warning(request, _("%(model)s is here already.") % {"model": model})
                continue
            fetch_segmenter(user=request.user, model=model)
            log_change(request, [model], _("Fetching asked for."))
            messages.success(request, _("%(model)s is being fetched: see Jobs.") % {"model": model})

    @admin.action(description=gettext_lazy("Compare on photos"), permissions=["view"])
    def compare(self, request: HttpRequest, queryset: QuerySet[SegmentationModel]) -> HttpResponse:
        # Others' photos are theirs: staff compare on their own uploads and on the site's drawings.
        photos = list(Photo.objects.filter(Q(user=request.user) | Q(stock_slug__isnull=False)).order_by("stock_slug"))
        photos.sort(key=lambda photo: photo.is_stock)
        job = compare_segmenters(user=request.user, models=list(queryset), photos=photos[:MOST_COMPARED])
        return HttpResponseRedirect(reverse("admin:webapp_segmentationmodel_comparison", args=[job.pk]))

    def comparison(self, request: HttpRequest, pk: Any) -> HttpResponse:
        must_have(request, "webapp.view_segmentationmodel")
        job = get_object_or_404(Job, pk=pk, kind=Job.Kind.COMPARE, user=request.user)
        photos = Photo.objects.filter(pk__in=job.params["photos"])
        rows = [
            (
                photo,
                [
                    (model, files.file_url(overlay_key(job, str(photo.pk), model), job))
                    for model in job.params["models"]
                ],
            )
            for photo in photos
        ]
        return own_page(
            self,
            request,
            "comparison",
            title=_("What the networks find"),
            job=job,
            rows=rows if job.state == Job.State.SUCCEEDED else [],
        )
