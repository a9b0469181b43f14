"""The plain ground of product shots, icons and studio photos, found by its colour and not by what it might be.

A network guesses at the gap between trouser legs, inside a handle or under an arm. Where the ground is plain these are
plainly seen: they have its colour, and nothing lies between them and the rim of the photo.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from segmentation.colours import lab_of
from segmentation.models import CLASSES
from segmentation.models import FIRST_GARMENT as FIRST
from segmentation.skin import SKIN, settle_skin
from segmentation.votes import winners

BACKGROUND = CLASSES.index("background")
SURE, MOST_SKIN = 0.8, 0.0055
"""Probability from which skin and hair are sure, and the share of the photo that they may cover when nobody is on it:
linings, and leather handles, which are seldom sure. Two hands that come out of long sleeves have more."""
LEAST_SKIN, HEAD = 0.004, 1 / 3
"""Share of the photo below which skin alone tells of nobody, and how far down what lies there a head of hair may be."""
MAIN_KIND = 0.6
"""Share of a thing from which its kind is that of all of it, without a second look: a bag whose handle looks like a
belt is one bag."""
MOST_SEVERAL = 0.5
"""How likely the second look finds several garments in a thing that is one."""
LEAST_DOUBT = 0.1
"""Added to the network's share of each kind in a thing before the second look's likelihoods are multiplied with it."""
LEAST_CLOTH = 0.15
"""Probability of cloth from which a piece of what lies on plain ground is cloth."""
LEAST_WITHIN = 0.5
"""Share of the outline of a piece that must run along cloth for it to be cloth: a notch is, a hanger is not."""
LEAST_RIM = 0.15
"""Share of the photo's rim that must be ground, by its colour, for the ground to count as plain."""
LEAST_DISTANCE, MOST_DISTANCE, DEVIATIONS = 1.6, 8.0, 4.8
"""How far, in CIE Lab, a colour of the ground may be from its surface: between these two, so many median distances of
the rim, from the surface or from its own neighbours. Cloth there that the network missed does not move the median; 4.5
of it are four deviations of even noise."""
LEAST_SIDES = 0.85
"""Share of the rim without cloth that must have that colour, or be in shadow."""
MOST_ALIKE = 0.08
"""Share of what is certainly cloth that has the colour of the ground, at most, for colour to tell them apart: white
cloth on white paper has more."""
MOST_LOST = 0.25
"""Share of what is probably cloth that may be ground all the same: more is cloth that was reached through a gap."""
MOST_SHADOW, STEEP = 30.0, 1.5
"""How much darker than the ground a shadow on it may be, and how steep: CIE lightness, and that per pixel."""
MOST_GAPS = 4
"""Enclosed pieces of the ground's colour that the network rather takes for cloth, at most, for them to be ground."""
LEAST_ENCLOSED, CERTAIN = 0.0004, 0.9
"""Share of the photo that an enclosed piece of ground has at least, and a certain probability."""


SecondLook = Callable[[np.ndarray], np.ndarray]
"""How likely a boolean thing (h, w) on the photo is of each kind of garment, or several: `segmentation.kinds`."""


def settle_ground(probabilities: np.ndarray, photo: np.ndarray, second_look: SecondLook | None = None) -> None:
    """Give plain ground to the background, and what lies on it to the garments; changes `probabilities` in place.

    Where nobody is on the photo, a thing on the ground of which the network knows half is a garment: it gets the rest
    of it too (sleeves that were cut off, the lining taken for skin), if that looks a little like cloth or lies within
    it. Whether it is one garment or an outfit the second look says, and without one whether most of it is of one kind.
    Where somebody is, bare arms and legs are told by the colour of the skin that is known (skin.py).

    Args:
        probabilities: float32 (len(CLASSES), h, w).
        photo: uint8 (h, w, 3), RGB.
        second_look: asked of each thing, beside the network's opinion of its pixels.
    """
    ground = plain_ground(photo, probabilities[FIRST:].sum(0))
    if ground is None:
        return
    probabilities[:, ground] = 0
    probabilities[BACKGROUND, ground] = 1
    winner = winners(probabilities)
    if _is_worn(probabilities, winner, ground):
        settle_skin(probabilities, photo, ground)
        return
    things = cv2.morphologyEx((~ground).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    count, parts = cv2.connectedComponents(things, connectivity=4)
    areas = np.maximum(np.bincount(parts.ravel(), minlength=count), 1)
    is_garment = np.bincount(parts.ravel(), (winner >= FIRST).ravel(), minlength=count) / areas > 0.5
    is_garment[0] = False
    _complete(probabilities, is_garment[parts])
    for part in np.flatnonzero(is_garment):
        _unite(probabilities, parts == part, second_look)


def _is_worn(probabilities: np.ndarray, winner: np.ndarray, ground: np.ndarray) -> bool:
    """Whether somebody is on the ground: sure skin, or hair where a head may be. Grey wool is hair as well."""
    bare = (winner != BACKGROUND) & (winner < FIRST) & (probabilities[1:FIRST].max(0) > SURE)
    rows = np.flatnonzero((~ground).any(1))
    if len(rows) and (winner == SKIN).mean() < LEAST_SKIN:
        bare = bare[: int(rows[0] + HEAD * (rows[-1] + 1 - rows[0]))]
    return bool(np.count_nonzero(bare) > MOST_SKIN * winner.size)


def _complete(probabilities: np.ndarray, garments: np.ndarray) -> None:
    """Make cloth of what the network missed within boolean garments (h, w)."""
    winner, cloth = winners(probabilities), probabilities[FIRST:].sum(0)
    likely = garments & ((cloth > LEAST_CLOTH) | (winner != BACKGROUND))
    missed = (likely & (winner < FIRST)) | _enclosed(garments & ~likely, likely)
    kinds = probabilities[FIRST:, missed] + 1e-6
    probabilities[:, missed] = 0
    probabilities[FIRST:, missed] = kinds / kinds.sum(0)


def _unite(probabilities: np.ndarray, thing: np.ndarray, second_look: SecondLook | None) -> None:
    """Make one garment of a boolean thing (h, w), unless it is an outfit."""
    winner = winners(probabilities)
    here = thing & (winner >= FIRST)
    sizes = np.bincount(winner[here], minlength=len(CLASSES))[FIRST:]
    opinion = sizes / sizes.sum()
    if second_look is None:
        if opinion.max() <= MAIN_KIND:
            return
    else:
        *kinds, several = second_look(here)
        if several > MOST_SEVERAL:
            return
        opinion = (opinion + LEAST_DOUBT) * kinds
    whole = probabilities[FIRST:, here].sum(0)
    probabilities[FIRST:, here] = 0
    probabilities[FIRST + int(opinion.argmax()), here] = whole


def _enclosed(missed: np.ndarray, cloth: np.ndarray) -> np.ndarray:
    """What was missed within cloth, and notches: pieces with LEAST_WITHIN of their outline along it. All boolean."""
    # The mixed pixels of the edges are missed too, and join what has nothing to do with each other.
    square = np.ones((5, 5), np.uint8)
    solid = cv2.morphologyEx(missed.astype(np.uint8), cv2.MORPH_OPEN, square)
    notches = cv2.dilate(_pieces_within(solid, cloth, LEAST_WITHIN).astype(np.uint8), square)
    return missed & (_pieces_within(missed.astype(np.uint8), cloth, 1.0) | notches.astype(bool))


def _pieces_within(pieces: np.ndarray, cloth: np.ndarray, least: float) -> np.ndarray:
    """Those of the pieces (h, w), 0 or 1, around which at least such a share of the pixels is cloth; boolean."""
    count, parts = cv2.connectedComponents(pieces, connectivity=8)
    around = cv2.dilate(parts.astype(np.float32), np.ones((3, 3), np.uint8)).astype(int) * (pieces == 0)
    outline = np.bincount(around.ravel(), minlength=count)
    held = np.bincount(around[cloth], minlength=count) >= least * np.maximum(outline, 1)
    return held[parts] & (pieces > 0)


def plain_ground(photo: np.ndarray, cloth: np.ndarray) -> np.ndarray | None:
    """Where the plain ground of a photo lies; None where it has none.

    The ground's colour may change evenly over the photo, as light does (a quadratic surface in CIE Lab, fitted to the
    rim). Ground is what has this colour, up to the noise of the rim, and is joined with the rim; enclosed pieces of its
    colour count too where the network is not certain of cloth. So do soft shadows on it. Where the cloth has the same
    colour, only its outline keeps it from the ground, and enclosed pieces are cloth; where the outline has gaps, colour
    tells nothing, and the answer is None.

    Args:
        photo: uint8 (h, w, 3), RGB.
        cloth: the network's probability of any cloth, float32 (h, w).

    Returns:
        boolean (h, w).
    """
    height, width = cloth.shape
    rim = np.zeros((height, width), bool)
    thick = max(2, min(height, width) // 60)
    rim[:thick] = rim[-thick:] = rim[:, :thick] = rim[:, -thick:] = True
    sides = rim & (cloth < 0.5)
    y, x = np.nonzero(sides)
    if not len(y):
        return None
    places = _powers(x / width, y / height)
    colours, noise = (values[sides] for values in _rim_colours(photo, thick))
    # One colour first: a bent surface follows the shadows at the rim, too.
    for fit in (_commonest_colour, _fitted_surface):
        if (fitted := fit(colours, noise, places)) is None:
            continue
        surface, distance = fitted
        away = colours - places @ surface
        # A street's rim has neither the colour nor anything like a shadow on it: there is no need to look further.
        if np.mean((np.linalg.norm(away, axis=1) < distance) | _is_darker(away, distance)) < LEAST_SIDES:
            continue
        lab = lab_of(photo)
        ground = _ground_of(lab - _over_all(surface, height, width), lab[..., 0], distance, cloth, rim)
        if ground is not None:
            return ground
    return None


def _rim_colours(photo: np.ndarray, thick: int) -> tuple[np.ndarray, np.ndarray]:
    """The colours, CIE Lab (h, w, 3), of the photo's rim, and how far each is from the mean about it, (h, w).

    Elsewhere both are zero: to convert all of a street photo would take most of the time of finding no ground.
    """
    height, width = photo.shape[:2]
    colours, noise = np.zeros((height, width, 3), np.float32), np.zeros((height, width), np.float32)
    for part, inner in (
        (np.s_[: thick + 1], np.s_[:thick]),
        (np.s_[-thick - 1 :], np.s_[1:]),
        (np.s_[:, : thick + 1], np.s_[:, :thick]),
        (np.s_[:, -thick - 1 :], np.s_[:, 1:]),
    ):
        strip = lab_of(photo[part])
        # Its inmost line lacks neighbours, and is there for those of the next.
        colours[part][inner] = strip[inner]
        noise[part][inner] = np.linalg.norm(strip - cv2.blur(strip, (3, 3)), axis=2)[inner]
    return colours, noise


def _ground_of(
    away: np.ndarray, lightness: np.ndarray, distance: float, cloth: np.ndarray, rim: np.ndarray
) -> np.ndarray | None:
    """Where the ground lies of which each pixel is so far away in colour, (h, w, 3); None where that tells nothing."""
    sides = rim & (cloth < 0.5)
    like = np.linalg.norm(away, axis=2) < distance
    shadows = _shadows(lightness, away, distance)
    if like[rim].mean() < LEAST_RIM or (like | shadows)[sides].mean() < LEAST_SIDES:
        return None
    core = cv2.erode((cloth > CERTAIN).astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool)
    is_alike = core.any() and like[core].mean() > MOST_ALIKE
    like |= shadows & (cloth < CERTAIN)
    # A faint outline has holes: nothing passes through what is thinner than a few pixels.
    wide = cv2.morphologyEx(like.astype(np.uint8), cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)))
    count, parts = cv2.connectedComponents(wide, connectivity=4)
    areas = np.bincount(parts.ravel(), minlength=count)
    mean_cloth = np.bincount(parts.ravel(), cloth.ravel(), minlength=count) / np.maximum(areas, 1)
    is_ground = (areas > LEAST_ENCLOSED * parts.size) & (mean_cloth < CERTAIN) & (not is_alike)
    is_ground[0] = False
    # Gaps between arms and legs are few; many pieces that look like cloth are the light part of a print.
    doubtful = is_ground & (mean_cloth > 0.5)
    if np.count_nonzero(doubtful) > MOST_GAPS:
        is_ground &= ~doubtful
    is_ground[np.unique(parts[rim])] = True
    is_ground[0] = False  # it may lie at the rim
    ground = cv2.dilate(is_ground[parts].astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & like
    if is_alike and np.count_nonzero(ground & (cloth > 0.5)) > MOST_LOST * np.count_nonzero(cloth > 0.5):
        return None
    return ground


def _commonest_colour(colours: np.ndarray, noise: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, float]:
    """The commonest of the colours (N, 3), as an even surface, and how far from it their noise goes."""
    counts = np.bincount(np.round(colours[:, 0]).astype(int), minlength=101)
    lightness = np.convolve(counts, np.ones(3), "same").argmax()
    surface = np.zeros((places.shape[1], 3), np.float32)
    surface[0] = np.median(colours[np.abs(colours[:, 0] - lightness) < 2], axis=0)
    # Shadows make no noise: a pixel differs by that from those beside it.
    return surface, float(np.clip(DEVIATIONS * np.median(noise), LEAST_DISTANCE, MOST_DISTANCE))


def _fitted_surface(colours: np.ndarray, noise: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, float] | None:
    """The surface of most of the colours (N, 3), and how far from it their noise goes; None where most have none."""
    del noise  # a surface is known well enough for the colours' own distances from it
    near = np.linalg.norm(colours - np.median(colours, axis=0), axis=1) < 15
    for _ in range(4):
        if np.count_nonzero(near) < 0.5 * len(near):
            return None
        surface = np.linalg.lstsq(places[near], colours[near], rcond=None)[0]
        away = np.linalg.norm(colours - places @ surface, axis=1)
        distance = float(np.clip(DEVIATIONS * np.median(away[near]), LEAST_DISTANCE, MOST_DISTANCE))
        near = away < distance
    return surface, distance


def _over_all(surface: np.ndarray, height: int, width: int) -> np.ndarray:
    """A surface, the factors of its terms (6, 3), at every pixel: (h, w, 3)."""
    # The same terms as `_powers`, but of each column, of each row and of both.
    surface = surface.astype(np.float32)
    x, y = (np.arange(side, dtype=np.float32)[:, None] / side - 0.5 for side in (width, height))
    rows = (surface[0] + y * surface[2] + y**2 * surface[5])[:, None]
    return rows + (x * surface[1] + x**2 * surface[4]) + y[:, None] * (x * surface[3])


def _powers(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The terms of a quadratic surface at places (N,) from 0 to 1: (N, 6)."""
    x, y = x - 0.5, y - 0.5
    return np.stack([np.ones_like(x), x, y, x * y, x**2, y**2], axis=1)


def _shadows(lightness: np.ndarray, away: np.ndarray, distance: float) -> np.ndarray:
    """Where the ground is only darker than it should be, and that without a step: a soft shadow lies there."""
    slope = np.hypot(*(cv2.Scharr(lightness, cv2.CV_32F, *along, scale=1 / 32) for along in ((1, 0), (0, 1))))
    return _is_darker(away, distance) & (slope < STEEP)


def _is_darker(away: np.ndarray, distance: float) -> np.ndarray:
    """Whether colours that are so far away, (..., 3), are the ground's own, darker as in a shadow: boolean (...)."""
    lightness = away[..., 0]
    return (np.hypot(away[..., 1], away[..., 2]) < distance) & (lightness < 0) & (lightness > -MOST_SHADOW)
