"""What a fresh site needs in its tables: categories, shipped versions, stock garments. Running it twice is once."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from PIL import Image

from webapp import files
from webapp.models import Category, Garment, ModelVersion, Photo, SegmentationModel, ShippedCategory
from webapp.uploads import preview_of

CATEGORIES = {
    "argyle": ("Argyle", "Diamonds with lines across"),
    "cartoon": ("Cartoon", "Hearts, stars and bears with faces"),
    "checkered": ("Checkered", "Gingham, checkerboard and windowpane"),
    "cheetah": ("Cheetah", "Spots of a big cat"),
    "dotted": ("Dotted", "Polka dots, sparse and dense"),
    "floral": ("Floral", "Daisies, poppies and roses in rows"),
    "herringbone": ("Herringbone", "A twill that turns at every rib"),
    "houndstooth": ("Houndstooth", "Broken checks with a tooth"),
    "leaves": ("Leaves", "Leaves, fronds and fan palms"),
    "paisley": ("Paisley", "The curved drop of Kashmir"),
    "solid": ("Solid", "One colour with the grain of cloth"),
    "striped": ("Striped", "Stripes, fine and bold"),
    "tartan": ("Tartan", "Plaids of three and four colours"),
    "zebra": ("Zebra", "Stripes as they grow"),
    "zigzag": ("Zigzag", "Chevrons and sharp turns"),
}
LARGEST_HEADER = 16 * 1024 * 1024
# Stock garments keep their id across machines and rebuilds of the database.
STOCK_NAMESPACE = uuid.UUID("3f3c5e0e-6d2b-4a4e-9d55-5a0f6f0b7a11")


def safetensors_metadata(path: Path) -> dict[str, Any]:
    """The header of a safetensors file, read as plain bytes: 8 bytes of length, then JSON. Raises ValueError."""
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else LARGEST_HEADER + 1
        if length > LARGEST_HEADER:
            raise ValueError(f"{path} is not a safetensors file.")
        try:
            metadata = json.loads(file.read(length)).get("__metadata__", {})
        except (ValueError, AttributeError):
            raise ValueError(f"{path} has no readable safetensors header.") from None
    return {name: _value(text) for name, text in metadata.items()}


def _value(text: Any) -> Any:
    """safetensors keeps text only, so structured values are JSON within JSON."""
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return text


@transaction.atomic
def set_up_categories() -> list[Category]:
    """Create the categories that are new, without touching what an admin has changed or deleted since."""
    known = set(ShippedCategory.objects.values_list("slug", flat=True))
    for position, (slug, (name, description)) in enumerate(CATEGORIES.items()):
        if slug not in known:
            Category.objects.get_or_create(
                slug=slug, defaults={"name": name, "description": description, "position": position}
            )
            ShippedCategory.objects.create(slug=slug)
    return list(Category.objects.all())


def register_segmenters() -> None:
    """List the networks that find garments: those that come with the site, and the published one, to be fetched."""
    for path in sorted((Path(settings.BASE_DIR) / "segmentation" / "weights").glob("*.safetensors")):
        SegmentationModel.objects.update_or_create(name=path.stem, defaults={"is_available": True})
    SegmentationModel.objects.get_or_create(
        name="Unet_2020-10-30", defaults={"note": "Published by V. Iglovikov (cloths_segmentation), MIT; fetched once."}
    )


@transaction.atomic
def register_shipped_weights() -> list[ModelVersion]:
    """Register each shipped weight file that is new and make it active; a category's first version publishes it.

    Storage keeps a copy of each, for an update of the site writes over the file, and old prints are drawn again with
    the version that drew them. Raises STORAGE_ERRORS, ValueError.
    """
    categories = {category.slug: category for category in Category.objects.all()}
    added = []
    for path in sorted(Path(settings.AIFASHION_GENERATOR_WEIGHTS_DIR).glob("*.safetensors")):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        category, key = categories.get(path.stem), f"shipped/{path.stem}/{digest}.safetensors"
        is_new = category is not None and not category.versions.filter(sha256=digest).exists()
        known = ModelVersion.objects.filter(sha256=digest, weights_key__in=(f"shipped:{path.stem}", key))
        if (is_new or known.exists()) and not files.exists(key):
            files.store_file(key, path)
        known.update(weights_key=key)  # some were registered before copies were kept
        if category is not None and is_new:
            added.append(_registered(category, path, digest, key))
    return added


def _registered(category: Category, path: Path, digest: str, key: str) -> ModelVersion:
    header = safetensors_metadata(path)
    metadata = next((value for value in header.values() if isinstance(value, dict) and "metrics" in value), header)
    metrics = metadata.get("metrics", {})
    active = category.active_version
    # An admin's own promoted version stays; a shipped one gives way to the newer shipped one.
    takes_over = active is None or active.is_shipped
    if not category.versions.exists():
        Category.objects.filter(pk=category.pk).update(is_published=True)
    if takes_over:
        category.versions.update(is_active=False)
    return ModelVersion.objects.create(
        category=category,
        number=(category.versions.aggregate(last=Max("number"))["last"] or 0) + 1,
        sha256=digest,
        weights_key=key,
        is_active=takes_over,
        header=metadata,
        metrics=metrics if isinstance(metrics, dict) else {},
    )


def import_stock(folder: Path) -> list[Photo]:
    """Import stock garments that are new or changed, each with its exact mask."""
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        return []
    return [photo for entry in json.loads(manifest.read_text()) if (photo := _import_one(folder, entry)) is not None]


def _import_one(folder: Path, entry: dict[str, Any]) -> Photo | None:
    slug = entry["slug"]
    data, mask_data = (folder / entry["image"]).read_bytes(), (folder / entry["mask"]).read_bytes()
    digest = hashlib.sha256(data + mask_data).hexdigest()
    image_key = f"stock/{slug}/{digest[:16]}{Path(entry['image']).suffix.lower()}"
    existing = Photo.objects.filter(stock_slug=slug).first()
    if existing is not None and existing.image_key == image_key and files.exists(image_key) and existing.cm_per_px:
        return None
    with Image.open(io.BytesIO(data)) as image, Image.open(io.BytesIO(mask_data)) as mask:
        if image.size != mask.size:
            raise ValueError(f"The mask of {slug} is {mask.size}, its picture {image.size}: they must agree.")
        size = image.size
        preview = preview_of(image.convert("RGB"))
        box = list(mask.convert("L").getbbox() or (0, 0, *size))
        histogram = mask.convert("L").histogram()
    area = sum(value * count for value, count in enumerate(histogram)) / (255 * size[0] * size[1])
    mask_key, preview_key = f"stock/{slug}/{digest[:16]}-mask.png", f"stock/{slug}/{digest[:16]}-preview.webp"
    files.store_bytes(image_key, data)
    files.store_bytes(mask_key, mask_data)
    files.store_bytes(preview_key, preview)
    columns = {
        "original_name": entry["name"],
        "image_key": image_key,
        "preview_key": preview_key,
        "clothing_mask_key": mask_key,
        "width": size[0],
        "height": size[1],
        "sha256": digest,
        "cm_per_px": entry["height_cm"] / (box[3] - box[1]),
    }
    with transaction.atomic():
        photo, _ = Photo.objects.update_or_create(
            stock_slug=slug,
            defaults=columns,
            create_defaults={"id": uuid.uuid5(STOCK_NAMESPACE, slug), **columns},
        )
        # Updated in place, so designs that point to the garment keep their layer.
        Garment.objects.update_or_create(
            photo=photo,
            label=entry["label"],
            defaults={"mask_key": mask_key, "area": area, "confidence": 1.0, "box": box},
        )
    return photo
