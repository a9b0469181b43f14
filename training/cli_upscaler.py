"""The command `python -m training upscaler`: train the network that enlarges prints."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

from tqdm import tqdm

from generator import GeneratorError, available_device
from training.config import TrainingError
from training.runs import add_run_arguments, begin_run
from training.upscaler import UpscalerConfig, UpscalerReport, train_upscaler


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders of fingertip-camera close-ups")
    add_run_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Train; SIGINT or SIGTERM ends the run at a checkpoint. Returns the exit status."""
    should_stop = begin_run(arguments)
    config = UpscalerConfig()
    if arguments.steps is not None:
        config = dataclasses.replace(config, steps=arguments.steps)
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
