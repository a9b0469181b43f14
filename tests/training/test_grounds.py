import numpy as np
import pytest

from training import grounds


@pytest.mark.parametrize("draw", grounds.GROUNDS)
def test_a_ground_is_as_large_as_asked_the_same_for_a_seed_and_another_for_another(draw):
    first, again, other = (draw(120, 90, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.shape == (120, 90, 3) and first.dtype == np.float32
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_grain_of_boards_runs_along_them_one_way_or_the_other():
    ways = set()
    for seed in range(12):
        picture = grounds.boards(160, 160, np.random.default_rng(seed)).mean(axis=2)
        down, over = (np.abs(np.diff(picture, axis=axis)).mean() for axis in (0, 1))
        assert max(down, over) > 1.8 * min(down, over)
        ways.add(bool(down > over))
    assert ways == {True, False}


def test_tiles_have_joints_both_ways_and_stone_has_none():
    for seed in range(12):
        for draw, jointed in ((grounds.tiles, True), (grounds.stone, False)):
            picture = draw(200, 200, np.random.default_rng(seed)).mean(axis=2)
            for axis in (0, 1):
                steps = np.abs(np.diff(picture.mean(axis=axis)))
                assert (np.sort(steps)[-3:].mean() > 10 * np.median(steps)) == jointed


def test_a_garment_lies_on_ground_of_nearly_its_colour_now_and_then_and_the_light_falls_off():
    colour = np.array([200.0, 40.0, 60.0])
    near, uneven = 0, 0
    for seed in range(60):
        ground = grounds.ground_under(colour, 80, 60, np.random.default_rng(seed))
        assert ground.min() >= 0 and ground.max() <= 255
        if np.abs(ground.mean(axis=(0, 1)) - colour).max() < 55:
            near += 1
            uneven += np.ptp(ground, axis=(0, 1)).max() > 8  # of paper, nothing but the light makes it so
    assert 9 <= near <= 30
    assert uneven > near / 2
