import json
import subprocess
import sys

import pytest
from PIL import Image

from generator import load_generator, sample_tile


def run(*arguments):
    return subprocess.run([sys.executable, "-m", "generator", *map(str, arguments)], capture_output=True, text=True)


def test_it_writes_the_tile_and_says_what_it_made(weights, tmp_path):
    output = tmp_path / "tile.png"
    done = run("dotted", "--weights", weights, "--seed", 7, "--size", 128, "--output", output)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["seed"] == 7
    assert Image.open(output).size == (128, 128)


def test_an_upscaled_tile_has_more_pixels_and_the_same_size_in_print(weights, tmp_path):
    for name, more, size in (("tile.png", (), 256), ("print.png", ("--repeat-cm", 2.54, "--dpi", 200), 200)):
        done = run("dotted", "--weights", weights, "--size", 64, "--upscale", 4, *more, "--output", tmp_path / name)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["pixels"] == [size, size] == list(Image.open(tmp_path / name).size)


def test_an_unknown_category_exits_2_with_one_line_that_lists_the_known(tmp_path):
    done = run("plaid-from-mars", "--output", tmp_path / "tile.png")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "plaid-from-mars" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["floral"], "required: --output"),
        (["floral", "--seed", "seven", "--output", "tile.png"], "'seven'"),
        (["floral", "--output", "tile.gif"], "written as .png, .tif, .tiff, .jpg, .jpeg, got tile.gif"),
        (["floral", "--mix", "12", "--output", "tile.png"], "SEED:SHARE, such as 12:0.3, got '12'"),
    ],
)
def test_arguments_that_make_no_sense_exit_2_with_one_line(arguments, message):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert message in done.stderr


def test_weights_of_another_category_are_refused(weights, tmp_path):
    done = run("floral", "--weights", weights, "--output", tmp_path / "tile.png")
    assert done.returncode == 2
    assert "draws dotted, not floral" in done.stderr


def test_it_writes_for_print_at_a_true_size(weights, tmp_path):
    output = tmp_path / "cloth.tif"
    sizes = ("--size", 64, "--repeat", "half-drop", "--repeat-cm", 2, "--dpi", 100, "--cloth-cm", 5, 4)
    done = run(
        "dotted", "--weights", weights, *sizes, "--mix", "8:0.3", "--palette", "#102030,#f0e0d0", "--output", output
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["pixels"] == [197, 157] == list(Image.open(output).size)


def test_a_palette_is_laid_on_as_everywhere_else_whatever_the_repeat(strict_weights, tmp_path):
    palette = ["#d02020", "#20a040", "#2040d0", "#ffffff"]
    asked = {"seed": 3, "size": 128, "repeat": "half-drop"}
    arguments = [text for name, value in asked.items() for text in (f"--{name}", value)]
    output = tmp_path / "tile.png"
    done = run(
        "dotted",
        "--weights",
        strict_weights,
        *arguments,
        "--palette",
        ",".join(palette),
        "--device",
        "cpu",
        "--output",
        output,
    )
    assert done.returncode == 0, done.stderr
    same = sample_tile(load_generator(strict_weights, "cpu"), **asked, palette=palette)
    assert Image.open(output).tobytes() == same.tobytes()


def test_cloth_without_the_size_of_a_repeat_is_refused(weights, tmp_path):
    done = run("dotted", "--weights", weights, "--cloth-cm", 5, 4, "--output", tmp_path / "cloth.tif")
    assert done.returncode == 2
    assert "needs --repeat-cm" in done.stderr
