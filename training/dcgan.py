"""Train a pattern generator against a DCGAN discriminator: the non-saturating game of Goodfellow et al. (2014), BCE.

The loop knows nothing of who runs it: it reports through callbacks and can be stopped and resumed at any step.
"""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from generator.checkpoint import build_network, save_generator
from generator.latents import HARMONICS, WAVE_DIRECTIONS, training_latents
from generator.networks import CELL, Discriminator
from training.swatches import PICTURES, grid_of, read_rgb

PATCH = 64
"""Side in pixels of what the discriminator sees."""


class TrainingError(ValueError):
    """A run that cannot start or go on, with the reason and the remedy."""


@dataclass(frozen=True)
class DcganConfig:
    """Everything that decides a run. `SEED_CONFIG` is the student project's own configuration of 2022.

    Attributes:
        architecture: "spatial" (any size, seamless) or "dcgan" (one vector, 64 x 64).
        waves: Directions of the periodic part: none, x (stripes), xy (zigzags) or square (checks: the same both ways).
        grid: Side of the training picture in latent cells; a picture larger than a patch is cropped to one.
        augment: Brightness, contrast and shift on real and fake in every step (DiffAugment, Zhao et al. 2020).
        quarter_turns: Also show swatches turned by 90 degrees: right for tossed prints, wrong for stripes.
        ema_half_life: Steps after which a weight counts half in the averaged generator; 0 keeps no average.
    """

    architecture: str = "spatial"
    local_channels: int = 10
    global_channels: int = 20
    waves: str = "none"
    features: int = 48
    discriminator_features: int = 48
    grid: int = 8
    batch: int = 32
    learning_rate: float = 2e-4
    beta1: float = 0.5
    beta2: float = 0.999
    augment: bool = True
    quarter_turns: bool = False
    ema_half_life: int = 200
    steps: int = 3000
    seed: int = 0

    def __post_init__(self) -> None:
        if self.architecture not in {"spatial", "dcgan"} or self.waves not in WAVE_DIRECTIONS:
            raise TrainingError(f"unknown architecture {self.architecture!r} or waves {self.waves!r}")
        if self.architecture == "spatial" and self.grid * CELL < PATCH:
            raise TrainingError(f"a patch needs a grid of {PATCH // CELL} cells or more, got {self.grid}")
        if self.batch < 2:
            raise TrainingError(f"batch norm needs a batch of 2 or more, got {self.batch}")

    @classmethod
    def from_file(cls, path: Path) -> DcganConfig:
        """Read a JSON file of attributes; what it leaves out keeps its default."""
        try:
            values = json.loads(path.read_text())
        except (OSError, ValueError) as error:
            raise TrainingError(f"cannot read the configuration {path}: {error}") from error
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
            "wave_channels": 2 * HARMONICS * WAVE_DIRECTIONS[self.waves],
            "features": self.features,
        }


SEED_CONFIG = DcganConfig(
    architecture="dcgan",
    local_channels=10,
    global_channels=0,
    features=64,
    discriminator_features=64,
    batch=128,
    augment=False,
    quarter_turns=False,
    ema_half_life=0,
)

NAMED_CONFIGS = {
    "seed": SEED_CONFIG,
    # The DCGAN tutorial of PyTorch's documentation: the baseline that prints are scored against.
    "tutorial": DcganConfig(
        architecture="dcgan",
        local_channels=100,
        global_channels=0,
        features=64,
        discriminator_features=64,
        batch=128,
        augment=False,
        ema_half_life=0,
    ),
    "default": DcganConfig(quarter_turns=True),
    # A larger picture than a patch lets periods vary that do not divide a patch.
    "stripes": DcganConfig(waves="x", local_channels=4, grid=12),
    "checks": DcganConfig(waves="square", local_channels=4, grid=12),
    "zigzags": DcganConfig(waves="xy", local_channels=4, grid=12),
}


@dataclass
class StepReport:
    """What one step gave: losses in nats, D(x) and D(G(z)) as probabilities before the generator's update."""

    step: int
    loss_d: float
    loss_g: float
    d_real: float
    d_fake: float
    seconds: float = field(default=0.0)


def load_swatches(folder: Path) -> Tensor:
    """Read every picture of a folder as one tensor (N, 3, S, S) uint8, S being the smallest side found, at least 64.

    Raises:
        TrainingError: Fewer than 16 pictures of 64 x 64 or more.
    """
    if not folder.is_dir():
        raise TrainingError(f"{folder} is not a folder: give the folder that holds the swatches")
    pictures = [read_rgb(path) for path in sorted(folder.iterdir()) if path.suffix.lower() in PICTURES]
    pictures = [picture for picture in pictures if min(picture.shape[:2]) >= PATCH]
    if len(pictures) < 16:
        raise TrainingError(
            f"{folder} holds {len(pictures)} pictures of {PATCH} px or more: add some, 16 are the least"
        )
    side = min(min(picture.shape[:2]) for picture in pictures)
    squares = []
    for picture in pictures:
        top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
        squares.append(picture[top : top + side, left : left + side])
    return torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2).contiguous()


class DcganTrainer:
    """One run: the two networks, their optimisers and every random stream, so that it can be saved and resumed exactly.

    Args:
        config: What to train.
        swatches: (N, 3, S, S) uint8, S >= 64.
        device: "cpu" or "cuda".
    """

    def __init__(self, config: DcganConfig, swatches: Tensor, *, device: str = "cpu") -> None:
        self.config = config
        self.device = device
        self.random = torch.Generator().manual_seed(config.seed)
        torch.manual_seed(config.seed)
        self.swatches = swatches
        self.generator = self._place(build_network(config.architecture, config.network_arguments()))
        self.discriminator = self._place(Discriminator(features=config.discriminator_features))
        self.average = copy.deepcopy(self.generator).requires_grad_(False)
        betas = (config.beta1, config.beta2)
        self.optimiser_g = torch.optim.Adam(self.generator.parameters(), lr=config.learning_rate, betas=betas)
        self.optimiser_d = torch.optim.Adam(self.discriminator.parameters(), lr=config.learning_rate, betas=betas)
        self.step = 0

    def train_step(self) -> StepReport:
        """Update the discriminator on real and generated patches, then the generator through it."""
        started = time.monotonic()
        real = self._augment(self._real_patches())
        latent, waves = self._latents(self.config.batch)
        with self._autocast():
            fake = self._augment(self._patches_of(self._generate(self.generator, latent, waves)))
            logits_real = self.discriminator(real)
            logits_fake = self.discriminator(fake.detach())
        # minimise -E[log D(x)] - E[log(1 - D(G(z)))], written with logits for stability
        loss_d = F.softplus(-logits_real.float()).mean() + F.softplus(logits_fake.float()).mean()
        self.optimiser_d.zero_grad(set_to_none=True)
        loss_d.backward()
        self.optimiser_d.step()

        self.discriminator.requires_grad_(False)
        with self._autocast():
            logits = self.discriminator(fake)
        # minimise -E[log D(G(z))], the non-saturating form
        loss_g = F.softplus(-logits.float()).mean()
        self.optimiser_g.zero_grad(set_to_none=True)
        loss_g.backward()
        self.optimiser_g.step()
        self.discriminator.requires_grad_(True)
        self._update_average()
        self.step += 1
        return StepReport(
            step=self.step,
            loss_d=loss_d.item(),
            loss_g=loss_g.item(),
            d_real=torch.sigmoid(logits_real.float()).mean().item(),
            d_fake=torch.sigmoid(logits_fake.float()).mean().item(),
            seconds=time.monotonic() - started,
        )

    @torch.no_grad()
    def averaged_generator(self, *, batches: int = 24) -> nn.Module:
        """The averaged generator with batch-norm statistics of its own.

        Statistics copied from the raw network make its pictures dark and flat, so they are measured anew, as the plain
        mean over `batches` batches of latents that no training step sees.
        """
        network = copy.deepcopy(self.average)
        norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None
        network.train()
        random = torch.Generator().manual_seed(self.config.seed + 1)
        for _ in range(batches):
            latent, waves = self._latents(self.config.batch, random)
            self._generate(network, latent, waves)
        return network.eval()

    def state(self) -> dict[str, Any]:
        return {
            "config": asdict(self.config),
            "step": self.step,
            "generator": self.generator.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "average": self.average.state_dict(),
            "optimiser_g": self.optimiser_g.state_dict(),
            "optimiser_d": self.optimiser_d.state_dict(),
            "random": self.random.get_state(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        if state["config"] != asdict(self.config):
            raise TrainingError(
                "the run was started with another configuration: resume with its own, or start a new run"
            )
        self.step = state["step"]
        for name in ("generator", "discriminator", "average", "optimiser_g", "optimiser_d"):
            getattr(self, name).load_state_dict(state[name])
        self.random.set_state(state["random"])

    def start_from(self, path: Path) -> None:
        """Take both networks from another run's `networks.safetensors`, as a start to learn a category faster from.

        Raises:
            TrainingError: The file cannot be read, or its networks are built otherwise than these.
        """
        try:
            tensors = load_file(path, device=self.device)
        except (OSError, SafetensorError) as error:
            raise TrainingError(f"{path} is not a file of networks to start from: {error}") from error
        for name, network in (("generator", self.generator), ("discriminator", self.discriminator)):
            part = {key.partition(".")[2]: tensor for key, tensor in tensors.items() if key.startswith(f"{name}.")}
            try:
                network.load_state_dict(part)
            except RuntimeError as error:
                raise TrainingError(f"the {name} of {path} is built otherwise than this run's: {error}") from error
        self.average.load_state_dict(self.generator.state_dict())

    def networks(self) -> dict[str, Tensor]:
        """Both networks for `start_from`, the averaged generator for the raw one, in half precision."""
        states = {"generator": self.average.state_dict(), "discriminator": self.discriminator.state_dict()}
        return {
            f"{name}.{key}": (tensor.half() if tensor.is_floating_point() else tensor).cpu().contiguous()
            for name, state in states.items()
            for key, tensor in state.items()
        }

    def _place(self, network: nn.Module) -> nn.Module:
        return network.to(self.device).to(memory_format=torch.channels_last)

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.device, dtype=torch.bfloat16)

    def _latents(self, count: int, random: torch.Generator | None = None) -> tuple[Tensor, Tensor | None]:
        random = random or self.random
        if self.config.architecture == "dcgan":
            return torch.randn(count, self.config.local_channels, 1, 1, generator=random).to(self.device), None
        latent, waves = training_latents(
            count,
            local_channels=self.config.local_channels,
            global_channels=self.config.global_channels,
            waves=self.config.waves,
            grid=self.config.grid,
            cell=CELL,
            random=random,
        )
        return latent.to(self.device), None if waves is None else waves.to(self.device)

    @staticmethod
    def _generate(network: nn.Module, latent: Tensor, waves: Tensor | None) -> Tensor:
        return network(latent) if waves is None else network(latent, waves)

    def _patches_of(self, pictures: Tensor) -> Tensor:
        """Cut one patch from each picture at a place that wraps around it: a torus has no preferred corner."""
        if self.config.architecture == "dcgan":
            return pictures
        down, right = torch.randint(0, CELL, (2,), generator=self.random).tolist()
        return torch.roll(pictures, (down, right), dims=(2, 3))[..., :PATCH, :PATCH]

    def _real_patches(self) -> Tensor:
        count, side = self.config.batch, self.swatches.shape[-1]
        chosen = torch.randint(0, len(self.swatches), (count,), generator=self.random)
        places = torch.randint(0, side - PATCH + 1, (count, 2), generator=self.random).tolist()
        flips = torch.randint(0, 2, (count, 3), generator=self.random).tolist()
        patches = torch.empty(count, 3, PATCH, PATCH, dtype=torch.uint8)
        for row, (index, (top, left), (across, down, turn)) in enumerate(
            zip(chosen.tolist(), places, flips, strict=True)
        ):
            patch = self.swatches[index, :, top : top + PATCH, left : left + PATCH]
            mirrored = [axis for axis, flip in ((2, across), (1, down)) if flip]
            patch = patch.flip(mirrored) if mirrored else patch
            patches[row] = patch.transpose(1, 2) if turn and self.config.quarter_turns else patch
        floats = patches.to(self.device, memory_format=torch.channels_last).float()
        return floats / 127.5 - 1

    def _augment(self, patches: Tensor) -> Tensor:
        """Brightness, contrast and a shift of up to 8 px, drawn anew per patch and differentiable (DiffAugment)."""
        if not self.config.augment:
            return patches
        count = len(patches)
        light = torch.rand(count, 1, 1, 1, generator=self.random).to(self.device) * 0.4 - 0.2
        contrast = torch.rand(count, 1, 1, 1, generator=self.random).to(self.device) * 0.5 + 0.75
        middle = patches.mean(dim=(1, 2, 3), keepdim=True)
        patches = (patches - middle) * contrast + middle + light
        down, right = (torch.randint(0, 17, (2,), generator=self.random)).tolist()
        padded = F.pad(patches, (8, 8, 8, 8), mode="reflect")
        return padded[..., down : down + PATCH, right : right + PATCH]

    @torch.no_grad()
    def _update_average(self) -> None:
        half_life = self.config.ema_half_life
        # A ramp: at first the average would remember the random start for longer than the run has lasted.
        weight = 1.0 if half_life == 0 else 1 - 0.5 ** (1 / min(half_life, max(self.step * 0.1, 1)))
        for kept, newest in zip(self.average.parameters(), self.generator.parameters(), strict=True):
            kept.lerp_(newest, weight)
        for averaged, current in zip(self.average.buffers(), self.generator.buffers(), strict=True):
            averaged.copy_(current)


def train_dcgan(
    config: DcganConfig,
    *,
    data: Path,
    category: str,
    output: Path,
    device: str = "cpu",
    resume: bool = False,
    minutes: float | None = None,
    start_from: Path | None = None,
    sources: list[str] | None = None,
    checkpoint_minutes: float = 3.0,
    on_step: Callable[[StepReport], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Path:
    """Train until `config.steps`, the end of `minutes`, or a stop; return the weights file.

    Writes to `output`: <category>.safetensors, checkpoint.pt (tensors only, read back with weights_only), losses.jsonl,
    samples/<step>.png and networks.safetensors, from which another run may start.

    Raises:
        TrainingError: Too few swatches, nothing to resume, another configuration, or a loss that is no number.
    """
    trainer = DcganTrainer(config, load_swatches(data), device=device)
    output.mkdir(parents=True, exist_ok=True)
    (output / "samples").mkdir(exist_ok=True)
    checkpoint = output / "checkpoint.pt"
    if resume:
        if not checkpoint.exists():
            raise TrainingError(f"{checkpoint} does not exist: leave --resume out to start a run")
        trainer.load_state(torch.load(checkpoint, map_location=device, weights_only=True))
        _drop_lines_after(output / "losses.jsonl", trainer.step)
    elif checkpoint.exists():
        raise TrainingError(f"{output} already holds a run: add --resume to go on with it, or give another folder")
    elif start_from is not None:
        trainer.start_from(start_from)
    weights = output / f"{category}.safetensors"
    header = {
        "architecture": config.architecture,
        "hyper_parameters": config.network_arguments(),
        "sampling": {"waves": config.waves},
        "category": category,
        "training": asdict(config),
        "started_from": start_from.stem if start_from else None,
        "sources": sources or [str(data)],
        "swatches": len(trainer.swatches),
    }

    def save() -> None:
        part = checkpoint.with_suffix(".part")
        torch.save(trainer.state(), part)
        part.replace(checkpoint)
        save_file(trainer.networks(), output / "networks.safetensors")
        network = trainer.averaged_generator()
        save_generator(network, {**header, "steps": trainer.step}, weights)
        _save_samples(trainer, network, output / "samples" / f"{trainer.step:06d}.png")

    started = saved = time.monotonic()
    with (output / "losses.jsonl").open("a") as log:
        while trainer.step < config.steps:
            report = trainer.train_step()
            if not math.isfinite(report.loss_d + report.loss_g):
                raise TrainingError(f"a loss stopped being a number at step {report.step}: lower the learning rate")
            log.write(json.dumps({key: round(value, 5) for key, value in asdict(report).items()}) + "\n")
            if on_step:
                on_step(report)
            now = time.monotonic()
            if now - saved > checkpoint_minutes * 60:
                log.flush()
                save()
                saved = time.monotonic()
            if (minutes is not None and now - started > minutes * 60) or (should_stop and should_stop()):
                break
    save()
    return weights


@torch.no_grad()
def _save_samples(trainer: DcganTrainer, network: nn.Module, path: Path) -> None:
    """Sixteen pictures of fixed latents, so that grids of different steps show the same prints."""
    latent, waves = trainer._latents(16, torch.Generator().manual_seed(7))
    pictures = trainer._generate(network, latent, waves).float().clamp(-1, 1)
    bytes_ = ((pictures + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()
    Image.fromarray(grid_of(list(bytes_), columns=4)).save(path)


def _drop_lines_after(log: Path, step: int) -> None:
    """Cut from a log what a killed run wrote after its last checkpoint: resuming will write it again."""
    if log.exists():
        lines = [line for line in log.read_text().splitlines() if line.strip() and json.loads(line)["step"] <= step]
        log.write_text("".join(line + "\n" for line in lines))
