"""The files of one run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

from training.config import TrainingError
from training.curves import draw_curves
from training.swatches import grid_of


class RunFolder:
    """Where a run writes: weights, checkpoint, networks, log, curves, sample grids and its state.

    Attributes:
        weights: The generator, <category>.safetensors.
        networks: networks.safetensors, from which another run may start.
        checkpoint: checkpoint.pt, from which a stopped run goes on.
        losses: losses.jsonl, a line for every step.
        samples: samples.jsonl, a line for every grid of samples.
    """

    def __init__(self, path: Path, category: str) -> None:
        self.path = path
        self.weights = path / f"{category}.safetensors"
        self.networks = path / "networks.safetensors"
        self.checkpoint = path / "checkpoint.pt"
        self.losses = path / "losses.jsonl"
        self.samples = path / "samples.jsonl"

    def make(self) -> None:
        """Make the folder of a new run.

        Raises:
            TrainingError: It holds a run.
        """
        if self.checkpoint.exists():
            raise TrainingError(
                f"{self.path} already holds a run: add --resume to go on with it, or give another folder"
            )
        self.path.mkdir(parents=True, exist_ok=True)

    def read_checkpoint(self) -> dict[str, Any]:
        """Read the state of the last checkpoint: plain values, and tensors on the CPU.

        Raises:
            TrainingError: There is none, or it is damaged.
        """
        if not self.checkpoint.exists():
            raise TrainingError(f"{self.checkpoint} does not exist: leave --resume out to start a run")
        try:
            state = torch.load(self.checkpoint, map_location="cpu", weights_only=True)
        except Exception as error:  # torch and pickle raise many types for a file cut short
            raise TrainingError(
                f"{self.checkpoint} cannot be read ({type(error).__name__}): start a new run in another folder"
            ) from error
        if not isinstance(state, dict) or not {"config", "step"} <= state.keys():
            raise TrainingError(f"{self.checkpoint} holds no run: start a new run in another folder")
        return state

    def write_checkpoint(self, state: dict[str, Any]) -> None:
        part = self.checkpoint.with_suffix(".part")
        torch.save(state, part)
        part.replace(self.checkpoint)

    def write_networks(self, tensors: dict[str, torch.Tensor], metadata: dict[str, str]) -> None:
        """Write networks.safetensors beside and rename it: a run killed meanwhile leaves the ones of before."""
        part = self.networks.with_suffix(".part")
        save_file(tensors, part, metadata=metadata)
        part.replace(self.networks)

    def cut_after(self, step: int) -> None:
        """Cut from the logs what a killed run wrote after its last checkpoint: resuming will write it again."""
        for log in (self.losses, self.samples):
            cut_log(log, step)

    def read_losses(self) -> list[dict[str, Any]]:
        return _rows(self.losses)

    def read_samples(self) -> list[dict[str, Any]]:
        return _rows(self.samples)

    def log_losses(self, row: dict[str, Any]) -> None:
        """Append a line to losses.jsonl, which can be followed while the run goes on."""
        with self.losses.open("a") as log:
            log.write(json.dumps(row) + "\n")

    def draw_curves(self) -> None:
        """Draw losses.png from the lines of losses.jsonl."""
        draw_curves(self.read_losses(), self.path / "losses.png")

    def write_samples(self, step: int, pictures: torch.Tensor, diversity: float) -> Path:
        """Write a grid of pictures (N, 3, H, W), values in [-1, 1], and its line in samples.jsonl; return its file."""
        bytes_ = ((pictures + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()
        file = f"samples/{step:06d}.png"
        (self.path / "samples").mkdir(exist_ok=True)
        Image.fromarray(np.uint8(grid_of(list(bytes_), columns=4))).save(self.path / file)
        earlier = [row for row in self.read_samples() if row["step"] != step]
        row = {"step": step, "file": file, "diversity": round(diversity, 4)}
        self.samples.write_text("".join(json.dumps(row) + "\n" for row in (*earlier, row)))
        return self.path / file

    def write_state(self, **facts: Any) -> None:
        """Write run.json, what the run is at."""
        part = self.path / "run.part"
        part.write_text(json.dumps(facts, indent=1) + "\n")
        part.replace(self.path / "run.json")


def cut_log(log: Path, step: int) -> None:
    """Cut the lines of later steps than `step`, and half of a line, from a log of JSON lines."""
    log.write_text("".join(json.dumps(row) + "\n" for row in _rows(log) if row["step"] <= step))


def _rows(log: Path) -> list[dict[str, Any]]:
    if not log.exists():
        return []
    # What follows the last line end is half a line of a killed run.
    return [json.loads(line) for line in log.read_text().split("\n")[:-1]]
