"""The page in Chromium: a resting face is recorded with a button, and its effect is plain to see."""

from typing import Any

from fake_site import FakeSite, make_state
from page_tools import Opener, Page, expect, findings, wait_for


def resting(**changed: Any) -> dict[str, Any]:
    quiet: dict[str, Any] = {"person": 1, "active": False, "recording_seconds_left": None}
    return {**quiet, "effect": {}, "words": "", "problem": "", **changed}


def opened(site: FakeSite, open_page: Opener, told: dict[str, Any] | None, faces: int = 1) -> Page:
    site.state = {**make_state("live", faces), "resting": told}
    page = open_page()
    page.evaluate("document.getElementById('settings').showModal()")
    return page


def test_a_button_asks_for_fifteen_calm_seconds(site: FakeSite, open_page: Opener) -> None:
    page = opened(site, open_page, None)
    expect(page.locator("#resting-words")).to_contain_text("Look calm for 15 seconds")
    expect(page.locator("#resting-line")).to_be_hidden()
    page.get_by_role("button", name="Record it").click()
    wait_for(page, lambda: {"seconds": 15} in site.posts)


def test_nobody_in_view_cannot_be_recorded(site: FakeSite, open_page: Opener) -> None:
    page = opened(site, open_page, None, faces=0)
    expect(page.locator("#resting-start")).to_be_disabled()


def test_the_time_left_is_told_while_it_is_recorded(site: FakeSite, open_page: Opener) -> None:
    page = opened(site, open_page, resting(recording_seconds_left=6.2))
    expect(page.locator("#resting-line")).to_have_text("Look calm: 7 s left.")
    expect(page.locator("#resting-start")).to_be_disabled()
    expect(page.locator("#resting-switch")).to_be_hidden()
    assert findings(page) == []


def test_its_effect_stands_on_the_page_and_it_can_be_switched_off_and_deleted(
    site: FakeSite, open_page: Opener
) -> None:
    words = "Calibrated for person 1: sad \u221218 %"
    page = opened(site, open_page, resting(active=True, effect={"sad": -0.18}, words=words))
    expect(page.locator("#resting-line")).to_have_text(words)
    assert findings(page) == []
    page.get_by_role("button", name="Switch off").click()
    wait_for(page, lambda: {"active": False} in site.posts)
    page.get_by_role("button", name="Delete", exact=True).click()
    wait_for(page, lambda: {"method": "DELETE"} in site.posts)


def test_what_went_wrong_is_told_in_words(site: FakeSite, open_page: Opener) -> None:
    page = opened(site, open_page, resting(problem="Person 1 left the picture. Record it again."))
    expect(page.locator("#resting-words")).to_have_text("Person 1 left the picture. Record it again.")
    expect(page.locator("#resting-delete")).to_be_hidden()
