"""What the libraries really raise when memory runs out is recognised, also under the name of another error."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests import servers
from workers.messages import NO_MEMORY, message_for

pytestmark = pytest.mark.slow

SCRIPT = """
import json, resource
import cv2, numpy, psutil, torch
from PIL import Image
from workers.messages import message_for

small = numpy.zeros((64, 64, 3), numpy.uint8)
picture = Image.fromarray(small)

def pillow_behind_another_error():
    try:
        picture.resize((20000, 20000))
    except MemoryError as error:
        raise ValueError("This photo is damaged.") from error

works = {
    "numpy": lambda: numpy.ones((20000, 20000)),
    "torch": lambda: torch.ones(20000, 20000),
    "opencv": lambda: cv2.resize(small, (20000, 20000)),
    "pillow": lambda: picture.resize((20000, 20000)),
    "pillow behind another error": pillow_behind_another_error,
}
limit = psutil.Process().memory_info().vms + 64 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
said = {}
for name, work in works.items():
    try:
        work()
    except Exception as error:
        said[name] = message_for(error)
print(json.dumps(said))
"""


def test_an_allocation_that_fails_in_any_library_is_told_as_one() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=servers.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    names = ("numpy", "torch", "opencv", "pillow", "pillow behind another error")
    assert json.loads(done.stdout) == dict.fromkeys(names, NO_MEMORY)


def test_a_layer_for_whose_code_there_is_no_room_is_told_as_that_too() -> None:
    assert message_for(RuntimeError("could not create a primitive")) == NO_MEMORY
    assert message_for(RuntimeError("shapes cannot be multiplied")) != NO_MEMORY
