"""The page in Chromium, with the real program behind it: a calendar of days whose means are known."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fakes import FakeStages
from live_program import live_page, live_program, open_panel
from page_tools import Browser, Page, expect, findings
from test_web_watch import keep

from sessions.diary import Notebook
from web.recording import Recordings

NOW = datetime.now().astimezone().replace(hour=12)


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """Of a program that kept a happy day, a sad one three days before, and a session of somebody else."""
    recordings = Recordings(str(tmp_path / "sessions.db"))
    keep(recordings, NOW - timedelta(days=1), [(90, {1: "happy"})], me=True)
    keep(recordings, NOW - timedelta(days=4), [(90, {1: "sad"})], me=True)
    keep(recordings, NOW - timedelta(days=2), [(90, {1: "angry"})])
    Notebook(recordings.store.database).note((NOW - timedelta(days=4)).date(), "Slept badly.")
    recordings.close()
    with live_program(tmp_path, FakeStages(1)) as address, live_page(browser, address) as page:
        yield page


def test_days_that_were_seen_have_their_value_and_all_others_are_gaps(page: Page) -> None:
    """Mean scores of 0.7 for one expression and 0.05 for the six others, see faces/affect.py for the placement."""
    open_panel(page, "Mood")
    panel = page.locator("#use-mood")
    expect(panel.locator(".use-lead")).to_contain_text("2 of 30 days seen")
    week = panel.locator(".calendar tbody tr").last.locator("td.day")
    dash, minus = "\N{EN DASH}", "\N{MINUS SIGN}"
    seen = [dash, dash, f"{minus}0.47 \N{BULLET}with a note", dash, dash, "+0.47", dash]
    expect(week).to_have_text(seen)
    expect(week.nth(2)).to_have_attribute("data-sign", "less")
    expect(week.nth(5)).to_have_attribute("data-sign", "more")
    expect(panel.locator(".day[data-gap]")).to_have_count(28)
    expect(panel.locator(".calendar tbody tr").last).to_contain_text("2 days: too few")


def test_a_note_of_ones_own_stands_at_its_day_and_all_of_it_can_be_taken_along(page: Page) -> None:
    open_panel(page, "Mood")
    panel = page.locator("#use-mood")
    panel.get_by_label("Day", exact=True).fill((NOW - timedelta(days=1)).date().isoformat())
    panel.get_by_label("Note").fill("A long walk.")
    panel.get_by_role("button", name="Keep the note").click()
    expect(panel.locator(".day-notes li")).to_have_count(2)
    expect(panel.locator(".day-notes li").first).to_contain_text("A long walk.")
    panel.get_by_label("Up to today").select_option("90")
    expect(panel.locator(".use-lead")).to_contain_text("2 of 90 days seen")
    with page.expect_download() as table:
        panel.get_by_role("link", name="Save as a table (CSV)").click()
    assert "A long walk." in Path(table.value.path()).read_text(encoding="utf-8")
    with page.expect_popup() as report:
        panel.get_by_role("link", name="Two pages to print").click()
    expect(report.value.locator("body")).to_contain_text("2 of 90")
    expect(report.value.locator(".notes li")).to_have_count(2)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_axe_finds_nothing_in_the_panel(page: Page, width: int, scheme: str) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    open_panel(page, "Mood")
    expect(page.locator("#use-mood .day[data-sign]")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert findings(page) == []
