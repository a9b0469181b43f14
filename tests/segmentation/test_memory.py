"""A worker's memory: it takes one photo after the other, however many people ask at once, and keeps none."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

# The most memory of each turn is read from /proc, where a 5 in clear_refs begins a new peak: what getrusage tells is
# never below what the parent had when it forked.
IN_TURN = """
import json
from pathlib import Path
import skimage.data
from PIL import Image
from segmentation import Layer, composite, load_segmenter
segmenter = load_segmenter(device="cpu")
tile, most = Image.new("RGB", (64, 64), (40, 90, 170)), []
for turn in range(8):
    Path("/proc/self/clear_refs").write_text("5")
    photo = Image.fromarray(skimage.data.astronaut()).resize((480, 480))
    composite(photo, [Layer(tile, segmenter.find_garments(photo).clothing)])
    most.append(int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024)
print(json.dumps(most))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_later_photos_of_a_process_take_no_more_memory_than_the_first_ones():
    root = Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", IN_TURN], cwd=root, check=True, capture_output=True, text=True)
    most = json.loads(run.stdout)
    # What the network computes of one photo is tens of megabytes: kept four times it would show. How threads meet moves
    # single peaks by as much, so the least of several photos are compared.
    assert min(most[5:]) < min(most[1:3]) + 16, most
