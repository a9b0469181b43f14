import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from generator import GeneratorError, export_print, load_generator, sample_tile, upscale
from tests.generator.test_sampling import seam_ratio

Image.MAX_IMAGE_PIXELS = None


@pytest.fixture
def tile():
    """A smooth print of 64 x 48 pixels that closes on itself."""
    x, y = np.meshgrid(np.arange(64) / 64, np.arange(48) / 48)
    wave = np.stack([np.sin(2 * np.pi * (2 * x + y)), np.cos(2 * np.pi * x), np.sin(4 * np.pi * y)], axis=-1)
    return Image.fromarray((127 + 100 * wave).round().astype(np.uint8))


@pytest.mark.parametrize("ending", [".png", ".tif", ".jpg"])
def test_a_file_has_the_size_and_resolution_that_were_asked_for(tile, tmp_path, ending):
    written = export_print(tile, tmp_path / f"print{ending}", tile_cm=2.54, dpi=150)
    with Image.open(written.path) as picture:
        assert picture.size == (written.width, written.height) == (150, 112)
        assert np.allclose([float(dots) for dots in picture.info["dpi"]], 150, atol=0.6)
    assert written.width_cm == 2.54
    assert [path.name for path in tmp_path.iterdir()] == [f"print{ending}"]


@pytest.mark.parametrize("tile_cm", [0.5, 1.3, 3.1])
def test_one_repeat_tiles_whether_it_is_reduced_or_enlarged(tile, tmp_path, tile_cm):
    export_print(tile, tmp_path / "one.png", tile_cm=tile_cm, dpi=100)
    pixels = np.asarray(Image.open(tmp_path / "one.png"), float)
    for axis in (0, 1):
        inside = np.abs(np.diff(pixels, axis=axis)).max()
        wrap = np.abs(np.take(pixels, 0, axis=axis) - np.take(pixels, -1, axis=axis)).max()
        assert wrap <= inside + 2


def test_more_pixels_than_the_tile_has_come_with_detail(tile, tmp_path):
    seen = []
    export_print(tile, tmp_path / "one.png", tile_cm=2.54, dpi=128, progress=seen.append)
    assert np.array_equal(Image.open(tmp_path / "one.png"), upscale(tile, 2))
    export_print(tile, tmp_path / "two.png", tile_cm=2.54, dpi=200, progress=seen.append)
    assert not np.array_equal(Image.open(tmp_path / "two.png"), tile.resize((200, 150), Image.Resampling.LANCZOS))
    assert seen == [1.0, 0.2, 1.0]
    export_print(tile, tmp_path / "less.png", tile_cm=2.54, dpi=50, progress=seen.append)
    assert len(seen) == 3


@pytest.mark.parametrize("repeat", ["basic", "half-drop", "half-brick", "mirror"])
@pytest.mark.parametrize("fixture", ["weights", "striped_weights"])
def test_the_file_of_every_repeat_tiles_without_a_seam(fixture, repeat, request, tmp_path):
    loaded = load_generator(request.getfixturevalue(fixture), "cpu")
    ratios = []
    for seed in range(16):
        drawn = sample_tile(loaded, seed=seed, size=128, repeat=repeat)
        export_print(drawn, tmp_path / "print.png", tile_cm=drawn.width / 300 * 2.54, dpi=300)
        decoded = Image.open(tmp_path / "print.png")
        assert np.array_equal(np.asarray(decoded), np.asarray(drawn))
        ratios.append(seam_ratio(decoded))
        if seed == 0:
            check_enlarged(drawn, tmp_path)
    assert np.mean(ratios) < 1.25


def check_enlarged(unit, folder):
    """Cloth that begins in the middle of a repeat is the same picture enlarged: no place in the file is special."""
    half = (unit.height // 2, unit.width // 2)
    files = []
    for name, pixels in (("as-it-is", np.asarray(unit)), ("from-its-middle", np.roll(unit, half, (0, 1)))):
        export_print(Image.fromarray(pixels), folder / f"{name}.png", tile_cm=2.54, dpi=2 * unit.width)
        files.append(np.asarray(Image.open(folder / f"{name}.png"), int))
    assert files[0].shape == (2 * unit.height, 2 * unit.width, 3)
    assert np.abs(np.roll(files[0], (unit.height, unit.width), (0, 1)) - files[1]).max() <= 1


def test_cloth_is_covered_with_whole_repeats_and_cut_at_its_edges(tile, tmp_path):
    export_print(tile, tmp_path / "one.png", tile_cm=2.54, dpi=64)
    one = np.asarray(Image.open(tmp_path / "one.png"))
    written = export_print(tile, tmp_path / "cloth.tif", tile_cm=2.54, dpi=64, cloth_cm=(6.35, 3.81))
    cloth = np.asarray(Image.open(tmp_path / "cloth.tif"))
    assert cloth.shape == (96, 160, 3) == (written.height, written.width, 3)
    assert np.array_equal(cloth, np.tile(one, (2, 3, 1))[:96, :160])


@pytest.mark.parametrize(
    ("name", "sizes", "reason"),
    [
        ("print.gif", {"tile_cm": 10}, "written as .png"),
        ("print.png", {"tile_cm": 0}, "size is a number above 0"),
        ("print.png", {"tile_cm": 10, "dpi": float("nan")}, "resolution is a number above 0"),
        ("print.tif", {"tile_cm": 10, "cloth_cm": (300, 300)}, "1.3 gigapixels are more than 1"),
        ("print.jpg", {"tile_cm": 10, "cloth_cm": (600, 10)}, "at most 65500 pixels a side"),
        ("nowhere/print.png", {"tile_cm": 1}, "could not be written"),
    ],
)
def test_what_cannot_be_printed_is_refused_with_its_reason(tile, tmp_path, name, sizes, reason):
    with pytest.raises(GeneratorError, match=reason):
        export_print(tile, tmp_path / name, **sizes)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_tenth_of_a_gigapixel_is_written_in_little_memory(tile, tmp_path):
    tile.save(tmp_path / "tile.png")
    program = f"""
import resource
from PIL import Image
from generator.prints import export_print
tile = Image.open({str(tmp_path / "tile.png")!r})
export_print(tile, {str(tmp_path / "one.tif")!r}, tile_cm=8, dpi=300)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
export_print(tile, {str(tmp_path / "cloth.tif")!r}, tile_cm=8, dpi=300, cloth_cm=(85, 85))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    with Image.open(tmp_path / "cloth.tif") as cloth:
        picture_kb = cloth.width * cloth.height * 3 // 1024
    assert picture_kb > 290_000
    assert int(done.stdout) < picture_kb / 3
