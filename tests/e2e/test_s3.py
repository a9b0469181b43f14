"""The studio with its files in an S3 of another origin, from which browsers fetch pictures: the documented default."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests import servers
from tests.e2e import trip
from tests.e2e.conftest import START_S, Watch
from tests.e2e.test_preview import shown


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[dict[str, str]]:
    with servers.open_s3(tmp_path / "s3") as settings:
        yield settings


@pytest.fixture
def address(s3: dict[str, str], tmp_path: Path) -> Iterator[str]:
    var = tmp_path / "stack"
    var.mkdir()
    address, started, _ = servers.start_stack(var, OMP_NUM_THREADS="1", **s3)
    try:
        servers.wait_for(started, lambda: servers.is_ready(address), seconds=START_S)
        yield address
    finally:
        started.stop()


def test_the_live_preview_draws_while_other_pictures_come_from_s3_itself(
    chromium: Browser, address: str, s3: dict[str, str]
) -> None:
    bucket = s3["S3_ENDPOINT_URL"]
    with chromium.new_context(base_url=address, reduced_motion="reduce") as context:
        watch = Watch(address, also=bucket)
        watch.over(context)
        page = context.new_page()
        page.goto("/studio/")
        trip.generate(page, "Floral", count=1, seed=11)
        assert page.locator(".wall .pick img").get_attribute("src").startswith(bucket)
        trip.choose_print(page)
        page.get_by_role("link", name="Dress", exact=True).click()
        assert len(set(map(tuple, shown(page)[::8, ::8].reshape(-1, 3)))) > 100  # more colours than a drawing has
        page.get_by_role("button", name="Make the picture").click()
        picture = page.get_by_alt_text("The garment in the print")
        expect(picture).to_be_visible(timeout=trip.WORK_MS)
        assert picture.get_attribute("src").startswith(bucket)
        assert picture.evaluate("async (one) => { await one.decode(); return one.naturalWidth; }") > 0
        page.wait_for_load_state("networkidle")
    assert watch.problems == []
