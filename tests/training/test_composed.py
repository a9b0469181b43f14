import json
import re
from dataclasses import replace

import numpy as np
import pytest

from training.__main__ import main
from training.composed import CATEGORIES, MotifError, compose_swatches, design_tile, figures, foliage
from training.composed.drawing import REACH, Motif, Placement, Tile, render, svg_of
from training.composed.icons import read_icons
from training.composed.layout import CELLS, lattice, throw, torus_distance
from training.composed.palettes import rgb_of
from training.composed.prints_cartoon import OWN_THEMES
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


@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path, category):
    first, second = (compose_swatches(category=category, output=tmp_path / name, count=3, seed=5) for name in "ab")
    other = compose_swatches(category=category, output=tmp_path / "c", count=3, seed=6)
    assert [row.sha256 for row in first] == [row.sha256 for row in second]
    assert (tmp_path / "a" / "00002.png").read_bytes() == (tmp_path / "b" / "00002.png").read_bytes()
    assert not {row.sha256 for row in first} & {row.sha256 for row in other}


@pytest.mark.parametrize("category", sorted(CATEGORIES))
@pytest.mark.parametrize("number", range(3))
def test_a_tile_moved_around_its_edges_stays_the_same_print(category, number):
    tile, _ = design_tile(category, seed=1, number=number)
    here = render(tile).astype(int)
    there = render(moved(tile, 61, 83)).astype(int)
    # A motif cut off at an edge would differ by its whole contrast; cairo rounds single pixels of a rim differently.
    assert np.abs(np.roll(here, (83, 61), axis=(0, 1)) - there).max() <= 8


@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_a_training_patch_holds_two_to_four_motifs(category):
    tiles = [design_tile(category, seed=0, number=number)[0] for number in range(24)]
    counts = [tile.main * 64 * 64 / (tile.width * tile.height) for tile in tiles]
    assert min(counts) >= 1.9
    assert max(counts) <= 4.1


def test_a_half_drop_lowers_every_other_column_by_half_a_pitch():
    layout = lattice("half-drop", 30, 40)
    assert (layout.width, layout.height) == (CELLS * 30, CELLS * 40)
    tops = {column: sorted(layout.points[layout.cells[:, 0] == column, 1]) for column in range(CELLS)}
    assert tops[0] == [20, 60, 100, 140, 180, 220]
    assert tops[1] == [0, 40, 80, 120, 160, 200]
    assert tops[2] == tops[0]


def test_a_brick_moves_every_other_row_by_half_a_pitch():
    layout = lattice("brick", 30, 40)
    starts = [min(layout.points[layout.cells[:, 1] == row, 0]) for row in range(3)]
    assert starts == [15, 0, 15]


def test_an_unknown_repeat_or_category_is_refused_by_name():
    with pytest.raises(ValueError, match="half-drop, brick, got 'ogee'"):
        lattice("ogee", 30, 30)
    with pytest.raises(ValueError, match="got 'tartan'"):
        design_tile("tartan", seed=0, number=0)


def test_thrown_points_keep_their_distance_around_the_edges_and_from_points_that_are_taken():
    random = np.random.default_rng(3)
    size = np.array([200.0, 150.0])
    main = throw(200, 150, 30, random).points
    small = throw(200, 150, 10, random, taken=main, clearance=14).points
    assert len(main) >= 15
    assert min(torus_distance(np.delete(main, i, 0), point, size).min() for i, point in enumerate(main)) >= 30
    assert len(small)
    assert min(torus_distance(main, point, size).min() for point in small) >= 14
    assert len(throw(200, 150, 30, random, most=4).points) == 4


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


PAINT = figures.Paint("#ff0000", "#00ff00", "#0000ff")
DRAWN = {
    **{name: figures.draw(name, PAINT) for name in sorted({*figures.FILLERS, *(n for t in OWN_THEMES for n in t)})},
    **{
        kind: foliage.draw(kind, foliage.Ink("#ff0000", vein="#00ff00", outline="#0000ff"), np.random.default_rng(4))
        for kind in foliage.KINDS
    },
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_motif_is_seen_and_stays_within_reach(name):
    picture = render(Tile(96, 96, "#ffffff", [Placement(DRAWN[name], 48, 48, 24)]))
    down, across = np.nonzero((picture < 250).any(axis=2))
    assert down.size > 300
    assert np.hypot(down + 0.5 - 48, across + 0.5 - 48).max() <= 24 * REACH


def test_a_figure_takes_the_colours_of_the_print():
    picture = render(Tile(64, 64, "#ffffff", [Placement(figures.draw("paw", PAINT), 32, 32, 28)]))
    assert tuple(picture[42, 32]) == (255, 0, 0)


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
