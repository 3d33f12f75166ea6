"""A report in a real browser: its timeline can be moved over, on a wide and on a narrow screen."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_classifier import FakeClassifier
from page_tools import Browser, Page, expect, findings

from analysis.layout import REPORT
from analysis.settings import Settings
from analysis.video_run import analyse_video
from faces.places import DEMO_FILE


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "demo"
    analyse_video(DEMO_FILE, folder, FakeClassifier(), Settings(every_seconds=0.5))
    return folder


@pytest.fixture
def page(browser: Browser, folder: Path) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.goto((folder / REPORT).as_uri())
    yield opened
    context.close()


def test_the_time_under_the_slider_says_who_shows_what(page: Page) -> None:
    slider = page.get_by_label("Time", exact=True)
    slider.fill("5")
    words = page.locator(".scrubber output")
    expect(words).to_contain_text("0:05.0 · Person 1: ")
    left = page.locator(".cursor").evaluate("(line) => parseFloat(line.style.left)")
    assert left == pytest.approx(100 * 5 / float(slider.get_attribute("max") or 0), abs=0.1)
    slider.press("ArrowRight")
    expect(words).to_contain_text("0:05.1")


def test_a_click_on_a_row_moves_the_line_there(page: Page) -> None:
    row = page.locator("svg[data-person='1']").first
    box = row.bounding_box()
    assert box is not None
    row.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    assert page.locator(".cursor").evaluate("(line) => parseFloat(line.style.left)") == pytest.approx(50, abs=0.5)


def test_a_report_that_was_sent_without_its_video_shows_no_empty_player(
    browser: Browser, folder: Path, tmp_path: Path
) -> None:
    alone = tmp_path / REPORT
    alone.write_bytes((folder / REPORT).read_bytes())
    opened = browser.new_page()
    opened.goto(alone.as_uri())
    expect(opened.locator(".scrubber")).to_be_visible()
    expect(opened.locator("video")).to_be_hidden()
    opened.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_in_a_report(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for fold in page.locator("details").all():
        fold.evaluate("(details) => (details.open = true)")
    assert findings(page) == []


@pytest.mark.parametrize("width", [360, 768])
def test_nothing_sticks_out_of_a_narrow_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
