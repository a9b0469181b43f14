"""The network that ships, on a public-domain photo: an astronaut in an orange suit, head and shoulders."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from PIL import Image

from segmentation import Layer, composite, load_segmenter
from segmentation.registry import WEIGHTS_FOLDER


@pytest.fixture(scope="module")
def segmenter():
    return load_segmenter(device="cpu")


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return Image.fromarray(skimage.data.astronaut())


def test_the_weights_are_small_and_name_their_sources_and_scores(segmenter):
    assert (WEIGHTS_FOLDER / "aifashion-unet.safetensors").stat().st_size < 25e6
    assert all(source["licence"] for source in segmenter.header["data_sources"])
    assert segmenter.header["metrics"]["held_out_at_photo_size"]["clothing_iou"] > 0.8
    assert len(segmenter.version) == 12


def test_the_suit_is_found_and_the_face_is_not(segmenter, photo):
    found = segmenter.find_garments(photo)
    assert "upper" in [one.label for one in found.garments]
    suit, face, hair = found.clothing[300:420, 60:200], found.clothing[80:160, 190:255], found.clothing[30:60, 180:260]
    assert (suit > 127).mean() > 0.8
    assert (face > 127).mean() < 0.05
    assert (hair > 127).mean() < 0.1


@pytest.mark.parametrize("name", ["bag", "boots", "dress", "sweater"])
def test_a_thumbnail_is_enlarged_smoothly_and_its_garment_found(segmenter, name):
    stock = WEIGHTS_FOLDER.parents[1] / "static" / "stock"
    photo, mask = Image.open(stock / f"{name}.webp").convert("RGB"), Image.open(stock / f"{name}-mask.png").convert("L")
    size = (round(photo.width * 160 / photo.height), 160)
    found = segmenter.find_garments(photo.resize(size, Image.Resampling.BOX)).clothing > 127
    worn = np.asarray(mask.resize(size, Image.Resampling.BOX)) > 127
    # Enlarged as blocks bag and boots had 0.07 and 0.32.
    assert (found & worn).sum() / (found | worn).sum() > 0.65


def test_the_same_photo_gives_the_same_masks(segmenter, photo):
    first, again = (segmenter.find_garments(photo).clothing for _ in range(2))
    assert np.array_equal(first, again)


def test_the_suit_gets_a_print_and_the_rest_keeps_its_bytes(segmenter, photo):
    mask = segmenter.find_garments(photo).clothing
    result = np.asarray(composite(photo, [Layer(Image.new("RGB", (64, 64), (40, 90, 170)), mask)]))
    assert np.array_equal(result[mask == 0], np.asarray(photo)[mask == 0])
    red, _, blue = result[300:420, 60:200].reshape(-1, 3).mean(axis=0)
    assert blue > 1.5 * red
