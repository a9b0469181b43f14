"""What the site says of itself: the figures of the networks it draws with, and what they learned from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from webapp.models import ModelVersion, SegmentationModel
from webapp.selectors.categories import published_categories
from webapp.site_setup import safetensors_metadata


@dataclass(frozen=True)
class Figures:
    """Of one category's generator, as its evaluation recorded them; None for what was not measured."""

    category: str
    distance: float | None
    floor: float | None
    coverage: float | None
    coverage_real: float | None
    is_held_out: bool
    """Compared with photos that the network had not seen while it trained."""


def figures() -> list[Figures]:
    """One entry per category on the site, in the site's order."""
    return [_figures(version) for version in _versions()]


def data_sources() -> list[tuple[str, list[str]]]:
    """Each source of training images with its licence, and the categories whose prints learned from it."""
    found: dict[str, list[str]] = {}
    for version in _versions():
        start = version.header.get("started_from")
        sources = _texts(version.header) + (_texts(start) if isinstance(start, dict) else [])
        for source in dict.fromkeys(sources):
            found.setdefault(source, []).append(version.category.name)
    return list(found.items())


def finder() -> dict[str, Any]:
    """What the header of the network that finds garments records; empty where its file does not come with the site."""
    chosen = SegmentationModel.objects.filter(is_active=True).first()
    name = chosen.name if chosen else settings.AIFASHION_SEGMENTER
    path = Path(settings.BASE_DIR) / "segmentation" / "weights" / f"{name}.safetensors"
    if not path.is_file():
        return {}
    header = safetensors_metadata(path).get("aifashion", {})
    return {"sources": header.get("data_sources", []), **header.get("metrics", {}).get("held_out_at_photo_size", {})}


def _versions() -> list[ModelVersion]:
    active = ModelVersion.objects.filter(is_active=True, category__in=published_categories())
    return list(active.select_related("category").order_by("category__position", "category__name"))


def _figures(version: ModelVersion) -> Figures:
    def figure(name: str) -> float | None:
        value = version.metrics.get(name)
        return float(value) if isinstance(value, (int, float)) else None

    return Figures(
        category=version.category.name,
        distance=figure("frechet_distance"),
        floor=figure("frechet_floor"),
        coverage=figure("coverage"),
        coverage_real=figure("coverage_real"),
        is_held_out=bool(version.metrics.get("held_out")),
    )


def _texts(header: dict[str, Any]) -> list[str]:
    sources = header.get("sources")
    return [source for source in sources if isinstance(source, str)] if isinstance(sources, list) else []
