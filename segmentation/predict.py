"""Finding the garments on a photo: predict small, settle what is what, refine at the photo's own size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image

from segmentation.cells import reduced
from segmentation.checkpoint import load_weights, version_of
from segmentation.errors import SegmentationError, WeightsError
from segmentation.models import CLASSES, GARMENT_CLASSES, STRIDE, UnetConfig, normalise
from segmentation.photo import pixels_of
from segmentation.refine import ColourGuide, apply_at_full_size, fill_small_holes, keep_large_parts
from segmentation.sizes import guess_cm_per_px

WEIGHTS_FOLDER = Path(__file__).parent / "weights"
MIDDLE_SIDE = 640
"""Longest side at which masks are cleaned and the guided filter's coefficients are found."""
LEAST_AREA = {"upper": 0.004, "dress": 0.006, "lower": 0.004, "shoes": 0.0008, "bag": 0.0015, "accessory": 0.001}
"""Share of the photo below which a found garment is taken for noise."""
LEAST_CONFIDENCE = 0.45
MOST_HAIR_AROUND = 0.5
"""An accessory with more hair than this around it is a lock of that hair: hats have the wall above them."""
SCALES = (1.25, 1.0)
"""Working sizes that predictions are averaged over, in shares of the trained one, the largest first."""

Progress = Callable[[float], None]


@dataclass(frozen=True)
class FoundGarment:
    """One group of clothes on a photo.

    Args:
        label: upper, dress, lower, shoes, bag or accessory.
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


class Segmenter:
    """A loaded garment network. Make it with `load_segmenter` and keep it: loading is slower than using it."""

    def __init__(
        self, model: torch.nn.Module, config: UnetConfig, *, name: str, version: str, header: dict, device: str
    ) -> None:
        self.model = model.to(device).to(memory_format=torch.channels_last).eval()
        self.config, self.name, self.version, self.header, self.device = config, name, version, header, device

    def working_size(self, height: int, width: int, scale: float = 1.0) -> tuple[int, int]:
        """Height and width for the network: the photo's aspect, about `scale` times the trained size."""
        ratio = float(np.clip(height / width, 1 / 4, 4))
        pixels = self.config.height * self.config.width * scale**2

        def side(length: float) -> int:
            return max(2 * STRIDE, round(length / STRIDE) * STRIDE)

        return side((pixels * ratio) ** 0.5), side((pixels / ratio) ** 0.5)

    @torch.inference_mode()
    def predict(self, photo: np.ndarray, *, scales: Sequence[float] = SCALES) -> np.ndarray:
        """Class probabilities (len(CLASSES), h, w), float32, at the larger working size, of a photo uint8 (H, W, 3).

        The mean over two sizes, and over the photo and its mirror image at each: the larger size finds edges and small
        things, the smaller one knows what is what.

        Args:
            scales: Working sizes in shares of the trained one, the largest first.
        """
        largest, *others = (self._predict_at(photo, scale) for scale in scales)
        for other in others:
            largest += np.stack([cv2.resize(one, largest.shape[:0:-1]) for one in other])
        return largest / len(scales)

    def _predict_at(self, photo: np.ndarray, scale: float) -> np.ndarray:
        height, width = self.working_size(photo.shape[0], photo.shape[1], scale)
        small = reduced(photo, (width, height))
        views = np.stack([small, small[:, ::-1]])
        batch = normalise(views).to(self.device, memory_format=torch.channels_last)
        upright, mirrored = self.model(batch).float().softmax(1)
        return ((upright + mirrored.flip(-1)) / 2).cpu().numpy()

    def find_garments(self, photo: Image.Image | np.ndarray, *, progress: Progress | None = None) -> FoundGarments:
        """Find the clothes on a photo.

        Transparent parts of the photo hold no clothes. When nothing is found the list is empty and the mask black.
        """
        report = progress or (lambda _: None)
        pixels, alpha = _on_white(pixels_of(photo))
        height, width = pixels.shape[:2]
        report(0.05)
        scale = min(1.0, MIDDLE_SIDE / max(height, width))
        middle_size = (max(1, round(width * scale)), max(1, round(height * scale)))
        middle = reduced(pixels, middle_size)
        small_probabilities = self.predict(pixels)
        report(0.4)
        probabilities = np.stack(
            [cv2.resize(one, middle_size, interpolation=cv2.INTER_LINEAR) for one in small_probabilities]
        )
        settle_dresses(probabilities)
        regions = garment_regions(probabilities)
        clothing = np.zeros((height, width), np.uint8)
        cm_per_px = guess_cm_per_px(probabilities.argmax(0), height)
        if not regions:
            report(1.0)
            return FoundGarments(clothing, cm_per_px=cm_per_px)

        guide = ColourGuide(middle)
        garments = []
        reach = np.ones((13, 13), np.uint8)
        for number, (label, region) in enumerate(regions.items()):
            near = cv2.dilate(region.astype(np.uint8), reach).astype(bool)
            soft = soft_mask(probabilities, label, region, near)
            box = _box_of(near, height, width)
            left, top, right, bottom = box
            mask = np.zeros((height, width), np.uint8)
            part = apply_at_full_size(pixels, guide.coefficients(soft), box)
            mask[top:bottom, left:right] = part
            if alpha is not None:
                cv2.multiply(mask, alpha, dst=mask, scale=1 / 255)
            report(0.4 + 0.6 * (number + 1) / len(regions))
            found = _found(label, mask, box, float(probabilities[CLASSES.index(label)][region].mean()))
            if found is not None:
                # Where two garments meet, their soft edges add up to whole clothing.
                cv2.add(clothing, mask, dst=clothing)
                garments.append(found)
        return FoundGarments(clothing, garments, cm_per_px)


def settle_dresses(probabilities: np.ndarray) -> None:
    """Decide, for each person or garment, between a dress and separate pieces; changes `probabilities` in place.

    The network may call one half of a dress "upper". Within a connected body of clothes, a small share of the one
    reading is handed to the other; without any skin or hair (a product shot) there is one garment, so the larger
    reading takes all of it.
    """
    upper, dress, lower = (CLASSES.index(name) for name in ("upper", "dress", "lower"))
    winner = probabilities.argmax(0)
    body = np.isin(winner, (upper, dress, lower))
    person = np.isin(winner, (CLASSES.index("skin"), CLASSES.index("hair"))).mean() > 0.005
    count, parts = cv2.connectedComponents(body.astype(np.uint8), connectivity=8)
    for part in range(1, count):
        here = parts == part
        area = {index: int((winner[here] == index).sum()) for index in (upper, dress, lower)}
        if not area[dress] or not area[upper] + area[lower]:
            continue
        share = area[dress] / (area[dress] + area[upper])
        near = cv2.dilate(here.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool)
        if share > (0.7 if person else 0.5):
            _hand_over(probabilities, near, upper, dress)
        elif share < (0.2 if person else 0.5):
            piece = np.where(probabilities[lower] > probabilities[upper], lower, upper)
            for target in (upper, lower):
                _hand_over(probabilities, near & (piece == target), dress, target)


def _hand_over(probabilities: np.ndarray, where: np.ndarray, source: int, target: int) -> None:
    probabilities[target][where] += probabilities[source][where]
    probabilities[source][where] = 0


def drop_unworn_parts(winner: np.ndarray) -> np.ndarray:
    """Take away what looks like cloth but hangs on nobody: a flag, a toy, a curtain behind a person.

    On a photo with a person, a body of clothes that touches neither skin nor hair and is under a quarter of the largest
    one becomes background. Skin and hair count where they are large, as heads are: a brown toy has specks of both.
    Shoes stay: the skin that they touch is often a mere strip. Without a person, as on a product shot, nothing is
    taken away.

    Args:
        winner: class indices (H, W). A changed copy is returned.
    """
    person = np.isin(winner, (CLASSES.index("skin"), CLASSES.index("hair")))
    if person.mean() < 0.005:
        return winner
    _, person_parts, person_facts, _ = cv2.connectedComponentsWithStats(person.astype(np.uint8), connectivity=8)
    person_areas = person_facts[:, cv2.CC_STAT_AREA]
    person_areas[0] = 0
    person = (person_areas > 0.15 * person_areas.max())[person_parts]
    clothes = np.isin(winner, [CLASSES.index(label) for label in GARMENT_CLASSES])
    count, parts, facts, _ = cv2.connectedComponentsWithStats(clothes.astype(np.uint8), connectivity=8)
    reach = max(3, min(winner.shape) // 40) | 1
    worn = set(np.unique(parts[cv2.dilate(person.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0]))
    areas = facts[:, cv2.CC_STAT_AREA]
    largest = areas[1:].max(initial=0)
    shoes = np.bincount(parts[winner == CLASSES.index("shoes")], minlength=count)
    unworn = [part for part in range(1, count) if part not in worn and shoes[part] < areas[part] / 2]
    unworn = [part for part in unworn if areas[part] < largest / 4]
    return np.where(np.isin(parts, unworn), CLASSES.index("background"), winner)


def garment_regions(probabilities: np.ndarray) -> dict[str, np.ndarray]:
    """Where each garment certainly is: boolean regions without crumbs and pinholes, by label."""
    winner = drop_unworn_parts(probabilities.argmax(0))
    regions = {}
    for label in GARMENT_CLASSES:
        region = winner == CLASSES.index(label)
        least = LEAST_AREA[label] * region.size
        if np.count_nonzero(region) < least / 2:
            continue  # filled holes cannot make up for so much
        region = keep_large_parts(fill_small_holes(region, 0.0004 * region.size), least * 0.25)
        if label == "accessory":
            region = region & ~locks_of_hair(winner, region)
        if region.sum() >= least and probabilities[CLASSES.index(label)][region].mean() >= LEAST_CONFIDENCE:
            regions[label] = region
    return regions


def locks_of_hair(winner: np.ndarray, region: np.ndarray) -> np.ndarray:
    """Where parts of a boolean region are surrounded by hair."""
    count, parts = cv2.connectedComponents(region.astype(np.uint8), connectivity=8)
    locks = np.zeros_like(region)
    for part in range(1, count):
        here = parts == part
        around = cv2.dilate(here.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool) & ~here
        if (winner[around] == CLASSES.index("hair")).mean() > MOST_HAIR_AROUND:
            locks |= here
    return locks


def soft_mask(probabilities: np.ndarray, label: str, region: np.ndarray, near: np.ndarray) -> np.ndarray:
    """The garment's probability within reach of its region, float32 0..1; holes of the region are filled."""
    index = CLASSES.index(label)
    rival = np.delete(probabilities, index, axis=0).max(0)
    share = probabilities[index] / np.maximum(probabilities[index] + rival, 1e-6)
    share = np.where(region, np.maximum(share, 0.5), np.minimum(share, 0.5) * near)
    # Certain pixels are whole: a garment that the network is 80 % sure of is not see-through.
    return np.clip((share - 0.5) * 2.5 + 0.5, 0, 1).astype(np.float32)


def _on_white(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
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


def load_segmenter(name_or_path: str | Path = "aifashion-unet", device: str = "auto") -> Segmenter:
    """Load a garment network by the name of a shipped one, or from a weight file.

    Raises:
        WeightsError: there is no such network, or its file is damaged or does not fit.
        SegmentationError: the device cannot be used.
    """
    path = Path(name_or_path)
    if path.suffix != ".safetensors":
        path = WEIGHTS_FOLDER / f"{name_or_path}.safetensors"
        if not path.is_file():
            known = ", ".join(sorted(one.stem for one in WEIGHTS_FOLDER.glob("*.safetensors"))) or "none"
            raise WeightsError(f"There is no garment network {str(name_or_path)!r}. Installed: {known}.")
    device = available_device(device)
    model, config, header = load_weights(path)
    return Segmenter(model, config, name=path.stem, version=version_of(path), header=header, device=device)
