"""The command `python -m training upscaler`: train the network that enlarges prints."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

import torch
from tqdm import tqdm

from generator import GeneratorError, available_device
from training.config import TrainingError
from training.runs import stop_on_signals
from training.upscaler import UpscalerConfig, UpscalerReport, train_upscaler


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders of fingertip-camera close-ups")
    parser.add_argument("--output", type=Path, required=True, help="folder of the run")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint in --output")
    parser.add_argument("--minutes", type=float, help="stop after so many minutes, at a checkpoint")
    parser.add_argument("--steps", type=int, default=UpscalerConfig.steps, help="train to this step")
    parser.add_argument("--source", action="append", help="source and licence of the data; may be given again")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--threads", type=int, help="CPU threads (default: all cores)")


def run(arguments: argparse.Namespace) -> int:
    """Train; SIGINT or SIGTERM ends the run at a checkpoint. Returns the exit status."""
    should_stop = stop_on_signals()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    config = dataclasses.replace(UpscalerConfig(), steps=arguments.steps)
    try:
        with tqdm(total=config.steps, unit="step", disable=not sys.stderr.isatty()) as bar:

            def show(report: UpscalerReport) -> None:
                bar.update(report.step - bar.n)
                bar.set_postfix(error=f"{report.error:.4f}", refresh=False)

            weights = train_upscaler(
                config,
                data=arguments.data,
                output=arguments.output,
                device=available_device(arguments.device),
                resume=arguments.resume,
                minutes=arguments.minutes,
                sources=arguments.source,
                on_step=show,
                should_stop=should_stop,
            )
    except (TrainingError, GeneratorError, OSError) as error:
        print(f"training: {error}", file=sys.stderr)
        return 2
    print(weights)
    return 0
