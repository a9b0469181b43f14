import numpy as np
import pytest
import torch

from generator.latents import WAVES, draw_code, draw_waves, in_whole_cells, mixed_code, training_latents
from generator.networks import CELL, HARMONICS


def test_checks_have_one_period_for_both_directions_and_zigzags_two():
    square, zigzag = (draw_code(3, global_channels=2, waves=waves) for waves in ("square", "xy"))
    assert square.periods[0] == square.periods[1]
    assert zigzag.periods[0] != zigzag.periods[1]


def test_a_mix_of_two_checks_is_a_check():
    one, other = (draw_code(seed, global_channels=2, waves="square") for seed in (1, 2))
    mixed = mixed_code(one, other, 0.4)
    assert mixed.periods[0] == mixed.periods[1]
    assert min(one.periods[0], other.periods[0]) < mixed.periods[0] < max(one.periods[0], other.periods[0])


def test_waves_fit_a_whole_number_of_times_into_a_tile():
    waves = np.stack(draw_waves(draw_code(5, global_channels=2, waves="xy"), size=256))
    assert waves.shape == (2 * HARMONICS * 2, 64, 64)
    for line in (waves[0, 0], waves[2 * HARMONICS, :, 0]):
        power = np.abs(np.fft.rfft(line)) ** 2
        assert power.max() > 0.999 * power.sum()


def training_cycles(waves, *, grid):
    """Periods across and down of 64 training pictures, (64,) each."""
    random = torch.Generator().manual_seed(0)
    noise = {"local_channels": 1, "global_channels": 1}
    _, maps = training_latents(64, **noise, waves=waves, grid=grid, cell=CELL, random=random)
    across, down = maps[:, 0, 0, :], maps[:, 2 * HARMONICS, :, 0]
    return tuple(torch.fft.rfft(line).abs().argmax(dim=1) for line in (across, down))


def test_training_draws_checks_with_as_many_periods_across_as_down():
    across, down = training_cycles("square", grid=12)
    assert torch.equal(across, down)
    assert across.unique().numel() > 3


@pytest.mark.parametrize("waves", ["xy", "square", "lattice", "motif", "set", "large", "chevron", "diamond"])
@pytest.mark.parametrize("grid", [8, 9, 10, 11, 12])
def test_training_draws_no_period_that_its_kind_does_not_have(waves, grid):
    for cycles in training_cycles(waves, grid=grid):
        periods = grid * CELL / cycles
        assert WAVES[waves].shortest <= periods.min()
        assert periods.max() <= WAVES[waves].longest


def test_a_lattice_has_no_period_too_short_to_be_read_among_the_cells():
    assert WAVES["lattice"].shortest >= 2 * CELL
    cycles, _ = training_cycles("lattice", grid=10)
    assert cycles.unique().tolist() == [2, 3, 4, 5]
    assert 10 * CELL / cycles.max() >= 2 * CELL


def test_diamonds_are_no_wider_than_tall_in_training_and_in_prints():
    across, down = training_cycles("diamond", grid=10)
    assert (across >= down).all()
    assert (across > down).any() and (across == down).any()
    codes = [draw_code(seed, global_channels=2, waves="diamond") for seed in range(60)]
    for code in (*codes, *(in_whole_cells(code, "diamond") for code in codes)):
        assert code.periods[0] <= code.periods[1]
    assert len({tuple(in_whole_cells(code, "diamond").periods) for code in codes}) == 6


@pytest.mark.parametrize("waves", [name for name, kind in WAVES.items() if kind.directions])
def test_whole_cells_are_the_nearest_that_the_waves_have(waves):
    kind = WAVES[waves]
    for seed in range(40):
        code = draw_code(seed, global_channels=2, waves=waves)
        whole = in_whole_cells(code, waves)
        assert not (whole.periods % CELL).any()
        assert whole.periods.min() >= kind.shortest and whole.periods.max() <= kind.longest
        # Half a cell away, or the first or last cells within the range.
        assert np.abs(whole.periods - code.periods).max() <= (4 if kind.shortest % CELL == 0 else 8)
        assert np.array_equal(whole.look, code.look) and np.array_equal(whole.phases, code.phases)
