"""From designs to swatches on disk."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from training.composed.drawing import Motif, Tile, render
from training.composed.icons import MotifError, read_icons
from training.composed.prints_argyle import argyle_tile
from training.composed.prints_cartoon import FIGURES_BY_THEME, cartoon_tile
from training.composed.prints_checkered import checkered_tile
from training.composed.prints_dotted import dotted_tile
from training.composed.prints_floral import floral_tile
from training.composed.prints_herringbone import herringbone_tile
from training.composed.prints_houndstooth import houndstooth_tile
from training.composed.prints_leaves import leaf_tile
from training.composed.prints_paisley import paisley_tile
from training.composed.prints_solid import solid_tile
from training.composed.prints_striped import striped_tile
from training.composed.prints_tartan import tartan_tile
from training.composed.prints_zebra import zebra_tile
from training.composed.prints_zigzag import zigzag_tile
from training.swatches import SWATCH, CutRule, Swatch, flaw_of, write_swatches

TRIES = 4
"""Cuts out of one tile before the design is given up."""

CATEGORIES: dict[str, Callable[[np.random.Generator, Sequence[Motif]], Tile]] = {
    "floral": lambda random, _: floral_tile(random),
    "leaves": lambda random, _: leaf_tile(random),
    "cartoon": cartoon_tile,
    "dotted": lambda random, _: dotted_tile(random),
    "checkered": lambda random, _: checkered_tile(random),
    "argyle": lambda random, _: argyle_tile(random),
    "herringbone": lambda random, _: herringbone_tile(random),
    "houndstooth": lambda random, _: houndstooth_tile(random),
    "paisley": lambda random, _: paisley_tile(random),
    "solid": lambda random, _: solid_tile(random),
    "striped": lambda random, _: striped_tile(random),
    "tartan": lambda random, _: tartan_tile(random),
    "zebra": lambda random, _: zebra_tile(random),
    "zigzag": lambda random, _: zigzag_tile(random),
}


@dataclass(frozen=True)
class ComposedSwatch(Swatch):
    """A row of the manifest with what was composed.

    Attributes:
        source: Sources of all motifs on the tile, comma-separated: "own drawing" or package:icon.
        licence: Licences of these sources, comma-separated.
        design: Look, motifs, palette and repeat, in words.
        number: Of the design; with the category and the seed it gives the same tile again.
    """

    design: str
    number: int


def design_tile(
    category: str, *, seed: int, number: int, icons: Sequence[Motif] = ()
) -> tuple[Tile, np.random.Generator]:
    """Design tile `number` of a category, with the random stream as the design left it.

    Raises:
        ValueError: The category is not one of CATEGORIES.
    """
    if category not in CATEGORIES:
        raise ValueError(f"expected a category of {', '.join(CATEGORIES)}, got {category!r}")
    random = np.random.default_rng([seed, number, *category.encode()])
    return CATEGORIES[category](random, icons), random


def icons_for(category: str, folder: Path | None) -> list[Motif]:
    """Read the icons that a category's designs can use.

    Raises:
        MotifError: The folder cannot be used, or the category takes none.
    """
    if folder is None:
        return []
    if category != "cartoon":
        raise MotifError(f"{category} is drawn without icons: leave --motifs out")
    return read_icons(folder, {name for names in FIGURES_BY_THEME.values() for name in names})


def swatches_of(
    category: str, *, count: int, seed: int, icons: Sequence[Motif] = (), strict: bool = False
) -> Iterator[tuple[np.ndarray, ComposedSwatch]]:
    """Yield `count` pairs of a swatch (SWATCH, SWATCH, 3) uint8 and its row, one from every design that has no flaw.

    A design is given up when `flaw_of` finds a flaw in TRIES cuts: nearly always one motif alone on a plain ground.

    Args:
        strict: Leave out tossed designs and the grain of cloth, which a generator without local noise cannot draw: its
            discriminator would tell its prints by them.
    """
    kept = 0
    for number in itertools.count():
        if kept == count:
            return
        tile, random = design_tile(category, seed=seed, number=number, icons=icons)
        if strict and tile.tossed:
            continue
        picture = render(replace(tile, cloth=None) if strict else tile)
        for _ in range(TRIES):
            left, top = int(random.integers(tile.width)), int(random.integers(tile.height))
            swatch = np.ascontiguousarray(np.roll(picture, (-top, -left), axis=(0, 1))[:SWATCH, :SWATCH])
            if flaw_of(swatch, CutRule(plain=tile.plain)):
                continue
            motifs = tile.motifs()
            yield (
                swatch,
                ComposedSwatch(
                    file=f"composed-{kept:05d}.png",
                    source=", ".join(sorted({motif.source for motif in motifs})),
                    left=left,
                    top=top,
                    side=SWATCH,
                    sha256=hashlib.sha256(swatch.tobytes()).hexdigest(),
                    licence=", ".join(sorted({motif.licence for motif in motifs})),
                    design=tile.name,
                    number=number,
                ),
            )
            kept += 1
            break


def compose_swatches(
    *, category: str, output: Path, count: int = 1500, seed: int = 0, motifs: Path | None = None
) -> list[Swatch]:
    """Compose the swatches of one category into `output`, with manifest.json and a 4 x 4 grid of them beside it.

    Args:
        category: One of CATEGORIES.
        output: Folder to write; made when missing.
        motifs: Folder of unpacked icon packages; without it every motif is our own.

    Raises:
        MotifError: `motifs` cannot be used.
        ValueError: The category is unknown.
    """
    composed = list(swatches_of(category, count=count, seed=seed, icons=icons_for(category, motifs)))
    return write_swatches(composed, output, np.random.default_rng(seed))
