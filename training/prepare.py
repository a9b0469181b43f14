"""Making the swatches of a category as its recipe says: cut from photos, in more colours, composed."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from generator import recolour
from segmentation import Segmenter
from training.composed import icons_for, swatches_of
from training.recipes import FINGER_CAMERA, LICENCES, RECIPES, Recipe
from training.swatches import Source, Swatch, cut_from_photos, write_swatches


def prepare_recipe(
    category: str,
    *,
    data: Path | None,
    motifs: Path | None = None,
    output: Path,
    load_segmenter: Callable[[], Segmenter],
    seed: int = 0,
) -> list[Swatch]:
    """Make the swatches of one of the project's categories, with manifest.json and a grid of them beside the folder.

    Args:
        category: One of RECIPES.
        data: Folder with the photos; not needed by categories that are composed only.
        motifs: Folder of icon packages for cartoon; without it all its motifs are our own drawings.
        output: Folder to write; made when missing.
        load_segmenter: Gives the garment network; called when there are product photos.

    Raises:
        ValueError: A folder of photos is missing.
    """
    recipe = RECIPES[category]
    random = np.random.default_rng(seed)
    cut = cut_from_photos(_sources(recipe, data), rule=recipe.rule, load_segmenter=load_segmenter, random=random)
    found = [copy for one in cut for copy in (one, *_recoloured(*one, recipe.recolourings, random))]
    if recipe.composed:
        icons = icons_for(category, motifs if category == "cartoon" else None)
        found += swatches_of(category, count=recipe.composed, seed=seed, icons=icons, strict=recipe.strict)
    return write_swatches(found, output, random)


def _sources(recipe: Recipe, data: Path | None) -> list[Source]:
    sources = []
    for name in recipe.photos:
        publisher = name.split("/")[0]
        folder = (data or Path()) / name
        if data is None or not folder.is_dir():
            raise ValueError(f"no folder {folder}: give --data with {name} in it")
        sources.append(Source(folder, close_up=publisher == FINGER_CAMERA, licence=LICENCES[publisher]))
    return sources


def _recoloured(
    cut: np.ndarray, row: Swatch, copies: int, random: np.random.Generator
) -> list[tuple[np.ndarray, Swatch]]:
    """The same cloth dyed otherwise: its weave and its light stay, its colour is drawn from all hues."""
    found = []
    for copy in range(copies):
        # Half of all cloth is sold in greys, navies and beiges: saturation is drawn low more often than high.
        hue, saturation = random.uniform(0, 180), 255 * random.uniform(0, 1) ** 1.5
        value = random.uniform(60, 245)
        colour = cv2.cvtColor(np.array([[[hue, saturation, value]]], np.uint8), cv2.COLOR_HSV2RGB)[0, 0]
        name = "#" + "".join(f"{channel:02x}" for channel in colour)
        picture = np.asarray(recolour(Image.fromarray(cut), [name]))
        dyed = dataclasses.replace(
            row,
            file=row.file.replace(".png", f"-{copy:02d}.png"),
            source=f"{row.source}, dyed {name}",
            sha256=hashlib.sha256(picture.tobytes()).hexdigest(),
        )
        found.append((picture, dyed))
    return found
