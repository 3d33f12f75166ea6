"""The page in a real Chromium, against a site without a camera that can be put into every state."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from fake_site import CHROMIUMS, FakeSite, find_chromium, make_face, make_state
from fakes import FakeStages

from camera import VideoCamera
from faces.emotions import COLOURS, EMOTIONS
from main import create_app
from web.server import Server, listen

playwright_api = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: pip install -r requirements-dev.txt"
)
from playwright.sync_api import Browser, Page, expect  # noqa: E402  (only after the check above)

ROOT = Path(__file__).resolve().parent.parent
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# A tab that says it is hidden when a test wants it to be: headless tabs are always visible.
HIDEABLE = """
Object.defineProperty(document, "hidden", { get: () => window.pretendHidden === true });
window.pretend = (hidden) => {
  window.pretendHidden = hidden;
  document.dispatchEvent(new Event("visibilitychange"));
};
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = find_chromium()
    if found is None:
        pytest.skip(f"no Chromium on the PATH (looked for {', '.join(CHROMIUMS)})")
    expect.set_options(timeout=15_000)
    with playwright_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=SWITCHES)
        yield chromium
        chromium.close()


@pytest.fixture
def site() -> Iterator[FakeSite]:
    with FakeSite() as running:
        yield running


Opener = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, site: FakeSite) -> Iterator[Opener]:
    """Opens the page in a fresh context; the options are those of a playwright context."""
    contexts = []

    def opener(width: int = 1280, height: int = 800, prepare: str = "", **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15000)
        if prepare:
            page.add_init_script(prepare)
        page.goto(site.address)
        expect(page.locator("#pill-text")).not_to_have_text("Starting")
        return page

    yield opener
    for context in contexts:
        context.close()


def asked_often(site: FakeSite, what: str, page: Page, times: int) -> None:
    """Wait until the page has asked for something so many more times."""
    before = site.count(what)
    wait_for(page, lambda: site.count(what) >= before + times)


def wait_for(page: Page, condition: Callable[[], bool], patience_ms: int = 15000) -> None:
    for _ in range(patience_ms // 50):
        if condition():
            return
        page.wait_for_timeout(50)
    raise AssertionError("what the test waited for did not happen")


def share_of(page: Page, name: str, person: int = 1) -> float:
    """How much of its track a bar covers on the screen, 0..1."""
    return float(
        page.locator(f'[data-person="{person}"] [data-name="{name}"] .track').evaluate(
            "(track) => { const t = track.getBoundingClientRect();"
            " const f = track.firstElementChild.getBoundingClientRect();"
            " return (f.right - t.left) / t.width; }"
        )
    )


# --- states ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "pill", "words", "actions"),
    [
        (make_state("live"), "Live", [], []),
        (make_state("demo", 1, "No camera was found."), "Demo clip", ["No camera was found."], []),
        (make_state("demo"), "Demo clip", ["This is the demo clip, not a camera."], []),
        (make_state("stopped"), "Stopped", ["The camera is released."], ["Start"]),
        (
            make_state("failed", message="Camera 7 did not open."),
            "No picture",
            ["Camera 7 did not open."],
            ["Try again", "Play the demo clip", "Choose a source"],
        ),
        (
            make_state("reconnecting", message="Next attempt in 4 s."),
            "Camera lost",
            ["trying again", "Next attempt in 4 s."],
            ["Choose a source"],
        ),
    ],
    ids=["live", "demo-no-camera", "demo-wanted", "stopped", "failed", "reconnecting"],
)
def test_every_state_says_its_own_words(
    site: FakeSite, open_page: Opener, state: dict[str, Any], pill: str, words: list[str], actions: list[str]
) -> None:
    site.state = state
    page = open_page()
    expect(page.locator("#pill-text")).to_have_text(pill)
    for part in words:
        expect(page.locator(".view").get_by_text(part).filter(visible=True)).to_have_count(1)
    expect(page.locator("#overlay-actions button")).to_have_text(actions)
    covered = state["source"]["status"] not in ("live", "demo")
    assert page.locator("#overlay").is_visible() == covered


def test_starting_is_said_until_the_first_picture_comes(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    site.state = make_state("starting")
    expect(page.locator("#pill-text")).to_have_text("Starting")
    expect(page.locator("#overlay-title")).to_have_text("Starting")
    expect(page.locator("#start-stop-text")).to_have_text("Stop")
    site.state = make_state("live")
    expect(page.locator("#overlay")).to_be_hidden()


def test_a_stopped_camera_leaves_no_picture_standing(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    expect(page.locator("#picture")).to_be_visible()
    wait_for(page, lambda: site.streams == 1)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#overlay-title")).to_have_text("Stopped")
    expect(page.locator("#picture")).to_be_hidden()
    wait_for(page, lambda: site.streams == 0)


def test_a_server_that_is_gone_is_said_and_found_again(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    expect(page.locator("#picture")).to_be_visible()
    site.stop()
    expect(page.locator("#overlay-title")).to_have_text("The server does not answer")
    expect(page.get_by_role("button", name="Try now")).to_be_visible()
    expect(page.locator("#start-stop")).to_be_disabled()
    expect(page.locator(".face")).to_have_count(0)
    site.start()
    expect(page.locator("#pill-text")).to_have_text("Live")
    expect(page.locator("#picture")).to_be_visible()


def test_a_stream_that_is_cut_is_asked_for_again(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    expect(page.locator("#picture")).to_be_visible()
    asked = site.count("GET /video_feed")
    site.cut.set()
    wait_for(page, lambda: site.streams == 0)
    site.cut.clear()
    wait_for(page, lambda: site.count("GET /video_feed") > asked)
    expect(page.locator("#picture")).not_to_have_attribute("src", "/video_feed?view=1")
    expect(page.locator("#picture")).to_be_visible()


def test_a_new_stream_is_hidden_until_it_has_a_picture_and_asked_for_once(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    expect(page.locator("#picture")).to_be_visible()
    page.evaluate(
        "window.hidden = []; new MutationObserver(() => window.hidden.push(document.getElementById('picture').hidden))"
        ".observe(document.getElementById('stage'), { childList: true })"
    )
    for status in ("stopped", "live") * 4:
        site.state = make_state(status)
        asked_often(site, "GET /api/state", page, 3)
    expect(page.locator("#picture")).to_be_visible()
    assert page.evaluate("window.hidden") == [True] * 4
    assert site.count("GET /video_feed") == 5


def test_a_stream_that_never_shows_anything_is_asked_for_again(site: FakeSite, open_page: Opener) -> None:
    site.mute = True
    page = open_page()
    wait_for(page, lambda: site.streams == 1)
    site.mute = False
    page.clock.install()
    let_time_pass(page, 14)
    expect(page.locator("#picture")).to_be_visible()
    wait_for(page, lambda: site.streams == 1)


def test_a_viewer_too_many_sees_why_and_gets_the_next_free_place(site: FakeSite, open_page: Opener) -> None:
    site.full = True
    page = open_page()
    expect(page.locator("#overlay-title")).to_have_text("All places are taken")
    expect(page.locator("#overlay-text")).to_contain_text("All 8 viewers' places are taken.")
    expect(page.locator(".face")).to_have_count(1)
    site.full = False
    expect(page.locator("#overlay")).to_be_hidden()
    expect(page.locator("#picture")).to_be_visible()


def test_a_page_that_may_not_look_says_so(site: FakeSite, open_page: Opener) -> None:
    site.locked = (403, "Open the address with the token that the terminal shows.")
    page = open_page()
    expect(page.locator("#pill-text")).to_have_text("Not allowed")
    expect(page.locator("#overlay-text")).to_have_text("Open the address with the token that the terminal shows.")


def test_words_of_the_server_are_never_taken_for_markup(site: FakeSite, open_page: Opener) -> None:
    site.state = make_state("failed", message="<img src=x> did not open.", name="<b>clip</b>.mp4")
    page = open_page()
    expect(page.locator("#overlay-text")).to_have_text("<img src=x> did not open.")
    expect(page.locator("#source-name")).to_have_text("<b>clip</b>.mp4")


# --- faces -------------------------------------------------------------------------------------------------


def test_bars_and_figures_match_the_scores(site: FakeSite, open_page: Opener) -> None:
    face = make_face(1, "sad", 0.71)
    site.state = make_state("live", [face])
    page = open_page()
    card = page.locator('[data-person="1"]')
    expect(card.locator(".emotion")).to_have_text("sad")
    expect(card.locator(".confidence")).to_have_text("71%")
    assert card.locator(".bar").evaluate_all("(bars) => bars.map((bar) => bar.dataset.name)") == list(EMOTIONS)
    for name, score in face["scores"].items():
        wait_for(page, lambda: share_of(page, name) == pytest.approx(score, abs=0.01))  # noqa: B023  (used at once)
        meter = card.get_by_role("meter", name=name)
        expect(meter).to_have_attribute("aria-valuenow", str(round(score * 100)))


def test_bars_move_and_do_not_jump(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    fill = page.locator(".fill").first
    assert fill.evaluate("(bar) => getComputedStyle(bar).transitionProperty") == "transform"
    assert fill.evaluate("(bar) => getComputedStyle(bar).transitionDuration") == "0.18s"


def test_bars_do_not_glide_for_whoever_wants_less_motion(site: FakeSite, open_page: Opener) -> None:
    page = open_page(reduced_motion="reduce")
    fill = page.locator(".fill").first
    assert fill.evaluate("(bar) => getComputedStyle(bar).transitionDuration") == "0s"


def test_an_emotion_wears_the_colour_of_its_one_home(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    for name in EMOTIONS:
        painted = page.locator(f'[data-name="{name}"] .fill').evaluate("(bar) => getComputedStyle(bar).backgroundColor")
        colour = COLOURS[name]
        red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
        assert painted == f"rgb({red}, {green}, {blue})"


def test_unsure_is_said_and_not_dressed_up_as_a_guess(site: FakeSite, open_page: Opener) -> None:
    site.state = make_state("live", [make_face(3, "unsure", 0.31)])
    page = open_page()
    card = page.locator('[data-person="3"]')
    expect(card.locator(".emotion")).to_have_text("unsure")
    expect(card.locator(".confidence")).to_be_hidden()
    expect(card.locator(".hint")).to_have_text(re.compile(r"Not sure enough to say; closest is \w+ with 31%\."))


@pytest.mark.parametrize(
    ("quality", "words"), [("dark", "The face is in the dark."), ("turned", "The head is tilted far to one side.")]
)
def test_a_face_of_poor_quality_says_why(site: FakeSite, open_page: Opener, quality: str, words: str) -> None:
    site.state = make_state("live", [{**make_face(1), "quality": quality}])
    expect(open_page().locator(".hint")).to_have_text(words)


def test_nobody_in_the_picture_is_said(site: FakeSite, open_page: Opener) -> None:
    site.state = make_state("live", 0)
    page = open_page()
    expect(page.locator("#nobody")).to_contain_text("No face in the picture.")
    expect(page.locator(".face")).to_have_count(0)


def test_a_person_keeps_the_card_while_others_come_and_go(site: FakeSite, open_page: Opener) -> None:
    site.state = make_state("live", [make_face(2), make_face(5)])
    page = open_page()
    expect(page.locator(".face")).to_have_count(2)
    page.evaluate("document.querySelector('[data-person=\"5\"]').mark = 'same'")
    site.state = make_state("live", [make_face(5), make_face(3)])
    expect(page.locator(".person")).to_have_text(["Person 3", "Person 5"])
    assert page.evaluate("document.querySelector('[data-person=\"5\"]').mark") == "same"


def test_a_fourth_face_that_comes_and_goes_does_not_turn_the_cards_over(site: FakeSite, open_page: Opener) -> None:
    site.state = make_state("live", 3)
    page = open_page()
    for faces, compact in ((3, False), (4, True), (3, True), (2, False)):
        site.state = make_state("live", faces)
        expect(page.locator(".face")).to_have_count(faces)
        assert page.locator("#cards[data-compact]").count() == compact


@pytest.mark.parametrize("width", [1280, 390])
def test_twenty_faces_stay_usable(site: FakeSite, open_page: Opener, width: int) -> None:
    site.state = make_state("live", 20)
    page = open_page(width=width)
    expect(page.locator(".face")).to_have_count(20)
    last = page.locator('[data-person="20"]')
    assert last.evaluate("(card) => card.offsetHeight") < 130
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport(ratio=0.9)
    if width == 1280:
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "the list scrolls, not the page"
        expect(page.locator("#faces-scroll")).to_have_attribute("tabindex", "0")


def test_figures_are_shown_with_their_units(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    expect(page.locator("#figure-fps")).to_have_text("30")
    expect(page.locator("#figure-age")).to_have_text("42 ms")
    expect(page.locator("#figure-viewers")).to_have_text("1")
    site.state = {
        **make_state("live"),
        "age_ms": 2340.5,
        "viewers": 4,
        "fps": {"capture": 7.52, "inference": 7.48},
    }
    expect(page.locator("#figure-fps")).to_have_text("7.5")
    expect(page.locator("#figure-age")).to_have_text("2.3 s")
    expect(page.locator("#figure-viewers")).to_have_text("4")


# --- orders ------------------------------------------------------------------------------------------------


def test_start_and_stop_post_what_they_say(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#start-stop-text")).to_have_text("Start")
    page.locator("#start-stop").click()
    expect(page.locator("#start-stop-text")).to_have_text("Stop")
    assert site.posts == [{"action": "stop"}, {"action": "start"}]


def test_the_attempts_at_a_camera_that_failed_can_be_stopped(site: FakeSite, open_page: Opener) -> None:
    site.state = make_state("failed", message="Camera 7 was not found.")
    site.state["source"]["retrying"] = True
    page = open_page()
    page.get_by_role("button", name="Give up").click()
    expect(page.locator("#start-stop-text")).to_have_text("Start")
    assert site.posts == [{"action": "stop"}]


def test_the_buttons_over_the_picture_do_what_they_say(site: FakeSite, open_page: Opener) -> None:
    site.state = make_state("failed", message="Camera 0 did not open.")
    page = open_page()
    page.get_by_role("button", name="Choose a source").click()
    expect(page.locator("#source-choice")).to_be_focused()
    page.get_by_role("button", name="Play the demo clip").click()
    expect(page.locator("#pill-text")).to_have_text("Demo clip")
    assert site.posts == [{"action": "start", "source": "demo"}]


def test_mirror_is_asked_of_the_server_and_shown_as_the_server_has_it(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    mirror = page.get_by_role("button", name="Mirror")
    expect(mirror).to_have_attribute("aria-pressed", "true")
    mirror.click()
    expect(mirror).to_have_attribute("aria-pressed", "false")
    assert site.posts == [{"action": "set", "mirror": False}]


def test_a_camera_and_a_detector_can_be_chosen(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    page.locator("#source summary").click()
    page.get_by_label("Camera or clip").select_option(label="Camera 1")
    detector = page.get_by_label("Faces are found by")
    expect(detector.locator("option", has_text="A third detector, not here")).to_be_disabled()
    expect(page.get_by_text("The third detector needs a package.")).to_be_visible()
    detector.select_option("second")
    page.get_by_role("button", name="Use this source").click()
    expect(page.locator("#source-choice")).to_be_hidden()
    assert site.posts == [{"action": "start", "source": "1", "detector": "second"}]


def test_a_detector_that_is_not_in_the_list_is_kept(site: FakeSite, open_page: Opener) -> None:
    site.state = {**make_state(), "detector": "yunet:mine.onnx"}
    page = open_page()
    page.locator("#source summary").click()
    page.get_by_label("Camera or clip").select_option(label="Camera 1")
    asked_often(site, "GET /api/state", page, 2)
    page.get_by_role("button", name="Use this source").click()
    expect(page.locator("#source-choice")).to_be_hidden()
    assert site.posts == [{"action": "start", "source": "1", "detector": "yunet:mine.onnx"}]


def test_searching_adds_the_cameras_that_only_a_try_can_find(site: FakeSite, open_page: Opener) -> None:
    site.sources_after_search = [{"value": "2", "name": "Camera 2: Desk"}, *site.sources]
    page = open_page()
    page.keyboard.press("c")
    desk = page.locator("#source-choice option", has_text="Camera 2: Desk")
    expect(desk).to_have_count(0)
    page.get_by_role("button", name="Search for cameras").click()
    expect(desk).to_have_count(1)
    expect(page.locator("#source-choice")).to_be_focused()


def test_an_address_can_be_typed(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    page.locator("#source summary").click()
    address = page.get_by_label("Address, file or camera number")
    expect(address).to_be_hidden()
    page.get_by_label("Camera or clip").select_option("other")
    expect(address).to_be_focused()
    page.keyboard.type(" rtsp://cam/ms c\n")
    wait_for(page, lambda: bool(site.posts))
    assert site.posts == [{"action": "start", "source": "rtsp://cam/ms c", "detector": "haar"}]


def test_a_refused_order_is_said_in_words(site: FakeSite, open_page: Opener) -> None:
    site.refusal = (409, "Camera 1 did not open. Is another program using it?")
    page = open_page()
    page.locator("#start-stop").click()
    expect(page.get_by_role("alert")).to_contain_text("Camera 1 did not open.")
    site.refusal = None
    page.locator("#start-stop").click()
    expect(page.get_by_role("alert")).to_be_hidden()


def test_save_gives_the_newest_picture_as_a_file(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save picture").click()
    assert re.fullmatch(r"expression-\d{4}(-\d\d){5}\.jpg", download.value.suggested_filename)
    assert Path(download.value.path()).read_bytes() == site.picture


def test_a_picture_that_could_not_be_saved_is_said(site: FakeSite, open_page: Opener) -> None:
    site.snapshot_refusal = (503, "There is no picture yet.")
    page = open_page()
    page.get_by_role("button", name="Save picture").click()
    expect(page.get_by_role("alert")).to_contain_text("The picture was not saved. There is no picture yet.")


# --- keyboard, screen reader -------------------------------------------------------------------------------


def test_keys_start_stop_mirror_save_and_choose(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    page.keyboard.press("m")
    expect(page.locator("#mirror")).to_have_attribute("aria-pressed", "false")
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
    faces.focus()
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
    page.get_by_label("Listen to these keys").uncheck()
    page.reload()
    expect(page.locator("#start-stop")).to_be_enabled()
    page.keyboard.press("m")
    asked_often(site, "GET /api/state", page, 3)
    assert site.posts == []


def test_everything_can_be_reached_with_the_tab_key(site: FakeSite, open_page: Opener) -> None:
    page = open_page()
    reached = []
    for _ in range(7):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert reached[:4] == ["Skip to the faces", "start-stop", "mirror", "save"]
    assert "Change" in reached[4]
    assert "An expression is not a feeling" in reached[5]
    assert reached[6] == "Keyboard"


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


# --- manners -----------------------------------------------------------------------------------------------


def test_the_page_asks_often_but_never_twice_at_once(site: FakeSite, open_page: Opener) -> None:
    site.state_pause_seconds = 0.3
    page = open_page()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    for _ in range(3):
        page.locator("#mirror").click()  # each asks for the state at once
    asked_often(site, "GET /api/state", page, 4)
    assert site.overlaps == 0


def let_time_pass(page: Page, seconds: int) -> None:
    """On the page's clock, with enough real time in every step for the server to answer what the page asks."""
    for _ in range(seconds):
        page.clock.run_for(1000)
        page.wait_for_timeout(60)


def test_a_hidden_tab_gives_its_place_back_and_returns_at_once(site: FakeSite, open_page: Opener) -> None:
    page = open_page(prepare=HIDEABLE)
    wait_for(page, lambda: site.streams == 1)
    page.clock.install()
    page.evaluate("pretend(true)")
    let_time_pass(page, 10)
    assert site.streams == 1, "a glance elsewhere costs nothing"
    let_time_pass(page, 9)
    wait_for(page, lambda: site.streams == 0)
    asked = site.count("GET /api/state")
    let_time_pass(page, 20)
    assert site.count("GET /api/state") == asked, "the server can rest"
    expect(page.locator("#pill-text")).to_have_text("Live")
    page.evaluate("pretend(false)")
    wait_for(page, lambda: site.streams == 1)
    wait_for(page, lambda: site.count("GET /api/state") > asked)


def test_a_hidden_tab_asks_seldom(site: FakeSite, open_page: Opener) -> None:
    page = open_page(prepare=HIDEABLE)
    page.evaluate("pretend(true)")
    asked_often(site, "GET /api/state", page, 1)
    before = site.count("GET /api/state")
    page.wait_for_timeout(1500)
    assert site.count("GET /api/state") - before <= 1


def test_nothing_goes_to_another_host_and_nothing_breaks_the_policy(site: FakeSite, open_page: Opener) -> None:
    page = open_page(
        prepare="window.broken = []; addEventListener('securitypolicyviolation', "
        "(event) => window.broken.push(event.violatedDirective));"
    )
    troubles: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type != "log" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    for state in (
        make_state("demo", 20),
        make_state("reconnecting"),
        make_state("stopped"),
        make_state("live", 3),
    ):
        site.state = state
        asked_often(site, "GET /api/state", page, 3)
    with page.expect_download():
        page.keyboard.press("s")
    page.keyboard.press("?")
    page.keyboard.press("c")
    assert page.evaluate("window.broken") == []
    assert troubles == []
    assert {url for url in asked if not url.startswith((site.address, "blob:" + site.address))} == set()
    assert len(asked) > 10


def test_the_page_has_no_script_or_style_of_its_own() -> None:
    page = (ROOT / "templates" / "index.html").read_text()
    assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page) == []
    assert re.findall(r"(?:src|href)=[\"'](?:https?:)?//", page) == []


# Paragraphs and headings whose words are wider than their box.
CUT_OFF = """[...document.querySelectorAll("main :is(p, h2, h3, dd)")]
  .filter((box) => box.clientWidth > 0 && box.scrollWidth > box.clientWidth + 1).map((box) => box.textContent)"""


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (390, "dark"), (800, "light"), (1280, "dark")])
def test_no_state_scrolls_sideways(site: FakeSite, open_page: Opener, width: int, scheme: str) -> None:
    page = open_page(width=width, height=844, color_scheme=scheme)
    page.keyboard.press("c")
    page.get_by_label("Camera or clip").select_option("other")
    long = "rtsp://192.168.100.200/" + "a-very-long-path" * 8
    for state in (
        make_state("live", 3),
        make_state("live", 20, name=long),
        make_state("demo", 1, f"{long} did not open, so the demo clip plays."),
        make_state("failed", message=f"{long} did not open."),
    ):
        site.state = state
        asked_often(site, "GET /api/state", page, 2)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CUT_OFF) == []


def test_dark_is_dark(site: FakeSite, open_page: Opener) -> None:
    light, dark = open_page(color_scheme="light"), open_page(color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert light.evaluate(ground) == "rgb(245, 246, 247)"
    assert dark.evaluate(ground) == "rgb(15, 18, 21)"


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_words_stand_out_from_their_ground(theme: int) -> None:
    sheets = re.findall(r":root \{(.*?)\n *\}", (ROOT / "static" / "page.css").read_text(), re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", sheets[theme]))
    grounds = [colours[name] for name in ("ground", "surface")]
    for word in ("ink", "quiet"):
        for ground in (*grounds, colours["sunken"]):
            assert contrast(colours[word], ground) >= 4.5, (word, ground)
    assert contrast(colours["on-ink"], colours["ink"]) >= 4.5
    assert contrast(colours["ink"], colours["problem-ground"]) >= 4.5
    for mark in ("line-strong", "focus", "good", "wait", "bad", "idle"):
        for ground in grounds:
            assert contrast(colours[mark], ground) >= 3, (mark, ground)


# --- the real program --------------------------------------------------------------------------------------


@pytest.fixture
def real_site() -> Iterator[str]:
    """The address of the real program around the demo clip, with stages that see two faces in every picture."""
    camera = VideoCamera("demo", make_stages=lambda detector: FakeStages(2))
    listener = listen("127.0.0.1", 0)
    server = Server(create_app(camera), listener, max_viewers=2)
    server.start()
    camera.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    camera.close()
    server.stop()


def test_the_page_and_the_real_program_understand_each_other(browser: Browser, real_site: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(real_site)
    expect(page.locator("#pill-text")).to_have_text("Demo clip")
    expect(page.locator("#picture")).to_be_visible()
    expect(page.locator(".person")).to_have_text(["Person 1", "Person 2"])
    expect(page.locator("#figure-viewers")).to_have_text("1")
    page.keyboard.press("m")
    expect(page.locator("#mirror")).to_have_attribute("aria-pressed", "true")
    with page.expect_download() as download:
        page.keyboard.press("s")
    assert Path(download.value.path()).read_bytes().startswith(b"\xff\xd8\xff")
    page.keyboard.press("Space")
    expect(page.locator("#overlay-title")).to_have_text("Stopped")
    expect(page.locator("#figure-viewers")).to_have_text("0")
    page.keyboard.press("Space")
    expect(page.locator("#pill-text")).to_have_text("Demo clip")
    expect(page.locator("#picture")).to_be_visible()
    context.close()
    assert troubles == []


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2: 1 for the same colour, 21 for black on white."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
