"""`python -m training COMMAND`, one of `COMMANDS`: data, training loops, and scores."""

from __future__ import annotations

import argparse
import importlib
import sys
from typing import NoReturn

COMMANDS = {
    "prepare": ("training.cli_prepare", "cut swatches out of photos"),
    "download": ("training.cli_download", "fetch the photos of a list of addresses, and rotate their swatches"),
    "compose": ("training.cli_compose", "compose swatches out of motifs, for categories with too few photos"),
    "dcgan": ("training.cli_dcgan", "train the pattern generator of a category"),
    "unet": ("training.unet", "train the garment segmentation network"),
    "distil": ("training.distil", "teach a lighter garment network what a large one knows"),
    "kinds": ("training.kinds", "fit the second look at garments on plain ground, or score it"),
    "average": ("training.average", "average garment networks that came out of one another"),
    "adjust": ("training.logit_adjustment", "take back a part of what a loss did for rare classes"),
    "upscaler": ("training.cli_upscaler", "train the network that enlarges prints"),
    "least-look": ("training.least_look", "write into weights what their prints must have at least"),
    "evaluate": ("training.evaluate", "score what was trained"),
}


class _Parser(argparse.ArgumentParser):
    """Its subcommands' parsers are of this class too."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"training: {message}\n")


def main(argv: list[str] | None = None) -> int:
    parser = _Parser(prog="python -m training")
    subparsers = parser.add_subparsers(dest="command", required=True)
    runners = {}
    for name, (module_name, description) in COMMANDS.items():
        module = importlib.import_module(module_name)
        module.add_arguments(subparsers.add_parser(name, help=description, description=description))
        runners[name] = module.run
    arguments = parser.parse_args(argv)
    return runners[arguments.command](arguments)


if __name__ == "__main__":
    sys.exit(main())
