"""Pictures in and out: checked by decoding, turned upright, in sRGB, and never larger than allowed."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from segmentation.cells import reduced
from segmentation.errors import PhotoError

FORMATS = ("JPEG", "MPO", "PNG", "WEBP", "HEIF", "AVIF")
MAX_BYTES = 25 * 1024 * 1024
MAX_PIXELS = 64_000_000
MIN_SIDE = 32

pillow_heif.register_heif_opener()


def load_photo(source: str | Path | bytes, *, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Decode a JPEG, PNG, WebP or HEIC photo, upright, as RGB, or as RGBA where it has transparency.

    The size is checked from the header, before any pixel is decoded.

    Raises:
        PhotoError: the photo is missing, unreadable, of another kind, or outside the limits.
    """
    stream: io.BytesIO | Path
    if isinstance(source, bytes):
        name, size, stream = "This photo", len(source), io.BytesIO(source)
    else:
        path = Path(source)
        if not path.is_file():
            raise PhotoError(f"There is no photo at {path}. Check the path.")
        name, size, stream = path.name, path.stat().st_size, path
    if size > max_bytes:
        raise PhotoError(
            f"{name} has {size / 2**20:.1f} MB, more than the {max_bytes / 2**20:.0f} MB allowed. Save it smaller."
        )
    try:
        with warnings.catch_warnings():
            # Our own limit below is what counts, whatever Pillow's is.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(stream, formats=_known_formats())
    except Image.DecompressionBombError as error:
        raise PhotoError(
            f"{name} has more than the {max_pixels / 1e6:.0f} megapixels allowed. Save it smaller."
        ) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, KeyError) as error:
        raise PhotoError(f"{name} is not a picture we can read. Use a JPEG, PNG, WebP or HEIC photo.") from error
    with picture:
        width, height = picture.size
        if width * height > max_pixels:
            raise PhotoError(
                f"{name} has {width} x {height} pixels ({width * height / 1e6:.0f} megapixels), more than the "
                f"{max_pixels / 1e6:.0f} megapixels allowed. Save it smaller."
            )
        if min(width, height) < MIN_SIDE:
            raise PhotoError(f"{name} is only {width} x {height} pixels. Use a photo of at least {MIN_SIDE} pixels.")
        try:
            ImageOps.exif_transpose(picture, in_place=True)
            return _without_metadata(_to_rgb(_to_srgb(picture)))
        except MemoryError as error:
            raise MemoryError(
                f"{name} needs more memory than there is ({width} x {height} pixels). Save it smaller."
            ) from error
        except (OSError, ValueError, SyntaxError, EOFError) as error:
            raise PhotoError(f"{name} is damaged and cannot be read to its end. Export or send it again.") from error


def _known_formats() -> list[str]:
    """The formats above that this Pillow can read (MPO, of phones, is a JPEG to it)."""
    Image.init()
    return [kind for kind in FORMATS if kind in Image.OPEN]


def _to_srgb(picture: Image.Image) -> Image.Image:
    profile = picture.info.get("icc_profile")
    if picture.mode == "P" and "transparency" not in picture.info:
        picture = picture.convert("RGB")
    if not profile or picture.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return picture
    try:
        alpha = picture.getchannel("A") if picture.mode == "RGBA" else None
        colours = ImageCms.profileToProfile(
            picture.convert("RGB") if alpha else picture,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode="RGB",
        )
        if colours is None:
            return picture
        if alpha is not None:
            colours.putalpha(alpha)
        return colours
    except (ImageCms.PyCMSError, OSError):
        # A broken colour profile is no reason to refuse the photo: its numbers are taken as sRGB.
        return picture


def _to_rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I") or picture.mode == "F":
        values = np.asarray(picture).astype(np.float32)
        top = 65535.0 if values.max(initial=0) > 255 else 255.0
        return Image.fromarray(np.clip(values / top * 255, 0, 255).astype(np.uint8)).convert("RGB")
    if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        # An alpha channel without a transparent pixel says nothing.
        return picture if np.asarray(picture.getchannel("A")).min() < 255 else picture.convert("RGB")
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _without_metadata(picture: Image.Image) -> Image.Image:
    picture = picture.copy()
    picture.info = {}
    return picture


def pixels_of(photo: Image.Image | np.ndarray) -> np.ndarray:
    """A decoded photo as an array, uint8 (H, W, 3) RGB or, where it has transparency, (H, W, 4) RGBA.

    An array is taken for such pixels already and is not copied.
    """
    if isinstance(photo, np.ndarray):
        return photo
    has_alpha = photo.mode in ("RGBA", "LA", "PA") or "transparency" in photo.info
    mode = "RGBA" if has_alpha else "RGB"
    return np.asarray(photo if photo.mode == mode else photo.convert(mode))


def decode_own(data: bytes) -> np.ndarray:
    """The pixels, as `pixels_of` gives them, of a file that this project encoded: upright, in sRGB, without metadata.

    It skips what `load_photo` does for strangers' files, and takes half its time.

    Raises:
        PhotoError: the file is damaged.
    """
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.ndim != 3:
        raise PhotoError("This photo is damaged and cannot be read. Upload it again.")
    return cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGB, dst=pixels)


def thumbnail_of(pixels: np.ndarray, side: int) -> Image.Image:
    """A small copy whose longer side is at most `side`, averaged over areas."""
    share = min(1, side / max(pixels.shape[:2]))
    size = (max(1, round(pixels.shape[1] * share)), max(1, round(pixels.shape[0] * share)))
    return Image.fromarray(reduced(pixels, size))


def encode_png(pixels: np.ndarray) -> bytes:
    """A picture as PNG: uint8 (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA.

    For speed, photos are only Huffman-coded after the average filter: at 12 megapixels that took about a third of the
    time of Pillow's fastest level here, for a file a fifth smaller. Masks are flat, so they are deflated unfiltered.
    """
    if pixels.ndim == 2:
        options = (cv2.IMWRITE_PNG_STRATEGY_DEFAULT, cv2.IMWRITE_PNG_FILTER_NONE)
    else:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA if pixels.shape[2] == 4 else cv2.COLOR_RGB2BGR)
        options = (cv2.IMWRITE_PNG_STRATEGY_HUFFMAN_ONLY, cv2.IMWRITE_PNG_FILTER_AVG)
    strategy, row_filter = options
    settings = [cv2.IMWRITE_PNG_STRATEGY, strategy, cv2.IMWRITE_PNG_FILTER, row_filter]
    written, data = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1, *settings])
    if not written:
        raise PhotoError(f"A picture of {pixels.shape[1]} x {pixels.shape[0]} pixels could not be written as PNG.")
    return data.tobytes()
