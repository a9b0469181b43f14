"""The command `python -m training dcgan`: train the generator of one category, alone or started by torchrun."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

from tqdm import tqdm

from generator import GeneratorError, available_device
from training.collapse import CollapseError
from training.config import NAMED_CONFIGS, DcganConfig, StepReport, TrainingError
from training.dcgan import load_swatches
from training.least_look import add_judge_argument
from training.loop import train_dcgan
from training.parallel import ALONE, joined_processes
from training.realism import add_judge
from training.recipes import RECIPES, Recipe
from training.runs import add_run_arguments, begin_run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="folder of swatches of 64 px or more")
    parser.add_argument("--category", required=True, help="slug of the category, the name of the weights file")
    parser.add_argument(
        "--config",
        help=f"a JSON file of settings, or one of {', '.join(NAMED_CONFIGS)} (default: the category's recipe)",
    )
    parser.add_argument(
        "--start-from", type=Path, help="networks.safetensors of another run, or weights, to learn faster from"
    )
    parser.add_argument(
        "--discriminator-from",
        type=Path,
        help="networks.safetensors whose discriminator joins weights, which have none",
    )
    add_run_arguments(parser)
    parser.add_argument(
        "--cooling",
        type=float,
        help="share of the run or of --minutes, at its end, in which learning rates fall to zero (default: the "
        "configuration's)",
    )
    parser.add_argument("--hold-out", type=float, default=0.0, help="share of the photos kept out (default 0)")
    add_judge_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Train, then teach the judge; SIGINT or SIGTERM ends the run at a checkpoint, without a judge.

    Returns the exit status.
    """
    should_stop = begin_run(arguments)
    processes = ALONE
    try:
        recipe = RECIPES.get(arguments.category, Recipe())
        name = arguments.config or recipe.config
        config = NAMED_CONFIGS.get(name) or DcganConfig.from_file(Path(name))
        length = {"steps": arguments.steps, "cooling": arguments.cooling}
        config = dataclasses.replace(config, **{name: value for name, value in length.items() if value is not None})
        with (
            joined_processes(available_device(arguments.device)) as processes,
            tqdm(total=config.steps, unit="step", disable=not processes.first or not sys.stderr.isatty()) as bar,
        ):

            def show(report: StepReport) -> None:
                bar.update(report.step - bar.n)
                bar.set_postfix(D=f"{report.loss_d:.2f}", G=f"{report.loss_g:.2f}", refresh=False)

            weights = train_dcgan(
                config,
                data=arguments.data,
                category=arguments.category,
                output=arguments.output,
                processes=processes,
                resume=arguments.resume,
                minutes=arguments.minutes,
                start_from=arguments.start_from,
                discriminator_from=arguments.discriminator_from,
                sources=arguments.source,
                hold_out=arguments.hold_out,
                on_step=show,
                should_stop=should_stop,
            )
        if processes.first and config.architecture == "spatial" and arguments.judge_codes and not should_stop():
            swatches = load_swatches(arguments.data, hold_out=arguments.hold_out)
            with tqdm(total=100, unit="%", desc="judge", disable=not sys.stderr.isatty()) as bar:
                add_judge(
                    weights,
                    swatches,
                    codes=arguments.judge_codes,
                    progress=lambda share: bar.update(round(100 * share) - bar.n),
                )
    except (TrainingError, GeneratorError, OSError) as error:
        # Every process knows of a collapse, and one line is enough; any other error may be this process's alone.
        if processes.first or not isinstance(error, CollapseError):
            print(f"training: {error}", file=sys.stderr)
        return 2
    if processes.first:
        print(weights)
    return 0
