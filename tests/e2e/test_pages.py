"""Every page as people meet it: on a phone, by keyboard, with a screen reader, in the dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Request, expect

from tests.e2e.conftest import ROOT, Made, Site

SCREENSHOTS = ROOT / "var" / "screenshots"
WIDTHS = {"phone": (390, 844), "desk": (1440, 900)}
AT_ONCE_FOCUSABLE = "a[href], button:not([disabled]), input:not([type=hidden]):not([disabled]), summary"

FOCUSED = """() => {
    const element = document.activeElement, style = getComputedStyle(element), box = element.getBoundingClientRect();
    return {
        name: element.dataset.stop ?? null,
        ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        seen: box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
    };
}"""


def settle(page: Page, address: str) -> None:
    """Open a page and show all of its pictures, also those that load only when scrolled to."""
    page.goto(address)
    page.evaluate("for (const picture of document.images) picture.loading = 'eager'")
    page.wait_for_load_state("networkidle")


def first_load(page: Page, address: str) -> int:
    """Bytes that come over the line when a browser opens a page for the first time, without its pictures."""
    requests: list[Request] = []
    page.on("requestfinished", lambda request: requests.append(request))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    return sum(one.sizes()["responseBodySize"] for one in requests if one.resource_type != "image")


@pytest.mark.parametrize("device", WIDTHS)
def test_no_page_scrolls_sideways_or_misses_a_picture(
    made: Made, visitor: Callable[..., BrowserContext], device: str
) -> None:
    width, height = WIDTHS[device]
    page = visitor(storage_state=made.state, viewport={"width": width, "height": height}).new_page()
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for name, address in made.pages.items():
        settle(page, address)
        page.screenshot(path=SCREENSHOTS / f"{name}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        missing = "[...document.images].filter((i) => i.offsetParent && !i.naturalWidth).map((i) => i.src)"
        assert page.evaluate(missing) == [], name
        cramped = "[...document.querySelectorAll('.strip a')].filter((a) => a.scrollWidth > a.clientWidth)"
        assert page.evaluate(f"{cramped}.map((a) => a.innerText)") == [], name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(made: Made, visitor: Callable[..., BrowserContext], scheme: str) -> None:
    # Axe is injected, which the pages' policy forbids: this browser alone ignores it.
    page = visitor(storage_state=made.state, color_scheme=scheme, bypass_csp=True).new_page()
    found = {}
    for name, address in made.pages.items():
        settle(page, address)
        if scheme == "dark":
            page.screenshot(path=SCREENSHOTS / f"{name}-dark.png", full_page=True)
        violations = Axe().run(page).response["violations"]
        for violation in violations:
            found[name, violation["id"]] = [node["html"] for node in violation["nodes"]]
    assert found == {}


def test_the_dark_scheme_is_dark(visitor: Callable[..., BrowserContext]) -> None:
    def ground(scheme: str) -> int:
        page = visitor(color_scheme=scheme).new_page()
        page.goto("/")
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(","))

    assert ground("dark") < 200 < 600 < ground("light")


def test_everything_on_the_studio_is_reached_by_tab_with_its_focus_seen(
    made: Made, visitor: Callable[..., BrowserContext]
) -> None:
    page = visitor(storage_state=made.state, viewport={"width": 1440, "height": 900}).new_page()
    weight = first_load(page, made.pages["studio"].partition("#")[0])
    assert 20_000 < weight <= 200_000
    # One stop for each control; the radio buttons of a group are one stop, moved in by arrows.
    expected = page.evaluate(
        """(selector) => [...document.querySelectorAll(selector)]
            .filter((e) => e.checkVisibility() && (e.type !== "radio" || e.checked))
            .map((e, i) => (e.dataset.stop = `${i} ${e.textContent.trim() || e.name || e.ariaLabel}`))""",
        AT_ONCE_FOCUSABLE,
    )
    assert len(expected) > 20
    reached: list[str] = []
    for _ in range(2 * len(expected)):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop["name"] in reached:
            break
        if stop["name"] is not None:
            reached.append(stop["name"])
            assert stop["ring"], f"no focus ring on {stop['name']}"
            assert stop["seen"], f"focus outside of the window on {stop['name']}"
    assert reached == expected


def test_the_keyboard_alone_picks_a_print_and_a_garment(made: Made, visitor: Callable[..., BrowserContext]) -> None:
    page = visitor(storage_state=made.state).new_page()
    page.goto("/studio/?category=cheetah")
    page.locator(".wall .pick").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".print.chosen")).to_have_count(1)
    page.get_by_role("link", name="Coat", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_alt_text("The chosen garment")).to_be_visible()
    expect(page.locator(".print.chosen")).to_have_count(1)
    expect(page.get_by_role("button", name="Make the picture")).to_be_enabled()


def test_the_focus_stays_on_cancel_while_a_job_is_polled(page: Page, site: Site) -> None:
    page.goto("/studio/")
    with site.held_worker():
        page.get_by_label("How many").fill("1")
        page.get_by_role("button", name="Generate").click()
        cancel = page.get_by_role("button", name="Cancel", exact=True)
        cancel.focus()
        for _ in range(2):
            with page.expect_response("**/studio/arriving/*"):
                pass
        expect(cancel).to_be_focused()
        cancel.press("Enter")
        expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_the_skip_link_jumps_to_the_content(page: Page) -> None:
    page.goto("/history/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url("/history/#main")
