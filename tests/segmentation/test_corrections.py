from __future__ import annotations

import numpy as np
import pytest

from segmentation import SegmentationError, Stroke, apply_strokes


def two_cloths() -> np.ndarray:
    """A photo 120 x 160, dark on the left of x = 80 and light on the right, with a little noise."""
    photo = np.full((120, 160, 3), 60, np.uint8)
    photo[:, 80:] = 200
    return photo + np.random.default_rng(3).integers(0, 6, photo.shape).astype(np.uint8)


def test_a_stroke_adds_what_it_covers_and_leaves_the_rest():
    mask = apply_strokes(two_cloths(), np.zeros((120, 160), np.uint8), [Stroke("add", 10, [(30, 60), (50, 60)])])
    assert (mask[56:65, 28:52] == 255).all()
    assert not mask[:, 90:].any()
    assert not mask[:30].any()
    area = (mask > 127).sum()
    assert 0.7 * (20 * 20 + 314) < area < 1.3 * (20 * 20 + 314)


def test_a_stroke_over_an_edge_of_the_photo_ends_at_that_edge():
    stroke = Stroke("add", 20, [(64, 30), (64, 90)])
    mask = apply_strokes(two_cloths(), np.zeros((120, 160), np.uint8), [stroke])
    row = mask[60].astype(int)
    assert row[64] == 255
    assert row[77] > 160 > 90 > row[82]
    assert row[78] - row[81] > 60


def test_erasing_undoes_adding_and_may_leave_nothing():
    whole = np.full((120, 160), 255, np.uint8)
    mask = apply_strokes(two_cloths(), whole, [Stroke("erase", 12, [(120, 60)])])
    assert mask[60, 120] == 0
    assert mask[20, 20] == 255
    assert not apply_strokes(two_cloths(), whole, [Stroke("erase", 400, [(80, 60)])]).any()
    assert (whole == 255).all()


def test_strokes_beside_and_across_the_border_of_the_photo_are_no_error():
    empty = np.zeros((120, 160), np.uint8)
    assert not apply_strokes(two_cloths(), empty, [Stroke("add", 5, [(-90, -90)])]).any()
    across = apply_strokes(two_cloths(), empty, [Stroke("add", 10, [(-40, 60), (220, 60)])])
    assert (across[58:63] > 200).all()


def test_small_brushes_paint_exactly():
    mask = apply_strokes(two_cloths(), np.zeros((120, 160), np.uint8), [Stroke("add", 2, [(40.5, 40.5)])])
    assert mask[40, 40] == 255
    assert 8 <= (mask > 127).sum() <= 21


@pytest.mark.parametrize(
    "stroke",
    [
        Stroke("paint", 5, [(1, 1)]),  # type: ignore[arg-type]
        Stroke("add", 0, [(1, 1)]),
        Stroke("add", 5, []),
        Stroke("add", 5, [(float("nan"), 1)]),
    ],
)
def test_strokes_that_make_no_sense_are_refused(stroke):
    with pytest.raises(SegmentationError, match="stroke"):
        apply_strokes(two_cloths(), np.zeros((120, 160), np.uint8), [stroke])
