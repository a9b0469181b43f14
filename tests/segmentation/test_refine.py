from __future__ import annotations

import cv2
import numpy as np
import pytest

from segmentation.refine import fill_small_holes, keep_large_parts


def blobs(seed: int, *, height: int = 60, width: int = 80) -> np.ndarray:
    """Boolean islands with holes, some at the rim of the picture."""
    noise = cv2.GaussianBlur(np.random.default_rng(seed).normal(0, 1, (height, width)), (0, 0), 1.5)
    region = noise > np.quantile(noise, 0.5)
    if seed % 3 == 0:
        region[:, : width // 2] = False
    if seed % 3 == 1:
        region[height // 3 :] = False
    return region


def parts_of(region: np.ndarray, connectivity: int) -> list[np.ndarray]:
    count, parts = cv2.connectedComponents(region.astype(np.uint8), connectivity=connectivity)
    return [parts == part for part in range(1, count)]


@pytest.mark.parametrize("seed", range(12))
def test_holes_are_filled_up_to_an_area_also_where_the_picture_ends(seed):
    region = blobs(seed)
    expected = region.copy()
    for hole in parts_of(~region, 4):
        if hole.sum() <= 20:
            expected |= hole
    assert (expected != region).any()
    assert np.array_equal(fill_small_holes(region, 20), expected)


@pytest.mark.parametrize("seed", range(12))
def test_parts_are_kept_from_an_area_and_a_share_of_the_largest(seed):
    region = blobs(seed)
    parts = parts_of(region, 8)
    least = max(8, 0.1 * max(part.sum() for part in parts))
    expected = np.zeros_like(region)
    for part in parts:
        if part.sum() >= least:
            expected |= part
    assert (expected != region).any()
    assert np.array_equal(keep_large_parts(region, 8, 0.1), expected)


def test_nothing_stays_nothing():
    nothing = np.zeros((20, 30), bool)
    assert not fill_small_holes(nothing, 5).any()
    assert not keep_large_parts(nothing, 5).any()
