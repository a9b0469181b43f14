"""When a run has failed: rules on windows of losses, and on how much the prints differ from each other.

Each rule asks for persistence, as runs that end well see the discriminator win for tens of steps. Of 18 real runs the
one that came nearest to a rule showed the sign in 146 of 300 steps, the next ones in 61 and 26.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from training.config import StepReport, TrainingError

WINDOW = 300
"""Steps that a rule looks back over."""

PERSISTENCE = 0.95
"""Share of the window's steps in which a rule must hold."""

LEAST_DIVERSITY = 0.1
"""Diversity of the prints as a share of the swatches'. It was 0.40 or more in every real grid from step 500 on."""

POOR_CHECKPOINTS = 3
"""Checkpoints in a row with less diversity than that."""

GREY_STEPS = 500
"""Steps in which all prints may be alike, as every run starts from one grey: 0.09 was seen at step 184."""


class CollapseError(TrainingError):
    """A run that was stopped because it would not recover, with the reason."""


@dataclass(frozen=True)
class Rule:
    """A sign of collapse in one step, what it means when it persists, and whether it also ends a run that cools."""

    reason: str
    holds: Callable[[StepReport], bool]
    while_cooling: bool = True


RULES = (
    Rule(
        "the discriminator tells every print from cloth, and the generator has nothing to learn from: "
        "give more swatches, a smaller discriminator or augment",
        lambda report: report.loss_d < 0.05 and report.d_fake < 0.02,
        # The rates fall then, and a discriminator that wins pulls the prints nowhere any more: tartans of 5,924 steps
        # were good prints when this rule ended their run.
        while_cooling=False,
    ),
    Rule(
        "the discriminator is lost, its loss is far above that of guessing: lower the learning rate",
        lambda report: report.loss_d > 5,
    ),
)


class CollapseWatch:
    """Follows a run, and says why it should stop.

    Args:
        diversity: `diversity_of` the swatches.
    """

    def __init__(self, diversity: float) -> None:
        self._diversity = diversity
        self._signs = [deque[bool](maxlen=WINDOW) for _ in RULES]
        self._poor = 0

    def after_step(self, report: StepReport, *, cools: bool = False) -> str | None:
        """The reason to stop after a step, or None.

        Args:
            cools: Whether the learning rates fall already.
        """
        for rule, signs in zip(RULES, self._signs, strict=True):
            signs.append(rule.holds(report))
            if sum(signs) >= PERSISTENCE * WINDOW and (rule.while_cooling or not cools):
                return f"in {sum(signs)} of the last {len(signs)} steps {rule.reason}"
        return None

    def share_of(self, diversity: float) -> float:
        """The diversity of prints as a share of the swatches'; 1 where the swatches are all alike."""
        return diversity / self._diversity if self._diversity > 0 else 1.0

    def after_samples(self, step: int, share: float) -> str | None:
        """The reason to stop after a checkpoint whose prints have `share_of` their diversity, or None."""
        self._poor = self._poor + 1 if step > GREY_STEPS and share < LEAST_DIVERSITY else 0
        if self._poor < POOR_CHECKPOINTS:
            return None
        return (
            f"at {self._poor} checkpoints in a row the prints differed {share:.0%} as much as the swatches do: "
            "the generator draws one print whatever its latent"
        )


def diversity_of(pictures: Tensor) -> float:
    """Mean distance between pairs of pictures (N, 3, H, W) in the mean and deviation of each channel.

    These do not change when a motif moves. In pixels, prints of one look would differ by where their motifs stand.
    """
    pixels = pictures.float().flatten(2)
    looks = torch.cat([pixels.mean(2), pixels.std(2)], dim=1)
    return torch.pdist(looks).mean().item()
