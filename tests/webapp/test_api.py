"""The API: the trip through it, what belongs to whom, how it says no. tests/e2e has a trip with real workers."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from PIL import Image

from tests import factories
from webapp import decoding, services
from webapp.api.app import api
from webapp.errors import ServiceError
from webapp.models import ApiToken, Collection, Design, Job, ModelVersion, Pattern, Photo
from webapp.ownership import Owner

pytestmark = pytest.mark.django_db

DOCUMENT = json.loads(json.dumps(api.document))
OPERATIONS = [
    (method.upper(), path, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


class Program:
    """What a person's program does with a token."""

    def __init__(self, name: str = "dana", **options: Any) -> None:
        self.owner = factories.account(name)
        self.token, self.text = services.create_token(user=self.owner.user, name="script")
        self.client = Client(headers={"Authorization": f"Bearer {self.text}"}, **options)

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> HttpResponse:
        data = "" if body is None else json.dumps(body)
        options.setdefault("content_type", "application/json")
        return self.client.generic(method, f"/api/v1{path}", data, **options)

    def get(self, path: str) -> Any:
        response = self.ask("GET", path)
        assert response.status_code == 200, response.content
        return response.json()

    def post(self, path: str, body: Any = None, status: int = 202) -> Any:
        response = self.ask("POST", path, body)
        assert response.status_code == status, response.content
        return response.json()

    def upload(self, data: bytes | None = None, **fields: Any) -> HttpResponse:
        return self.client.post("/api/v1/photos", {"photo": factories.upload(data), **fields})


@pytest.fixture
def dana(sent: Any) -> Program:
    return Program()


def refusal(response: HttpResponse, status: int) -> dict[str, Any]:
    """The error of a response in the one shape that all have."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/json"
    body = response.json()
    assert body.keys() == {"error"}
    assert body["error"].keys() <= {"code", "message", "fields"}
    assert body["error"]["message"]
    return body["error"]


def test_prints_are_drawn_and_described_with_their_jobs(dana: Program, sent: list) -> None:
    factories.version()
    made = dana.post("/patterns", {"category": "floral", "count": 2, "seed": 7})["items"]
    assert [(row["seed"], row["category"], row["ready"], row["image"]) for row in made] == [
        (7, "floral", False, None),
        (8, "floral", False, None),
    ]
    assert [row["job"]["state"] for row in made] == ["queued", "queued"]
    assert [row["job"]["place"] for row in made] == [1, 2]
    assert sent == ["generate"] * 2
    assert Pattern.objects.owned_by(dana.owner).count() == 2
    job = dana.get(f"/jobs/{made[0]['job']['id']}")
    assert (job["kind"], job["pattern"]) == ("generate", made[0]["id"])


def test_a_print_is_varied_mixed_recoloured_marked_and_deleted(dana: Program, stored: Any) -> None:
    one, other = factories.pattern(dana.owner), factories.pattern(dana.owner, seed=9)
    varied = dana.post(f"/patterns/{one.pk}/variations", {"count": 3, "share": 0.2})["items"]
    assert [row["mixes"][0]["share"] for row in varied] == [0.2] * 3
    mixed = dana.post(f"/patterns/{one.pk}/mix", {"other": str(other.pk), "share": 0.5})
    assert (mixed["seed"], mixed["mixes"]) == (7, [{"seed": 9, "share": 0.5}])
    assert dana.post(f"/patterns/{one.pk}/recolour", {"palette": ["#AA0000"]})["palette"] == ["#aa0000"]
    assert dana.ask("PATCH", f"/patterns/{one.pk}", {"favourite": True}).json()["favourite"]
    assert [row["id"] for row in dana.get("/patterns?favourite=true")["items"]] == [str(one.pk)]
    files = stored()
    assert dana.ask("DELETE", f"/patterns/{one.pk}").status_code == 204
    refusal(dana.ask("GET", f"/patterns/{one.pk}"), 404)
    assert set(files) - set(stored()) == {one.image_key}


def test_a_picture_comes_in_the_format_and_size_that_was_asked_for(dana: Program) -> None:
    row = factories.pattern(dana.owner, size=128)
    address = dana.get(f"/patterns/{row.pk}")["image"].removeprefix("http://testserver/api/v1")
    for query, expected in (("", ("PNG", 128)), ("?format=jpg&side=32", ("JPEG", 32)), ("?format=tif", ("TIFF", 128))):
        response = dana.ask("GET", address + query)
        picture = Image.open(io.BytesIO(b"".join(response.streaming_content)))
        assert (picture.format, picture.width) == expected
    assert response["Content-Disposition"] == 'attachment; filename="floral-7-128px.tif"'
    unfinished = factories.pattern(dana.owner, ready=False)
    assert refusal(dana.ask("GET", f"/patterns/{unfinished.pk}/image"), 409)["code"] == "not_ready"
    assert refusal(dana.ask("GET", address + "?format=gif"), 422)["fields"][0]["field"] == "format"


def test_a_print_file_is_made_listed_downloaded_and_deleted(dana: Program, stored: Any) -> None:
    row = factories.pattern(dana.owner)
    asked = {"repeat": "half-drop", "tile_cm": 20, "dpi": 150, "format": "tif"}
    made = dana.post(f"/patterns/{row.pk}/print-files", asked)
    assert asked.items() <= made.items()
    assert not made["ready"]
    refusal(dana.ask("GET", f"/print-files/{made['id']}/file"), 409)
    done = factories.printed(dana.owner, row)
    assert {file["id"]: file["ready"] for file in dana.get("/print-files")["items"]} == {
        made["id"]: False,
        str(done.pk): True,
    }
    response = dana.ask("GET", f"/print-files/{done.pk}/file")
    assert Image.open(io.BytesIO(b"".join(response.streaming_content))).size == (28, 28)
    assert dana.ask("DELETE", f"/print-files/{done.pk}").status_code == 204
    assert done.file_key not in stored()


def test_a_photo_is_uploaded_and_searched_once(dana: Program, sent: list) -> None:
    response = dana.upload()
    assert response.status_code == 201, response.content
    photo = response.json()
    assert (photo["width"], photo["height"], photo["ready"], photo["mask"]) == (120, 160, False, None)
    assert dana.post(f"/photos/{photo['id']}/segment")["id"] == photo["job"]["id"]
    assert len(sent) == 1
    refusal(dana.ask("GET", f"/photos/{photo['id']}/mask"), 409)
    assert dana.upload(segment="false").json()["job"] is None
    assert dana.get("/photos")["count"] == 2
    assert dana.ask("DELETE", f"/photos/{photo['id']}").status_code == 204
    assert dana.get("/photos")["count"] == 1


def test_garments_and_their_masks_are_read(dana: Program) -> None:
    row = factories.segmented_photo(dana.owner)
    photo = dana.get(f"/photos/{row.pk}")
    assert [(one["label"], one["name"]) for one in photo["garments"]] == [("upper", "Top or coat")]
    assert dana.get(f"/photos/{row.pk}/garments")["items"] == photo["garments"]
    for address in (photo["mask"], photo["garments"][0]["mask"], photo["image"]):
        response = dana.client.get(address)
        assert Image.open(io.BytesIO(b"".join(response.streaming_content))).size == (120, 160)
    other = factories.segmented_photo(dana.owner)
    refusal(dana.ask("GET", f"/photos/{other.pk}/garments/{photo['garments'][0]['id']}/mask"), 404)


def test_a_mask_is_corrected_and_taken_back(dana: Program) -> None:
    row = factories.segmented_photo(dana.owner)
    garment = row.garments.get()
    strokes = [{"mode": "erase", "radius": 8, "points": [[10, 10], [20.5, 12]]}]
    job = dana.post(f"/photos/{row.pk}/corrections", {"garment": str(garment.pk), "strokes": strokes})
    assert job["kind"] == "preview"
    assert row.corrections.get().strokes == [{"mode": "erase", "radius": 8.0, "points": [[10.0, 10.0], [20.5, 12.0]]}]
    dana.post(f"/photos/{row.pk}/corrections/undo", {"garment": str(garment.pk)})
    assert not row.corrections.exists()
    asked = {"garment": "new", "label": "hat", "strokes": [{**strokes[0], "mode": "add"}]}
    assert "upper" in refusal(dana.ask("POST", f"/photos/{row.pk}/corrections", asked), 400)["message"]


def test_a_design_is_composed_shared_and_deleted(dana: Program, stored: Any) -> None:
    photo, tile = factories.segmented_photo(dana.owner), factories.pattern(dana.owner)
    garment = photo.garments.get()
    layers = [{"pattern": str(tile.pk)}, {"pattern": str(tile.pk), "garment": str(garment.pk), "repeat_cm": 12.5}]
    made = dana.post("/designs", {"photo": str(photo.pk), "layers": layers})
    assert made["job"]["kind"] == "compose"
    assert [(one["label"], one["repeat_cm"], one["pattern"]) for one in made["layers"]] == [
        ("all", 40.0, str(tile.pk)),
        ("upper", 12.5, str(tile.pk)),
    ]
    refusal(dana.ask("POST", f"/designs/{made['id']}/share"), 409)

    ModelVersion.objects.update(header={"sampling": {"finisher": {"features": 4, "blocks": 1}}})
    fine = dana.post("/designs", {"photo": str(photo.pk), "layers": layers})
    assert [one["repeat_cm"] for one in fine["layers"]] == [20.0, 12.5]
    assert dana.post(f"/patterns/{tile.pk}/print-files", {})["tile_cm"] == 20.0

    ready = factories.design(dana.owner)
    ready.parameters = Design.objects.get(pk=made["id"]).parameters
    ready.save()
    link = dana.post(f"/designs/{ready.pk}/share", status=200)
    assert dana.post(f"/designs/{ready.pk}/share", status=200) == link
    assert dana.get(f"/designs/{ready.pk}")["share"] == link
    anyone = Client()
    assert anyone.get(link["url"]).status_code == 200
    assert dana.ask("DELETE", f"/designs/{ready.pk}/share").status_code == 204
    assert anyone.get(link["url"]).status_code == 404
    refusal(dana.ask("DELETE", f"/designs/{ready.pk}/share"), 404)
    assert dana.ask("DELETE", f"/designs/{ready.pk}").status_code == 204
    assert ready.image_key not in stored()


def test_a_stock_garment_is_dressed_and_not_deleted(dana: Program) -> None:
    stock, tile = factories.stock_photo(), factories.pattern(dana.owner)
    assert [row["stock"] for row in dana.get("/photos?stock=true")["items"]] == ["dress"]
    assert dana.get("/photos")["count"] == 0
    dana.post("/designs", {"photo": str(stock.pk), "layers": [{"pattern": str(tile.pk)}]})
    refusal(dana.ask("DELETE", f"/photos/{stock.pk}"), 404)
    assert refusal(dana.ask("POST", f"/photos/{stock.pk}/segment"), 404)
    assert Photo.objects.filter(pk=stock.pk).exists()


def test_a_job_is_cancelled_and_tried_again(dana: Program) -> None:
    row = factories.job(dana.owner, pattern=factories.pattern(dana.owner, ready=False))
    assert dana.post(f"/jobs/{row.pk}/cancel", status=200)["state"] == "cancelled"
    assert dana.get("/jobs?state=queued")["count"] == 0
    assert dana.post(f"/jobs/{row.pk}/retry")["state"] == "queued"
    assert refusal(dana.ask("POST", f"/jobs/{row.pk}/retry"), 403)["code"] == "not_allowed"
    factories.job(dana.owner, "train")
    assert [job["kind"] for job in dana.get("/jobs")["items"]] == ["generate"]  # the staff's own are for the admin


def test_a_collection_is_made_filled_renamed_emptied_and_deleted(dana: Program) -> None:
    design = factories.design(dana.owner)
    tile = Pattern.objects.owned_by(dana.owner).get()
    made = dana.post("/collections", {"name": "  Spring  2027 "}, status=201)
    assert (made["name"], made["patterns"], made["designs"]) == ("Spring 2027", 0, 0)
    asked = {"patterns": [str(tile.pk)], "designs": [str(design.pk)]}
    address = f"/collections/{made['id']}"
    filled = dana.post(f"{address}/add", asked, status=200)
    assert (filled["patterns"], filled["designs"]) == (1, 1)
    factories.pattern(dana.owner, seed=8)
    for name, pk in (("patterns", tile.pk), ("designs", design.pk)):
        assert [row["id"] for row in dana.get(f"/{name}?collection={made['id']}")["items"]] == [str(pk)]
    assert dana.ask("PATCH", address, {"name": "Summer"}).json()["name"] == "Summer"
    assert dana.post(f"{address}/remove", {"patterns": [str(tile.pk)]}, status=200)["patterns"] == 0
    assert dana.ask("DELETE", address).status_code == 204
    assert dana.get("/collections")["count"] == 0
    assert dana.get("/patterns")["count"] == 2


def test_many_things_come_in_one_zip_and_one_thing_as_itself(dana: Program) -> None:
    design = factories.design(dana.owner)
    tile = Pattern.objects.owned_by(dana.owner).get()
    done = factories.printed(dana.owner, tile)
    waiting = factories.job(dana.owner, "print", pattern=tile, params=done.params)
    files = [str(done.pk), str(waiting.pk)]
    asked = {"patterns": [str(tile.pk)], "designs": [str(design.pk)], "photos": [str(design.photo_id)]}
    response = dana.ask("POST", "/downloads", {**asked, "print_files": files, "format": "jpg", "side": 32})
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as archive:
        names = {name.partition("/")[0] for name in archive.namelist()}
        picture = Image.open(archive.open(next(name for name in archive.namelist() if name.startswith("designs"))))
    assert names == {"prints", "designs", "photos", "print-files", "parameters.json"}
    assert (picture.format, max(picture.size)) == ("JPEG", 32)
    response = dana.ask("POST", "/downloads", {"patterns": [str(tile.pk)]})
    assert Image.open(io.BytesIO(b"".join(response.streaming_content))).format == "PNG"
    refusal(dana.ask("POST", "/downloads", {"print_files": files[1:]}), 409)
    refusal(dana.ask("POST", "/downloads", {}), 400)


def ids_of(owner: Owner) -> dict[str, uuid.UUID]:
    """One of everything, by its name in addresses."""
    design = factories.design(owner)
    tile = Pattern.objects.owned_by(owner).get()
    return {
        "pattern": tile.pk,
        "photo": design.photo_id,
        "garment": design.photo.garments.get().pk,
        "design": design.pk,
        "print_file": factories.printed(owner, tile).pk,
        "job": factories.job(owner, pattern=tile).pk,
        "collection": services.create_collection(owner=owner, name="Spring").pk,
    }


BODIES = {
    "rename_collection": {"name": "Summer"},
    "mix_patterns": {"other": str(uuid.UUID(int=1))},
    "recolour_pattern": {"palette": ["#aa0000"]},
    "correct_garment": {"garment": "all", "strokes": [{"mode": "add", "radius": 5, "points": [[1, 1]]}]},
    "undo_correction": {"garment": "all"},
}


def test_what_is_someone_elses_is_not_there(dana: Program) -> None:
    others = ids_of(Program("noor").owner)
    rows = {model: list(model.objects.order_by("pk").values()) for model in (Pattern, Photo, Design, Job, Collection)}
    asked = [one for one in OPERATIONS if "{" in one[1] and "{slug}" not in one[1]]
    assert len(asked) > 20
    for method, path, operation in asked:
        body = BODIES.get(operation["operationId"], {})
        refused = dana.ask(method, path.removeprefix("/api/v1").format(**others), body)
        assert refusal(refused, 404)["code"] == "not_found", operation["operationId"]
    assert {model: list(model.objects.order_by("pk").values()) for model in rows} == rows
    for name in ("patterns", "photos", "designs", "jobs", "print-files", "collections"):
        assert dana.get(f"/{name}") == {"items": [], "count": 0}


def test_what_is_someone_elses_cannot_be_used(dana: Program) -> None:
    others = ids_of(Program("noor").owner)
    photo, tile = factories.segmented_photo(dana.owner), factories.pattern(dana.owner)
    for asked in (
        {"photo": str(others["photo"]), "layers": [{"pattern": str(tile.pk)}]},
        {"photo": str(photo.pk), "layers": [{"pattern": str(others["pattern"])}]},
        {"photo": str(photo.pk), "layers": [{"pattern": str(tile.pk), "garment": str(others["garment"])}]},
    ):
        refusal(dana.ask("POST", "/designs", asked), 404)
    refusal(dana.ask("POST", f"/patterns/{tile.pk}/mix", {"other": str(others["pattern"])}), 404)
    refusal(dana.ask("GET", f"/patterns?collection={others['collection']}"), 404)
    own = services.create_collection(owner=dana.owner, name="Mine")
    refusal(dana.ask("POST", f"/collections/{own.pk}/add", {"designs": [str(others["design"])]}), 404)
    asked = {"patterns": [str(others["pattern"])], "photos": [str(others["photo"])]}
    refusal(dana.ask("POST", "/downloads", asked), 404)
    assert not Design.objects.owned_by(dana.owner).exists()


def test_nothing_is_answered_without_a_token(dana: Program) -> None:
    ids = ids_of(dana.owner)
    browser = Client()
    browser.force_login(dana.owner.user)  # the pages' cookie is no token
    for method, path, _operation in OPERATIONS:
        address = path.format(**ids, slug="floral")
        response = browser.generic(method, address, "{}", content_type="application/json")
        assert refusal(response, 401)["code"] == "unauthorized", address
        assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["Bearer aif_nothing", "Bearer", "Bearer  ", "Basic aif", "Bearer é", ""])
def test_a_token_that_is_none_is_refused(dana: Program, header: str) -> None:
    refusal(dana.ask("GET", "/account", headers={"Authorization": header}), 401)


def test_a_revoked_token_and_a_closed_account_are_refused(dana: Program) -> None:
    assert dana.get("/account")["name"] == "dana"
    dana.owner.user.is_active = False
    dana.owner.user.save()
    refusal(dana.ask("GET", "/account"), 401)
    dana.owner.user.is_active = True
    dana.owner.user.save()
    services.revoke_token(user=dana.owner.user, token=dana.token)
    refusal(dana.ask("GET", "/account"), 401)


def test_a_token_needs_no_csrf_token_and_its_use_is_noted_to_the_minute(sent: Any, settings: Any) -> None:
    factories.version()
    dana = Program(enforce_csrf_checks=True)
    dana.post("/patterns", {"category": "floral"})
    first = ApiToken.objects.get().used_at
    assert first is not None
    dana.get("/account")
    assert ApiToken.objects.get().used_at == first
    ApiToken.objects.update(used_at=timezone.now() - timedelta(minutes=2))
    dana.get("/account")
    assert ApiToken.objects.get().used_at >= first


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v1/", 404),
        ("GET", "/api/v2/patterns", 404),
        ("GET", "/api/v1/patterns/7", 404),
        ("GET", "/api/v1/patterns/", 404),
        ("PUT", "/api/v1/patterns", 405),
        ("GET", "/api/v1/categories/none", 404),
        ("GET", "/api/v1/categories/%00", 422),
        ("GET", "/api/v1/patterns?limit=0", 422),
        ("GET", "/api/v1/patterns?limit=101", 422),
        ("GET", "/api/v1/patterns?offset=99999999999999999999", 422),
        ("GET", "/api/v1/jobs?state=lost", 422),
    ],
)
def test_no_address_below_api_answers_with_a_page(dana: Program, method: str, path: str, status: int) -> None:
    refusal(dana.client.generic(method, path), status)


@pytest.mark.parametrize("path", ["/api/v1/account", "/api/v1/patterns/7", "/", "/developers/"])
def test_head_says_what_get_would_without_the_body(dana: Program, path: str) -> None:
    got, told = dana.client.get(path), dana.client.head(path)
    names = ("Content-Type", "Content-Length")
    assert (told.status_code, [told[name] for name in names]) == (got.status_code, [got[name] for name in names])
    assert got.content and told.content == b""
    assert dana.client.head("/api/v1/downloads").status_code == 405
    assert Client().head("/api/v1/account").status_code == 401


def test_a_wrong_host_and_a_fault_are_told_in_json_too(dana: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal(dana.client.get("/api/v1/account", headers={"Host": "elsewhere.example"}), 400)

    def fault(**_asked: Any) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("webapp.selectors.published_categories", fault)
    dana.client.raise_request_exception = False
    assert "secret" not in refusal(dana.ask("GET", "/categories"), 500)["message"]


@pytest.mark.parametrize(
    ("body", "content_type", "status", "said"),
    [
        ('{"category": "floral"', "application/json", 400, "not JSON"),
        ('{"category": "floral", "count": NaN}', "application/json", 400, "NaN"),
        ("[" * 100_000, "application/json", 400, "not JSON"),
        ("\xff\xfe", "application/json", 400, "not JSON"),
        ("category=floral", "application/x-www-form-urlencoded", 415, "application/json"),
        ('{"category": "floral"}', "text/plain", 415, "application/json"),
        ("", "application/json", 422, "body"),
        ("[]", "application/json", 422, ""),
        ('{"category": "floral", "count": 13}', "application/json", 422, "count"),
        ('{"category": "floral", "count": 2, "seed": 9223372036854775807}', "application/json", 400, "seed"),
        ('{"category": "floral", "seed": -1}', "application/json", 422, "seed"),
        ('{"category": "../../etc"}', "application/json", 422, "category"),
        ('{"category": "striped"}', "application/json", 404, "category"),
        ('{"category": "%s"}' % ("x" * 3_000_000), "application/json", 413, "more than"),
    ],
    ids=str,
)
def test_a_body_that_makes_no_sense_is_refused_in_words(
    dana: Program, body: str, content_type: str, status: int, said: str
) -> None:
    factories.version()
    response = dana.client.generic("POST", "/api/v1/patterns", body.encode("latin-1"), content_type=content_type)
    assert said in refusal(response, status)["message"]
    assert not Pattern.objects.exists()


def test_fields_that_do_not_fit_are_named_as_they_were_sent(dana: Program) -> None:
    asked = {"photo": "7", "layers": [{"pattern": str(uuid.UUID(int=1)), "rotation": 500}]}
    fields = refusal(dana.ask("POST", "/designs", asked), 422)["fields"]
    assert [one["field"] for one in fields] == ["photo", "layers.0.rotation"]


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 422, "upload_refused"),
        (b"no picture", 415, "upload_unreadable"),
        (factories.encoded(factories.picture(), "GIF"), 415, "upload_unreadable"),
        (factories.encoded(Image.new("RGB", (10, 10))), 422, "upload_refused"),
        (factories.encoded(Image.new("RGB", (400, 300))), 413, "upload_too_large"),
        (b"x" * 2_000_000, 413, "upload_too_large"),
    ],
    ids=["empty", "text", "gif", "tiny", "pixels", "bytes"],
)
def test_uploads_are_checked_as_on_the_pages(
    dana: Program, settings: Any, stored: Any, data: bytes, status: int, code: str
) -> None:
    settings.AIFASHION_MAX_UPLOAD_PIXELS, settings.AIFASHION_MAX_UPLOAD_BYTES = 100_000, 1_000_000
    assert refusal(dana.upload(data), status)["code"] == code
    assert not Photo.objects.exists()
    assert stored() == []


def test_a_photo_that_does_not_come_as_a_form_is_refused(dana: Program) -> None:
    refusal(dana.client.generic("POST", "/api/v1/photos", factories.encoded(factories.picture())), 415)
    broken = dana.client.generic("POST", "/api/v1/photos", b"--x", content_type="multipart/form-data; boundary=x")
    assert refusal(broken, 422)["fields"][0]["field"] == "photo"
    refusal(dana.client.generic("POST", "/api/v1/photos", b"-", content_type="multipart/form-data"), 400)
    many = {f"photo{number}": factories.upload(b"x") for number in range(30)}
    refusal(dana.client.post("/api/v1/photos", many), 400)


def test_a_queue_that_is_away_keeps_nothing(broker_down: None, stored: Any) -> None:
    factories.version()
    dana = Program()
    for response in (dana.ask("POST", "/patterns", {"category": "floral"}), dana.upload()):
        assert refusal(response, 503)["code"] == "queue_unavailable"
        assert int(response["Retry-After"]) > 0
    assert not Pattern.objects.exists()
    assert not Photo.objects.exists()
    assert stored() == []


def test_a_blocked_account_reads_and_starts_nothing(dana: Program) -> None:
    from webapp.services.blocks import block_owner

    tile = factories.pattern(dana.owner)
    block_owner(owner=dana.owner, by=factories.account("admin").user)
    assert refusal(dana.ask("POST", f"/patterns/{tile.pk}/variations", {}), 403)["code"] == "not_allowed"
    assert refusal(dana.upload(), 403)["code"] == "not_allowed"
    assert dana.get("/patterns")["count"] == 1


def test_a_photo_that_gets_no_turn_to_be_read_is_asked_for_later(
    dana: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "WAIT_S", 0.01)
    with decoding.one_at_a_time():
        response = dana.upload()
    assert refusal(response, 503)["code"] == "busy"
    assert response["Retry-After"] == "10"
    assert not Photo.objects.exists()


def test_too_many_jobs_at_a_time_are_refused_as_on_the_pages(dana: Program, settings: Any) -> None:
    settings.AIFASHION_MAX_ACTIVE_JOBS = 2
    factories.version()
    dana.post("/patterns", {"category": "floral", "count": 2})
    for response in (dana.ask("POST", "/patterns", {"category": "floral"}), dana.upload()):
        assert refusal(response, 429)["code"] == "too_many_jobs"
        assert int(response["Retry-After"]) > 0
    assert not Photo.objects.exists()
    assert dana.get("/account")["limits"]["jobs_at_once"] == 2


def test_a_refusal_that_nobody_here_knows_comes_out_by_its_own_word(
    dana: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Paused(ServiceError):
        code, status, retry_after = "paused", 503, 17

    def refuse(**_asked: Any) -> None:
        raise Paused("Back at noon.")

    factories.version()
    monkeypatch.setattr(services, "generate_patterns", refuse)
    response = dana.ask("POST", "/patterns", {"category": "floral"})
    assert refusal(response, 503) == {"code": "paused", "message": "Back at noon."}
    assert response["Retry-After"] == "17"


def more_patterns(owner: Owner, seed: int) -> None:
    factories.job(owner, pattern=factories.pattern(owner, seed=seed, ready=False))


def more_photos(owner: Owner, _seed: int) -> None:
    factories.job(owner, "segment", photo=factories.segmented_photo(owner))


def more_designs(owner: Owner, _seed: int) -> None:
    factories.job(owner, "compose", design=factories.design(owner))


def more_files(owner: Owner, seed: int) -> None:
    factories.printed(owner, factories.pattern(owner, seed=seed))


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("patterns", more_patterns),
        ("photos", more_photos),
        ("designs", more_designs),
        ("print-files", more_files),
        ("jobs", more_patterns),
    ],
)
def test_a_list_comes_in_pages_and_asks_no_more_the_longer_it_is(
    dana: Program, django_assert_num_queries: Any, path: str, more: Callable[[Owner, int], None]
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    more(dana.owner, 1)
    dana.get(f"/{path}")
    with CaptureQueriesContext(connection) as short:
        assert dana.get(f"/{path}")["count"] == 1
    for seed in (2, 3, 4):
        more(dana.owner, seed)
    with django_assert_num_queries(len(short)):
        everything = dana.get(f"/{path}")
    assert everything["count"] == len(everything["items"]) == 4
    pages = [dana.get(f"/{path}?limit=3&offset={offset}")["items"] for offset in (0, 3)]
    assert pages[0] + pages[1] == everything["items"]
    seeds = [row["seed"] for row in everything["items"] if "seed" in row]
    assert seeds == sorted(seeds, reverse=True)  # the newest first


ODD: tuple[Any, ...] = (None, "\x00", "\ud800", 2**70, [[]])


def places_in(value: Any, before: tuple = ()) -> list[tuple]:
    """The paths of all values inside of an example."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for name, one in inside for place in [(*before, name), *places_in(one, (*before, name))]]


def test_no_odd_value_in_a_body_is_a_fault(dana: Program) -> None:
    ids = ids_of(dana.owner)
    asked = 0
    for method, path, operation in OPERATIONS:
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            continue
        example = DOCUMENT["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]["examples"][0]
        for place in places_in(example):
            for value in ODD:
                body = json.loads(json.dumps(example))
                inside = body
                for name in place[:-1]:
                    inside = inside[name]
                inside[place[-1]] = value
                response = dana.ask(method, path.removeprefix("/api/v1").format(**ids), body)
                assert response.status_code < 500, (path, body)
                asked += 1
    assert asked > 150
