"""Uploads: checked by decoding, never by name; re-encoded, so that no metadata and no foreign bytes are kept."""

from __future__ import annotations

import contextlib
import hashlib
import io
import warnings
from dataclasses import dataclass
from typing import IO, Any

import pillow_heif
from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from webapp.decoding import one_at_a_time
from webapp.errors import UploadRefused, UploadTooLarge, UploadUnreadable

pillow_heif.register_heif_opener()

FORMATS = {"JPEG": "JPEG", "MPO": "JPEG", "PNG": "PNG", "WEBP": "WebP", "HEIF": "HEIC"}
SMALLEST_SIDE = 64
PREVIEW_SIDE = 1024


@dataclass(frozen=True)
class CleanPhoto:
    """A photo as we keep it: our own encoding, upright, without metadata."""

    data: bytes
    extension: str
    width: int
    height: int
    sha256: str
    preview: bytes


def clean_photo(file: IO[bytes] | Any) -> CleanPhoto:
    """Decode an uploaded file and encode it anew. Raises UploadRefused with a sentence for the person, Busy, and
    OutOfMemory."""
    raw = _read_within_limit(file)
    with one_at_a_time():
        return _cleaned(raw)


def _cleaned(raw: bytes) -> CleanPhoto:
    image = _upright_srgb(_decode(raw))  # no name is left here for what was decoded: it goes as soon as it was copied
    if "A" in image.getbands():
        data, extension = _encoded(image, "PNG", compress_level=3), "png"
    else:
        data, extension = _encoded(image, "JPEG", quality=95, subsampling=0, optimize=False), "jpg"
    return CleanPhoto(
        data=data,
        extension=extension,
        width=image.width,
        height=image.height,
        sha256=hashlib.sha256(data).hexdigest(),
        preview=preview_of(image),
    )


def preview_of(image: Image.Image, side: int = PREVIEW_SIDE) -> bytes:
    """A WebP of at most `side` pixels, for pages."""
    share = min(1, side / max(image.size))
    size = (max(1, round(image.width * share)), max(1, round(image.height * share)))
    # Averaged by a whole factor first: the filter alone takes three times as long on a large photo.
    small = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=1.0)
    return _encoded(small, "WEBP", quality=85, method=2)


def _read_within_limit(file: Any) -> bytes:
    limit = settings.AIFASHION_MAX_UPLOAD_BYTES
    too_big = UploadTooLarge(
        _("This file is larger than %(limit)s MB. Save it as a JPEG, or make it smaller, and try again.")
        % {"limit": limit // (1024 * 1024)}
    )
    if (getattr(file, "size", None) or 0) > limit:
        raise too_big
    if hasattr(file, "seek"):
        file.seek(0)
    raw = file.read(limit + 1)
    if len(raw) > limit:
        raise too_big
    if not raw:
        raise UploadRefused(_("This file is empty. Choose another photo."))
    return raw


def _decode(raw: bytes) -> Image.Image:
    most = settings.AIFASHION_MAX_UPLOAD_PIXELS
    too_many = UploadTooLarge(
        _("This photo has more than %(most)s megapixels. Make it smaller and try again.") % {"most": most // 1_000_000}
    )
    not_a_photo = UploadUnreadable(_("This file is not a photo we can read. Use a JPEG, PNG, WebP or HEIC file."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(raw))  # reads the header only
    except Image.DecompressionBombError:
        raise too_many from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, RuntimeError, EOFError):
        raise not_a_photo from None
    if image.format not in FORMATS:
        raise UploadUnreadable(
            _("%(format)s files are not taken. Use a JPEG, PNG, WebP or HEIC file.") % {"format": image.format}
        )
    if image.width * image.height > most:
        raise too_many
    if min(image.size) < SMALLEST_SIDE:
        raise UploadRefused(
            _("This photo is only %(width)s x %(height)s pixels. Use one of at least %(least)s pixels on each side.")
            % {"width": image.width, "height": image.height, "least": SMALLEST_SIDE}
        )
    try:
        image.load()
    except (OSError, ValueError, SyntaxError, RuntimeError, EOFError, Image.DecompressionBombError) as error:
        if "Memory allocation error" in str(error):  # the decoder of HEIC raises a RuntimeError then
            raise MemoryError from error
        raise UploadRefused(_("This photo is damaged: it could not be read to its end. Export it again.")) from None
    return image


def _upright_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    with contextlib.suppress(Exception):  # a broken EXIF block must not cost the person the photo
        ImageOps.exif_transpose(image, in_place=True)
    transparent = "A" in image.getbands() or "a" in image.getbands() or "transparency" in image.info
    if image.mode.startswith(("I", "F")):
        image = image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if profile and image.mode in ("RGB", "RGBA", "CMYK", "L"):
        image = _to_srgb(image, profile)
    image = _in_mode(image, "RGBA" if transparent else "RGB")
    if transparent and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    # What nobody can see may be what somebody cut away on purpose.
    seen = image.getchannel("A").point(lambda value: 255 if value else 0) if image.mode == "RGBA" else None
    clean = Image.new(image.mode, image.size, (255, 255, 255, 0)[: len(image.mode)])
    clean.paste(image, mask=seen)  # a picture of our own leaves every kind of metadata behind
    return clean


def _in_mode(image: Image.Image, mode: str) -> Image.Image:
    """The picture in a mode; as it is where it has it, since `convert` would copy it."""
    return image if image.mode == mode else image.convert(mode)


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    in_place = image.mode in ("RGB", "RGBA")
    mode = {"inPlace": True} if in_place else {"outputMode": "RGB"}
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), **mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # a profile that cannot be read is no reason to refuse the photo
    return converted or image


def _encoded(image: Image.Image, format_name: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()
