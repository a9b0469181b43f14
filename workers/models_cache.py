"""Loaded models, kept for as long as the process lives. torch is imported at the first use, not before."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from webapp.models import SegmentationModel
from webapp.services.versions import LOST
from workers.local_files import WrongChecksum, local_weights, sha256_of
from workers.messages import JobFailed

if TYPE_CHECKING:
    from generator import LoadedGenerator
    from segmentation import Segmenter
    from webapp.models import ModelVersion

# A generator is some 15 MB; a site's categories fit, and an admin's trial versions push out the oldest.
MOST_GENERATORS = 16

_lock = threading.Lock()
_generators: OrderedDict[str, LoadedGenerator] = OrderedDict()
_segmenters: dict[str, Segmenter] = {}


class BrokenWeights(Exception):
    """A weight file is missing or is not the one its version names."""


def generator_of(version: ModelVersion) -> LoadedGenerator:
    """The loaded generator of a version. Raises BrokenWeights, JobFailed or generator.WeightsError."""
    with _lock:
        loaded = _generators.get(version.sha256)
        if loaded is None:
            import generator

            path = weights_path(version)
            loaded = generator.load_generator(path, device=settings.AIFASHION_DEVICE)
            _generators[version.sha256] = loaded
            while len(_generators) > MOST_GENERATORS:
                _generators.popitem(last=False)
        _generators.move_to_end(version.sha256)
        return loaded


def segmenter() -> Segmenter:
    """The site's segmenter: the one that staff made active, asked for anew each time, else the setting's.

    Raises segmentation.WeightsError.
    """
    chosen = SegmentationModel.objects.filter(is_active=True).values_list("name", flat=True).first()
    return segmenter_named(chosen or settings.AIFASHION_SEGMENTER)


def segmenter_named(name: str) -> Segmenter:
    """The loaded segmenter of this name. Raises segmentation.WeightsError."""
    with _lock:
        if name not in _segmenters:
            import segmentation

            source: str | Path = name
            if name == segmentation.PUBLISHED:
                from workers import published

                source = published.local_path(name)
            _segmenters[name] = segmentation.load_segmenter(source, device=settings.AIFASHION_DEVICE)
        return _segmenters[name]


def forget() -> None:
    """Drop what is loaded, for tests."""
    with _lock:
        _generators.clear()
        _segmenters.clear()


def weights_path(version: ModelVersion) -> Path:
    """A local file with the version's weights: what came with the site where that is this version, else a copy of the
    stored file, fetched once per machine and checked by its sum. Raises BrokenWeights; JobFailed where it is lost."""
    shipped = Path(settings.AIFASHION_GENERATOR_WEIGHTS_DIR) / f"{version.category.slug}.safetensors"
    if version.is_shipped and shipped.is_file() and sha256_of(shipped) == version.sha256:
        return shipped
    if version.is_lost:
        raise JobFailed(LOST)
    try:
        return local_weights(version.weights_key, version.sha256, ".safetensors")
    except FileNotFoundError:
        raise BrokenWeights(f"The weights of {version} are not in the storage.") from None
    except WrongChecksum:
        raise BrokenWeights(f"The stored weights of {version} do not have the checksum of this version.") from None
