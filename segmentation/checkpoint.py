"""Weight files of the garment network: safetensors with a JSON header, never a pickle."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from segmentation.errors import WeightsError
from segmentation.models import ARCHITECTURE, UnetConfig, build_unet

FORMAT_VERSION = 1
HEADER_KEY = "aifashion"


def save_weights(
    path: str | Path,
    model: nn.Module,
    config: UnetConfig,
    *,
    data_sources: list[dict],
    metrics: dict,
    training: dict | None = None,
) -> Path:
    """Write the model in half precision, with a header that says what it is."""
    path = Path(path)
    header = {
        "format_version": FORMAT_VERSION,
        "architecture": ARCHITECTURE,
        "hyper_parameters": config.as_dict(),
        "classes": list(config.classes),
        "data_sources": data_sources,
        "metrics": metrics,
        "training": training or {},
    }
    tensors = {
        name: (tensor.detach().half() if tensor.is_floating_point() else tensor.detach()).cpu().contiguous()
        for name, tensor in model.state_dict().items()
    }
    return write_tensors(path, tensors, {HEADER_KEY: json.dumps(header)})


def write_tensors(path: Path, tensors: dict[str, torch.Tensor], metadata: dict[str, str]) -> Path:
    """Write a safetensors file beside `path`, then rename, so that a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    save_file(tensors, part, metadata=metadata)
    # safetensors writes for the owner alone; a worker under another account reads them too.
    part.chmod(0o644)
    part.replace(path)
    return path


def read_header(path: str | Path) -> dict:
    """Read and check the JSON header of a weight file.

    Raises:
        WeightsError: the file is missing, damaged, or of another kind or version.
    """
    path = Path(path)
    if not path.is_file():
        raise WeightsError(f"The garment weights {path} do not exist. Give the path of a .safetensors weight file.")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
    except (SafetensorError, OSError, ValueError) as error:
        raise WeightsError(
            f"The garment weights {path} are damaged and cannot be read ({error}). Fetch or train them again."
        ) from error
    try:
        header = json.loads(metadata[HEADER_KEY])
        version, architecture = header["format_version"], header["architecture"]
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"{path} is not a garment weight file: it has no AI Fashion header.") from error
    if version != FORMAT_VERSION or architecture != ARCHITECTURE:
        raise WeightsError(
            f"{path} holds {architecture!r} of format {version}, expected {ARCHITECTURE!r} of format "
            f"{FORMAT_VERSION}. Use weights made by this version of AI Fashion."
        )
    return header


def load_weights(path: str | Path) -> tuple[nn.Module, UnetConfig, dict]:
    """Build the network a weight file describes and fill it.

    Returns:
        The model in evaluation mode (float32), its configuration, and the header.

    Raises:
        WeightsError: the file is missing, damaged, or does not fit.
    """
    header = read_header(path)
    try:
        config = UnetConfig.from_dict(header["hyper_parameters"])
        model = build_unet(config)
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
        model.load_state_dict(
            {name: value.float() if value.is_floating_point() else value for name, value in tensors.items()}
        )
    except (KeyError, TypeError, ValueError, RuntimeError, SafetensorError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise WeightsError(f"The weights in {path} do not fit the network they describe ({reason}).") from error
    if not all(torch.isfinite(tensor).all() for tensor in model.state_dict().values()):
        raise WeightsError(f"The weights in {path} hold values that are not numbers. Train or fetch them again.")
    return model.eval(), config, header


def version_of(path: str | Path) -> str:
    """A short name for exactly this network: of our own files the tensors and the shape count, not scores or sources.

    So scores can be recorded in a header, and stored masks and the second look still belong to the network.
    """
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        if Path(path).suffix == ".safetensors":
            described = json.loads(file.read(int.from_bytes(file.read(8), "little")))
            about = json.loads(described.pop("__metadata__", {}).get(HEADER_KEY, "{}"))
            shape = about.get("hyper_parameters"), about.get("classes")
            digest.update(json.dumps([described, shape], sort_keys=True).encode())
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()[:12]
