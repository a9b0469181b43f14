"""`python -m segmentation PHOTO --output DIR`: masks of a photo as PNG files, and what was found as JSON."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import NoReturn

import numpy as np

from segmentation.errors import SegmentationError
from segmentation.photo import encode_png, load_photo
from segmentation.registry import load_segmenter


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"segmentation: {message}\n")


def main(argv: list[str] | None = None) -> int:
    parser = _Parser(prog="python -m segmentation", description="Find the garments on a photo.")
    parser.add_argument("photo", type=Path, help="a JPEG, PNG, WebP or HEIC photo")
    parser.add_argument("--output", type=Path, required=True, help="folder for clothing.png and <label>.png")
    parser.add_argument("--model", default="aifashion-unet", help="a shipped network's name, or a weight file")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    args = parser.parse_args(argv)
    try:
        photo = load_photo(args.photo)
        segmenter = load_segmenter(args.model, args.device)
        started = time.perf_counter()
        found = segmenter.find_garments(photo)
        seconds = time.perf_counter() - started
        args.output.mkdir(parents=True, exist_ok=True)
        clothing = save_mask(found.clothing, args.output / "clothing.png")
        files = [save_mask(one.mask, args.output / f"{one.label}.png") for one in found.garments]
    except (SegmentationError, OSError, MemoryError) as error:
        print(f"segmentation: {' '.join(str(error).split()) or type(error).__name__}", file=sys.stderr)
        return 2
    summary = {
        "photo": str(args.photo),
        "width": photo.width,
        "height": photo.height,
        "model": segmenter.name,
        "version": segmenter.version,
        "seconds": round(seconds, 3),
        "clothing": {"mask": clothing, "area": round(float((found.clothing > 127).mean()), 5)},
        "garments": [
            {"label": g.label, "mask": path, "box": list(g.box), "area": g.area, "confidence": g.confidence}
            for path, g in zip(files, found.garments, strict=True)
        ],
    }
    if not found.garments:
        summary["message"] = "No clothes were found on this photo."
    print(json.dumps(summary))
    return 0


def save_mask(mask: np.ndarray, path: Path) -> str:
    path.write_bytes(encode_png(mask))
    return str(path)


if __name__ == "__main__":
    sys.exit(main())
