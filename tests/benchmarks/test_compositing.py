"""Compositing beside a loop over pixels, and a large photo in a process of its own."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from segmentation import Layer, composite
from segmentation.compositing import shading_of
from segmentation.printing import REPEAT_CM
from tests.benchmarks.timing import fastest

pytestmark = pytest.mark.bench
HEIGHT, WIDTH, CM_PER_PX = 830, 550, 0.2
LEAST_RATIO = 30
MOST_BYTES = 1.5e9
EVERY = 10
"""The loop does one row of so many: all rows cost the same."""

# The most memory is read from /proc: what getrusage tells is never below what the parent had when it forked.
ALONE = """
import json, sys, time
from pathlib import Path
from PIL import Image
from segmentation import Layer, composite, load_photo, load_segmenter, pixels_of
segmenter = load_segmenter(device="cpu")
started, cpu = time.perf_counter(), time.process_time()
photo = pixels_of(load_photo(sys.argv[1]))
found = segmenter.find_garments(photo)
masked = time.process_time()
composite(photo, [Layer(Image.open(sys.argv[2]).convert("RGB"), found.clothing)], cm_per_px=found.cm_per_px)
print(json.dumps({
    "wall_s": time.perf_counter() - started, "mask_cpu_s": masked - cpu, "compose_cpu_s": time.process_time() - masked,
    "bytes": int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) * 1024,
    "covered": float((found.clothing > 127).mean()),
}))
"""


def test_compositing_beside_a_loop_over_pixels(capsys: pytest.CaptureFixture) -> None:
    photo = np.asarray(Image.fromarray(data.astronaut()).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.ellipse(mask, (WIDTH // 2, HEIGHT // 2), (WIDTH * 2 // 5, HEIGHT * 2 // 5), 0, 0, 360, 255, -1)
    tile = Image.fromarray(data.astronaut()[:128, :128])
    layer = Layer(tile, mask, rotation=20)
    ours = fastest(lambda: composite(photo, [layer], cm_per_px=CM_PER_PX))
    started = time.perf_counter()
    looped = loop_over_pixels(photo, mask, np.asarray(tile), rotation=20)
    theirs = (time.perf_counter() - started) * EVERY
    rows = np.s_[::EVERY]
    whole = mask[rows] == 255
    difference = np.abs(looped[rows].astype(int) - composite(photo, [layer], cm_per_px=CM_PER_PX)[rows])
    assert difference[whole].mean() < 2
    with capsys.disabled():
        print(f"\ncompositing 830 x 550: {theirs / ours:.0f} times as fast as a loop over pixels")
    assert theirs / ours >= LEAST_RATIO


def loop_over_pixels(photo: np.ndarray, mask: np.ndarray, tile: np.ndarray, rotation: float) -> np.ndarray:
    """The same print with the same light and folds, pixel by pixel, on every tenth row, as one would write it."""
    found = shading_of(photo, mask)
    assert found is not None
    (left, top, right, bottom), shading = found
    light = cv2.resize(shading.light, (right - left, bottom - top)).tolist()
    bend = (cv2.resize(shading.bend, (right - left, bottom - top)) * max(right - left, bottom - top)).tolist()
    pixels, alphas, colours = photo.tolist(), mask.tolist(), tile.tolist()
    side, repeat = len(colours), REPEAT_CM / CM_PER_PX
    cos, sin = math.cos(math.radians(rotation)), math.sin(math.radians(rotation))
    for y in range(0, HEIGHT, EVERY):
        for x in range(WIDTH):
            if not alphas[y][x]:
                continue
            alpha = alphas[y][x] / 255
            px = x + 0.5 - WIDTH / 2 + bend[y - top][x - left][0]
            py = y + 0.5 - HEIGHT / 2 + bend[y - top][x - left][1]
            u = (cos * px + sin * py) / repeat % 1 * side - 0.5
            v = (-sin * px + cos * py) / repeat % 1 * side - 0.5
            u0, v0 = math.floor(u), math.floor(v)
            fu, fv = u - u0, v - v0
            for channel in range(3):
                upper = linear(colours[v0 % side][u0 % side][channel]) * (1 - fu)
                upper += linear(colours[v0 % side][(u0 + 1) % side][channel]) * fu
                lower = linear(colours[(v0 + 1) % side][u0 % side][channel]) * (1 - fu)
                lower += linear(colours[(v0 + 1) % side][(u0 + 1) % side][channel]) * fu
                cloth = min(1.0, (upper * (1 - fv) + lower * fv) * light[y - top][x - left])
                old = linear(pixels[y][x][channel])
                pixels[y][x][channel] = encoded(old + (cloth - old) * alpha)
    return np.array(pixels, np.uint8)


LINEAR = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in range(256)]


def linear(byte: int) -> float:
    return LINEAR[byte]


def encoded(value: float) -> int:
    return round(255 * (12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055))


def test_a_12_megapixel_photo_in_a_process_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    photo, tile = tmp_path / "photo.jpg", tmp_path / "tile.png"
    Image.fromarray(data.astronaut()).resize((3464, 3464), Image.Resampling.LANCZOS).save(photo, quality=95)
    Image.fromarray(data.astronaut()[:256, :256]).save(tile)
    done = subprocess.run([sys.executable, "-c", ALONE, photo, tile], check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    assert found["covered"] > 0.1
    with capsys.disabled():
        print(
            f"\n12 megapixels alone: {found['bytes'] / 1e9:.2f} of {MOST_BYTES / 1e9} GB, "
            f"CPU {found['mask_cpu_s']:.2f} s to read and mask, {found['compose_cpu_s']:.2f} s to compose, "
            f"{found['wall_s']:.1f} s in all"
        )
    assert found["bytes"] < MOST_BYTES
