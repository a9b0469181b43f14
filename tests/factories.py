"""Rows and pictures for tests, made in memory."""

from __future__ import annotations

import io
import uuid
from typing import Any

from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from webapp import files, services
from webapp.models import Category, Design, DesignLayer, Garment, Job, ModelVersion, Pattern, Photo
from webapp.ownership import Owner


def visitor() -> Owner:
    return Owner(visitor=uuid.uuid4())


def account(name: str = "dana") -> Owner:
    return Owner(user=get_user_model().objects.create_user(username=name, password="a long enough password"))


def picture(width: int = 120, height: int = 160, mode: str = "RGB") -> Image.Image:
    """A light ground with a darker body in the middle, so that orientation and content can be told."""
    image = Image.new(mode, (width, height), (230, 225, 215, 255)[: len(mode)])
    draw = ImageDraw.Draw(image)
    draw.rectangle((width // 4, height // 4, 3 * width // 4, 7 * height // 8), fill=(120, 40, 60, 255)[: len(mode)])
    draw.rectangle((0, 0, 9, 9), fill=(0, 0, 255, 255)[: len(mode)])  # marks the upper left corner
    return image


def encoded(image: Image.Image, format_name: str = "JPEG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


def upload(data: bytes | None = None, name: str = "me.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, encoded(picture()) if data is None else data)


def category(slug: str = "floral", *, published: bool = True) -> Category:
    row, _ = Category.objects.get_or_create(slug=slug, defaults={"name": slug.title()})
    row.is_published = published
    row.save()
    return row


def version(slug: str = "floral", *, sha256: str = "a" * 64, active: bool = True, number: int = 1) -> ModelVersion:
    row, _ = ModelVersion.objects.get_or_create(
        category=category(slug),
        number=number,
        defaults={
            "sha256": sha256,
            "weights_key": f"shipped/{slug}/{sha256}.safetensors",
            "is_active": active,
        },
    )
    return row


def pattern(owner: Owner, *, seed: int = 7, ready: bool = True, size: int = 64) -> Pattern:
    row = Pattern.objects.create(**owner.fields, version=version(), seed=seed, size=size)
    if ready:
        row.image_key = f"patterns/{row.version.sha256}/{seed}-{size}.png"
        files.store_bytes(row.image_key, encoded(Image.new("RGB", (size, size), (200, 30, 30)), "PNG"))
        row.save()
    return row


def photo(owner: Owner, *, image: Image.Image | None = None) -> Photo:
    return services.upload_photo(owner=owner, file=upload(encoded(image or picture())))


def segmented_photo(owner: Owner) -> Photo:
    """A photo with one found garment: the upper half."""
    row = photo(owner)
    mask = Image.new("L", (row.width, row.height), 0)
    mask.paste(255, (0, 0, row.width, row.height // 2))
    key = f"masks/{row.sha256}/fake-1/"
    files.store_bytes(key + "clothing.png", encoded(mask, "PNG"))
    files.store_bytes(key + "upper.png", encoded(mask, "PNG"))
    row.clothing_mask_key = key + "clothing.png"
    row.save()
    Garment.objects.create(photo=row, label="upper", mask_key=key + "upper.png", area=0.5)
    return row


def stock_photo(slug: str = "dress") -> Photo:
    image = picture()
    key = f"stock/{slug}/{slug}"
    files.store_bytes(key + ".png", encoded(image, "PNG"))
    files.store_bytes(key + "-mask.png", encoded(Image.new("L", image.size, 255), "PNG"))
    row = Photo.objects.create(
        stock_slug=slug,
        original_name=slug.title(),
        image_key=key + ".png",
        clothing_mask_key=key + "-mask.png",
        width=image.width,
        height=image.height,
        sha256=(slug + "0" * 64)[:64],
    )
    Garment.objects.create(photo=row, label=slug, mask_key=key + "-mask.png", area=1)
    return row


def design(owner: Owner, *, ready: bool = True) -> Design:
    row = Design.objects.create(**owner.fields, photo=segmented_photo(owner))
    DesignLayer.objects.create(design=row, pattern=pattern(owner))
    if ready:
        row.image_key, row.preview_key = f"designs/{row.pk}.png", f"designs/{row.pk}-preview.webp"
        files.store_bytes(row.image_key, encoded(picture(), "PNG"))
        files.store_bytes(row.preview_key, encoded(picture(), "WEBP"))
        row.save()
    return row


def job(owner: Owner, kind: str = "generate", **fields: Any) -> Job:
    return Job.objects.create(**owner.fields, kind=kind, **fields)


def printed(owner: Owner, pattern: Pattern) -> Job:
    """A finished print file of a pattern."""
    asked = {"repeat": "basic", "tile_cm": 1.0, "dpi": 72, "extension": "png"}
    row = job(owner, "print", pattern=pattern, state=Job.State.SUCCEEDED, params=asked)
    files.store_bytes(row.file_key, encoded(Image.new("RGB", (28, 28), (200, 30, 30)), "PNG"))
    return row
