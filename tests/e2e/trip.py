"""The steps of a designer's trip, as a person does them on the page."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image
from playwright.sync_api import Page, expect

WORK_MS = 180_000
"""How long a page may wait for the worker on a machine that does other things too."""


def portrait(folder: Path, width: int = 448, height: int = 512) -> Path:
    """A real photo of a person (public domain, shipped with scikit-image), upright, as a JPEG file."""
    path = folder / "portrait.jpg"
    cut = skimage.data.astronaut()[:, :448]
    Image.fromarray(cut).resize((width, height), Image.Resampling.BICUBIC).save(path, quality=92)
    return path


def generate(page: Page, category: str, *, count: int, seed: int | None = None) -> None:
    """From the studio: choose the category, ask for prints and wait until each has arrived."""
    page.get_by_role("link", name=category, exact=True).click()
    expect(page.get_by_role("button", name=f"Generate {category}")).to_be_visible()
    page.get_by_label("How many").fill(str(count))
    if seed is not None:
        page.get_by_label("Seed", exact=True).fill(str(seed))
    before = page.locator(".wall .print").count()
    page.get_by_role("button", name=f"Generate {category}").click()
    wait_for_prints(page, before + count)


def wait_for_prints(page: Page, count: int) -> None:
    """Until the wall holds so many prints and each is drawn."""
    expect(page.locator(".wall .print")).to_have_count(count)
    expect(page.locator(".wall .pick")).to_have_count(count, timeout=WORK_MS)


def choose_print(page: Page, number: int = 0) -> None:
    page.locator(".wall .pick").nth(number).click()
    expect(page.locator(".print.chosen")).to_have_count(1)


def upload(page: Page, photo: Path) -> None:
    page.locator("#photo-file").set_input_files(photo)


def wait_for_garments(page: Page) -> None:
    expect(page.get_by_role("group", name="Where")).to_be_visible(timeout=WORK_MS)


def compose(page: Page, garment: str) -> None:
    page.get_by_label(garment, exact=True).check()
    page.get_by_role("button", name="Make the picture").click()
    expect(page.get_by_alt_text("The garment in the print")).to_be_visible(timeout=WORK_MS)


def download(page: Page, name: str) -> tuple[str, Image.Image]:
    """What the browser saves for this link: its file name and the picture."""
    with page.expect_download() as started:
        page.get_by_role("link", name=name, exact=True).click()
    data = Path(started.value.path()).read_bytes()
    return started.value.suggested_filename, Image.open(io.BytesIO(data))


def changed(before: Image.Image, after: Image.Image) -> np.ndarray:
    """Where two pictures of one size differ plainly."""
    pair = (np.asarray(picture.convert("RGB"), np.int16) for picture in (before, after))
    return np.abs(np.subtract(*pair)).max(axis=2) > 24
