"""The studio and what its forms ask for. All its state is in its address."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from webapp import files, selectors, services
from webapp.forms import DesignForm, GenerateForm, PrintForm, UploadForm, VaryForm
from webapp.models import Design, Garment, Pattern, Photo
from webapp.ownership import owner_of
from webapp.refusals import refusals_as_messages
from webapp.views.common import catch_up, photo_card, place_in_line, print_card, refused, studio_address

WALL = 24
"""Prints shown on the studio's wall; the rest are in the history."""


@require_GET
@refusals_as_messages
def studio(request: HttpRequest) -> HttpResponse:
    """The whole trip on one page: ?category, ?pattern, ?photo and ?design say how far it is."""
    owner = owner_of(request)
    categories = list(selectors.published_categories())
    pattern = chosen(request, "pattern", lambda pk: selectors.get_owned(Pattern, owner=owner, pk=pk))
    design = chosen(request, "design", lambda pk: selectors.get_owned(Design, owner=owner, pk=pk))
    photo = chosen(request, "photo", lambda pk: selectors.get_photo(owner=owner, pk=pk))
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
    catch_up(photo, segment_job)
    catch_up(design, design_job)
    context = {
        "categories": categories,
        "category": category,
        "prints": [print_card(entry) for entry in patterns],
        "pattern": pattern,
        "pattern_url": files.file_url(pattern.image_key, pattern) if pattern else "",
        "photo": photo,
        "photo_url": files.file_url(photo.preview_key or photo.image_key, photo) if photo else "",
        "segment_job": segment_job,
        "garments": list(photo.garments.all()) if photo else [],
        "stock": [photo_card(entry) for entry in selectors.stock_photos()],
        "own_photos": [photo_card(entry) for entry in selectors.photos_of(owner=owner)[:8]],
        "design": design,
        "design_job": design_job,
        "design_url": files.file_url(design.preview_key or design.image_key, design) if design else "",
        "design_layer": design.layers.first() if design else None,
        "print_form": PrintForm(),
        "print_jobs": list(selectors.print_jobs_of(pattern)[:4]) if pattern else [],
        "generate_form": GenerateForm(initial={"category": slug, "count": 6}),
    }
    place_in_line(segment_job)
    place_in_line(design_job)
    return render(request, "webapp/studio.html", context)


@require_POST
@refusals_as_messages
def generate(request: HttpRequest) -> HttpResponse:
    form = GenerateForm(request.POST)
    if not form.is_valid():
        return refused(request, form)
    category = selectors.get_category(slug=form.cleaned_data["category"])
    services.generate_patterns(
        owner=owner_of(request),
        category=category,
        count=form.cleaned_data["count"],
        seed=form.cleaned_data["seed"],
    )
    return redirect(studio_address(request, category=category.slug) + "#prints")


@require_POST
@refusals_as_messages
def vary(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    form = VaryForm(request.POST)
    if not form.is_valid():
        return refused(request, form)
    owner = owner_of(request)
    pattern = selectors.get_owned(Pattern, owner=owner, pk=pk)
    services.vary_pattern(owner=owner, pattern=pattern, share=form.cleaned_data["share"])
    return redirect(studio_address(request, category=pattern.category.slug, pattern=pattern.pk) + "#prints")


@require_POST
@refusals_as_messages
def recolour(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    owner = owner_of(request)
    pattern = selectors.get_owned(Pattern, owner=owner, pk=pk)
    services.recolour_pattern(owner=owner, pattern=pattern, palette=request.POST.getlist("colour"))
    return redirect(studio_address(request, category=pattern.category.slug, pattern=pattern.pk) + "#prints")


@require_POST
@refusals_as_messages
def make_print_file(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    form = PrintForm(request.POST)
    if not form.is_valid():
        return refused(request, form)
    owner = owner_of(request)
    pattern = selectors.get_owned(Pattern, owner=owner, pk=pk)
    services.make_print_file(owner=owner, pattern=pattern, **form.cleaned_data)
    return redirect(studio_address(request, category=pattern.category.slug, pattern=pattern.pk) + "#print-file")


@require_POST
@refusals_as_messages
def upload(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return refused(request, form)
    owner = owner_of(request)
    photo = services.upload_photo(owner=owner, file=form.cleaned_data["photo"])
    try:
        services.segment_photo(owner=owner, photo=photo)
    except services.QueueUnavailable:
        services.delete_photo(owner=owner, photo=photo)  # nothing half-made stays
        raise
    return redirect(studio_address(request, photo=photo.pk, design=None) + "#garment")


@require_POST
@refusals_as_messages
def segment(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    owner = owner_of(request)
    photo = selectors.get_owned(Photo, owner=owner, pk=pk)
    services.segment_photo(owner=owner, photo=photo)
    return redirect(studio_address(request, photo=photo.pk) + "#garment")


@require_POST
@refusals_as_messages
def make_design(request: HttpRequest) -> HttpResponse:
    form = DesignForm(request.POST)
    if not form.is_valid():
        return refused(request, form)
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
    return redirect(studio_address(request, photo=photo.pk, pattern=asked["pattern"], design=job.design_id) + "#result")


def chosen(request: HttpRequest, name: str, get: Callable[[str], Any]) -> Any:
    value = request.GET.get(name)
    return get(value) if value else None
