"""Tests of web/mood_report.py and of the report in print: two pages, whatever the days hold."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from fakes import FakeStages
from live_program import live_program
from page_tools import Browser, findings
from test_web_watch import keep

from faces.emotions import EMOTIONS, LABELS
from sessions.diary import Notebook
from timeline.uses.mood import Diary, Mood, MoodHour, Note
from web.mood_report import HIGH, LONGEST_NOTE, MOST_NOTES, WIDE, chart_of, report_of, signed, week_words
from web.recording import Recordings

TODAY = date(2026, 5, 28)


def hour(day: date, happy: float) -> MoodHour:
    """One hour of a day on which happy had this mean score, and neutral the rest: valence is 0.81 * happy."""
    scores = tuple(happy if name == "happy" else 1 - happy if name == "neutral" else 0.0 for name in EMOTIONS)
    labels = tuple(600.0 if name == "neutral" else 0.0 for name in LABELS)
    return MoodHour(datetime(day.year, day.month, day.day, 20, tzinfo=UTC), 600.0, labels, scores, 10, 5)


def diary(seen: dict[int, float], notes: int = 0) -> Diary:
    """By how many days ago."""
    hours = tuple(hour(TODAY - timedelta(days=back), happy) for back, happy in seen.items())
    return Diary(TODAY, hours, tuple(Note(TODAY, f"note {number} " + "x" * 300) for number in range(notes)))


def test_a_day_that_was_seen_is_a_dot_at_its_place_and_all_others_are_nothing() -> None:
    chart = chart_of(Mood(days=10).answer(diary({9: 0.0, 0: 0.1})))
    assert chart.scale == 0.2
    assert [(dot.x, dot.y) for dot in chart.dots] == [
        (WIDE / 20, HIGH / 2),
        (WIDE - WIDE / 20, pytest.approx(HIGH / 2 * (1 - 0.081 / 0.2), abs=0.01)),
    ]
    assert chart.dots[1].words == "28 May 2026: +0.08"
    assert chart.weeks == ()  # one day each is too few for a mean


def test_a_week_has_its_mean_inside_of_its_interval_and_the_scale_holds_both() -> None:
    answer = Mood(days=14).answer(diary({0: 0.9, 1: 0.5, 2: 0.1}))
    chart = chart_of(answer)
    (week,) = chart.weeks
    assert (week.x, week.width) == (WIDE / 2, WIDE / 2)
    assert 0 <= week.high < week.y < week.low <= HIGH
    assert chart.scale == 1.0
    assert week_words(answer.weeks[1]).startswith("+0.41 (\N{MINUS SIGN}0.14 to ")
    assert week_words(answer.weeks[0]) == "not seen"


def test_what_does_not_fit_on_two_pages_is_counted() -> None:
    told = report_of(Mood(days=120).answer(diary({3: 0.2}, notes=MOST_NOTES + 4)))
    assert (len(told["notes"]), told["more_notes"], len(told["weeks"])) == (MOST_NOTES, 4, 13)
    assert all(len(words) <= LONGEST_NOTE for _, words in told["notes"])
    assert (signed(None), signed(-0.123)) == ("\N{EN DASH}", "\N{MINUS SIGN}0.12")


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Of a program with ninety days of sessions and long notes."""
    recordings = Recordings(str(tmp_path / "sessions.db"))
    now = datetime.now().astimezone().replace(hour=12)
    for back in range(0, 90, 2):
        keep(recordings, now - timedelta(days=back), [(60, {1: "happy"}), (30, {1: "neutral"})], me=True)
    book = Notebook(recordings.store.database)
    for number in range(30):
        book.note(now.date() - timedelta(days=number), "A long walk, and bad sleep. " * 20)
    recordings.close()
    with live_program(tmp_path, FakeStages(1)) as running:
        yield running


def test_it_prints_on_two_pages_and_axe_finds_nothing(browser: Browser, address: str) -> None:
    page = browser.new_page()
    for days in (30, 90, 365):
        page.goto(f"{address}mood?days={days}")
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 2
    assert page.locator("circle").count() == 45
    assert findings(page) == []
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.close()
