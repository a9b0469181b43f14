from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from segmentation import WeightsError, load_published, load_segmenter
from segmentation.published import PublishedSegmenter, build_published_unet
from tests.segmentation.published_file import state_of_2020, write_published

# What segmentation-models-pytorch 0.1.2 and 0.1.3, with their timm of 2020, compute from `state_of_2020` and the input
# of the test, at rows 0, 21, 42, 63 and columns 0, 31, 62, 93.
OUTPUT_OF_2020 = """
-0.07496369 -0.08971876 -0.05632042 -0.07911187 -0.09846851 -0.02144603 -0.03439625 -0.10270594
-0.10638317 -0.00995626 0.00686873 -0.03519599 -0.20305836 -0.11134101 -0.12038963 -0.17116535
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return write_published(tmp_path_factory.mktemp("published") / "weights.zip")


@pytest.mark.parametrize("zipped", [False, True])
def test_names_of_2020_load_and_compute_what_that_release_computed(tmp_path, zipped):
    segmenter = load_segmenter(write_published(tmp_path / "weights.zip", zipped=zipped), device="cpu")
    assert isinstance(segmenter, PublishedSegmenter)
    assert len(segmenter.version) == 12
    batch = torch.from_numpy(np.random.RandomState(1).uniform(-1, 1, (1, 3, 64, 96)).astype(np.float32))
    with torch.no_grad():
        output = segmenter.model(batch)[0, 0, ::21, ::31].flatten().tolist()
    assert output == pytest.approx([float(one) for one in OUTPUT_OF_2020.split()], abs=1e-4)


def test_another_network_code_and_half_a_file_are_refused(file, tmp_path):
    state = state_of_2020()
    del state["encoder.conv_stem.weight"]
    with pytest.raises(WeightsError, match="conv_stem"):
        load_published(write_published(tmp_path / "other.zip", state), device="cpu")
    torch.save({"state_dict": {"model.encoder.conv_stem.weight": Image.new("L", (1, 1))}}, tmp_path / "code.zip")
    with pytest.raises(WeightsError, match="is not the network"):
        load_published(tmp_path / "code.zip", device="cpu")
    (tmp_path / "half.zip").write_bytes(file.read_bytes()[:100_000])
    with pytest.raises(WeightsError, match="is not the network"):
        load_published(tmp_path / "half.zip", device="cpu")
    with pytest.raises(WeightsError, match="fetch_model"):
        load_segmenter("Unet_2020-10-30")


class Bright(torch.nn.Module):
    """Stands in for the network: what is brighter than the middle of ImageNet is cloth."""

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return 10 * batch.mean(1, keepdim=True)


@pytest.mark.parametrize("size", [(300, 200), (1500, 1100)])
def test_clothing_is_one_soft_garment_at_the_photos_size(size):
    width, height = size
    photo = Image.new("RGB", size, (30, 30, 30))
    box = (width // 4, height // 4, width // 2, 3 * height // 4)
    photo.paste((230, 220, 210), box)
    segmenter = PublishedSegmenter(Bright(), version="0", device="cpu")
    found = segmenter.find_garments(photo)
    assert [one.label for one in found.garments] == ["clothing"]
    assert found.clothing.shape == (height, width)
    assert np.allclose(found.garments[0].box, box, atol=max(size) // 200)
    assert found.clothing[height // 2, width // 3] == 255
    assert found.clothing[height // 8, width // 8] == 0
    assert segmenter.find_garments(Image.new("RGB", size, (30, 30, 30))).garments == []


def test_the_network_has_the_keys_of_2020_and_no_others():
    built = build_published_unet().state_dict()
    assert {name: value.shape for name, value in built.items()} == {
        name: value.shape for name, value in state_of_2020().items()
    }
