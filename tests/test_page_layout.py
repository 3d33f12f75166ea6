"""The page in Chromium: nothing scrolls sideways or is cut off, in light and dark."""

import re
from pathlib import Path

import pytest
from fake_site import FakeSite, make_state
from page_tools import Browser, Opener, asked_often, expect

ROOT = Path(__file__).resolve().parent.parent


# Paragraphs and headings whose words are wider than their box.
CUT_OFF = """[...document.querySelectorAll("main :is(p, h2, h3, dd)")]
  .filter((box) => box.clientWidth > 0 && box.scrollWidth > box.clientWidth + 1).map((box) => box.textContent)"""


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (390, "dark"), (800, "light"), (1280, "dark")])
def test_no_state_scrolls_sideways(site: FakeSite, open_page: Opener, width: int, scheme: str) -> None:
    page = open_page(width=width, height=844, color_scheme=scheme)
    page.keyboard.press("c")
    page.get_by_label("Camera or clip").select_option("other")
    long = "rtsp://192.168.100.200/" + "a-very-long-path" * 8
    for state in (
        make_state("live", 3),
        make_state("live", 20, name=long),
        make_state("demo", 1, f"{long} did not open, so the demo clip plays."),
        make_state("failed", message=f"{long} did not open."),
    ):
        site.state = state
        asked_often(site, "GET /api/state", page, 2)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CUT_OFF) == []


@pytest.mark.parametrize(("width", "text_px"), [(360, 24), (390, 32), (768, 32), (1280, 32)])
def test_larger_text_wraps_and_cuts_nothing_off(site: FakeSite, open_page: Opener, width: int, text_px: int) -> None:
    site.state = make_state("live", 3)
    page = open_page(width=width, height=844)
    expect(page.locator(".face")).to_have_count(3)
    page.evaluate(f"document.documentElement.style.fontSize = '{text_px}px'")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(CUT_OFF) == []
    for button in page.locator(".tools button").all():
        assert button.evaluate("(button) => button.scrollWidth <= button.clientWidth + 1"), button.text_content()


def test_at_400_percent_zoom_the_picture_leaves_room_for_the_rest(site: FakeSite, open_page: Opener) -> None:
    page = open_page(width=320, height=200)  # 1280x800 at 400 %
    expect(page.locator("#picture")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.locator("#stage").evaluate("(stage) => stage.clientHeight") <= 200


def test_a_wide_screen_has_two_columns_of_cards(site: FakeSite, open_page: Opener) -> None:
    site.state = make_state("live", 4)
    page = open_page(width=1920, height=1080)
    expect(page.locator(".face")).to_have_count(4)
    lefts = page.locator(".face").evaluate_all("(cards) => cards.map((card) => card.getBoundingClientRect().left)")
    assert len(set(lefts)) == 2


def test_without_scripts_there_is_the_picture_and_a_sentence(site: FakeSite, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.address)
    expect(page.locator(".bare")).to_be_visible()
    expect(page.locator("noscript p")).to_be_visible()
    for useless in ("#overlay", "#jobs", ".people"):
        expect(page.locator(useless)).to_be_hidden()
    expect(page.get_by_role("button")).to_have_count(0)
    context.close()


def test_forced_colours_keep_bars_and_cards_apart(site: FakeSite, open_page: Opener) -> None:
    page = open_page(forced_colors="active")
    expect(page.locator(".face")).to_have_count(1)
    fill = page.locator('[data-name="happy"] .fill')
    assert fill.evaluate("(bar) => getComputedStyle(bar).forcedColorAdjust") == "none"
    assert page.locator(".track").first.evaluate("(track) => getComputedStyle(track).borderTopWidth") == "1px"


def test_the_picture_can_stand_alone(site: FakeSite, open_page: Opener) -> None:
    page = open_page(width=800, height=600)
    page.goto(f"{site.address}?view=picture")
    expect(page.locator("#picture")).to_be_visible()
    assert page.locator("#stage").bounding_box() == {"x": 0, "y": 0, "width": 800, "height": 600}
    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.locator(".face")).to_be_hidden()


def test_dark_is_dark(site: FakeSite, open_page: Opener) -> None:
    light, dark = open_page(color_scheme="light"), open_page(color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert light.evaluate(ground) == "rgb(245, 246, 247)"
    assert dark.evaluate(ground) == "rgb(15, 18, 21)"


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_words_stand_out_from_their_ground(theme: int) -> None:
    sheets = re.findall(r":root \{(.*?)\n *\}", (ROOT / "static" / "page.css").read_text(), re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", sheets[theme]))
    grounds = [colours[name] for name in ("ground", "surface")]
    for word in ("ink", "quiet"):
        for ground in (*grounds, colours["sunken"]):
            assert contrast(colours[word], ground) >= 4.5, (word, ground)
    assert contrast(colours["on-ink"], colours["ink"]) >= 4.5
    assert contrast(colours["ink"], colours["problem-ground"]) >= 4.5
    for mark in ("line-strong", "focus", "good", "wait", "bad", "idle"):
        for ground in grounds:
            assert contrast(colours[mark], ground) >= 3, (mark, ground)


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2: 1 for the same colour, 21 for black on white."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
