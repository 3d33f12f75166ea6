"""The page in Chromium: every state says its own words, and the picture comes and goes with it."""

from typing import Any

import pytest
from fake_site import FakeSite, make_face, make_state
from page_tools import Opener, expect, findings, let_time_pass, wait_for


@pytest.mark.parametrize(
    ("state", "pill", "words", "actions"),
    [
        (make_state("live"), "Camera", [], []),
        (make_state("demo", 1, "No camera found."), "Demo clip", ["No camera found."], []),
        (make_state("demo", message="Playing the demo clip."), "Demo clip", ["Playing the demo clip."], []),
        (make_state("stopped"), "Stopped", ["The camera is released."], ["Start"]),
        (
            make_state("failed", message="Camera 7 did not open."),
            "No picture",
            ["Camera 7 did not open."],
            ["Try again", "Play the demo clip", "Choose a source"],
        ),
        (
            make_state("reconnecting", message="Next attempt in 4 s."),
            "Camera lost",
            ["trying again", "Next attempt in 4 s."],
            ["Choose a source"],
        ),
    ],
    ids=["live", "demo-no-camera", "demo-wanted", "stopped", "failed", "reconnecting"],
)
def test_every_state_says_its_own_words(
    site: FakeSite, open_page: Opener, state: dict[str, Any], pill: str, words: list[str], actions: list[str]
) -> None:
    site.state = state
    page = open_page()
    expect(page.locator("#pill-text")).to_have_text(pill)
    for part in words:
        expect(page.locator(".view").get_by_text(part).filter(visible=True)).to_have_count(1)
    expect(page.locator("#overlay-actions button")).to_have_text(actions)
    covered = state["source"]["status"] not in ("live", "demo")
    assert page.locator("#overlay").is_visible() == covered


def test_starting_is_said_until_the_first_picture_comes(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    site.state = make_state("starting")
    expect(page.locator("#pill-text")).to_have_text("Starting")
    expect(page.locator("#overlay-title")).to_have_text("Starting")
    expect(page.locator("#start-stop-text")).to_have_text("Stop")
    site.state = make_state("live")
    expect(page.locator("#overlay")).to_be_hidden()


def test_a_stopped_camera_leaves_no_picture_standing(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    expect(page.locator("#picture")).to_be_visible()
    wait_for(page, lambda: site.streams == 1)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#overlay-title")).to_have_text("Stopped")
    expect(page.locator("#picture")).to_be_hidden()
    wait_for(page, lambda: site.streams == 0)


def test_a_server_that_is_gone_is_said_and_found_again(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    expect(page.locator("#picture")).to_be_visible()
    site.stop()
    expect(page.locator("#overlay-title")).to_have_text("The server does not answer")
    expect(page.get_by_role("button", name="Try now")).to_be_visible()
    expect(page.locator("#start-stop")).to_be_disabled()
    expect(page.locator(".face")).to_have_count(0)
    assert findings(page) == []
    site.start()
    expect(page.locator("#pill-text")).to_have_text("Camera")
    expect(page.locator("#picture")).to_be_visible()


def test_a_stream_that_is_cut_is_asked_for_again(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    expect(page.locator("#picture")).to_be_visible()
    asked = site.count("GET /video_feed")
    site.cut.set()
    wait_for(page, lambda: site.streams == 0)
    expect(page.locator("#picture")).to_be_hidden()
    site.cut.clear()
    wait_for(page, lambda: site.count("GET /video_feed") > asked)
    expect(page.locator("#picture")).to_be_visible()


def test_a_source_that_is_stopped_and_started_is_connected_once_each_time(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    expect(page.locator("#picture")).to_be_visible()
    for status, shown in (("stopped", False), ("live", True)) * 3:
        site.state = make_state(status)
        expect(page.locator("#picture")).to_be_visible(visible=shown)
    wait_for(page, lambda: site.count("GET /video_feed") >= 4)
    page.wait_for_timeout(300)
    assert site.count("GET /video_feed") == 4


@pytest.mark.parametrize(
    ("kind", "pill"),
    [("camera", "Camera"), ("network", "Network camera"), ("video", "Video"), ("picture", "Picture")],
)
def test_the_pill_says_what_it_is(site: FakeSite, open_page: Opener, kind: str, pill: str) -> None:
    site.state["source"]["kind"] = kind
    expect(open_page().locator("#pill-text")).to_have_text(pill)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("0", "The camera is released."),
        ("rtsp://cam/1", "The network camera is no longer in use"),
        ("demo", "is not playing"),
    ],
)
def test_what_stop_means_depends_on_what_was_stopped(site: FakeSite, open_page: Opener, value: str, words: str) -> None:
    site.state = make_state("stopped")
    site.state["source"].update(value=value, kind="")
    expect(open_page().locator("#overlay-text")).to_contain_text(words)


def test_a_tab_without_a_connection_of_its_own_shows_single_pictures_and_says_so(
    site: FakeSite, open_page: Opener
) -> None:
    first = open_page()
    tabs = [first]
    for _ in range(6):
        tabs.append(first.context.new_page())
        tabs[-1].goto(site.address)
        expect(tabs[-1].locator("#picture")).to_be_visible()
    assert site.streams == 5
    last = tabs[-1]
    expect(last.locator("#single")).to_contain_text("Single pictures")
    expect(last.locator(".face")).to_have_count(1)
    assert findings(last) == []
    expect(first.locator("#single")).to_be_hidden()
    for tab in tabs[:3]:
        tab.close()
    expect(last.locator("#single")).to_be_hidden()


def test_a_stream_that_never_shows_anything_is_asked_for_again(site: FakeSite, open_page: Opener) -> None:
    site.mute = True
    page = open_page()
    wait_for(page, lambda: site.streams == 1)
    site.mute = False
    page.clock.install()
    let_time_pass(page, 14)
    expect(page.locator("#picture")).to_be_visible()
    wait_for(page, lambda: site.streams == 1)


def test_a_viewer_too_many_sees_why_and_gets_the_next_free_place(site: FakeSite, open_page: Opener) -> None:
    site.full = True
    page = open_page()
    expect(page.locator("#overlay-title")).to_have_text("No more viewers fit")
    expect(page.locator("#overlay-text")).to_contain_text("All 8 viewers' places are taken.")
    assert findings(page) == []
    expect(page.locator(".face")).to_have_count(1)
    site.full = False
    expect(page.locator("#overlay")).to_be_hidden()
    expect(page.locator("#picture")).to_be_visible()


def test_a_lost_camera_has_nobody_in_view_though_its_last_picture_is_sent_again(
    site: FakeSite, open_page: Opener
) -> None:
    page = open_page()
    expect(page.locator(".face")).to_have_count(1)
    lost = make_state("reconnecting")
    site.state = {**lost, "faces": []}
    site.faces_of_the_last_picture = [make_face(1)]
    expect(page.locator("#overlay-title")).to_have_text("Camera lost, trying again")
    expect(page.locator(".face")).to_have_count(0)
    page.wait_for_timeout(500)
    expect(page.locator(".face")).to_have_count(0)


def test_a_page_that_may_not_look_says_so(site: FakeSite, open_page: Opener) -> None:
    site.locked = (403, "Open the address with the token that the terminal shows.")
    page = open_page()
    expect(page.locator("#pill-text")).to_have_text("Not allowed")
    expect(page.locator("#overlay-text")).to_have_text("Open the address with the token that the terminal shows.")
    assert findings(page) == []


def test_words_of_the_server_are_never_taken_for_markup(site: FakeSite, open_page: Opener) -> None:
    site.state = make_state("failed", message="<img src=x> did not open.", name="<b>clip</b>.mp4")
    page = open_page()
    expect(page.locator("#overlay-text")).to_have_text("<img src=x> did not open.")
    expect(page.locator("#source-name")).to_have_text("<b>clip</b>.mp4")
