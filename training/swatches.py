"""From photos to swatches: squares of plain fabric, seen straight on, that a generator can learn from.

`fabric` finds where on a photo fabric lies and how large its print is; here squares are cut from it, those with a flaw
refused, and the most even ones of a category kept, with a manifest that says where each came from.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from segmentation import Segmenter
from training.config import TrainingError
from training.fabric import (
    MOTIF,
    different_photos,
    fabric_of_product_photo,
    flatten_close_up,
    mean_light,
    motif_wavelength,
    read_rgb,
    straighten_checks,
    straighten_stripes,
)
from training.features import distances, features_of

SWATCH = 96
"""Side in pixels of a stored swatch: half as much again as a training patch, so that patches vary in place."""

MOST_SHADE = 6.0
"""How much the brightness of plain cloth may change from one quarter of a swatch to another, of 255: more is a fold, or
the light."""

MANIFEST = "manifest.json"
"""Name of the file in a folder of swatches that says of each where it came from."""

PICTURES = {".jpg", ".jpeg", ".png", ".webp"}


@dataclass(frozen=True)
class Swatch:
    """One row of the manifest: where a swatch came from, under which licence, and what was cut."""

    file: str
    source: str
    licence: str
    left: int
    top: int
    side: int
    sha256: str


@dataclass(frozen=True)
class Source:
    """A folder of photos of one class.

    Attributes:
        folder: Where the photos are.
        close_up: Fingertip-camera photos that show nothing but fabric, instead of product photos.
        licence: As the publisher states it; copied into the manifest.
    """

    folder: Path
    close_up: bool = False
    licence: str = "not stated"


@dataclass(frozen=True)
class CutRule:
    """What to cut from the photos of a category.

    Attributes:
        lines: 0 leaves swatches as they lie; 1 turns stripes upright; 2 turns checks upright.
        plain: Solid cloth: little contrast is right, and a print is the flaw.
        side_range: Least and largest side of a square in product photos' pixels. Between them the side follows the
            print's own scale, so that a patch holds two to four motifs.
        close_up_side_range: The same for close-ups, where any side between the two is drawn.
        most_per_photo: Squares kept of one photo at the most.
        kept_share: Share of a category's squares that is kept, the most even ones.
        typical_share: Share of these that is kept, the ones nearest to squares of other photos of the category.
    """

    lines: int = 0
    plain: bool = False
    side_range: tuple[int, int] = (72, 190)
    close_up_side_range: tuple[int, int] = (200, 330)
    most_per_photo: int = 8
    kept_share: float = 0.55
    typical_share: float = 0.75


def cut_swatches(
    picture: np.ndarray, fabric: np.ndarray, *, sides: tuple[int, int], rule: CutRule, random: np.random.Generator
) -> Iterator[tuple[np.ndarray, int, int, int]]:
    """Cut squares that lie on fabric, yielding (swatch, left, top, side) with swatches of SWATCH pixels.

    A square is refused when under 97 % of it is fabric, or when `flaw_of` finds one in it.
    """
    inside = cv2.integral(fabric.astype(np.uint8))
    height, width = fabric.shape
    rows, columns = np.nonzero(fabric)
    if rows.size == 0:
        return
    taken: list[tuple[int, int, int]] = []
    for _ in range(160):
        if len(taken) == rule.most_per_photo:
            return
        side = int(random.integers(sides[0], sides[1] + 1))
        margin = int(side * 0.25) if rule.lines else 0
        span = side + 2 * margin
        pick = int(random.integers(rows.size))
        top, left = int(rows[pick]) - span // 2, int(columns[pick]) - span // 2
        if top < 0 or left < 0 or top + span > height or left + span > width:
            continue
        covered = (
            inside[top + span, left + span] - inside[top, left + span] - inside[top + span, left] + inside[top, left]
        )
        near = any(max(abs(top - t), abs(left - lf)) < max(side, s) * 0.5 for t, lf, s in taken)
        if covered < 0.97 * span * span or near:
            continue
        square = picture[top : top + span, left : left + span]
        if rule.lines:
            square = straighten_stripes(square) if rule.lines == 1 else straighten_checks(square)
            square = square[margin : margin + side, margin : margin + side]
        swatch = cv2.resize(
            square, (SWATCH, SWATCH), interpolation=cv2.INTER_AREA if side > SWATCH else cv2.INTER_CUBIC
        )
        if flaw_of(swatch, rule):
            continue
        taken.append((top, left, side))
        yield swatch, left, top, side


def flaw_of(swatch: np.ndarray, rule: CutRule = CutRule()) -> str | None:
    """Say why a swatch (H, W, 3) is no good for training, or None when it is.

    The rule: it has contrast (standard deviation of luminance of 12 of 255 or more) and detail, and each quarter has
    its share of it (45 % of the richest one's). Stripes must besides be straight, columns explaining 75 % of the
    variance, and repeat at least twice. Solid cloth is the other way about: a deviation of 20 or less, and the means
    of its quarters within MOST_SHADE.
    """
    grey = cv2.cvtColor(swatch, cv2.COLOR_RGB2GRAY).astype(np.float32)
    half = SWATCH // 2
    quarters = [np.s_[:half, :half], np.s_[:half, half:], np.s_[half:, :half], np.s_[half:, half:]]
    if rule.plain:
        levels = [grey[quarter].mean() for quarter in quarters]
        return "not plain" if grey.std() > 20 or max(levels) - min(levels) > MOST_SHADE else None
    if grey.std() < 12:
        return "flat"
    detail = np.abs(cv2.Laplacian(grey, cv2.CV_32F))
    if detail.mean() < 4:
        return "blurred"
    details = [detail[quarter].mean() for quarter in quarters]
    if min(details) < 0.45 * max(details):
        return "uneven"
    if rule.lines == 1:
        profile = grey.mean(axis=0)
        if profile.var() < 0.75 * grey.var():
            return "lines not straight"
        middle = (np.quantile(profile, 0.05) + np.quantile(profile, 0.95)) / 2
        if np.count_nonzero(np.diff(np.sign(profile - middle))) < 4:
            return "fewer than two repeats"
    return None


def unevenness(swatch: np.ndarray) -> float:
    """How much the parts of a swatch (H, W, 3) differ, 0 for none: collars, buttons, folds and edges stand out by it.

    Overlapping windows of a third of the side are described by their mean colour (Lab) and by their detail at three
    scales (mean absolute difference of Gaussians); the largest of the relative spreads counts. A print repeats, so its
    windows are alike as far as its motifs fit into them.
    """
    lab = cv2.cvtColor(swatch, cv2.COLOR_RGB2LAB).astype(np.float32)
    layers = [lab[..., 0] / 60, lab[..., 1] / 30, lab[..., 2] / 30]
    finer: np.ndarray = lab[..., 0]
    for sigma in (1.0, 2.0, 4.0):
        coarser = np.asarray(cv2.GaussianBlur(lab[..., 0], (0, 0), sigma))
        detail = np.abs(finer - coarser)
        layers.append(detail / (2 * max(float(detail.mean()), 1.0)))
        finer = coarser
    window, step = SWATCH // 3, SWATCH // 6
    means = np.array([cv2.blur(layer, (window, window))[step:-step:step, step:-step:step].ravel() for layer in layers])
    return float((means.max(axis=1) - means.min(axis=1)).max())


def cut_from_photos(
    sources: Sequence[Source],
    *,
    rule: CutRule,
    load_segmenter: Callable[[], Segmenter],
    random: np.random.Generator,
) -> list[tuple[np.ndarray, Swatch]]:
    """Cut the swatches of one category: each as (SWATCH, SWATCH, 3) uint8 and its row of the manifest.

    Args:
        sources: Folders of photos.
        rule: What to cut, to refuse and to keep.
        load_segmenter: Gives the garment network; called when there are product photos.
        random: Chooses which squares are tried.
    """
    found: list[tuple[np.ndarray, Swatch]] = []
    for source, path, picture, fabric, sides in _fabrics(sources, rule, load_segmenter):
        for swatch, left, top, side in cut_swatches(picture, fabric, sides=sides, rule=rule, random=random):
            row = Swatch(
                file=f"{len(found):05d}.png",
                source=f"{source.folder.parent.name}/{source.folder.name}/{path.name}",
                licence=source.licence,
                left=left,
                top=top,
                side=side,
                sha256=hashlib.sha256(swatch.tobytes()).hexdigest(),
            )
            found.append((swatch, row))
    found = _lowest(found, [unevenness(swatch) for swatch, _ in found], rule.kept_share)
    strange = strangeness([swatch for swatch, _ in found], [row.source for _, row in found])
    return _lowest(found, strange, rule.typical_share)


def strangeness(swatches: Sequence[np.ndarray], photos: Sequence[str], neighbours: int = 5) -> np.ndarray:
    """How unlike the others of its category each swatch is: its mean distance to the nearest swatches of other photos.

    Skin, plain linings and garments filed in the wrong class have no near relatives. The distance is that of ImageNet
    features.
    """
    if not swatches:
        return np.empty(0)
    features = features_of(np.stack(swatches))
    apart = distances(features, features)
    names = np.asarray(photos)
    apart[names[:, None] == names[None]] = np.inf
    nearest = np.sort(apart, axis=1)[:, :neighbours]
    nearest[~np.isfinite(nearest)] = 0  # fewer photos than neighbours: nothing can be said
    return nearest.mean(axis=1)


def _lowest(
    found: list[tuple[np.ndarray, Swatch]], scores: Sequence[float] | np.ndarray, share: float
) -> list[tuple[np.ndarray, Swatch]]:
    limit = np.quantile(scores, share) if len(found) else 0.0
    return [entry for entry, score in zip(found, scores, strict=True) if score <= limit]


def write_swatches(
    swatches: Iterable[tuple[np.ndarray, Swatch]], output: Path, random: np.random.Generator
) -> list[Swatch]:
    """Write swatches (H, W, 3), manifest.json, and beside the folder a 4 x 4 grid of swatches drawn at random.

    Each is written as it comes, so that an iterator's swatches need not fit into memory. The swatches that an earlier
    manifest of the folder names are taken away first, and while it is written the manifest names none: of two makings
    never a mixture is left, whenever one is broken off.
    """
    output.mkdir(parents=True, exist_ok=True)
    if (output / MANIFEST).exists():
        with contextlib.suppress(TrainingError):  # one that cannot be read names nothing
            for earlier in pictures_in(output):
                earlier.unlink()
    (output / MANIFEST).write_text("[]")
    rows = []
    for picture, row in swatches:
        Image.fromarray(picture).save(output / row.file)
        rows.append(row)
    part = output / "manifest.part"
    part.write_text(json.dumps([asdict(row) for row in rows], indent=1))
    part.replace(output / MANIFEST)
    if rows:
        chosen = [read_rgb(output / rows[i].file) for i in random.permutation(len(rows))[:16]]
        side = min(min(picture.shape[:2]) for picture in chosen)
        alike = [cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA) for picture in chosen]
        Image.fromarray(np.uint8(grid_of(alike, columns=4))).save(output.parent / f"{output.name}-grid.png")
    return rows


def pictures_in(folder: Path) -> list[Path]:
    """The pictures of a folder in the order of their names; where it has a manifest, those that this names.

    Raises:
        TrainingError: The manifest cannot be read.
    """
    paths = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in PICTURES]
    manifest = folder / MANIFEST
    if not manifest.exists():
        return paths
    try:
        named = {row["file"] for row in json.loads(manifest.read_text())}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise TrainingError(f"{manifest} is not a manifest of swatches, prepare them again: {error!r}") from error
    return [path for path in paths if path.name in named]


def grid_of(pictures: list[np.ndarray], *, columns: int) -> np.ndarray:
    """Lay equal pictures (H, W, 3) out in rows on white, two pixels apart."""
    height, width, _ = pictures[0].shape
    rows = -(-len(pictures) // columns)
    sheet = np.full((rows * (height + 2), columns * (width + 2), 3), 255, np.uint8)
    for index, picture in enumerate(pictures):
        top, left = index // columns * (height + 2), index % columns * (width + 2)
        sheet[top : top + height, left : left + width] = picture
    return sheet


def _fabrics(
    sources: Sequence[Source], rule: CutRule, load_segmenter: Callable[[], Segmenter]
) -> Iterator[tuple[Source, Path, np.ndarray, np.ndarray, tuple[int, int]]]:
    """Each photo with its fabric (H, W) bool and the range of sides to cut from it, in its own pixels."""
    segmenter = load_segmenter() if any(not source.close_up for source in sources) else None
    for source in sources:
        paths = different_photos(sorted(path for path in source.folder.iterdir() if path.suffix.lower() in PICTURES))
        cast = mean_light(paths) if source.close_up and paths else None
        for path in paths:
            picture = read_rgb(path)
            if cast is not None:
                picture = flatten_close_up(picture, cast)
                fabric = np.zeros(picture.shape[:2], bool)
                edge = min(fabric.shape) // 16
                fabric[edge:-edge, edge:-edge] = True
                yield source, path, picture, fabric, rule.close_up_side_range
            elif segmenter is not None:
                fabric = fabric_of_product_photo(picture, segmenter)
                if fabric.any():
                    yield source, path, picture, fabric, sides_for(motif_wavelength(picture, fabric), rule)


def sides_for(wavelength: float, rule: CutRule) -> tuple[int, int]:
    """The range of sides in photo pixels that brings a print of this wavelength to about MOTIF pixels in a swatch."""
    middle = float(np.clip(SWATCH * wavelength / MOTIF, *rule.side_range))
    return max(rule.side_range[0], round(middle * 0.85)), min(rule.side_range[1], round(middle * 1.2))
