"""Zigzag prints: chevrons that run across the cloth and repeat down it."""

from __future__ import annotations

import numpy as np

from training.composed.cloth import cloth_or_none
from training.composed.drawing import Tile, across, path_of
from training.composed.layout import cells_over, shuffled
from training.composed.palettes import GEOMETRICS, Palette, luminance, mix
from training.swatches import SWATCH

LOOKS = ("chevron", "bands", "thin lines", "missoni", "ombre", "herringbone")

Band = tuple[str, float]
"""Colour and height in px of one band of the repeat."""


def zigzag_tile(random: np.random.Generator) -> Tile:
    """Design one zigzag print; its period across is 14 to 40 px."""
    palette = GEOMETRICS[random.integers(len(GEOMETRICS))].jittered(random)
    look = str(random.choice(LOOKS, p=(0.24, 0.25, 0.15, 0.2, 0.11, 0.05)))
    period = 2 * int(random.integers(7, 21)) if random.random() < 0.3 else 2 * int(random.integers(8, 16))
    bands = BANDS[look](palette, random)
    repeat = sum(height for _, height in bands)
    # Waves lower than half a band are read as wavy stripes, steeper ones than 60 degrees as pleats.
    height = float(np.clip(period * random.uniform(0.35, 0.8), 4, 22))
    if look == "herringbone":
        line = broken_line(period, repeat)
    else:
        roundness = random.uniform(0.1, 0.3) if random.random() < (0.6 if look == "missoni" else 0.3) else 0.0
        line = zigzag_line(period, height, roundness)
    columns, rows = cells_over(period, SWATCH, 1), cells_over(repeat, SWATCH, 1)
    tile = Tile(columns * period, round(rows * repeat), bands[-1][0])
    steps = period * np.arange(columns)[:, None]
    edge = np.stack([(line[:, 0] + steps).ravel(), np.tile(line[:, 1], columns)], axis=1)
    tile.placements = [across(tile.width, tile.height, _stacked(bands, rows, edge), f"{look} of {len(bands)} bands")]
    tile.name = f"{look} of {len(bands)} bands, {period} px, in {palette.name}"
    tile.main = columns * rows
    tile.cloth = cloth_or_none(random)
    return tile


def zigzag_line(period: float, height: float, roundness: float = 0.0) -> np.ndarray:
    """One period of a zigzag as points (N, 2), from a peak to the next.

    Args:
        height: From peak to trough.
        roundness: Share of each flank that bends into the corner, 0 (sharp) to 0.5.
    """
    x = np.linspace(0, period, 49 if roundness else 3)
    flank = period / 2
    up = np.minimum(x, period - x)
    if roundness:
        bend = roundness * flank
        up = np.where(up < bend, (up**2 + bend**2) / (2 * bend), up)
        down = flank - up
        up = flank - np.where(down < bend, (down**2 + bend**2) / (2 * bend), down)
    return np.stack([x, up / flank * height], axis=1)


def broken_line(period: float, repeat: float) -> np.ndarray:
    """One period of a broken chevron: at each turn the line starts again, half a repeat on."""
    flank = period / 2
    rise = flank * 0.9
    return np.array([[0, 0], [flank, rise], [flank, rise + repeat / 2], [period, repeat / 2]])


def _stacked(bands: list[Band], rows: int, edge: np.ndarray) -> str:
    """Draw every band down to the foot of the tile, the next one over it: no ground shows between two bands."""
    total = rows * sum(height for _, height in bands)
    foot = (edge + np.array([0, total]))[::-1]
    parts, top = [], 0.0
    for _ in range(rows):
        for colour, height in bands:
            shape = path_of(np.concatenate([edge + np.array([0, top]), foot]))
            parts.append(f'<path d="{shape}" fill="{colour}"/>')
            top += height
    return "".join(parts)


def _whole(bands: list[Band]) -> list[Band]:
    """Stretch the last band so that the repeat is a whole number of px."""
    repeat = sum(height for _, height in bands)
    colour, height = bands[-1]
    return [*bands[:-1], (colour, height + np.ceil(repeat) - repeat)]


def _contrasting(palette: Palette, random: np.random.Generator) -> tuple[str, str]:
    """Two colours of a palette far apart in brightness, in either order."""
    colours = shuffled((palette.ground, *palette.inks, palette.accent), random)
    first = colours[0]
    second = next(
        (colour for colour in colours if abs(luminance(colour) - luminance(first)) > 60),
        max(colours, key=lambda colour: abs(luminance(colour) - luminance(first))),
    )
    return first, second


def _chevron(palette: Palette, random: np.random.Generator) -> list[Band]:
    first, second = _contrasting(palette, random)
    height = random.uniform(6, 14)
    share = 1.0 if random.random() < 0.6 else random.uniform(0.45, 0.8)
    return _whole([(first, height * share), (second, height)])


def _bands(palette: Palette, random: np.random.Generator) -> list[Band]:
    """Three to six colours; every other band may be the ground again, as in most printed chevrons."""
    colours = _apart(shuffled((palette.ground, *palette.inks, palette.accent), random)[: random.integers(3, 6)])
    if random.random() < 0.4 and len(colours) < 5:
        spacer = palette.ground
        colours = [part for colour in colours if colour != spacer for part in (colour, spacer)][:6]
    total = random.uniform(5.0, 7.5) * len(colours)
    shares = np.ones(len(colours)) if random.random() < 0.5 else random.uniform(0.45, 1.6, len(colours))
    heights = np.maximum(shares / shares.sum() * min(total, 34), 2.5)
    return _whole(list(zip(colours, heights.tolist(), strict=True)))


def _thin_lines(palette: Palette, random: np.random.Generator) -> list[Band]:
    ground, ink = _contrasting(palette, random)
    others = [c for c in (*palette.inks, palette.accent) if abs(luminance(c) - luminance(ground)) > 50] or [ink]
    line, gap = random.uniform(1.6, 3.6), random.uniform(7, 16)
    if random.random() < 0.6:
        return _whole([(ink, line), (ground, gap)])
    second = others[random.integers(len(others))]
    close = gap if random.random() < 0.5 else line * random.uniform(1, 1.6)
    return _whole([(ink, line), (ground, close), (second, line), (ground, gap)])


def _missoni(palette: Palette, random: np.random.Generator) -> list[Band]:
    """Narrow bands of five or six colours, some of them twice, none as high as its neighbour."""
    colours = _apart(shuffled((palette.ground, *palette.inks, palette.accent), random))
    extra = mix(colours[0], colours[2], 0.5)
    colours = [*colours, extra] if random.random() < 0.5 else colours
    return _whole([(colour, random.uniform(2.2, 7.0)) for colour in colours])


def _ombre(palette: Palette, random: np.random.Generator) -> list[Band]:
    """Steps of tone from one colour to another and, mostly, back again."""
    first, second = _contrasting(palette, random)
    steps = int(random.integers(3, 5))
    tones = [mix(first, second, step / (steps - 1)) for step in range(steps)]
    if random.random() < 0.7:
        tones += tones[-2:0:-1]
    height = random.uniform(3.5, 6.5)
    return _whole([(tone, height) for tone in tones])


def _herringbone(palette: Palette, random: np.random.Generator) -> list[Band]:
    first, second = _contrasting(palette, random)
    height = random.uniform(4, 8)
    return _whole([(first, height), (second, height * random.uniform(0.7, 1.0))])


def _apart(colours: list[str]) -> list[str]:
    """Order colours so that neighbours differ: the pale and the deep ones in turn."""
    by_tone = sorted(colours, key=luminance)
    half = (len(by_tone) + 1) // 2
    pairs = zip(by_tone[:half], [*by_tone[half:], None], strict=False)
    return [colour for pair in pairs for colour in pair if colour]


BANDS = {
    "chevron": _chevron,
    "bands": _bands,
    "thin lines": _thin_lines,
    "missoni": _missoni,
    "ombre": _ombre,
    "herringbone": _herringbone,
}
