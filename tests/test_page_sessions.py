"""The pages about saved sessions in a real browser, over the real store, with sessions whose answers are known."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from fakes import FakeSource, FakeStages, pictures
from page_tools import Browser, Page, expect, findings, wait_for
from played import Pieces, play
from test_sessions_store import START, batches

from camera import VideoCamera
from main import create_app
from sessions.marks import Marks
from sessions.values import SessionDetails
from web.recording import Recordings
from web.server import Server, listen

FUNNY: Pieces = [
    (20, dict.fromkeys(range(1, 7), "neutral")),
    (40, dict.fromkeys(range(1, 7), "happy")),
    (20, {1: "sad", 2: "happy", 3: "happy", 4: "happy", 5: "happy", 6: "happy"}),
]
CALM: Pieces = [
    (40, dict.fromkeys(range(1, 7), "neutral")),
    (40, {1: "happy", 2: "happy", **dict.fromkeys(range(3, 7), "neutral")}),
]

SELDOM_WRONG = np.eye(7, 8, dtype=np.int64) * 190 + 1
"""A network that names nearly every expression as people do."""


@dataclass
class Site:
    """The running site and what is kept in it."""

    address: str
    camera: VideoCamera
    recordings: Recordings
    funny: str
    calm: str


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    openings = iter([pictures(2000)])
    recordings = Recordings(str(tmp_path / "sessions.db"))
    ids = [_kept(recordings, name, pieces) for name, pieces in (("Funny rehearsal", FUNNY), ("Calm rehearsal", CALM))]
    with VideoCamera("0", make_stages=lambda _: FakeStages(2), open_source=lambda *_: FakeSource(openings)) as camera:
        listener = listen("127.0.0.1", 0)
        server = Server(create_app(camera, recordings=recordings), listener, max_viewers=4)
        server.start()
        yield Site(f"http://127.0.0.1:{listener.getsockname()[1]}", camera, recordings, *ids)
        camera.close()
        server.stop()
    recordings.close()


def _kept(recordings: Recordings, name: str, pieces: Pieces) -> str:
    about = SessionDetails(name=name, project="Comedy", confusion=SELDOM_WRONG)
    number = recordings.store.begin(about, START).id
    for batch in batches(number, play(pieces, fps=10)):
        recordings.store.write(batch)
    Marks(recordings.store.database).add(number, "punch line", 20.0, None)
    return number


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """Closed before the site is: what it still asks for is answered."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.set_default_timeout(15_000)
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield opened
    context.close()
    assert errors == []


def test_the_list_leads_to_a_session_and_finds_by_name(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/sessions")
    expect(page.locator("#sessions > li")).to_have_count(2)
    page.get_by_label("Search sessions").fill("calm")
    expect(page.locator("#sessions > li")).to_have_count(1)
    page.get_by_role("link", name="Calm rehearsal").click()
    expect(page.locator("#name")).to_have_text("Calm rehearsal")


def test_an_empty_list_teaches_how_to_record(page: Page, site: Site) -> None:
    for number in (site.funny, site.calm):
        site.recordings.store.delete(number)
    page.goto(f"{site.address}/sessions")
    expect(page.locator("#teach")).to_contain_text("press Record")


@pytest.mark.parametrize("path", ["sessions", "sessions/{funny}", "about"])
def test_a_recording_is_plain_to_see_in_every_tab(page: Page, site: Site, path: str) -> None:
    page.goto(f"{site.address}/{path.format(funny=site.funny)}")
    pill = page.locator("#recorded")
    expect(page.locator("h2").first).not_to_be_empty()
    expect(pill).to_be_hidden()
    quiet = page.title()
    site.recordings.start(site.camera, SessionDetails(name="Rehearsal <3>"))
    expect(pill).to_have_text(re.compile(r"Recording 0:\d\d Rehearsal <3>"))
    assert re.fullmatch(f"\N{BLACK CIRCLE} Recording 0:.. \N{EN DASH} {re.escape(quiet)}", page.title())
    site.recordings.stop(site.camera)
    expect(pill).to_be_hidden()
    assert page.title() == quiet


def test_a_session_is_renamed_in_the_list(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/sessions")
    item = page.locator(f"li[data-id='{site.calm}']")
    item.get_by_role("button", name="Rename").click()
    page.get_by_label("New name").fill("<i>Ruhig</i>")
    page.get_by_role("button", name="Save").click()
    expect(item.locator(".title")).to_have_text("<i>Ruhig</i>")
    assert site.recordings.store.session(site.calm).about.name == "<i>Ruhig</i>"


def test_a_deletion_can_be_undone_until_the_page_is_left(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/sessions")
    for number in (site.funny, site.calm):
        page.locator(f"li[data-id='{number}']").get_by_role("button", name="Delete").click()
    page.locator(f"li[data-id='{site.calm}']").get_by_role("button", name="Undo").click()
    assert len(site.recordings.store.sessions()) == 2
    page.goto(f"{site.address}/about")
    wait_for(page, lambda: [one.id for one in site.recordings.store.sessions()] == [site.calm])


def test_a_session_says_what_was_shown_and_how_sure_that_is(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/sessions/{site.funny}")
    # 6 faces: 120 face-seconds neutral, 240 and 100 happy, 20 sad, of 480.
    expect(page.locator("#lead")).to_contain_text(re.compile(r"happy 7[01]% \(\d+.\d+\)"))
    expect(page.locator("#shares")).to_contain_text(re.compile(r"neutral2[56]%"))
    expect(page.locator("#numbers")).to_contain_text(re.compile("Somebody in view(100%|over 99%)of the timePeople6"))
    expect(page.locator(".strip")).to_have_count(7)
    expect(page.locator("#audience-lead")).to_contain_text("With 6.0 faces on average: amusement")


def test_a_session_says_when_it_will_be_deleted_and_what_was_skipped(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/sessions/{site.funny}")
    expect(page.locator("#facts")).to_contain_text("4 frames skipped")
    expect(page.locator("#facts")).not_to_contain_text("deleted")
    site.recordings.store.change(site.funny, {"keep_days": 30})
    page.reload()
    expect(page.locator("#facts")).to_contain_text("to be deleted after Mar 31, 2026")
    page.goto(f"{site.address}/sessions")
    expect(page.locator(f"li[data-id='{site.funny}'] .facts")).to_contain_text("to be deleted after Mar 31, 2026")


def test_a_session_that_was_never_stopped_says_that_it_was_cut_off(page: Page, site: Site) -> None:
    store = site.recordings.store
    cut_off = store.begin(SessionDetails(name="Cut off", participant="P07", consent="all agreed"), START).id
    store.write(next(iter(batches(cut_off, play(CALM, fps=10)))))
    page.goto(f"{site.address}/sessions/{cut_off}")
    expect(page.locator("#facts")).to_contain_text("P07 · cut off before it was stopped")
    expect(page.locator("#notes")).to_have_text("Consent: all agreed")
    page.goto(f"{site.address}/sessions/{site.calm}")
    expect(page.locator("#facts")).to_contain_text("1:20")
    expect(page.locator("#facts")).not_to_contain_text("cut off")


def test_the_line_tells_who_showed_what(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/sessions/{site.funny}")
    slider = page.get_by_label("Time", exact=True)
    slider.fill("70")
    words = page.locator("#at-time")
    expect(words).to_contain_text("1:10.0 · Everybody together: happy · Person 1: sad · Person 2: happy")
    slider.press("ArrowLeft")
    expect(words).to_contain_text("1:09.9")


def test_dragging_over_a_strip_zooms_in_and_a_button_shows_all_again(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/sessions/{site.funny}")
    strip = page.locator(".strip").first
    box = strip.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 10, steps=4)
    page.mouse.up()
    expect(page.locator(".axis text").first).to_have_text("0:40")
    page.get_by_role("button", name="Show all of it").click()
    expect(page.locator(".axis text").first).to_have_text("0:00")


def test_markers_split_the_answer_and_can_be_set_changed_and_deleted(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/sessions/{site.funny}")
    rows = page.locator("#stretches tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("neutral")
    expect(rows.nth(1)).to_contain_text("happy")
    page.get_by_label("Time", exact=True).fill("60")
    page.get_by_label("Label of a new marker").fill("end")
    page.get_by_role("button", name="Add at the line").click()
    expect(rows).to_have_count(3)
    expect(page.locator(".flags button")).to_have_text(["punch line", "end"])
    page.get_by_role("button", name="Delete the marker end").click()
    expect(rows).to_have_count(2)
    page.get_by_label("Time", exact=True).fill("0.2")
    page.get_by_role("button", name="Add at the line").click()
    expect(rows.nth(0)).to_contain_text("too short")


def test_the_time_of_a_marker_can_be_changed_and_a_stretch_marked(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/sessions/{site.funny}")
    start, marks = page.get_by_label("Start of punch line"), Marks(site.recordings.store.database)
    start.fill("0:30.5")
    start.press("Tab")
    expect(page.locator("#stretches tbody tr").nth(1)).to_contain_text("0:31 \N{EN DASH} 1:20")
    page.get_by_label("End of punch line").fill("late")
    page.keyboard.press("Tab")
    expect(page.locator("#problem")).to_contain_text("“late” is not a time")
    page.get_by_label("End of punch line").fill("0:40")
    page.keyboard.press("Tab")
    expect(page.locator("#problem")).to_be_hidden()
    expect(page.locator(".flags .stretch")).to_have_text("punch line")
    [mark] = marks.of(site.funny)
    assert (mark.label, mark.start, mark.end) == ("punch line", 30.5, 40.0)

    page.locator(".strip").first.scroll_into_view_if_needed()
    box = page.locator(".strip").first.bounding_box()
    assert box is not None
    for share, act in ((0.5, page.mouse.down), (0.75, page.mouse.up)):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 5)
        act()
    page.get_by_role("button", name="Add the stretch shown").click()
    expect(page.locator("#markers li")).to_have_count(2)
    mark = marks.of(site.funny)[1]
    assert [mark.start, mark.end] == pytest.approx([40, 60], abs=0.5)


def test_what_is_said_of_a_session_can_be_changed_later(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/sessions/{site.funny}")
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_label("Project")).to_have_value("Comedy")
    said = {"Name": "Night 2", "Who is in view": "P07", "Purpose": "compare", "Consent": "all agreed", "Days": "30"}
    for label, text in said.items():
        page.get_by_label(label).fill(text)
    page.get_by_label("This is me").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#name")).to_have_text("Night 2")
    expect(page.locator("#facts")).to_contain_text("P07 · Comedy · 4 frames skipped · to be deleted after Mar 31, 2026")
    expect(page.locator("#notes")).to_have_text("Purpose: compare · Consent: all agreed")
    about = site.recordings.store.session(site.funny).about
    assert (about.participant, about.consent, about.me, about.keep_days) == ("P07", "all agreed", True, 30)
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Days").fill("")
    page.get_by_label("Name").fill("   ")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#about-dialog")).to_be_visible()
    assert findings(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_label("Name")).to_have_value("Night 2")


def test_two_sessions_are_compared_from_the_list(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/sessions")
    for name in ("Funny", "Calm"):
        page.get_by_label(f"Choose {name} rehearsal for a comparison").check()
    page.get_by_role("button", name="Compare two").click()
    expect(page.locator("#first h3")).to_have_text(re.compile("rehearsal"))
    expect(page.locator("#differences li")).to_have_count(7)
    expect(page.locator("#audience-lead")).to_contain_text("80 seconds")
    page.get_by_label("Align at").select_option("punch line")
    expect(page.locator("#audience-lead")).to_contain_text("60 seconds")
    page.get_by_label("Smallest group").fill("7")
    page.keyboard.press("Tab")
    expect(page.locator("#audience-lead")).to_contain_text("There was no moment with 7 faces in both.")
    expect(page.locator("#gains")).to_be_hidden()


def test_nothing_is_said_about_a_group_that_is_too_small(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/sessions/{site.funny}")
    lead, smallest = page.locator("#audience-lead"), page.get_by_label("Smallest group")
    expect(lead).to_contain_text("amusement")
    expect(page.locator("#audience-chart polyline")).to_have_count(2)
    smallest.fill("7")
    smallest.press("Tab")
    expect(lead).to_have_text("There were never 7 faces at a time. Nothing is said about a smaller group.")
    expect(page.locator("#audience-chart")).to_be_hidden()
    smallest.fill("2")
    smallest.press("Tab")
    expect(page.locator("#audience-chart polyline")).to_have_count(2)


def test_the_words_about_a_use_are_those_of_its_class(page: Page, site: Site) -> None:
    from timeline.uses import USES

    page.goto(f"{site.address}/about")
    for use in USES:
        expect(page.locator(f"#{use.name}")).to_have_text(use.title)
        expect(page.locator("main")).to_contain_text(use.limits[0])


def test_a_session_that_is_not_there_is_told_in_words(browser: Browser, site: Site) -> None:
    opened = browser.new_page()
    opened.goto(f"{site.address}/sessions/0123456789abcdef")
    expect(opened.locator("#problem")).to_be_visible()
    expect(opened.locator("#problem")).not_to_be_empty()
    opened.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["sessions", "sessions/{funny}", "sessions/compare?a={funny}&b={calm}", "about"])
def test_axe_finds_nothing(page: Page, site: Site, path: str, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{site.address}/{path.format(funny=site.funny, calm=site.calm)}")
    page.wait_for_load_state("networkidle")
    assert findings(page) == []


@pytest.mark.parametrize("path", ["sessions", "sessions/{funny}", "sessions/compare?a={funny}&b={calm}", "about"])
def test_nothing_sticks_out_of_a_narrow_screen(page: Page, site: Site, path: str) -> None:
    page.set_viewport_size({"width": 360, "height": 700})
    page.goto(f"{site.address}/{path.format(funny=site.funny, calm=site.calm)}")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("path", ["sessions", "sessions/{funny}", "sessions/compare?a={funny}&b={calm}"])
@pytest.mark.parametrize("name", ["W" * 200, "<img src=x onerror=alert(1)>", "\N{RIGHT-TO-LEFT OVERRIDE}abc\nline"])
def test_any_name_is_shown_as_it_is_within_the_page(page: Page, site: Site, path: str, name: str) -> None:
    site.recordings.store.change(site.funny, {"name": name})
    page.set_viewport_size({"width": 320, "height": 256})
    page.goto(f"{site.address}/{path.format(funny=site.funny, calm=site.calm)}")
    expect(page.locator("main")).to_contain_text(re.sub(r"\s+", " ", name))
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_thousand_markers_leave_the_page_short(page: Page, site: Site) -> None:
    marks = Marks(site.recordings.store.database)
    for number in range(1000):
        marks.add(site.funny, f"cue {number}", number / 20, None)
    page.goto(f"{site.address}/sessions/{site.funny}")
    expect(page.locator("#markers li")).to_have_count(1001)
    assert page.evaluate("document.documentElement.scrollHeight") < 4000


def test_on_paper_there_is_nothing_to_press(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/sessions/{site.funny}")
    expect(page.locator("#content")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator(".button >> visible=true")).to_have_count(0)
    expect(page.locator(".downloads")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.documentElement).printColorAdjust") == "exact"
