"""Finer labels than the classes of the garment network, which help it to learn and are no part of it.

A skirt and jeans are both "lower", though they look nothing alike, and a skirt looks like half a dress. So a run has
two more heads, which end with it: one says which detail stands where, from features of an eighth of the picture's size
(Lee et al. 2015, "Deeply-supervised nets"); the other says which details a picture shows at all, from the mean of the
encoder's last features (Zhang et al. 2018, "Context encoding for semantic segmentation", the loss of section 3.2).

Masks with details hold numbers after those of the classes; a class's own number stands for what has no known detail, so
a mask of classes is one with details too.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from segmentation.models import CLASSES

IGNORE = 255
"""Pixels whose class is not known teach nothing."""
CLOTH = 254
"""Pixels that are some garment, nobody said which, teach that alone."""

DETAILS: dict[str, tuple[str, tuple[str, ...]]] = {
    "bare skin": ("skin", ("skin",)),
    # Jewellery and glasses lie on skin and must not be painted, so they count as skin.
    "glasses": ("skin", ("glasses", "sunglasses")),
    "jewellery": ("skin", ("earrings", "necklace", "bracelet", "ring", "watch")),
    "coats": ("upper", ("coat", "cape")),
    "jackets": ("upper", ("blazer", "jacket", "suit")),
    "knitwear": ("upper", ("cardigan", "sweater", "sweatshirt", "hoodie", "jumper")),
    "shirts": ("upper", ("blouse", "shirt")),
    "vests": ("upper", ("vest",)),
    "tops": ("upper", ("t-shirt", "top", "bodysuit", "bra", "intimate", "swimwear")),
    "dresses": ("dress", ("dress",)),
    "rompers": ("dress", ("romper",)),
    "trousers": ("lower", ("pants",)),
    "jeans": ("lower", ("jeans",)),
    "shorts": ("lower", ("shorts", "panties")),
    "skirts": ("lower", ("skirt",)),
    "tights": ("lower", ("leggings", "stockings", "tights")),
    "socks": ("lower", ("socks",)),
    "boots": ("shoes", ("boots",)),
    "sandals": ("shoes", ("sandals", "wedges")),
    "low shoes": ("shoes", ("clogs", "flats", "heels", "loafers", "pumps", "shoes", "sneakers")),
    "bags": ("bag", ("bag",)),
    "purses": ("bag", ("purse", "wallet")),
    "belts": ("accessory", ("belt",)),
    "gloves": ("accessory", ("gloves",)),
    "hats": ("accessory", ("hat",)),
    "scarves": ("accessory", ("scarf",)),
    "ties": ("accessory", ("tie",)),
}
"""Each detail's class, and the labels of Clothing Co-Parsing that are one."""

WHOLE = {"background": "null", "hair": "hair"}
"""Classes without details, and their label."""

COUNT = len(CLASSES) + len(DETAILS)
VAGUE = (*(number for number, name in enumerate(CLASSES) if name not in WHOLE), CLOTH)
"""Numbers that say which class, and not which detail of it."""
LEAST_PIXELS = 1000.0
"""Added to how many pixels show each detail before rare ones are weighted."""
LEAST_CELLS = 4
"""Cells from which a detail counts as shown."""
DECODER_BLOCK, SHARE_OF_PLACES = 1, 0.5
"""After which block of the decoder details are told apart, and how much that counts beside which of them are there."""
HEAD = 96
"""Width of the head that says where details are."""
CELL = 8
"""Pixels of the picture to one of that block's, each way."""


def _classes() -> np.ndarray:
    table = np.full(256, IGNORE, np.uint8)
    table[: len(CLASSES)] = range(len(CLASSES))
    table[CLOTH] = CLOTH
    table[len(CLASSES) : COUNT] = [CLASSES.index(name) for name, _ in DETAILS.values()]
    return table


CLASS_OF = _classes()
"""From the numbers of a mask with details to class indices."""


def detail_lookup(labels: Sequence[str]) -> np.ndarray:
    """A table from label index to the numbers of a mask with details; labels of no class are ignored in training."""
    table = np.full(256, IGNORE, np.uint8)
    for name, label in WHOLE.items():
        if label in labels:
            table[labels.index(label)] = CLASSES.index(name)
    for number, (_, members) in enumerate(DETAILS.values(), len(CLASSES)):
        table[[index for index, label in enumerate(labels) if label in members]] = number
    return table


class DetailHeads(nn.Module):
    """What tells details apart while a network learns: heads on features that its own forward pass leaves behind.

    Args:
        model: a network of `segmentation.models.build_unet`; its decoder and encoder are listened to.
        masks: uint8 (N, H, W), the masks with details to learn from; rare details count more, as classes do.
    """

    weights: Tensor

    def __init__(self, model: nn.Module, masks: np.ndarray) -> None:
        super().__init__()
        encoder, block = model.get_submodule("encoder"), model.get_submodule(f"decoder.blocks.{DECODER_BLOCK}")
        width = sum(part.out_channels for part in block.get_submodule("conv2").modules() if isinstance(part, nn.Conv2d))
        self.places = nn.Sequential(
            nn.Conv2d(width, HEAD, 3, padding=1, bias=False), nn.BatchNorm2d(HEAD), nn.ReLU(), nn.Conv2d(HEAD, COUNT, 1)
        )
        self.presence = nn.Linear(getattr(encoder, "out_channels")[-1], COUNT)  # noqa: B009
        self.register_buffer("weights", _weights(masks))
        self._features: dict[str, Tensor] = {}
        block.register_forward_hook(lambda _, __, output: self._features.update(places=output))
        encoder.register_forward_hook(lambda _, __, output: self._features.update(presence=output[-1]))

    def loss(self, masks: np.ndarray) -> Tensor:
        """The loss of the batch that the network saw last.

        Args:
            masks: uint8 (N, H, W), with details where they are known.
        """
        places = self.places(self._features["places"]).float()
        presence = self.presence(self._features["presence"].mean((2, 3))).float()
        numbers = torch.from_numpy(masks[:, CELL // 2 :: CELL, CELL // 2 :: CELL].astype(np.int64)).to(places.device)
        known = torch.where(torch.isin(numbers, torch.tensor(VAGUE, device=places.device)), IGNORE, numbers)
        wrong = functional.cross_entropy(places, known, weight=self.weights, ignore_index=IGNORE, reduction="sum")
        where = wrong / self.weights[known[known != IGNORE]].sum().clamp(min=1e-6)
        shown = torch.stack([(known == number).flatten(1).sum(1) >= LEAST_CELLS for number in range(COUNT)], dim=1)
        told = functional.binary_cross_entropy_with_logits(presence, shown.float(), reduction="none")
        # Of a product photo nobody said which details it shows.
        certain = torch.from_numpy(~np.isin(masks, VAGUE).any(axis=(1, 2))).to(told.device)
        return SHARE_OF_PLACES * where + (told * certain[:, None]).mean()


def _weights(masks: np.ndarray) -> Tensor:
    """As `training.unet.class_weights`, for details; what hardly ever comes counts no more than what comes seldom."""
    counts = np.bincount(masks[::4].reshape(-1), minlength=256)[:COUNT] + LEAST_PIXELS
    weights = (counts / counts.sum()) ** -0.3
    return torch.tensor(weights / weights.mean(), dtype=torch.float32)
