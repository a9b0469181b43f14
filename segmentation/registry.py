"""Which garment networks there are, by name or by file."""

from __future__ import annotations

from pathlib import Path

from segmentation.checkpoint import load_weights, version_of
from segmentation.errors import WeightsError
from segmentation.kinds import load_kinds
from segmentation.predict import Segmenter, available_device
from segmentation.published import PUBLISHED, load_published

WEIGHTS_FOLDER = Path(__file__).parent / "weights"
PUBLISHED_SUFFIXES = (".zip", ".pth", ".pt", ".ckpt")


def load_segmenter(name_or_path: str | Path = "aifashion-unet", device: str = "auto") -> Segmenter:
    """Load a garment network by the name of a shipped one, or from a weight file.

    A file that is not safetensors is taken for the published Unet_2020-10-30.

    Raises:
        WeightsError: there is no such network, or its file is damaged or does not fit.
        SegmentationError: the device cannot be used.
    """
    if Path(name_or_path).suffix in PUBLISHED_SUFFIXES:
        return load_published(Path(name_or_path), device)
    path = weights_file(name_or_path)
    device = available_device(device)
    model, config, header = load_weights(path)
    version = version_of(path)
    kinds = load_kinds(kinds_file(path.stem), version)
    return Segmenter(model, config, name=path.stem, version=version, header=header, device=device, kinds=kinds)


def kinds_file(name: str) -> Path:
    """Where the second look that belongs to a network of this name lies, if it has one."""
    return WEIGHTS_FOLDER / "kinds" / f"{name}.safetensors"


def weights_file(name_or_path: str | Path) -> Path:
    """The file of a shipped network, by its name; a .safetensors file is itself.

    Raises:
        WeightsError: there is no such network.
    """
    if Path(name_or_path).suffix == ".safetensors":
        return Path(name_or_path)
    path = WEIGHTS_FOLDER / f"{name_or_path}.safetensors"
    if not path.is_file():
        known = ", ".join(sorted(one.stem for one in WEIGHTS_FOLDER.glob("*.safetensors"))) or "none"
        hint = f" Fetch it: manage.py fetch_model {PUBLISHED}" if str(name_or_path) == PUBLISHED else ""
        raise WeightsError(f"There is no garment network {str(name_or_path)!r}. Installed: {known}.{hint}")
    return path
