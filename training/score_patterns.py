"""Scores of one category: what swatches are to each other, measured once, and what prints are to the swatches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from generator import LoadedGenerator, sample_tile
from generator.looks import spectral_order
from generator.sampling import STEP, fineness_of
from training.config import PATCH, TrainingError
from training.features import distances, features_of
from training.metrics import (
    band_contrast,
    basic_seam,
    between_photos,
    density_and_coverage,
    frechet_distance,
    kernel_distance,
    seam_ratio,
    wrap_line,
)
from training.swatch_sets import SwatchSet

TILE = 192
"""Side in pixels of the tiles that patches are cut from."""

PATCHES_PER_TILE = 4
LEAST_PATCHES = 16

COPY_PERCENTILE = 1
"""A patch nearer to a training swatch than all but this percentage of real patches are to another photo is a copy.
Cloth itself, judged so, has 1 % of copies."""


@dataclass(frozen=True)
class RealPatches:
    """Features (N, 320) of real patches, the photo of each (N,), and their spectral order (N,)."""

    features: np.ndarray
    photos: np.ndarray
    order: np.ndarray


@dataclass(frozen=True)
class Reference:
    """Swatches of a category, measured once for all generators that are scored against them.

    Attributes:
        targets: What prints are compared with: the held-out swatches, or each of two halves where none were held out.
        trained: Features (N, 320) of patches of the swatches that training saw, in which copies are looked for.
        pictures: The swatches of the targets, whole, (N, S, S, 3) uint8.
        figures: What was compared, and how near real swatches come to those of other photos.
        count: Patches on each side of a comparison.
        copy_distance: Nearer than this to a training patch is a copy.
        nearest: Median distance from a training patch to the nearest of another photo.
    """

    targets: tuple[RealPatches, ...]
    trained: np.ndarray
    pictures: np.ndarray
    figures: dict[str, Any]
    count: int
    copy_distance: float
    nearest: float


def random_patches(pictures: np.ndarray, count: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Cut `count` patches of 64 px anywhere from pictures (N, S, S, 3), as many of each as of any other.

    Returns:
        The patches (count, 64, 64, 3) and the index (count,) of the picture that each is from.
    """
    side = pictures.shape[1] - PATCH + 1
    chosen = np.resize(random.permutation(len(pictures)), count)
    places = random.integers(side, size=(count, 2))
    patches = [
        pictures[index, top : top + PATCH, left : left + PATCH]
        for index, (top, left) in zip(chosen, places, strict=True)
    ]
    return np.stack(patches), chosen


def measure_swatches(swatches: SwatchSet, *, held_out: SwatchSet | None = None, count: int = 512) -> Reference:
    """Measure swatches against each other: the floor of every distance, and what counts as a copy.

    The floor compares photos with other photos: training's with held-out ones, or two halves of training's.

    Args:
        swatches: What the generators were trained on.
        held_out: Swatches of photos that were kept out of training.
        count: Patches on each side of a comparison.

    Raises:
        TrainingError: Too few patches asked for, or a photo on both sides.
    """
    if count < LEAST_PATCHES:
        raise TrainingError(f"{count} patches tell nothing: give --count {LEAST_PATCHES} or more")
    shared = set(swatches.photos) & set(held_out.photos) if held_out else set()
    if shared:
        raise TrainingError(
            f"{len(shared)} photos are both in the training and in the held-out swatches, such as {min(shared)}: "
            "split them by photo and train again"
        )
    random = np.random.default_rng(0)
    one, other = (
        _real_patches(side, count, random) for side in ((swatches, held_out) if held_out else swatches.split(random))
    )
    targets = (other,) if held_out else (one, other)
    trained = (one,) if held_out else (one, other)
    # Each target against the side that it is not.
    floor = _compared([(other if target is one else one).features for target in targets], targets)
    features = np.concatenate([side.features for side in trained])
    nearest = between_photos(features, np.concatenate([side.photos for side in trained])).min(1)
    return Reference(
        targets=targets,
        trained=features,
        pictures=(held_out or swatches).pictures,
        figures={
            "swatches": len(swatches),
            "photos": len(np.unique(swatches.photos)),
            "held_out": held_out is not None,
            "held_out_swatches": len(held_out) if held_out else 0,
            "patches": count,
            "frechet_floor": floor["frechet_distance"],
            "kernel_floor": floor["kernel_distance"],
            "density_real": floor["density"],
            "coverage_real": floor["coverage"],
        },
        count=count,
        copy_distance=float(np.percentile(nearest, COPY_PERCENTILE)),
        nearest=float(np.median(nearest)),
    )


def score_prints(
    loaded: LoadedGenerator,
    reference: Reference,
    *,
    seam_tiles: int = 512,
    on_step: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Compare prints with swatches; every figure is explained in training/README.md.

    Args:
        loaded: A spatial generator, whose patches are cut from tiles of 192 px, or a `dcgan`, each of whose 64 px
            pictures is a patch.
        reference: What `measure_swatches` returned.
        seam_tiles: Tiles drawn for each further way to repeat.
        on_step: Told what is measured next.
    """
    on_step("tiles")
    tiles = _drawn_tiles(loaded, reference.count)
    patches, _ = random_patches(tiles, reference.count, np.random.default_rng(1))
    on_step("features")
    made = features_of(patches)
    figures = _compared([made] * len(reference.targets), reference.targets)
    nearest = distances(made, reference.trained).min(1)
    on_step("copies")
    # Training sees swatches mirrored and turned, so a copy may lie any way round. The features know a picture mirrored
    # sideways, as ImageNet's networks are trained to, but not one upside down or on its side.
    turned = (patches[:, ::-1], patches.transpose(0, 2, 1, 3), patches.transpose(0, 2, 1, 3)[:, ::-1])
    any_way = np.minimum.reduce([nearest, *(distances(features_of(way), reference.trained).min(1) for way in turned)])
    real_order = np.median(np.concatenate([target.order for target in reference.targets]))
    on_step("lines")
    wrap, spread = wrap_line(tiles)
    on_step("seams")
    return {
        "steps": loaded.header.get("steps"),
        **figures,
        "copies": round(float((any_way < reference.copy_distance).mean()), 4),
        # Near 0 a print would be a copy; at 1 it is as far from the swatches as these are from other photos' ones.
        "nearest_swatch": round(float(np.median(nearest)) / max(reference.nearest, 1e-6), 3),
        "spectral_order": round(float(np.median(spectral_order(patches)) / max(real_order, 1e-6)), 3),
        "striping": {"wrap": round(wrap, 3), "wrap_spread": round(spread, 3), "bands": _bands(loaded, reference)},
        "seam_ratio": {
            "basic": round(basic_seam(tiles), 3),
            **({} if _is_vector(loaded) else _shifted_seams(loaded, seam_tiles)),
        },
    }


def _shifted_seams(loaded: LoadedGenerator, count: int) -> dict[str, float]:
    """The seam ratio of each repeat with shifted neighbours; a mirror has none, its edges meet themselves."""
    found = {}
    for repeat in ("half-drop", "half-brick"):
        drawn = [_drawn(loaded, seed, TILE, repeat) for seed in range(count)]
        found[repeat] = round(seam_ratio(drawn, half=TILE // 2), 3)
    return found


def excess_ratio(figures: dict[str, Any], baseline: dict[str, Any], floor: float) -> float | None:
    """Frechet distance above the floor, over the baseline's; None where the baseline reaches the floor."""
    excess = baseline["frechet_distance"] - floor
    return round((figures["frechet_distance"] - floor) / excess, 3) if excess > 0 else None


def _real_patches(swatches: SwatchSet, count: int, random: np.random.Generator) -> RealPatches:
    patches, chosen = random_patches(swatches.pictures, count, random)
    return RealPatches(features_of(patches), swatches.photos[chosen], spectral_order(patches))


def _compared(made: list[np.ndarray], targets: tuple[RealPatches, ...]) -> dict[str, float]:
    """Figures of each of `made` against its target, their mean. All sides have equally many patches."""
    rows = [
        (
            frechet_distance(features, target.features),
            kernel_distance(features, target.features),
            *density_and_coverage(features, target.features, target.photos),
        )
        for features, target in zip(made, targets, strict=True)
    ]
    frechet, kernel, density, coverage = np.mean(rows, axis=0).tolist()
    return {
        "frechet_distance": round(frechet, 1),
        "kernel_distance": round(kernel, 4),
        "density": round(density, 3),
        "coverage": round(coverage, 3),
    }


def _bands(loaded: LoadedGenerator, reference: Reference) -> dict[str, float]:
    """Band contrast along rows and along columns, of tiles and of swatches of their size."""
    whole = reference.pictures.shape[1]
    side = PATCH if _is_vector(loaded) else min(whole // STEP * STEP, TILE)
    margin = (whole - side) // 2
    real = band_contrast(reference.pictures[:, margin : margin + side, margin : margin + side])
    made = band_contrast(np.stack([_drawn(loaded, seed, side) for seed in range(reference.count // PATCHES_PER_TILE)]))
    found = {"rows": made[0], "rows_real": real[0], "columns": made[1], "columns_real": real[1]}
    return {name: round(float(value), 3) for name, value in found.items()}


def _drawn_tiles(loaded: LoadedGenerator, count: int) -> np.ndarray:
    """Tiles enough for `count` patches, (N, S, S, 3) uint8."""
    if _is_vector(loaded):
        return np.stack([_drawn(loaded, seed, PATCH) for seed in range(count)])
    return np.stack([_drawn(loaded, seed, TILE) for seed in range(-(-count // PATCHES_PER_TILE))])


def _drawn(loaded: LoadedGenerator, seed: int, size: int, repeat: str = "basic") -> np.ndarray:
    """A tile of `size` pixels of the swatches: prints are compared at the scale of what they learned from."""
    fineness = fineness_of(loaded)
    tile = np.asarray(sample_tile(loaded, seed=seed, size=fineness * size, repeat=repeat))
    reduced = tile.shape[1] // fineness, tile.shape[0] // fineness
    return cv2.resize(tile, reduced, interpolation=cv2.INTER_AREA) if fineness > 1 else tile


def _is_vector(loaded: LoadedGenerator) -> bool:
    return loaded.architecture == "dcgan"
