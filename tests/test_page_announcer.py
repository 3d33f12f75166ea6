"""The page in Chromium: what a screen reader is told."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from fake_site import FakeSite, make_face, make_state
from page_tools import Opener, Page, asked_often, expect, wait_for

from faces.emotions import EMOTIONS

SESSION = """async (script) => {
  const { Announcer } = await import("/static/announce.js");
  const announcer = new Announcer();
  const spoken = [];
  for (const { seconds, situation, faces } of script) {
    const words = announcer.update(situation, faces, seconds);
    if (words) spoken.push([Math.round(seconds * 10) / 10, words]);
  }
  return spoken;
}"""


def situation(name: str, text: str = "") -> dict[str, str]:
    return {"name": name, "title": name.capitalize(), "text": text}


def spoken_in(
    page: Page,
    moments: list[tuple[float, list[dict[str, Any]]]],
    situation_at: Callable[[float], dict[str, str]] = lambda _: situation("live"),
) -> list[list[Any]]:
    """What is spoken when, in a session of these (seconds, faces); a live one unless it says otherwise."""
    script = [{"seconds": seconds, "situation": situation_at(seconds), "faces": faces} for seconds, faces in moments]
    spoken: list[list[Any]] = page.evaluate(SESSION, script)
    return spoken


def test_the_announcer_speaks_of_what_lasts_and_not_of_every_frame(site: FakeSite, open_page: Opener) -> None:
    happy, sad = [make_face(1, "happy", 0.8)], [make_face(1, "sad", 0.6)]
    minute = [(tick / 10, happy if tick < 300 or tick > 305 else sad) for tick in range(600)]
    spoken = spoken_in(open_page(), minute)
    assert [words for _, words in spoken] == ["Live.", "Person 1 looks happy, 80%."]


def test_the_announcer_speaks_of_a_lasting_change_once(site: FakeSite, open_page: Opener) -> None:
    happy, sad = [make_face(1, "happy", 0.8)], [make_face(1, "sad", 0.6)]
    minute = [(tick / 10, happy if tick < 300 else sad) for tick in range(600)]
    spoken = spoken_in(open_page(), minute)
    assert [words for _, words in spoken][2:] == ["Person 1 looks sad, 60%."]
    assert 31 <= spoken[2][0] <= 32


def test_the_announcer_stays_silent_on_a_face_that_flickers(site: FakeSite, open_page: Opener) -> None:
    minute = [(tick / 10, [make_face(1, EMOTIONS[tick // 5 % 7], 0.5)]) for tick in range(600)]
    assert [words for _, words in spoken_in(open_page(), minute)] == ["Live."]


def test_the_announcer_leaves_time_to_listen(site: FakeSite, open_page: Opener) -> None:
    def people(seconds: float) -> list[dict[str, Any]]:
        return [make_face(person, "happy", 0.8) for person in range(1, 7) if seconds >= 2 * person]

    spoken = spoken_in(open_page(), [(tick / 10, people(tick / 10)) for tick in range(300)])
    moments = [seconds for seconds, _ in spoken]
    assert len(moments) > 3
    assert min(later - earlier for earlier, later in pairwise(moments)) >= 4


def test_the_announcer_sums_up_a_crowd(site: FakeSite, open_page: Opener) -> None:
    crowd = [make_face(person, "happy" if person < 5 else "neutral", 0.7) for person in range(1, 8)]
    spoken = spoken_in(open_page(), [(tick / 10, crowd) for tick in range(100)])
    assert [words for _, words in spoken] == ["Live.", "7 faces: 4 happy, 3 neutral."]


def test_the_announcer_says_when_everybody_has_left(site: FakeSite, open_page: Opener) -> None:
    moments = [(tick / 10, [make_face(1)] if tick < 100 else []) for tick in range(300)]
    assert [words for _, words in spoken_in(open_page(), moments)][-1] == "Nobody in the picture."


@pytest.mark.parametrize("end", ["stopped", "reconnecting", "failed", "gone"])
def test_the_announcer_does_not_say_nobody_where_there_is_no_picture(
    site: FakeSite, open_page: Opener, end: str
) -> None:
    moments = [(tick / 10, [make_face(1)] if tick < 100 else []) for tick in range(300)]
    spoken = spoken_in(open_page(), moments, lambda seconds: situation("live" if seconds < 10 else end))
    assert [words for _, words in spoken] == ["Live.", "Person 1 looks happy, 82%.", f"{end.capitalize()}."]


@pytest.mark.parametrize("name", ["live", "failed", "stopped"])
def test_the_announcer_says_what_the_server_adds(site: FakeSite, open_page: Opener, name: str) -> None:
    spoken = spoken_in(
        open_page(),
        [(tick / 10, []) for tick in range(300)],
        lambda seconds: situation(name, "" if seconds < 10 else "Is its cover closed?"),
    )
    assert [words for _, words in spoken] == [f"{name.capitalize()}.", f"{name.capitalize()}. Is its cover closed?"]


def test_the_announcer_says_once_that_the_camera_is_lost(site: FakeSite, open_page: Opener) -> None:
    spoken = spoken_in(
        open_page(),
        [(tick / 10, []) for tick in range(300)],
        lambda seconds: situation("reconnecting", f"Attempt {seconds // 4}."),
    )
    assert [words for _, words in spoken] == ["Reconnecting. Attempt 0.0."]


SPOKEN = """window.spoken = [];
new MutationObserver(() => window.spoken.push(announcer.textContent))
  .observe(document.getElementById("announcer"), { childList: true, characterData: true, subtree: true });"""


def test_an_attempt_that_fails_as_the_last_one_is_told_again(site: FakeSite, open_page: Opener) -> None:
    site.state = make_state("failed", message="Camera 7 was not found.")
    site.obeys = False
    page = open_page()
    expect(page.locator("#announcer")).to_contain_text("Camera 7 was not found.")
    page.evaluate(SPOKEN)
    page.get_by_role("button", name="Try again").click()
    wait_for(page, lambda: len(page.evaluate("window.spoken")) == 1)
    assert "Camera 7 was not found." in page.evaluate("window.spoken[0]")
    page.locator("#mirror").click()
    asked_often(site, "GET /api/state", page, 8)
    assert len(page.evaluate("window.spoken")) == 1


def test_a_change_of_state_reaches_the_live_region_once(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    expect(page.locator("#announcer")).to_contain_text("Live.")
    page.evaluate(SPOKEN)
    site.state = make_state("stopped")
    expect(page.locator("#announcer")).to_have_text("Stopped. The camera is released. Other programs can use it.")
    asked_often(site, "GET /api/state", page, 8)
    assert len(page.evaluate("window.spoken")) == 1
