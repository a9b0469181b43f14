"""The live preview on a phone: what it shows is what the worker's picture shows, also after the brush."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.e2e import trip

READ = "document.querySelector('canvas.shown').toDataURL()"
MAPS = "fetch(document.getElementById('stand').dataset.preview).then((a) => a.json()).then((p) => p.garments[0].maps)"


def shown(page: Page) -> np.ndarray:
    """The preview's pixels, once two pictures of it half a second apart are the same."""
    expect(page.locator("#stand.live[data-drawn='1']")).to_be_visible(timeout=trip.WORK_MS)
    before = None
    for _ in range(20):
        now = page.evaluate(READ)
        if now == before:
            return pixels(base64.b64decode(now.split(",")[1]))
        before = now
        page.wait_for_timeout(500)
    raise AssertionError("the preview goes on changing")


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), np.uint8)


def differing(one: np.ndarray, other: np.ndarray) -> float:
    return float((np.abs(one.astype(int) - other).max(axis=2) > 24).mean())


def touch_along(page: Page, places: list[tuple[float, float]]) -> None:
    """One finger on the photo, by shares of its sides. (Buttons are clicked: a busy machine holds a tap too long.)"""
    board = page.locator("canvas.marks")
    board.scroll_into_view_if_needed()
    box, session = board.bounding_box(), page.context.new_cdp_session(page)

    def send(kind: str, *fingers: tuple[float, float]) -> None:
        points = [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in fingers]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", places[0])
    for place in places[1:]:
        send("touchMove", place)
    send("touchEnd")


def after_the_brush(page: Page, press: Callable[[], None]) -> np.ndarray:
    """Press what sends a correction; the preview once it is drawn with the new masks."""
    press()
    expect(page.locator("[data-live-state]")).to_contain_text("Preparing")
    expect(page.locator("[data-live-state]")).to_contain_text("drag the print", timeout=trip.WORK_MS)
    return shown(page)


def test_a_preview_that_failed_says_why_and_is_made_when_it_is_asked_for_again(page: Page) -> None:
    asked: list[str] = []

    def fail(route: Route) -> None:
        asked.append(route.request.method)
        if "POST" in asked:
            return route.continue_()
        return route.fulfill(json={"state": "failed", "error": "The machine ran out of memory.", "job": None})

    page.route("**/preview.json", fail)
    page.goto("/studio/")
    page.get_by_role("link", name="Dress", exact=True).click()
    expect(page.locator("[data-live-state]")).to_contain_text("ran out of memory. There is no live preview")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#stand.live")).to_be_visible(timeout=trip.WORK_MS)
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    assert asked[:2] == ["GET", "POST"]


def test_on_a_phone_the_brush_is_undone_and_the_picture_is_what_the_preview_showed(
    visitor: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    phone = visitor(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = phone.new_page()
    page.goto("/studio/")
    trip.generate(page, "Floral", count=1, seed=11)
    trip.choose_print(page)
    trip.upload(page, trip.portrait(tmp_path, 1120, 1280))  # larger than its preview
    found = shown(page)

    page.locator("#brush > summary").click()
    page.locator("#brush-add").click()
    touch_along(page, [(0.1, 0.1), (0.5, 0.05), (0.9, 0.1)])
    painted = after_the_brush(page, page.locator("#brush-apply").click)
    assert 0.02 < differing(found, painted) < 0.3
    undone = after_the_brush(page, page.locator("#brush-undo").click)
    assert np.array_equal(found, undone)

    page.get_by_role("spinbutton", name="Rotation °").fill("20")
    page.get_by_role("spinbutton", name="Rotation °").blur()
    preview = shown(page)
    assert differing(preview, undone) > 0.05
    page.get_by_role("button", name="Make the picture").click()
    expect(page.get_by_alt_text("The garment in the print")).to_be_visible(timeout=trip.WORK_MS)
    _, picture = trip.download(page, "Download PNG")
    height, width = preview.shape[:2]
    mask = pixels(page.request.get(page.evaluate(MAPS)).body())[:height, :, 0]
    small = cv2.resize(np.asarray(picture.convert("RGB")), (width, height), interpolation=cv2.INTER_AREA)
    assert (mask == 255).mean() > 0.1
    assert np.abs(small.astype(int) - preview)[mask == 255].mean() < 2.5
    # A bright print on a dark ground differs more along soft edges: in proportion to what a pixel's way would change.
    edge = (mask > 0) & (mask < 255)
    off, moved = (np.abs(one.astype(int) - preview)[edge].mean() for one in (small, np.roll(small, 1, axis=1)))
    assert off < 0.5 * moved

    page.goto("/history/")
    page.get_by_role("button", name="Share").click()
    link = page.get_by_label("Link to share").input_value()
    stranger = visitor().new_page()
    assert stranger.goto(link).status == 200
    expect(stranger.get_by_alt_text("A garment in a generated print")).to_be_visible()
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_label("Link to share")).to_have_count(0)
    assert stranger.request.get(link).status in (404, 410)
