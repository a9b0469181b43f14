"""The network published as Unet_2020-10-30 by V. Iglovikov (github.com/ternaus/cloths_segmentation, MIT): cloth or not.

Its file is a PyTorch checkpoint of October 2020, the one file that is ever unpickled here: tensors only
(`weights_only`), and the site checks its sum first. Its keys are those of segmentation-models-pytorch 0.1.2 with the
encoder timm-efficientnet-b3, behind a leading "model.". It was trained on photos of at most 800 pixels a side.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import segmentation_models_pytorch as smp
import torch
from iglovikov_helper_functions.dl.pytorch.utils import rename_layers
from iglovikov_helper_functions.utils.image_utils import pad, unpad
from torch import Tensor, nn

from segmentation.cells import reduced
from segmentation.checkpoint import version_of
from segmentation.errors import WeightsError
from segmentation.forward import Forward, forward_of
from segmentation.models import STRIDE, UnetConfig
from segmentation.predict import Region, Segmenter, available_device, reach_of
from segmentation.sizes import usual_cm_per_px

PUBLISHED = "Unet_2020-10-30"
PUBLISHED_ADDRESS = "https://github.com/ternaus/cloths_segmentation/releases/download/0.0.1/weights.zip"
LONGEST_SIDE = 800
LEAST_AREA = 0.004
MOST_BYTES = 512 * 2**20
"""A file within the zip that is larger is not this network, which has about 53 MB."""
MEAN = np.array((0.485, 0.456, 0.406), np.float32)
DEVIATION = np.array((0.229, 0.224, 0.225), np.float32)


def build_published_unet() -> nn.Module:
    """The network without weights.

    Shape: (N, 3, H, W) -> (N, 1, H, W) logits of cloth, H and W multiples of 32.
    """
    return smp.Unet(encoder_name="timm-efficientnet-b3", encoder_weights=None, classes=1)


def load_published(path: str | Path, device: str = "auto") -> PublishedSegmenter:
    """Load the published checkpoint: as it is, or within a zip of that one file.

    Raises:
        WeightsError: the file is missing, damaged, holds more than tensors, or is of another network.
        SegmentationError: the device cannot be used.
    """
    path = Path(path)
    if not path.is_file():
        raise WeightsError(f"{path} does not exist. Fetch the network first: manage.py fetch_model {PUBLISHED}")
    device = available_device(device)
    model = build_published_unet()
    try:
        checkpoint = torch.load(_checkpoint_in(path), map_location="cpu", weights_only=True)
        state = checkpoint.get("state_dict", checkpoint)
        model.load_state_dict(rename_layers(state, {r"^model\.": ""}))
    except WeightsError:
        raise
    except Exception as error:  # any kind of damage: torch and zipfile raise several types for it
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise WeightsError(f"{path} is not the network {PUBLISHED} ({reason}). Fetch it again.") from error
    return PublishedSegmenter(model, version=version_of(path), device=device)


def _checkpoint_in(path: Path) -> Path | io.BytesIO:
    """What torch can read: its own files are zips too, of many members."""
    if not zipfile.is_zipfile(path):
        return path
    with zipfile.ZipFile(path) as archive:
        members = [one for one in archive.infolist() if not one.is_dir()]
        if len(members) != 1:
            return path
        if members[0].file_size > MOST_BYTES:
            raise WeightsError(f"{path} holds {members[0].file_size:,} bytes, more than the network {PUBLISHED} has.")
        return io.BytesIO(archive.read(members[0]))


class _Cloth(nn.Module):
    """The network with what goes around it: normalised pictures (N, H, W, 3) to probabilities (N, 1, H, W)."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, pictures: Tensor) -> Tensor:
        return self.model(pictures.permute(0, 3, 1, 2)).float().sigmoid()


class PublishedSegmenter(Segmenter):
    """Finds clothing as a whole: one garment, "clothing"."""

    def __init__(self, model: nn.Module, *, version: str, device: str) -> None:
        config = UnetConfig(encoder="timm-efficientnet-b3", classes=("background", "clothing"))
        super().__init__(model, config, name=PUBLISHED, version=version, header={}, device=device)

    def _forward(self) -> Forward:
        return forward_of(_Cloth(self.model), self.device, pictures=torch.float32)

    def predict(self, photo: np.ndarray, *, views: Sequence[tuple[float, bool]] = ((1.0, False),)) -> np.ndarray:
        """Probability of cloth, float32 (h, w), at most 800 pixels a side, of a photo uint8 (H, W, 3).

        Args:
            views: not looked at: this network sees a photo once, at the size that it was trained on.
        """
        del views
        height, width = photo.shape[:2]
        scale = LONGEST_SIDE / max(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = reduced(photo, size) if scale < 1 else cv2.resize(photo, size, interpolation=cv2.INTER_LINEAR)
        padded, pads = pad((small.astype(np.float32) / 255 - MEAN) / DEVIATION, STRIDE, cv2.BORDER_CONSTANT)
        return unpad(self.forward(padded[None])[0, 0], pads)

    def settle(self, predicted: np.ndarray, small: np.ndarray, height: int) -> tuple[list[Region], float]:
        cloth = cv2.resize(predicted, small.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        where = cloth > 0.5
        if where.mean() < LEAST_AREA:
            return [], usual_cm_per_px(height)
        near = reach_of(where)
        found = Region("clothing", np.where(near, cloth, 0).astype(np.float32), near, float(cloth[where].mean()))
        return [found], usual_cm_per_px(height)
