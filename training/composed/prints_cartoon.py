"""Novelty prints: small friendly figures in rows on a plain ground."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.composed import figures
from training.composed.drawing import Motif, Tile
from training.composed.figures import Paint
from training.composed.layout import shuffled
from training.composed.palettes import PASTELS, Palette, luminance, mix
from training.composed.set_prints import SetPrint

OWN_THEMES = (
    *(("heart",), ("star",), ("cloud",), ("bear",), ("strawberry",)),
    *(("heart", "star"), ("cloud", "star"), ("bear", "heart")),
)
"""Figures that stand together: few kinds, alike on both sides. Faces of ten kinds, or half this size, were hatching."""

NATURAL = {
    "heart": ("#ef476f", "#e5383b", "#f77f8a"),
    "star": ("#ffd24d", "#ffb84d"),
    "bear": ("#a9744f", "#c98d5e", "#7d5a4a"),
    "strawberry": ("#ef3f56", "#f2617a"),
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


SET = SetPrint(size=(0.42, 0.47))


def cartoon_tile(random: np.random.Generator, icons: Sequence[Motif] = ()) -> Tile:
    """Design one novelty print; 2 to 4 figures of one or two kinds stand on 64 x 64 px.

    Args:
        icons: Motifs by the names of FIGURES_BY_THEME; without any, all figures are our own.
    """
    palette = PASTELS[random.integers(len(PASTELS))].jittered(random)
    motifs, theme = _icon_cast(icons, random) if icons and random.random() < 0.5 else _own_cast(palette, random)
    return SET.lay_out(motifs, random, ground=palette.ground, name=f"{theme} on {palette.name}")


def _own_cast(palette: Palette, random: np.random.Generator) -> tuple[list[Motif], str]:
    theme = OWN_THEMES[random.integers(len(OWN_THEMES))]
    inks = [ink for ink in palette.inks if abs(luminance(ink) - luminance(palette.ground)) > 24] or list(palette.inks)
    pale = mix(max((palette.ground, *palette.inks), key=luminance), "#ffffff", 0.55)
    natural = random.random() < 0.65
    motifs = []
    for name in theme:
        bodies = [ink for ink in NATURAL.get(name, ()) if abs(luminance(ink) - luminance(palette.ground)) > 18]
        for body in shuffled(bodies if natural and bodies else inks, random)[:2]:
            other = str(random.choice([ink for ink in palette.inks if ink != body]))
            second = other if abs(luminance(pale) - luminance(palette.ground)) < 18 else pale
            accent = palette.accent if palette.accent != body else other
            motifs.append(figures.draw(name, Paint(body, second, accent)))
    return motifs, f"own {', '.join(theme)}"


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
    cast = shuffled(casts[theme], random)[: random.integers(1, 3)]
    return cast, f"{theme} of {package}"
