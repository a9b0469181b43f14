"""Twenty-four varied photos and what the whole trip makes of them, as one picture to look at.

`python -m training evaluate composite --contact-sheet OUT.webp`. All that is shown may be shown: the project's stock
garments, scenes made from them, and the two people of scikit-image (a portrait by NASA, public domain; the
photographer by Lav Varshney, CC0).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

from generator import load_generator, sample_tile, shipped_weights
from segmentation import Layer, composite, load_photo, load_segmenter, pixels_of
from training.made_garments import PRINT_CM, strong_print

STOCK = Path(__file__).parents[1] / "static" / "stock"
PRINTS = (("floral", 122), ("cheetah", 105), ("dotted", 114), ("leaves", 130), ("paisley", 116), ("zigzag", 105))
COLUMNS, CELL = 4, (150, 190)
REPEAT = 1.4
QUALITY = 82


def scenes() -> Iterator[tuple[str, bytes]]:
    """A name and an encoded photo for each cell."""
    stock = {path.stem: Image.open(path).convert("RGB") for path in sorted(STOCK.glob("*.webp"))}
    masks = {name: Image.open(STOCK / f"{name}-mask.png").convert("L") for name in stock}
    for name in ("coat", "dress", "pants", "shirt", "sweater", "bag", "boots", "sandals"):
        yield name, _encoded(stock[name])
    yield "cut-out, transparent", _encoded(Image.merge("RGBA", (*stock["dress"].split(), masks["dress"])), "PNG")
    yield "flat lay on wood", _encoded(_laid(stock, masks, ("shirt", "pants"), _wood()))
    yield "three on a rail", _encoded(_laid(stock, masks, ("shirt", "dress", "coat"), _plain(196)))
    yield "icon", _encoded(_icon(masks["sweater"]))
    yield "grey picture", _encoded(stock["coat"].convert("L"))
    yield "dark light", _encoded(stock["sweater"].point([round(value * 0.22) for value in range(256)] * 3))
    yield "blown out", _encoded(stock["shirt"].point([min(255, round(value * 1.18)) for value in range(256)] * 3))
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = io.BytesIO()
    stock["dress"].transpose(Image.Transpose.ROTATE_90).save(turned, "JPEG", quality=92, exif=exif)
    yield "turned by EXIF", turned.getvalue()
    yield "cropped", _encoded(stock["pants"].crop((250, 700, 950, 1400)))
    for name, old in (("sweater", "argyle"), ("dress", "stripes"), ("shirt", "gingham")):
        layer = Layer(strong_print(old), np.asarray(masks[name]), scale=PRINT_CM[old] / 20, rotation=4)
        yield f"old {old}", _encoded(composite(stock[name], [layer], cm_per_px=0.07))
    from skimage import data  # it brings its pictures along, and only tests install it

    portrait = Image.fromarray(data.astronaut())
    yield "portrait", _encoded(portrait)
    yield "12 megapixels", _encoded(portrait.resize((3464, 3464), Image.Resampling.LANCZOS))
    yield "photographer, grey", _encoded(Image.fromarray(data.camera()))
    yield "small and noisy", _encoded(_noisy(portrait.resize((160, 160), Image.Resampling.BOX)))


def contact_sheet() -> Image.Image:
    """Every scene beside what the network and compositing make of it, a print on each garment."""
    segmenter = load_segmenter(device="cpu")
    weights = shipped_weights()
    tiles = [sample_tile(load_generator(weights[slug], "cpu"), seed=seed, size=384) for slug, seed in PRINTS]
    cells = []
    for number, (name, encoded) in enumerate(scenes()):
        photo = pixels_of(load_photo(encoded))
        found = segmenter.find_garments(photo)
        layers = [
            Layer(tiles[(number + place) % len(tiles)], garment.mask, scale=REPEAT)
            for place, garment in enumerate(found.garments)
        ]
        made = composite(photo, layers, cm_per_px=found.cm_per_px)
        cells.append(_cell(f"{number + 1} {name}: {len(layers)}", photo, made))
    width, height = cells[0].size
    sheet = Image.new("RGB", (COLUMNS * width, -(-len(cells) // COLUMNS) * height), "white")
    for number, cell in enumerate(cells):
        sheet.paste(cell, (number % COLUMNS * width, number // COLUMNS * height))
    return sheet


def _cell(text: str, *pictures: np.ndarray) -> Image.Image:
    cell = Image.new("RGB", (len(pictures) * CELL[0] + 8, CELL[1] + 18), "white")
    for number, pixels in enumerate(pictures):
        picture = Image.fromarray(pixels)
        if picture.mode == "RGBA":
            picture = Image.alpha_composite(Image.new("RGBA", picture.size, (225, 230, 235, 255)), picture)
        picture = picture.convert("RGB")
        picture.thumbnail((CELL[0] - 4, CELL[1]), Image.Resampling.LANCZOS)
        cell.paste(picture, (number * CELL[0], 16))
    ImageDraw.Draw(cell).text((2, 2), text, fill=(60, 60, 60))
    return cell


def _encoded(picture: Image.Image, kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **({"quality": 92} if kind == "JPEG" else {}))
    return buffer.getvalue()


def _laid(
    stock: dict[str, Image.Image], masks: dict[str, Image.Image], names: tuple[str, ...], ground: Image.Image
) -> Image.Image:
    """Stock garments cut out and laid side by side."""
    for number, name in enumerate(names):
        # Buttons and soles are not of the mask: what is not the drawing's own ground is laid too.
        away = np.abs(np.asarray(stock[name]).astype(int) - np.asarray(stock[name])[2, 2]).max(axis=2) > 60
        alpha = Image.fromarray(np.maximum(np.asarray(masks[name]), (away * 255).astype(np.uint8)))
        wide = ground.width // len(names)
        size = (wide, round(wide * 1.25))
        ground.paste(stock[name].resize(size), (number * wide, (ground.height - size[1]) // 2), alpha.resize(size))
    return ground


def _plain(grey: int) -> Image.Image:
    return Image.new("RGB", (1500, 1000), (grey, grey, grey + 4))


def _wood() -> Image.Image:
    rng = np.random.default_rng(0)
    grain = cv2.resize(rng.normal(0, 1, (1000, 12)).astype(np.float32), (1500, 1000), interpolation=cv2.INTER_CUBIC)
    boards = (np.arange(1000) % 170 > 3)[:, None, None]
    pixels = (np.array([150, 108, 72]) + 9 * grain[..., None]) * np.where(boards, 1, 0.5)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _icon(mask: Image.Image) -> Image.Image:
    flat = np.where(np.asarray(mask.resize((480, 600)))[..., None] > 127, (66, 133, 190), (255, 255, 255))
    return Image.fromarray(flat.astype(np.uint8))


def _noisy(picture: Image.Image) -> Image.Image:
    noise = np.random.default_rng(0).normal(0, 14, (*picture.size[::-1], 3))
    return Image.fromarray(np.clip(np.asarray(picture) + noise, 0, 255).astype(np.uint8))
