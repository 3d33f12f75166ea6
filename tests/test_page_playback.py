"""The page in Chromium over the real demo clip: a video is paused, moved in and stepped through."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_site import FakeSite, make_state
from fakes import FakeStages
from live_program import live_page, live_program
from own_camera import use_own_camera
from page_tools import Browser, Opener, Page, expect, findings, wait_for


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    with live_program(tmp_path, FakeStages(1)) as address, live_page(browser, address) as opened:
        expect(opened.locator("#playback")).to_be_visible()
        yield opened


def position(page: Page) -> float:
    """What the program says, not the page."""
    return float(page.evaluate("fetch('/api/state').then((answer) => answer.json())")["playback"]["position"])


def pause(page: Page) -> float:
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.wait_for_timeout(300)
    return position(page)


def test_a_video_is_paused_and_played_by_button_and_key(page: Page) -> None:
    there = pause(page)
    page.wait_for_timeout(400)
    assert position(page) == there
    expect(page.locator("#playback-time")).to_have_text(re.compile(rf"^0:0{int(there)}\.\d of 0:\d\d\.\d$"))
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    wait_for(page, lambda: position(page) != there)


def test_the_slider_moves_in_it_by_mouse_and_by_keys(page: Page) -> None:
    pause(page)
    slider = page.get_by_role("slider", name="Position in the video")
    frame, length = slider.bounding_box(), float(slider.get_attribute("max") or 0)
    assert frame
    page.mouse.move(frame["x"] + 10, frame["y"] + frame["height"] / 2)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2, steps=12)
    page.mouse.up()
    wait_for(page, lambda: position(page) == pytest.approx(length / 2, abs=0.3))
    slider.press("Home")
    wait_for(page, lambda: position(page) == 0)
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"^0:00\.0 of"))
    slider.press("End")
    wait_for(page, lambda: position(page) > length - 0.2)


def test_single_frames_go_forward_and_back(page: Page) -> None:
    there = pause(page)
    page.keyboard.press(".")
    wait_for(page, lambda: there < position(page) < there + 0.1)
    page.get_by_role("button", name="One frame back").click()
    wait_for(page, lambda: position(page) == there)
    page.keyboard.press(",")
    wait_for(page, lambda: there - 0.1 < position(page) < there)


def test_without_loop_it_stops_at_its_end(page: Page) -> None:
    page.keyboard.press("l")
    expect(page.get_by_role("button", name="Loop")).to_have_attribute("aria-pressed", "false")
    slider = page.get_by_role("slider", name="Position in the video")
    length = float(slider.get_attribute("max") or 0)
    slider.press("End")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    assert position(page) > length - 0.2


def test_axe_finds_nothing_and_nothing_is_cut_off(page: Page) -> None:
    pause(page)
    assert findings(page) == []
    for width, text_px in ((360, 16), (390, 32), (1280, 32)):
        page.set_viewport_size({"width": width, "height": 844})
        page.evaluate(f"document.documentElement.style.fontSize = '{text_px}px'")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_camera_has_nothing_to_pause(site: FakeSite, open_page: Opener) -> None:
    site.state = make_state("live")
    page = open_page()
    expect(page.locator("#playback")).to_be_hidden()
    page.keyboard.press("p")
    page.keyboard.press(".")
    expect(page.get_by_role("alert")).to_be_hidden()
    assert site.count("POST /api/playback") == 0


def test_what_the_program_plays_and_records_is_not_shown_as_that_of_ones_own_camera(
    site: FakeSite, open_page: Opener
) -> None:
    site.state = make_state("demo") | {"playback": {"position": 1.0, "length": 9.0, "paused": False, "loop": True}}
    site.recording = {"id": "f" * 16, "name": "Rehearsal", "seconds": 62.4, "skipped": 0, "problem": "", "over": False}
    page = open_page()
    for shown in ("#playback", "#recording"):
        expect(page.locator(shown)).to_be_visible()
    use_own_camera(page)
    expect(page.locator("#overlay-title")).to_have_text("No picture from this source")
    expect(page.locator("#source-name")).to_have_text("This device\u2019s camera")
    for hidden in ("#playback", "#recording"):
        expect(page.locator(hidden)).to_be_hidden()
