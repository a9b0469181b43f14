"""The three steps of the trip, from storage to storage. A step whose result is already stored only points to it."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext_noop
from PIL import Image

from webapp import files
from webapp.models import CANDIDATES, Design, Garment, Job, Pattern, Photo
from webapp.uploads import PREVIEW_SIDE, preview_of
from workers import models_cache
from workers.messages import JobFailed

if TYPE_CHECKING:
    import numpy as np

Progress = Callable[[float], None]

# Raised when masks or pictures come out differently, so that old ones are not taken for new ones.
MASKS, COMPOSITOR = 7, 4

COLOURS = 5
"""Main colours that are found in a print, to start a colourway from."""

SOFT_FROM = 2.0
"""Pixels of the photo to a pixel of a tile from which a print would look soft: from there on the tile is enlarged."""

MOST_TILE_PIXELS = 1024
"""Width up to which it is. To 2,048 px would take five times as long, several seconds without a GPU."""

KEPT_PHOTO_BYTES = 128 * 2**20
_last_photo: dict[str, np.ndarray] = {}


def make_pattern(pattern: Pattern, progress: Progress) -> dict[str, Any]:
    """Generate the tile; return what its row is to hold: image_key, colours, and the latent as it was settled."""
    import generator

    latent = _settled(pattern)
    name = f"{pattern.seed}-{pattern.size}"
    if latent:
        name += f"-{hashlib.sha256(json.dumps(latent, sort_keys=True).encode()).hexdigest()[:16]}"
    key = f"patterns/{pattern.version.sha256}/{name}.png"
    if files.taken(key):
        tile = Image.open(io.BytesIO(files.read_bytes(key)))
    else:
        tile = _drawn(pattern, latent, "basic", progress)
        buffer = io.BytesIO()
        tile.save(buffer, "PNG", compress_level=1)
        files.store_bytes(key, buffer.getvalue())
    if pattern.size != generator.MEASURED:
        tile = generator.measured_tile(models_cache.generator_of(pattern.version), **_recipe(pattern, latent))
    return {"image_key": key, "colours": generator.palette_of(tile, COLOURS), "latent": latent or None}


def _settled(pattern: Pattern) -> dict[str, Any]:
    """What sets a print apart from its seed's own. A variation takes the first of its candidates that looks well.

    The candidates for the print that is mixed in last are the seeds from the one that it names on.
    """
    latent = dict(pattern.latent or {})
    candidates = latent.pop(CANDIDATES, 1)
    if candidates > 1:
        import generator

        loaded = models_cache.generator_of(pattern.version)
        *earlier, (first, share) = latent["mixes"]
        choices = [[*earlier, [seed, share]] for seed in range(first, first + candidates)]
        latent["mixes"] = next(
            (mixes for mixes in choices if generator.reaches_least_look(loaded, seed=pattern.seed, mixes=mixes)),
            choices[0],
        )
    return latent


def _drawn(pattern: Pattern, latent: dict[str, Any], repeat: str, progress: Progress) -> Image.Image:
    import generator

    return generator.sample_tile(
        models_cache.generator_of(pattern.version),
        **_recipe(pattern, latent),
        size=pattern.size,
        repeat=repeat,
        progress=progress,
    )


def _recipe(pattern: Pattern, latent: dict[str, Any]) -> dict[str, Any]:
    """What makes a print what it is, whatever its size and its repeat."""
    mixes = [(int(seed), float(share)) for seed, share in latent.get("mixes", [])]
    return {"seed": pattern.seed, "mixes": mixes, "palette": latent.get("palette", [])}


def print_pattern(job: Job, progress: Progress) -> None:
    """Write the file that a print job asks for, under the job's own key."""
    import generator

    pattern, asked = job.pattern, job.params
    if pattern is None:
        raise JobFailed(gettext_noop("The pattern was deleted."))
    if files.exists(job.file_key):
        return
    unit = _drawn(pattern, pattern.latent or {}, asked["repeat"], lambda share: progress(0.4 * share))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"print.{asked['extension']}"
        # A half-drop's rectangle is two tiles wide, a mirror's too.
        generator.export_print(
            unit,
            path,
            tile_cm=asked["tile_cm"] * unit.width / pattern.size,
            dpi=asked["dpi"],
            device=settings.AIFASHION_DEVICE,
            progress=lambda share: progress(0.4 + 0.4 * share),
        )
        progress(0.8)
        files.store_file(job.file_key, path)


def find_garments(photo: Photo, progress: Progress) -> dict[str, Any]:
    """Find the garments of a photo: {"clothing": key, "garments": [{label, mask_key, area, confidence, box}],
    "cm_per_px": float}."""
    model = models_cache.segmenter()
    folder = f"masks/{photo.sha256}/{model.name}-{model.version}-{MASKS}"
    record = f"{folder}/garments.json"
    # The record is written last, but what removes masks may be stopped before it comes to the record.
    if files.exists(record):
        known = json.loads(files.read_bytes(record))
        if all(map(files.exists, (known["clothing"], *(garment["mask_key"] for garment in known["garments"])))):
            return known
    import segmentation

    found = model.find_garments(photo_pixels(photo), progress=progress)
    result: dict[str, Any] = {"clothing": f"{folder}/clothing.png", "garments": [], "cm_per_px": found.cm_per_px}
    masks = {result["clothing"]: partial(segmentation.encode_png, found.clothing)}
    for index, garment in enumerate(found.garments):
        same = sum(earlier.label == garment.label for earlier in found.garments[:index])
        key = f"{folder}/{garment.label}{f'-{same + 1}' if same else ''}.png"
        masks[key] = partial(segmentation.encode_png, garment.mask)
        result["garments"].append(
            {
                "label": garment.label,
                "mask_key": key,
                "area": float(garment.area),
                "confidence": float(garment.confidence),
                "box": [int(side) for side in garment.box],
            }
        )
    store_all(masks)
    files.store_bytes(record, json.dumps(result).encode())
    return result


def store_garments(photo: Photo, found: dict[str, Any]) -> None:
    """Write what was found to the photo's rows; again and again gives the same rows, and corrections stay."""
    if not Photo.objects.filter(pk=photo.pk).update(cm_per_px=found["cm_per_px"]):
        raise JobFailed(gettext_noop("The photo was deleted while its garments were looked for."))
    Photo.objects.filter(pk=photo.pk, found_clothing_key="").update(clothing_mask_key=found["clothing"])
    rows = Garment.objects.filter(photo=photo).values_list("mask_key", "found_mask_key")
    known = {key for keys in rows for key in keys}
    Garment.objects.bulk_create(
        Garment(photo=photo, **garment) for garment in found["garments"] if garment["mask_key"] not in known
    )


def compose(design: Design, progress: Progress) -> tuple[str, str]:
    """Draw the design and return the keys of the picture and of its preview."""
    layers = list(design.layers.select_related("garment", "pattern"))
    # A layer goes with its print or its garment; a picture without it would not be what was asked for.
    asked = len(design.parameters.get("layers", layers))
    if not layers or len(layers) < asked or any(not layer.pattern.image_key for layer in layers):
        raise JobFailed(
            gettext_noop(
                "A print or a garment of this design was deleted while the picture waited. Choose another and make the "
                "picture again."
            )
        )
    photo = design.photo
    plan = [
        {
            "mask": layer.garment.mask_key if layer.garment else photo.clothing_mask_key,
            "tile": layer.pattern.image_key,
            "scale": layer.scale,
            "rotation": layer.rotation,
            "offset": [layer.offset_x, layer.offset_y],
        }
        for layer in layers
    ]
    size = {"photo": photo.sha256, "cm_per_px": photo.cm_per_px}
    inputs = json.dumps({"compositor": COMPOSITOR, **size, "layers": plan}, sort_keys=True)
    name = hashlib.sha256(inputs.encode()).hexdigest()
    key, preview_key = f"designs/{name}.png", f"designs/{name}-preview.webp"
    if files.taken(key) and files.taken(preview_key):
        return key, preview_key
    import segmentation

    pixels = photo_pixels(photo)
    cm_per_px = photo.cm_per_px or segmentation.usual_cm_per_px(pixels.shape[0])

    @cache
    def tile_of(key: str, scale: float) -> Image.Image:
        tile = Image.open(io.BytesIO(files.read_bytes(key))).convert("RGB")
        return detailed(tile, segmentation.repeat_pixels(scale, cm_per_px))

    drawn = segmentation.composite(
        pixels,
        [
            segmentation.Layer(
                tile=tile_of(layer["tile"], layer["scale"]),
                mask=mask_array(files.read_bytes(layer["mask"])),
                scale=layer["scale"],
                rotation=layer["rotation"],
                offset=tuple(layer["offset"]),
            )
            for layer in plan
        ],
        cm_per_px=cm_per_px,
        progress=progress,
    )
    store_all(
        {
            key: partial(segmentation.encode_png, drawn),
            preview_key: lambda: preview_of(segmentation.thumbnail_of(drawn, PREVIEW_SIDE)),
        }
    )
    return key, preview_key


def detailed(tile: Image.Image, repeat_pixels: float) -> Image.Image:
    """A tile with the detail that it needs where one repeat is so many pixels of a photo wide."""
    import generator

    if repeat_pixels < SOFT_FROM * tile.width:
        return tile
    return generator.upscale_to(tile, min(round(repeat_pixels), MOST_TILE_PIXELS), device=settings.AIFASHION_DEVICE)


def store_all(pictures: dict[str, Callable[[], bytes]]) -> None:
    """Encode and store several pictures at once: encoding frees Python's lock, and a storage is mostly waited for."""

    def store(key: str) -> None:
        files.store_bytes(key, pictures[key]())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(store, pictures))  # the list raises what a store raised


def photo_pixels(photo: Photo) -> np.ndarray:
    """The photo's pixels, uint8 (H, W, 3) or (H, W, 4). The last one is kept: its designs follow its masks."""
    if photo.sha256 not in _last_photo:
        import segmentation

        pixels = segmentation.decode_own(files.read_bytes(photo.image_key))
        _last_photo.clear()
        if pixels.nbytes <= KEPT_PHOTO_BYTES:
            _last_photo[photo.sha256] = pixels
        return pixels
    return _last_photo[photo.sha256]


def mask_array(data: bytes) -> np.ndarray:
    import numpy as np

    return np.array(Image.open(io.BytesIO(data)).convert("L"))
