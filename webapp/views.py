"""Views validate, call one service or selector, and respond. All state of the studio is in its address."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import login
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from webapp import files, selectors, services
from webapp.forms import DesignForm, GenerateForm, PrintForm, SignUpForm, UploadForm, VaryForm
from webapp.models import Design, Garment, Job, Pattern, Photo
from webapp.ownership import owner_of
from webapp.refusals import back_of, refusals_as_messages

WALL = 24
"""Prints shown on the studio's wall; the rest are in the history."""
PAGE = 24
"""Prints, designs and photos on one page of the history."""


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "webapp/home.html", {"categories": selectors.published_categories()})


@require_GET
@refusals_as_messages
def studio(request: HttpRequest) -> HttpResponse:
    """The whole trip on one page: ?category, ?pattern, ?photo and ?design say how far it is."""
    owner = owner_of(request)
    categories = list(selectors.published_categories())
    pattern = _chosen(request, "pattern", lambda pk: selectors.get_owned(Pattern, owner=owner, pk=pk))
    design = _chosen(request, "design", lambda pk: selectors.get_owned(Design, owner=owner, pk=pk))
    photo = _chosen(request, "photo", lambda pk: selectors.get_photo(owner=owner, pk=pk))
    slug = request.GET.get("category") or (pattern.category.slug if pattern else "")
    category = next((entry for entry in categories if entry.slug == slug), categories[0] if categories else None)
    patterns = (
        Pattern.objects.owned_by(owner)
        .filter(version__category=category, is_hidden=False)
        .select_related("version__category")
        .order_by("-created_at", "seed")[:WALL]
        if category
        else []
    )
    segment_job = selectors.segment_job_of(photo) if photo and not photo.is_stock else None
    design_job = selectors.job_of_design(design) if design else None
    _catch_up(photo, segment_job)
    _catch_up(design, design_job)
    context = {
        "categories": categories,
        "category": category,
        "prints": [_print_card(entry) for entry in patterns],
        "pattern": pattern,
        "pattern_url": files.file_url(pattern.image_key, pattern) if pattern else "",
        "photo": photo,
        "photo_url": files.file_url(photo.preview_key or photo.image_key, photo) if photo else "",
        "segment_job": segment_job,
        "garments": list(photo.garments.all()) if photo else [],
        "stock": [_photo_card(entry) for entry in selectors.stock_photos()],
        "own_photos": [_photo_card(entry) for entry in selectors.photos_of(owner=owner)[:8]],
        "design": design,
        "design_job": design_job,
        "design_url": files.file_url(design.preview_key or design.image_key, design) if design else "",
        "design_layer": design.layers.first() if design else None,
        "print_form": PrintForm(),
        "print_jobs": list(selectors.print_jobs_of(pattern)[:4]) if pattern else [],
        "generate_form": GenerateForm(initial={"category": slug, "count": 6}),
    }
    _place_in_line(segment_job)
    _place_in_line(design_job)
    return render(request, "webapp/studio.html", context)


@require_POST
@refusals_as_messages
def generate(request: HttpRequest) -> HttpResponse:
    form = GenerateForm(request.POST)
    if not form.is_valid():
        return _refused(request, form)
    category = selectors.get_category(slug=form.cleaned_data["category"])
    services.generate_patterns(
        owner=owner_of(request),
        category=category,
        count=form.cleaned_data["count"],
        seed=form.cleaned_data["seed"],
    )
    return redirect(_studio(request, category=category.slug) + "#prints")


@require_POST
@refusals_as_messages
def vary(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    form = VaryForm(request.POST)
    if not form.is_valid():
        return _refused(request, form)
    owner = owner_of(request)
    pattern = selectors.get_owned(Pattern, owner=owner, pk=pk)
    services.vary_pattern(owner=owner, pattern=pattern, share=form.cleaned_data["share"])
    return redirect(_studio(request, category=pattern.category.slug, pattern=pattern.pk) + "#prints")


@require_POST
@refusals_as_messages
def recolour(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    owner = owner_of(request)
    pattern = selectors.get_owned(Pattern, owner=owner, pk=pk)
    services.recolour_pattern(owner=owner, pattern=pattern, palette=request.POST.getlist("colour"))
    return redirect(_studio(request, category=pattern.category.slug, pattern=pattern.pk) + "#prints")


@require_POST
@refusals_as_messages
def make_print_file(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    form = PrintForm(request.POST)
    if not form.is_valid():
        return _refused(request, form)
    owner = owner_of(request)
    pattern = selectors.get_owned(Pattern, owner=owner, pk=pk)
    services.make_print_file(owner=owner, pattern=pattern, **form.cleaned_data)
    return redirect(_studio(request, category=pattern.category.slug, pattern=pattern.pk) + "#print-file")


@require_POST
@refusals_as_messages
def upload(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _refused(request, form)
    owner = owner_of(request)
    photo = services.upload_photo(owner=owner, file=form.cleaned_data["photo"])
    try:
        services.segment_photo(owner=owner, photo=photo)
    except services.QueueUnavailable:
        services.delete_photo(owner=owner, photo=photo)  # nothing half-made stays
        raise
    return redirect(_studio(request, photo=photo.pk, design=None) + "#garment")


@require_POST
@refusals_as_messages
def segment(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    owner = owner_of(request)
    photo = selectors.get_owned(Photo, owner=owner, pk=pk)
    services.segment_photo(owner=owner, photo=photo)
    return redirect(_studio(request, photo=photo.pk) + "#garment")


@require_POST
@refusals_as_messages
def make_design(request: HttpRequest) -> HttpResponse:
    form = DesignForm(request.POST)
    if not form.is_valid():
        return _refused(request, form)
    owner, asked = owner_of(request), form.cleaned_data
    photo = selectors.get_photo(owner=owner, pk=asked["photo"])
    garment = None
    if asked["garment"]:
        garment = Garment.objects.filter(photo=photo, pk=asked["garment"]).first()
        if garment is None:
            raise services.BadRequest("This garment is not on this photo.")
    layer = services.LayerInput(
        pattern=selectors.get_owned(Pattern, owner=owner, pk=asked["pattern"]),
        garment=garment,
        scale=asked["scale"],
        rotation=asked["rotation"],
        offset_x=asked["offset_x"] or 0.0,
        offset_y=asked["offset_y"] or 0.0,
    )
    job = services.create_design(owner=owner, photo=photo, layers=[layer])
    return redirect(_studio(request, photo=photo.pk, pattern=asked["pattern"], design=job.design_id) + "#result")


@require_GET
@refusals_as_messages
def job(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The fragment that a page polls. The end of a search or a design reloads the page; its address holds its state."""
    found = selectors.get_owned(Job, owner=owner_of(request), pk=pk)
    if found.kind == Job.Kind.GENERATE and found.pattern:
        return render(request, "webapp/_print.html", {"card": _print_card(found.pattern)})
    _place_in_line(found)
    response = render(request, "webapp/_job.html", {"job": found})
    if found.state == Job.State.SUCCEEDED:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@refusals_as_messages
def cancel(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    owner = owner_of(request)
    services.cancel_job(owner=owner, job=selectors.get_owned(Job, owner=owner, pk=pk))
    return HttpResponseRedirect(back_of(request))


@require_POST
@refusals_as_messages
def retry(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    owner = owner_of(request)
    services.retry_job(owner=owner, job=selectors.get_owned(Job, owner=owner, pk=pk))
    return HttpResponseRedirect(back_of(request))


@require_GET
def history(request: HttpRequest) -> HttpResponse:
    owner = owner_of(request)
    pages = {
        "prints": _page(request, "prints", selectors.patterns_of(owner=owner)),
        "designs": _page(request, "designs", selectors.designs_of(owner=owner)),
        "photos": _page(request, "photos", selectors.photos_of(owner=owner)),
    }
    context = {
        "pages": pages,
        "prints": [_print_card(entry) for entry in pages["prints"]],
        "designs": [
            {"design": entry, "url": files.file_url(entry.preview_key or entry.image_key, entry)}
            for entry in pages["designs"]
        ],
        "photos": [_photo_card(entry) for entry in pages["photos"]],
    }
    return render(request, "webapp/history.html", context)


@require_POST
@refusals_as_messages
def favourite(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    owner = owner_of(request)
    services.toggle_favourite(owner=owner, pattern=selectors.get_owned(Pattern, owner=owner, pk=pk))
    return HttpResponseRedirect(back_of(request))


DELETABLE = {
    "patterns": (Pattern, lambda owner, row: services.delete_pattern(owner=owner, pattern=row)),
    "photos": (Photo, lambda owner, row: services.delete_photo(owner=owner, photo=row)),
    "designs": (Design, lambda owner, row: services.delete_design(owner=owner, design=row)),
}


@require_http_methods(["GET", "POST"])
@refusals_as_messages
def delete(request: HttpRequest, kind: str, pk: uuid.UUID) -> HttpResponse:
    """GET asks, POST deletes, files too."""
    if kind not in DELETABLE:
        raise Http404("There is no such page.")
    model, delete_row = DELETABLE[kind]
    owner = owner_of(request)
    row = selectors.get_owned(model, owner=owner, pk=pk)
    if request.method == "GET":
        picture = files.file_url(getattr(row, "preview_key", "") or row.image_key, row)
        return render(request, "webapp/delete.html", {"row": row, "kind": kind, "url": picture})
    delete_row(owner, row)
    messages.success(request, f"The {model._meta.verbose_name} and its files were deleted.")
    return redirect("history")


@require_http_methods(["GET", "POST"])
def signup(request: HttpRequest) -> HttpResponse:
    form = SignUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, form.save())
        return redirect("studio")
    return render(request, "registration/signup.html", {"form": form})


def _print_card(pattern: Pattern) -> dict[str, Any]:
    job = None if pattern.is_ready else selectors.job_of_pattern(pattern)
    _catch_up(pattern, job)
    _place_in_line(job)
    return {"pattern": pattern, "job": job, "url": files.file_url(pattern.image_key, pattern)}


def _photo_card(photo: Photo) -> dict[str, Any]:
    return {"photo": photo, "url": files.file_url(photo.preview_key, photo)}


def _page(request: HttpRequest, name: str, rows: QuerySet) -> Page:
    """The page that ?name asks for (the nearest that there is), with the addresses of its neighbours."""
    page = Paginator(rows, PAGE).get_page(request.GET.get(name))

    def address(number: int) -> str:
        query = request.GET.copy()
        query[name] = str(number)
        return f"?{query.urlencode()}#{name}"

    page.newer = address(page.number - 1) if page.has_previous() else ""
    page.older = address(page.number + 1) if page.has_next() else ""
    return page


def _catch_up(row: Pattern | Photo | Design | None, job: Job | None) -> None:
    """Read a row again whose job has succeeded: that may have happened after the row was read, before the job was."""
    if row is not None and job is not None and job.state == Job.State.SUCCEEDED:
        row.refresh_from_db()


def _place_in_line(job: Job | None) -> None:
    if job is not None:
        job.place = selectors.queue_position(job=job)


def _chosen(request: HttpRequest, name: str, get: Callable[[str], Any]) -> Any:
    value = request.GET.get(name)
    return get(value) if value else None


def _studio(request: HttpRequest, **changes: Any) -> str:
    """The studio's address with what was chosen before, and the changes; None takes a choice away."""
    kept = {name: request.POST.get(f"keep_{name}", "") for name in ("category", "pattern", "photo", "design")}
    chosen = {**kept, **changes}
    return f"{reverse('studio')}?{urlencode({name: value for name, value in chosen.items() if value})}"


def _refused(request: HttpRequest, form: Any) -> HttpResponse:
    for name, errors in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        for error in errors:
            messages.error(request, f"{label}: {error}" if label else error)
    return HttpResponseRedirect(back_of(request))
