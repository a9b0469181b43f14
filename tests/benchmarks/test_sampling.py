"""What drawing a tile costs, as ratios to one forward of the student project's 64 px network per patch of its area."""

from __future__ import annotations

import pytest
import torch

from generator import load_generator, sample_tile, shipped_weights
from generator.networks import DcganGenerator
from tests.benchmarks.timing import fastest

pytestmark = pytest.mark.bench


@pytest.mark.parametrize("size", [512, 2048])
@pytest.mark.parametrize("category", ["cheetah", "solid", "leaves"])
def test_drawing_a_tile(category, size, capsys):
    """Spots from local noise, threads from that and inks, leaves from waves alone: of these a large tile is copies."""
    loaded = load_generator(shipped_weights()[category], "cpu")
    network = DcganGenerator().eval()
    patches = (size // 64) ** 2

    def draw_patches():
        with torch.inference_mode():
            for start in range(0, patches, 64):
                network(torch.randn(min(64, patches - start), network.latent_channels, 1, 1))

    tile, baseline = fastest(lambda: sample_tile(loaded, seed=1, size=size)), fastest(draw_patches)
    with capsys.disabled():
        print(
            f"\n{category} tile of {size} px, ready to repeat: {tile:.2f} s; {patches} loose patches of a "
            f"plain 64 px DCGAN: {baseline:.2f} s; ratio {tile / baseline:.2f}"
        )
    assert tile < 4 * baseline
