"""The page in Chromium: everything by keyboard."""

import pytest
from fake_site import FakeSite, make_state
from page_tools import Opener, asked_often, expect, wait_for


def test_keys_start_stop_mirror_save_and_choose(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    page.keyboard.press("m")
    expect(page.locator("#mirror")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#save")).to_be_enabled()
    with page.expect_download():
        page.keyboard.press("s")
    page.keyboard.press("Space")
    expect(page.locator("#start-stop-text")).to_have_text("Start")
    assert site.posts == [{"action": "set", "mirror": False}, {"action": "stop"}]
    page.keyboard.press("c")
    expect(page.locator("#source-choice")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#source-choice")).to_be_hidden()


def test_keys_are_silent_while_somebody_types(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    page.keyboard.press("c")
    page.get_by_label("Camera or clip").select_option("other")
    page.keyboard.type("my cams")
    expect(page.locator("#source-address")).to_have_value("my cams")
    page.locator("#source-choice").focus()
    page.keyboard.press("m")
    asked_often(site, "GET /api/state", page, 3)
    assert site.posts == []


def test_space_on_a_button_presses_only_that_button(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    page.locator("#mirror").focus()
    page.keyboard.press("Space")
    expect(page.locator("#mirror")).to_have_attribute("aria-pressed", "false")
    assert site.posts == [{"action": "set", "mirror": False}]


def test_space_scrolls_the_list_of_faces_when_it_has_the_focus(site: FakeSite, open_page: Opener) -> None:
    site.state = make_state("live", 20)
    page = open_page()
    faces = page.locator("#faces-scroll")
    page.locator(".face").first.focus()
    page.keyboard.press("Space")
    wait_for(page, lambda: faces.evaluate("(list) => list.scrollTop") > 0)
    assert site.posts == []


def test_keys_do_nothing_while_their_buttons_can_not(site: FakeSite, open_page: Opener) -> None:
    site.locked = (403, "Open the address with the token that the terminal shows.")
    page = open_page()
    expect(page.locator("#pill-text")).to_have_text("Not allowed")
    for key in ("Space", "m", "s"):
        page.keyboard.press(key)
    asked_often(site, "GET /api/state", page, 1)
    assert site.posts == []


def test_keys_can_be_switched_off_and_stay_off(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    page.keyboard.press("?")
    page.locator("#keys").get_by_label("Enable keyboard shortcuts").uncheck()
    page.reload()
    expect(page.locator("#start-stop")).to_be_enabled()
    page.keyboard.press("m")
    asked_often(site, "GET /api/state", page, 3)
    assert site.posts == []


def test_everything_can_be_reached_with_the_tab_key(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    reached = []
    for _ in range(17):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert reached[:4] == ["Skip to the faces", "Live", "Sessions", "About"]
    assert reached[4:11] == ["start-stop", "record", "mirror", "boxes-on", "save", "full-screen", "questions-open"]
    assert reached[11] == "source-open"
    assert reached[12] == "Analyse a video, pictures or a folder"
    assert "Happy" in reached[13].title()
    assert reached[14:] == ["What this can and cannot tell", "Settings", "Keyboard"]


def test_twenty_cards_are_one_stop_and_arrows_go_through_them(site: FakeSite, open_page: Opener) -> None:
    site.state = make_state("live", 20)
    page = open_page()
    expect(page.locator(".face")).to_have_count(20)
    assert page.locator(".face[tabindex='0']").count() == 1
    page.locator(".face").first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".face").nth(1)).to_be_focused()
    assert page.locator(".face[tabindex='0']").count() == 1


def test_escape_closes_a_dialog_and_leaves_the_picture_in_place(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    before = page.locator("#stage").bounding_box()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("m")
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    assert page.locator("#stage").bounding_box() == pytest.approx(before, abs=1)
    assert site.posts == [], "keys of the page are silent while a dialog is open"
