"""What decides a run of the pattern generator's training, and what a step of it reports."""

from __future__ import annotations

import json
import math
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from generator.latents import WAVES
from generator.networks import CELL, HARMONICS

PATCH = 64
"""Side in pixels of what the discriminator sees."""


class TrainingError(ValueError):
    """A run that cannot start or go on, with the reason and the remedy."""


def check_kind(name: str, value: object, kind: type) -> None:
    """Ask a setting for its own kind, so that "32" or NaN ends in one line and not deep within torch.

    Raises:
        TrainingError: It is of another, or a number that is none. A whole number is right for a share, too.
    """
    fits = type(value) is kind or (kind is float and type(value) is int)
    if not fits or (isinstance(value, float) and not math.isfinite(value)):
        names = {bool: "true or false", int: "a whole number", float: "a number", str: "a word"}
        raise TrainingError(f"{name} is {names[kind]}, got {value!r}")


def check_length(*, minutes: float | None, steps: int | None) -> None:
    """Ask for time and for steps above zero, of a run that is given them.

    Raises:
        TrainingError: There is no time, or no step, to train in.
    """
    if minutes is not None and not 0 < minutes < math.inf:
        raise TrainingError(f"a run has minutes above 0, got {minutes:g}")
    if steps is not None and steps < 1:
        raise TrainingError(f"a run has 1 step or more, got {steps}")


@dataclass(frozen=True)
class DcganConfig:
    """Everything that decides a run. `SEED_CONFIG` is the student project's own configuration of 2022.

    Attributes:
        architecture: "spatial" (any size, seamless) or "dcgan" (one vector, 64 x 64).
        waves: The periodic part, one of `generator.latents.WAVES`.
        waves_throughout: Read them at every resolution (`SpatialGenerator`).
        grid: Side of the training picture in latent cells; a picture larger than a patch is cropped to one.
        varied_grid: Draw the side anew in every step, from `least_grid` up to `grid`. A picture of one size has few
            periods that fit it; several sizes have many, and on average fewer pixels.
        least_grid: The least side of a varied grid. Without local noise it may be less than a patch's: the picture is
            one repeat then, laid side by side, and motifs may be as large as a patch.
        augment: Brightness, contrast and shift on real and fake in every step (DiffAugment, Zhao et al. 2020).
        inks: Colours that a print is mixed from; 0 for any colour anywhere (`SpatialGenerator`).
        quarter_turns: Also show swatches turned by 90 degrees: right for tossed prints, wrong for stripes.
        upright: Never show swatches upside down: their motifs have an up and a down.
        mirrored: Also show swatches mirrored: wrong where motifs bend to one side, as botehs do.
        ema_half_life: Steps after which a weight counts half in the averaged generator; 0 keeps no average.
        cooling: Share of a run (0..1), at its end, in which the learning rates fall to zero, in a line: the networks
            stop circling each other and what is nearly right becomes so.
    """

    architecture: str = "spatial"
    local_channels: int = 10
    global_channels: int = 20
    waves: str = "none"
    waves_throughout: bool = False
    features: int = 48
    inks: int = 0
    discriminator_features: int = 48
    grid: int = 8
    varied_grid: bool = False
    least_grid: int = PATCH // CELL
    batch: int = 32
    learning_rate: float = 2e-4
    beta1: float = 0.5
    beta2: float = 0.999
    augment: bool = True
    quarter_turns: bool = False
    upright: bool = False
    mirrored: bool = True
    ema_half_life: int = 200
    cooling: float = 0.2
    steps: int = 3000
    seed: int = 0

    def __post_init__(self) -> None:
        for setting in fields(self):
            check_kind(setting.name, getattr(self, setting.name), type(setting.default))
        if self.architecture not in {"spatial", "dcgan"} or self.waves not in WAVES:
            raise TrainingError(f"unknown architecture {self.architecture!r} or waves {self.waves!r}")
        if self.varied_grid and self.least_grid > self.grid:
            raise TrainingError(f"a varied grid goes from least_grid up to grid, got {self.least_grid} and {self.grid}")
        # Of local noise a patch must show no place twice; a repeat is laid twice over a patch at the most.
        enough = PATCH // CELL if self.local_channels else PATCH // CELL // 2
        smallest = self.least_grid if self.varied_grid else self.grid
        if self.architecture == "spatial" and smallest < enough:
            raise TrainingError(f"a patch needs a grid of {enough} cells or more, got {smallest}")
        if self.varied_grid and self.architecture == "dcgan":
            raise TrainingError("the DCGAN of one vector draws pictures of one size: set varied_grid to false")
        if self.waves_throughout and not WAVES[self.waves].shortest >= 2 * CELL:
            raise TrainingError(
                f"waves throughout need periods of {2 * CELL} px or more: waves {self.waves!r} have shorter"
            )
        if self.inks == 1 or self.inks < 0 or (self.inks and self.architecture == "dcgan"):
            raise TrainingError(f"a spatial generator mixes 2 inks or more, and 0 is none; got {self.inks}")
        check_length(minutes=None, steps=self.steps)
        if not 0 <= self.cooling <= 1:
            raise TrainingError(f"the cool-down is a share of the run, from 0 to 1, got {self.cooling:g}")
        if self.batch < 2:
            raise TrainingError(f"batch norm needs a batch of 2 or more, got {self.batch}")
        if self.learning_rate <= 0:
            raise TrainingError(f"a learning rate is above 0, got {self.learning_rate:g}")
        for name in ("beta1", "beta2"):
            if not 0 <= getattr(self, name) < 1:
                raise TrainingError(f"{name} lies from 0 to under 1, got {getattr(self, name):g}")
        least = {"features": 1, "discriminator_features": 1, "local_channels": int(self.architecture == "dcgan")}
        least |= dict.fromkeys(("global_channels", "ema_half_life", "seed"), 0)
        for name, bound in least.items():
            if getattr(self, name) < bound:
                raise TrainingError(f"{name} is {bound} or more, got {getattr(self, name)}")
        if not self.local_channels + self.global_channels + WAVES[self.waves].directions:
            raise TrainingError("a generator without any channel of noise or waves draws one print: give it some")

    @classmethod
    def of(cls, stored: dict[str, Any]) -> DcganConfig:
        """From a checkpoint's entry; settings that are none any more are left out."""
        known = {entry.name for entry in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})

    @classmethod
    def from_file(cls, path: Path) -> DcganConfig:
        """Read a JSON file of attributes; what it leaves out keeps its default."""
        try:
            values = json.loads(path.read_text())
        except (OSError, ValueError) as error:
            raise TrainingError(f"cannot read the configuration {path}: {error}") from error
        if not isinstance(values, dict):
            raise TrainingError(f"{path} is no configuration: it holds no object of settings")
        unknown = values.keys() - {entry.name for entry in fields(cls)}
        if unknown:
            raise TrainingError(f"{path} has unknown settings {sorted(unknown)}")
        return cls(**values)

    def network_arguments(self) -> dict[str, Any]:
        if self.architecture == "dcgan":
            return {"latent_channels": self.local_channels, "features": self.features}
        return {
            "local_channels": self.local_channels,
            "global_channels": self.global_channels,
            "wave_channels": 2 * HARMONICS * WAVES[self.waves].directions,
            "waves_throughout": self.waves_throughout,
            "features": self.features,
            "inks": self.inks,
        }


PRESETS = Path(__file__).parent / "presets.toml"
NAMED_CONFIGS = {name: DcganConfig(**values) for name, values in tomllib.loads(PRESETS.read_text()).items()}
SEED_CONFIG = NAMED_CONFIGS["seed"]


@dataclass
class StepReport:
    """What one step gave: losses in nats, D(x) and D(G(z)) as probabilities before the generator's update."""

    step: int
    loss_d: float
    loss_g: float
    d_real: float
    d_fake: float
    seconds: float = field(default=0.0)


@dataclass(frozen=True)
class CheckpointReport:
    """What a run has just written.

    Attributes:
        step: The last step that the checkpoint holds.
        samples: The grid of sample pictures, a PNG.
        diversity: How much these differ from each other, as a share of what the swatches do.
    """

    step: int
    samples: Path
    diversity: float
