"""Draw the nine stock garments and their exact masks: `python static/stock/draw.py`.

A garment is a list of parts, each a closed smooth outline. The same outline is filled for the picture and for the mask.
Cloth is lit as a height field: it bulges away from its outline and carries folds, and the light comes from the upper
left. Hardware, soles and linings are painted over the cloth and taken out of the mask.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

FOLDER = Path(__file__).parent
WIDTH, HEIGHT = 1200, 1500
FINE = 2  # drawn at twice the size and averaged down: that is what smooths the edges
GROUND = np.array([243, 241, 236], np.float32)
CLOTH = np.array([226, 222, 214], np.float32)

Points = list[tuple[float, float]]


@dataclass
class Part:
    """One piece of cloth: outline in percent of the width (x and y alike), and its folds.

    Attributes:
        outline: Points of a closed curve; a point given twice is a corner.
        folds: Curves as (points, width, depth): a valley where depth is below 0, a ridge above.
        bulge: How far the rounded rim reaches in, in percent.
        mirrored: Also draw the part reflected at the middle.
    """

    outline: Points
    folds: list[tuple[Points, float, float]] = field(default_factory=list)
    bulge: float = 5.0
    mirrored: bool = False
    seams: list[Points] = field(default_factory=list)
    fabric: bool = True
    colour: tuple[int, int, int] = (120, 112, 104)


def smooth(points: Points, *, closed: bool) -> np.ndarray:
    """A Catmull-Rom curve through the points, in pixels of the fine picture; doubled points keep their corner."""
    corners = np.array(points, np.float64) * WIDTH * FINE / 100
    count = len(corners)
    curve = []
    for index in range(count if closed else count - 1):
        a, b, c, d = (
            corners[(index + step) % count] if closed else corners[np.clip(index + step, 0, count - 1)]
            for step in (-1, 0, 1, 2)
        )
        if np.allclose(b, c):
            continue  # the doubled point itself
        # a doubled point has no tangent: the curve arrives and leaves straight
        start = np.zeros(2) if np.allclose(a, b) else (c - a) / 2
        end = np.zeros(2) if np.allclose(c, d) else (d - b) / 2
        t = np.linspace(0, 1, 24, endpoint=False)[:, None]
        curve.append(
            (2 * t**3 - 3 * t**2 + 1) * b
            + (t**3 - 2 * t**2 + t) * start
            + (3 * t**2 - 2 * t**3) * c
            + (t**3 - t**2) * end
        )
    if not closed:
        curve.append(corners[-1:])
    return np.concatenate(curve)


def reflect(points: Points) -> Points:
    return [(100 - x, y) for x, y in points]


def fill(outline: Points) -> np.ndarray:
    canvas = np.zeros((HEIGHT * FINE, WIDTH * FINE), np.uint8)
    cv2.fillPoly(canvas, [np.round(smooth(outline, closed=True)).astype(np.int32)], 255)
    return canvas


def stroke(points: Points, thickness: float) -> np.ndarray:
    canvas = np.zeros((HEIGHT * FINE, WIDTH * FINE), np.uint8)
    line = np.round(smooth(points, closed=False)).astype(np.int32)
    cv2.polylines(canvas, [line], False, 255, max(1, round(thickness * FINE)), cv2.LINE_AA)
    return canvas


def half(image: np.ndarray, times: int = 4) -> np.ndarray:
    return cv2.resize(image, (WIDTH * FINE // times, HEIGHT * FINE // times), interpolation=cv2.INTER_AREA)


def light_on(shape: np.ndarray, part: Part) -> np.ndarray:
    """Brightness of a part, about 1 on flat cloth facing the light. Computed at a quarter of the size: it is smooth."""
    small = half(shape)
    unit = WIDTH * FINE / 4 / 100
    inside = cv2.distanceTransform(np.uint8(small > 127) * 255, cv2.DIST_L2, 5)
    reach = part.bulge * unit
    depth = np.clip(inside / reach, 0, 1)
    height = np.sqrt(1 - (1 - depth) ** 2) * reach * 0.55
    for points, width, fold in part.folds:
        line = half(stroke(points, 5)).astype(np.float32) / 255
        soft = cv2.GaussianBlur(line, (0, 0), width * unit)
        height += soft / max(float(soft.max()), 1e-6) * fold * unit
    height = cv2.GaussianBlur(height, (0, 0), 0.35 * unit)
    dx, dy = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=1 / 8)
    normal = np.stack([-dx, -dy, np.ones_like(dx)], axis=2)
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    lamp = np.array([-0.42, -0.5, 0.76])
    shade = 0.30 + 0.92 * np.clip(normal @ (lamp / np.linalg.norm(lamp)), 0, 1)
    return cv2.resize(shade.astype(np.float32), (WIDTH * FINE, HEIGHT * FINE), interpolation=cv2.INTER_CUBIC)


def draw(parts: list[Part]) -> tuple[np.ndarray, np.ndarray]:
    """Picture (H, W, 3) and mask (H, W), uint8."""
    picture = np.broadcast_to(GROUND, (HEIGHT * FINE, WIDTH * FINE, 3)).copy()
    mask = np.zeros((HEIGHT * FINE, WIDTH * FINE), np.uint8)
    every = np.zeros_like(mask)
    pieces = []
    for part in parts:
        for flip in (False, True) if part.mirrored else (False,):
            turn = reflect if flip else list
            piece = Part(
                turn(part.outline),
                [(turn(points), width, fold) for points, width, fold in part.folds],
                part.bulge,
                False,
                [turn(points) for points in part.seams],
                part.fabric,
                part.colour,
            )
            shape = fill(piece.outline)
            pieces.append((piece, shape))
            every = np.maximum(every, shape)
    shadow = cv2.GaussianBlur(np.roll(half(every, 8), (10, 6), (0, 1)), (0, 0), 11)
    shadow = cv2.resize(shadow, (WIDTH * FINE, HEIGHT * FINE), interpolation=cv2.INTER_CUBIC)
    picture *= 1 - 0.20 * (shadow.astype(np.float32) / 255)[..., None]
    for piece, shape in pieces:
        # what lies on top throws a little shadow on the cloth below
        under = cv2.resize(cv2.GaussianBlur(half(shape, 4), (0, 0), 7), (WIDTH * FINE, HEIGHT * FINE))
        picture *= 1 - 0.30 * (under.astype(np.float32) / 255)[..., None]
        colour = CLOTH if piece.fabric else np.array(piece.colour, np.float32)
        lit = np.clip(colour * light_on(shape, piece)[..., None], 0, 255)
        here = shape > 0
        picture[here] = lit[here]
        for seam in piece.seams:
            ink = (stroke(seam, 2.2) & shape).astype(np.float32)[..., None] / 255
            picture *= 1 - 0.42 * ink
        rim = cv2.morphologyEx(shape, cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8)).astype(np.float32) / 255
        picture *= 1 - 0.30 * rim[..., None]
        mask = np.where(here, 255 if piece.fabric else 0, mask).astype(np.uint8)
    size = (WIDTH, HEIGHT)
    clipped = np.uint8(np.clip(picture, 0, 255))
    return cv2.resize(clipped, size, interpolation=cv2.INTER_AREA), cv2.resize(mask, size, interpolation=cv2.INTER_AREA)


def c(x: float, y: float) -> Points:
    """A corner: the curve has no tangent there."""
    return [(x, y), (x, y)]


def hanging(top: float, bottom: float, spread: list[tuple[float, float]], depth: float = 1.5) -> list:
    """Folds that hang from (x at the top) to (x at the bottom)."""
    folds = []
    for number, (start, end) in enumerate(spread):
        middle = (start + end) / 2 + (0.8 if number % 2 else -0.8)
        sign = -1 if number % 2 else 1
        line = [(start, top + number % 3 * 3), (middle, (top + bottom) / 2), (end, bottom)]
        folds.append((line, 1.3 + 0.3 * (number % 3), sign * depth))
    return folds


LINING = (150, 142, 132)
DARK = (74, 64, 58)
BRASS = (186, 152, 92)


def neck_lining(left: float, right: float, top: float, drop: float) -> Part:
    middle = (left + right) / 2
    return Part(
        [
            *c(left, top),
            (middle, top + 1.2),
            *c(right, top),
            (right - 3, top + drop * 0.7),
            (middle, top + drop),
            (left + 3, top + drop * 0.7),
        ],
        bulge=3,
        fabric=False,
        colour=LINING,
    )


def button(x: float, y: float, radius: float = 1.0) -> Part:
    ring = [(x + radius * np.cos(a), y + radius * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 10, endpoint=False)]
    return Part(ring, bulge=0.8, fabric=False, colour=DARK)


def shirt() -> list[Part]:
    sleeve = Part(
        [*c(31, 21), (22, 30), (15, 52), (11, 76), *c(9.5, 84), *c(18, 86), (22, 72), (27, 58), *c(32, 50)],
        folds=[
            ([(30, 34), (22, 52), (16, 74)], 1.3, 1.6),
            ([(26, 44), (22, 60), (18, 78)], 1.0, -1.5),
            ([(15, 60), (20, 63), (25, 62)], 0.9, -1.2),
            ([(13, 68), (17, 71), (22, 70)], 0.8, 1.1),
        ],
        mirrored=True,
        seams=[[(11, 77.5), (15.5, 79), (20, 79.4)]],
    )
    body = Part(
        [
            *c(40, 15),
            (35, 17.5),
            *c(29.5, 21),
            (31, 36),
            (32, 55),
            (30.5, 80),
            *c(29, 98),
            (36, 102),
            (50, 104),
            (64, 102),
            *c(71, 98),
            (69.5, 80),
            (68, 55),
            (69, 36),
            *c(70.5, 21),
            (65, 17.5),
            *c(60, 15),
            (50, 20),
        ],
        folds=[
            ([(33, 44), (40, 50), (44, 60)], 1.2, 1.2),
            ([(67, 44), (60, 52), (57, 62)], 1.2, -1.2),
            *hanging(56, 100, [(37, 36), (43, 44), (57, 57), (63, 65)], 1.2),
        ],
        bulge=6,
        seams=[
            [(47.6, 23), (47.6, 103)],
            [(52.4, 23), (52.4, 103)],
            [(29.8, 95.5), (37, 99.6), (50, 101.4), (63, 99.6), (70.2, 95.5)],
            [(34, 19), (42, 25), (47, 27)],
            [(66, 19), (58, 25), (53, 27)],
        ],
    )
    pocket = Part(
        [*c(56, 41), *c(64.5, 41), *c(64.5, 50), (60.2, 52.5), *c(56, 50)], bulge=1, seams=[[(56, 43), (64.5, 43)]]
    )
    collar = Part([*c(41, 13.5), (45, 20), *c(50, 24.5), *c(43, 30), (38, 23), *c(36.6, 17)], bulge=2, mirrored=True)
    buttons = [button(50, y) for y in (32, 45, 58, 71, 84)]
    return [sleeve, body, pocket, neck_lining(41, 59, 13, 9), collar, *buttons]


def sweater() -> list[Part]:
    sleeve = Part(
        [*c(30, 22), (20, 32), (13, 56), (10, 84), *c(9.5, 92), *c(19, 93), (22, 78), (28, 62), *c(33, 54)],
        folds=[
            ([(28, 36), (19, 58), (15, 82)], 1.8, 2.0),
            ([(24, 50), (20, 66), (18, 82)], 1.3, -1.8),
            ([(13, 70), (18, 74), (23, 73)], 1.1, -1.6),
            ([(12, 78), (16, 81), (21, 80)], 1.0, 1.4),
        ],
        bulge=6,
        mirrored=True,
        seams=[[(9.9, 86), (14.5, 87.2), (20, 87)]],
    )
    body = Part(
        [
            *c(39, 17),
            (34, 19),
            *c(28.5, 22),
            (31, 40),
            (31.5, 62),
            (29.5, 88),
            *c(30, 97),
            (50, 99),
            *c(70, 97),
            (70.5, 88),
            (68.5, 62),
            (69, 40),
            *c(71.5, 22),
            (66, 19),
            *c(61, 17),
            (50, 24),
        ],
        folds=[
            ([(34, 46), (42, 56), (48, 72)], 2.0, 1.8),
            ([(66, 46), (58, 58), (54, 74)], 2.0, -1.6),
            *hanging(62, 88, [(38, 36), (45, 46), (56, 58), (63, 64)], 1.5),
        ],
        bulge=8,
        seams=[[(29.6, 90), (50, 92), (70.4, 90)], *[[(x, 91.2), (x + (x - 50) * 0.01, 98)] for x in range(33, 69, 3)]],
    )
    collar = Part(
        [
            *c(39, 17),
            (44, 23.5),
            (50, 25.5),
            (56, 23.5),
            *c(61, 17),
            *c(58, 15.5),
            (54, 20),
            (50, 21.6),
            (46, 20),
            *c(42, 15.5),
        ],
        bulge=2,
    )
    return [sleeve, body, neck_lining(41.5, 58.5, 15.5, 6.5), collar]


def coat() -> list[Part]:
    sleeve = Part(
        [*c(31, 19), (22, 28), (17, 50), (14.5, 74), *c(14, 82), *c(23.5, 83), (26, 68), (30, 54), *c(33, 46)],
        folds=[
            ([(30, 34), (23, 54), (19, 74)], 1.5, 1.8),
            ([(27, 46), (24, 62), (22, 76)], 1.1, -1.5),
            ([(18, 58), (22, 61), (27, 60)], 0.9, -1.2),
        ],
        mirrored=True,
        seams=[[(14.3, 76.5), (19, 77.5), (24.2, 77)]],
    )
    body = Part(
        [
            *c(41, 14),
            (35, 16),
            *c(30, 19),
            (32, 34),
            (33, 52),
            (29, 82),
            *c(25.5, 113),
            (38, 116),
            *c(50.5, 116.5),
            (63, 116),
            *c(74.5, 113),
            (71, 82),
            (67, 52),
            (68, 34),
            *c(70, 19),
            (65, 16),
            *c(59, 14),
            (50, 22),
        ],
        folds=[
            ([(35, 40), (41, 48), (44, 58)], 1.4, 1.3),
            *hanging(56, 113, [(37, 32), (42, 38), (46, 45), (56, 58), (61, 64), (65, 69)], 1.9),
        ],
        bulge=7,
        seams=[
            [(53.5, 40), (53.2, 80), (53, 116)],
            [(33, 54), (50, 56), (67, 54)],
            [(33.5, 70), (38, 71), (43, 71)],
            [(57, 71), (62, 71), (66.5, 70)],
        ],
    )
    lapel = Part(
        [*c(41, 13), (38, 20), *c(35, 29), *c(39, 30.5), *c(38, 33), (44, 39), *c(51, 45), (49, 34), (45, 22)],
        bulge=2,
        mirrored=True,
        seams=[[(38.5, 30), (43, 26), (44.5, 23)]],
    )
    belt = Part([*c(32.6, 53), (50, 55.2), *c(67.4, 53), *c(67.3, 57.6), (50, 59.8), *c(32.7, 57.6)], bulge=1.6)
    buckle = Part([*c(46.5, 53.6), *c(53.5, 53.6), *c(53.5, 61), *c(46.5, 61)], bulge=1, fabric=False, colour=BRASS)
    return [
        sleeve,
        body,
        neck_lining(42, 58, 12.6, 14),
        lapel,
        belt,
        buckle,
        *[button(x, y) for x in (46.5, 57) for y in (49, 68, 80)],
    ]


def dress() -> list[Part]:
    body = Part(
        [
            *c(41.5, 10),
            *c(36.5, 10.6),
            (36, 18),
            (33.5, 25),
            *c(32, 29),
            (34.5, 38),
            *c(37.5, 50),
            (33, 66),
            (26, 88),
            *c(19, 112),
            (30, 116.5),
            (42, 115),
            (54, 117.5),
            (68, 116),
            *c(81, 112),
            (74, 88),
            (67, 66),
            *c(62.5, 50),
            (65.5, 38),
            *c(68, 29),
            (66.5, 25),
            (64, 18),
            *c(63.5, 10.6),
            *c(58.5, 10),
            (56, 20),
            (50, 24.5),
            (44, 20),
        ],
        folds=[
            ([(37, 31), (43, 37), (48, 37)], 1.3, -1.4),
            ([(63, 31), (57, 37), (52, 37)], 1.3, -1.4),
            *hanging(53, 115, [(39, 25), (42, 32), (45, 39), (48, 46), (51, 53), (54, 60), (57, 67), (60, 74)], 2.6),
        ],
        bulge=6,
        seams=[
            [(37.5, 50), (50, 51.6), (62.5, 50)],
            [(37.3, 47), (50, 48.6), (62.7, 47)],
            [(43, 36), (44, 48)],
            [(57, 36), (56, 48)],
        ],
    )
    return [neck_lining(41.5, 58.5, 10, 9), body]


def pants() -> list[Part]:
    leg = Part(
        [
            *c(32.5, 14),
            (30, 28),
            (28.5, 44),
            (27.5, 72),
            *c(27, 113),
            (34, 114.5),
            *c(41.5, 113.5),
            (44.5, 82),
            (47.5, 56),
            *c(50, 42),
            *c(50, 14),
        ],
        folds=[
            ([(38.5, 18), (36.5, 50), (34.8, 112)], 1.3, 2.2),
            ([(50, 42), (43, 46), (36, 46)], 1.2, -1.6),
            ([(49, 46), (44, 52), (38, 54)], 1.0, 1.2),
            ([(30, 70), (36, 73), (43, 71)], 1.0, -1.2),
            ([(29, 76), (36, 79), (43, 77)], 0.9, 1.0),
            ([(29, 105), (34, 108), (41, 106)], 0.9, -1.2),
        ],
        bulge=6,
        mirrored=True,
        seams=[[(33.5, 21), (37, 26), (38, 33)], [(27.2, 110), (34, 111.4), (41.7, 110.4)], [(50, 18), (50, 42)]],
    )
    band = Part(
        [*c(32.6, 9.5), (50, 11), *c(67.4, 9.5), *c(67.6, 14.6), (50, 16.2), *c(32.4, 14.6)],
        bulge=1.5,
        seams=[[(38, 9.5), (38, 15.2)], [(62, 9.5), (62, 15.2)]],
    )
    fly = Part([*c(50, 16), *c(54.5, 15.8), (54.5, 28), (52.5, 34), *c(50, 36)], bulge=1)
    return [leg, fly, band, button(50, 13.2, 1.1)]


def bag() -> list[Part]:
    handle = Part(
        [
            *c(33, 50),
            (34, 30),
            (41, 18),
            (50, 15),
            (59, 18),
            (66, 30),
            *c(67, 50),
            *c(63, 50),
            (62, 32),
            (57, 22.5),
            (50, 19.5),
            (43, 22.5),
            (38, 32),
            *c(37, 50),
        ],
        bulge=2,
        fabric=False,
        colour=(134, 88, 56),
    )
    body = Part(
        [
            *c(22, 47),
            (36, 45.5),
            (50, 45),
            (64, 45.5),
            *c(78, 47),
            (81, 66),
            (84, 88),
            (83, 100),
            (76, 105),
            (50, 107),
            (24, 105),
            (17, 100),
            (16, 88),
            (19, 66),
        ],
        folds=[
            ([(30, 56), (28, 74), (25, 98)], 2.0, 1.8),
            ([(70, 56), (72, 74), (75, 98)], 2.0, -1.8),
            ([(40, 64), (50, 70), (60, 64)], 2.4, 1.6),
            ([(44, 78), (50, 92), (56, 98)], 2.2, -1.2),
        ],
        bulge=9,
        seams=[[(20.5, 52), (50, 50), (79.5, 52)], [(18, 97), (50, 101.5), (82, 97)]],
    )
    tabs = Part(
        [*c(32, 46), *c(38.5, 46), *c(38.5, 58), (35.2, 61), *c(32, 58)],
        bulge=1.4,
        fabric=False,
        colour=(134, 88, 56),
        mirrored=True,
    )
    rings = [
        Part(
            [(x + 1.8 * np.cos(a), 55 + 1.8 * np.sin(a)) for a in np.linspace(0, 6.283, 10, endpoint=False)],
            bulge=1,
            fabric=False,
            colour=BRASS,
        )
        for x in (35.2, 64.8)
    ]
    return [handle, body, tabs, *rings]


def shifted(parts: list[Part], dx: float, dy: float, scale: float = 1.0) -> list[Part]:
    move = lambda points: [(x * scale + dx, y * scale + dy) for x, y in points]  # noqa: E731
    return [
        Part(
            move(p.outline),
            [(move(q), w * scale, d * scale) for q, w, d in p.folds],
            p.bulge * scale,
            False,
            [move(s) for s in p.seams],
            p.fabric,
            p.colour,
        )
        for p in parts
    ]


def boot() -> list[Part]:
    upper = Part(
        [
            *c(24, 8),
            (38, 6.5),
            *c(53, 8),
            (52, 30),
            (51.5, 54),
            (54, 66),
            (64, 74),
            (78, 80),
            (87, 86),
            *c(88, 94),
            (60, 95),
            *c(24, 94),
            (22, 80),
            (24.5, 60),
            (25, 34),
        ],
        folds=[
            ([(27, 54), (38, 60), (52, 57)], 1.6, -1.8),
            ([(26, 62), (38, 68), (53, 65)], 1.6, 1.8),
            ([(27, 70), (38, 76), (54, 71)], 1.4, -1.5),
            ([(60, 76), (62, 84), (60, 92)], 1.6, 1.3),
            ([(38, 12), (37, 30), (38, 48)], 2.4, 1.6),
        ],
        bulge=8,
        seams=[[(24.6, 14), (38, 12.8), (52.8, 14)], [(23, 84), (32, 80), (36, 94)], [(66, 76), (70, 86), (68, 95)]],
    )
    sole = Part(
        [
            *c(23, 93.5),
            (55, 95),
            *c(88.5, 93.5),
            (89, 97),
            *c(86, 99.5),
            *c(50, 99.5),
            *c(46, 99.5),
            (42, 104),
            *c(41, 109),
            *c(25, 109),
            (23, 101),
        ],
        bulge=2,
        fabric=False,
        colour=DARK,
    )
    lining = Part([*c(24, 8), (38, 6.5), *c(53, 8), (38, 10.5)], bulge=1, fabric=False, colour=LINING)
    return [upper, sole, lining]


def shoe() -> list[Part]:
    upper = Part(
        [
            *c(10, 52),
            (12, 44),
            (17, 42),
            *c(30, 47),
            (38, 50),
            *c(44, 44),
            (52, 50),
            (62, 57),
            (76, 62),
            (88, 68),
            *c(91, 77),
            (60, 79),
            *c(10, 77),
            (8.5, 64),
        ],
        folds=[
            ([(58, 56), (60, 64), (57, 76)], 1.5, -1.4),
            ([(64, 58), (67, 66), (64, 77)], 1.5, 1.5),
            ([(14, 52), (20, 60), (18, 74)], 2.0, 1.4),
        ],
        bulge=8,
        seams=[[(33, 50), (34, 64), (28, 77)], [(72, 61), (74, 70), (71, 78)], [(10, 58), (20, 56), (31, 54)]],
    )
    sole = Part(
        [*c(9, 76), (50, 78.5), *c(91.5, 75.5), (93, 80), *c(90, 85), (50, 86), *c(11, 85), (8, 81)],
        bulge=2,
        fabric=False,
        colour=(232, 228, 220),
    )
    lining = Part(
        [*c(12.5, 45), (17, 42), *c(30, 47), (38, 50), *c(43, 45.5), (36, 44.5), (24, 42)],
        bulge=1,
        fabric=False,
        colour=LINING,
    )
    laces = [
        Part(
            [
                *c(42 + i * 4.6, 47.5 + i * 3.2),
                *c(47.5 + i * 4.6, 47 + i * 3.2),
                *c(48.3 + i * 4.6, 48.8 + i * 3.2),
                *c(42.6 + i * 4.6, 49.4 + i * 3.2),
            ],
            bulge=0.7,
            fabric=False,
            colour=(250, 248, 244),
        )
        for i in range(4)
    ]
    return [upper, sole, lining, *laces]


def sandal() -> list[Part]:
    sole = Part(
        [
            *c(8, 76),
            (30, 74),
            (52, 79),
            (76, 82),
            (90, 82),
            (94, 85),
            *c(92, 89),
            (60, 89),
            (40, 86.5),
            *c(26, 86),
            *c(24, 96),
            *c(10, 96),
            (8, 86),
        ],
        bulge=2,
        fabric=False,
        colour=(126, 84, 54),
    )
    toe = Part(
        [*c(60, 81.5), (60, 70), (68, 63), (76, 64), (83, 71), *c(85, 82.5), *c(75, 82.5), (72, 81), *c(68, 82)],
        folds=[([(66, 68), (72, 72), (77, 80)], 1.2, 1.4), ([(63, 72), (67, 77), (70, 82)], 0.9, -1.0)],
        bulge=4,
    )
    ankle = Part(
        [
            *c(10, 58),
            (14, 50),
            (24, 46.5),
            (36, 50),
            *c(42, 57),
            *c(40.5, 64),
            (34, 57.5),
            (24, 55),
            (15, 58),
            *c(11, 65),
        ],
        bulge=3,
        folds=[([(12, 58), (24, 51), (40, 60)], 1.0, 1.2)],
    )
    heel = Part(
        [*c(9, 77), (8, 66), *c(9.5, 57), *c(16.5, 58), (18, 66), (22, 71), *c(27, 75)],
        bulge=3.4,
        folds=[([(12, 60), (13, 68), (17, 75)], 1.2, 1.4)],
    )
    strap = Part([*c(38, 57), *c(43.5, 58), (52, 68), *c(63, 76), *c(61.5, 82), (48, 73.5), *c(38, 63)], bulge=2.4)
    buckle = Part([*c(36.5, 54.5), *c(41.8, 56), *c(40.8, 62.8), *c(35.6, 61.4)], bulge=1, fabric=False, colour=BRASS)
    return [sole, heel, strap, ankle, toe, buckle]


def pair(one: list[Part]) -> list[Part]:
    """The same shoe twice, the further one higher up and a little smaller."""
    return [*shifted(one, 17, -2, 0.74), *shifted(one, 4, 36, 0.84)]


GARMENTS = {
    "bag": ("Bag", "bag", bag, 34),
    "boots": ("Boots", "shoes", lambda: [*shifted(boot(), 24, 8, 0.78), *shifted(boot(), -6, 22, 0.86)], 46),
    "coat": ("Coat", "upper", coat, 112),
    "dress": ("Dress", "dress", dress, 110),
    "pants": ("Pants", "lower", pants, 104),
    "sandals": ("Sandals", "shoes", lambda: pair(sandal()), 33),
    "shirt": ("Shirt", "upper", shirt, 76),
    "shoes": ("Shoes", "shoes", lambda: pair(shoe()), 30),
    "sweater": ("Sweater", "upper", sweater, 66),
}
"""By name: title, label, parts, and how many cm its cloth would be from its highest to its lowest point: a shirt of a
usual size, a coat to the knee, a boot to the calf, and for pairs what makes one shoe some 28 cm long."""


def main() -> None:
    manifest = []
    for slug, (name, label, parts, height_cm) in GARMENTS.items():
        picture, mask = draw(parts())
        Image.fromarray(picture).save(FOLDER / f"{slug}.webp", quality=92, method=6)
        Image.fromarray(mask).save(FOLDER / f"{slug}-mask.png", optimize=True)
        manifest.append(
            {
                "slug": slug,
                "name": name,
                "label": label,
                "image": f"{slug}.webp",
                "mask": f"{slug}-mask.png",
                "width": WIDTH,
                "height": HEIGHT,
                "height_cm": height_cm,
            }
        )
    (FOLDER / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


if __name__ == "__main__":
    main()
