"""Figures that tell generated prints from swatches: distances, diversity, order, seams and lines across the cloth.

Features are rows (N, D) float64, as `training.features` takes them; pictures are (N, H, W, 3) uint8.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from generator.looks import luminance
from generator.networks import CELL
from training.features import distances

NEIGHBOURS = 5
"""The k of density and coverage, the value that Naeem et al. (2020) recommend."""

FAINTEST_STEP = 0.5
"""Steps between the means of two lines, in levels of 255, under which nobody sees one: none counts as less."""

MOST_MOVED, LEAST_STRICT = 0.1, 0.25
"""Difference from itself half a tile on, in deviations, of a strict repeat; share of tiles that must be such ones."""


def frechet_distance(one: np.ndarray, other: np.ndarray) -> float:
    """Between two normal distributions fitted to features (N, D): ||m1 - m2||^2 + tr(S1 + S2 - 2 (S1 S2)^0.5).

    The FID of Heusel et al. (2017). It falls with N, so only distances between equally many features compare.
    """
    covariances = [np.cov(features, rowvar=False) for features in (one, other)]
    # The eigenvalues of the product of two covariances are real and not negative but for rounding.
    roots = np.sqrt(np.maximum(np.linalg.eigvals(covariances[0] @ covariances[1]).real, 0)).sum()
    apart = ((one.mean(0) - other.mean(0)) ** 2).sum()
    return float(apart + np.trace(covariances[0]) + np.trace(covariances[1]) - 2 * roots)


def kernel_distance(one: np.ndarray, other: np.ndarray) -> float:
    """The KID of Binkowski et al. (2018): unbiased squared maximum mean discrepancy, kernel (x . y / D + 1)^3."""

    def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return (a @ b.T / a.shape[1] + 1) ** 3

    within = sum((kernel(a, a).sum() - np.trace(kernel(a, a))) / (len(a) * (len(a) - 1)) for a in (one, other))
    return float(within - 2 * kernel(one, other).mean())


def between_photos(features: np.ndarray, photos: np.ndarray) -> np.ndarray:
    """Distances (N, N) between features; infinite within a photo, whose patches overlap (photos (N,): its name)."""
    apart = distances(features, features)
    apart[photos[:, None] == photos[None]] = np.inf
    return apart


def density_and_coverage(made: np.ndarray, real: np.ndarray, photos: np.ndarray) -> tuple[float, float]:
    """Fidelity and diversity by Naeem et al. (2020), "Reliable fidelity and diversity metrics for generative models".

    Around each real feature lies a ball that reaches to its fifth neighbour. Neighbours of the same photo do not count:
    patches of one swatch overlap, and their balls would hold nothing but each other.

    Args:
        made: Features (M, D) to judge.
        real: Features (N, D).
        photos: Photo of each real feature, (N,).

    Returns:
        density: Balls that a made feature lies in, on average, over 5: about 1 for draws of the same distribution,
            and more where made features keep to the middle of the real ones.
        coverage: Share of the balls, 0 to 1, that hold a made feature: low when samples are all alike.
    """
    radii = np.sort(between_photos(real, photos), axis=1)[:, min(NEIGHBOURS, len(real)) - 1]
    inside = distances(real, made) <= radii[:, None]
    return float(inside.sum() / (NEIGHBOURS * len(made))), float(inside.any(axis=1).mean())


def seam_ratio(tiles: Sequence[np.ndarray], *, half: int | None = None) -> float:
    """Mean absolute step across the wrap, divided by that across lines inside; the larger of both directions.

    The wrap falls on one phase of a print's waves, and a stripe has nearly all of its steps at its two edges. Against
    lines of all phases the ratio of 32 striped tiles that close exactly has a standard error of 0.18.

    Args:
        tiles: Each (H, W, 3).
        half: Half the side of the tiles that `tiles` are put together from, where an even number of waves fits into
            each: the lines at half of a tile have the wrap's phase, and are compared with. None takes all lines between
            cells.
    """
    ratios = []
    for axis in (0, 1):
        inside, wrap = [], []
        for tile in tiles:
            pixels = np.moveaxis(tile, axis, 0).astype(float)
            if half:
                # A neighbour shifted by half a tile would put the wrap and the lines at half into one mean.
                pixels = pixels[:, : 2 * half]
            steps = np.abs(np.diff(pixels, axis=0))
            lines = slice(CELL - 1, None, CELL) if half is None else slice(half - 1, None, 2 * half)
            inside.append(steps[lines].mean())
            wrap.append(np.abs(pixels[0] - pixels[-1]).mean())
        ratios.append(np.sum(wrap) / max(np.sum(inside), 1e-6))
    return float(max(ratios))


def basic_seam(tiles: np.ndarray) -> float:
    """The seam ratio of basic repeats (N, S, S, 3): against lines of the wrap's own phase, where there are any.

    A strict repeat of which an even number of periods fits into a tile is the same half a tile on. Where a quarter of
    the tiles or more are, these alone are taken, and compared at their halves; else all, at all lines.
    """
    half = tiles.shape[1] // 2
    whole = tiles.astype(float)
    moved = [np.abs(whole - np.roll(whole, half, axis=axis)).mean(axis=(1, 2, 3)) for axis in (1, 2)]
    strict = np.maximum(*moved) < MOST_MOVED * whole.std(axis=(1, 2, 3))
    if strict.mean() < LEAST_STRICT:
        return seam_ratio(list(tiles))
    return seam_ratio(list(tiles[strict]), half=half)


def wrap_line(tiles: np.ndarray) -> tuple[float, float]:
    """How far the line where tiles (N, S, S, 3) meet stands out from the lines inside, and how far these do by chance.

    Row and column means of the repeated tile average texture away and leave what runs along the whole cloth: a faint
    edge that `seam_ratio` drowns in the texture. The mean absolute step of this profile at the wrap, over all tiles, is
    divided by the mean over all lines inside; the larger of both directions counts. In real cloth no place is special,
    so every line inside is such a figure of real cloth, with the mean 1.

    Returns:
        The ratio, about 1 or less where no line shows; and the standard deviation of the same ratio taken at each line
        inside.
    """
    found = []
    light = luminance(tiles)
    for axis in (1, 2):
        profile = light.mean(axis=axis)
        steps = np.abs(np.roll(profile, -1, axis=1) - profile).mean(axis=0)
        inside = max(float(steps[:-1].mean()), FAINTEST_STEP)
        found.append((float(steps[-1]) / inside, float(steps[:-1].std()) / inside))
    return max(found)


def band_contrast(pictures: np.ndarray) -> np.ndarray:
    """Standard deviation of the row means and of the column means over that of the pixels, (2,), mean over pictures.

    A row that is darker, or emptier of motifs, than the others makes a band across the cloth when its tile is repeated;
    nobody sees it in the tile alone. Cloth has such rows too, and stripes are nothing else, so the figure means
    something only against that of swatches of the same size: repeated with their mirror images, so that they close,
    these have the row means that they have alone.
    """
    light = luminance(pictures)
    whole = np.maximum(light.std(axis=(1, 2)), 1e-6)
    return np.array([(light.mean(axis=axis).std(axis=1) / whole).mean() for axis in (2, 1)])
