"""The page in Chromium: what its buttons ask of the server, and what it says of the answer."""

import re
from pathlib import Path

import pytest
from fake_site import FakeSite, make_state
from page_tools import Opener, asked_often, expect, wait_for


def test_start_and_stop_post_what_they_say(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#start-stop-text")).to_have_text("Start")
    page.locator("#start-stop").click()
    expect(page.locator("#start-stop-text")).to_have_text("Stop")
    assert site.posts == [{"action": "stop"}, {"action": "start"}]


def test_the_attempts_at_a_camera_that_failed_can_be_stopped(site: FakeSite, open_page: Opener) -> None:
    site.state = make_state("failed", message="Camera 7 was not found.")
    site.state["source"]["retrying"] = True
    page = open_page()
    page.get_by_role("button", name="Stop trying").click()
    expect(page.locator("#start-stop-text")).to_have_text("Start")
    assert site.posts == [{"action": "stop"}]


def test_the_buttons_over_the_picture_do_what_they_say(site: FakeSite, open_page: Opener) -> None:
    site.state = make_state("failed", message="Camera 0 did not open.")
    page = open_page()
    page.get_by_role("button", name="Choose a source").click()
    expect(page.locator("#source-choice")).to_be_focused()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Play the demo clip").click()
    expect(page.locator("#pill-text")).to_have_text("Demo clip")
    assert site.posts == [{"action": "start", "source": "demo"}]


def test_mirror_is_asked_of_the_server_and_shown_as_the_server_has_it(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    mirror = page.get_by_role("button", name="Mirror")
    expect(mirror).to_have_attribute("aria-pressed", "true")
    mirror.click()
    expect(mirror).to_have_attribute("aria-pressed", "false")
    assert site.posts == [{"action": "set", "mirror": False}]


def test_a_camera_and_a_detector_can_be_chosen(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    page.get_by_role("button", name="Change").click()
    page.get_by_label("Camera or clip").select_option(label="Camera 1")
    detector = page.get_by_label("Face detector")
    expect(detector.locator("option", has_text="A third detector (not installed)")).to_be_disabled()
    expect(page.get_by_text("The third detector needs a package.")).to_be_visible()
    detector.select_option("second")
    page.get_by_role("button", name="Use this source").click()
    expect(page.locator("#source-choice")).to_be_hidden()
    assert [(post["source"], post["detector"]) for post in site.posts] == [("1", "second")]


def test_the_resolution_of_a_camera_can_be_chosen_and_is_shown(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    expect(page.locator("#figure-size")).to_have_text("640 \u00d7 360")
    page.keyboard.press("c")
    resolution = page.get_by_label("Resolution")
    expect(resolution).to_have_value("640x480")
    page.get_by_label("Camera or clip").select_option(label="Demo clip")
    expect(resolution).to_be_hidden()
    page.get_by_label("Camera or clip").select_option(label="Camera 1")
    resolution.select_option("1280x720")
    page.get_by_role("button", name="Use this source").click()
    expect(page.locator("#source-choice")).to_be_hidden()
    wanted = {"width": 1280, "height": 720}
    assert site.posts == [{"action": "start", "source": "1", "detector": "haar", "resolution": wanted}]
    page.keyboard.press("c")
    expect(resolution).to_have_value("1280x720")


def test_a_late_list_of_cameras_leaves_the_resolution_that_was_just_chosen(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    site.sources_pause_seconds = 0.5
    page.keyboard.press("c")
    page.get_by_label("Resolution").select_option("1280x720")
    site.sources = [*site.sources, {"value": "2", "name": "Camera 2"}]
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_label("Resolution")).to_be_hidden()
    page.keyboard.press("c")
    page.get_by_label("Resolution").select_option("1920x1080")
    expect(page.locator("#source-choice option", has_text="Camera 2")).to_have_count(1)
    expect(page.get_by_label("Resolution")).to_have_value("1920x1080")


def test_the_resolution_that_the_program_was_started_with_is_offered_too(site: FakeSite, open_page: Opener) -> None:
    site.state["resolution"] = {"width": 800, "height": 600}
    page = open_page()
    page.keyboard.press("c")
    expect(page.get_by_label("Resolution")).to_have_value("800x600")


def test_a_detector_that_is_not_in_the_list_is_kept(site: FakeSite, open_page: Opener) -> None:
    site.state = {**make_state(), "detector": "yunet:mine.onnx"}
    page = open_page()
    page.get_by_role("button", name="Change").click()
    page.get_by_label("Camera or clip").select_option(label="Camera 1")
    asked_often(site, "GET /api/state", page, 2)
    page.get_by_role("button", name="Use this source").click()
    expect(page.locator("#source-choice")).to_be_hidden()
    assert [(post["source"], post["detector"]) for post in site.posts] == [("1", "yunet:mine.onnx")]


def test_searching_adds_the_cameras_that_only_a_try_can_find(site: FakeSite, open_page: Opener) -> None:
    site.sources_after_search = [{"value": "2", "name": "Camera 2: Desk"}, *site.sources]
    page = open_page()
    page.keyboard.press("c")
    desk = page.locator("#source-choice option", has_text="Camera 2: Desk")
    expect(desk).to_have_count(0)
    page.get_by_role("button", name="Search for cameras").click()
    expect(desk).to_have_count(1)
    expect(page.locator("#source-choice")).to_be_focused()


def test_a_search_says_what_it_found_and_what_it_found_stays(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    page.keyboard.press("c")
    page.get_by_role("button", name="Search for cameras").click()
    expect(page.locator("#search-found")).to_have_text("No other camera was found.")
    plain = list(site.sources)
    site.sources_after_search = [{"value": "2", "name": "Camera 2: Desk"}, *plain]
    page.get_by_role("button", name="Search for cameras").click()
    expect(page.locator("#search-found")).to_have_text("Found: Camera 2: Desk.")
    site.sources = plain
    page.get_by_role("button", name="Cancel").click()
    page.keyboard.press("c")
    asked_often(site, "GET /api/state", page, 1)
    expect(page.locator("#source-choice option", has_text="Camera 2: Desk")).to_have_count(1)


def test_a_late_answer_does_not_replace_what_a_search_found(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    found = [{"value": "2", "name": "Camera 2: Desk"}, *site.sources]
    site.sources_after_search = found
    site.sources_pause_seconds = 1.0  # of the question that opening the dialog asks
    page.keyboard.press("c")
    wait_for(page, lambda: site.count("GET /api/sources") == 2)
    site.sources_pause_seconds = 0.0
    page.get_by_role("button", name="Search for cameras").click()
    desk = page.locator("#source-choice option", has_text="Camera 2: Desk")
    expect(desk).to_have_count(1)
    page.wait_for_timeout(1200)
    expect(desk).to_have_count(1)


def test_cancel_leaves_everything_as_it_is(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    page.get_by_role("button", name="Change").click()
    page.get_by_label("Camera or clip").select_option(label="Camera 1")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#source-choice")).to_be_hidden()
    expect(page.get_by_role("button", name="Change")).to_be_focused()
    assert site.posts == []


@pytest.mark.parametrize(("boxes", "asked"), [(True, ""), (False, "boxes=0")])
def test_a_picture_is_saved_as_it_is_seen(site: FakeSite, open_page: Opener, boxes: bool, asked: str) -> None:
    page = open_page()
    if not boxes:
        page.get_by_role("button", name="Boxes").click()
    expect(page.locator("#save")).to_be_enabled()
    asked_for: list[str] = []
    page.on("request", lambda request: asked_for.append(request.url))
    expect(page.locator("#save")).to_be_enabled()
    with page.expect_download():
        page.keyboard.press("s")
    assert [url.partition("?")[2] for url in asked_for if "/snapshot.jpg" in url] == [asked]


def test_boxes_are_remembered_by_the_browser(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    page.keyboard.press("b")
    page.reload()
    expect(page.locator("#boxes-on")).to_have_attribute("aria-pressed", "false")


def test_an_address_can_be_typed(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    page.get_by_role("button", name="Change").click()
    address = page.get_by_label("Address, file or camera number")
    expect(address).to_be_hidden()
    page.get_by_label("Camera or clip").select_option("other")
    expect(address).to_be_focused()
    page.keyboard.type(" rtsp://cam/ms c\n")
    wait_for(page, lambda: bool(site.posts))
    assert site.posts == [{"action": "start", "source": "rtsp://cam/ms c", "detector": "haar"}]


def test_a_refused_order_is_said_in_words(site: FakeSite, open_page: Opener) -> None:
    site.refusal = (409, "Camera 1 did not open. Is another program using it?")
    page = open_page()
    page.locator("#start-stop").click()
    expect(page.get_by_role("alert")).to_contain_text("Camera 1 did not open.")
    site.refusal = None
    page.locator("#start-stop").click()
    expect(page.get_by_role("alert")).to_be_hidden()


def test_save_gives_the_newest_picture_as_a_file(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save picture").click()
    assert re.fullmatch(r"expression-\d{4}(-\d\d){5}\.jpg", download.value.suggested_filename)
    assert Path(download.value.path()).read_bytes() == site.picture


def test_a_picture_that_could_not_be_saved_is_said(site: FakeSite, open_page: Opener) -> None:
    site.snapshot_refusal = (503, "There is no picture yet.")
    page = open_page()
    page.get_by_role("button", name="Save picture").click()
    expect(page.get_by_role("alert")).to_contain_text("The picture was not saved. There is no picture yet.")
