"""What a designer does on the site, from the first click to the file on their disk."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e import trip
from tests.e2e.conftest import Made, Site


def test_a_photo_of_ones_own_goes_the_whole_trip(page: Page, tmp_path: Path) -> None:
    photo = trip.portrait(tmp_path)
    page.goto("/")
    page.get_by_role("link", name="Open the studio").click()
    trip.generate(page, "Floral", count=2)
    trip.choose_print(page)
    expect(page.locator(".cloth canvas")).to_be_visible()

    trip.upload(page, photo)
    trip.wait_for_garments(page)
    expect(page.get_by_label("All clothing")).to_be_checked()
    expect(page.get_by_role("radio")).not_to_have_count(1)  # garments were found, each can be chosen
    expect(page.locator(".print.chosen")).to_have_count(1)  # the print is still chosen
    trip.compose(page, "All clothing")

    page.get_by_label("Before and after").fill("100")
    expect(page.locator(".compare")).to_have_attribute("style", re.compile("--cut: 0%"))

    before = Image.open(photo)
    for kind, extension in (("PNG", "png"), ("JPEG", "jpg")):
        name, picture = trip.download(page, f"Download {kind}")
        assert name.startswith("design-")
        assert name.endswith(f".{extension}")
        assert (picture.format, picture.size) == (kind, before.size)
        share = trip.changed(before, picture).mean()
        assert 0.1 < share < 0.8, "the suit is printed, the room behind it is not"

    page.get_by_role("link", name="History").click()
    designs = page.get_by_role("region", name="Designs")
    expect(designs.get_by_role("listitem")).to_have_count(1)
    expect(designs).to_contain_text(re.compile(r"seed \d+"))
    expect(page.get_by_role("region", name="Photos")).to_contain_text("portrait.jpg")
    designs.get_by_alt_text("Open this design").click()
    expect(page.get_by_alt_text("The garment in the print")).to_be_visible()

    page.goto("/history/")
    photos = page.get_by_role("region", name="Photos")
    photos.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("#messages")).to_contain_text("deleted")
    expect(photos).to_contain_text("No photos yet")
    expect(designs).to_contain_text("No designs yet")
    expect(page.get_by_role("region", name="Prints").get_by_role("listitem")).to_have_count(2)


def test_a_stock_garment_goes_the_whole_trip_and_a_seed_draws_its_print_again(page: Page) -> None:
    page.goto("/studio/")
    trip.generate(page, "Striped", count=1, seed=7)
    trip.generate(page, "Striped", count=1, seed=7)
    tiles = []
    for number in (0, 1):
        trip.choose_print(page, number)
        name, tile = trip.download(page, "PNG")
        assert name == "striped-7-512px.png"
        tiles.append(tile.tobytes())
    assert tiles[0] == tiles[1]

    page.get_by_role("link", name="Dress", exact=True).click()
    shown = page.get_by_alt_text("The chosen garment")
    size = (int(shown.get_attribute("width")), int(shown.get_attribute("height")))
    page.get_by_role("spinbutton", name="Repeat, cm").fill("30")
    page.get_by_role("spinbutton", name="Rotation °").fill("30")
    trip.compose(page, "Dress")
    _, picture = trip.download(page, "Download PNG")
    assert picture.size == size
    expect(page.get_by_role("spinbutton", name="Repeat, cm")).to_have_value("30")
    expect(page.get_by_role("spinbutton", name="Rotation °")).to_have_value(re.compile(r"30(\.0)?"))

    page.goto("/history/")
    expect(page.get_by_role("region", name="Designs")).to_contain_text("seed 7 · 512 px · dress · repeat 30 cm · 30")
    page.get_by_role("region", name="Designs").get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("region", name="Designs")).to_contain_text("No designs yet")


def test_motifs_stay_as_large_on_the_garment_when_its_print_is_changed(page: Page) -> None:
    page.goto("/studio/")
    trip.generate(page, "Cheetah", count=1, seed=7)
    trip.choose_print(page)
    page.get_by_role("link", name="Dress", exact=True).click()
    repeat = page.get_by_role("spinbutton", name="Repeat, cm")
    expect(repeat).to_have_value("40")
    repeat.fill("50")
    # Stripes have twice the pixels, so as large a tile of them holds half as many.
    trip.generate(page, "Striped", count=1, seed=7)
    trip.choose_print(page)
    expect(repeat).to_have_value("25")


def test_a_print_is_varied_and_takes_other_colours(page: Page) -> None:
    page.goto("/studio/")
    trip.generate(page, "Floral", count=1, seed=7)
    trip.choose_print(page)
    _, plain = trip.download(page, "PNG")
    page.get_by_label("How different").fill("0.15")
    page.get_by_role("button", name="More like this").click()
    trip.wait_for_prints(page, 5)
    trip.choose_print(page, 0)
    expect(page.locator("figcaption")).to_contain_text(re.compile(r"seed 7 · 15 % of \d+"))
    name, varied = trip.download(page, "PNG")
    assert re.fullmatch(r"floral-7-[0-9a-f]{8}-512px\.png", name)
    page.get_by_text("Mix with another").click()
    page.get_by_role("button", name="Mix these two").click()
    trip.wait_for_prints(page, 6)
    page.get_by_role("button", name=re.compile("^Hide")).first.click()
    expect(page.locator(".wall .print")).to_have_count(5)
    page.locator("#undo-hide").click()
    trip.wait_for_prints(page, 6)
    trip.choose_print(page, 1)
    page.get_by_text("Other colours").click()
    page.get_by_label("Colour 1", exact=True).fill("#b00020")
    page.get_by_role("button", name="Recolour").click()
    trip.wait_for_prints(page, 7)
    trip.choose_print(page, 0)
    expect(page.locator("figcaption")).to_contain_text("recoloured")
    _, coloured = trip.download(page, "PNG")
    assert len({plain.tobytes(), varied.tobytes(), coloured.tobytes()}) == 3


def test_a_file_for_the_printer_has_the_size_that_was_asked_for(page: Page) -> None:
    page.goto("/studio/")
    trip.generate(page, "Floral", count=1, seed=7)
    trip.choose_print(page)
    page.get_by_text("File for the printer").click()
    page.locator("#print-file").get_by_label(re.compile("^Repeat")).select_option("Half-drop")
    page.get_by_label("Width of a tile in cm").fill("12.7")
    page.get_by_role("button", name="Make the file").click()
    expect(page.get_by_role("link", name="Download", exact=True)).to_be_visible(timeout=trip.WORK_MS)
    name, picture = trip.download(page, "Download")
    assert name == "floral-7-half-drop-12.7cm-150dpi.png"
    assert picture.size == (1500, 750)


def test_a_running_job_can_be_cancelled_and_the_worker_goes_on(page: Page, site: Site, tmp_path: Path) -> None:
    page.goto("/studio/")
    job = page.locator(".job")
    with site.held_worker() as run_until:
        trip.upload(page, trip.portrait(tmp_path, 560, 640))  # no other test's size, so that its masks are new
        expect(job).to_contain_text("Waiting, next in line")
        run_until("running")
        expect(job).to_contain_text("Working")
        page.get_by_role("button", name="Cancel").click()
        expect(job).to_contain_text("Cancelled")
        expect(page.get_by_role("button", name="Try again")).to_be_visible()
    trip.generate(page, "Cheetah", count=1)  # the worker let go of the search and draws
    expect(job).to_contain_text("Cancelled")
    page.get_by_role("button", name="Try again").click()
    trip.wait_for_garments(page)


def test_a_dropped_photo_is_uploaded(page: Page, tmp_path: Path) -> None:
    data = trip.portrait(tmp_path).read_bytes()
    page.goto("/studio/")
    dropped = page.evaluate_handle(
        """(bytes) => {
            const list = new DataTransfer();
            list.items.add(new File([new Uint8Array(bytes)], "dropped.jpg", {type: "image/jpeg"}));
            return list;
        }""",
        list(data),
    )
    page.dispatch_event("[data-drop]", "drop", {"dataTransfer": dropped})
    expect(page.get_by_alt_text("dropped.jpg")).to_be_visible()
    trip.wait_for_garments(page)


def test_a_refused_upload_says_why_on_the_page(page: Page, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 and no more")
    page.goto("/studio/")
    # Screen readers tell what comes into an area that they know: it is filled anew and never replaced.
    page.locator("#messages").evaluate("(area) => { area.dataset.known = 'yes'; }")
    said = page.locator("#messages[data-known]")
    trip.upload(page, broken)
    expect(said).to_contain_text("not a photo we can read")
    expect(page.get_by_role("list", name="Photos")).not_to_contain_text("broken")
    page.get_by_label("How many").evaluate("(field) => field.removeAttribute('max')")
    page.get_by_label("How many").fill("500")
    page.get_by_role("button", name="Generate").click()
    expect(said).to_contain_text("How many")
    page.get_by_role("link", name="Zebra", exact=True).click()
    expect(said).to_be_empty()


def test_without_scripts_the_forms_still_work(visitor: Callable[..., BrowserContext]) -> None:
    page = visitor(java_script_enabled=False).new_page()
    page.goto("/studio/")
    page.get_by_label("How many").fill("1")
    page.get_by_role("button", name="Generate").click()
    expect(page.locator(".wall .print")).to_have_count(1)

    def arrived() -> bool:
        page.reload()
        return page.locator(".wall .pick").count() == 1

    assert any(arrived() for _ in range(300))


def test_a_second_browser_gets_404_for_what_the_first_one_made(
    made: Made, visitor: Callable[..., BrowserContext]
) -> None:
    owner, stranger = visitor(storage_state=made.state), visitor()
    stranger.request.get("/history/")
    private = [made.pages["studio"], made.pages["delete"], *made.downloads]
    assert len(private) == 6
    for address in private:
        assert owner.request.get(address).status == 200, address
        assert stranger.request.get(address).status == 404, address
