"""Draw one tile from the command line: `python -m generator floral --seed 7 --size 512 --output tile.png`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from PIL import Image

from generator import (
    ENDINGS,
    FACTORS,
    REPEATS,
    GeneratorError,
    WeightsError,
    export_print,
    load_generator,
    sample_tile,
    shipped_weights,
    upscale,
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"generator: {message}\n")


def main(argv: list[str] | None = None) -> int:
    parser = _Parser(prog="python -m generator", description="Draw a seamless tile of a category.")
    parser.add_argument("category", help="the category's slug, such as floral")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=512, help="side in pixels, a multiple of 16 (default 512)")
    parser.add_argument("--weights", type=Path, help="another weights file than the shipped one")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument(
        "--mix", type=_mix, action="append", default=[], metavar="SEED:SHARE", help="mix another print in"
    )
    parser.add_argument(
        "--palette",
        type=lambda text: text.split(","),
        default=[],
        help="colours for its own, from the darkest: #112233,#aabbcc",
    )
    parser.add_argument("--upscale", type=int, choices=FACTORS, help="enlarge the tile, with finer detail")
    parser.add_argument("--repeat", default="basic", choices=REPEATS)
    parser.add_argument("--repeat-cm", type=float, help="write for print: width of one tile on the cloth")
    parser.add_argument("--dpi", type=float, default=300, help="dots per inch for print (default 300)")
    parser.add_argument("--cloth-cm", type=float, nargs=2, metavar=("WIDTH", "HEIGHT"), help="cover so much cloth")
    parser.add_argument("--output", type=Path, required=True, help="the picture to write; its ending names the format")
    arguments = parser.parse_args(argv)
    if arguments.output.suffix.lower() not in ENDINGS:
        parser.error(f"a tile is written as {', '.join(ENDINGS)}, got {arguments.output.name}")
    if arguments.cloth_cm and not arguments.repeat_cm:
        parser.error("--cloth-cm needs --repeat-cm, the width of one tile")
    try:
        weights = arguments.weights or _shipped(arguments.category)
        loaded = load_generator(weights, arguments.device)
        if loaded.category != arguments.category:
            raise WeightsError(f"{weights} draws {loaded.category}, not {arguments.category}: name its own category")
        started = time.monotonic()
        tile = sample_tile(
            loaded,
            seed=arguments.seed,
            size=arguments.size,
            repeat=arguments.repeat,
            mixes=arguments.mix,
            palette=arguments.palette,
        )
        if arguments.upscale:
            tile = upscale(tile, arguments.upscale, device=arguments.device)
        seconds = time.monotonic() - started
        printed = _write(tile, arguments)
    except (GeneratorError, OSError, ValueError) as error:
        print(f"generator: {error}", file=sys.stderr)
        return 2
    print(
        json.dumps(
            {
                "category": loaded.category,
                "seed": arguments.seed,
                "size": arguments.size,
                "seconds": round(seconds, 3),
                "output": str(arguments.output),
                **printed,
            }
        )
    )
    return 0


def _mix(text: str) -> tuple[int, float]:
    seed, _, share = text.partition(":")
    try:
        return int(seed), float(share)
    except ValueError:
        raise argparse.ArgumentTypeError(f"a mix is written SEED:SHARE, such as 12:0.3, got {text!r}") from None


def _write(tile: Image.Image, arguments: argparse.Namespace) -> dict[str, Any]:
    if not arguments.repeat_cm:
        tile.save(arguments.output, quality=95, subsampling=0)  # which only a JPEG looks at
        return {"pixels": list(tile.size)}
    written = export_print(
        tile,
        arguments.output,
        tile_cm=arguments.repeat_cm * tile.width / (arguments.size * (arguments.upscale or 1)),
        dpi=arguments.dpi,
        cloth_cm=arguments.cloth_cm,
        device=arguments.device,
    )
    return {"pixels": [written.width, written.height], "cm": [written.width_cm, written.height_cm], "dpi": written.dpi}


def _shipped(category: str) -> Path:
    shipped = shipped_weights()
    if category not in shipped:
        raise WeightsError(
            f"no weights are shipped for {category!r}: choose one of {', '.join(shipped) or 'none'}, "
            "or give --weights FILE"
        )
    return shipped[category]


if __name__ == "__main__":
    sys.exit(main())
