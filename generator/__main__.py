"""Draw one tile from the command line: `python -m generator floral --seed 7 --size 512 --output tile.png`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from generator import GeneratorError, WeightsError, load_generator, sample_tile, shipped_weights


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m generator", description="Draw a seamless tile of a category.")
    parser.add_argument("category", help="the category's slug, such as floral")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=512, help="side in pixels, a multiple of 16 (default 512)")
    parser.add_argument("--weights", type=Path, help="another weights file than the shipped one")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--output", type=Path, required=True, help="the picture to write; its ending names the format")
    arguments = parser.parse_args(argv)
    try:
        weights = arguments.weights or _shipped(arguments.category)
        loaded = load_generator(weights, arguments.device)
        if loaded.category != arguments.category:
            raise WeightsError(f"{weights} draws {loaded.category}, not {arguments.category}: name its own category")
        started = time.monotonic()
        tile = sample_tile(loaded, seed=arguments.seed, size=arguments.size)
        seconds = time.monotonic() - started
        tile.save(arguments.output)
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
            }
        )
    )
    return 0


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
