"""The studio and what its forms ask for. All its state is in its address."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_POST

from webapp import files, selectors, services
from webapp.forms import DesignForm, GenerateForm, LayerForm, PrintForm, UploadForm
from webapp.models import FIRST_REPEAT_CM, REPEAT_CM, Design, Garment, Pattern, Photo
from webapp.ownership import Owner, known_owner_of, owner_of
from webapp.palettes import PALETTES
from webapp.refusals import refusals_as_json, refusals_as_messages
from webapp.services.corrections import LABELS
from webapp.views.common import (
    WALL,
    catch_up,
    keep_of,
    photo_card,
    place_in_line,
    poll_of,
    print_cards,
    refused,
    studio_address,
)


@require_GET
@gzip_page  # a full wall is some 90 kB of much the same
@refusals_as_messages
def studio(request: HttpRequest) -> HttpResponse:
    """The whole trip on one page: ?category, ?pattern, ?photo and ?design say how far it is."""
    owner = known_owner_of(request)
    categories = list(selectors.published_categories())
    pattern = chosen(request, "pattern", lambda pk: selectors.get_owned(Pattern, owner=owner, pk=pk))
    design = chosen(request, "design", lambda pk: selectors.get_owned(Design, owner=owner, pk=pk))
    photo = chosen(request, "photo", lambda pk: selectors.get_photo(owner=owner, pk=pk))
    slug = request.GET.get("category") or (pattern.category.slug if pattern else "")
    category = next((entry for entry in categories if entry.slug == slug), categories[0] if categories else None)
    hidden = chosen(request, "hidden", lambda pk: selectors.get_owned(Pattern, owner=owner, pk=pk))
    wall = selectors.wall_of(owner=owner, category=category)[:WALL] if category else []
    segment_job = selectors.segment_job_of(photo) if photo and not photo.is_stock else None
    design_job = selectors.job_of_design(design) if design else None
    catch_up(photo, segment_job)
    catch_up(design, design_job)
    prints = print_cards(wall)
    print_jobs = list(selectors.print_jobs_of(pattern)[:4]) if pattern else []
    place_in_line(*(card["job"] for card in prints), segment_job, design_job, *print_jobs)
    layer = design.layers.first() if design else None
    first_repeat_cm = pattern.first_repeat_cm if pattern else FIRST_REPEAT_CM
    context = {
        "categories": categories,
        "category": category,
        "prints": prints,
        "arriving": arriving_of(prints),
        "poll": poll_of(prints),
        "keep": keep_of(request, category=category, pattern=pattern, photo=photo, design=design),
        "more_prints": len(prints) == WALL,
        "print_data": json.dumps(print_data(pattern)) if pattern and pattern.is_ready else "",
        "hidden": hidden if hidden and hidden.is_hidden else None,
        "palettes": PALETTES,
        "pattern": pattern,
        "mixable": mixable_of(prints, pattern),
        "pattern_url": files.own_url(pattern.image_key, pattern) if pattern else "",
        "photo": photo,
        "photo_url": files.own_url(photo.preview_key or photo.image_key, photo) if photo else "",
        "segment_job": segment_job,
        "garments": list(photo.garments.all()) if photo else [],
        "stock": [photo_card(entry) for entry in selectors.stock_photos()],
        "own_photos": [photo_card(entry) for entry in selectors.photos_of(owner=owner)[:8]],
        "design": design,
        "design_job": design_job,
        "design_url": files.file_url(design.preview_key or design.image_key, design) if design else "",
        "design_layer": layer,
        "first_repeat_cm": first_repeat_cm,
        "repeat_cm": round(REPEAT_CM * layer.scale, 2) if layer else first_repeat_cm,
        "labels": [(label, Garment.name_of(label)) for label in LABELS],
        "before_url": files.file_url(design.photo.preview_key or design.photo.image_key, design.photo)
        if design
        else "",
        "design_layers": json.dumps(layers_of(design)) if design else "",
        "print_form": PrintForm(
            initial={"tile_cm": first_repeat_cm}, basic_only=bool(pattern and pattern.version.draws_single_pictures)
        ),
        "print_jobs": print_jobs,
        "generate_form": GenerateForm(initial={"category": slug, "count": 6}),
    }
    return render(request, "webapp/studio.html", context)


@require_POST
@refusals_as_messages
def upload(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return refused(request, form)
    photo = services.add_photo(owner=owner_of(request), file=form.cleaned_data["photo"])
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
    """The form of the page asks for one layer; the live preview sends several as JSON and gets JSON back."""
    if request.content_type == "application/json":
        return make_layered_design(request)
    form = DesignForm(request.POST)
    if not form.is_valid():
        return refused(request, form)
    owner, asked = owner_of(request), form.cleaned_data
    photo = selectors.get_photo(owner=owner, pk=asked["photo"])
    job = services.create_design(owner=owner, photo=photo, layers=[layer_input(owner, photo, asked)])
    return redirect(studio_address(request, photo=photo.pk, pattern=asked["pattern"], design=job.design_id) + "#result")


@refusals_as_json
def make_layered_design(request: HttpRequest) -> JsonResponse:
    owner = owner_of(request)
    try:
        asked = json.loads(request.body)
        photo_id, layers = asked["photo"], list(asked["layers"])
        forms = [LayerForm(layer) for layer in layers]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise services.BadRequest(_("Send JSON: a photo, and a list of layers.")) from None
    photo = selectors.get_photo(owner=owner, pk=photo_id)
    for form in forms:
        if not form.is_valid():
            name, errors = next(iter(form.errors.items()))
            raise services.BadRequest(f"{form.fields[name].label or name}: {errors[0]}")
    found = [layer_input(owner, photo, form.cleaned_data) for form in forms]
    job = services.create_design(owner=owner, photo=photo, layers=found)
    return JsonResponse({"design": str(job.design_id), "job": str(job.pk)}, status=202)


def layer_input(owner: Owner, photo: Photo, asked: dict[str, Any]) -> services.LayerInput:
    garment = None
    if asked["garment"]:
        garment = Garment.objects.filter(photo=photo, pk=asked["garment"]).first()
        if garment is None:
            raise services.BadRequest(_("This garment is not on this photo."))
    return services.LayerInput(
        pattern=selectors.get_owned(Pattern, owner=owner, pk=asked["pattern"]),
        garment=garment,
        scale=asked["scale"],
        rotation=asked["rotation"] or 0.0,
        offset_x=asked["offset_x"] or 0.0,
        offset_y=asked["offset_y"] or 0.0,
    )


def layers_of(design: Design) -> list[dict[str, Any]]:
    """A design's layers for the live preview to go on from."""
    return [
        {
            "garment": str(layer.garment_id or "all"),
            "print": print_data(layer.pattern),
            "scale": layer.scale,
            "rotation": layer.rotation,
            "offset": [layer.offset_x, layer.offset_y],
        }
        for layer in design.layers.select_related("pattern__version__category")
    ]


def print_data(pattern: Pattern) -> dict[str, Any]:
    """What the live preview needs of a print."""
    return {
        "id": str(pattern.pk),
        "url": files.own_url(pattern.image_key, pattern),
        "name": f"{pattern.category} · {pattern.recipe}",
        "first_cm": pattern.first_repeat_cm,
    }


def mixable_of(prints: list[dict[str, Any]], pattern: Pattern | None) -> list[dict[str, Any]]:
    """The cards of the wall that can be mixed with a print: drawn, and by the same generator."""
    return [
        card
        for card in prints
        if pattern
        and not pattern.version.draws_single_pictures
        and card["url"]
        and card["pattern"] != pattern
        and card["pattern"].version_id == pattern.version_id
    ]


def arriving_of(prints: list[dict[str, Any]]) -> dict[str, int]:
    """How far the prints are that were asked for together with those still being drawn."""
    waiting = [card["pattern"].created_at for card in prints if card["job"] and card["job"].is_active]
    batch = [card for card in prints if card["pattern"].created_at in set(waiting)]
    return {"waiting": len(waiting), "total": len(batch), "done": len(batch) - len(waiting)}


def chosen(request: HttpRequest, name: str, get: Callable[[str], Any]) -> Any:
    value = request.GET.get(name)
    return get(value) if value else None
