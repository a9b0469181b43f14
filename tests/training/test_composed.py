import itertools
import json
import re
from dataclasses import replace

import cv2
import numpy as np
import pytest
from skimage.morphology import skeletonize

from generator.latents import WAVES
from training.__main__ import main
from training.composed import (
    CATEGORIES,
    MotifError,
    botehs,
    compose_swatches,
    design_tile,
    figures,
    flowers,
    foliage,
    prints_checkered,
    prints_paisley,
    prints_striped,
    prints_zebra,
    prints_zigzag,
)
from training.composed.cloth import Cloth
from training.composed.drawing import REACH, Motif, Placement, Tile, across, render, svg_of
from training.composed.icons import read_icons
from training.composed.layout import CELLS, lattice, throw, torus_distance
from training.composed.palettes import CHECKS, GEOMETRICS, PAISLEYS, luminance, rgb_of
from training.composed.prints_cartoon import OWN_THEMES
from training.config import NAMED_CONFIGS
from training.recipes import RECIPES
from training.swatches import SWATCH


def icon_package(folder, bodies, licence="MIT", prefix="tiny"):
    folder.mkdir(parents=True)
    icons = {name: {"body": body} for name, body in bodies.items()}
    (folder / "icons.json").write_text(json.dumps({"prefix": prefix, "width": 32, "height": 32, "icons": icons}))
    (folder / "info.json").write_text(json.dumps({"license": {"spdx": licence}}))
    return folder


def disc(colour):
    return f'<circle cx="16" cy="16" r="14" fill="{colour}"/><circle cx="16" cy="10" r="5" fill="#111111"/>'


def moved(tile, right, down):
    places = [replace(p, x=(p.x + right) % tile.width, y=(p.y + down) % tile.height) for p in tile.placements]
    return replace(tile, placements=places)


def flat(tile):
    return replace(tile, cloth=None)


def designs(category, look="", count=60):
    """Tiles of a category whose names start with a look, without their cloth."""
    tiles = [flat(design_tile(category, seed=3, number=number)[0]) for number in range(count)]
    found = [tile for tile in tiles if tile.name.startswith(look)]
    assert found
    return found


def period_of(tile):
    return int(re.search(r"(\d+) px", tile.name)[1])


def rolled_difference(picture, right, down):
    return np.abs(np.roll(picture, (down, right), axis=(0, 1)).astype(int) - picture).max()


@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path, category):
    first, second = (compose_swatches(category=category, output=tmp_path / name, count=3, seed=5) for name in "ab")
    other = compose_swatches(category=category, output=tmp_path / "c", count=3, seed=6)
    assert [row.sha256 for row in first] == [row.sha256 for row in second]
    assert (tmp_path / "a" / "composed-00002.png").read_bytes() == (tmp_path / "b" / "composed-00002.png").read_bytes()
    assert not {row.sha256 for row in first} & {row.sha256 for row in other}


@pytest.mark.parametrize("category", sorted(CATEGORIES))
@pytest.mark.parametrize("number", range(3))
def test_a_tile_moved_around_its_edges_stays_the_same_print(category, number):
    tile = flat(design_tile(category, seed=1, number=number)[0])
    here = render(tile).astype(int)
    there = render(moved(tile, 61, 83)).astype(int)
    # A motif cut off at an edge would differ by its whole contrast; cairo rounds single pixels of a rim differently.
    assert np.abs(np.roll(here, (83, 61), axis=(0, 1)) - there).max() <= 8


@pytest.mark.parametrize("category", ["cartoon", "floral", "leaves", "paisley"])
def test_a_training_patch_holds_two_to_four_figures(category):
    tiles = [design_tile(category, seed=0, number=number)[0] for number in range(24)]
    counts = [tile.main * 64 * 64 / (tile.width * tile.height) for tile in tiles]
    assert min(counts) >= 1.9
    assert max(counts) <= 4


def test_a_half_drop_lowers_every_other_column_by_half_a_pitch():
    layout = lattice("half-drop", 30, 40)
    assert (layout.width, layout.height) == (CELLS * 30, CELLS * 40)
    tops = {column: sorted(layout.points[layout.cells[:, 0] == column, 1]) for column in range(CELLS)}
    assert tops[0] == [20, 60, 100, 140, 180, 220]
    assert tops[1] == [0, 40, 80, 120, 160, 200]
    assert tops[2] == tops[0]


def test_an_unknown_repeat_or_category_is_refused_by_name():
    with pytest.raises(ValueError, match="basic, half-drop, got 'ogee'"):
        lattice("ogee", 30, 30)
    with pytest.raises(ValueError, match="got 'camouflage'"):
        design_tile("camouflage", seed=0, number=0)


def test_thrown_points_keep_their_distance_around_the_edges():
    size = np.array([200.0, 150.0])
    points = throw(200, 150, 30, np.random.default_rng(3)).points
    assert len(points) >= 15
    assert min(torus_distance(np.delete(points, i, 0), point, size).min() for i, point in enumerate(points)) >= 30


def test_a_block_print_has_no_colours_but_its_two():
    tiles = (design_tile("leaves", seed=2, number=number)[0] for number in range(200))
    tile, colours = next(
        (tile, colours)
        for tile in tiles
        if tile.name.startswith("block") and len(colours := set(re.findall("#[0-9a-f]{6}", svg_of(tile)))) == 2
    )
    ground, ink = (np.array(rgb_of(colour), float) for colour in sorted(colours))
    pixels = render(tile).reshape(-1, 3) - ground
    along = pixels @ (ink - ground) / ((ink - ground) ** 2).sum()
    assert np.abs(pixels - along[:, None] * (ink - ground)).max() < 3
    assert along.min() > -0.02
    assert along.max() < 1.02
    assert (along < 0.02).mean() > 0.1
    assert (along > 0.98).mean() > 0.1


def test_zebra_stripes_are_as_far_apart_as_designed_and_in_two_colours():
    for tile in designs("zebra", count=12):
        picture = render(tile)
        _, counts = np.unique(picture.reshape(-1, 3), axis=0, return_counts=True)
        assert np.sort(counts)[-2:].sum() > 0.6 * counts.sum(), tile.name
        ink = np.abs(picture.astype(int) - rgb_of(tile.ground)).sum(-1)
        ink = ink > ink.max() / 2
        assert 0.2 < ink.mean() < 0.8
        power = np.abs(np.fft.rfft2(ink - ink.mean())) ** 2
        lengths = np.hypot(*np.meshgrid(np.fft.fftfreq(len(ink)), np.fft.rfftfreq(len(ink)), indexing="ij"))
        wave = period_of(tile)
        near = (lengths > 0.6 / wave) & (lengths < 1.6 / wave)
        assert power[near].sum() > 0.5 * power.sum(), tile.name
        assert tile.tossed


@pytest.mark.parametrize("seed", range(4))
def test_zebra_stripes_run_one_way_and_some_of_them_end(seed):
    field = prints_zebra.stripes(14.0, np.random.default_rng(seed))
    down, right = np.gradient(np.tile(field, (2, 2)))
    across, along, both = (np.mean(product) for product in (right**2, down**2, right * down))
    coherence = np.hypot(across - along, 2 * both) / (across + along)
    assert 0.4 < coherence < 0.98
    ends = 0
    # Where a gap ends, stripes fork.
    for lines in (np.tile(field, (2, 2)) > 0, np.tile(field, (2, 2)) < 0):
        thin = skeletonize(lines).astype(np.uint8)
        neighbours = cv2.filter2D(thin, -1, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT)
        ends += ((neighbours == 2) & (thin == 1))[100:-100, 100:-100].sum()
    assert ends >= 5


def test_outlines_of_a_field_close_on_the_edges_of_its_tile():
    side = prints_zebra.SIDE * prints_zebra.FINENESS
    rows, columns = np.mgrid[:side, :side] * 2 * np.pi / side
    field = np.sin(3 * columns + 2 * rows)
    body = f'<path d="{prints_zebra.outlines(field)}" fill="#000000" fill-rule="evenodd"/>'
    tile = Tile(prints_zebra.SIDE, prints_zebra.SIDE, "#ffffff")
    tile.placements = [across(prints_zebra.SIDE, prints_zebra.SIDE, body, "waves")]
    drawn = 1 - render(tile)[..., 0] / 255
    expected = cv2.resize((field > 0).astype(float), drawn.shape, interpolation=cv2.INTER_AREA)
    off = np.abs(drawn - expected)
    assert off.mean() < 0.02
    assert max(off[[0, -1]].mean(), off[:, [0, -1]].mean()) < 2 * off.mean()


@pytest.mark.parametrize("category", ["cartoon", "floral", "leaves", "paisley"])
def test_figures_stand_upright_on_a_lattice_two_kinds_of_them_on_a_half_drop_alone(category):
    waves = WAVES[NAMED_CONFIGS[RECIPES[category].config].waves]
    for tile in designs(category, count=24):
        period, picture = period_of(tile), render(tile)
        assert waves.shortest <= period <= waves.longest
        assert max(rolled_difference(picture, period, 0), rolled_difference(picture, 0, period)) <= 8
        half_drop = "half-drop" in tile.name
        assert len(tile.motifs()) <= 1 + half_drop
        assert half_drop or rolled_difference(picture, period // 2, period // 2) > 8


@pytest.mark.parametrize(
    ("category", "least", "most"),
    [
        ("zigzag", 14, 40),
        ("dotted", 16, 40),
        ("checkered", 16, 40),
        ("striped", 16, 40),
        ("herringbone", 20, 40),
        ("houndstooth", 20, 40),
        ("tartan", 36, 60),
    ],
)
def test_a_geometric_print_repeats_across_after_the_period_that_its_name_says(category, least, most):
    for tile in (tile for tile in designs(category, count=16) if not re.search("confetti|many", tile.name)):
        period = period_of(tile)
        assert least <= period <= most
        assert min(tile.width, tile.height) >= SWATCH
        picture = render(tile)
        assert rolled_difference(picture, period, 0) <= 4
        assert min(rolled_difference(picture, part, 0) for part in (period // 4, period // 3)) > 8


def test_stripes_run_down_the_whole_cloth_without_a_change():
    for tile in designs("striped", count=24):
        picture = render(tile)
        assert np.ptp(picture.astype(int), axis=0).max() <= 1
        assert np.ptp(picture.astype(int), axis=1).max() > 40


@pytest.mark.parametrize("look", prints_striped.LOOKS)
def test_a_sett_of_stripes_is_a_repeat_that_waves_can_have(look):
    random = np.random.default_rng(3)
    for palette in (*CHECKS, *GEOMETRICS):
        sett = prints_striped.SETTS[look](palette, random)
        assert 16 <= sum(width for _, width in sett) <= 40
        assert min(width for _, width in sett) >= 1


def test_every_column_of_a_zigzag_shows_the_same_colours_only_higher_or_lower():
    for tile in designs("zigzag", count=20):
        picture = render(tile).astype(float)
        columns = picture.mean(axis=0)
        assert np.ptp(columns, axis=0).max() < 4
        assert np.abs(picture - columns).mean() > 5


def test_the_bands_of_a_zigzag_are_as_high_and_as_many_as_designed():
    random = np.random.default_rng(8)
    for look, (least, most) in {"chevron": (2, 2), "bands": (3, 6), "missoni": (5, 7), "thin lines": (2, 4)}.items():
        for palette in GEOMETRICS:
            bands = prints_zigzag.BANDS[look](palette, random)
            assert least <= len(bands) <= most
            assert min(height for _, height in bands) >= 1.5
            assert sum(height for _, height in bands) == pytest.approx(round(sum(height for _, height in bands)))


def test_a_rounded_corner_cuts_the_peak_and_leaves_the_flank():
    sharp, rounded = prints_zigzag.zigzag_line(24, 10), prints_zigzag.zigzag_line(24, 10, 0.25)
    assert sharp.tolist() == [[0, 0], [12, 10], [24, 0]]
    assert rounded[:, 1].min() == pytest.approx(10 * 0.125)
    assert rounded[:, 1].max() == pytest.approx(10 * 0.875)
    middle = np.argmin(np.abs(rounded[:, 0] - 6))
    assert rounded[middle, 1] == pytest.approx(5)


def test_square_dots_stand_in_rows_and_diagonal_dots_between_them():
    for tile in designs("dotted", "polka, "):
        picture, period = render(tile), period_of(tile)
        half = period // 2
        if "diagonal" in tile.name:
            assert rolled_difference(picture, half, half) <= 4
            assert rolled_difference(picture, half, 0) > 30
        else:
            assert rolled_difference(picture, 0, period) <= 4
            assert rolled_difference(picture, half, half) > 30


def test_dots_do_not_touch_each_other():
    for tile in designs("dotted"):
        points = np.array([(place.x, place.y) for place in tile.placements])
        radii = np.array([place.radius for place in tile.placements])
        size = np.array([tile.width, tile.height], float)
        for index in range(min(len(points), 40)):
            apart = torus_distance(np.delete(points, index, 0), points[index], size)
            assert (apart - np.delete(radii, index) - radii[index]).min() > 0, tile.name


def test_confetti_has_several_colours_on_a_plain_ground():
    for tile in designs("dotted", "confetti, colours: 4"):
        assert len({motif.name for motif in tile.motifs()}) == 4
        ground = np.array(rgb_of(tile.ground))
        assert (render(tile) == ground).all(axis=2).mean() > 0.4


def test_a_gingham_has_its_two_colours_and_the_half_tone_between_them_on_half_of_the_cloth():
    for tile in designs("checkered", "gingham of 2"):
        half, picture = period_of(tile) // 2, render(tile).astype(int)
        here, there = half // 2, half + half // 2
        dark, light = picture[here, here], picture[there, there]
        assert np.abs(dark - light).max() > 60
        for crossing in (picture[here, there], picture[there, here]):
            assert np.abs(crossing - (dark + light) / 2).max() <= 2
        shares = [(np.abs(picture - colour).max(axis=2) <= 2).mean() for colour in (dark, light, picture[here, there])]
        assert shares == pytest.approx([0.25, 0.25, 0.5])


def test_a_check_is_what_its_warp_and_its_weft_add_up_to():
    for tile in [tile for look in ("gingham", "buffalo", "tartan", "madras") for tile in designs("checkered", look)]:
        picture = render(tile).astype(float)
        down, over = picture.mean(axis=0, keepdims=True), picture.mean(axis=1, keepdims=True)
        assert np.abs(picture - down - over + picture.mean(axis=(0, 1))).max() < 4
        assert min(np.ptp(down, axis=1).max(), np.ptp(over, axis=0).max()) > 12


def test_a_checkerboard_has_no_half_tone_and_a_shepherds_check_has_twill_in_its_place():
    for tile in designs("checkered", "checkerboard"):
        assert len(np.unique(render(tile).reshape(-1, 3), axis=0)) == 2
    red, white = ("#ff0000", 12.0), ("#ffffff", 12.0)
    cell = prints_checkered.shepherd([red, white], 24)
    picture = render(Tile(24, 24, "#ffffff", [across(24, 24, cell, "cell")]))[..., 1].astype(float) / 255
    assert picture[:12, :12].max() == 0
    assert picture[12:, 12:].min() == 1
    assert picture[:12, 12:].mean() == pytest.approx(0.5, abs=0.03)
    assert picture[:12, 12:].std() > 0.25


@pytest.mark.parametrize("category", ["zigzag", "dotted", "checkered"])
def test_most_prints_are_on_cloth_and_some_are_flat(category):
    cloths = [design_tile(category, seed=0, number=number)[0].cloth for number in range(40)]
    assert 1 <= cloths.count(None) <= 20
    assert all(0.01 <= cloth.grain <= 0.02 for cloth in cloths if cloth)


def likeness(one, other):
    """The highest correlation of two tiles at any shift."""
    one, other = ((part - part.mean()) / part.std() for part in (one, other))
    return np.fft.ifft2(np.fft.fft2(one) * np.fft.fft2(other).conj()).real.max() / one.size


def test_the_teeth_of_a_houndstooth_point_one_way_and_half_of_it_is_dark():
    for tile in designs("houndstooth", count=8):
        body = svg_of(tile)
        dark = re.findall(r'<g fill="(#[0-9a-f]{6})" ', body)[0]
        ink = np.abs(render(tile).astype(int) - rgb_of(dark)).sum(-1)
        ink = (ink < ink.max() / 2).astype(float)
        assert ink.mean() == pytest.approx(0.5, abs=0.05)
        assert likeness(ink, ink[::-1, ::-1]) < 0.8
        assert likeness(ink, ink[:, ::-1]) < 0.8
        assert likeness(ink, ink.T) > 0.95


def test_the_ribs_of_a_herringbone_lean_to_both_sides_by_turns_half_a_line_apart():
    for tile in designs("herringbone", count=8):
        repeat, lines = period_of(tile), int(re.search(r"of (\d) lines", tile.name)[1])
        colours = re.findall('fill="(#[0-9a-f]{6})"/></g>', svg_of(tile))[0], tile.ground
        dark, pale = (np.array(rgb_of(colour), float) for colour in colours)
        ink = (render(tile) - pale) @ (dark - pale) / ((dark - pale) ** 2).sum()
        assert ink.mean() == pytest.approx(0.5, abs=0.02)
        # Mirrored it is the same, but half a line on.
        assert likeness(ink, ink[:, ::-1]) > 0.6
        up, down = ink[:, 2 : repeat // 2 - 2], ink[:, repeat // 2 + 2 : repeat - 2]
        for rib, lean in ((up, -1), (down, 1)):
            along, against = (np.abs(np.roll(rib[:, :-2], lean * move, 0) - rib[:, 2:]).mean() for move in (2, -2))
            assert along < 0.12
            assert against > 0.3 or repeat / lines < 6


def test_an_argyle_s_diamonds_meet_at_their_corners_and_are_no_wider_than_tall():
    for tile in designs("argyle", count=24):
        wide, tall = (int(number) for number in re.findall(r"(\d+) px", tile.name))
        assert 24 <= wide <= tall <= 40
        picture = render(tile).astype(int)
        assert max(rolled_difference(picture, wide, 0), rolled_difference(picture, 0, tall)) <= 4
        assert min(rolled_difference(picture, wide // 2, 0), rolled_difference(picture, 0, tall // 2)) > 30
        # Both mirror images are the print itself.
        for mirrored in (picture[:, ::-1], picture[::-1]):
            assert likeness(picture.mean(-1), mirrored.mean(-1)) > 0.99
        first, second = (np.array(rgb_of(colour)) for colour in re.findall('fill="(#[0-9a-f]{6})"', svg_of(tile))[:2])
        near = [(np.abs(picture - colour).sum(-1) < 24).mean() for colour in (first, second)]
        assert sum(near) > 0.4, tile.name
        if tile.name.startswith("argyle"):
            # Through the middles of all diamonds runs the colour of the lines.
            middles = [(tall // 2, wide // 2), (0, 0)]
            line = np.array(rgb_of(re.search('stroke="(#[0-9a-f]{6})"', svg_of(tile))[1]))
            assert max(np.abs(picture[middle] - line).max() for middle in middles) < 60
        if tile.name.startswith("harlequin"):
            assert near == pytest.approx([0.5, 0.5], abs=0.1)
            assert len(set(re.findall("#[0-9a-f]{6}", svg_of(tile)))) == 2


@pytest.mark.parametrize("look", ["argyle", "nested"])
def test_what_lies_on_the_diamonds_of_an_argyle_is_seen_on_both(look):
    for tile in designs("argyle", look):
        tones = [luminance(colour) for colour in dict.fromkeys(re.findall("#[0-9a-f]{6}", svg_of(tile)))]
        assert len(tones) == 3
        assert min(abs(one - other) for one, other in itertools.combinations(tones, 2)) > 35


def test_a_tartan_is_threaded_alike_in_warp_and_weft_forwards_and_back():
    for tile in designs("tartan", count=12):
        picture = render(tile).astype(int)
        assert np.abs(picture - picture.transpose(1, 0, 2)).max() <= 8
        rows = picture.mean(axis=1)
        period = period_of(tile)
        turned = min(np.abs(np.roll(rows[::-1], shift, axis=0) - rows).max() for shift in range(period))
        assert turned < 4
        assert len({colour for colour in re.findall("#[0-9a-f]{6}", svg_of(tile))}) >= 3


def test_cloth_adds_its_grain_to_the_luminance_alone_and_closes_on_its_edges():
    grey = np.full((97, 120, 3), 128, np.uint8)
    woven = Cloth(grain=0.015, softness=0.5, seed=1).woven_into(grey).astype(float)
    assert woven.std() / 255 == pytest.approx(0.015, rel=0.08)
    assert np.abs(woven - woven[..., :1]).max() == 0
    for axis in (0, 1):
        steps = np.abs(np.diff(woven[..., 0], axis=axis, append=woven[..., 0].take([0], axis=axis)))
        seam = steps.take(-1, axis=axis).mean()
        assert 0.6 < seam / steps.mean() < 1.4
    assert (Cloth(0.015, 0.5, seed=2).woven_into(grey) != woven).any()


def test_cloth_softens_an_edge_around_the_edges_of_the_tile_too():
    stripe = np.zeros((60, 60, 3), np.uint8)
    stripe[:, :30] = 200
    soft = Cloth(grain=0.0, softness=0.5, seed=0).woven_into(stripe)[30, :, 0].astype(int)
    assert soft[15] == 200
    assert soft[45] == 0
    assert 120 < soft[29] < 195
    assert soft[0] == soft[29]
    assert soft[59] == soft[30] > 5


def test_a_boteh_is_round_below_and_its_tip_curls_over():
    drop = botehs.teardrop(curl=165, fat=0.5)
    assert drop.half.max() == pytest.approx(0.5)
    assert drop.half.argmax() < len(drop.half) / 2
    assert drop.half[-1] == pytest.approx(0, abs=1e-6)
    tip, neck = drop.spine[-1], drop.spine[:, 1].min()
    assert tip[1] > neck + 0.05
    assert tip[0] > drop.spine[60, 0] + 0.2


def test_a_colour_within_a_boteh_keeps_its_distance_from_the_rim_even_at_the_round_end():
    drop = botehs.teardrop(curl=180, fat=0.5)
    rim, inner = drop.rim(), drop.rim(0.2)
    gaps = np.array([np.hypot(*(rim - point).T).min() for point in inner[np.abs(inner[:, 1]) < 0.9]])
    assert gaps.min() > 0.13
    assert gaps.max() < 0.26
    width_below = np.ptp(inner[inner[:, 1] > inner[:, 1].max() - 0.08][:, 0])
    assert width_below > 0.2


@pytest.mark.parametrize("palette", PAISLEYS, ids=lambda palette: palette.name)
def test_every_layer_of_a_boteh_stands_out_from_the_one_around_it(palette):
    random = np.random.default_rng(0)
    for _ in range(12):
        dress = prints_paisley.dress_of(palette, random)
        layers = itertools.pairwise((palette.ground, dress.rim, dress.band, dress.core, dress.spot))
        assert min(abs(luminance(around) - luminance(inner)) for around, inner in layers) > 40


PAINT = figures.Paint("#ff0000", "#00ff00", "#0000ff")
DRESS = botehs.Dress("#ff0000", "#ffff00", "#0000ff", "#00ff00")
BLOOM = flowers.Bloom("#ff0000", "#ffff00", "#0000ff", "#00ff00", vein="#00ffff")
DRAWN = {
    **{name: figures.draw(name, PAINT) for name in sorted(figures.sheet())},
    **{
        kind: foliage.draw(kind, foliage.Ink("#ff0000", vein="#00ff00", outline="#0000ff"), np.random.default_rng(4))
        for kind in foliage.KINDS
    },
    **{f"{kind} boteh": botehs.draw(DRESS, np.random.default_rng(4), kind=kind) for kind in botehs.KINDS},
    **{kind: flowers.draw(kind, BLOOM, np.random.default_rng(4)) for kind in flowers.KINDS},
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_motif_is_seen_and_stays_within_reach(name):
    picture = render(Tile(96, 96, "#ffffff", [Placement(DRAWN[name], 48, 48, 24)]))
    down, across = np.nonzero((picture < 250).any(axis=2))
    assert down.size > 300
    assert np.hypot(down + 0.5 - 48, across + 0.5 - 48).max() <= 24 * REACH


@pytest.mark.parametrize(
    ("kind", "colour", "pieces"),
    [("seeded", DRESS.core, [4]), ("beaded", DRESS.band, [15]), ("flowered", DRESS.core, [2])],
)
def test_ornament_of_a_boteh_is_made_of_pieces_that_keep_apart(kind, colour, pieces):
    picture = render(Tile(128, 128, "#ffffff", [Placement(DRAWN[f"{kind} boteh"], 64, 64, 60)]))
    there = np.abs(picture.astype(int) - rgb_of(colour)).sum(-1) < 120
    found, _, stats, _ = cv2.connectedComponentsWithStats(there.astype(np.uint8), connectivity=4)
    assert sum(stats[1:, cv2.CC_STAT_AREA] > 12) in pieces, found


def test_the_sheet_holds_the_figures_of_the_prints_and_no_others():
    assert figures.sheet().keys() == {name for theme in OWN_THEMES for name in theme}


def test_a_figure_takes_the_colours_of_the_print():
    picture = render(Tile(64, 64, "#ffffff", [Placement(figures.draw("heart", PAINT), 32, 32, 28)]))
    assert tuple(picture[22, 32]) == (255, 0, 0)
    assert tuple(picture[33, 18]) == (0, 0, 255)


def test_icons_are_drawn_in_their_own_colours_even_when_two_use_the_same_ids(tmp_path):
    def icon(colour):
        stop = f'<stop stop-color="{colour}"/>'
        return f'<defs><linearGradient id="a">{stop}</linearGradient></defs><path d="M0 0h32v32H0z" fill="url(#a)"/>'

    folder = icon_package(tmp_path / "tiny", {"bear": icon("#ff0000"), "cat": icon("#0000ff"), "dog": icon("#00ff00")})
    bear, cat = read_icons(tmp_path, {"bear", "cat"})
    assert [motif.name for motif in read_icons(folder, {"bear", "cat"})] == ["bear", "cat"]
    picture = render(Tile(80, 40, "#ffffff", [Placement(bear, 20, 20, 10), Placement(cat, 60, 20, 10)]))
    assert tuple(picture[20, 20]) == (255, 0, 0)
    assert tuple(picture[20, 60]) == (0, 0, 255)
    assert isinstance(bear, Motif)
    assert (bear.source, bear.licence) == ("tiny:bear", "MIT")


def test_composing_writes_swatches_a_manifest_with_licences_and_a_grid(tmp_path, capsys):
    bodies = {
        name: disc(colour) for name, colour in zip(("star", "sun-with-face", "cloud", "rainbow"), COLOURS, strict=True)
    }
    icon_package(tmp_path / "icons", bodies, licence="Apache-2.0")
    output = tmp_path / "cartoon"
    arguments = ["--category", "cartoon", "--motifs", str(tmp_path / "icons"), "--count", "5", "--output", str(output)]
    assert main(["compose", *arguments]) == 0
    assert "5 swatches" in capsys.readouterr().out
    rows = json.loads((output / "manifest.json").read_text())
    assert [row["file"] for row in rows] == [path.name for path in sorted(output.glob("*.png"))]
    assert all(row["side"] == SWATCH for row in rows)
    licences = {source: row["licence"] for row in rows for source in row["source"].split(", ")}
    assert "Apache-2.0" in licences["tiny:star"]
    assert "MIT" in licences["own drawing"]
    assert (tmp_path / "cartoon-grid.png").exists()


COLOURS = ("#e63946", "#f2c14e", "#3f63c8", "#2f8f8a")


@pytest.mark.parametrize(
    ("prepare", "reason"),
    [
        (lambda folder: None, "no such folder"),
        (lambda folder: folder.mkdir(), "holds no icons.json"),
        (lambda folder: icon_package(folder, {"spanner": disc("#ff0000")}), "none of the"),
        (lambda folder: icon_package(folder, {"star": disc("#ff0000")}, licence="CC-BY-SA-4.0"), "share-alike"),
        (lambda folder: (icon_package(folder, {}) / "icons.json").write_text("{"), "cannot read the icon package"),
        (lambda folder: (icon_package(folder, {}) / "info.json").write_text("{}"), "KeyError 'license'"),
    ],
)
def test_motifs_that_cannot_be_used_end_with_two_and_one_line(tmp_path, capsys, prepare, reason):
    folder = tmp_path / "motifs"
    prepare(folder)
    assert main(["compose", "--category", "cartoon", "--motifs", str(folder), "--output", str(tmp_path / "out")]) == 2
    assert reason in (line := capsys.readouterr().err)
    assert line.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_leaves_take_no_icons_and_a_count_below_one_is_refused(tmp_path, capsys):
    with pytest.raises(MotifError, match="drawn without icons"):
        compose_swatches(category="leaves", output=tmp_path / "out", motifs=tmp_path)
    assert main(["compose", "--category", "leaves", "--count", "0", "--output", str(tmp_path / "out")]) == 2
    assert "--count" in capsys.readouterr().err
