"""The pages over HTTP: who sees what, what is refused and how it is said, and what every answer carries."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.forms.models import model_to_dict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from PIL import Image

from tests import factories, site_calls
from webapp import files, selectors, services, views
from webapp.models import ApiToken, Collection, Design, Garment, Job, ModelVersion, Pattern, Photo, Share
from webapp.ownership import Owner

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough password"
PRINT = {"repeat": "half-drop", "tile_cm": 8, "dpi": 150, "extension": "png"}
STROKES = [{"mode": "add", "radius": 6, "points": [[20, 20], [40, 30]]}]
ABSENT = uuid.UUID(int=0)


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@dataclass(frozen=True)
class Ask:
    """One request and how to make it."""

    address: str
    post: bool = False
    data: dict[str, Any] | None = None
    json: dict[str, Any] | None = None

    def by(self, client: Client) -> Any:
        if self.json is not None:
            return client.post(self.address, self.json, content_type="application/json")
        return client.post(self.address, self.data or {}) if self.post else client.get(self.address)


@dataclass(frozen=True)
class Things:
    """A browser and one of everything that it made."""

    client: Client
    owner: Owner
    pattern: Pattern
    design: Design
    photo: Photo
    queued: Job
    failed: Job
    printed: Job
    share: Share
    collection: Collection


def browser(**options: Any) -> tuple[Client, Owner]:
    owner = factories.visitor()
    return site_calls.browser(owner, **options), owner


def things_of(client: Client, owner: Owner) -> Things:
    design = factories.design(owner)
    pattern = Pattern.objects.owned_by(owner).get()
    return Things(
        client=client,
        owner=owner,
        pattern=pattern,
        design=design,
        photo=design.photo,
        queued=factories.job(owner, "segment", photo=design.photo),
        failed=factories.job(owner, "compose", design=design, state=Job.State.FAILED, error="The worker was lost."),
        printed=factories.printed(owner, pattern),
        share=services.share_design(owner=owner, design=design),
        collection=services.create_collection(owner=owner, name="Spring"),
    )


@pytest.fixture
def things(sent: list) -> Things:
    return things_of(*browser())


def owned(things: Things) -> dict[str, list[Ask]]:
    """By the name of the route: every request about something that belongs to someone."""

    def at(name: str, *parts: Any, **options: Any) -> Ask:
        return Ask(reverse(name, args=parts), **options)

    pattern, design, photo = things.pattern.pk, things.design.pk, things.photo.pk
    rows = (things.pattern, things.design, things.photo)
    return {
        "file": [Ask(files.file_url(row.image_key, row)) for row in rows],
        "studio": [
            Ask(f"{reverse('studio')}?{name}={pk}")
            for name, pk in (("pattern", pattern), ("design", design), ("photo", photo))
        ],
        "make_design": [
            at("make_design", post=True, data={"photo": photo, "pattern": pattern, "scale": 2, "rotation": 0})
        ],
        "job": [at("job", things.queued.pk)],
        "cancel_job": [at("cancel_job", things.queued.pk, post=True)],
        "retry_job": [at("retry_job", things.failed.pk, post=True)],
        "download_pattern": [at("download_pattern", pattern, extension) for extension in ("png", "jpg")],
        "favourite_pattern": [at("favourite_pattern", pattern, post=True)],
        "vary_pattern": [at("vary_pattern", pattern, post=True, data={"share": "0.3"})],
        "mix_patterns": [at("mix_patterns", pattern, post=True, data={"other": pattern, "share": "0.5"})],
        "hide_pattern": [
            at("hide_pattern", pattern, post=True),
            at("hide_pattern", pattern, post=True, data={"show": 1}),
        ],
        "make_print_file": [at("make_print_file", pattern, post=True, data=PRINT)],
        "download_print_file": [at("download_print_file", things.printed.pk)],
        "recolour_pattern": [at("recolour_pattern", pattern, post=True, data={"colour": ["#102030", "#f0e0d0"]})],
        "download_design": [at("download_design", design, extension) for extension in ("png", "jpg")],
        "segment_photo": [at("segment_photo", photo, post=True)],
        "photo_preview": [at("photo_preview", photo)],
        "correct_photo": [at("correct_photo", photo, post=True, json={"garment": "all", "strokes": STROKES})],
        "undo_correction": [at("undo_correction", photo, post=True, json={"garment": "all"})],
        "favourite_design": [at("favourite_design", design, post=True)],
        "share_design": [at("share_design", design, post=True)],
        "revoke_share": [at("revoke_share", things.share.pk, post=True)],
        "rename_collection": [at("rename_collection", things.collection.pk, post=True, data={"name": "Autumn"})],
        "history": [Ask(f"{reverse('history')}?collection={things.collection.pk}")],
        "selected": [
            at("selected", post=True, data={"do": do, **selected})
            for selected in (
                {"pattern": [pattern], "design": [design]},
                {"photo": [photo], "file": [things.printed.pk], "pattern": [pattern]},
            )
            for do in ("download", "favourite", "hide", "delete")
        ],
        "delete": [
            at("delete", kind, pk, post=post)
            for kind, pk in (
                ("designs", design),
                ("patterns", pattern),
                ("photos", photo),
                ("collections", things.collection.pk),
            )
            for post in (False, True)
        ],
    }


def unowned(things: Things) -> dict[str, Ask]:
    """By the name of the route: what everybody may ask, and what a person asks about themselves."""
    category = things.pattern.category.slug
    account = {"username": "noor", "password1": PASSWORD, "password2": PASSWORD}
    return {
        "home": Ask(reverse("home")),
        "history": Ask(reverse("history")),
        "cancel_prints": Ask(reverse("cancel_prints"), post=True),
        "arriving": Ask(f"{reverse('arriving')}?print={ABSENT}"),
        "create_collection": Ask(reverse("create_collection"), post=True, data={"name": "Summer"}),
        "shared": Ask(reverse("shared", args=[things.share.token])),
        "shared_picture": Ask(reverse("shared_picture", args=[things.share.token])),
        "generate": Ask(reverse("generate"), post=True, data={"category": category, "count": 1}),
        "upload": Ask(reverse("upload"), post=True, data={"photo": factories.upload()}),
        "login": Ask(reverse("login"), post=True, data={"username": "dana", "password": PASSWORD}),
        "logout": Ask(reverse("logout"), post=True),
        "signup": Ask(reverse("signup"), post=True, data=account),
        "healthz": Ask(reverse("healthz")),
        "readyz": Ask(reverse("readyz")),
        "developers": Ask(reverse("developers")),
        "how": Ask(reverse("how")),
        "privacy": Ask(reverse("privacy")),
        "account": Ask(reverse("account"), post=True),
        "create_token": Ask(reverse("create_token"), post=True, data={"name": "script"}),
        "revoke_token": Ask(reverse("revoke_token", args=[ABSENT]), post=True),
        # The last ones: they leave nothing.
        "delete_mine": Ask(reverse("delete_mine"), post=True),
        "delete_account": Ask(reverse("delete_account"), post=True),
    }


READ_AND_WRITE = {"login", "signup", "delete", "account", "create_token", "delete_mine", "delete_account"}
"""Routes whose GET shows the form that their POST answers; all other routes that take a POST take nothing else."""

FOR_ACCOUNTS = {"account", "create_token", "delete_account"}
"""Pages that send a visitor without an account to the login."""

HEALTH = {"/healthz", "/readyz"}
"""For machines: no pages, and they take no POST at all."""


def routes(patterns: list | None = None) -> Iterator[str]:
    """The names of all routes of the site; the admin and the API have their own rules and their own tests."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLResolver) and entry.namespace not in ("admin", "api"):
            yield from routes(entry.url_patterns)
        elif isinstance(entry, URLPattern):
            assert entry.name, f"The route {entry.pattern} has no name."
            yield entry.name


def every_row() -> list[dict[str, Any]]:
    return [
        model_to_dict(row) | {"pk": row.pk}
        for model in (Pattern, Photo, Garment, Design, Job, Share, Collection, ApiToken, get_user_model())
        for row in model.objects.order_by("pk")
    ]


def said(client: Client, address: str = "/studio/") -> str:
    """What the page that follows says to the person, with its entities read."""
    text = client.get(address).content.decode()
    found = re.search(r'<ul class="messages".*?</ul>', text, re.DOTALL)
    return found.group().replace("&#x27;", "'") if found else ""


# Who sees what


def test_every_route_has_a_case_here(things: Things) -> None:
    assert set(routes()) == set(owned(things)) | set(unowned(things))


@pytest.mark.parametrize("other", ["another browser", "an account", "a client without cookies"])
def test_another_visitor_gets_404_on_everything_that_belongs_to_someone(things: Things, other: str) -> None:
    stranger, _ = browser()
    if other == "an account":
        stranger.force_login(factories.account().user)
    before = every_row()
    for asks in owned(things).values():
        for ask in asks:
            if other == "a client without cookies":
                stranger = Client()
            assert ask.by(stranger).status_code == 404, ask
    assert every_row() == before


def test_looking_makes_nobody_a_visitor_and_the_first_that_is_asked_for_does(things: Things) -> None:
    photo, sessions = factories.stock_photo(), Session.objects.count()
    asks = [*(ask for several in owned(things).values() for ask in several), *unowned(things).values()]
    stock = f"{reverse('studio')}?category=floral&photo={photo.pk}"
    for address in (*(ask.address for ask in asks), stock):
        client = Client()
        client.get(address)
        assert (Session.objects.count(), "sessionid" in client.cookies) == (sessions, False), address
    client.post(reverse("generate"), {"category": "floral", "count": 2})
    assert client.get(reverse("studio"), {"category": "floral"}).content.decode().count("data-asked=") == 2
    assert Session.objects.count() == sessions + 1


def test_the_owner_gets_all_of_it(things: Things) -> None:
    for asks in owned(things).values():
        for ask in asks:
            assert ask.by(things.client).status_code in (200, 202, 302), ask


@pytest.mark.parametrize("value", ["not-an-id", str(ABSENT), "' OR 1=1 --", "\x00"])
def test_a_studio_address_with_an_unknown_thing_is_404(things: Things, value: str) -> None:
    for name in ("pattern", "photo", "design"):
        assert things.client.get(reverse("studio"), {name: value}).status_code == 404


def test_a_print_of_one_and_a_photo_of_another_make_no_design(things: Things) -> None:
    stranger, owner = browser()
    own = factories.pattern(owner, seed=8)
    data = {"photo": things.photo.pk, "pattern": own.pk, "scale": 2, "rotation": 0}
    assert stranger.post(reverse("make_design"), data).status_code == 404
    data = {"photo": factories.stock_photo().pk, "pattern": things.pattern.pk, "scale": 2, "rotation": 0}
    assert stranger.post(reverse("make_design"), data).status_code == 404


def test_the_history_and_the_wall_of_another_hold_nothing_of_mine(things: Things) -> None:
    stranger, _ = browser()
    mine = [str(row.pk) for row in (things.pattern, things.design, things.photo)]
    for address in (reverse("history"), reverse("studio")):
        own, other = (client.get(address).content.decode() for client in (things.client, stranger))
        assert any(pk in own for pk in mine)
        assert not any(pk in other for pk in mine)


def test_the_admin_is_for_staff_alone(things: Things) -> None:
    visitor, account = Client(), Client()
    account.force_login(factories.account().user)
    for client in (visitor, account, things.client):
        response = client.get("/admin/webapp/photo/")
        assert response.status_code == 302
        assert response["Location"].startswith("/admin/login/")


# What is refused, and what stays


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (b"\xff\xd8\xff\xe0 no more of it", "broken.jpg", "not a photo we can read"),
        (factories.encoded(factories.picture(400, 400))[:3000], "half.jpg", "damaged"),
        (factories.encoded(factories.picture(), "GIF"), "moving.jpg", "GIF files are not taken"),
        (b"%PDF-1.7 a lookbook", "lookbook.pdf", "not a photo we can read"),
        (b"", "empty.png", "empty"),
        (factories.encoded(factories.picture(32, 32)), "stamp.jpg", "only 32 x 32 pixels"),
    ],
)
def test_a_refused_upload_says_why_and_stores_nothing(
    sent: list, stored: Callable, data: bytes, name: str, message: str
) -> None:
    client, _ = browser()
    response = client.post(reverse("upload"), {"photo": factories.upload(data, name), "next": "/studio/"})
    assert (response.status_code, response["Location"]) == (302, "/studio/")
    assert message in said(client)
    assert not Photo.objects.exists()
    assert not Job.objects.exists()
    assert stored() == []


def test_an_upload_over_the_limit_says_the_limit_and_stores_nothing(sent: list, stored: Callable, settings) -> None:
    settings.AIFASHION_MAX_UPLOAD_BYTES = 1024 * 1024
    client, _ = browser()
    client.post(reverse("upload"), {"photo": factories.upload(b"x" * (1024 * 1024 + 1))})
    assert "larger than 1 MB" in said(client)
    assert not Photo.objects.exists()
    assert stored() == []


def test_an_upload_without_a_file_says_so(sent: list) -> None:
    client, _ = browser()
    client.post(reverse("upload"), {})
    assert "Photo of a garment" in said(client)


def test_an_upload_is_kept_and_searched_and_keeps_the_chosen_print(things: Things, sent: list) -> None:
    client = things.client
    data = {"photo": factories.upload(name="<b>me</b>.jpg"), "keep_pattern": things.pattern.pk}
    response = client.post(reverse("upload"), data)
    photo = Photo.objects.exclude(pk=things.photo.pk).get()
    assert response["Location"] == f"/studio/?pattern={things.pattern.pk}&photo={photo.pk}#garment"
    assert (sent, photo.jobs.get().state) == (["segment"], "queued")
    page = client.get(response["Location"]).content.decode()
    assert "Finding the clothes" in page
    assert "<b>me" not in page


def test_what_is_made_from_a_print_leaves_the_design_in_view(things: Things, sent: list) -> None:
    chosen = {"photo": things.photo.pk, "pattern": things.pattern.pk, "design": things.design.pk}
    page = things.client.get(reverse("studio"), chosen).content.decode()
    kept = dict(re.findall(r'name="(keep_\w+)" value="([^"]*)"', page))
    for name, data in (("make_print_file", PRINT), ("vary_pattern", {"share": "0.3"})):
        made = things.client.post(reverse(name, args=[things.pattern.pk]), {**data, **kept})
        assert (
            reverse("download_design", args=[things.design.pk, "png"])
            in things.client.get(made["Location"]).content.decode()
        )


def test_with_the_queue_down_each_form_says_so_and_nothing_half_made_stays(broker_down: None, stored: Callable) -> None:
    client, owner = browser()
    pattern, stock = factories.pattern(owner), factories.stock_photo()
    rows, kept = every_row(), stored()
    for name, data in (
        ("generate", {"category": pattern.category.slug, "count": 3}),
        ("upload", {"photo": factories.upload()}),
        ("make_design", {"photo": stock.pk, "pattern": pattern.pk, "scale": 2, "rotation": 0}),
    ):
        client.post(reverse(name), data)
        assert "The queue is not reachable" in said(client), name
        assert every_row() == rows, name
        assert stored() == kept, name


def test_with_the_queue_down_a_failed_job_stays_failed_with_its_reason(broker_down: None) -> None:
    things = things_of(*browser())
    things.client.post(reverse("retry_job", args=[things.failed.pk]))
    assert "The queue is not reachable" in said(things.client)
    things.failed.refresh_from_db()
    assert (things.failed.state, things.failed.error) == ("failed", "The worker was lost.")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("generate", {"category": "floral", "count": 13}, "How many"),
        ("generate", {"category": "floral", "count": 0}, "How many"),
        ("generate", {"category": "floral", "count": 1, "seed": -1}, "Seed"),
        ("generate", {"category": "floral", "count": 1, "seed": "seven"}, "Seed"),
        ("make_design", {"scale": 2, "rotation": 0}, "Choose a print first"),
        ("make_design", {"scale": "nan", "rotation": 0}, "Size of the repeat"),
        ("make_design", {"scale": 2, "rotation": 1000}, "Rotation in degrees"),
        ("make_design", {"scale": 2, "rotation": 0, "offset_x": 2}, "Shift right"),
    ],
)
def test_senseless_parameters_are_refused_by_their_name(things: Things, name: str, data: dict, message: str) -> None:
    before = every_row()
    things.client.post(reverse(name), {"photo": things.photo.pk, **data})
    assert message in said(things.client)
    assert every_row() == before


def test_a_garment_of_another_photo_is_refused(things: Things) -> None:
    garment = factories.stock_photo().garments.get()
    data = {"photo": things.photo.pk, "pattern": things.pattern.pk, "garment": garment.pk, "scale": 2, "rotation": 0}
    things.client.post(reverse("make_design"), data)
    assert "not on this photo" in said(things.client)
    assert Design.objects.count() == 1


# Methods and forgery


def test_get_changes_nothing_and_what_only_writes_refuses_it(things: Things) -> None:
    # Of GETs this one alone starts something: missing preview maps are made for whoever looks, once.
    things.client.get(reverse("photo_preview", args=[things.photo.pk]))
    before = every_row()
    cases = {name: asks[0] for name, asks in owned(things).items()} | unowned(things)
    for name, ask in cases.items():
        response = things.client.get(ask.address)
        if ask.post and name not in READ_AND_WRITE:
            assert response.status_code == 405, name
        elif name in FOR_ACCOUNTS:
            assert response["Location"].startswith(reverse("login")), name
        else:
            assert response.status_code in (200, 503), name  # 503: no broker behind readyz here
    assert every_row() == before


def test_every_post_without_the_csrf_token_is_refused_and_changes_nothing(things: Things) -> None:
    forged = Client(enforce_csrf_checks=True)
    forged.cookies = things.client.cookies
    before = every_row()
    cases = [ask for asks in owned(things).values() for ask in asks] + list(unowned(things).values())
    for ask in cases:
        response = forged.post(ask.address, ask.data or {})
        if ask.address in HEALTH:
            assert response.status_code == 405
        else:
            assert response.status_code == 403, ask
            assert "Not allowed" in response.content.decode()
    assert every_row() == before


def test_a_post_with_the_page_s_own_token_is_taken(sent: list) -> None:
    factories.version()
    client, _ = browser(enforce_csrf_checks=True)
    page = client.get(reverse("studio")).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page).group(1)
    client.post(reverse("generate"), {"category": "floral", "count": 2, "csrfmiddlewaretoken": token})
    assert len(sent) == 2


# Content security policy


class Inline(HTMLParser):
    """Collects what a strict policy would block: inline scripts and styles, and handlers in attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        if tag == "style" or (tag == "script" and "src" not in names):
            self.found.append(tag)
        self.found += [f"{tag} {name}" for name in names if name == "style" or name.startswith(("on", "hx-on"))]
        self.found += [f"{tag} {name}={value}" for name, value in attrs if (value or "").startswith("javascript:")]

    handle_startendtag = handle_starttag


def inline_in(text: str) -> list[str]:
    parser = Inline()
    parser.feed(text)
    return parser.found


def test_every_answer_carries_a_strict_policy_and_no_page_needs_a_looser_one(things: Things) -> None:
    cases = [ask for name, asks in owned(things).items() if name != "delete" for ask in asks]
    cases += [Ask(reverse("delete", args=["photos", things.photo.pk])), Ask("/no/such/page/"), Ask("/admin/login/")]
    cases += [Ask(reverse("login")), Ask(reverse("signup")), Ask(reverse("delete_mine")), *unowned(things).values()]
    for ask in cases:
        if ask.address in HEALTH:
            continue
        response = ask.by(things.client)
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy, ask
        assert "object-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        if response["Content-Type"].startswith("text/html"):
            assert inline_in(response.content.decode()) == [], ask


def test_no_template_holds_anything_inline() -> None:
    templates = sorted(Path(site_settings.BASE_DIR, "templates").rglob("*.html"))
    assert len(templates) > 5
    for template in templates:
        # Template tags inside a start tag are no attributes: take them out before reading.
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", template.read_text(), flags=re.DOTALL)
        assert inline_in(text) == [], template.name


def test_what_is_inline_is_found() -> None:
    text = "<style></style><script>1</script><p onclick='x' style='y'><a href='javascript:z'>"
    assert set(inline_in(text)) == {"style", "script", "p onclick", "p style", "a href=javascript:z"}


def use_s3(settings: Any, endpoint: str | None, style: str) -> None:
    """Settings of a bucket that nothing is asked of: addresses are signed without it."""
    options = {"bucket_name": "designs", "endpoint_url": endpoint, "addressing_style": style}
    options |= {"access_key": "a key", "secret_key": "a secret", "region_name": "us-east-1"}
    settings.S3_BUCKET, settings.S3_SIGNED_LINKS = "designs", True
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "aifashion.storage.PrivateS3Storage", "OPTIONS": options},
    }


@pytest.mark.parametrize(
    ("endpoint", "style", "origin"),
    [
        ("https://objects.example.org:8333/path", "path", "https://objects.example.org:8333"),
        ("https://objects.example.org", "virtual", "https://designs.objects.example.org"),
        (None, "auto", "https://designs.s3.amazonaws.com"),
    ],
)
def test_with_s3_pictures_may_come_from_where_its_links_lie_and_nowhere_else(
    settings, endpoint: str | None, style: str, origin: str
) -> None:
    from webapp.middleware import ContentSecurityPolicyMiddleware

    use_s3(settings, endpoint, style)
    policy = ContentSecurityPolicyMiddleware(lambda request: None).policy
    assert f"img-src 'self' data: blob: {origin};" in policy
    assert files.file_url("patterns/a.png", Pattern()).startswith(f"{origin}/")


def test_with_s3_what_scripts_draw_on_a_canvas_comes_from_this_site(things: Things, settings) -> None:
    Photo.objects.filter(pk=things.photo.pk).update(clothing_maps_key="previews/a/b.png")
    use_s3(settings, "https://objects.example.org", "path")
    preview = things.client.get(reverse("photo_preview", args=[things.photo.pk])).json()
    assert preview["photo"].startswith("/files/")
    assert preview["garments"][0]["maps"].startswith("/files/")
    page = things.client.get(reverse("studio"), {"photo": things.photo.pk, "pattern": things.pattern.pk})
    text = unescape(page.content.decode())
    assert re.search(r'<img class="picture" src="/files/', text)
    assert re.search(r'data-tile="/files/', text)
    assert re.search(r'data-print="{[^}]*"url": "/files/', text)
    assert "https://objects.example.org/designs/patterns/" in text  # the wall shows S3's own


# Downloads


@pytest.mark.parametrize(("extension", "format_name"), [("png", "PNG"), ("jpg", "JPEG")])
def test_a_design_downloads_at_the_size_of_its_photo(things: Things, extension: str, format_name: str) -> None:
    response = things.client.get(reverse("download_design", args=[things.design.pk, extension]))
    assert response["Content-Type"] == f"image/{format_name.lower()}"
    name = f"design-{str(things.design.pk)[:8]}.{extension}"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    picture = Image.open(io.BytesIO(response.getvalue()))
    assert (picture.format, picture.size) == (format_name, (things.photo.width, things.photo.height))


@pytest.mark.parametrize(("extension", "format_name"), [("png", "PNG"), ("jpg", "JPEG")])
def test_a_print_downloads_named_by_what_draws_it_again(things: Things, extension: str, format_name: str) -> None:
    response = things.client.get(reverse("download_pattern", args=[things.pattern.pk, extension]))
    assert response["Content-Type"] == f"image/{format_name.lower()}"
    assert response["Content-Disposition"] == f'attachment; filename="floral-7-64px.{extension}"'
    picture = Image.open(io.BytesIO(response.getvalue()))
    assert (picture.format, picture.size) == (format_name, (64, 64))
    assert picture.convert("RGB").getpixel((32, 32)) == pytest.approx((200, 30, 30), abs=3)


def test_what_is_see_through_is_white_in_a_jpeg(things: Things) -> None:
    files.store_bytes(things.design.image_key, factories.encoded(Image.new("RGBA", (120, 160), (9, 9, 9, 0)), "PNG"))
    response = things.client.get(reverse("download_design", args=[things.design.pk, "jpg"]))
    assert Image.open(io.BytesIO(response.getvalue())).getpixel((60, 80)) == (255, 255, 255)


def test_other_extensions_and_lost_files_are_404_and_unfinished_ones_say_so(things: Things) -> None:
    address = reverse("download_design", args=[things.design.pk, "svg"])
    assert things.client.get(address).status_code == 404
    files.delete_keys(things.pattern.image_key)
    assert things.client.get(reverse("download_pattern", args=[things.pattern.pk, "png"])).status_code == 404
    unfinished = factories.design(things.owner, ready=False)
    response = things.client.get(reverse("download_design", args=[unfinished.pk, "png"]))
    assert response.status_code == 302
    assert "not finished yet" in said(things.client)


# Where one is sent next


@pytest.mark.parametrize("bad", ["https://evil.example/", "//evil.example/", "\\\\evil.example", "javascript:alert(1)"])
def test_no_next_leads_off_the_site(things: Things, bad: str) -> None:
    client = things.client
    account = {"username": "dana", "password": PASSWORD}
    fresh = {"username": "noor", "password1": PASSWORD, "password2": PASSWORD}
    get_user_model().objects.create_user(**account)
    asks = [
        (reverse("generate"), {"category": "floral", "count": 99}),
        (reverse("upload"), {}),
        (reverse("make_design"), {}),
        (reverse("favourite_pattern", args=[things.pattern.pk]), {}),
        (reverse("vary_pattern", args=[things.pattern.pk]), {"share": "nan"}),
        (reverse("recolour_pattern", args=[things.pattern.pk]), {}),
        (reverse("make_print_file", args=[things.pattern.pk]), {}),
        (reverse("cancel_job", args=[things.queued.pk]), {}),
        (reverse("retry_job", args=[things.failed.pk]), {}),
        (reverse("login"), account),
        (reverse("logout"), {}),
    ]
    for address, data in asks:
        for query in ("", f"?next={bad}"):
            response = client.post(address + query, {**data, "next": bad}, HTTP_REFERER=bad)
            assert response.status_code == 302, address
            assert re.match(r"/(?![/\\])", response["Location"]), (address, response["Location"])
    response = client.post(f"{reverse('signup')}?next={bad}", {**fresh, "next": bad})
    assert response["Location"] == reverse("studio")


def test_a_next_on_the_site_is_followed(things: Things) -> None:
    address = reverse("favourite_pattern", args=[things.pattern.pk])
    assert things.client.post(address, {"next": "/history/?prints=2"})["Location"] == "/history/?prints=2"
    assert things.client.post(address, HTTP_REFERER="http://testserver/history/")["Location"].endswith("/history/")


# Accounts


@pytest.mark.parametrize("way", ["login", "signup"])
def test_an_account_takes_over_what_the_browser_made_before(things: Things, way: str) -> None:
    if way == "login":
        factories.account()
        things.client.post(reverse("login"), {"username": "dana", "password": PASSWORD})
    else:
        account = {"username": "dana", "password1": PASSWORD, "password2": PASSWORD}
        things.client.post(reverse("signup"), account)
    user = get_user_model().objects.get(username="dana")
    for model in (Pattern, Design, Photo, Job):
        assert {row.user for row in model.objects.all()} == {user}
    assert str(things.design.pk) in things.client.get(reverse("history")).content.decode()
    things.client.post(reverse("logout"))
    assert str(things.design.pk) not in things.client.get(reverse("history")).content.decode()
    assert things.client.get(reverse("download_design", args=[things.design.pk, "png"])).status_code == 404


def test_a_wrong_password_and_a_taken_name_are_said_on_the_form(sent: list) -> None:
    client, _ = browser()
    factories.account()
    page = client.post(reverse("login"), {"username": "dana", "password": "wrong"}).content.decode()
    assert "Please enter a correct username and password" in page
    page = client.post(reverse("signup"), {"username": "dana", "password1": PASSWORD, "password2": PASSWORD})
    assert "already exists" in page.content.decode()


# Jobs as pages see them


def test_the_fragment_of_a_job_polls_while_it_lives_and_says_how_it_ended(things: Things) -> None:
    address = reverse("job", args=[things.queued.pk])
    waiting = things.client.get(address)
    assert f'hx-get="{address}"' in waiting.content.decode()
    assert "Waiting, next in line" in waiting.content.decode()
    Job.objects.filter(pk=things.queued.pk).update(state=Job.State.RUNNING, progress=0.4)
    assert 'value="40"' in things.client.get(address).content.decode()
    Job.objects.filter(pk=things.queued.pk).update(state=Job.State.SUCCEEDED)
    done = things.client.get(address)
    assert done.headers["HX-Trigger"] == "job-done"
    assert "hx-get" not in done.content.decode()
    failed = things.client.get(reverse("job", args=[things.failed.pk])).content.decode()
    assert "The worker was lost." in failed
    assert "Try again" in failed
    assert "hx-get" not in failed


def test_the_wall_asks_once_for_all_prints_that_are_not_drawn_until_each_is(things: Things) -> None:
    rows = [factories.pattern(things.owner, seed=seed, ready=False) for seed in (9, 10)]
    jobs = [factories.job(things.owner, pattern=row) for row in rows]
    page = things.client.get(f"{reverse('studio')}?category=floral").content.decode()
    (address,) = re.findall(r'id="poll" hidden hx-get="([^"]+)" hx-trigger="every 1s"', page)
    address = address.replace("&amp;", "&")
    assert {f"print={row.pk}" for row in rows} == set(address.partition("?")[2].split("&"))
    both = things.client.get(address).content.decode()
    assert both.count('hx-swap-oob="true"') == both.count("data-waiting") == 2
    assert "Waiting, number 2 in line" in both and "<img" not in both
    Pattern.objects.filter(pk=rows[0].pk).update(image_key=things.pattern.image_key)
    Job.objects.filter(pk=jobs[0].pk).update(state=Job.State.SUCCEEDED)
    one = things.client.get(address).content.decode()
    assert one.count("<img") == one.count("data-waiting") == 1
    assert f'hx-get="{reverse("arriving")}?print={rows[1].pk}"' in one
    Pattern.objects.filter(pk=rows[1].pk).delete()
    last = things.client.get(address).content.decode()
    assert f'id="print-{rows[1].pk}" hx-swap-oob="delete"' in last and "hx-get" not in last


def test_who_is_far_behind_in_line_asks_less_often(things: Things) -> None:
    many = [factories.job(things.owner, pattern=factories.pattern(things.owner, ready=False)) for _ in range(20)]
    last = things.client.get(f"{reverse('arriving')}?print={many[-1].pattern_id}").content.decode()
    assert "number 20 in line" in last and 'hx-trigger="every 5s"' in last


def test_prints_of_another_are_not_told_of(things: Things) -> None:
    waiting = factories.job(things.owner, pattern=factories.pattern(things.owner, seed=9, ready=False))
    stranger, _ = browser()
    answer = stranger.get(f"{reverse('arriving')}?print={waiting.pattern_id}&print={things.pattern.pk}")
    assert "data-waiting" not in answer.content.decode() and "<img" not in answer.content.decode()
    assert stranger.get(f"{reverse('arriving')}?print=no-key").status_code == 404


@pytest.mark.parametrize("kind", ["segment", "compose", "generate"])
def test_a_job_that_ends_while_its_page_is_made_shows_its_result(
    things: Things, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    row, done, reader, shown = {
        "segment": (things.photo, {"clothing_mask_key": "x"}, "segment_job_of", "All clothing"),
        "compose": (things.design, {"image_key": "x", "preview_key": "x"}, "job_of_design", "Download PNG"),
        "generate": (things.pattern, {"image_key": "x"}, "jobs_of_patterns", 'class="pick"'),
    }[kind]
    type(row).objects.filter(pk=row.pk).update(**dict.fromkeys(done, ""))
    Job.objects.all().delete()
    job = factories.job(things.owner, kind, **{row._meta.model_name: row})

    def end_then_read(_: Any) -> Any:
        """The worker is done after the page has read the row and before it reads the job."""
        type(row).objects.filter(pk=row.pk).update(**done)
        Job.objects.filter(pk=job.pk).update(state=Job.State.SUCCEEDED)
        ended = Job.objects.get(pk=job.pk)
        return {row.pk: ended} if kind == "generate" else ended

    monkeypatch.setattr(selectors, reader, end_then_read)
    address = f"{reverse('studio')}?photo={things.photo.pk}&design={things.design.pk}"
    assert shown in things.client.get(address).content.decode()


def test_cancel_and_retry_go_through_the_pages(things: Things, sent: list) -> None:
    things.client.post(reverse("cancel_job", args=[things.queued.pk]))
    things.client.post(reverse("retry_job", args=[things.failed.pk]))
    assert dict(Job.objects.values_list("pk", "state")) == {
        things.queued.pk: Job.State.CANCELLED,
        things.failed.pk: Job.State.QUEUED,
        things.printed.pk: Job.State.SUCCEEDED,
    }
    assert sent == ["compose"]


def test_deleting_asks_first_then_takes_row_and_files(things: Things, stored: Callable) -> None:
    address = reverse("delete", args=["photos", things.photo.pk])
    assert "for good" in things.client.get(address).content.decode()
    assert Photo.objects.exists()
    assert things.client.post(address)["Location"] == reverse("history")
    assert "deleted" in said(things.client, reverse("history"))
    assert not Photo.objects.exists()
    assert not Design.objects.exists()
    assert stored() == [things.pattern.image_key, things.printed.file_key]
    assert things.client.get(reverse("delete", args=["jobs", things.queued.pk])).status_code == 404


def test_a_print_file_downloads_under_a_name_that_tells_what_it_is(things: Things) -> None:
    response = things.client.get(reverse("download_print_file", args=[things.printed.pk]))
    assert response["Content-Disposition"] == 'attachment; filename="floral-7-basic-1cm-72dpi.png"'
    assert Image.open(io.BytesIO(b"".join(response.streaming_content))).size == (28, 28)
    other = things.client.get(reverse("download_print_file", args=[things.queued.pk]))
    assert other.status_code == 404
    Job.objects.filter(pk=things.printed.pk).update(state=Job.State.RUNNING)
    assert things.client.get(reverse("download_print_file", args=[things.printed.pk])).status_code == 302
    assert "not finished yet" in said(things.client)


# History


def test_the_history_shows_every_parameter_and_every_seed(things: Things) -> None:
    garment = things.photo.garments.get()
    layer = services.LayerInput(
        pattern=things.pattern, garment=garment, scale=1.35, rotation=-15, offset_x=0.25, offset_y=-0.4
    )
    job = services.create_design(owner=things.owner, photo=things.photo, layers=[layer])
    Design.objects.filter(pk=job.design_id).update(image_key=things.design.image_key)
    factories.pattern(things.owner, seed=services.LARGEST_SEED)
    page = things.client.get(reverse("history")).content.decode()
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "Floral · version 1 · seed 7 · 64 px · top or coat · repeat 27 cm · -15" in text
    assert "shift 0.25, -0.4" in text
    assert f"Floral · version 1 · seed {services.LARGEST_SEED} · 64 px" in text
    assert f"me.jpg · {things.photo.width} × {things.photo.height}" in text


def test_the_history_shows_mixes_and_colours_of_a_design_whose_print_was_deleted(things: Things) -> None:
    Pattern.objects.filter(pk=things.pattern.pk).update(latent={"mixes": [[12, 0.29]], "palette": ["#102030"]})
    things.pattern.refresh_from_db()
    layer = services.LayerInput(pattern=things.pattern)
    job = services.create_design(owner=things.owner, photo=things.photo, layers=[layer])
    Design.objects.filter(pk=job.design_id).update(image_key=things.design.image_key)
    services.delete_pattern(owner=things.owner, pattern=things.pattern)
    page = things.client.get(reverse("history")).content.decode()
    assert "seed 7 · 29 % of 12 · recoloured · 64 px · all clothing" in page
    assert page.count('fill="#102030"') == 1


def test_the_studio_offers_a_single_picture_no_variations_no_mixes_and_no_repeat_but_basic(things: Things) -> None:
    factories.pattern(things.owner, seed=8)
    forms = ('action="/patterns/%s/vary/"', 'action="/patterns/%s/mix/"', 'name="repeat"', "half-drop")

    def offered() -> list[bool]:
        page = things.client.get(reverse("studio"), {"pattern": things.pattern.pk}).content.decode()
        asked = page.partition("data-cloth-tools")[2].partition("</select>")[2]  # what only shows repeats stays
        return [form.replace("%s", str(things.pattern.pk)) in asked for form in forms]

    assert offered() == [True, True, True, True]
    ModelVersion.objects.update(header={"architecture": "dcgan"})
    assert offered() == [False, False, True, False]


def test_a_card_of_the_history_opens_the_studio_as_it_was(things: Things) -> None:
    page = things.client.get(reverse("history")).content.decode()
    opened = re.search(r'href="(/studio/\?photo=[^"]*design=[^"]*)"', page).group(1).replace("&amp;", "&")
    studio = things.client.get(opened).content.decode()
    assert reverse("download_design", args=[things.design.pk, "png"]) in studio
    assert f'name="pattern" value="{things.pattern.pk}"' in studio


def test_the_history_comes_in_pages_and_newest_first(things: Things) -> None:
    for seed in range(100, 100 + views.PAGE + 1):
        factories.pattern(things.owner, seed=seed)
    first = things.client.get(reverse("history")).content.decode()
    assert f"seed {100 + views.PAGE} " in first
    assert "seed 100 " not in first
    assert "Page 1 of 2" in first
    assert 'rel="prev"' not in first
    following = re.search(r'<a[^>]*href="(\?[^"]*)"[^>]*rel="next"', first).group(1)
    second = things.client.get(reverse("history") + following).content.decode()
    assert "seed 100 " in second
    assert "seed 7 " in second
    assert f"seed {100 + views.PAGE} " not in second
    assert 'rel="next"' not in second
    assert str(things.design.pk) in second, "the pages of prints leave the designs alone"


@pytest.mark.parametrize("asked", ["0", "-3", "999", "two", ""])
def test_a_page_that_is_not_there_gives_the_nearest(things: Things, asked: str) -> None:
    response = things.client.get(reverse("history"), {"prints": asked})
    assert response.status_code == 200
    assert "seed 7 " in response.content.decode()


def test_the_queries_of_the_history_do_not_grow_with_what_it_shows(things: Things) -> None:
    def add_one_of_each(seed: int) -> None:
        design = factories.design(things.owner)
        factories.pattern(things.owner, seed=seed)
        factories.job(things.owner, "print", pattern=things.pattern, params={"extension": "png"})
        services.share_design(owner=things.owner, design=design)
        services.create_collection(owner=things.owner, name=f"Collection {seed}")

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            things.client.get(reverse("history"))
        return len(asked)

    add_one_of_each(100)
    few = queries()
    for seed in range(101, 109):
        add_one_of_each(seed)
    assert queries() == few


def test_the_queries_of_the_wall_do_not_grow_with_its_prints(things: Things) -> None:
    def add(first: int, count: int) -> None:
        for seed in range(first, first + count):
            factories.pattern(things.owner, seed=seed)
            factories.job(things.owner, pattern=factories.pattern(things.owner, seed=seed + 50, ready=False))

    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert things.client.get(address).status_code == 200
        return len(asked)

    add(100, 1)
    poll = f"{reverse('arriving')}?" + "&".join(f"print={pk}" for pk in Pattern.objects.values_list("pk", flat=True))
    few = (queries(f"{reverse('studio')}?category=floral"), queries(poll))
    add(101, 11)
    poll = f"{reverse('arriving')}?" + "&".join(f"print={pk}" for pk in Pattern.objects.values_list("pk", flat=True))
    assert (queries(f"{reverse('studio')}?category=floral"), queries(poll)) == few


# Pages for what goes wrong


def test_what_is_not_there_gets_the_site_s_own_404() -> None:
    response = Client().get("/no/such/page/")
    assert response.status_code == 404
    assert "belongs to someone else" in response.content.decode()


def test_what_is_not_allowed_gets_the_site_s_own_403(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: Any) -> None:
        raise PermissionDenied

    monkeypatch.setattr(selectors, "photos_of", refuse)
    response = Client().get(reverse("history"))
    assert response.status_code == 403
    assert "Not allowed" in response.content.decode()


def test_a_defect_gets_the_site_s_own_500_without_its_details(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr(selectors, "photos_of", fail)
    response = Client(raise_request_exception=False).get(reverse("history"))
    assert response.status_code == 500
    assert "Something broke on our side" in response.content.decode()
    assert "secret inside" not in response.content.decode()
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]


def test_without_any_category_the_pages_say_so() -> None:
    client, _ = browser()
    assert "No category has a trained generator yet" in client.get(reverse("home")).content.decode()
    assert "No category has a trained generator yet" in client.get(reverse("studio")).content.decode()


def test_a_print_with_twice_the_pixels_begins_half_as_wide_and_is_shown_at_half_its_pixels(things: Things) -> None:
    address = f"{reverse('studio')}?category=floral&pattern={things.pattern.pk}"
    plain = things.client.get(address).content.decode()
    ModelVersion.objects.update(header={"sampling": {"finisher": {"features": 4, "blocks": 1}}})
    fine = things.client.get(address).content.decode()
    for page, width, sources in ((plain, 40, 0), (fine, 20, 1)):
        assert f'id="view-cm" min="1" max="200" step="0.5" value="{width}"' in page
        assert re.search(rf'name="tile_cm" value="{width}(\.0)?"', page)
        assert f"&quot;first_cm&quot;: {width}.0" in page
        assert len(re.findall(r'<source srcset="[^"]+ 2x">', page)) == sources
