"""What the class probabilities of pixels say together: which class has the most, and cloth before its kind."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from segmentation.models import CLASSES, FIRST_GARMENT

GROUPS = (slice(0, FIRST_GARMENT), slice(FIRST_GARMENT, None))
"""Classes that are no cloth, and those that are."""


def winners(probabilities: np.ndarray) -> np.ndarray:
    """The likeliest class of each pixel, the first of equals: (classes, h, w) to uint8 (h, w).

    As `argmax` over the first axis, but plane by plane, which takes a fifth of its time.
    """
    best = probabilities[0].copy()
    winner = np.zeros(best.shape, np.uint8)
    for index, plane in enumerate(probabilities[1:], 1):
        ahead = np.greater(plane, best).view(np.uint8)
        np.maximum(winner, ahead * np.uint8(index), out=winner)
        np.maximum(best, plane, out=best)
    return winner


def among(winner: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Where the likeliest class, an index uint8 (h, w), is one of these: boolean, eight times as fast as `isin`."""
    table = np.zeros(len(CLASSES), bool)
    table[[CLASSES.index(name) for name in names]] = True
    return np.take(table, winner)


def settle_kinds(probabilities: np.ndarray) -> np.ndarray:
    """Decide cloth or not before deciding which cloth: probabilities of the same shape, whose sum over clothes is kept.

    Where a network hesitates between a dress and a top, each may have less than the wall behind, though together they
    have more. The likeliest garment gets nearly all that clothes have together (shares go by the fourth power), and so
    with background, skin and hair.

    Args:
        probabilities: float32 (len(CLASSES), h, w).
    """
    settled = np.empty_like(probabilities)
    for kind in GROUPS:
        group, shares = probabilities[kind], settled[kind]
        np.divide(group, np.maximum(group.max(0), 1e-9), out=shares)
        for _ in range(2):
            np.square(shares, out=shares)
        shares *= group.sum(0) / np.maximum(shares.sum(0), 1e-9)
    return settled


def with_totals_of(cloth: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """How likely there is cloth as one map says, which cloth and what else as another: float32 (len(CLASSES), h, w).

    Args:
        cloth: probabilities (h, w).
        kinds: (len(CLASSES), h, w); their shares within cloth, and within what is none, are kept. They need not sum to
            1.
    """
    result = np.empty_like(kinds)
    for group, total in zip(GROUPS, (1 - cloth, cloth), strict=True):
        result[group] = kinds[group] * (total / np.maximum(kinds[group].sum(0), 1e-9))
    return result
