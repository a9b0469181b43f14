from __future__ import annotations

import io
import struct

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from segmentation import PhotoError, decode_own, encode_png, load_photo, pixels_of, thumbnail_of
from segmentation.cells import reduced


def picture(width: int = 60, height: int = 40, mode: str = "RGB") -> Image.Image:
    y, x = np.mgrid[:height, :width]
    pixels = np.stack([x * 4, y * 6, x + y, 255 - x], axis=-1).clip(0, 255).astype(np.uint8)
    return Image.fromarray(pixels, "RGBA").convert(mode)


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_every_kind_of_photo_is_read(kind):
    photo = load_photo(encoded(picture(), kind))
    assert photo.mode == "RGB"
    assert photo.size == (60, 40)


def test_a_rotated_phone_photo_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = load_photo(encoded(picture(), "JPEG", exif=exif.tobytes()))
    assert photo.size == (40, 60)
    assert not photo.getexif()


def test_transparency_is_kept_and_an_opaque_alpha_channel_dropped():
    assert load_photo(encoded(picture(mode="RGBA"), "PNG")).mode == "RGBA"
    opaque = picture()
    opaque.putalpha(255)
    assert load_photo(encoded(opaque, "PNG")).mode == "RGB"


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "LA", "1"])
def test_other_colour_modes_become_rgb_or_rgba(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert load_photo(encoded(picture(mode=mode), kind)).mode in ("RGB", "RGBA")


def grey_profile() -> bytes:
    """An ICC profile of grey whose values are light itself (version 2.1: header, white point, curve of gamma 1)."""
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 0xF6D6, 0x10000, 0xD32D)
    curve = b"curv\0\0\0\0" + struct.pack(">I", 0)
    start = 128 + 4 + 2 * 12
    tags = struct.pack(">I", 2) + b"wtpt" + struct.pack(">2I", start, len(white))
    tags += b"kTRC" + struct.pack(">2I", start + len(white), len(curve))
    header = bytearray(128)
    header[0:4] = struct.pack(">I", start + len(white) + len(curve))
    header[8:24] = b"\x02\x10\0\0mntrGRAYXYZ "
    header[36:40] = b"acsp"
    header[68:80] = struct.pack(">3i", 0xF6D6, 0x10000, 0xD32D)
    return bytes(header) + tags + white + curve


@pytest.mark.parametrize("mode", ["L", "P", "RGB"])
def test_a_photo_of_any_mode_is_turned_to_srgb_by_its_profile(mode, monkeypatch):
    profile = grey_profile() if mode == "L" else ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    stored = io.BytesIO()
    Image.new("L", (40, 40), 55).convert(mode).save(stored, "PNG", icc_profile=profile)
    used = []
    convert = ImageCms.profileToProfile
    monkeypatch.setattr(ImageCms, "profileToProfile", lambda *a, **more: used.append(a[0].mode) or convert(*a, **more))
    seen = load_photo(stored.getvalue()).getpixel((5, 5))
    # Light of 55 / 255 is 128 in sRGB.
    assert seen == pytest.approx((128,) * 3 if mode == "L" else (55,) * 3, abs=2)
    assert used == ["RGB" if mode == "P" else mode]


def test_a_photo_of_printing_inks_is_turned_to_srgb_by_its_profile(monkeypatch):
    asked = []

    def turned(inks, *_profiles, outputMode):
        asked.append(inks.mode)
        return Image.new(outputMode, inks.size, (1, 2, 3))

    # No profile of printing inks is free to ship: what is asked for is looked at, and used.
    monkeypatch.setattr(ImageCms, "profileToProfile", turned)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    stored = io.BytesIO()
    picture(mode="CMYK").save(stored, "JPEG", icc_profile=profile)
    assert load_photo(stored.getvalue()).getpixel((5, 5)) == (1, 2, 3)
    assert asked == ["CMYK"]


def test_memory_that_runs_out_is_not_the_photos_fault(monkeypatch):
    def full(_picture):
        raise MemoryError

    monkeypatch.setattr("segmentation.photo._to_srgb", full)
    with pytest.raises(MemoryError, match="This photo needs more memory than there is"):
        load_photo(encoded(picture(), "PNG"))


def test_sixteen_bit_greys_keep_their_brightness():
    grey = Image.fromarray(np.full((40, 40), 32768, np.uint16))
    assert load_photo(encoded(grey, "PNG")).getpixel((5, 5)) == (127, 127, 127)


def test_what_is_no_photo_is_refused_in_words(tmp_path):
    with pytest.raises(PhotoError, match="JPEG, PNG, WebP or HEIC"):
        load_photo(b"GIF89a nothing of the kind")
    with pytest.raises(PhotoError, match="no photo at"):
        load_photo(tmp_path / "absent.jpg")
    with pytest.raises(PhotoError, match="JPEG, PNG, WebP or HEIC"):
        load_photo(encoded(picture(), "GIF"))


def test_a_photo_that_ends_in_the_middle_is_refused():
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (200, 200, 3), dtype=np.uint8))
    with pytest.raises(PhotoError, match="damaged"):
        load_photo(encoded(noise, "PNG")[:60_000])


def test_limits_are_checked_before_decoding():
    data = encoded(picture(), "PNG")
    with pytest.raises(PhotoError, match="megapixels allowed"):
        load_photo(data[:200], max_pixels=1000)
    with pytest.raises(PhotoError, match="MB allowed"):
        load_photo(data, max_bytes=50)
    with pytest.raises(PhotoError, match="at least 32 pixels"):
        load_photo(encoded(picture(20, 20), "PNG"))


@pytest.mark.parametrize("shape", [(40, 30), (40, 30, 3), (40, 30, 4)])
def test_a_png_gives_its_pixels_back(shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(encode_png(pixels)))), pixels)


def test_a_thumbnail_keeps_the_shape_and_never_enlarges():
    assert thumbnail_of(np.zeros((300, 600, 3), np.uint8), 200).size == (200, 100)
    assert thumbnail_of(np.zeros((30, 60, 4), np.uint8), 200).size == (60, 30)


@pytest.mark.parametrize("sides", [(640, 480), (1288, 964), (641, 483)])
def test_reducing_by_halves_gives_nearly_what_one_reduction_gives(sides):
    rows, columns = np.mgrid[: sides[0], : sides[1]] / 40
    pixels = (127 + 120 * np.sin(rows) * np.cos(columns)).astype(np.uint8)
    at_once = cv2.resize(pixels, (100, 130), interpolation=cv2.INTER_AREA)
    assert np.abs(reduced(pixels, (100, 130)).astype(int) - at_once).max() <= 2


@pytest.mark.parametrize(("mode", "kind"), [("RGB", "JPEG"), ("RGB", "PNG"), ("RGBA", "PNG"), ("RGB", "WEBP")])
def test_a_file_of_our_own_gives_the_pixels_that_the_careful_reading_gives(mode, kind):
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, len(mode))).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, kind, **({"quality": 95, "subsampling": 0} if kind == "JPEG" else {}))
    careful = pixels_of(load_photo(buffer.getvalue()))
    assert np.abs(decode_own(buffer.getvalue()).astype(int) - careful).max() <= (0 if kind == "PNG" else 2)


def test_a_damaged_file_of_our_own_is_named():
    with pytest.raises(PhotoError, match="damaged"):
        decode_own(b"\x89PNG\r\n nothing more")
