import json
import subprocess
import sys

from PIL import Image


def run(*arguments):
    return subprocess.run([sys.executable, "-m", "generator", *map(str, arguments)], capture_output=True, text=True)


def test_it_writes_the_tile_and_says_what_it_made(weights, tmp_path):
    output = tmp_path / "tile.png"
    done = run("dotted", "--weights", weights, "--seed", 7, "--size", 128, "--output", output)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["seed"] == 7
    assert Image.open(output).size == (128, 128)


def test_an_unknown_category_exits_2_with_one_line_that_lists_the_known(tmp_path):
    done = run("plaid-from-mars", "--output", tmp_path / "tile.png")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "plaid-from-mars" in done.stderr


def test_weights_of_another_category_are_refused(weights, tmp_path):
    done = run("floral", "--weights", weights, "--output", tmp_path / "tile.png")
    assert done.returncode == 2
    assert "draws dotted, not floral" in done.stderr
