"""Rows as the API describes them. Those of `selectors.listing` need no further query."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from webapp import selectors
from webapp.api.requests import owner_of
from webapp.models import REPEAT_CM, Design, Garment, Job, Pattern, Photo, Share
from webapp.views.common import catch_up

Described = dict[str, Any]


def address(request: HttpRequest, name: str, *args: Any) -> str:
    return request.build_absolute_uri(reverse(f"api:{name}", args=args))


def job_out(job: Job) -> Described:
    return {
        "id": job.pk,
        "kind": job.kind,
        "state": job.state,
        "progress": job.progress,
        "place": job.place if hasattr(job, "place") else selectors.queue_position(job=job),
        "error": job.problem,
        "attempts": job.attempts,
        "queued_at": job.queued_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "pattern": job.pattern_id,
        "photo": job.photo_id,
        "design": job.design_id,
    }


def pattern_out(request: HttpRequest, pattern: Pattern) -> Described:
    job = _newest_job(pattern)
    catch_up(pattern, job if not pattern.is_ready else None)
    return {
        **_recipe(pattern.category.slug, pattern.version.number, pattern.seed, pattern.size, pattern.latent),
        "id": pattern.pk,
        "ready": pattern.is_ready,
        "image": address(request, "download_pattern", pattern.pk) if pattern.is_ready else None,
        "colours": pattern.colours,
        "favourite": pattern.is_favourite,
        "hidden": pattern.is_hidden,
        "created_at": pattern.created_at,
        "job": job_out(job) if job else None,
    }


def print_file_out(request: HttpRequest, job: Job) -> Described:
    ready = job.state == Job.State.SUCCEEDED
    return {
        "id": job.pk,
        "pattern": job.pattern_id,
        "repeat": job.params["repeat"],
        "tile_cm": job.params["tile_cm"],
        "dpi": job.params["dpi"],
        "format": job.params["extension"],
        "ready": ready,
        "file": address(request, "download_print_file", job.pk) if ready else None,
        "job": job_out(job),
    }


def garment_out(request: HttpRequest, garment: Garment) -> Described:
    return {
        "id": garment.pk,
        "label": garment.label,
        "name": str(garment),
        "area": garment.area,
        "confidence": garment.confidence,
        "box": garment.box,
        "mask": address(request, "download_garment_mask", garment.photo_id, garment.pk),
    }


def photo_out(request: HttpRequest, photo: Photo) -> Described:
    job = _newest_job(photo)
    if not photo.clothing_mask_key and job is not None and job.state == Job.State.SUCCEEDED:
        # The search ended after the photo was read, with its garments.
        photo = selectors.listing.pick(selectors.listing.photos_of(owner=owner_of(request)), photo.pk)
    ready = bool(photo.clothing_mask_key)
    return {
        "id": photo.pk,
        "name": photo.original_name,
        "stock": photo.stock_slug,
        "width": photo.width,
        "height": photo.height,
        "cm_per_px": photo.cm_per_px,
        "image": address(request, "download_photo", photo.pk),
        "ready": ready,
        "mask": address(request, "download_photo_mask", photo.pk) if ready else None,
        "garments": [garment_out(request, garment) for garment in photo.garments.all()],
        "created_at": photo.created_at,
        "job": job_out(job) if job else None,
    }


def design_out(request: HttpRequest, design: Design) -> Described:
    job = _newest_job(design)
    catch_up(design, job if not design.is_ready else None)
    rows = {layer.position: layer for layer in design.layers.all()}
    share = next(iter(design.live_shares), None)
    return {
        "id": design.pk,
        "photo": design.photo_id,
        "layers": [_layer_out(layer, rows.get(i)) for i, layer in enumerate(design.parameters.get("layers", ()))],
        "ready": design.is_ready,
        "image": address(request, "download_design", design.pk) if design.is_ready else None,
        "share": share_out(request, share) if share else None,
        "favourite": design.is_favourite,
        "hidden": design.is_hidden,
        "created_at": design.created_at,
        "job": job_out(job) if job else None,
    }


def share_out(request: HttpRequest, share: Share) -> Described:
    url = request.build_absolute_uri(reverse("shared", args=[share.token]))
    return {"url": url, "created_at": share.created_at}


def _layer_out(asked: Described, row: Any) -> Described:
    """A layer as it was asked for, and what is left of its pattern and garment."""
    return {
        **_recipe(asked["category"], asked["version"], asked["seed"], asked["size"], asked.get("latent")),
        "pattern": row and row.pattern_id,
        "garment": row and row.garment_id,
        "label": asked["garment"],
        "repeat_cm": round(REPEAT_CM * asked["scale"], 2),
        "rotation": asked["rotation"],
        "offset_x": asked["offset_x"],
        "offset_y": asked["offset_y"],
    }


def _recipe(category: str, version: int, seed: int, size: int, latent: Described | None) -> Described:
    latent = latent or {}
    return {
        "category": category,
        "version": version,
        "seed": seed,
        "size": size,
        "mixes": [{"seed": other, "share": share} for other, share in latent.get("mixes", ())],
        "palette": latent.get("palette", []),
    }


def _newest_job(row: Pattern | Photo | Design) -> Job | None:
    return next(iter(row.own_jobs), None)
