"""The page in Chromium, with the real program behind it: rules are made, watched for and told of."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_site import FakeSite
from fakes import FakeStages
from live_program import live_page, live_program, open_panel
from page_tools import Browser, Opener, Page, expect, findings, wait_for


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """Of a program that sees two happy faces in every picture."""
    with live_program(tmp_path, FakeStages(2)) as address, live_page(browser, address) as page:
        yield page


def open_crowd(page: Page) -> None:
    open_panel(page, "Crowd watch")
    expect(page.locator("#use-crowd .use-lead")).to_have_text("Nothing is watched for yet.")


def add_rule(page: Page, name: str, **fields: str) -> None:
    panel = page.locator("#use-crowd")
    panel.get_by_role("button", name="Add a rule").click()
    panel.get_by_label("Name").fill(name)
    panel.get_by_label("angry").uncheck()
    panel.get_by_label("happy").check()
    for label, value in fields.items():
        panel.get_by_label(label.replace("_", " ")).fill(value)
    panel.get_by_role("button", name="Save the rule").click()
    expect(panel.get_by_role("heading", name=name)).to_be_visible()


def test_an_incident_is_seen_and_spoken_from_its_beginning_to_its_end(page: Page) -> None:
    open_crowd(page)
    expect(page.locator("#watch-pill")).to_be_hidden()
    add_rule(page, "Joy spreads", Smallest_group="2", Told_after="2")
    expect(page.locator("#watch-words")).to_have_text("Watching: 1 rule")
    expect(page.locator(".rule .pill")).to_contain_text("incident for")
    expect(page.locator("#watch-words")).to_have_text("Joy spreads")
    for told in ("#told", "#told-spoken"):
        expect(page.locator(told)).to_contain_text("Joy spreads: an incident has begun.")
    expect(page.locator("#use-crowd tbody tr").first).to_contain_text("goes on")
    page.get_by_role("checkbox", name="Watch for Joy spreads").uncheck()
    expect(page.locator("#told")).to_contain_text("Joy spreads: the incident is over.")
    expect(page.locator("#use-crowd tbody tr").first).to_contain_text("stopped")
    expect(page.locator(".rule .pill")).to_have_text("off")
    page.get_by_role("button", name="Dismiss").first.click()
    expect(page.locator("#told")).to_be_hidden()


def test_too_few_faces_is_a_state_of_its_own_and_a_rule_is_tried_and_changed(page: Page) -> None:
    open_crowd(page)
    add_rule(page, "Joy spreads", Smallest_group="5")
    expect(page.locator(".rule .pill")).to_have_text("2 of 5 faces: too few")
    page.get_by_role("button", name="Try on past sessions").click()
    expect(page.locator(".rule")).to_contain_text("There is no saved session to try it on.")
    page.get_by_role("button", name="Change: Joy spreads").click()
    panel = page.locator("#use-crowd")
    expect(panel.get_by_label("At least")).to_have_value("30")
    panel.get_by_label("Over once below").fill("90")
    panel.get_by_role("button", name="Save the rule").click()
    expect(panel.get_by_role("alert")).to_contain_text("ends_below")
    panel.get_by_label("Over once below").fill("20")
    panel.get_by_label("At least").fill("40")
    panel.get_by_role("button", name="Save the rule").click()
    expect(page.locator(".rule")).to_contain_text("happy: at least 40 %")
    expect(page.get_by_role("button", name="Change: Joy spreads")).to_be_focused()


def test_a_webhook_that_does_not_arrive_says_so_beside_its_address(page: Page) -> None:
    open_crowd(page)
    add_rule(page, "Joy spreads")
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator(".rule")).to_contain_text("There is no webhook to send it to.")
    panel = page.locator("#use-crowd")
    panel.get_by_text("Webhooks: tell other programs").click()
    panel.get_by_label("Address of the receiver").fill("http://127.0.0.1:9/hook")
    panel.get_by_role("button", name="Add", exact=True).click()
    expect(panel.locator(".use-more")).to_contain_text("inside of this machine")
    panel.get_by_label("It is on this machine").check()
    panel.get_by_role("button", name="Add", exact=True).click()
    expect(panel.locator(".receivers")).to_contain_text("Everything has arrived.")
    page.get_by_role("button", name="Send a test to http://127.0.0.1:9/hook").click()
    expect(panel.locator(".use-more .use-problem")).to_contain_text("A test is on its way to http://127.0.0.1:9/hook")
    expect(panel.locator(".receivers")).to_contain_text("1 message waiting")
    expect(panel.locator(".receivers")).to_contain_text("could not be reached")
    expect(panel.locator(".use-more tbody tr").first).to_contain_text("could not be reached")
    panel.get_by_role("button", name="Delete http://127.0.0.1:9/hook").click()
    expect(panel.locator(".receivers li")).to_have_count(0)


def test_panels_that_are_open_stay_open_and_the_keyboard_finds_its_way_back(page: Page) -> None:
    open_crowd(page)
    page.reload()
    expect(page.locator("#use-crowd .use-lead")).to_be_visible()
    page.get_by_role("button", name="Close Crowd watch").click()
    expect(page.locator(".question", has_text="Crowd watch")).to_be_focused()
    expect(page.locator("#use-crowd")).to_be_hidden()
    page.reload()
    expect(page.locator("#pill-text")).to_have_text("Demo clip")
    expect(page.locator("#questions")).to_be_hidden()


def test_nothing_of_it_is_loaded_before_somebody_asks(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    wait_for(page, lambda: site.count("GET /api/state") > 2)
    assert not [asked for asked in site.requests if "/static/uses" in asked and asked.endswith(".js")]
    assert "GET /api/uses" not in site.requests


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_axe_finds_nothing_in_the_panel(page: Page, width: int, scheme: str) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    open_crowd(page)
    add_rule(page, "Joy spreads", Smallest_group="5")
    page.get_by_role("button", name="Add a rule").click()
    page.get_by_text("Webhooks: tell other programs").click()
    page.locator("#use-crowd .use-how summary").click()
    expect(page.locator(".rule .pill")).to_have_text("2 of 5 faces: too few")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert findings(page) == []
