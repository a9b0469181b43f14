"""Training images in the admin: a grid, an upload for thousands of files, and the report of each upload."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from webapp import files
from webapp.admin.pages import Refusing, log_change, must_have, own_page
from webapp.errors import ServiceError
from webapp.models import Category, Job, TrainingImage
from webapp.services import training_images
from webapp.upload_handler import PackingUploadHandler

LINES = 200
"""Files on one page of a report."""


class UploadForm(forms.Form):
    category = forms.ModelChoiceField(Category.objects.all(), label=gettext_lazy("Category"))
    source = forms.CharField(
        max_length=300, required=False, label=gettext_lazy("Source"), help_text=gettext_lazy("Where they come from.")
    )
    licence = forms.CharField(
        max_length=200,
        required=False,
        label=gettext_lazy("Licence"),
        help_text=gettext_lazy("Under which licence they may be used, such as CC BY 4.0 or own work."),
    )


class MoveForm(forms.Form):
    category = forms.ModelChoiceField(Category.objects.all(), label=gettext_lazy("Move to"))


class DescribeForm(forms.Form):
    source = forms.CharField(max_length=300, required=False, label=gettext_lazy("Source"))
    licence = forms.CharField(max_length=200, required=False, label=gettext_lazy("Licence"))


@admin.register(TrainingImage)
class TrainingImageAdmin(Refusing, admin.ModelAdmin):
    list_display = ("thumbnail", "original_name", "category", "size", "licence")
    list_filter = ("category", "licence", "created_at")
    list_select_related = ("category",)
    list_per_page = 60
    search_fields = ("original_name", "source", "licence")
    fields = ("crop_preview", "original_name", "category", "size", "source", "licence", "uploaded_by", "created_at")
    readonly_fields = ("crop_preview", "original_name", "category", "size", "uploaded_by", "created_at")
    actions = ("move", "describe")
    change_list_template = "admin/webapp/trainingimage/change_list.html"

    class Media:
        css = {"all": ("admin-site/admin.css",)}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # one by one they would not be checked: the upload does that

    def get_urls(self) -> list[Any]:
        site = self.admin_site
        return [
            path("upload/", site.admin_view(self.upload), name="webapp_trainingimage_upload"),
            path("uploads/<uuid:pk>/", site.admin_view(self.report), name="webapp_trainingimage_report"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("picture"))
    def thumbnail(self, row: TrainingImage) -> str:
        left, top, side = row.crop
        return format_html(
            '<svg class="crop" viewBox="0 0 {0} {1}" role="img" aria-label="{2}"><image href="{3}" width="{0}" '
            'height="{1}"/><path class="cut-off" fill-rule="evenodd" d="M0 0h{0}v{1}H0zM{4} {5}v{6}h{6}v-{6}z"/></svg>',
            row.width,
            row.height,
            row.original_name,
            files.file_url(row.thumbnail_key, row),
            left,
            top,
            side,
        )

    @admin.display(description=gettext_lazy("how it is cut"))
    def crop_preview(self, row: TrainingImage) -> str:
        side = row.crop[2]
        return format_html(
            '<div class="large-crop">{}</div><p class="help">{}</p>',
            self.thumbnail(row),
            _("Training takes the bright square of %(side)d px in the middle, and patches out of it.") % {"side": side},
        )

    @admin.display(description=gettext_lazy("size"), ordering="width")
    def size(self, row: TrainingImage) -> str:
        return f"{row.width} × {row.height}"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        counts = Category.objects.annotate(images=Count("training_images"))
        context = {
            "counts": counts,
            "enough": training_images.ENOUGH,
            "may_upload": request.user.has_perm("webapp.add_trainingimage"),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def delete_model(self, request: HttpRequest, obj: TrainingImage) -> None:
        training_images.delete_images(images=[obj])

    @admin.action(description=gettext_lazy("Move to another category"), permissions=["change"])
    def move(self, request: HttpRequest, queryset: QuerySet[TrainingImage]) -> HttpResponse | None:
        form = MoveForm(request.POST if "apply" in request.POST else None)
        if not form.is_valid():
            return self._ask(request, queryset, form, "move", _("Move images to another category"))
        category = form.cleaned_data["category"]
        images = list(queryset)
        moved, stayed = training_images.move_images(images=images, category=category)
        log_change(request, images, _("Moved to %(category)s.") % {"category": category})
        messages.success(
            request, ngettext("%(count)d image moved.", "%(count)d images moved.", moved) % {"count": moved}
        )
        if stayed:
            messages.warning(
                request,
                ngettext(
                    "%(count)d stayed: %(category)s has the same picture already.",
                    "%(count)d stayed: %(category)s has the same pictures already.",
                    stayed,
                )
                % {"count": stayed, "category": category},
            )
        return None

    @admin.action(description=gettext_lazy("Write source and licence"), permissions=["change"])
    def describe(self, request: HttpRequest, queryset: QuerySet[TrainingImage]) -> HttpResponse | None:
        form = DescribeForm(request.POST if "apply" in request.POST else None)
        if not form.is_valid():
            return self._ask(request, queryset, form, "describe", _("Write source and licence of images"))
        images = list(queryset)
        said = form.cleaned_data
        count = training_images.describe_images(
            images=images, source=said["source"] or None, licence=said["licence"] or None
        )
        log_change(request, images if count else (), _("Source or licence written."))
        messages.success(
            request, ngettext("%(count)d image changed.", "%(count)d images changed.", count) % {"count": count}
        )
        return None

    def _ask(
        self, request: HttpRequest, queryset: QuerySet[TrainingImage], form: forms.Form, action: str, title: str
    ) -> HttpResponse:
        return own_page(
            self,
            request,
            "ask",
            title=title,
            form=form,
            action=action,
            images=queryset,
            action_checkbox_name=admin.helpers.ACTION_CHECKBOX_NAME,
        )

    @csrf_exempt
    def upload(self, request: HttpRequest) -> HttpResponse:
        """Files go to disk as they arrive, so the handler must stand before the first look at the form: the check of
        the form's token looks, and is therefore made inside."""
        must_have(request, "webapp.add_trainingimage")
        with tempfile.TemporaryDirectory(prefix="upload-") as folder:
            handler = PackingUploadHandler(
                request,
                Path(folder),
                largest=settings.AIFASHION_MAX_UPLOAD_BYTES,
                most=settings.AIFASHION_MAX_TRAINING_UPLOAD_BYTES,
            )
            request.upload_handlers = [handler]
            return csrf_protect(self._upload)(request, handler)

    def _upload(self, request: HttpRequest, handler: PackingUploadHandler) -> HttpResponse:
        chosen = {"category": request.GET.get("category")}
        form = UploadForm(request.POST if request.method == "POST" else None, initial=chosen)
        if request.method == "POST" and form.is_valid():
            packs = [("", handler.pack_path)] if handler.names else []
            packs += handler.zips
            try:
                if handler.too_much:
                    most = settings.AIFASHION_MAX_TRAINING_UPLOAD_BYTES / 2**20
                    raise ServiceError(_("This was more than %(most)d MB. Bring it in parts.") % {"most": most})
                job = training_images.start_intake(user=request.user, packs=packs, **form.cleaned_data)
            except ServiceError as error:
                form.add_error(None, error.message)
            else:
                log_change(
                    request,
                    [form.cleaned_data["category"]],
                    _("Training images brought: %(files)d files and %(zips)d zips.")
                    % {"files": len(handler.names), "zips": len(handler.zips)},
                )
                return HttpResponseRedirect(reverse("admin:webapp_trainingimage_report", args=[job.pk]))
        return own_page(
            self,
            request,
            "upload",
            title=_("Bring training images"),
            form=form,
            enough=training_images.ENOUGH,
            largest_mb=settings.AIFASHION_MAX_UPLOAD_BYTES // 2**20,
            most_mb=settings.AIFASHION_MAX_TRAINING_UPLOAD_BYTES // 2**20,
        )

    def report(self, request: HttpRequest, pk: Any) -> HttpResponse:
        must_have(request, "webapp.view_trainingimage")
        job = get_object_or_404(Job, pk=pk, kind=Job.Kind.INTAKE)
        category = Category.objects.filter(pk=job.params["category"]).first()
        if category is None:
            raise Http404(_("This category was deleted."))
        lines = training_images.report_of(job) if job.state == Job.State.SUCCEEDED else []
        refused = [line for line in lines if line["outcome"] != "taken"]
        kinds: dict[str, int] = {}
        for line in refused:
            kinds[line["kind"]] = kinds.get(line["kind"], 0) + 1
        taken = [line for line in lines if line["outcome"] == "taken"]
        count = category.training_images.count()
        return own_page(
            self,
            request,
            "report",
            title=_("Images brought to %(category)s") % {"category": category},
            job=job,
            category=category,
            taken=len(taken),
            refused=len(refused),
            kinds=sorted(kinds.items(), key=lambda entry: -entry[1]),
            page=Paginator(refused + taken, LINES).get_page(request.GET.get("page")),
            count=count,
            enough=training_images.ENOUGH,
        )
