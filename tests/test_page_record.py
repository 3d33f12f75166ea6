"""The page in Chromium: recording is asked for, plain to see in every tab, and marked at the key press."""

from datetime import UTC, datetime, timedelta

from fake_site import FakeSite
from page_tools import Opener, Page, expect, wait_for


def begin(page: Page, name: str = "Rehearsal") -> None:
    page.get_by_role("button", name="Record", exact=True).click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Start recording").click()


def test_nothing_is_recorded_before_somebody_asks_and_says_so(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    expect(page.locator("#recording")).to_be_hidden()
    expect(page.locator("#promise")).to_contain_text("Nothing is recorded.")
    page.keyboard.press("r")
    page.get_by_role("button", name="Cancel").click()
    assert site.sessions == []


def test_a_recording_is_plain_to_see_in_every_tab(site: FakeSite, open_page: Opener) -> None:
    page, other = open_page(), open_page()
    begin(page)
    for tab in (page, other):
        expect(tab.locator("#recording-pill")).to_have_text("Recording 1:02")
        expect(tab.locator("#recording-name")).to_have_text("Rehearsal")
        expect(tab.get_by_role("button", name="Record", exact=True)).to_have_attribute("aria-pressed", "true")
        expect(tab.locator("#recording-facts")).to_have_text("1 person in view. Numbers only, no pictures.")
        expect(tab.locator("#promise")).to_contain_text("Numbers are being recorded")
        wait_for(tab, lambda: tab.title().startswith("\N{BLACK CIRCLE} Recording 1:02"))  # noqa: B023  (used at once)
    assert site.sessions == [{"name": "Rehearsal", "me": False}]
    other.locator("#recording-stop").click()
    expect(other.get_by_role("link", name="Rehearsal, 1:02")).to_have_attribute("href", f"/sessions/{'f' * 16}")
    expect(page.locator("#recording")).to_be_hidden()
    expect(page.locator("#promise")).to_contain_text("Nothing is recorded.")
    wait_for(page, lambda: page.title() == "Facial expression, live")


def test_what_a_session_is_for_and_how_long_it_is_kept_can_be_said_at_its_start(
    site: FakeSite, open_page: Opener
) -> None:
    page = open_page()
    page.get_by_role("button", name="Record", exact=True).click()
    page.get_by_text("how long it is kept").click()
    said = {"Name": "Night 1", "Activity": "Comedy", "Consent": "all agreed", "Days until": "30"}
    for label, text in said.items():
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="Start recording").click()
    expect(page.locator("#recording")).to_be_visible()
    session = {"name": "Night 1", "activity": "Comedy", "consent": "all agreed", "me": False, "keep_days": 30}
    assert site.sessions == [session]


def test_a_marker_has_the_time_of_the_key_press(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    page.keyboard.press("k")
    begin(page)
    expect(page.locator("#recording")).to_be_visible()
    before = datetime.now(UTC) - timedelta(milliseconds=1)  # the page's clock tells whole milliseconds
    page.keyboard.press("k")
    expect(page.locator("#marked")).to_have_text("Marker 1 at 1:03")
    page.get_by_label("Label of the next marker").fill("Second act")
    page.keyboard.press("Enter")
    expect(page.locator("#marked")).to_have_text("Second act at 1:03")
    assert [marker["label"] for marker in site.markers] == ["Marker 1", "Second act"]
    assert before <= datetime.fromisoformat(site.markers[0]["at"]) <= datetime.now(UTC)


def test_what_was_recorded_so_far_is_told_with_how_sure_it_is(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    expect(page.locator("#use")).to_be_hidden()
    begin(page)
    expect(page.locator("#use-headline")).to_have_text("Mostly happy.")
    rows = page.locator("#use-shares tr")
    expect(rows).to_have_text(["happy61%48\N{EN DASH}70%", "neutral30%20\N{EN DASH}41%", "unsure9%"])


def test_a_problem_of_the_recording_is_said(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    begin(page)
    expect(page.locator("#recording")).to_be_visible()
    assert site.recording is not None
    site.recording["problem"] = "The disk is full. Make room; what was kept so far is safe."
    expect(page.locator("#recording-facts")).to_have_text("The disk is full. Make room; what was kept so far is safe.")
