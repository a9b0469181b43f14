from __future__ import annotations

import io
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import Image, ImageCms

from tests.factories import encoded, picture, upload
from webapp import decoding, uploads
from webapp.errors import Busy, OutOfMemory, UploadRefused
from webapp.models import Garment

ROOT = Path(__file__).parents[2]
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def decoded(clean: uploads.CleanPhoto) -> Image.Image:
    return Image.open(io.BytesIO(clean.data))


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP"])
def test_the_usual_formats_are_taken_whatever_their_name_says(format_name: str) -> None:
    clean = uploads.clean_photo(upload(encoded(picture(), format_name), name="photo.txt"))
    assert (clean.width, clean.height, clean.extension) == (120, 160, "jpg")
    assert decoded(clean).getpixel((60, 80)) == pytest.approx((120, 40, 60), abs=6)


def test_heic_is_taken() -> None:
    buffer = io.BytesIO()
    pillow_heif.from_pillow(picture()).save(buffer, quality=90)
    clean = uploads.clean_photo(upload(buffer.getvalue(), name="IMG_1.HEIC"))
    assert (clean.width, clean.height) == (120, 160)
    assert decoded(clean).format == "JPEG"


def test_the_camera_s_rotation_is_applied_and_its_metadata_dropped() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to show
    exif[0x010F] = "Secret Camera"
    clean = uploads.clean_photo(upload(encoded(picture(), "JPEG", exif=exif, quality=95)))
    assert (clean.width, clean.height) == (160, 120)
    result = decoded(clean)
    assert not result.getexif()
    assert b"Secret Camera" not in clean.data
    red, _, blue = result.getpixel((156, 4))  # the marked corner went from upper left to upper right
    assert blue > 200 > red


def test_transparency_is_kept() -> None:
    image = picture(mode="RGBA")
    image.putpixel((100, 150), (10, 20, 30, 0))
    for format_name, options in (("PNG", {}), ("WEBP", {"lossless": True})):
        clean = uploads.clean_photo(upload(encoded(image, format_name, **options)))
        assert clean.extension == "png"
        assert decoded(clean).mode == "RGBA"
        assert decoded(clean).getpixel((100, 150)) == (255, 255, 255, 0)  # what was cut away is not kept


def test_an_alpha_channel_that_hides_nothing_is_dropped() -> None:
    assert uploads.clean_photo(upload(encoded(picture(mode="RGBA"), "PNG"))).extension == "jpg"


def test_a_palette_with_a_transparent_colour_and_16_bit_grey_are_understood() -> None:
    palette = picture().convert("P")
    clean = uploads.clean_photo(upload(encoded(palette, "PNG", transparency=palette.getpixel((0, 0)))))
    assert decoded(clean).getpixel((0, 0))[3] == 0
    grey = Image.new("I;16", (80, 80), 0x8080)
    clean = uploads.clean_photo(upload(encoded(grey, "PNG")))
    assert decoded(clean).getpixel((40, 40)) == pytest.approx((128, 128, 128), abs=2)


def test_the_preview_is_a_webp_of_at_most_1024_pixels() -> None:
    clean = uploads.clean_photo(upload(encoded(picture(1500, 2000))))
    preview = Image.open(io.BytesIO(clean.preview))
    assert (preview.format, preview.size) == ("WEBP", (768, 1024))


def test_the_same_file_gives_the_same_bytes() -> None:
    data = encoded(picture())
    assert uploads.clean_photo(upload(data)).sha256 == uploads.clean_photo(upload(data)).sha256


def test_too_many_bytes_are_refused_with_the_limit(settings) -> None:
    settings.AIFASHION_MAX_UPLOAD_BYTES = 1024 * 1024
    with pytest.raises(UploadRefused, match="larger than 1 MB"):
        uploads.clean_photo(upload(b"x" * (1024 * 1024 + 1)))


def test_too_many_pixels_are_refused_before_they_are_decoded(settings, monkeypatch) -> None:
    settings.AIFASHION_MAX_UPLOAD_PIXELS = 1_000_000
    data = encoded(Image.new("RGB", (1200, 1000)), "PNG")
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("it was decoded"))
    with pytest.raises(UploadRefused, match="more than 1 megapixels"):
        uploads.clean_photo(upload(data))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a photo"),
        (b"\xff\xd8\xff\xe0 nonsense", "not a photo"),
        (encoded(picture(), "GIF"), "GIF files are not taken"),
        (encoded(picture(40, 300)), "only 40 x 300"),
        (encoded(picture(400, 400), "PNG")[:600], "damaged"),
        (encoded(picture(400, 400))[:-900], "damaged"),
    ],
)
def test_what_is_no_whole_photo_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UploadRefused, match=reason) as refusal:
        uploads.clean_photo(upload(data))
    assert refusal.value.message.endswith(".")


@pytest.mark.parametrize("kept_in_memory", [0, 2**30])
def test_of_an_endless_upload_little_more_than_the_limit_is_kept_and_it_is_refused(
    settings, rf, kept_in_memory
) -> None:
    settings.AIFASHION_MAX_UPLOAD_BYTES = 1024 * 1024
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = kept_in_memory
    request = rf.post("/", {"photo": upload(b"x" * 5 * 1024 * 1024), "after": "the file"})
    file = request.FILES["photo"]
    assert file.size <= 1024 * 1024 + 128 * 1024
    assert request.POST["after"] == "the file"
    with pytest.raises(UploadRefused, match="larger than 1 MB"):
        uploads.clean_photo(file)


def test_one_photo_is_decoded_at_a_time_and_the_others_wait_a_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "WAIT_S", 0.05)
    with decoding.one_at_a_time(), pytest.raises(Busy) as refusal:
        uploads.clean_photo(upload())
    assert (refusal.value.status, refusal.value.retry_after) == (503, 10)
    assert refusal.value.message.endswith("Try again in ten seconds.")
    monkeypatch.setattr(decoding, "WAIT_S", 30)
    with ThreadPoolExecutor() as pool:
        with decoding.one_at_a_time():
            waits = pool.submit(uploads.clean_photo, upload())
            with pytest.raises(TimeoutError):
                waits.result(0.2)
        assert waits.result(30).width == 120
    with pytest.raises(UploadRefused):
        uploads.clean_photo(upload(b"no photo"))
    assert uploads.clean_photo(upload()).width == 120  # a refusal gives its turn back


@pytest.mark.parametrize("format_name", ["JPEG", "PNG"])
def test_a_photo_for_which_memory_is_short_is_not_called_damaged(format_name: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", LITTLE_MEMORY, format_name], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert json.loads(run.stdout) == ["OutOfMemory", 503, 60, OutOfMemory().message]


@pytest.mark.parametrize(
    ("place", "name", "error"),
    [
        (uploads, "preview_of", MemoryError()),
        (Image.Image, "load", RuntimeError("Memory allocation error: Unspecified: Allocating 36000015 bytes failed")),
    ],
)
def test_memory_that_runs_out_anywhere_is_said_and_the_turn_is_given_back(monkeypatch, place, name, error) -> None:
    def full(*args: Any, **options: Any) -> None:
        raise error

    photo = upload()
    with monkeypatch.context() as little:
        little.setattr(place, name, full)
        with pytest.raises(OutOfMemory, match=r"short of memory.*Try again in a minute, or make the picture smaller"):
            uploads.clean_photo(photo)
    assert uploads.clean_photo(photo).width == 120


LITTLE_MEMORY = """
import io, json, resource, sys, django
django.setup()
from pathlib import Path
from PIL import Image
from webapp import uploads
from webapp.errors import ServiceError
photo, format_name = io.BytesIO(), sys.argv[1]
Image.radial_gradient("L").resize((4000, 4000)).convert("RGB").save(photo, format_name)
taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + 16 * 2**20, -1))
try:
    uploads.clean_photo(photo)
except ServiceError as error:
    print(json.dumps([type(error).__name__, error.status, error.retry_after, error.message]))
"""

# Read from /proc, where a 5 in clear_refs begins a new peak: getrusage tells what the parent had when it forked, too.
MEMORY = """
import io, django
django.setup()
from pathlib import Path
from PIL import Image
from webapp import uploads
def mib(name):
    return int(Path("/proc/self/status").read_text().split(name + ":")[1].split()[0]) / 1024
image = Image.new("RGBA", (4000, 4000), (200, 30, 30, 255))
image.paste((0, 0, 0, 0), (0, 0, 2000, 2000))
buffer = io.BytesIO()
image.save(buffer, {format!r}, **{options!r})
del image
Path("/proc/self/clear_refs").write_text("5")
before = mib("VmRSS")
uploads.clean_photo(buffer)
print(mib("VmHWM") - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("options", [{}, {"icc_profile": SRGB}])
def test_a_large_photo_is_in_memory_no_more_than_twice_at_a_time(options: dict[str, Any]) -> None:
    code = MEMORY.format(format="PNG", options={"compress_level": 1, **options})
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    once = 4 * 4000 * 4000 / 2**20
    assert float(run.stdout) < 2.6 * once  # and masks of a quarter of that


def test_a_garment_has_a_name_that_people_use() -> None:
    assert str(Garment(label="upper")) == "Top or coat"
    assert str(Garment(label="dress")) == "Dress"
