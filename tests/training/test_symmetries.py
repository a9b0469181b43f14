import numpy as np
import pytest

from training.symmetries import mirror_likeness, symmetries_of


def swatches(motif, count=6, pitch=24, side=96):
    """Pictures (N, S, S, 3) of a motif (pitch, pitch) in rows, each cut at another place, in other colours."""
    random = np.random.default_rng(0)
    cloth = np.tile(motif, (6, 6))
    pictures = []
    for _ in range(count):
        top, left = random.integers(0, pitch, 2)
        share = cloth[top : top + side, left : left + side, None]
        ground, ink = random.integers(0, 256, (2, 3))
        pictures.append((ground * (1 - share) + ink * share).astype(np.uint8))
    return np.stack(pictures)


Y, X = np.mgrid[:24, :24]
DOT = np.hypot(Y - 11, X - 11) < 7.2
HEART = (
    ((np.hypot(Y - 8, X - 7) < 5) | (np.hypot(Y - 8, X - 16) < 5) | (np.abs(X - 11.5) < 19 - Y)) & (Y > 3) & (Y < 20)
)
HOOK = ((X > 3) & (X < 8) & (Y > 2)) | ((Y > 18) & (X > 3) & (X < 22)) | ((Y < 7) & (X > 3) & (X < 14))


BONE = (Y + np.where(X < 12, X, 6 - X)) % 12 < 6


@pytest.mark.parametrize(
    ("motif", "expected"), [(DOT, ["across", "down", "diagonal"]), (HEART, ["across"]), (HOOK, []), (BONE, [])]
)
def test_the_symmetries_of_swatches_are_those_of_their_motif_wherever_it_is_cut(motif, expected):
    assert symmetries_of(swatches(motif), "lattice") == expected


def test_stripes_are_asked_for_none():
    stripes = np.broadcast_to(X % 24 < 9, (24, 24))
    assert mirror_likeness(swatches(stripes)[0], "across") > 0.99
    assert symmetries_of(swatches(stripes), "lines") == []
    assert symmetries_of(swatches(stripes), "lattice") == ["across", "down"]


def test_a_category_has_a_symmetry_that_half_of_its_swatches_have():
    mostly = np.concatenate([swatches(HEART, 5), swatches(HOOK, 3)])
    rarely = np.concatenate([swatches(HEART, 3), swatches(HOOK, 5)])
    assert symmetries_of(mostly, "set") == ["across"]
    assert symmetries_of(rarely, "set") == []
