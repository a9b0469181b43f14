"""A pattern generator against a DCGAN discriminator: the non-saturating game of Goodfellow et al. (2014), BCE."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from generator.checkpoint import FINISHER, JUDGE, build_network
from generator.latents import training_latents
from generator.networks import CELL, Discriminator, wave_cell_of
from training.acceleration import autocast, compiler_for, placed
from training.augment import augmented
from training.config import PATCH, DcganConfig, StepReport, TrainingError
from training.parallel import ALONE, Processes
from training.splits import held_out_files
from training.swatches import pictures_in, read_rgb

PALETTE_RATE = 10.0
"""Learning rate of the palettes, in that of all else: few numbers, and wrong colours are what is told first."""


def load_swatches(folder: Path, *, hold_out: float = 0.0, kept_out: bool = False) -> Tensor:
    """Read the pictures of a folder as one tensor (N, 3, S, S) uint8, S being the smallest side found, at least 64.

    Where there is a manifest only what it names is read: of anything else no photo and no licence is known. Of each
    picture the square in its middle is taken; larger ones are reduced, so that no motif is cut off at their edges.

    Args:
        hold_out: Share of the photos whose swatches are left out, by the folder's manifest.
        kept_out: Read these swatches instead of the others.

    Raises:
        TrainingError: Fewer than 16 pictures of 64 x 64 or more, or photos to leave out and no manifest.
    """
    if not folder.is_dir():
        raise TrainingError(f"{folder} is not a folder: give the folder that holds the swatches")
    left_out = held_out_files(folder, hold_out)
    pictures = [read_rgb(path) for path in pictures_in(folder) if (path.name in left_out) == kept_out]
    pictures = [picture for picture in pictures if min(picture.shape[:2]) >= PATCH]
    if len(pictures) < 16:
        part = f" in the part {'kept out' if kept_out else 'trained on'}" if hold_out else ""
        raise TrainingError(
            f"{folder} holds {len(pictures)} pictures of {PATCH} px or more{part}: add some, 16 are the least"
        )
    side = min(min(picture.shape[:2]) for picture in pictures)
    squares = [_square(picture, side) for picture in pictures]
    return torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2).contiguous()


def _square(picture: np.ndarray, side: int) -> np.ndarray:
    whole = min(picture.shape[:2])
    top, left = ((length - whole) // 2 for length in picture.shape[:2])
    square = picture[top : top + whole, left : left + whole]
    return square if whole == side else cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA)


def _networks_in(path: Path) -> dict[str, Tensor]:
    """The tensors of two networks, or of a version's generator under the same names."""
    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise TrainingError(f"{path} is not a file of networks to start from: {error}") from error
    if any(key.startswith("generator.") for key in tensors):
        return tensors
    return {f"generator.{key}": tensor for key, tensor in tensors.items() if not key.startswith((JUDGE, FINISHER))}


def cut_patch(swatch: Tensor, top: int, left: int, flips: list[int], config: DcganConfig) -> Tensor:
    """A patch (3, 64, 64) of a swatch (3, S, S) as training shows it: mirrored or turned, as far as its motifs allow.

    Args:
        flips: 0 or 1 each: mirrored across, upside down, turned by 90 degrees.
        config: What its `mirrored`, `upright` and `quarter_turns` forbid is not done.
    """
    across, down, turn = flips
    patch = swatch[:, top : top + PATCH, left : left + PATCH]
    axes = [axis for axis, flip in ((2, across and config.mirrored), (1, down and not config.upright)) if flip]
    patch = patch.flip(axes) if axes else patch
    return patch.transpose(1, 2) if turn and config.quarter_turns else patch


class DcganTrainer:
    """One run: the two networks, their optimisers and every random stream, so that it can be saved and resumed exactly.

    Args:
        config: What to train.
        swatches: (N, 3, S, S) uint8, S >= 64.
        processes: Those that share the run, and the device that this one computes on.
    """

    def __init__(self, config: DcganConfig, swatches: Tensor, *, processes: Processes = ALONE) -> None:
        self.config = config
        self.processes = processes
        self.device = processes.device
        self._share = processes.share_of(config.batch)
        self.random = torch.Generator().manual_seed(config.seed)
        torch.manual_seed(config.seed)
        self.swatches = swatches
        self.generator = placed(build_network(config.architecture, config.network_arguments()), self.device)
        self.discriminator = placed(Discriminator(features=config.discriminator_features), self.device)
        self.average = copy.deepcopy(self.generator).requires_grad_(False)
        self._draw: Callable[..., Tensor] = self.generator
        self._judge: Callable[[Tensor], Tensor] = self.discriminator
        if processes.count == 1:
            compiler = compiler_for(self.device)
            self._draw, self._judge = compiler(self.generator), compiler(self.discriminator)
        elif self.device != "cpu":
            self._draw = self.generator = nn.SyncBatchNorm.convert_sync_batchnorm(self.generator)
            self._judge = self.discriminator = nn.SyncBatchNorm.convert_sync_batchnorm(self.discriminator)
        # One pass over all weights instead of ten.
        settings: dict[str, Any] = {"betas": (config.beta1, config.beta2), "fused": True}
        groups: list[dict[str, Any]] = [{"params": [], "lr": config.learning_rate * rate} for rate in (1, PALETTE_RATE)]
        for name, parameter in self.generator.named_parameters():
            groups[name.startswith("palette.")]["params"].append(parameter)
        self.optimiser_g = torch.optim.Adam([group for group in groups if group["params"]], **settings)
        self.optimiser_d = torch.optim.Adam(self.discriminator.parameters(), lr=config.learning_rate, **settings)
        self.step = 0

    def train_step(self, left: float = 1.0) -> StepReport:
        """Update the discriminator on real and generated patches, then the generator through it.

        Args:
            left: Share of the run (0..1) that is left before this step; in the cool-down learning rates follow it.
        """
        started = time.monotonic()
        self._set_learning_rates(left)
        real = self._augmented(self._real_patches())
        latent, waves = self._latents(self.config.batch, grid=self._grid())
        with autocast(self.device):
            drawn = self._generate(self._draw, latent[self._share], None if waves is None else waves[self._share])
            fake = self._augmented(self._patches_of(drawn))
            logits_real = self._judge(real)
            logits_fake = self._judge(fake.detach())
        # minimise -E[log D(x)] - E[log(1 - D(G(z)))], written with logits for stability
        loss_d = F.softplus(-logits_real.float()).mean() + F.softplus(logits_fake.float()).mean()
        self._update(self.discriminator, self.optimiser_d, loss_d)

        self.discriminator.requires_grad_(False)
        with autocast(self.device):
            logits = self._judge(fake)
        # minimise -E[log D(G(z))], the non-saturating form
        loss_g = F.softplus(-logits.float()).mean()
        self._update(self.generator, self.optimiser_g, loss_g)
        self.discriminator.requires_grad_(True)
        self._update_average()
        self.step += 1
        believed = [torch.sigmoid(logits.float()).mean() for logits in (logits_real, logits_fake)]
        figures = self.processes.mean(torch.stack([loss_d, loss_g, *believed]).detach())
        names = ("loss_d", "loss_g", "d_real", "d_fake")
        means = dict(zip(names, figures.tolist(), strict=True))
        return StepReport(self.step, **means, seconds=time.monotonic() - started)

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
            latent, waves = self._latents(self.config.batch, random, grid=self._grid(random))
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
        # How long a run lasts may be thought over: one that has learned is cooled down, one that has not goes on.
        if (
            replace(DcganConfig.of(state["config"]), steps=self.config.steps, cooling=self.config.cooling)
            != self.config
        ):
            raise TrainingError(
                "the run was started with another configuration: resume with its own, or start a new run"
            )
        self.step = state["step"]
        for name in ("generator", "discriminator", "average", "optimiser_g", "optimiser_d"):
            getattr(self, name).load_state_dict(state[name])
        self.random.set_state(state["random"])

    def start_from(self, path: Path, *, discriminator_from: Path | None = None) -> None:
        """Take both networks from earlier runs, as a start to learn a category faster from.

        Args:
            path: `networks.safetensors` of a run, or weights, which hold a generator alone.
            discriminator_from: `networks.safetensors` whose discriminator is taken in place of that of `path`.

        Raises:
            TrainingError: A file cannot be read, has no discriminator, or its networks are built otherwise than these.
        """
        drawing = _networks_in(path)
        judging = _networks_in(discriminator_from) if discriminator_from else drawing
        if not any(key.startswith("discriminator.") for key in judging):
            raise TrainingError(
                f"{discriminator_from or path} holds no discriminator: name the networks.safetensors of a run like "
                "this one with --discriminator-from"
            )
        sources = (
            ("generator", self.generator, drawing, path),
            ("discriminator", self.discriminator, judging, discriminator_from or path),
        )
        for name, network, tensors, file in sources:
            part = {key.partition(".")[2]: tensor for key, tensor in tensors.items() if key.startswith(f"{name}.")}
            if name == "generator":
                part = self._with_own_colours(part)
            try:
                network.load_state_dict(part)
            except RuntimeError as error:
                raise TrainingError(f"the {name} of {file} is built otherwise than this run's: {error}") from error
        self.average.load_state_dict(self.generator.state_dict())

    def _with_own_colours(self, part: dict[str, Tensor]) -> dict[str, Tensor]:
        """Another generator's tensors, but for the layers that colour, where that one has another number of inks."""
        own = self.generator.state_dict()
        last = max(key for key in own if key.startswith("fine.") and key.endswith(".bias"))
        if last not in part or part[last].shape == own[last].shape:
            return part
        colours = (last, last.replace("bias", "weight"), "palette.")
        kept = {key: tensor for key, tensor in part.items() if not key.startswith(colours)}
        return kept | {key: tensor for key, tensor in own.items() if key.startswith(colours)}

    def networks(self) -> dict[str, Tensor]:
        """Both networks for `start_from`, the averaged generator for the raw one, in half precision."""
        states = {"generator": self.average.state_dict(), "discriminator": self.discriminator.state_dict()}
        return {
            f"{name}.{key}": (tensor.half() if tensor.is_floating_point() else tensor).cpu().contiguous()
            for name, state in states.items()
            for key, tensor in state.items()
        }

    def is_finite(self) -> bool:
        """Whether every weight of both networks is a number."""
        parameters = (*self.generator.parameters(), *self.discriminator.parameters())
        return all(bool(torch.isfinite(parameter).all()) for parameter in parameters)

    @torch.no_grad()
    def fixed_samples(self, network: nn.Module) -> Tensor:
        """Sixteen pictures (16, 3, S, S) in [-1, 1] of latents that are the same at every step."""
        latent, waves = self._latents(16, torch.Generator().manual_seed(7))
        return self._generate(network, latent, waves).float().clamp(-1, 1)

    def _update(self, network: nn.Module, optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.processes.average_gradients(network)
        optimiser.step()

    def _set_learning_rates(self, left: float) -> None:
        share = min(1.0, left / self.config.cooling) if self.config.cooling else 1.0
        for optimiser in (self.optimiser_g, self.optimiser_d):
            for group, rate in zip(optimiser.param_groups, (1, PALETTE_RATE), strict=False):
                group["lr"] = self.config.learning_rate * rate * share

    def _grid(self, random: torch.Generator | None = None) -> int:
        """Side of the next pictures in cells."""
        if not self.config.varied_grid:
            return self.config.grid
        sides = (self.config.least_grid, self.config.grid + 1)
        return int(torch.randint(*sides, (), generator=random or self.random))

    def _latents(
        self, count: int, random: torch.Generator | None = None, *, grid: int | None = None
    ) -> tuple[Tensor, Tensor | None]:
        random = random or self.random
        if self.config.architecture == "dcgan":
            return torch.randn(count, self.config.local_channels, 1, 1, generator=random).to(self.device), None
        latent, waves = training_latents(
            count,
            local_channels=self.config.local_channels,
            global_channels=self.config.global_channels,
            waves=self.config.waves,
            grid=grid or self.config.grid,
            cell=CELL,
            wave_cell=wave_cell_of(waves_throughout=self.config.waves_throughout),
            random=random,
        )
        return latent.to(self.device), None if waves is None else waves.to(self.device)

    @staticmethod
    def _generate(network: Callable[..., Tensor], latent: Tensor, waves: Tensor | None) -> Tensor:
        return network(latent) if waves is None else network(latent, waves)

    def _patches_of(self, pictures: Tensor) -> Tensor:
        """Cut one patch from each picture at a place that wraps around it: a torus has no preferred corner. Of a
        smaller one four are laid together first."""
        if self.config.architecture == "dcgan":
            return pictures
        if pictures.shape[-1] < PATCH:
            pictures = pictures.repeat(1, 1, 2, 2)
        down, right = torch.randint(0, CELL, (2,), generator=self.random).tolist()
        return torch.roll(pictures, (down, right), dims=(2, 3))[..., :PATCH, :PATCH]

    def _real_patches(self) -> Tensor:
        count, side = self.config.batch, self.swatches.shape[-1]
        chosen = torch.randint(0, len(self.swatches), (count,), generator=self.random)
        places = torch.randint(0, side - PATCH + 1, (count, 2), generator=self.random).tolist()
        flips = torch.randint(0, 2, (count, 3), generator=self.random).tolist()
        rows = list(zip(chosen.tolist(), places, flips, strict=True))[self._share]
        cut = [cut_patch(self.swatches[index], top, left, flip, self.config) for index, (top, left), flip in rows]
        patches = torch.stack(cut)
        floats = patches.to(self.device, memory_format=torch.channels_last).float()
        return floats / 127.5 - 1

    def _augmented(self, patches: Tensor) -> Tensor:
        if not self.config.augment:
            return patches
        return augmented(patches, self.random, batch=self.config.batch, share=self._share)

    @torch.no_grad()
    def _update_average(self) -> None:
        half_life = self.config.ema_half_life
        # A ramp: at first the average would remember the random start for longer than the run has lasted.
        weight = 1.0 if half_life == 0 else 1 - 0.5 ** (1 / min(half_life, max(self.step * 0.1, 1)))
        for kept, newest in zip(self.average.parameters(), self.generator.parameters(), strict=True):
            kept.lerp_(newest, weight)
        for averaged, current in zip(self.average.buffers(), self.generator.buffers(), strict=True):
            averaged.copy_(current)
