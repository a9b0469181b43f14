"""What the trip of a 12-megapixel photo costs, as ratios to a garment network's forward time in the same run."""

from __future__ import annotations

import io
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest
import torch
from PIL import Image
from skimage import data

from segmentation.models import UnetConfig, build_unet, normalise
from tests import factories
from tests.benchmarks.timing import fastest
from webapp import files, services, site_setup
from webapp.models import Category, Pattern
from workers import pipeline

pytestmark = pytest.mark.bench
MOST_FORWARDS = 4
BASELINE_SIDES = (480, 384)
"""What the network is shown of a square photo in the baseline, each with its mirror image, whatever `predict` does."""
MOST_BYTES = 2 * 2**30
SIDE = 3464
"""Pixels per side of a square photo of twelve megapixels."""


@pytest.fixture(scope="module")
def portrait() -> bytes:
    """A person in a suit (scikit-image's public-domain portrait), enlarged to twelve megapixels."""
    buffer = io.BytesIO()
    Image.fromarray(data.astronaut()).resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


@pytest.mark.django_db
def test_the_whole_trip_in_a_warm_worker(
    portrait: bytes, sent: list, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    site_setup.set_up_categories()
    site_setup.register_shipped_weights()
    owner = factories.visitor()
    photo = services.upload_photo(owner=owner, file=factories.upload(portrait))
    pattern = Pattern.objects.create(
        **owner.fields, version=Category.objects.get(slug="floral").active_version, seed=7, size=512
    )
    # Nothing counts as stored, so every trip does all of its work again.
    monkeypatch.setattr(files, "exists", lambda key: False)
    seconds: dict[str, list[float]] = {}

    def timed(step: str, work: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        result = work()
        seconds.setdefault(step, []).append(time.perf_counter() - started)
        return result

    def trip() -> None:
        pipeline._last_photo.clear()
        made = timed("generate", lambda: pipeline.make_pattern(pattern, ignore))
        Pattern.objects.filter(pk=pattern.pk).update(**made)
        pattern.refresh_from_db()
        pipeline.store_garments(photo, timed("segment", lambda: pipeline.find_garments(photo, ignore)))
        photo.refresh_from_db()
        design = services.create_design(owner=owner, photo=photo, layers=[services.LayerInput(pattern)]).design
        timed("compose", lambda: pipeline.compose(design, ignore))

    whole = fastest(trip)
    # A U-Net of the default widths, as the one that taught what ships: a faster `predict`, or a lighter network, must
    # make the trip's figure better. What its weights are makes no difference to its time.
    network = build_unet(UnetConfig()).eval().to(memory_format=torch.channels_last)
    batches = [
        normalise([cv2.resize(data.astronaut(), (side, side))] * 2).contiguous(memory_format=torch.channels_last)
        for side in BASELINE_SIDES
    ]
    with torch.inference_mode():
        forward = fastest(lambda: [network(batch) for batch in batches])
        single = fastest(lambda: network(batches[1][:1]))
    steps = ", ".join(f"{step} {min(values) / forward:.1f}" for step, values in seconds.items())
    figure = f"12-megapixel trip: {whole / forward:.1f} times the large network's prediction ({steps})"
    with capsys.disabled():
        print(f"\n{figure}; {whole / single:.1f} times one forward")
    assert whole <= MOST_FORWARDS * forward


def ignore(share: float) -> None:
    pass


def test_memory_of_the_whole_trip(portrait: bytes, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """The most that one process ever held, models, torch and all, against what a worker may take."""
    (tmp_path / "photo.jpg").write_bytes(portrait)
    trip = ["manage.py", "design", str(tmp_path / "photo.jpg"), "--category", "floral"]
    subprocess.run([sys.executable, *trip, "--output", str(tmp_path / "out.png")], check=True, capture_output=True)
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    with capsys.disabled():
        print(f"\n12-megapixel trip in one process: {most / MOST_BYTES:.2f} of {MOST_BYTES // 2**30} GiB")
    assert most <= MOST_BYTES
