"""The page in Chromium, with the real program behind it: the panels of activity, audience and assistant."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import FakeStages
from live_program import live_page, live_program, open_panel
from page_tools import Browser, Page, expect, findings

from timeline.uses import USES


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """Of a program that sees two happy faces in every picture."""
    with live_program(tmp_path, FakeStages(2)) as address, live_page(browser, address) as page:
        yield page


def test_every_use_is_offered_with_its_own_words(page: Page) -> None:
    page.keyboard.press("q")
    expect(page.locator(".question strong")).to_have_text([use.title for use in USES])
    expect(page.locator(".question-words")).to_have_text([use.question for use in USES])
    page.locator(".question").first.click()
    page.locator("#use-activity .use-how summary").click()
    expect(page.locator("#use-activity .use-how")).to_contain_text(USES[0].formula)
    expect(page.locator("#use-activity .use-how li")).to_have_text(list(USES[0].limits))
    page.keyboard.press("q")
    expect(page.locator("#questions")).to_be_hidden()
    expect(page.locator("#questions-open")).to_have_attribute("aria-expanded", "false")


def test_activity_is_told_of_everybody_and_of_one_person(page: Page) -> None:
    open_panel(page, "Activity")
    panel = page.locator("#use-activity")
    expect(panel.locator(".use-lead")).to_contain_text("Mostly happy")
    expect(panel.locator("tbody tr")).to_have_count(1)
    expect(panel.locator("tbody tr")).to_contain_text("happy")
    panel.get_by_label("Whose face").select_option("2")
    expect(panel.locator(".use-sum")).to_contain_text("in the last ten minutes; longest happy")


def test_an_audience_below_the_smallest_group_is_not_answered_about(page: Page) -> None:
    open_panel(page, "Audience")
    panel = page.locator("#use-audience")
    expect(panel.locator(".use-lead")).to_have_text("2 of 5 faces: too few to say anything.")
    expect(panel.locator("polyline")).to_have_count(0)
    panel.get_by_label("Smallest group").fill("2")
    page.keyboard.press("Tab")
    expect(panel.locator(".use-lead")).to_contain_text("2.0 faces on average")
    expect(panel.locator(".scores")).to_contain_text("70%")
    expect(panel.locator("polyline")).to_have_count(2)
    panel.get_by_label("Smallest group").fill("1")
    page.keyboard.press("Tab")
    expect(panel.locator(".use-problem").last).to_contain_text("minimum must be 2 or more")


def test_the_assistant_says_what_it_is_told_and_nothing_until_it_is_switched_on(page: Page) -> None:
    open_panel(page, "Assistant")
    panel = page.locator("#use-assistant")
    expect(panel.get_by_label("Speak up on this page")).not_to_be_checked()
    expect(panel.locator(".day-notes").first).to_contain_text("Person 1 looks happy, for")
    panel.get_by_text("What it says, and when").click()
    panel.get_by_label("After").fill("1")
    panel.get_by_label("At most every").fill("3")
    panel.get_by_label("Quiet hours").fill("")
    panel.get_by_label("Lines, each with its expression").fill("happy: Well done.\nhappy: Go on.")
    page.keyboard.press("Tab")
    expect(panel.locator(".day-notes").last).to_contain_text("happy:")
    expect(page.locator("#told")).to_be_hidden()
    panel.get_by_text("Connect an assistant of your own").click()
    expect(panel).to_contain_text("python examples/assistant.py http://127.0.0.1:")


def test_the_assistant_speaks_on_the_page_once_it_is_switched_on(page: Page) -> None:
    open_panel(page, "Assistant")
    panel = page.locator("#use-assistant")
    panel.get_by_text("What it says, and when").click()
    panel.get_by_label("After").fill("6")
    panel.get_by_label("Quiet hours").fill("")
    panel.get_by_label("Lines, each with its expression").fill("happy: Well done.")
    page.keyboard.press("Tab")
    panel.get_by_label("Speak up on this page").check()
    for told in ("#told", "#told-spoken", ".saying"):
        expect(page.locator(told)).to_contain_text("Well done.")
    panel.get_by_label("Lines, each with its expression").fill("hapy: Well done.")
    page.keyboard.press("Tab")
    expect(panel.locator(".use-problem")).to_contain_text("Line 1 of the sayings")
    page.reload()
    expect(panel.get_by_label("Speak up on this page")).to_be_checked()
    panel.get_by_text("What it says, and when").click()
    expect(panel.get_by_label("Lines, each with its expression")).to_have_value("hapy: Well done.")


@pytest.mark.parametrize(("width", "text_px"), [(360, 24), (360, 32), (320, 32), (320, 16)])
def test_nothing_is_cut_off_with_larger_text_or_on_a_narrow_screen(page: Page, width: int, text_px: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate(
        "(name) => fetch('/api/rules', {method: 'POST', headers: {'Content-Type': 'application/json'}, "
        "body: JSON.stringify({name})})",
        "Indignation spreads",
    )
    page.evaluate(f"document.documentElement.style.fontSize = '{text_px}px'")
    page.keyboard.press("q")
    for use in USES:
        page.locator(".question", has_text=use.title).click()
        expect(page.locator(f"#use-{use.name} .use-lead")).not_to_be_empty()
    page.get_by_role("button", name="Add a rule").click()
    expect(page.locator(".rule .pill")).to_contain_text("too few")
    for summary in page.locator("#questions summary").all():
        if summary.is_visible():
            summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_axe_finds_nothing_in_the_panels(page: Page, width: int, scheme: str) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.keyboard.press("q")
    for title in ("Activity", "Audience", "Assistant"):
        page.locator(".question", has_text=title).click()
    page.locator("#use-audience").get_by_label("Smallest group").fill("2")
    page.keyboard.press("Tab")
    expect(page.locator("#use-audience polyline")).to_have_count(2)
    page.get_by_text("What it says, and when").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert findings(page) == []
