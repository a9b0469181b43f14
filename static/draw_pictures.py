"""Draw the pictures of our own work that the pages and the README show: `python static/draw_pictures.py`.

Category covers, the home page's opening picture and the README's: prints of the shipped generators, and stock garments
wearing them. Run it after shipping new weights.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

STATIC = Path(__file__).parent
sys.path.insert(0, str(STATIC.parent))

import generator  # noqa: E402
import segmentation  # noqa: E402

COVER_SEEDS = {
    "argyle": 102,
    "cartoon": 143,
    "checkered": 102,
    "cheetah": 105,
    "dotted": 114,
    "floral": 116,
    "herringbone": 122,
    "houndstooth": 118,
    "leaves": 130,
    "paisley": 116,
    "solid": 109,
    "striped": 104,
    "tartan": 130,
    "zebra": 102,
    "zigzag": 105,
}
WORN = [("dress", "floral", 109, 1.4), ("coat", "cheetah", 105, 3.2), ("shirt", "checkered", 102, 1.0)]
"""Stock garment, category, seed, and width of the repeat in multiples of 20 cm."""
COVER = 400
GROUND = (244, 243, 238)


def tile_of(category: str, seed: int, size: int = 512) -> Image.Image:
    loaded = generator.load_generator(generator.shipped_weights()[category])
    return generator.sample_tile(loaded, seed=seed, size=size)


def worn(garment: str, category: str, seed: int, scale: float) -> Image.Image:
    """A stock garment in a print, cut to what hangs there."""
    photo = segmentation.load_photo(STATIC / "stock" / f"{garment}.webp")
    mask = np.asarray(Image.open(STATIC / "stock" / f"{garment}-mask.png").convert("L"))
    entries = json.loads((STATIC / "stock" / "manifest.json").read_text())
    height_cm = next(entry["height_cm"] for entry in entries if entry["slug"] == garment)
    cm_per_px = height_cm / int((mask > 0).any(axis=1).sum())
    tile = generator.upscale_to(tile_of(category, seed), round(segmentation.repeat_pixels(scale, cm_per_px)))
    drawn = segmentation.composite(photo, [segmentation.Layer(tile, mask, scale)], cm_per_px=cm_per_px)
    return drawn.crop((100, 60, 1100, 1440))


def side_by_side(pictures: list[Image.Image], height: int, gap: int) -> Image.Image:
    """Pictures of one height in a row, each with round corners."""
    scaled = [
        one.resize((round(one.width * height / one.height), height), Image.Resampling.LANCZOS) for one in pictures
    ]
    sheet = Image.new("RGB", (sum(one.width for one in scaled) + gap * (len(scaled) - 1), height), GROUND)
    left = 0
    for one in scaled:
        corners = Image.new("L", one.size)
        ImageDraw.Draw(corners).rounded_rectangle((0, 0, one.width - 1, height - 1), radius=height // 40, fill=255)
        sheet.paste(one, (left, 0), corners)
        left += one.width + gap
    return sheet


def save(picture: Image.Image, name: str) -> None:
    path = STATIC / name
    picture.save(path, quality=82, method=6)
    print(f"{path}: {picture.width} x {picture.height}, {path.stat().st_size // 1024} kB")


def main() -> None:
    for category, seed in COVER_SEEDS.items():
        loaded = generator.load_generator(generator.shipped_weights()[category])
        save(generator.close_up(loaded, seed=seed, side=COVER), f"categories/{category}.webp")
    garments = [worn(*choice) for choice in WORN]
    save(side_by_side(garments[:2], 620, 16), "hero.webp")
    prints = [tile_of(category, seed, 416) for _, category, seed, _ in WORN]
    rows = [Image.new("RGB", (416, 416 * len(prints) + 24 * (len(prints) - 1)), GROUND)]
    for row, tile in enumerate(prints):
        rows[0].paste(tile, (0, row * (416 + 24)))
    save(side_by_side([rows[0], *garments], 640, 16), "readme/trip.webp")


if __name__ == "__main__":
    main()
