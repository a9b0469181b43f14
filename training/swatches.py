"""From photos to swatches: squares of plain fabric, seen straight on, that a generator can learn from.

Two kinds of source are read. Close-ups (a fingertip camera on worn fabric) are dark, blue and vignetted: the cast and
the fall-off are divided out. Product photos show whole garments on a plain ground: the ground is found by its colour,
skin by its hue, and squares are taken from well inside what is left.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps

SWATCH = 96
"""Side in pixels of a stored swatch: half as much again as a training patch, so that patches vary in place."""

PICTURES = {".jpg", ".jpeg", ".png", ".webp"}


@dataclass(frozen=True)
class Swatch:
    """One row of the manifest: where a swatch came from and what was cut."""

    file: str
    source: str
    left: int
    top: int
    side: int
    sha256: str


def read_rgb(path: Path) -> np.ndarray:
    """Read a picture as (H, W, 3) uint8, turned as its EXIF says."""
    with Image.open(path) as picture:
        return np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))


def flatten_close_up(picture: np.ndarray, cast: np.ndarray) -> np.ndarray:
    """Remove the camera's cast and vignetting, and stretch to a natural exposure.

    Args:
        picture: (H, W, 3) uint8.
        cast: (3,), the mean colour of all close-ups of this camera, taken for grey (grey-world, Buchsbaum 1980).
    """
    linear = (picture / 255.0) ** 2.2
    linear = linear / (cast / cast.mean())
    light = cv2.GaussianBlur(linear.mean(axis=2), (0, 0), sigmaX=min(picture.shape[:2]) / 3)
    linear = linear / np.maximum(light, 1e-3)[..., None] * np.median(light)
    white = np.quantile(linear, 0.98)
    return (np.clip(linear / max(white, 1e-3) * 0.9, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)


def fabric_of_product_photo(picture: np.ndarray) -> np.ndarray:
    """Find what is neither ground nor skin on a product photo: a mask (H, W) of bool, eroded from every edge."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(np.float32)
    height, width = lab.shape[:2]
    rim = np.concatenate([lab[:4].reshape(-1, 3), lab[:, :4].reshape(-1, 3), lab[:, -4:].reshape(-1, 3)])
    ground = np.median(rim, axis=0)
    if np.quantile(np.linalg.norm(rim - ground, axis=1), 0.7) > 12:
        return np.zeros((height, width), bool)  # not a plain ground: what is fabric cannot be told by colour
    figure = np.linalg.norm(lab - ground, axis=2) > 14
    # A pale print on white has holes where its own white shows: closing them keeps the fabric in one piece.
    side = max(3, min(height, width) // 40)
    gap = cv2.morphologyEx((~figure).astype(np.uint8), cv2.MORPH_OPEN, np.ones((side + 2,) * 2, np.uint8))
    figure = cv2.morphologyEx(figure.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((side * 2 + 1,) * 2, np.uint8))
    ycrcb = cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb)
    smooth = cv2.GaussianBlur(ycrcb, (0, 0), 3)
    skin = (smooth[..., 1] > 138) & (smooth[..., 1] < 173) & (smooth[..., 2] > 90) & (smooth[..., 2] < 125)
    texture = cv2.GaussianBlur(np.abs(cv2.Laplacian(ycrcb[..., 0], cv2.CV_32F)), (0, 0), 5)
    figure[(gap > 0) | (skin & (texture < 9))] = 0
    rows = np.nonzero(figure.any(axis=1))[0]
    if rows.size:
        # Head, trousers and shoes of whoever wears it: the upper-body garments of the source end above two thirds.
        top, bottom = rows[0], rows[-1]
        figure[: top + int(0.12 * (bottom - top))] = 0
        figure[top + int(0.68 * (bottom - top)) :] = 0
    return cv2.erode(figure, np.ones((side,) * 2, np.uint8)).astype(bool)


def straighten_stripes(patch: np.ndarray) -> tuple[np.ndarray, float]:
    """Turn a patch until its dominant lines stand upright; also say how line-like it is, 0 to 1.

    The angle and the coherence come from the structure tensor (Bigun and Granlund 1987) of the luminance.
    """
    grey = cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY).astype(np.float32)
    dx, dy = (
        cv2.Sobel(cv2.GaussianBlur(grey, (0, 0), 2), cv2.CV_32F, 1, 0),
        cv2.Sobel(cv2.GaussianBlur(grey, (0, 0), 2), cv2.CV_32F, 0, 1),
    )
    xx, yy, xy = float((dx * dx).mean()), float((dy * dy).mean()), float((dx * dy).mean())
    coherence = float(np.hypot(xx - yy, 2 * xy) / max(xx + yy, 1e-6))
    angle = np.degrees(0.5 * np.arctan2(2 * xy, xx - yy))
    height, width = grey.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    return cv2.warpAffine(patch, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT), coherence


def cut_swatches(
    picture: np.ndarray,
    fabric: np.ndarray,
    *,
    sides: tuple[int, int],
    most: int,
    random: np.random.Generator,
    upright: bool = False,
) -> Iterator[tuple[np.ndarray, int, int, int]]:
    """Cut up to `most` squares that lie on fabric, yielding (swatch, left, top, side) with swatches of SWATCH pixels.

    A square is refused when under 97 % of it is fabric, or when `flaw_of` finds one in it.
    """
    inside = cv2.integral(fabric.astype(np.uint8))
    height, width = fabric.shape
    rows, columns = np.nonzero(fabric)
    if rows.size == 0:
        return
    taken: list[tuple[int, int, int]] = []
    for _ in range(120):
        if len(taken) == most:
            return
        side = int(random.integers(sides[0], sides[1] + 1))
        margin = int(side * 0.25) if upright else 0
        span = side + 2 * margin
        pick = int(random.integers(rows.size))
        top, left = int(rows[pick]) - span // 2, int(columns[pick]) - span // 2
        if top < 0 or left < 0 or top + span > height or left + span > width:
            continue
        covered = (
            inside[top + span, left + span] - inside[top, left + span] - inside[top + span, left] + inside[top, left]
        )
        near = any(max(abs(top - t), abs(left - lf)) < max(side, s) * 0.6 for t, lf, s in taken)
        if covered < 0.97 * span * span or near:
            continue
        square = picture[top : top + span, left : left + span]
        if upright:
            square, _ = straighten_stripes(square)
            square = square[margin : margin + side, margin : margin + side]
        swatch = cv2.resize(
            square, (SWATCH, SWATCH), interpolation=cv2.INTER_AREA if side > SWATCH else cv2.INTER_CUBIC
        )
        if flaw_of(swatch, upright=upright):
            continue
        taken.append((top, left, side))
        yield swatch, left, top, side


def flaw_of(swatch: np.ndarray, *, upright: bool = False) -> str | None:
    """Say why a swatch (H, W, 3) is no good for training, or None when it is.

    The rule: it has contrast (standard deviation of luminance of 12 of 255 or more) and detail; its four quarters are
    alike in detail, brightness and colour, as one print is and an edge, a collar or a fold is not. Stripes must besides
    be straight, columns explaining 75 % of the variance, and repeat at least twice; any other print must have motifs in
    each quarter (mean absolute Laplacian of 9 or more), which a plain sleeve has not.
    """
    grey = cv2.cvtColor(swatch, cv2.COLOR_RGB2GRAY).astype(np.float32)
    if grey.std() < 12:
        return "flat"
    detail = np.abs(cv2.Laplacian(grey, cv2.CV_32F))
    if detail.mean() < 4:
        return "blurred"
    half = SWATCH // 2
    quarters = [np.s_[:half, :half], np.s_[:half, half:], np.s_[half:, :half], np.s_[half:, half:]]
    details = [detail[quarter].mean() for quarter in quarters]
    levels = [grey[quarter].mean() for quarter in quarters]
    if min(details) < 0.45 * max(details) or max(levels) - min(levels) > (110 if upright else 55):
        return "uneven"
    lab = cv2.cvtColor(swatch, cv2.COLOR_RGB2LAB).astype(np.float32)
    colours = np.stack([lab[quarter].reshape(-1, 3).mean(axis=0) for quarter in quarters])
    if np.linalg.norm(colours[:, None] - colours, axis=2).max() > (110 if upright else 40):
        return "uneven"
    if not upright and min(details) < 9:
        return "plain"
    if upright:
        profile = grey.mean(axis=0)
        if profile.var() < 0.75 * grey.var():
            return "lines not straight"
        middle = (np.quantile(profile, 0.05) + np.quantile(profile, 0.95)) / 2
        if np.count_nonzero(np.diff(np.sign(profile - middle))) < 4:
            return "fewer than two repeats"
    return None


def prepare_swatches(
    *,
    close_ups: list[Path],
    product_photos: list[Path],
    output: Path,
    most_per_photo: int = 4,
    upright: bool = False,
    close_up_sides: tuple[int, int] = (200, 330),
    product_sides: tuple[int, int] = (72, 120),
    seed: int = 0,
) -> list[Swatch]:
    """Cut the swatches of one category into `output`, with manifest.json and a 4 x 4 grid of them beside it.

    Args:
        close_ups: Folders of close-ups of fabric.
        product_photos: Folders of photos of garments on a plain ground.
        output: Folder to write; made when missing.
        upright: Turn every swatch until its lines stand upright, and refuse those without clear lines.
        close_up_sides, product_sides: Range in source pixels of the side of a square: two to four repeats of a motif.
    """
    output.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    manifest: list[Swatch] = []
    pictures: list[np.ndarray] = []

    def keep(source: Path, picture: np.ndarray, fabric: np.ndarray, sides: tuple[int, int]) -> None:
        for swatch, left, top, side in cut_swatches(
            picture, fabric, sides=sides, most=most_per_photo, random=random, upright=upright
        ):
            name = f"{len(manifest):05d}.png"
            Image.fromarray(swatch).save(output / name)
            digest = hashlib.sha256(swatch.tobytes()).hexdigest()
            manifest.append(Swatch(name, f"{source.parent.name}/{source.name}", left, top, side, digest))
            pictures.append(swatch)

    files = [path for folder in close_ups for path in _pictures(folder)]
    if files:
        cast = np.mean([((read_rgb(path) / 255.0) ** 2.2).mean(axis=(0, 1)) for path in files], axis=0)
        for path in files:
            picture = flatten_close_up(read_rgb(path), cast)
            fabric = np.zeros(picture.shape[:2], bool)
            edge = min(fabric.shape) // 16
            fabric[edge:-edge, edge:-edge] = True
            keep(path, picture, fabric, close_up_sides)
    for folder in product_photos:
        for path in _pictures(folder):
            picture = read_rgb(path)
            keep(path, picture, fabric_of_product_photo(picture), product_sides)
    (output / "manifest.json").write_text(json.dumps([asdict(row) for row in manifest], indent=1))
    if pictures:
        chosen = [pictures[i] for i in random.permutation(len(pictures))[:16]]
        Image.fromarray(np.uint8(grid_of(chosen, columns=4))).save(output.parent / f"{output.name}-grid.png")
    return manifest


def grid_of(pictures: list[np.ndarray], *, columns: int) -> np.ndarray:
    """Lay equal pictures (H, W, 3) out in rows on white, two pixels apart."""
    height, width, _ = pictures[0].shape
    rows = -(-len(pictures) // columns)
    sheet = np.full((rows * (height + 2), columns * (width + 2), 3), 255, np.uint8)
    for index, picture in enumerate(pictures):
        top, left = index // columns * (height + 2), index % columns * (width + 2)
        sheet[top : top + height, left : left + width] = picture
    return sheet


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES)
