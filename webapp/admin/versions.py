"""Model versions in the admin: promoted, rolled back, compared, imported, exported, deleted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from webapp import files
from webapp.admin.pages import Refusing, in_words, log_change, must_have, own_page
from webapp.errors import BadRequest, ServiceError, StorageUnavailable
from webapp.models import Category, Job, ModelVersion
from webapp.services import versions
from webapp.upload_handler import LimitedUploadHandler

COMPARED_SEEDS = "0 1 2 3 4 5"


class ImportForm(forms.Form):
    category = forms.ModelChoiceField(Category.objects.all(), label=gettext_lazy("Category"))
    file = forms.FileField(
        label=gettext_lazy("File"), help_text=gettext_lazy("One .safetensors file that an AI Fashion site exported.")
    )


class CompareForm(forms.Form):
    other = forms.ModelChoiceField(ModelVersion.objects.none(), label=gettext_lazy("Compare with"))
    seeds = forms.CharField(label=gettext_lazy("Seeds"), initial=COMPARED_SEEDS, max_length=400)

    def __init__(self, *args: Any, version: ModelVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = ModelVersion.objects.filter(category=version.category).exclude(pk=version.pk)
        self.fields["other"].queryset = others.select_related("category")


@admin.register(ModelVersion)
class ModelVersionAdmin(Refusing, admin.ModelAdmin):
    list_display = (
        *("__str__", "is_active", "frechet", "kernel", "diversity", "seam"),
        *("came_from", "made_on"),
    )
    list_filter = ("category", "is_active")
    list_select_related = ("category", "run")
    change_list_template = "admin/webapp/modelversion/change_list.html"
    actions = ("promote", "compare_two")

    class Media:
        css = {"all": ("admin-site/admin.css",)}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a version comes from a run or an import

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # its page and the list have the buttons

    def has_promote_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("webapp.change_modelversion")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)  # each is refused for reasons of its own: its page says them
        return actions

    def get_urls(self) -> list[Any]:
        wrap, name = self.admin_site.admin_view, "webapp_modelversion"
        return [
            path("import/", wrap(self.bring), name=f"{name}_import"),
            path("imports/<uuid:pk>/", wrap(self.brought), name=f"{name}_imported"),
            path("comparisons/<uuid:pk>/", wrap(self.comparison), name=f"{name}_comparison"),
            path("rollback/<int:category>/", wrap(self.rollback), name=f"{name}_rollback"),
            path("<int:pk>/promote/", wrap(self.promote_one), name=f"{name}_promote"),
            path("<int:pk>/compare/", wrap(self.compare), name=f"{name}_compare"),
            path("<int:pk>/export/", wrap(self.export), name=f"{name}_export"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("Frechet distance"))
    def frechet(self, row: ModelVersion) -> str:
        return _figure(row.metrics.get("frechet_distance"), 1)

    @admin.display(description=gettext_lazy("KID"))
    def kernel(self, row: ModelVersion) -> str:
        return _figure(row.metrics.get("kernel_distance"), 2)

    @admin.display(description=gettext_lazy("diversity"))
    def diversity(self, row: ModelVersion) -> str:
        return _figure(row.metrics.get("diversity"), 2)

    @admin.display(description=gettext_lazy("seam, worst"))
    def seam(self, row: ModelVersion) -> str:
        ratios = row.metrics.get("seam_ratio")
        return _figure(max(ratios.values()), 2) if isinstance(ratios, dict) and ratios else ""

    @admin.display(description=gettext_lazy("made on"), ordering="created_at")
    def made_on(self, row: ModelVersion) -> str:
        return date_format(localtime(row.created_at), "j M Y")

    @admin.display(description=gettext_lazy("came from"))
    def came_from(self, row: ModelVersion) -> str:
        if row.run is not None:
            address = reverse("admin:webapp_trainingrun_change", args=[row.run.pk])
            return format_html('<a href="{}">{}</a>', address, _("a run"))
        if row.is_lost:
            return _("the site; its file is gone")
        return _("the site") if row.is_shipped else _("an import")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        chosen = request.GET.get("category__id__exact", "")
        category = Category.objects.filter(pk=chosen).first() if chosen.isdigit() else None
        more = {
            "may_import": request.user.has_perm("webapp.add_modelversion"),
            "category": category,
            "before": versions.version_before(category) if category and self.has_promote_permission(request) else None,
        }
        return super().changelist_view(request, {**(extra_context or {}), **more})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        must_have(request, "webapp.view_modelversion")
        version = self.get_object(request, object_id)
        if version is None:
            raise Http404(_("This version does not exist, or was deleted."))
        trained = version.header.get("training") or version.header.get("hyper_parameters") or {}
        if "steps" in version.header:
            trained = {**trained, "steps": version.header["steps"]}  # those taken, whatever was asked for
        return own_page(
            self,
            request,
            "version",
            title=_("Version %(number)d of %(category)s") % {"number": version.number, "category": version.category},
            version=version,
            came_from=self.came_from(version),
            grid=files.file_url(version.grid_key, version),
            manifest=files.file_url(version.manifest_key, version),
            figures=in_words(version.metrics),
            trained=in_words(trained),
            sources=version.header.get("sources") or [],
            events=version.events.select_related("user", "before__category"),
            before=versions.version_before(version.category) if version.is_active else None,
            prints=version.patterns.count(),
            compare_form=CompareForm(version=version),
            may_change=self.has_promote_permission(request),
            may_delete=not version.is_active
            and (version.is_lost or not version.is_shipped)
            and self.has_delete_permission(request, version),
        )

    @admin.action(description=gettext_lazy("Promote"), permissions=["promote"])
    def promote(self, request: HttpRequest, queryset: QuerySet[ModelVersion]) -> None:
        if queryset.count() != 1:
            raise BadRequest(_("Choose one version to promote."))
        self._promote(request, queryset.get())

    def _promote(self, request: HttpRequest, version: ModelVersion) -> None:
        versions.promote_version(user=request.user, version=version)
        log_change(request, [version], _("Promoted."))
        messages.success(request, _("The site generates with %(version)s from now on.") % {"version": version})

    def promote_one(self, request: HttpRequest, pk: int) -> HttpResponse:
        must_have(request, "webapp.change_modelversion")
        version = get_object_or_404(ModelVersion, pk=pk)
        if request.method == "POST":
            try:
                self._promote(request, version)
            except ServiceError as error:
                messages.error(request, error.message)
        return _to(version)

    def rollback(self, request: HttpRequest, category: int) -> HttpResponse:
        must_have(request, "webapp.change_modelversion")
        row = get_object_or_404(Category, pk=category)
        if request.method == "POST":
            try:
                version = versions.roll_back(user=request.user, category=row)
            except ServiceError as error:
                messages.error(request, error.message)
            else:
                log_change(request, [version], _("Rolled back to."))
                messages.success(request, _("Rolled back: the site generates with %(v)s again.") % {"v": version})
        return HttpResponseRedirect(f"{reverse('admin:webapp_modelversion_changelist')}?category__id__exact={row.pk}")

    @admin.action(description=gettext_lazy("Compare two, side by side"), permissions=["promote"])
    def compare_two(self, request: HttpRequest, queryset: QuerySet[ModelVersion]) -> HttpResponse:
        seeds = [int(seed) for seed in COMPARED_SEEDS.split()]
        job = versions.compare_versions(user=request.user, versions=list(queryset.order_by("number")), seeds=seeds)
        return HttpResponseRedirect(reverse("admin:webapp_modelversion_comparison", args=[job.pk]))

    def compare(self, request: HttpRequest, pk: int) -> HttpResponse:
        must_have(request, "webapp.change_modelversion")
        version = get_object_or_404(ModelVersion, pk=pk)
        form = CompareForm(request.POST or None, version=version)
        if not form.is_valid():
            messages.error(request, _("Choose another version of this category, and seeds."))
            return _to(version)
        try:
            pair = sorted((version, form.cleaned_data["other"]), key=lambda each: each.number)
            job = versions.compare_versions(user=request.user, versions=pair, seeds=_seeds(form.cleaned_data["seeds"]))
        except ServiceError as error:
            messages.error(request, error.message)
            return _to(version)
        return HttpResponseRedirect(reverse("admin:webapp_modelversion_comparison", args=[job.pk]))

    def comparison(self, request: HttpRequest, pk: Any) -> HttpResponse:
        must_have(request, "webapp.view_modelversion")
        job = get_object_or_404(Job, pk=pk, kind=Job.Kind.VERSUS)
        found = ModelVersion.objects.in_bulk(job.params["versions"])
        pair = [found[pk] for pk in job.params["versions"] if pk in found]
        if len(pair) != 2:
            raise Http404(_("One of the versions was deleted."))
        done = job.state == Job.State.SUCCEEDED
        rows = [
            (seed, [(version, files.file_url(versions.drawn_key(version, seed), version)) for version in pair])
            for seed in job.params["seeds"]
            if done
        ]
        names = ("frechet", "kernel", "diversity", "seam")
        figures = [
            (getattr(self, name).short_description, [getattr(self, name)(each) for each in pair]) for name in names
        ]
        return own_page(
            self,
            request,
            "comparison",
            title=_("%(one)s beside %(other)s") % {"one": pair[0], "other": pair[1]},
            job=job,
            pair=pair,
            rows=rows,
            figures=figures,
        )

    @csrf_exempt
    def bring(self, request: HttpRequest) -> HttpResponse:
        """Versions may be larger than photos, which the handler must know before the first look at the form: the check
        of the form's token looks, and is therefore made inside."""
        must_have(request, "webapp.add_modelversion")
        _photos, *others = request.upload_handlers
        limited = LimitedUploadHandler(request, most=settings.AIFASHION_MAX_VERSION_BYTES)
        request.upload_handlers = [limited, *others]
        return csrf_protect(self._bring)(request)

    def _bring(self, request: HttpRequest) -> HttpResponse:
        """The form that imports a version; what is refused is said on it."""
        form = ImportForm(
            request.POST or None, request.FILES or None, initial={"category": request.GET.get("category")}
        )
        if request.method == "POST" and form.is_valid():
            category = form.cleaned_data["category"]
            try:
                job = versions.import_version(user=request.user, category=category, file=form.cleaned_data["file"])
            except ServiceError as error:
                form.add_error("file", error.message)
            else:
                said = _("Import of %(file)s asked for.") % {"file": job.params["name"]}
                log_change(request, [category], said)
                return HttpResponseRedirect(reverse("admin:webapp_modelversion_imported", args=[job.pk]))
        return own_page(
            self,
            request,
            "import",
            title=_("Import a version"),
            form=form,
            most_mb=settings.AIFASHION_MAX_VERSION_BYTES // 2**20,
        )

    def brought(self, request: HttpRequest, pk: Any) -> HttpResponse:
        """How an import goes, and then the version that it gave."""
        must_have(request, "webapp.add_modelversion")
        job = get_object_or_404(Job, pk=pk, kind=Job.Kind.IMPORT)
        version = ModelVersion.objects.filter(pk=job.params.get("version")).first()
        if version is not None:
            messages.success(request, _("Imported. It is not active: promote it when you like it."))
            return _to(version)
        return own_page(
            self,
            request,
            "imported",
            title=_("Import of %(file)s") % {"file": job.params["name"]},
            job=job,
        )

    def export(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The version as one safetensors file."""
        must_have(request, "webapp.view_modelversion")
        version = get_object_or_404(ModelVersion.objects.select_related("category"), pk=pk)
        try:
            file = _weights(version)
        except ServiceError as error:
            messages.error(request, error.message)
            return _to(version)
        return FileResponse(
            file,
            as_attachment=True,
            filename=f"{version.category.slug}-{version.number}.safetensors",
            content_type="application/octet-stream",
        )

    def delete_model(self, request: HttpRequest, obj: ModelVersion) -> None:
        versions.delete_version(user=request.user, version=obj)


def _weights(version: ModelVersion) -> Any:
    """The open file of a version. Raises NotAllowed, StorageUnavailable."""
    versions.must_have_file(version)
    try:
        return files.open_file(version.weights_key)
    except files.STORAGE_ERRORS as error:
        raise StorageUnavailable from error


def _to(version: ModelVersion) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:webapp_modelversion_change", args=[version.pk]))


def _seeds(text: str) -> list[int]:
    """Whole numbers between spaces or commas. Raises BadRequest."""
    try:
        return [int(word) for word in text.replace(",", " ").split()]
    except ValueError:
        raise BadRequest(_("Seeds are whole numbers, with spaces between.")) from None


def _figure(value: Any, digits: int) -> str:
    return f"{value:,.{digits}f}" if isinstance(value, (int, float)) else ""
