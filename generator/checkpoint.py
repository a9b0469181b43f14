"""Weights on disk: safetensors with a JSON header, never a pickle.

The header (safetensors' metadata) holds one JSON document under the key `aifashion`: format, architecture,
hyper-parameters, category, data sources and metrics. Tensors are stored in half precision and computed in single.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from generator.doubling import Upscaler
from generator.errors import WeightsError
from generator.latents import WAVES
from generator.looks import LeastLook
from generator.networks import DcganGenerator, SpatialGenerator, fold_norms
from generator.realism import RealismJudge
from generator.symmetry import check_symmetries

FORMAT = 2
"""Raised when a network of the same name is built otherwise, so that older files are refused by name."""

HEADER_KEY = "aifashion"
JUDGE, FINISHER = "judge.", "finisher."
"""How the names of a judge's tensors begin, and of a finisher's, beside the generator's in one file."""
WEIGHTS_DIR = Path(__file__).parent / "weights"
ARCHITECTURES: dict[str, type[SpatialGenerator] | type[DcganGenerator]] = {
    "dcgan": DcganGenerator,
    "spatial": SpatialGenerator,
}


@dataclass(frozen=True)
class LoadedGenerator:
    """A generator ready to sample: the network, made fast for it, on its device, and the header it came with.

    Attributes:
        judge: What tells how real its prints look, on the CPU; None where the header asks for no realism.
        finisher: What draws strict prints with twice the pixels and clean edges; None where the version has none. It is
            the version's own, so that a better upscaler leaves the prints of earlier versions as they are.
    """

    network: SpatialGenerator | DcganGenerator
    header: dict[str, Any]
    device: str
    judge: RealismJudge | None = None
    finisher: Upscaler | None = None

    @property
    def category(self) -> str:
        return self.header["category"]

    @property
    def architecture(self) -> str:
        return self.header["architecture"]


def shipped_weights() -> dict[str, Path]:
    """The weights that come with the project: category slug -> file."""
    return {path.stem: path for path in sorted(WEIGHTS_DIR.glob("*.safetensors"))}


def available_device(preference: str = "auto") -> str:
    """Choose where to compute: `auto` takes CUDA when there is one.

    Raises:
        GeneratorError: `cuda` was asked for and there is none, or the preference is none of auto, cpu, cuda.
    """
    if preference not in {"auto", "cpu", "cuda"}:
        raise WeightsError(f"unknown device {preference!r}: choose auto, cpu or cuda")
    if preference == "cuda" and not torch.cuda.is_available():
        raise WeightsError("no CUDA device was found: choose the device auto or cpu, or check the driver")
    return "cuda" if preference != "cpu" and torch.cuda.is_available() else "cpu"


def build_network(architecture: str, hyper_parameters: dict[str, Any]) -> SpatialGenerator | DcganGenerator:
    """Make an untrained generator of a named architecture.

    Raises:
        WeightsError: The name is unknown, or the hyper-parameters do not fit it.
    """
    if architecture not in ARCHITECTURES:
        raise WeightsError(f"unknown architecture {architecture!r}: this version knows {', '.join(ARCHITECTURES)}")
    try:
        return ARCHITECTURES[architecture](**hyper_parameters)
    except TypeError as error:
        raise WeightsError(f"hyper-parameters {hyper_parameters} do not fit {architecture}: {error}") from error


def save_generator(network: nn.Module, header: dict[str, Any], path: Path, *, finisher: Upscaler | None = None) -> None:
    """Write a generator's weights and its header, and the network that finishes its prints."""
    tensors = _halved(network)
    if finisher:
        header = {**header, "sampling": {**header["sampling"], "finisher": finisher.hyper_parameters}}
        tensors |= _named(FINISHER, finisher)
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(tensors, {"format": FORMAT, **header}, path)


def write_weights(network: nn.Module, header: dict[str, Any], path: Path) -> None:
    """Write the weights of any network with its header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(_halved(network), header, path)


def record_metrics(path: Path, metrics: dict[str, Any]) -> None:
    """Put figures into the header of a weights file, under `metrics`; its tensors stay the same bytes.

    Raises:
        WeightsError: The file is missing, corrupt, or was not written by `save_generator`.
    """
    record_in_header(path, metrics=metrics)


def record_in_header(path: Path, **entries: Any) -> None:
    """Put entries that JSON can hold into the header of a weights file; its tensors stay the same bytes.

    Raises:
        WeightsError: The file is missing, corrupt, or was not written by `save_generator`.
    """
    header = read_header(path)
    _write(_read_tensors(path), {**header, **entries}, path)


def record_sampling(path: Path, settings: dict[str, Any]) -> None:
    """Put settings into the header's `sampling`, which decides what a seed means; tensors stay the same bytes.

    Raises:
        WeightsError: The file is missing, corrupt, or was not written by `save_generator`.
    """
    record_in_header(path, sampling={**read_header(path)["sampling"], **settings})


def record_least_look(path: Path, least: dict[str, float]) -> None:
    """Put into a weights file what its prints must have at least, in place of what it asked before, its judge too.

    Raises:
        WeightsError: The file is missing, corrupt, or was not written by `save_generator`.
    """
    header = read_header(path)
    header["sampling"]["least_look"] = least
    header.pop("judge", None)
    _write(_without(_read_tensors(path), JUDGE), header, path)


def record_judge(path: Path, judge: RealismJudge, *, least: float, about: dict[str, Any]) -> None:
    """Put a judge into a weights file, in place of the one before, and the realism that prints must have at least.

    Args:
        about: What the header says of the judge, under `judge`.

    Raises:
        WeightsError: The file is missing, corrupt, was not written by `save_generator`, or has no `least_look`.
    """
    header = read_header(path)
    if "least_look" not in header["sampling"]:
        raise WeightsError(f"{path} asks nothing of its prints yet: write its least look first")
    header["sampling"]["least_look"]["realism"] = least
    header["judge"] = about
    _write(_without(_read_tensors(path), JUDGE) | _named(JUDGE, judge), header, path)


def record_finisher(path: Path, finisher: Upscaler) -> None:
    """Put a finisher into a weights file, in place of the one before: its prints have twice the pixels from now on.

    Raises:
        WeightsError: The file is missing, corrupt, or was not written by `save_generator`.
    """
    header = read_header(path)
    header["sampling"]["finisher"] = finisher.hyper_parameters
    _write(_without(_read_tensors(path), FINISHER) | _named(FINISHER, finisher), header, path)


def read_header(path: str | Path) -> dict[str, Any]:
    """Read the header of a generator's weights file without its tensors.

    Raises:
        WeightsError: The file is missing, is not safetensors, or was not written by `save_generator`.
    """
    header = checked_header(path, form=FORMAT, needed={"architecture", "hyper_parameters", "sampling", "category"})
    if header["sampling"].get("waves") not in WAVES:
        raise WeightsError(
            f"{path} repeats by waves {header['sampling'].get('waves')!r}; this version knows {', '.join(WAVES)}: "
            "use the version of the project that wrote it"
        )
    return header


def checked_header(path: str | Path, *, form: int, needed: set[str]) -> dict[str, Any]:
    """Read the header of a weights file of any of the project's networks.

    Args:
        path: The file.
        form: The format that it must have.
        needed: Entries that it must have.

    Raises:
        WeightsError: The file is missing, is not safetensors, or its header is another one.
    """
    try:
        with safe_open(str(path), framework="pt") as file:
            metadata = file.metadata() or {}
        header = json.loads(metadata[HEADER_KEY])
    except FileNotFoundError as error:
        raise WeightsError(f"no weights at {path}: train them or give another file") from error
    except (SafetensorError, OSError, ValueError) as error:
        raise WeightsError(f"{path} is not a readable weights file, restore it or train again: {error}") from error
    except KeyError as error:
        raise WeightsError(f"{path} has no generator header: it was not made by this project") from error
    missing = needed - header.keys()
    if header.get("format") != form or missing:
        raise WeightsError(
            f"{path} has format {header.get('format')} and lacks {sorted(missing) or 'nothing'}; expected {form}: "
            "use the version of the project that wrote it, or train again"
        )
    return header


def read_weights(network: nn.Module, path: str | Path, device: str) -> None:
    """Fill a network with the tensors of a file, in single precision, and make it ready to compute on a device.

    Raises:
        WeightsError: The file is damaged, or its tensors are not this network's.
    """
    _fill(network, read_network(path), path)
    network.to(device)


def read_network(path: str | Path) -> dict[str, torch.Tensor]:
    """The tensors of a file's network, without a judge's and a finisher's, as they are on disk.

    Raises:
        WeightsError: The file is damaged.
    """
    return _without(_read_tensors(path), JUDGE, FINISHER)


def load_generator(path: str | Path, device: str = "auto") -> LoadedGenerator:
    """Load a generator for sampling.

    Raises:
        WeightsError: The file is missing, corrupt, or does not fit the architecture that it names.
    """
    header, tensors = read_header(path), _read_tensors(path)
    check_symmetries(header["sampling"].get("symmetries", ()))
    chosen = available_device(device)
    network = build_network(header["architecture"], header["hyper_parameters"])
    _fill(network, _without(tensors, JUDGE, FINISHER), path)
    fold_norms(network)
    network.to(chosen).to(memory_format=torch.channels_last)
    judge, finisher = _judge_of(header), _finisher_of(header, path)
    if judge:
        _fill(judge, _only(tensors, JUDGE), path)
    if finisher:
        _fill(finisher, _only(tensors, FINISHER), path)
        finisher.to(chosen).to(memory_format=torch.channels_last)
    return LoadedGenerator(network=network, header=header, device=chosen, judge=judge, finisher=finisher)


def _judge_of(header: dict[str, Any]) -> RealismJudge | None:
    least = LeastLook.from_header(header)
    return RealismJudge() if least and least.realism else None


def _finisher_of(header: dict[str, Any], path: str | Path) -> Upscaler | None:
    hyper_parameters = header["sampling"].get("finisher")
    try:
        return None if hyper_parameters is None else Upscaler(**hyper_parameters)
    except (TypeError, ValueError, RuntimeError) as error:
        raise WeightsError(f"the finisher {hyper_parameters!r} of {path} cannot be built: {error}") from error


def _fill(network: nn.Module, tensors: dict[str, torch.Tensor], path: str | Path) -> None:
    """Fill a network in single precision, ready to compute."""
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        raise WeightsError(f"the tensors of {path} do not fit its header: {error}") from error
    network.float().eval().requires_grad_(False)


def _halved(network: nn.Module) -> dict[str, torch.Tensor]:
    return {
        name: (tensor.half() if tensor.is_floating_point() else tensor).detach().cpu().contiguous()
        for name, tensor in network.state_dict().items()
    }


def _named(prefix: str, network: nn.Module) -> dict[str, torch.Tensor]:
    return {f"{prefix}{name}": tensor for name, tensor in _halved(network).items()}


def _only(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _without(tensors: dict[str, torch.Tensor], *prefixes: str) -> dict[str, torch.Tensor]:
    return {name: tensor for name, tensor in tensors.items() if not name.startswith(prefixes)}


def _read_tensors(path: str | Path) -> dict[str, torch.Tensor]:
    try:
        with safe_open(str(path), framework="pt") as file:
            return {name: file.get_tensor(name) for name in list(file.keys())}
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path} is damaged, restore it or train again: {error}") from error


def _write(tensors: dict[str, torch.Tensor], header: dict[str, Any], path: Path) -> None:
    """Write a file beside its final name and rename it, so that a reader never sees half of it."""
    part = path.with_suffix(".part")
    save_file(tensors, part, metadata={HEADER_KEY: json.dumps(header, sort_keys=True)})
    if path.exists():
        # safetensors' files are their owner's alone; one that others may read stays so.
        part.chmod(path.stat().st_mode)
    part.replace(path)
