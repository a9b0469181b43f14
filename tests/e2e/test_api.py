"""A person makes a token on their page, and the curl trip of the page for programs does what it says."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e import trip
from tests.e2e.conftest import Site

PASSWORD = "a long enough password"


def violations(page: Page) -> list[str]:
    return [violation["id"] for violation in Axe().run(page).response["violations"]]


@pytest.mark.skipif(shutil.which("curl") is None, reason="No curl: apt-get install curl")
def test_a_token_of_the_account_page_takes_the_trip_as_it_is_written(
    site: Site, visitor: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    # Axe is injected, which the pages' policy forbids: this browser alone ignores it.
    page = visitor(viewport={"width": 390, "height": 844}, bypass_csp=True).new_page()
    page.goto("/accounts/signup/")
    page.get_by_label("Username").fill("programmer")
    page.get_by_label("Password:", exact=True).fill(PASSWORD)
    page.get_by_label("Password confirmation").fill(PASSWORD)
    page.locator("form button:visible").last.click()
    expect(page).to_have_url("/studio/")
    page.goto("/account/")
    page.get_by_label("Name of the token").fill("trip")
    assert violations(page) == []
    page.get_by_role("button", name="Make a token").click()
    token = page.get_by_label("Token", exact=True).input_value()
    assert violations(page) == []

    page.get_by_role("link", name="How programs ask").click()
    code = page.locator("#trip-code").inner_text()
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []

    trip.portrait(tmp_path).rename(tmp_path / "photo.jpg")
    assert code.count("TOKEN=aif_…") == 1
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", code.replace("aif_…", token)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    before, after = (Image.open(tmp_path / name) for name in ("photo.jpg", "design.png"))
    assert (after.format, after.size) == ("PNG", before.size)
    assert 0.1 < trip.changed(before, after).mean() < 0.8, "the suit is printed, the room behind it is not"

    def ask(path: str) -> dict:
        request = urllib.request.Request(site.address + path, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    for name in ("patterns", "photos", "designs"):
        assert ask(f"/api/v1/{name}")["count"] == 0, "the trip deletes what it made"
    page.goto("/account/")
    page.get_by_role("button", name="Revoke").click()
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask("/api/v1/account")
    assert refused.value.code == 401
    assert json.load(refused.value)["error"]["code"] == "unauthorized"
