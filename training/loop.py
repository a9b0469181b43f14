"""Train the pattern generator of one category from a folder of swatches.

The loop knows nothing of who runs it: it reports through callbacks and can be stopped and resumed at any step.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn

from generator.checkpoint import save_generator
from training.config import DcganConfig, StepReport, TrainingError
from training.dcgan import DcganTrainer, load_swatches
from training.swatches import grid_of


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
