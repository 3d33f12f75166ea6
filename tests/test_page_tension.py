"""The page in Chromium, with the real program behind it: the gauge of tension and one's own answers beside it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_site import FakeSite, make_state
from fakes import FakeStages
from live_program import live_page, live_program, open_panel
from page_tools import Browser, Opener, Page, expect, findings, wait_for

from faces.calibrate import Resting

CALM = Resting((0.05, 0.05, 0.05, 0.05, 0.7, 0.05, 0.05), 12.0, 300)


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> FakeStages:
    monkeypatch.setattr("timeline.uses.tension.LEAST_SECONDS", 1)
    return FakeStages(1, emotion="angry")


@pytest.fixture
def page(browser: Browser, tmp_path: Path, stages: FakeStages) -> Iterator[Page]:
    """Of a program that sees one angry face in every picture."""
    with live_program(tmp_path, stages) as address, live_page(browser, address) as page:
        yield page


def test_without_a_resting_face_there_is_no_gauge_but_a_way_to_one(page: Page) -> None:
    open_panel(page, "Tension")
    panel = page.locator("#use-tension")
    expect(panel.locator(".use-lead")).to_contain_text("There is no resting face to compare with.")
    expect(panel.get_by_role("meter")).to_be_hidden()
    panel.get_by_role("button", name="Record my resting face").click()
    expect(panel.get_by_role("button", name="Look calm")).to_be_disabled()


def test_the_gauge_stands_with_its_formula_filled_in(page: Page, stages: FakeStages) -> None:
    """Angry with 0.7 over a rest of 0.2 is a rise of 0.8125, see tests/test_tension.py; the face holds still."""
    stages.calibrator.use(1, CALM)
    open_panel(page, "Tension")
    panel = page.locator("#use-tension")
    expect(panel.locator(".use-lead")).to_have_text("Tension shown: 81 of 100")
    expect(panel.get_by_role("meter")).to_have_attribute("aria-valuenow", "81")
    expect(panel.locator(".use-sum")).to_contain_text(
        "rise 0.81 \N{MULTIPLICATION SIGN} (1 + stillness 1.00) / 2 = 81."
    )
    expect(panel).to_contain_text("In no minute does this face look like the resting face.")
    expect(panel.get_by_role("button", name="Record my resting face")).to_be_visible()


def test_one_tap_is_kept_beside_the_gauge_while_a_session_is_recorded(page: Page, stages: FakeStages) -> None:
    stages.calibrator.use(1, CALM)
    open_panel(page, "Tension")
    panel = page.locator("#use-tension")
    expect(panel).to_contain_text("Not enough answers yet: 0 of 10.")
    panel.get_by_role("button", name="4, rather good").click()
    expect(panel).to_contain_text("Your answer is kept: 4, rather good. Answers are compared")
    page.evaluate(
        "fetch('/api/sessions', {method: 'POST', headers: {'Content-Type': 'application/json'}, "
        "body: JSON.stringify({name: 'evening'})})"
    )
    expect(page.locator("#recording-time")).to_have_text(re.compile("0:0[3-9]|0:[1-9]"))
    panel.get_by_role("button", name="2, rather bad").click()
    expect(panel).to_contain_text("Not enough answers yet: 1 of 10.")


@pytest.mark.parametrize(
    ("verdict", "interval", "words"),
    [
        ("agrees", (0.62, 0.31, 0.81), "The gauge agrees with your answers: rank correlation 0.62 (0.31 to 0.81), "),
        (
            "no use",
            (0.08, -0.3, 0.4),
            "So far the gauge does not match your answers: rank correlation 0.08 (-0.30 to ",
        ),
    ],
)
def test_how_far_both_agree_is_told_with_its_interval(
    page: Page, verdict: str, interval: tuple[float, ...], words: str
) -> None:
    correlation = dict(zip(("value", "low", "high"), interval, strict=True))
    agreement: dict[str, Any] = {"pairs": 24, "correlation": correlation, "verdict": verdict}
    page.route("**/api/self-reports", lambda route: route.fulfill(json={"needed": 10, "agreement": agreement}))
    open_panel(page, "Tension")
    expect(page.locator("#use-tension")).to_contain_text(words)


def test_a_reminder_is_off_until_it_is_asked_for(page: Page) -> None:
    open_panel(page, "Tension")
    box = page.get_by_role("checkbox", name="Suggest a break")
    expect(box).not_to_be_checked()
    box.check()
    wait_for(page, lambda: page.evaluate("fetch('/api/reminder').then((a) => a.json())")["above"] == 40)
    page.get_by_label("at a mean tension of").fill("55")
    page.keyboard.press("Tab")
    wait_for(page, lambda: page.evaluate("fetch('/api/reminder').then((a) => a.json())")["above"] == 55)
    page.reload()
    expect(page.get_by_label("at a mean tension of")).to_have_value("55")
    expect(box).to_be_checked()


def test_a_reminder_is_seen_and_spoken(site: FakeSite, open_page: Opener) -> None:
    site.state = {**make_state(), "reminder": {"above": 40, "minutes": 20, "told": 0}}
    page = open_page()
    expect(page.locator("#told")).to_be_hidden()
    site.state = {**make_state(), "reminder": {"above": 40, "minutes": 20, "told": 1}}
    for told in ("#told", "#told-spoken"):
        expect(page.locator(told)).to_contain_text("Your face has looked tense for 20 minutes. Time for a break?")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_axe_finds_nothing_in_the_panel(page: Page, stages: FakeStages, width: int, scheme: str) -> None:
    stages.calibrator.use(1, CALM)
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    open_panel(page, "Tension")
    expect(page.locator("#use-tension .use-lead")).to_contain_text("Tension shown")
    page.locator("#use-tension .use-how summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert findings(page) == []
