"""A tile as one SVG document: motifs are defined once, used at every place, and drawn again across the edges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import cv2
import numpy as np
import pyvips

from training.composed.cloth import Cloth
from training.composed.weaves import Weave

REACH = 1.5
"""How far a motif may reach from its centre, in radii: what is drawn across an edge is drawn on both sides of it."""

SUPERSAMPLING = 4
"""Rendered pixels per pixel of the tile: cairo's own anti-aliasing alone leaves hair lines uneven."""


@dataclass(frozen=True)
class Motif:
    """A drawing in a frame of its own: centre at the origin, y downwards, within a circle of radius 1.

    Attributes:
        body: SVG elements without ids of other motifs.
        name, source, licence: What it shows, who drew it and under which terms, for the manifest.
    """

    body: str
    name: str
    source: str = "own drawing"
    licence: str = "MIT"


@dataclass(frozen=True)
class Placement:
    """One motif, upright, on the tile: centre and radius in px."""

    motif: Motif
    x: float
    y: float
    radius: float


def across(width: int, height: int, body: str, name: str) -> Placement:
    """Place one drawing in px of the tile that covers the whole of it: lines and bands that run from edge to edge.

    Args:
        body: SVG elements; what they draw beyond an edge has to fit what they draw within the opposite one.
    """
    radius = 2.0 ** np.ceil(np.log2(np.hypot(width, height) / 2))  # a power of two: its inverse is written exactly
    frame = f'<g transform="scale({1 / radius}) translate({-width / 2} {-height / 2})">{body}</g>'
    return Placement(Motif(frame, name), width / 2, height / 2, radius)


@dataclass
class Tile:
    """A tile to render: what lies below first.

    Attributes:
        width, height: Size in px.
        ground: Colour as #rrggbb.
        placements: Drawn in this order, each with its copies across the edges.
        name: What the manifest calls the design.
        main: How many of the placements are main motifs and not fillers, shadows or layers behind; of a print drawn
            across the tile, how often its repeat stands there.
        cloth: How the print looks on cloth; None leaves it flat as drawn.
        tossed: Motifs, or their colours, are as chance has them all over the tile: no period shorter than it.
        plain: Cloth of one colour, which has little contrast.
        rows: Drawn row by row, copies too: motifs that touch lie over each other at the edges as they do inside.
    """

    width: int
    height: int
    ground: str
    placements: list[Placement] = field(default_factory=list)
    name: str = ""
    main: int = 0
    cloth: Cloth | Weave | None = None
    tossed: bool = False
    plain: bool = False
    rows: bool = False

    def motifs(self) -> list[Motif]:
        return list(dict.fromkeys(placement.motif for placement in self.placements))


def svg_of(tile: Tile) -> str:
    """Write a tile as an SVG document that closes on itself."""
    numbers = {motif: f"motif{index}" for index, motif in enumerate(tile.motifs())}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        f' viewBox="0 0 {tile.width} {tile.height}"'
        f' width="{tile.width * SUPERSAMPLING}" height="{tile.height * SUPERSAMPLING}"><defs>'
    ]
    parts += [f'<g id="{number}">{motif.body}</g>' for motif, number in numbers.items()]
    parts.append(f'</defs><rect width="{tile.width}" height="{tile.height}" fill="{tile.ground}"/>')
    uses = [
        (y, x, place)
        for place in tile.placements
        for x in _copies(place.x, tile.width, place.radius * REACH)
        for y in _copies(place.y, tile.height, place.radius * REACH)
    ]
    if tile.rows:
        uses.sort(key=lambda use: use[:2])
    parts += [
        f'<use xlink:href="#{numbers[place.motif]}" transform="translate({x:.3f} {y:.3f}) scale({place.radius:.4f})"/>'
        for y, x, place in uses
    ]
    parts.append("</svg>")
    return "".join(parts)


def _copies(at: float, span: int, reach: float) -> Iterable[float]:
    first = int(np.ceil((-reach - at) / span))
    last = int(np.floor((span + reach - at) / span))
    return [at + shift * span for shift in range(first, last + 1)]


def render(tile: Tile) -> np.ndarray:
    """Render a tile as (height, width, 3) uint8."""
    picture = cv2.resize(render_large(tile), (tile.width, tile.height), interpolation=cv2.INTER_AREA)
    return tile.cloth.woven_into(picture) if tile.cloth else picture


def render_large(tile: Tile) -> np.ndarray:
    """Render a tile flat and with SUPERSAMPLING times the pixels to each side, as uint8."""
    picture = pyvips.Image.svgload_buffer(svg_of(tile).encode(), unlimited=True).numpy()[..., :3]
    return np.ascontiguousarray(picture)


def path_of(points: np.ndarray, *, closed: bool = True) -> str:
    """Write points (N, 2) as the data of an SVG path."""
    body = "L".join(f"{x:.3f} {y:.3f}" for x, y in points)
    return f"M{body}{'Z' if closed else ''}"
