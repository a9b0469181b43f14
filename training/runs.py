"""What the commands of all resumable runs share: their options, and a way to be asked to stop."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Callable
from pathlib import Path

import torch


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that every run takes beside what it learns from."""
    parser.add_argument("--output", type=Path, required=True, help="folder of the run")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint in --output")
    parser.add_argument("--minutes", type=float, help="stop after so many minutes, at a checkpoint")
    parser.add_argument("--steps", type=int, help="train to this step instead of the configuration's")
    parser.add_argument("--source", action="append", help="source and licence of the data; may be given again")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    add_threads_argument(parser)


def add_threads_argument(parser: argparse.ArgumentParser, default: int | None = None) -> None:
    """Ask for the number of CPU threads; torch ends in a traceback where there is none."""
    named = "all cores" if default is None else default
    parser.add_argument("--threads", type=_threads, default=default, help=f"CPU threads (default: {named})")


def _threads(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: give 1 thread or more")
    return int(text)


def begin_run(arguments: argparse.Namespace) -> Callable[[], bool]:
    """Set the number of threads, and from now on take SIGINT and SIGTERM as a wish to stop.

    Returns:
        What says whether such a wish came.
    """
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    return lambda: stopping
