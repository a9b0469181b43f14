"""How much skin is painted."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from segmentation import FoundGarments
from segmentation.models import CLASSES
from tests.training.labelled import LABELS, write_labelled_photos
from tests.training.shop import ARMS, TORSO, KnowsFaces, shop_photo
from training.painted import score_in_studio, score_painted, score_worn
from training.worn import is_kept_out


class Paints:
    """Finds cloth in the boxes given."""

    def __init__(self, *boxes: tuple[int, int, int, int]) -> None:
        self.boxes = boxes

    def find_garments(self, photo: np.ndarray) -> FoundGarments:
        clothing = np.zeros(photo.shape[:2], np.uint8)
        for left, top, right, bottom in self.boxes:
            clothing[top : bottom + 1, left : right + 1] = 255
        return FoundGarments(clothing)


def test_painted_arms_are_counted_on_photos_kept_out_alone(tmp_path):
    (tmp_path / "striped").mkdir()
    paths = [tmp_path / "striped" / f"{number:04d}.jpg" for number in range(12)]
    for path in paths:
        shop_photo().save(path, quality=95)
    kept_out = sum(map(is_kept_out, paths))
    right = score_worn(tmp_path, Paints(TORSO), KnowsFaces())
    assert right == {
        "photos": kept_out,
        "skin_painted": 0.0,
        "hair_painted": 0.0,
        "cloth_found": pytest.approx(1.0, abs=0.01),
        "clothing_iou": pytest.approx(1.0, abs=0.01),
        "photos_painted": 0,
    }
    painted = score_worn(tmp_path, Paints(*ARMS), KnowsFaces())
    arms, face = 2 * 15 * 181, 41 * 61
    assert painted["skin_painted"] == pytest.approx(arms / (arms + face), abs=0.05)
    assert painted["cloth_found"] < 0.01 and painted["clothing_iou"] < 0.01
    assert painted["photos_painted"] == kept_out


class PaintsWhatIsDark:
    """Finds cloth where a photo is dark."""

    def find_garments(self, photo: np.ndarray) -> FoundGarments:
        return FoundGarments(np.where(photo.max(2) < 150, 255, 0).astype(np.uint8))


def test_people_kept_out_are_laid_on_plain_ground_with_their_own_labels(tmp_path):
    root = write_labelled_photos(tmp_path)
    with Image.open(root / "photos" / "0005.jpg") as photo, Image.open(root / "masks" / "0005.png") as mask:
        pixels, labels = np.array(photo), np.array(mask)
    labels[5:20, 24:36], pixels[5:20, 24:36] = LABELS.index("skin"), (230, 190, 170)
    Image.fromarray(pixels).save(root / "photos" / "0005.jpg", quality=95)
    Image.fromarray(labels).save(root / "masks" / "0005.png")
    scores = score_in_studio(root, PaintsWhatIsDark())
    assert scores["photos"] == 1
    assert scores["cloth_found"] > 0.9 and scores["clothing_iou"] > 0.8
    everything = score_in_studio(root, Paints((0, 0, 9999, 9999)))
    assert everything["skin_painted"] == everything["cloth_found"] == 1
    assert everything["photos_painted"] == 1 and everything["clothing_iou"] < 0.8


def test_unknown_pixels_count_for_nothing():
    photo, mask = np.zeros((10, 10, 3), np.uint8), np.full((10, 10), 255, np.uint8)
    mask[:5] = CLASSES.index("skin")
    scores = score_painted([(photo, mask)], Paints((0, 4, 9, 9)))
    assert scores["skin_painted"] == 0.2 and scores["photos_painted"] == 1
    assert scores["clothing_iou"] == 0
