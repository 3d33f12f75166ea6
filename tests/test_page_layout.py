"""The page in Chromium: nothing scrolls sideways or is cut off, in light and dark."""

import re
from pathlib import Path

import pytest
from fake_site import FakeSite, make_state
from page_tools import Opener, asked_often

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
