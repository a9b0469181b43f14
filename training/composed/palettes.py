"""Curated palettes: a ground, inks from the quietest to the loudest, and an accent."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Palette:
    """Colours as #rrggbb: what lies below, three to five inks, and one for small accents."""

    name: str
    ground: str
    inks: tuple[str, ...]
    accent: str

    def jittered(self, random: np.random.Generator) -> Palette:
        """Turn all hues by up to 10 degrees and move lightness and saturation a little, alike for the whole palette."""
        hue, light, strength = random.uniform(-10, 10) / 360, random.uniform(-0.04, 0.04), random.uniform(0.85, 1.12)

        def move(colour: str) -> str:
            h, lightness, s = colorsys.rgb_to_hls(*(value / 255 for value in rgb_of(colour)))
            rgb = colorsys.hls_to_rgb((h + hue) % 1, min(max(lightness + light, 0.03), 0.98), min(s * strength, 1))
            return hex_of(rgb)

        return Palette(self.name, move(self.ground), tuple(move(ink) for ink in self.inks), move(self.accent))


def rgb_of(colour: str) -> tuple[int, int, int]:
    """Read #rrggbb as three bytes."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def hex_of(rgb: tuple[float, float, float]) -> str:
    """Write three numbers from 0 to 1 as #rrggbb."""
    return "#" + "".join(f"{round(min(max(value, 0), 1) * 255):02x}" for value in rgb)


def mix(first: str, second: str, share: float) -> str:
    """Mix `share` of the second colour into the first."""
    pairs = zip(rgb_of(first), rgb_of(second), strict=True)
    red, green, blue = ((a + (b - a) * share) / 255 for a, b in pairs)
    return hex_of((red, green, blue))


def luminance(colour: str) -> float:
    """Luma of a colour, 0 to 255."""
    red, green, blue = rgb_of(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def two_tones(
    palettes: Sequence[Palette], random: np.random.Generator, *, least_contrast: float, reversed_share: float
) -> tuple[str, str, str]:
    """The ground of a palette and one of its inks that stands out from it, and the palette's name.

    Args:
        least_contrast: In luma, 0 to 255; where no ink has it the one that stands out most is taken.
        reversed_share: How often the two are swapped, 0 to 1.
    """
    palette = palettes[int(random.integers(len(palettes)))].jittered(random)

    def contrast(ink: str) -> float:
        return abs(luminance(ink) - luminance(palette.ground))

    fitting = [ink for ink in palette.inks if contrast(ink) > least_contrast] or [max(palette.inks, key=contrast)]
    ground, ink = palette.ground, fitting[random.integers(len(fitting))]
    if random.random() < reversed_share:
        ground, ink = ink, ground
    return ground, ink, palette.name


def _palettes(rows: str) -> tuple[Palette, ...]:
    palettes = []
    for row in rows.strip().splitlines():
        name, *colours = row.split()
        ground, *inks, accent = (f"#{colour}" for colour in colours)
        palettes.append(Palette(name, ground, tuple(inks), accent))
    return tuple(palettes)


# name ground inks... accent
LEAVES = _palettes("""
jungle            f3efe2 9fbf8f 4f8a5b 1f5a3f e08a5b
deep-forest       12312b 1f5445 3f8a63 8fc08a e9c46a
sage              e9ede2 b9c7ab 8aa382 5f7f63 c98f7a
mint              dff2ea 9fd6c2 4fae94 1f7a6b f28f79
eucalyptus        f7f6f1 b7cbc4 86a8a0 4f7a75 d9b08c
blush-teal        f6d9d2 8fbfb8 2f7f7f 174f55 c8553d
navy-gold         14213d 2f4a7a c9a24a e8cf8a f4ecd8
navy-white        1b2a49 49618f 9fb3d1 f2f4f8 e07a5f
terracotta        f4e5d6 e0a27f c0603f 7f3a2a 3f5f4f
rust-cream        b4532f d98a5a f0c9a0 f8ead6 2f3e46
black-white       111111 5f5f5f bdbdbd f7f7f7 f7f7f7
ink-on-white      fafafa b9b9b9 5a5a5a 161616 161616
indigo            f4f4ee a9b8dc 5468ae 25316f d98f5f
indigo-resist     22306b 5b6fb0 a9b7dd f0f0ea f2c14e
autumn            f6ead2 e3a23f c6612b 7f2f23 55682f
olive             efe9d3 bdb76b 858a3f 4f5727 b5523b
mustard           e3ac3a f4d58a 8a6a1f 3f4a2a fff4d6
pink-tropics      f9b8c4 f7e1d7 3fa37f 17594a f25c54
hot-tropics       123c3f 1f8a70 f25f5c ffb35c ffe066
aqua-coral        c9ece8 5fbfb5 17808a f2786b ffd6a5
lilac             ece4f4 c0a9d8 8467ac 4f3a78 e8b04f
plum              3a1f3f 6f3f6a b0789a eac3cf f2d16b
stone             dcd6cb b3a996 857a68 51493d a4533f
chocolate         3b2a22 6f5240 ab8462 e6cfae d98f4e
sky               d7e8f5 94bfe0 4f8fc4 245a92 f2b880
emerald           0f5a46 1f8061 63b58c c4e6c8 f5cf6b
teal-mono         0f4c5c 2c7a86 6fb3b3 cfe8e3 fb8b24
dusk              2b2d42 565a80 8d99ae edf2f4 ef476f
lemon             fff6c2 e2d65a 86b04f 3f7f4f f28f3b
khaki-rose        c9bd96 e9dfc3 7f8a5a 46553a c96f6f
""")

PASTELS = _palettes("""
candy             fff1f5 ff9fb8 ffd166 7fd1c7 8f8ce0 ef476f
mint              dff5ea ff9a8b ffd97d 6fc2a8 5f9fd6 e85d75
sky               d6ecfb ff9fb2 ffe08a 7fc8a9 4f8fd0 f26a6a
butter            fff3c9 ff9f80 f7c948 79c2b0 6f9fe0 e4572e
lilac             ebe1fa f7a8c8 ffd97d 86cfc0 8f7fd6 e0559a
peach             ffe1d0 f58a7b ffc857 7cbfa5 5b8fc9 d64550
cream             fbf6ea e98a7a f2c14e 7fb69a 5f86b5 c8553d
white             ffffff ff7f9c ffcf56 5fc3b0 5f8fe6 e63e62
aqua              c5eef0 ff8fa3 ffe066 4fb3a4 4a7fd0 f25f5c
rose              fbc9d4 fff0e0 ffd36b 78c4b0 6a7fd0 d6336c
night             26315f ff9fb8 ffe08a 8fdcd0 a9b4ff ff6f91
navy              1d2b53 ff8fa3 ffd95a 6fd6c0 8fb0ff ff77a8
forest            24584a f7a6a0 ffd97d a7dcb5 9fc5f2 ff8a5c
tomato            e4574c ffd9c9 ffd95a 9fe0d0 bcd0ff fff4e6
teal              2f8f8a ffc2b4 ffe08a bdeee0 cfe0ff ff8f6b
sunshine          ffd84d ff7f6b fff6dd 3fa796 4f7fd0 e63946
graphite          2f3136 ff9fb0 ffd870 8fdcc8 9fb8f5 ff6b6b
cobalt            3f63c8 ffb3c1 ffe27a a6ead8 d2dcff ff7b7b
""")

FLORALS = _palettes("""
navy-meadow       16244a f28aa5 f7e7d4 d9485f 5f8f7a f2c14e
navy-white        1b2a52 f4f3ee a9bce0 f4f3ee 4f7a86 f2c14e
black-roses       17151a d63a52 f29ab0 f7ede2 4f7a50 f2c95a
black-pastel      1c1c22 f6b7c4 c9b6e8 fbe3c0 6f9a80 f5d76b
cream-rose        faf3e4 d9566f f0a3ae b83a52 7f9a6a e8b04f
cream-poppy       fbf5e6 d8412f f07f4a b02a24 5f7f4a 2b2430
white-blue        fbfcfd 2f62b8 7fa8e0 1f3f86 6f9a86 f2c94e
white-pink        fdfafa f0709a f7b3c6 c83a6f 7fa87a f2c14e
blush             f8ddd6 c4586a fdf3ee e08a8f 7a8f6a e8a84f
powder            d9e8f4 f48fa8 fdfbf6 5f86c4 6f9a8a f2c95a
sky               a9d0ea fdfaf2 f2708a f7d06a 4f8a78 e8a03f
mint              d5efe2 f27f8f fdf6ee e85a7a 4f9a7f f4c04f
sage              cfd9c0 fbf4e8 d9707f b84f5f 6a8060 e8b85a
mustard           e3ab3c fbf1dc b8402f 7a2a2f 5a6a34 3a2a24
ochre-blue        dca23a f7efdc 2f4f80 86a0c4 6a7038 2a2f4a
rust              a8472c f7dcb8 f2a65f fbf1e4 5f6a40 f2c95a
burgundy          5a1528 f2a8b4 f7e8d8 d9586f 5f8060 e8b84f
plum              3f1f45 d98ac0 f3dcee a85fae 6a9080 f2cf6a
lilac             e4daf3 8f62b8 fbf7fd c48fd8 7f9f80 f2c35a
lavender          c4b4e4 fbf8f2 6a459a f29fb8 5f8a70 f4d06a
forest            1d3f33 f6b0b8 fbeedb e8647a 7fae80 f2c94f
emerald           0f5546 fbd7c8 f48f7a fdf5e8 6fb088 f5cf5a
teal              17606a fbe3d0 f28a72 f7f3e6 7fb8a0 f2c95a
turquoise         4fb6b6 fdf6e6 f2607a fbd36a 1f6a68 e8a03f
coral             f28a74 fdf1e2 b8334a fbd0a0 4f7f6a f7e08a
hot-pink          e8447f fde3ea fbd65a 8f1a50 3f8068 fbe9a0
lemon             fbf0b4 f2803f fdfbf0 e8505a 6f9a4a c86a2f
sunshine          f8d24a fdf8ea e84f4a f28a3f 4f8a4f 7a3a24
denim             4a6896 fbf4e8 f2a9b4 c4d6ec 86a88a f2cf6a
indigo            2a3578 f4eee0 f28a9a 9fb0e8 5f9080 f5cf5a
charcoal          33343a f6c9d0 e87f92 f4efe6 7f9a84 f2ca62
chocolate         3d261e f4c9a8 e88a5f fbeee0 7f9060 f2c45a
stone             ddd6c8 a85a4a fbf7ee 7a3f3a 76805f d9a24a
grey-rose         c9c9c8 c44f68 fbf5f2 8f2f48 6a8270 e8b45a
""")
"""For flowers: a ground, three flower colours, the green of the leaves, and the accent of hearts."""

GEOMETRICS = _palettes("""
black-white       f7f6f2 9a9a98 55565a 141416 d23b3b
navy-cream        f5efdf a9b6cc 4a6294 1b2c52 d9a441
red-white         faf7f2 f0a8a0 d83a3f 9b1c2a 22335c
nautical          fbfaf5 7fa3d1 23407a d6353f f2c14e
grey-yellow       e9e8e4 b4b5b3 6c6f73 3b3e44 f4cf3a
coral-teal        fbeee2 f4a58f e4604e 1f7a7c 123f4a
mustard-brown     f4e6c4 e0a93b a8641f 5a3420 2f4f4a
missoni           f1e3cf e0863c b8402f 3a6f6a 2c2a44
missoni-sea       e6efe6 7fc2b8 2f7fa0 5a4a94 e8637a
missoni-earth     efe2cc c8a06a a0522d 5b6b3a 2f2a26
missoni-berry     f3dfe0 d98aa8 a33b73 5a2a5e ef9a4a
sunset            fde8c9 f9b25f ef6f53 b83a6b 5a2a6b
retro             f5e8cf e8b33f d8662f 7f8f3f 4a3226
seventies         f0dcb8 d9822b a5402d 5b3a24 3f6f6f
pastel            fdf6f0 f7c1c7 bfe0d4 b9c8ee f5dd9a
baby-blue         f6fafd bfdcf0 7fb5e0 3f7fbf f5b8c4
blush             fbeeea f2c2bd d98f90 9f5560 6f7f6f
mint-grey         eef6f1 a9dcc6 5fae96 56606a f29f8a
lilac-grey        f2eff7 c9b8e0 8f76b8 4f4668 f0c26a
emerald           f1f5ea 8fc99f 1f8a5f 0f4a3a e9c04a
forest            efe8d4 8fa37a 3f6a4a 1d3a2d c8702f
cobalt            f4f7fb 8fb0ee 2f5fd0 162c70 f27a3f
turquoise         f3fbf8 7fdad0 1fa8a8 0f5a68 f2617a
hot-pink          fff3f6 ff9fc0 f0307f 8f1450 ffcf3f
orange            fff4e6 ffbd7a f47a20 a8420f 274a6a
burgundy          f2e4d8 c88f8a 8f2438 4a1220 c9a04a
plum-gold         f0e6ea b08fb0 6a3a6f 35173f d9b04a
sand              f3ece0 d9c7aa b0966f 6f5a40 2f5a6a
denim             eef1f4 a3b6cc 56779f 29405f d98f4e
slate             e6e9ec aab4be 6a7886 2f3a46 e0684a
night             1a1c2b 3d4a7a 7f92d0 e8ebf7 f2b84a
chocolate-mint    2f211c 6f4f40 8fcbb4 e4f3ea f0a06a
charcoal-rose     2b2b30 6a5a66 d88fa3 f7e3e6 f2c66a
""")
"""For lines, dots and bands: a pale ground and inks from pale to deep (the last three the other way round)."""

CHECKS = _palettes("""
red-white         fbf9f4 c8202f 8f1420 fbf9f4
blue-white        f8fafc 2f62b0 1b3a78 f8fafc
navy-white        f7f7f3 1d2f57 3f5f96 d8404a
black-white       f7f6f3 1a1a1c 6a6a6c c8303a
green-white       f8faf4 2f8a4f 1d5a38 f4d35e
pink-white        fdf8f8 ef7f9f c8486f fdf8f8
sky-white         fafcfd 7fb4e0 3f7fc0 fafcfd
yellow-white      fdfbf0 f2c230 d9922f 7a5a2f
lilac-white       faf8fc a98fd0 6f56a0 f2c66a
mint-white        f7fcf9 6fc7a8 2f8f78 f4978e
brown-cream       f4ead8 8a5a36 4f3220 c8a04a
orange-cream      fbf2e2 e8762f a8481a 3f5f4f
grey-white        f4f4f2 8a8d90 4a4d52 d8404a
buffalo           c41f2b 141314 5a0f14 f2efe6
buffalo-green     3f7a4a 131a14 1f4028 f0e6c8
buffalo-mustard   d99a2b 1c1814 6a4a1a f4ecd8
buffalo-blue      3f6fb5 14161c 1f3a68 f4f2ea
camel             c8a06a 2a2420 7a4a2a f5efe2
royal-stewart     c2212d 1d3f2f 1c2c5c f3d34a
black-watch       1f4a3a 172a55 0f1418 3f7a5a
dress-gordon      f2f1ec 1f3f78 1d5a40 e0b83a
camel-tartan      d8b98a 1c1a1a f3efe6 b8242f
pink-tartan       f0a8bc 6a2a48 fbf3f1 3f6f6a
grey-tartan       b9bbbd 3a3d44 f4f4f2 a8323f
burgundy-tartan   7a1f2f 1a2a44 d9c08a f4ead8
mustard-tartan    e0aa3a 5a2a2a 2f4a44 f8f0dc
lilac-tartan      cfc0e6 4f4684 f8f4fb e88f6a
madras-coral      f7e9d4 ef6f5a 3f8fa8 f2b84a
madras-sea        eaf5f2 2f8f9f 3f5fa8 f4a05f
madras-summer     fdf1d8 f25f6a 3fa37f 4f6fc0
madras-berry      f6e3ea a8326f 3f4f8f f0a23f
madras-olive      efe8cf 7f8f3f a8502f 2f5a6a
navy-ground       1f2f52 f1efe6 8fa6cf d8404a
black-ground      18181a f2f0ea 8a8a8c e0a83a
forest-ground     1f4030 f0e8d0 8fae86 d8503a
""")
"""For woven checks: what the ground is dyed, then the stripes, the strongest first."""

TARTANS = _palettes("""
royal-stewart     c2212d 1d3f2f 1c2c5c f3d34a
black-watch       1f4a3a 172a55 0f1418 4f9a72
dress-gordon      f2f1ec 1f3f78 1d5a40 e0b83a
camel             d8b98a 1c1a1a f3efe6 b8242f
pink              f0a8bc 6a2a48 fbf3f1 3f6f6a
grey-red          b9bbbd 3a3d44 f4f4f2 a8323f
burgundy          7a1f2f 1a2a44 d9c08a f4ead8
mustard           e0aa3a 5a2a2a 2f4a44 f8f0dc
lilac             cfc0e6 4f4684 f8f4fb e88f6a
navy-red          1f2f5a b8242f 0f1730 f1efe6
red-navy          c8202f 1b2a5c f6f3ea f3d34a
forest-gold       1d4a36 0f2a22 c8a04a f3efe0
bottle-red        1f5a40 b8242f 14241c f0d060
charcoal          3a3d44 8a8d90 1a1a1c f4f4f2
grey-pink         b9bbbd 6a6c70 f4f4f2 ef7f9f
black-red         1a1a1c c8202f 5a5a5e f4f2ea
black-mustard     1c1a18 e0aa3a 5a4a2a f4ecd8
white-navy        f7f7f3 1d2f57 8fa6cf d8404a
white-red         fbf7f2 c8202f 1c2c5c 2f7a4f
white-green       f6f6ee 1f6a44 a8c890 d8404a
cream-brown       f4ead8 6a4426 c89a5a b8482a
oat-blue          eee6d6 3f6fa0 1f3a5c d98f4e
sky-navy          a9cdec 1f3a6c f8fafc f3c64a
lilac-plum        c9b8e6 5a3a86 f7f3fb f29f8a
pink-berry        f4b8c8 a8326f fbf3f1 4f6fa8
rose-grey         d98fa0 4a4d56 fbf1ee 8f2438
mint-forest       b8e0cc 1f5a4a f5faf6 f08a6a
sage-brown        a8b894 4a3a28 f2ecd8 b8602f
turquoise-navy    5fbfc0 173f5c f4fafa f2d25a
orange-brown      e8823a 4a2a1a f8ecd8 2f5a5a
rust-teal         b8502f 1f4f54 f0dfc0 e0b04a
yellow-black      f2c836 1c1c1c f8f4e6 8a8a8a
yellow-navy       f4d24a 1f3a6c fbf6e4 c8323a
coral-teal        f2806a 1f6f7a fbf1e6 f4c65a
purple-green      4f3470 2f6a4a 1c1430 d8b84a
teal-orange       1f6f74 0f3a40 f0e6d0 ef8a3a
cobalt            2f5fc0 16305f f4f6fa f2c230
wine-gold         6a1a2c 2a1018 d9b04a f0dfc8
""")
"""For tartans: the ground, the broad stripe, a third colour, and thin lines."""

PAISLEYS = _palettes("""
bandana-navy      16264f f7f6f2 8fa0c8 0d1530 f7f6f2
bandana-red       b81c28 fbf7f0 f0b0a8 1a1214 fbf7f0
bandana-black     151517 f5f4f0 a9a9a6 55565a f5f4f0
bandana-white     faf9f5 1f2f5f 7f90b8 c8323a 1f2f5f
bandana-red-white faf6ef b81c28 e58a86 5a1018 b81c28
burgundy          5a1224 e0b04a 1f8a86 f3e2c4 c8432f
burgundy-teal     7a1a30 2f9a94 f0cf7a f7ead2 e07a3f
teal-gold         0f5560 e3b34f f4e6c6 c8503f 7fc4b8
indigo-gold       222a5e e0b050 f2e8d0 b0463f 6f8fd0
emerald           0f4a3c e8c35a f5ecd2 c8435f 5fb08a
purple            43235e e8b04f d88ac0 f4e4ee 4fb0a8
magenta           a31f5f f7c34f fbe6ea 4a1440 4fb8b0
rust              9a3f22 f2d3a0 3f5f5a f8ecd6 e09a3f
earth             e9dcc2 a0522d 6b7a45 4a3226 d99a3f
clay              d8a07a 7a3a26 f6e6d2 3f4f4a b8502f
olive             6a6f3a f0e2b8 2f3a26 c8622f e8b84a
ochre             d59a34 6a2a22 f8e8c4 2f5a56 a83f2a
chocolate         38231c d8a86a f0dcc0 7a9a8f c8603f
camel             c9a673 5a2f24 f5e8d0 2f5560 a8442f
cream             f6eedd b03a3f 2f6f78 e0a53f 3f3550
ivory-blue        f7f3e8 2f5590 8fb4d8 1b2f58 d98a4f
delft             e9f0f7 2a4f95 86a8d8 15285a f7fbff
sky               a9cfe6 234a80 f8f6ee e0705f 3f8fb0
turquoise         2a9fa0 fbf1d8 f08a5f 124a58 f5c95a
coral             f08a78 fdf0e2 8a2f48 2f7f86 fbd08a
rose              f3c9cf b0405f fdf5f0 5f7f6a 7a2444
blush-sage        f7e3dc c47f80 7f9a80 4f5f55 e0a86f
mint              d6efe4 2f8f80 f7a8a0 1f5a58 f6d27f
lilac             e4daf2 7a58a8 f6b8c8 463068 f2c96a
powder            dfeaf5 6f92c4 f4b6c0 41608f f8e0a0
butter            fbecc0 d9742f 4f8f86 8a3a2f f7f5ea
peach             fbd5bd c2523f 4f8a86 7a2f3a fff3e2
grey              d6d5d2 4a4b52 f6f5f2 8a2f3f 8f9aa8
charcoal          2c2d33 d9b37a 9fb0b8 f2ece0 b8504a
forest-pink       1f3d33 f0a8b0 f6ead8 8fb08f e0b04f
""")
"""For paisleys: grounds of every depth; an ink that stands out on each, and rich company."""

SKINS = tuple(
    replace(skin, inks=(skin.accent,))
    for skin in _palettes("""
zebra             fbfaf6 121212
zebra-ivory       f6efe0 1c1714
zebra-grey        dcdbd8 232428
zebra-chalk       f3f4f6 2f333c
negative          141416 f4f2ec
tiger             e08a2f 1c130f
tiger-pale        f0b86a 241812
camel             d0a878 3a241a
sand              ead9b8 6a4a30
chocolate         4a2c20 e8d2b0
rust              b8552f 2a1410
cream-brown       f5ead6 5a3a28
ink-blue          f2f4f8 1c2f58
navy              1a2748 e9edf4
teal              0f4f56 e6efe6
petrol-black      2f7f88 101819
emerald           0f5a44 f0ead2
red               c8283a 16100f
berry             7a1f4a f6dbe4
pink              f6bccb 241620
blush             f3dcd4 7a4a4a
lilac             dccff0 3a2858
violet            4a2a78 ece0f6
mint              cfeadd 17453c
sky               bfdcf0 1f3f6a
butter            fbe9a8 4a3a18
lime              cfe05a 1c2410
stone             c8c2b6 46423c
silver            e9eaec 8a8d94
""")
)
"""For skins: what lies below, and the one colour that stripes have on it."""
