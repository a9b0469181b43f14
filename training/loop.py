"""Train the pattern generator of one category from a folder of swatches.

The loop knows nothing of who runs it: it reports through callbacks and can be stopped and resumed at any step.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict
from enum import IntEnum
from pathlib import Path
from typing import Any

import torch

from generator.checkpoint import HEADER_KEY, save_generator
from generator.upscaling import SHIPPED, load_upscaler
from training.collapse import CollapseError, CollapseWatch, diversity_of
from training.config import CheckpointReport, DcganConfig, StepReport, TrainingError, check_length
from training.dcgan import DcganTrainer, load_swatches
from training.least_look import least_look_of, repeats_by_whole_cells
from training.manifests import describe_start, sources_of
from training.parallel import ALONE, Processes
from training.run_folder import RunFolder
from training.symmetries import symmetries_of


class _Decision(IntEnum):
    GO_ON = 0
    STOPPED = 1
    COLLAPSED = 2


def train_dcgan(
    config: DcganConfig,
    *,
    data: Path,
    category: str,
    output: Path,
    processes: Processes = ALONE,
    resume: bool = False,
    minutes: float | None = None,
    minutes_in_all: float | None = None,
    start_from: Path | None = None,
    discriminator_from: Path | None = None,
    sources: list[str] | None = None,
    hold_out: float = 0.0,
    checkpoint_minutes: float = 3.0,
    on_step: Callable[[StepReport], None] | None = None,
    on_checkpoint: Callable[[CheckpointReport], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Path:
    """Train until `config.steps`, the end of `minutes`, or a stop; return the weights file.

    Writes to `output`: <category>.safetensors, checkpoint.pt (tensors only, read back with weights_only), losses.jsonl
    and losses.png, samples/<step>.png and samples.jsonl, run.json (state and reason) and networks.safetensors, from
    which another run may start.

    Args:
        processes: Those that share the run, and this one's device. Only the first writes, calls back and decides.
        minutes: Time to train for.
        minutes_in_all: Of a run that is resumed, with what it had before: its cool-down is a share of that.
        start_from, discriminator_from: As `DcganTrainer.start_from` has them.
        sources: Where the swatches are from, with licences; by default what their manifest.json says.
        hold_out: Share (0..1) of the photos whose swatches are kept out of training.
        checkpoint_minutes: Time between two checkpoints.
        on_checkpoint: Called when a checkpoint and all that goes with it are written.

    Raises:
        CollapseError: The run would not recover; its checkpoint is kept, and run.json says why.
        TrainingError: Too few swatches, no minutes, nothing to resume, or another configuration.
    """
    check_length(minutes=minutes, steps=config.steps)
    swatches = load_swatches(data, hold_out=hold_out)
    trainer = DcganTrainer(config, swatches, processes=processes)
    folder = RunFolder(output, category)
    if discriminator_from and not start_from:
        raise TrainingError("--discriminator-from alone starts nothing: name weights, too, with --start-from")
    started_from = describe_start(start_from, discriminator_from) if start_from else None
    if resume:
        state = folder.read_checkpoint()
        started_from = state.get("started_from", started_from)
        kept_out = state.get("hold_out", 0.0)  # checkpoints of before there was a choice have no such entry
        if kept_out != hold_out:
            raise TrainingError(
                f"the run keeps a share of {kept_out:g} of its photos out: give --hold-out {kept_out:g}"
            )
        trainer.load_state(state)
    else:
        folder.make()
        if start_from is not None:
            trainer.start_from(start_from, discriminator_from=discriminator_from)
    pictures = swatches.permute(0, 2, 3, 1).numpy()
    whole_cells = repeats_by_whole_cells(config.architecture, config.network_arguments())
    header = {
        "architecture": config.architecture,
        "hyper_parameters": config.network_arguments(),
        "sampling": {
            "waves": config.waves,
            "whole_cells": whole_cells,
            "symmetries": symmetries_of(pictures, config.waves) if whole_cells else [],
            "least_look": least_look_of(pictures),
        },
        "category": category,
        "training": asdict(config),
        "started_from": started_from,
        "sources": sources or sources_of(data),
        "swatches": len(swatches),
        "hold_out": hold_out,
        "processes": processes.count,
    }
    lead = _Lead(trainer, folder, header, checkpoint_minutes, on_step, on_checkpoint) if processes.first else None
    ends = None if minutes is None else time.monotonic() + minutes * 60

    def left() -> float:
        by_steps = 1 - trainer.step / config.steps
        if minutes is None or ends is None:
            return by_steps
        by_time = max(0.0, ends - time.monotonic()) / (60 * (minutes_in_all or minutes))
        # Each process has a clock of its own, and all must learn at one rate.
        return min(by_steps, float(processes.mean(torch.tensor(by_time, device=processes.device))))

    decision = _Decision.GO_ON
    while decision == _Decision.GO_ON and trainer.step < config.steps:
        remaining = left()
        report = trainer.train_step(remaining)
        if lead:
            decision = lead.after_step(report, cools=remaining < config.cooling)
            if decision == _Decision.GO_ON and ends is not None and time.monotonic() > ends:
                decision = lead.stop(_Decision.STOPPED, "the minutes are over")
            elif decision == _Decision.GO_ON and should_stop and should_stop():
                decision = lead.stop(_Decision.STOPPED, "asked to stop")
        decision = _Decision(processes.agreed(decision))
    if lead:
        lead.end()
    elif decision == _Decision.COLLAPSED:
        raise CollapseError("the first process stopped the run")
    return folder.weights


class _Lead:
    """What the first process does beside training: logs, checkpoints, and the reasons to stop."""

    def __init__(
        self,
        trainer: DcganTrainer,
        folder: RunFolder,
        header: dict[str, Any],
        checkpoint_minutes: float,
        on_step: Callable[[StepReport], None] | None,
        on_checkpoint: Callable[[CheckpointReport], None] | None,
    ) -> None:
        self._trainer = trainer
        self._folder = folder
        self._header = header
        self._finisher = load_upscaler(SHIPPED, "cpu") if header["sampling"]["whole_cells"] else None
        self._checkpoint_s = checkpoint_minutes * 60
        self._on_step = on_step
        self._on_checkpoint = on_checkpoint
        self._decision = _Decision.GO_ON
        self._reason: str | None = None
        self._worth_keeping = True
        self._saved_step: int | None = None
        self._saved = time.monotonic()
        some = trainer.swatches[:: max(1, len(trainer.swatches) // 128)]
        self._watch = CollapseWatch(diversity_of(some / 127.5 - 1))
        folder.cut_after(trainer.step)
        for row in folder.read_losses():
            self._watch.after_step(StepReport(**row))
        for row in folder.read_samples():
            self._watch.after_samples(row["step"], row["diversity"])
        self._write_state("running")

    def after_step(self, report: StepReport, *, cools: bool) -> _Decision:
        if not math.isfinite(report.loss_d + report.loss_g):
            self._worth_keeping = False
            return self.stop(_Decision.COLLAPSED, "a loss is no number any more: lower the learning rate")
        row = {key: round(value, 5) for key, value in asdict(report).items()}
        self._folder.log_losses(row)
        if self._on_step:
            self._on_step(report)
        reason = self._watch.after_step(StepReport(**row), cools=cools)
        if reason is None and time.monotonic() - self._saved > self._checkpoint_s:
            reason = self._save()
        return self.stop(_Decision.COLLAPSED, reason) if reason else _Decision.GO_ON

    def stop(self, decision: _Decision, reason: str) -> _Decision:
        self._decision, self._reason = decision, reason
        return decision

    def end(self) -> None:
        """Write the last checkpoint and how the run ended.

        Raises:
            CollapseError: It collapsed.
        """
        if self._worth_keeping and self._saved_step != self._trainer.step:
            reason = self._save()
            if reason and self._decision != _Decision.COLLAPSED:
                self.stop(_Decision.COLLAPSED, reason)
        if self._decision == _Decision.COLLAPSED:
            self._write_state("collapsed")
            raise CollapseError(f"the run collapsed at step {self._trainer.step}: {self._reason}")
        self._write_state("stopped" if self._decision == _Decision.STOPPED else "finished")

    def _save(self) -> str | None:
        """Write a checkpoint and what goes with it; return the reason to stop that it shows, if any."""
        trainer, folder = self._trainer, self._folder
        if not trainer.is_finite():
            self._worth_keeping = False
            return "a weight is no number any more: lower the learning rate"
        about = {key: self._header[key] for key in ("hold_out", "started_from")}
        folder.write_checkpoint({**trainer.state(), **about})
        built = ("architecture", "hyper_parameters", "sampling", "category", "sources", "started_from", "swatches")
        header = {key: self._header[key] for key in built} | {
            "kind": "networks to start from",
            "discriminator_features": trainer.config.discriminator_features,
            "steps": trainer.step,
        }
        folder.write_networks(trainer.networks(), {HEADER_KEY: json.dumps(header)})
        network = trainer.averaged_generator()
        header = {**self._header, "steps": trainer.step}
        save_generator(network, header, folder.weights, finisher=self._finisher)
        pictures = trainer.fixed_samples(network)
        diversity = self._watch.share_of(diversity_of(pictures))
        grid = folder.write_samples(trainer.step, pictures, diversity)
        folder.draw_curves()
        self._write_state("running")
        if self._on_checkpoint:
            self._on_checkpoint(CheckpointReport(trainer.step, grid, diversity))
        self._saved, self._saved_step = time.monotonic(), trainer.step
        return self._watch.after_samples(trainer.step, diversity)

    def _write_state(self, state: str) -> None:
        self._folder.write_state(
            state=state,
            reason=self._reason,
            step=self._trainer.step,
            steps=self._trainer.config.steps,
            category=self._header["category"],
            swatches=self._header["swatches"],
            hold_out=self._header["hold_out"],
            processes=self._header["processes"],
        )
