"""A worker's memory: it takes one photo after the other, however many people ask at once, and keeps none."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

# The most memory is read from /proc: what getrusage tells is never below what the parent had when it forked.
IN_TURN = """
import json
from pathlib import Path
import skimage.data
from PIL import Image
from segmentation import Layer, composite, load_segmenter
segmenter = load_segmenter(device="cpu")
tile, most = Image.new("RGB", (64, 64), (40, 90, 170)), []
for turn in range(6):
    photo = Image.fromarray(skimage.data.astronaut()).resize((480, 480))
    composite(photo, [Layer(tile, segmenter.find_garments(photo).clothing)])
    most.append(int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024)
print(json.dumps(most))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_sixth_photo_of_a_process_takes_no_more_memory_than_the_second():
    root = Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", IN_TURN], cwd=root, check=True, capture_output=True, text=True)
    most = json.loads(run.stdout)
    # What the network computes of one photo is tens of megabytes: kept four times it would show.
    assert most[5] < most[1] + 16, most
