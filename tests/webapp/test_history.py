"""The history over HTTP: narrowed down, many things at once, downloads, and designs that are shared by a link."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from tests import factories
from tests.site_calls import browser
from webapp import decoding, exports, files, services
from webapp.models import Collection, Design, Job, Pattern, Photo, Share
from webapp.ownership import Owner

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Designer:
    """A browser with a design, its photo, its print, and a second print."""

    client: Client
    owner: Owner
    design: Design
    pattern: Pattern
    second: Pattern

    def do(self, what: str, **data: Any) -> Any:
        return self.client.post(reverse("selected"), {"do": what, "next": "/history/", **data})

    def page(self, **asked: Any) -> str:
        return self.client.get(reverse("history"), asked).content.decode()


@pytest.fixture
def designer(sent: list) -> Designer:
    owner = factories.visitor()
    design = factories.design(owner)
    return Designer(browser(owner), owner, design, Pattern.objects.get(), factories.pattern(owner, seed=8))


def body(response: Any) -> bytes:
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def test_several_things_come_as_a_zip_with_their_parameters(designer: Designer) -> None:
    printed = factories.printed(designer.owner, designer.pattern)
    response = designer.do(
        "download",
        pattern=[designer.pattern.pk, designer.second.pk],
        design=designer.design.pk,
        photo=designer.design.photo_id,
        file=printed.pk,
        format="jpg",
        side=1024,
    )
    assert response.streaming
    archive = zipfile.ZipFile(io.BytesIO(body(response)))
    assert archive.testzip() is None
    short, photo = str(designer.design.pk)[:8], str(designer.design.photo_id)[:8]
    pictures = ["prints/floral-7-64px.jpg", "prints/floral-8-64px.jpg", f"designs/design-{short}.jpg"]
    kept = [f"photos/photo-{photo}.jpg", "print-files/floral-7-basic-1cm-72dpi.png"]
    assert sorted(archive.namelist()) == sorted([*pictures, *kept, "parameters.json"])
    for name in [*pictures, *kept]:
        Image.open(archive.open(name)).load()
    about = {entry["file"]: entry for entry in json.loads(archive.read("parameters.json"))}
    assert (about[pictures[1]]["seed"], about[pictures[1]]["version"]) == (8, 1)


def test_a_zip_names_the_file_that_is_gone_and_holds_the_others(designer: Designer) -> None:
    files.delete_keys(designer.pattern.image_key)
    response = designer.do("download", pattern=[designer.pattern.pk, designer.second.pk])
    archive = zipfile.ZipFile(io.BytesIO(body(response)))
    assert "prints/floral-8-64px.png" in archive.namelist()
    assert b"prints/floral-7-64px.png" in archive.read("not-included.txt")


def test_a_download_for_which_memory_is_short_says_so_and_a_zip_goes_on(designer: Designer, monkeypatch) -> None:
    real = exports._opened

    def opened(data: bytes, side: int | None) -> Image.Image:
        if data == files.read_bytes(designer.pattern.image_key):
            raise MemoryError
        return real(data, side)

    monkeypatch.setattr(exports, "_opened", opened)
    designer.do("download", pattern=designer.pattern.pk, format="jpg")
    assert "short of memory" in designer.page()
    files.store_bytes(designer.second.image_key, factories.encoded(factories.picture(64, 64), "PNG"))
    response = designer.do("download", pattern=[designer.pattern.pk, designer.second.pk], format="jpg")
    archive = zipfile.ZipFile(io.BytesIO(body(response)))
    assert "prints/floral-8-64px.jpg" in archive.namelist()
    assert b"prints/floral-7-64px.jpg" in archive.read("not-included.txt")


@pytest.mark.parametrize(("extension", "kind"), [("png", "PNG"), ("jpg", "JPEG"), ("tif", "TIFF")])
def test_one_thing_comes_as_itself_in_the_size_asked_for(designer: Designer, extension: str, kind: str) -> None:
    key = designer.design.image_key
    files.store_bytes(key, factories.encoded(factories.picture(1500, 2000), "PNG"))
    whole = Image.open(io.BytesIO(body(designer.do("download", design=designer.design.pk, format=extension))))
    small = Image.open(
        io.BytesIO(body(designer.do("download", design=designer.design.pk, format=extension, side=1024)))
    )
    assert (whole.format, whole.size, small.format, small.size) == (kind, (1500, 2000), kind, (768, 1024))


@pytest.mark.parametrize(
    ("what", "data", "message"),
    [
        ("download", {}, "Select 1 to 200 things first"),
        ("fly", {}, "Choose what to do"),
        ("download", {"pattern": "mine", "format": "gif"}, "PNG, JPEG or TIFF"),
        ("download", {"pattern": "mine", "side": "99999"}, "in a size that the list offers"),
        ("collect", {"pattern": "mine"}, "Choose a collection"),
        ("print", {"pattern": "mine", "repeat": "basic"}, "Width of a tile"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_remedy(
    designer: Designer, what: str, data: dict, message: str
) -> None:
    data = {name: designer.pattern.pk if value == "mine" else value for name, value in data.items()}
    assert designer.do(what, **data).status_code == 302
    assert message in designer.page()
    assert not Job.objects.exists()


def test_hidden_things_leave_the_history_until_they_are_asked_for(designer: Designer) -> None:
    designer.do("hide", pattern=designer.second.pk, design=designer.design.pk)
    shown, hidden = designer.page(), designer.page(hidden=1)
    assert (str(designer.second.pk) in shown, str(designer.design.pk) in shown) == (False, False)
    assert (str(designer.second.pk) in hidden, str(designer.design.pk) in hidden) == (True, True)
    assert f"?pattern={designer.pattern.pk}" not in hidden
    designer.do("show", pattern=designer.second.pk)
    assert str(designer.second.pk) in designer.page()


def test_the_history_is_narrowed_by_category_favourite_and_collection(designer: Designer) -> None:
    designer.do("favourite", pattern=designer.second.pk)
    designer.do("collect", design=designer.design.pk, new_collection="Spring")
    collection = Collection.objects.get()
    second, design = f"pattern={designer.second.pk}#", f"design={designer.design.pk}&"
    for asked, has_print, has_design in (
        ({"favourite": 1}, True, False),
        ({"collection": collection.pk}, False, True),
        ({"category": "floral"}, True, True),
        ({"category": "striped"}, False, False),
    ):
        page = designer.page(**asked)
        assert (second in page, design in page) == (has_print, has_design), asked
    designer.do("take-out", design=designer.design.pk, from_collection=collection.pk)
    assert design not in designer.page(collection=collection.pk)


def test_deleting_several_asks_first_and_takes_the_files(designer: Designer, stored: Callable) -> None:
    chosen = {"photo": designer.design.photo_id, "pattern": [designer.pattern.pk, designer.second.pk]}
    page = designer.do("delete", **chosen).content.decode()
    assert "Delete these for good?" in page
    assert Pattern.objects.count() == 2
    assert str(designer.second.pk) in page
    assert designer.do("delete", sure=1, **chosen).status_code == 302
    assert stored() == []
    assert not any(model.objects.exists() for model in (Pattern, Photo, Design))


def test_print_files_of_several_prints_are_queued_and_listed(designer: Designer, sent: list) -> None:
    asked = {"repeat": "half-drop", "tile_cm": 8, "dpi": 150, "extension": "tif"}
    response = designer.do("print", pattern=[designer.pattern.pk, designer.second.pk], **asked)
    assert response["Location"] == "/history/#files"
    assert sent == ["generate"] * 2
    assert "half-drop · 8 cm · 150 dpi · TIF" in re.sub(r"\s+", " ", designer.page())


def test_a_picture_waits_its_turn_to_be_made_another_format(
    designer: Designer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "WAIT_S", 0.01)
    png, jpg = (reverse("download_design", args=[designer.design.pk, extension]) for extension in ("png", "jpg"))
    with decoding.one_at_a_time():
        assert designer.client.get(png).status_code == 200  # as it is stored
        refused = designer.client.get(jpg, follow=True)
    assert "Other pictures are being read" in refused.content.decode()
    assert designer.client.get(jpg)["Content-Type"] == "image/jpeg"


# Links to share


def test_a_shared_design_shows_its_picture_and_its_seeds_and_nothing_else(designer: Designer) -> None:
    job = services.create_design(
        owner=designer.owner, photo=designer.design.photo, layers=[services.LayerInput(pattern=designer.pattern)]
    )
    Design.objects.filter(pk=job.design_id).update(image_key=designer.design.image_key)
    design = Design.objects.get(pk=job.design_id)
    exif = Image.Exif()
    exif[0x010E] = "a private note"
    files.store_bytes(design.image_key, factories.encoded(factories.picture(), "PNG", exif=exif))
    designer.client.post(reverse("share_design", args=[design.pk]))
    address = reverse("shared", args=[Share.objects.get().token])
    assert address in designer.page()

    answer = Client().get(address)
    page = answer.content.decode()
    assert "Floral · seed 7" in page
    assert answer["X-Robots-Tag"].startswith("noindex")
    assert answer["Referrer-Policy"] == "no-referrer"
    photo = design.photo
    for secret in (photo.pk, photo.image_key, photo.original_name, design.pk, designer.owner.visitor, "/files/"):
        assert str(secret) not in page

    picture = Client().get(re.search(r'<img class="picture" src="([^"]+)"', page).group(1))
    assert picture["X-Robots-Tag"].startswith("noindex")
    data = picture.getvalue()
    assert b"a private note" not in data
    image = Image.open(io.BytesIO(data))
    assert (image.format, image.size, dict(image.getexif())) == ("JPEG", (120, 160), {})


def test_a_shared_picture_is_made_once_and_kept_by_browsers_until_its_link_ends(
    designer: Designer, monkeypatch: pytest.MonkeyPatch, stored: Any
) -> None:
    design = designer.design
    share = services.share_design(owner=designer.owner, design=design)
    address = reverse("shared_picture", args=[share.token])
    first = Client().get(address)
    monkeypatch.setattr(exports, "_encoded", lambda *_, **__: pytest.fail("it was made again"))
    assert first.getvalue() == Client().get(address).getvalue() == files.read_bytes(design.shared_key)
    assert "no-cache" in first["Cache-Control"]  # kept, but asked for each time
    assert "no-store" not in first["Cache-Control"]
    kept = {"HTTP_IF_NONE_MATCH": first["ETag"]}
    again = Client().get(address, **kept)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    services.revoke_share(owner=designer.owner, share=share)
    assert Client().get(address, **kept).status_code == 404
    services.delete_design(owner=designer.owner, design=design)
    assert not [key for key in stored() if key.startswith("designs/")]


def test_a_shared_picture_that_gets_no_turn_to_be_made_says_when_to_ask_again(
    designer: Designer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "WAIT_S", 0.01)
    share = services.share_design(owner=designer.owner, design=designer.design)
    address = reverse("shared_picture", args=[share.token])
    with decoding.one_at_a_time():
        busy = Client().get(address)
    assert (busy.status_code, busy["Retry-After"]) == (503, "10")
    assert "Try again" in busy.content.decode()
    assert Client().get(address).status_code == 200


@pytest.mark.parametrize("end", ["revoked", "deleted", "photo deleted"])
def test_a_link_that_ended_says_so_with_404(designer: Designer, end: str) -> None:
    share = services.share_design(owner=designer.owner, design=designer.design)
    addresses = [reverse(name, args=[share.token]) for name in ("shared", "shared_picture")]
    assert [Client().get(address).status_code for address in addresses] == [200, 200]
    if end == "revoked":
        designer.client.post(reverse("revoke_share", args=[share.pk]))
    elif end == "deleted":
        services.delete_design(owner=designer.owner, design=designer.design)
    else:
        services.delete_photo(owner=designer.owner, photo=designer.design.photo)
    assert [Client().get(address).status_code for address in addresses] == [404, 404]
    assert "revoked the link or deleted the design" in Client().get(addresses[0]).content.decode()
