"""Novelty prints: friendly figures tossed or in a half-drop on plain, dotted or starry grounds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.composed import figures
from training.composed.drawing import Motif, Placement, Tile
from training.composed.figures import FILLERS, Paint
from training.composed.layout import LATTICES, Layout, lattice, shuffled, throw
from training.composed.palettes import PASTELS, Palette, luminance, mix

OWN_THEMES = (
    ("cat", "paw", "fish", "plain-heart"),
    ("bear", "heart", "star", "balloon"),
    ("bunny", "daisy", "strawberry", "mushroom"),
    ("panda", "cloud", "rainbow", "star"),
    ("cat", "bear", "bunny", "panda"),
    ("chick", "daisy", "sun", "bunny"),
    ("smiley", "daisy", "heart", "star"),
    ("cloud", "rainbow", "sun", "drop"),
    ("moon", "star", "cloud", "rocket"),
    ("strawberry", "cherries", "apple", "watermelon"),
    ("citrus", "cherries", "watermelon", "ice-cream"),
    ("cupcake", "ice-cream", "strawberry", "heart"),
    ("car", "rocket", "balloon", "star"),
    ("whale", "fish", "drop", "star"),
    ("dinosaur", "star", "moon", "rocket"),
    ("ghost", "moon", "star", "cat"),
    ("mushroom", "strawberry", "daisy", "apple"),
    ("plain-heart", "plain-star", "rainbow", "smiley"),
    ("apple", "bear", "daisy", "bunny"),
    ("dinosaur", "daisy", "mushroom", "car"),
)

NATURAL = {
    "strawberry": ("#ef476f", "#e5383b", "#f77f8a"),
    "cherries": ("#e5383b", "#c9184a", "#f06277"),
    "apple": ("#e4574c", "#8fc46a", "#f2c14e"),
    "watermelon": ("#f2677a", "#f4845f"),
    "citrus": ("#f9a83a", "#f7d23a", "#a5cf5a", "#ff8f8f"),
    "cat": ("#f2a65a", "#8d99ae", "#f3d9b1", "#5a5566"),
    "bear": ("#b98a5e", "#d9b38c", "#8a6248"),
    "bunny": ("#f7f1ea", "#d9c2ae", "#f7cbd3", "#b8b2b8"),
    "chick": ("#ffd95a", "#ffe68a"),
    "sun": ("#ffd24d", "#ffb84d"),
    "moon": ("#ffe58a", "#fff1c2"),
    "smiley": ("#ffd95a", "#ffc83d"),
    "mushroom": ("#e4574c", "#f08a5d", "#c9797a"),
    "whale": ("#5f9fd6", "#7fb7d9", "#4f7fb5"),
    "dinosaur": ("#7fc08a", "#5fb3a1", "#a3c76a"),
}
"""Colours that a figure has in life; two prints in three keep to them, the others play with the palette."""

FIGURES_BY_THEME = {
    "pets": ("cat-face", "dog-face", "rabbit-face", "mouse-face", "hamster", "paw-prints"),
    "woodland": ("fox", "bear", "hedgehog", "owl", "raccoon", "mushroom", "frog"),
    "jungle": ("tiger-face", "lion", "monkey-face", "panda", "koala", "giraffe", "elephant", "parrot"),
    "farm": ("pig-face", "cow-face", "front-facing-baby-chick", "hatching-chick", "horse-face", "ewe", "chicken"),
    "sea": ("tropical-fish", "octopus", "spouting-whale", "whale", "crab", "dolphin", "turtle", "blowfish", "penguin"),
    "garden": ("butterfly", "lady-beetle", "honeybee", "snail", "blossom", "sunflower", "tulip"),
    "fruit": (
        "strawberry",
        "cherries",
        "watermelon",
        "pineapple",
        "lemon",
        "red-apple",
        "banana",
        "kiwi-fruit",
        "peach",
    ),
    "sweets": ("doughnut", "cupcake", "lollipop", "soft-ice-cream", "candy", "shortcake", "cookie"),
    "lunch": ("avocado", "pizza", "hamburger", "french-fries", "taco", "carrot", "egg"),
    "sky": ("rainbow", "sun-with-face", "cloud", "glowing-star", "star", "full-moon-face", "balloon"),
    "space": ("rocket", "ringed-planet", "alien", "star", "flying-saucer", "astronaut", "shooting-star"),
    "traffic": (
        "automobile",
        "bus",
        "taxi",
        "fire-engine",
        "tractor",
        "sport-utility-vehicle",
        "helicopter",
        "locomotive",
    ),
    "love": ("red-heart", "two-hearts", "sparkling-heart", "heart-with-arrow", "teddy-bear", "rose"),
    "smiles": (
        "smiling-face-with-sunglasses",
        "smiling-face-with-heart-eyes",
        "winking-face",
        "star-struck",
        "grinning-face",
        "cowboy-hat-face",
    ),
    "magic": ("unicorn", "rainbow", "star", "crown", "sparkles", "dragon-face", "ghost"),
    "dinosaurs": ("t-rex", "sauropod", "volcano", "palm-tree", "egg", "footprints"),
    "play": ("soccer-ball", "basketball", "kite", "teddy-bear", "balloon", "party-popper", "wrapped-gift"),
    "monsters": ("alien-monster", "ghost", "robot", "jack-o-lantern", "octopus", "alien"),
}


def cartoon_tile(random: np.random.Generator, icons: Sequence[Motif] = ()) -> Tile:
    """Design one novelty print; 2 to 4 figures stand on 64 x 64 px, fillers left out.

    Args:
        icons: Motifs by the names of FIGURES_BY_THEME; without any, all figures are our own.
    """
    palette = PASTELS[random.integers(len(PASTELS))].jittered(random)
    motifs, theme = _icon_cast(icons, random) if icons and random.random() < 0.5 else _own_cast(palette, random)
    per_patch = random.uniform(2.5, 3.9)
    repeat = "tossed" if random.random() < 0.6 else str(random.choice(LATTICES, p=(0.15, 0.6, 0.25)))
    if repeat == "tossed":
        side = int(random.integers(184, 225))
        layout = throw(side, side, 64 * np.sqrt(0.7 / per_patch), random)
    else:
        pitch = round(64 / np.sqrt(per_patch))
        layout = lattice(repeat, pitch, pitch + int(random.integers(0, 4)))
    radius = 32 / np.sqrt(per_patch) * random.uniform(0.82, 0.96) * (0.95 if repeat == "tossed" else 1.0)
    tile = Tile(layout.width, layout.height, palette.ground, name=f"{theme} on {palette.name}, {repeat}")
    tile.placements += _ground(layout, palette, random)
    main = _figures(layout, motifs, radius, repeat, random)
    if random.random() < 0.65:
        tile.placements += _fillers(layout, palette, radius, random)
    tile.placements += main
    tile.main = len(main)
    return tile


def _own_cast(palette: Palette, random: np.random.Generator) -> tuple[list[Motif], str]:
    theme = OWN_THEMES[random.integers(len(OWN_THEMES))]
    names = shuffled(theme, random)[: random.integers(2, 5)]
    inks = [ink for ink in palette.inks if abs(luminance(ink) - luminance(palette.ground)) > 24] or list(palette.inks)
    pale = mix(max((palette.ground, *palette.inks), key=luminance), "#ffffff", 0.55)
    natural = random.random() < 0.65
    motifs = []
    for name in names:
        bodies = [ink for ink in NATURAL.get(name, ()) if abs(luminance(ink) - luminance(palette.ground)) > 18]
        for body in shuffled(bodies if natural and bodies else inks, random)[:2]:
            other = str(random.choice([ink for ink in palette.inks if ink != body]))
            second = other if name in {"fish", "whale", "rainbow", "chick", "car", "rocket", "cupcake"} else pale
            if second == pale and abs(luminance(pale) - luminance(palette.ground)) < 18:
                second = other
            accent = palette.accent if palette.accent != body else other
            motifs.append(figures.draw(name, Paint(body, second, accent)))
    return motifs, f"own {', '.join(names)}"


def _icon_cast(icons: Sequence[Motif], random: np.random.Generator) -> tuple[list[Motif], str]:
    """Icons of one theme and one package: two hands on one cloth look like a mistake."""
    packages = sorted({icon.source.split(":")[0] for icon in icons})
    package = packages[random.integers(len(packages))]
    casts = {
        theme: [icon for icon in icons if icon.source.startswith(f"{package}:") and icon.name in names]
        for theme, names in FIGURES_BY_THEME.items()
    }
    full = {theme for theme, cast in casts.items() if 2 * len(cast) > len(FIGURES_BY_THEME[theme])}
    theme = str(random.choice(sorted(full or {theme for theme, cast in casts.items() if cast})))
    cast = shuffled(casts[theme], random)[: random.integers(2, 6)]
    return cast, f"{theme} of {package}"


def _figures(
    layout: Layout, motifs: list[Motif], radius: float, repeat: str, random: np.random.Generator
) -> list[Placement]:
    sway = random.uniform(10, 45) if repeat == "tossed" else random.uniform(0, 14)
    any_way = repeat == "tossed" and random.random() < 0.2
    if repeat == "tossed":
        rounds = len(layout.points) // len(motifs) + 1
        order = [motif for _ in range(rounds) for motif in shuffled(motifs, random)]
        chosen = order[: len(layout.points)]
    else:
        few = shuffled(motifs, random)[: random.integers(1, 4)]
        diagonal = random.random() < 0.5
        chosen = [few[int((column + row if diagonal else row) % len(few))] for column, row in layout.cells]
    placements = []
    for (x, y), (column, _), motif in zip(layout.points, layout.cells, chosen, strict=True):
        turn = random.uniform(0, 360) if any_way else random.uniform(-sway, sway)
        if repeat != "tossed":
            turn = sway if column % 2 else -sway
        scale = random.uniform(0.9, 1.1) if repeat == "tossed" else 1.0
        placements.append(Placement(motif, x, y, radius * scale, turn))
    return placements


def _fillers(layout: Layout, palette: Palette, radius: float, random: np.random.Generator) -> list[Placement]:
    """Small motifs in the gaps between the figures."""
    size = random.uniform(2.2, 4.2)
    inks = [*palette.inks, mix(palette.ground, "#ffffff", 0.8)]
    motifs = [
        figures.draw(name, Paint(ink, ink, ink))
        for name in shuffled(FILLERS, random)[: random.integers(1, 3)]
        for ink in shuffled(inks, random)[:2]
    ]
    spots = throw(layout.width, layout.height, size * 3.2, random, taken=layout.points, clearance=radius + size * 1.1)
    return [
        Placement(motifs[random.integers(len(motifs))], x, y, size, random.uniform(-30, 30)) for x, y in spots.points
    ]


def _ground(layout: Layout, palette: Palette, random: np.random.Generator) -> list[Placement]:
    """Nothing, or polka dots or stars in a colour near the ground's own, on a lattice of their own."""
    kind = str(random.choice(("plain", "dots", "stars"), p=(0.64, 0.22, 0.14)))
    if kind == "plain":
        return []
    tint = mix(
        palette.ground, "#ffffff" if luminance(palette.ground) < 205 else palette.inks[0], random.uniform(0.25, 0.5)
    )
    motif = figures.draw("dot" if kind == "dots" else "plain-star", Paint(tint, tint, tint))
    step, size = random.uniform(10, 16), random.uniform(1.6, 2.8)
    columns, rows = max(2, round(layout.width / step)), max(2, round(layout.height / step / 2) * 2)
    return [
        Placement(motif, (column + row % 2 / 2) * layout.width / columns, row * layout.height / rows, size)
        for row in range(rows)
        for column in range(columns)
    ]
