from __future__ import annotations

import numpy as np
import pytest

from segmentation.poisson import integrate


def exact(steps_x: np.ndarray, steps_y: np.ndarray, weight: np.ndarray, hold: float) -> np.ndarray:
    """The same least squares as one dense system."""
    number = np.arange(weight.size).reshape(weight.shape)
    links = [(number[:, :-1], number[:, 1:], steps_x), (number[:-1], number[1:], steps_y)]
    matrix, right = np.diag(hold * weight.ravel().astype(float)), np.zeros(weight.size)
    for first, second, steps in links:
        for one, other, step in zip(first.ravel(), second.ravel(), steps.ravel(), strict=True):
            link = min(weight.flat[one], weight.flat[other])
            matrix[[one, other], [one, other]] += link
            matrix[[one, other], [other, one]] -= link
            right[other] += link * step
            right[one] -= link * step
    inside = weight.ravel() > 0
    found = np.zeros(weight.size)
    found[inside] = np.linalg.solve(matrix[np.ix_(inside, inside)], right[inside])
    return found.reshape(weight.shape)


@pytest.mark.parametrize("shape", [(24, 24), (17, 29), (31, 12)])
def test_the_map_is_that_of_the_exact_solution_and_0_outside_the_mask(shape):
    random = np.random.default_rng(1)
    y, x = np.indices(shape)
    weight = (np.hypot(y - shape[0] / 2, x - shape[1] / 2) < min(shape) / 2).astype(np.float32)
    weight[:3, :4] = 0.5  # a piece of its own
    steps_x, steps_y = (
        random.normal(size=size).astype(np.float32) for size in ((shape[0], shape[1] - 1), (shape[0] - 1, shape[1]))
    )
    found, truth = integrate(steps_x, steps_y, weight, 0.002), exact(steps_x, steps_y, weight, 0.002)
    assert np.abs(found - truth).max() < 0.02 * np.abs(truth).max()
    assert not found[weight == 0].any()
