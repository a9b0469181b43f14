"""A photo as shops show tops, and a network that knows the face on it and not the arms."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from segmentation.models import CLASSES

BACKGROUND, SKIN, HAIR, UPPER = (CLASSES.index(name) for name in ("background", "skin", "hair", "upper"))
HEIGHT, WIDTH = 320, 240
FACE, TORSO = (100, 30, 140, 90), (75, 90, 165, 300)
ARMS = ((46, 100, 60, 280), (180, 100, 194, 280))


def shop_photo(
    skin: tuple[int, int, int] = (224, 172, 140), *, cloth: tuple[int, int, int] | None = None
) -> Image.Image:
    """Somebody with bare arms on white, in a striped top, or one of a colour."""
    photo = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(photo)
    for box in (FACE, *ARMS):
        draw.rectangle(box, fill=skin)
    draw.rectangle(TORSO, fill=cloth or (30, 50, 120))
    if cloth is None:
        for top in range(TORSO[1], TORSO[3], 16):
            draw.rectangle((TORSO[0], top, TORSO[2], top + 7), fill=(235, 235, 240))
    return photo


class KnowsFaces:
    """A network that says skin of the face, cloth of the torso, and cloth of the arms too, though less surely."""

    def __init__(self, arms: float = 0.9) -> None:
        self.arms = arms

    def predict(self, photo: np.ndarray, *, views: object) -> np.ndarray:
        del views
        predicted = np.zeros((len(CLASSES), *photo.shape[:2]), np.float32)
        predicted[BACKGROUND] = 1
        boxes = [(FACE, SKIN, 0.95), (TORSO, UPPER, 0.99), *((arm, UPPER, self.arms) for arm in ARMS)]
        for (left, top, right, bottom), name, likely in boxes:
            here = np.s_[:, top : bottom + 1, left : right + 1]
            predicted[here] = (1 - likely) / (len(CLASSES) - 1)
            predicted[name][here[1:]] = likely
        return predicted[:, ::2, ::2]
