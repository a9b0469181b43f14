"""Train the upscaler on close-ups of fabric and on drawn prints.

The loss is the mean absolute error of colours (Lim et al. 2017: crisper than the squared error) and of their steps to
the next pixel, in which threads count for more than grounds. Every step draws from a random stream
of its own number, so a run can be stopped and resumed at any step.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from generator.doubling import Upscaler, doubled
from generator.upscaling import ARCHITECTURE, save_upscaler
from training.acceleration import autocast
from training.config import TrainingError, check_length
from training.recipes import LICENCES
from training.run_folder import RunFolder
from training.swatches import grid_of
from training.upscaler_data import cast_of, draw_pairs, load_close_ups, split_photos
from training.upscaler_prints import compose_tiles, draw_print_pairs, held_out_prints

BORDER = 8
"""Pixels at the edge of a large patch that are not scored: there the network sees nothing beyond it."""

DRAWN = "own drawings, composed, MIT"
"""What the header names as the source of prints."""

SAMPLE = 128
"""Side in pixels of the pictures on the sample sheet."""


@dataclass(frozen=True)
class UpscalerConfig:
    """Everything that decides a run.

    Attributes:
        patch: Side in pixels of what the network is shown; it answers with twice that.
        batch: Patches a step, half of them of prints.
        prints: Composed tiles that are drawn for the run.
        step_weight: How much the error of steps between neighbouring pixels counts beside that of colours.
        ema_half_life: Steps after which a weight counts half in the averaged network, which is the one that is kept.
    """

    features: int = 32
    blocks: int = 8
    patch: int = 48
    batch: int = 12
    prints: int = 800
    learning_rate: float = 1e-3
    step_weight: float = 0.5
    ema_half_life: int = 60
    steps: int = 5000
    seed: int = 0

    def network_arguments(self) -> dict[str, Any]:
        return {"features": self.features, "blocks": self.blocks}


@dataclass
class UpscalerReport:
    """What one step gave: the whole loss, and in it the absolute error of colours, which are in [0, 1]."""

    step: int
    loss: float
    error: float
    seconds: float


class UpscalerTrainer:
    """One run: the network, its average and its optimiser.

    Args:
        config: What to train.
        pictures: Fabric, each (H, W, 3) uint8.
        tiles: Drawn prints, as `compose_tiles` returns them.
        device: "cpu" or "cuda".
    """

    def __init__(
        self,
        config: UpscalerConfig,
        pictures: Sequence[np.ndarray],
        tiles: Sequence[np.ndarray],
        *,
        device: str = "cpu",
    ) -> None:
        self.config = config
        self.pictures = pictures
        self.tiles = tiles
        self.device = device
        torch.manual_seed(config.seed)
        self.network = Upscaler(**config.network_arguments()).to(device).to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.network).requires_grad_(False).eval()
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=config.learning_rate)
        self.step = 0

    def train_step(self) -> UpscalerReport:
        started = time.monotonic()
        random = np.random.default_rng((self.config.seed, self.step))
        side, prints = self.config.patch, self.config.batch // 2
        fabric = draw_pairs(self.pictures, count=self.config.batch - prints, side=side, random=random)
        drawn_prints = draw_print_pairs(self.tiles, count=prints, side=side, random=random)
        pairs = zip(fabric, drawn_prints, strict=True)
        small, large = (self._tensor(np.concatenate(pictures)) for pictures in pairs)
        with autocast(self.device):
            drawn = self.network(small)
        drawn, large = (picture[..., BORDER:-BORDER, BORDER:-BORDER] for picture in (drawn.float(), large))
        error = F.l1_loss(drawn, large)
        across, down = (F.l1_loss(drawn.diff(dim=axis), large.diff(dim=axis)) for axis in (3, 2))
        loss = error + self.config.step_weight * (across + down)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        self._update_average()
        self.step += 1
        return UpscalerReport(self.step, loss.item(), error.item(), time.monotonic() - started)

    def state(self) -> dict[str, Any]:
        return {
            "config": asdict(self.config),
            "step": self.step,
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        if state["config"] != asdict(self.config):
            raise TrainingError(
                "the run was started with another configuration: resume with its own, or start a new run"
            )
        self.step = state["step"]
        for name in ("network", "average", "optimiser"):
            getattr(self, name).load_state_dict(state[name])

    def _tensor(self, pictures: np.ndarray) -> Tensor:
        # Read in rows of pixels, (N, H, W, 3) already lies in memory as channels_last.
        return torch.from_numpy(pictures).to(self.device).permute(0, 3, 1, 2).float() / 255

    @torch.no_grad()
    def _update_average(self) -> None:
        # A ramp: at first the average would remember the start for longer than the run has lasted.
        weight = 1 - 0.5 ** (1 / min(self.config.ema_half_life, max(self.step * 0.1, 1)))
        for kept, newest in zip(self.average.parameters(), self.network.parameters(), strict=True):
            kept.lerp_(newest, weight)


def train_upscaler(
    config: UpscalerConfig,
    *,
    data: Sequence[Path],
    output: Path,
    device: str = "cpu",
    resume: bool = False,
    minutes: float | None = None,
    sources: list[str] | None = None,
    checkpoint_minutes: float = 3.0,
    on_step: Callable[[UpscalerReport], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Path:
    """Train until `config.steps`, the end of `minutes`, or a stop; return the weights file.

    Writes to `output`: upscaler.safetensors, checkpoint.pt (tensors only, read back with weights_only), losses.jsonl,
    and samples/<step>.png: held-out fabric and prints of other designs, made small and enlarged by Lanczos, by the
    network, and as they were.

    Raises:
        TrainingError: Too few photos, no minutes, nothing to resume, another configuration, or a loss that is no
            number.
    """
    check_length(minutes=minutes, steps=config.steps)
    folder = RunFolder(output, ARCHITECTURE)
    state = folder.read_checkpoint() if resume else None
    if state is None:
        folder.make()
    trained_on, held_out = split_photos(data)
    cast = cast_of(trained_on)
    tiles = compose_tiles(config.prints, seed=config.seed)
    trainer = UpscalerTrainer(config, load_close_ups(trained_on, cast=cast), tiles, device=device)
    shown = [_halved(picture) for picture in load_close_ups(held_out[:: math.ceil(len(held_out) / 6)], cast=cast)]
    shown += held_out_prints(len(shown), side=SAMPLE // 4, seed=config.seed)
    if state:
        trainer.load_state(state)
    folder.cut_after(trainer.step)
    header = {
        "hyper_parameters": config.network_arguments(),
        "training": asdict(config),
        "sources": [*(sources or sorted({LICENCES.get(folder.parent.name, str(folder)) for folder in data})), DRAWN],
        "photos": len(trained_on),
        "cast": [round(float(channel), 6) for channel in cast],
        "metrics": {},
    }

    def save() -> None:
        folder.write_checkpoint(trainer.state())
        save_upscaler(trainer.average, {**header, "steps": trainer.step}, folder.weights)
        _save_samples(trainer.average, shown, output / "samples" / f"{trainer.step:06d}.png")

    started = saved = time.monotonic()
    while trainer.step < config.steps:
        report = trainer.train_step()
        if not math.isfinite(report.loss):
            raise TrainingError(f"the loss stopped being a number at step {report.step}: lower the learning rate")
        folder.log_losses({key: round(value, 5) for key, value in asdict(report).items()})
        if on_step:
            on_step(report)
        now = time.monotonic()
        if (minutes is not None and now - started > minutes * 60) or (should_stop and should_stop()):
            break
        if now - saved > checkpoint_minutes * 60:
            save()
            saved = time.monotonic()
    save()
    return folder.weights


def _halved(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The middle of a picture, reduced, and as it is."""
    top, left = ((length - SAMPLE) // 2 for length in picture.shape[:2])
    whole = picture[top : top + SAMPLE, left : left + SAMPLE]
    small = Image.fromarray(whole).resize((SAMPLE // 2, SAMPLE // 2), Image.Resampling.BICUBIC)
    return np.asarray(small), whole


def enlarged(network: Upscaler, small: np.ndarray, width: int) -> np.ndarray:
    """Double a picture, (H, W, 3) uint8, until it is `width` pixels wide."""
    while small.shape[1] < width:
        small = doubled(network, small)
    return small


def _save_samples(network: Upscaler, pairs: Sequence[tuple[np.ndarray, np.ndarray]], path: Path) -> None:
    """One row per pair of a small picture and what it was: enlarged by Lanczos, by the network, and as it was."""
    shown = []
    for small, whole in pairs:
        smooth = Image.fromarray(small).resize(whole.shape[1::-1], Image.Resampling.LANCZOS)
        shown += [np.asarray(smooth), enlarged(network, small, SAMPLE), whole]
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(grid_of(shown, columns=3)).save(path)
