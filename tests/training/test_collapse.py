import pytest
import torch

from training.collapse import GREY_STEPS, POOR_CHECKPOINTS, WINDOW, CollapseWatch, diversity_of
from training.config import StepReport

LOST = {"loss_d": 0.01, "loss_g": 8.0, "d_real": 0.995, "d_fake": 0.005}
FAIR = {"loss_d": 1.2, "loss_g": 1.5, "d_real": 0.65, "d_fake": 0.35}
WON = {"loss_d": 9.0, "loss_g": 0.01, "d_real": 0.01, "d_fake": 0.99}


def stopped_at(signs):
    """The step at which a watch gives a reason, with the reason; None when it never does."""
    watch = CollapseWatch(diversity=1.0)
    for step, sign in enumerate(signs, 1):
        reason = watch.after_step(StepReport(step, **sign))
        if reason:
            return step, reason
    return None


@pytest.mark.parametrize(("sign", "reason"), [(LOST, "tells every print from cloth"), (WON, "discriminator is lost")])
def test_a_sign_of_collapse_stops_the_run_when_it_persists(sign, reason):
    step, said = stopped_at([FAIR] * 50 + [sign] * WINDOW)
    assert step == 50 + WINDOW * 0.95
    assert reason in said


def test_a_run_that_cools_is_not_stopped_for_a_discriminator_that_wins_and_one_that_goes_on_after_it_is():
    watch = CollapseWatch(diversity=1.0)
    assert {watch.after_step(StepReport(step, **LOST), cools=True) for step in range(2 * WINDOW)} == {None}
    assert "tells every print from cloth" in watch.after_step(StepReport(2 * WINDOW, **LOST))


def test_a_run_that_cools_is_stopped_for_a_discriminator_that_is_lost():
    watch = CollapseWatch(diversity=1.0)
    said = [watch.after_step(StepReport(step, **WON), cools=True) for step in range(WINDOW)]
    assert "discriminator is lost" in said[-1]


def test_a_few_steps_that_recover_do_not_reset_the_window():
    step, _ = stopped_at(([LOST] * 49 + [FAIR]) * 10)
    assert step <= WINDOW


def test_a_sign_that_comes_and_goes_is_no_collapse():
    assert stopped_at(([LOST] * 100 + [FAIR] * 20) * 10) is None


def test_a_discriminator_that_wins_but_is_still_fooled_now_and_then_is_no_collapse():
    assert stopped_at([{**LOST, "d_fake": 0.05}] * 2 * WINDOW) is None


def test_prints_that_are_all_alike_at_checkpoints_in_a_row_are_a_collapse():
    watch = CollapseWatch(diversity=1.0)
    said = [
        watch.after_samples(GREY_STEPS + step, share) for step, share in enumerate([0.05, 0.5, 0.05, 0.05, 0.05], 1)
    ]
    assert said[:-1] == [None] * 4
    assert f"{POOR_CHECKPOINTS} checkpoints in a row the prints differed 5%" in said[-1]


def test_the_first_grey_prints_are_no_collapse():
    watch = CollapseWatch(diversity=1.0)
    assert [watch.after_samples(step * 100, 0.01) for step in range(1, 6)] == [None] * 5


def test_diversity_sees_colours_and_contrast_and_not_where_a_motif_stands():
    random = torch.Generator().manual_seed(0)
    picture = torch.rand(3, 32, 32, generator=random)
    moved = torch.stack([picture.roll((step, 2 * step), (1, 2)) for step in range(8)])
    coloured = moved * torch.rand(8, 3, 1, 1, generator=random)
    assert diversity_of(moved) < 1e-5
    assert diversity_of(coloured) > 0.1


def test_swatches_that_are_all_alike_ask_for_no_diversity():
    assert CollapseWatch(diversity=0.0).share_of(0.0) == 1.0
