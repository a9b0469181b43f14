"""Finding the garments on a photo: predict small, settle what is what, refine at the photo's own size."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import cv2
import numpy as np
import torch
from PIL import Image

from segmentation.cells import reduced, resized
from segmentation.errors import SegmentationError
from segmentation.forward import Forward, forward_of
from segmentation.hair import settle_hair
from segmentation.kinds import Kinds
from segmentation.models import CLASSES, FIRST_GARMENT, STRIDE, Likelihoods, UnetConfig, folded
from segmentation.noise import edge_guide, without_noise
from segmentation.photo import pixels_of
from segmentation.plain_ground import SecondLook, settle_ground
from segmentation.refine import ColourGuide, apply_at_full_size
from segmentation.regions import (
    PERSON,
    garment_regions,
    kind_of,
    settle_dresses,
    settle_skirts,
    soft_mask,
)
from segmentation.sizes import guess_cm_per_px
from segmentation.votes import settle_kinds, winners, with_totals_of

MIDDLE_SIDE = 448
"""Longest side at which masks are cleaned and the guided filter's coefficients are found."""
VIEWS = ((1.4, False), (0.75, False))
"""What predictions are made of: working sizes in shares of the trained one, the largest first, and whether the photo is
mirrored. The first alone tells cloth from what is none, but for whole arms and legs; a small second one, which sees
whole figures, helps to tell which cloth. More views cost more and give no more (training/NOTES.md)."""

ACCESSORY = CLASSES.index("accessory")
"""Belts, ties and scarves are too small for all views but the first."""
BARE = [CLASSES.index(name) for name in PERSON]
LIMB = 9
"""Width and height, in the first view's pixels, of what is bare in the other views alone and is believed: they blur the
edges of sleeves, and know an arm."""

Progress = Callable[[float], None]


@dataclass(frozen=True)
class FoundGarment:
    """One garment, or one group of clothes, of one person on a photo.

    Args:
        label: upper, dress, lower, shoes, bag or accessory; the next person's are upper-2, dress-2 and so on. Networks
            that know no kinds call it clothing.
        mask: soft mask at the photo's size, uint8 (H, W).
        box: left, top, right, bottom of the mask in pixels.
        area: share of the photo that it covers, 0..1.
        confidence: how sure the network is where the mask is, 0..1.
    """

    label: str
    mask: np.ndarray
    box: tuple[int, int, int, int]
    area: float
    confidence: float


@dataclass(frozen=True)
class FoundGarments:
    """All clothing of a photo as one soft mask, and each garment by itself. Nothing found is an empty list."""

    clothing: np.ndarray
    garments: list[FoundGarment] = field(default_factory=list)
    cm_per_px: float | None = None
    """Centimetres per pixel of the photo, guessed (sizes.py); None where nobody guessed."""


@dataclass(frozen=True)
class Region:
    """Where a garment is at the middle size, before its edges follow the photo's own.

    Args:
        label: as in `FoundGarment`.
        soft: float32 (h, w), 0..1.
        near: boolean (h, w), where the mask may be.
        confidence: how sure the network is, 0..1.
    """

    label: str
    soft: np.ndarray
    near: np.ndarray
    confidence: float


class Segmenter:
    """A loaded garment network. Make it with `load_segmenter` and keep it: loading is slower than using it."""

    def __init__(
        self,
        model: torch.nn.Module,
        config: UnetConfig,
        *,
        name: str,
        version: str,
        header: dict,
        device: str,
        kinds: Kinds | None = None,
    ) -> None:
        self.model = folded(model).to(device).to(memory_format=torch.channels_last).eval()
        self.kinds = kinds
        self.config, self.name, self.version, self.header, self.device = config, name, version, header, device
        self.forward = self._forward()

    def _forward(self) -> Forward:
        return forward_of(Likelihoods(self.model), self.device)

    def working_size(self, height: int, width: int, scale: float = 1.0) -> tuple[int, int]:
        """Height and width for the network: the photo's aspect, about `scale` times the trained size."""
        ratio = float(np.clip(height / width, 1 / 4, 4))
        pixels = self.config.height * self.config.width * scale**2

        def side(length: float) -> int:
            return max(2 * STRIDE, round(length / STRIDE) * STRIDE)

        return side((pixels * ratio) ** 0.5), side((pixels / ratio) ** 0.5)

    def predict(self, photo: np.ndarray, *, views: Sequence[tuple[float, bool]] = VIEWS) -> np.ndarray:
        """Class probabilities (len(CLASSES), h, w), float32, at the largest working size, of a photo uint8 (H, W, 3).

        How likely cloth is at a pixel is what the first view says, but for bare arms and legs that the others see;
        which cloth, and what else, is the mean of all views, but for accessories, of which the first tells, unless they
        are black hair (hair.py). Small views know what is what, and would blur edges. A grainy photo is smoothed first.

        Args:
            views: As VIEWS: the first is the largest.
        """
        sizes = [self.working_size(photo.shape[0], photo.shape[1], scale) for scale, _ in views]
        if photo.shape[0] > sizes[0][0]:
            photo = reduced(photo, sizes[0][::-1])
        photo = without_noise(photo)
        first, *others = (
            self._predict_view(photo, size, mirrored) for size, (_, mirrored) in zip(sizes, views, strict=True)
        )
        if not others:
            return first
        far = np.mean([np.stack([cv2.resize(one, first.shape[:0:-1]) for one in other]) for other in others], axis=0)
        settle_hair(first, far, photo)
        far[ACCESSORY] = first[ACCESSORY]
        return with_totals_of(_cloth_of(first, far), first + len(others) * far)

    def _predict_view(self, photo: np.ndarray, size: tuple[int, int], mirrored: bool) -> np.ndarray:
        small = resized(photo, size[::-1])
        if mirrored:
            small = small[:, ::-1]
        probabilities = self.forward(small[None])[0]
        return np.ascontiguousarray(probabilities[..., ::-1]) if mirrored else probabilities

    def find_garments(self, photo: Image.Image | np.ndarray, *, progress: Progress | None = None) -> FoundGarments:
        """Find the clothes on a photo.

        Transparent parts of the photo hold no clothes. When nothing is found the list is empty and the mask black.
        """
        report = progress or (lambda _: None)
        pixels, alpha = on_white(pixels_of(photo))
        height, width = pixels.shape[:2]
        report(0.05)
        scale = min(1.0, MIDDLE_SIDE / max(height, width))
        middle_size = (max(1, round(width * scale)), max(1, round(height * scale)))
        predicted = self.predict(pixels)
        report(0.3)
        small = reduced(pixels, middle_size)
        with ThreadPoolExecutor(max(1, torch.get_num_threads())) as pool:
            guide = pool.submit(_guides, pixels, small)
            regions, cm_per_px = self.settle(predicted, small, height)
            report(0.4)
            clothing, garments = _refined(*guide.result(), alpha, regions, pool, report)
        return FoundGarments(clothing, garments, cm_per_px)

    def without_second_look(self) -> Segmenter:
        """The same network, which goes by its pixels alone."""
        alone = copy.copy(self)
        alone.kinds = None
        return alone

    def _second_look(self, photo: np.ndarray) -> SecondLook | None:
        if (kinds := self.kinds) is None:
            return None
        encoder = self.model.get_submodule("encoder")
        return lambda thing: kinds.likelihoods(encoder, photo, thing)

    def settle(self, predicted: np.ndarray, small: np.ndarray, height: int) -> tuple[list[Region], float]:
        """Where garments are, at a middle size, and the centimetres per pixel of the photo.

        Args:
            predicted: what `predict` gave.
            small: the photo at the middle size, uint8 (h, w, 3).
            height: of the photo itself, in pixels.
        """
        size = small.shape[1::-1]
        probabilities = np.stack([cv2.resize(one, size, interpolation=cv2.INTER_LINEAR) for one in predicted])
        probabilities = settle_kinds(probabilities)
        settle_ground(probabilities, small, self._second_look(small))
        settle_dresses(probabilities, small)
        settle_skirts(probabilities)
        regions = []
        for label, where in garment_regions(probabilities).items():
            near = reach_of(where)
            confidence = float(probabilities[CLASSES.index(kind_of(label))][where].mean())
            regions.append(Region(label, soft_mask(probabilities, label, where, near), near, confidence))
        return regions, guess_cm_per_px(winners(probabilities), height)


def _cloth_of(near: np.ndarray, far: np.ndarray) -> np.ndarray:
    """How likely there is cloth, (h, w): as a view from near says, less the limbs that are bare in the one from afar.

    From near an arm in the light of a studio is a smooth sleeve; from afar it ends in a hand.

    Args:
        near, far: what views predicted, (len(CLASSES), h, w); of the far one only shares count.
    """
    cloth, figure = near[FIRST_GARMENT:].sum(0), 1 - near[0]
    bare = far[BARE].sum(0) / np.maximum(far[1:].sum(0), 1e-6)
    limbs = ((bare > 0.5) & (cloth - near[ACCESSORY] > 0.5)).view(np.uint8)
    limbs = cv2.morphologyEx(limbs, cv2.MORPH_OPEN, np.ones((LIMB, LIMB), np.uint8))
    return np.where(limbs, figure * (1 - bare), cloth)


def reach_of(where: np.ndarray) -> np.ndarray:
    """The boolean region and what is so near that its refined edge may run there."""
    return cv2.dilate(where.astype(np.uint8), np.ones((13, 13), np.uint8)).astype(bool)


def _guides(photo: np.ndarray, small: np.ndarray) -> tuple[np.ndarray, ColourGuide]:
    """What the edges of a photo's masks follow, at the photo's size and as guide at the middle size."""
    pixels = edge_guide(photo)
    return pixels, ColourGuide(small if pixels is photo else reduced(pixels, small.shape[1::-1]))


def _refined(
    pixels: np.ndarray,
    guide: ColourGuide,
    alpha: np.ndarray | None,
    regions: list[Region],
    pool: ThreadPoolExecutor,
    report: Progress,
) -> tuple[np.ndarray, list[FoundGarment]]:
    height, width = pixels.shape[:2]
    clothing = np.zeros((height, width), np.uint8)
    if not regions:
        report(1.0)
        return clothing, []

    def refined(region: Region) -> FoundGarment | None:
        box = _box_of(region.near, height, width)
        left, top, right, bottom = box
        mask = np.zeros((height, width), np.uint8)
        mask[top:bottom, left:right] = apply_at_full_size(pixels, guide.coefficients(region.soft), box)
        if alpha is not None:
            cv2.multiply(mask, alpha, dst=mask, scale=1 / 255)
        return _found(region.label, mask, box, region.confidence)

    garments = []
    for number, found in enumerate(pool.map(refined, regions), 1):
        report(0.4 + 0.6 * number / len(regions))
        if found is not None:
            # Where two garments meet, their soft edges add up to whole clothing.
            cv2.add(clothing, found.mask, dst=clothing)
            garments.append(found)
    return clothing, garments


def on_white(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """RGB pixels, and the alpha channel where the photo has one; what is transparent counts as white paper."""
    if pixels.shape[2] == 3:
        return pixels, None
    photo = Image.fromarray(pixels)
    white = Image.new("RGBA", photo.size, "white")
    return np.asarray(Image.alpha_composite(white, photo).convert("RGB")), pixels[..., 3]


def _box_of(region: np.ndarray, height: int, width: int) -> tuple[int, int, int, int]:
    """The box (left, top, right, bottom) of a region of the middle size, in the photo's own pixels."""
    rows, columns = np.flatnonzero(region.any(1)), np.flatnonzero(region.any(0))
    scale_y, scale_x = height / region.shape[0], width / region.shape[1]
    return (
        int(columns[0] * scale_x),
        int(rows[0] * scale_y),
        min(width, int(np.ceil((columns[-1] + 1) * scale_x))),
        min(height, int(np.ceil((rows[-1] + 1) * scale_y))),
    )


def _found(label: str, mask: np.ndarray, box: tuple[int, int, int, int], confidence: float) -> FoundGarment | None:
    left, top, right, bottom = box
    solid = (mask[top:bottom, left:right] > 127).view(np.uint8)
    first_x, first_y, wide, tall = cv2.boundingRect(solid)
    if not wide:
        return None
    tight = (left + first_x, top + first_y, left + first_x + wide, top + first_y + tall)
    return FoundGarment(label, mask, tight, round(cv2.countNonZero(solid) / mask.size, 5), round(confidence, 4))


def available_device(preference: str = "auto") -> str:
    """The device to use: "cuda" or "cpu".

    Raises:
        SegmentationError: the preference is unknown, or CUDA is asked for and absent.
    """
    if preference not in ("auto", "cpu", "cuda"):
        raise SegmentationError(f"Expected device auto, cpu or cuda, got {preference!r}.")
    has_cuda = torch.cuda.is_available()
    if preference == "cuda" and not has_cuda:
        raise SegmentationError("CUDA was asked for, but there is no usable GPU. Use the device auto or cpu.")
    return "cuda" if has_cuda and preference != "cpu" else "cpu"
