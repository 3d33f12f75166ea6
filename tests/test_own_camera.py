"""A visitor's own camera in Chromium: a fake device plays the demo clip, and the real program answers."""

from collections.abc import Iterator

import pytest
from fake_site import find_chromium
from own_camera import TRACK, UNPLUG, Line, Program, browser_with_camera_of, goes_on, opening_pages, use_own_camera
from page_tools import SWITCHES, Browser, Opener, expect, wait_for


@pytest.fixture
def program() -> Iterator[Program]:
    running = Program()
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser_with_camera(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser_with_camera_of(tmp_path_factory.mktemp("clip") / "clip.mjpeg") as running:
        yield running


@pytest.fixture
def open_page(program: Program, browser_with_camera: Browser) -> Iterator[Opener]:
    with opening_pages(program, browser_with_camera) as opener:
        yield opener


def test_the_page_shows_its_own_camera_with_everybody_in_it(program: Program, open_page: Opener) -> None:
    page = open_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    use_own_camera(page)
    goes_on(page)
    expect(page.locator("#own-video")).to_be_visible()
    expect(page.locator("#picture")).to_be_hidden()
    expect(page.locator(".person")).to_have_text(["Person 1", "Person 2"])
    expect(page.locator(".emotion").first).to_have_text("happy")
    expect(page.locator("#crowd")).to_be_hidden()
    drawn = "(thumb) => thumb.getContext('2d').getImageData(56, 56, 1, 1).data[3]"
    wait_for(page, lambda: page.locator(".thumb").evaluate_all(f"(all) => all.map({drawn})") == [255, 255])
    expect(page.locator("#notice-text")).to_contain_text("none of it is stored")
    expect(page.locator("#source-name")).to_contain_text("clip.mjpeg")
    assert page.evaluate("document.getElementById('own-video').videoWidth") == 640
    assert program.visitors.count == 1
    assert troubles == []


def test_its_faces_have_thumbnails_a_strip_and_boxes_that_can_be_switched_off(open_page: Opener) -> None:
    page = open_page()
    use_own_camera(page)
    goes_on(page)
    inked = "(canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)"
    wait_for(page, lambda: bool(page.locator(".face .thumb").first.evaluate(inked)))
    wait_for(page, lambda: bool(page.locator(".face .strip").first.evaluate(inked)))
    expect(page.locator(".strip-row")).to_have_count(2)
    wait_for(page, lambda: bool(page.locator("#own-boxes").evaluate(inked)))
    page.get_by_role("button", name="Boxes").click()
    wait_for(page, lambda: not page.locator("#own-boxes").evaluate(inked))
    goes_on(page)
    assert not page.locator("#own-boxes").evaluate(inked)


def test_stop_puts_the_light_out_and_frees_the_session(program: Program, open_page: Opener) -> None:
    page = open_page()
    use_own_camera(page)
    goes_on(page)
    track = page.evaluate_handle(TRACK)
    page.locator("#start-stop").click()
    expect(page.locator("#overlay-title")).to_have_text("Stopped")
    assert track.evaluate("track => track.readyState") == "ended"
    wait_for(page, lambda: program.visitors.count == 0)
    expect(page.locator(".face")).to_have_count(0)
    page.locator("#start-stop").click()
    goes_on(page)
    expect(page.locator("#own-video")).to_be_visible()


def test_ones_own_camera_is_recorded_and_listed_for_its_browser_only(program: Program, open_page: Opener) -> None:
    page, other = open_page(), open_page()
    use_own_camera(page)
    goes_on(page)
    page.locator("#record").click()
    page.locator("#record-name").fill("Tuesday alone")
    page.get_by_role("button", name="Start recording").click()
    expect(page.locator("#recording-name")).to_have_text("Tuesday alone")
    expect(page.locator("#recording-facts")).to_contain_text("2 people in view")
    expect(other.locator("#recording")).to_be_hidden()
    page.locator("#recording-stop").click()
    expect(page.locator("#recording")).to_be_hidden()
    for visitor, listed in ((page, 1), (other, 0)):
        visitor.goto(f"{program.address}sessions")
        expect(visitor.locator("#sessions > li, #teach:visible")).not_to_have_count(0)
        expect(visitor.get_by_role("link", name="Tuesday alone")).to_have_count(listed)


def test_a_closed_tab_frees_everything(program: Program, open_page: Opener) -> None:
    page = open_page()
    use_own_camera(page)
    goes_on(page)
    other = open_page()
    page.close()
    wait_for(other, lambda: program.visitors.count == 0)


def test_another_source_takes_its_place(program: Program, open_page: Opener) -> None:
    page = open_page()
    use_own_camera(page)
    goes_on(page)
    use_own_camera(page, "0")
    expect(page.locator("#picture")).to_be_visible()
    expect(page.locator("#own-video")).to_be_hidden()
    expect(page.locator(".emotion")).to_have_text(["sad"])
    wait_for(page, lambda: program.visitors.count == 0)


def test_the_mirror_turns_only_what_is_shown_here(program: Program, open_page: Opener) -> None:
    page = open_page()
    use_own_camera(page)
    goes_on(page)
    expect(page.locator("#mirror")).to_have_attribute("aria-pressed", "true")
    page.locator("#mirror").click()
    expect(page.locator("#mirror")).to_have_attribute("aria-pressed", "false")
    assert page.locator("#own-video").get_attribute("data-mirrored") is None


def test_a_refused_permission_is_said_with_what_to_do(program: Program, open_page: Opener) -> None:
    page = open_page(allowed=False)
    use_own_camera(page)
    expect(page.locator("#overlay-title")).to_have_text("No picture from this source")
    expect(page.locator("#overlay-text")).to_contain_text("Allow it beside the address")
    expect(page.locator(".face")).to_have_count(0)
    assert program.visitors.count == 0


def test_a_device_without_a_camera_says_so(program: Program, browser_with_camera: Browser) -> None:
    without = browser_with_camera.browser_type.launch(executable_path=find_chromium(), args=SWITCHES)
    page = without.new_context(permissions=["camera"]).new_page()
    page.goto(program.address)
    use_own_camera(page)
    expect(page.locator("#overlay-text")).to_contain_text("no such camera")
    without.close()


def test_a_page_that_is_not_secure_says_how_it_can_be(program: Program, open_page: Opener) -> None:
    page = open_page(prepare="Object.defineProperty(navigator, 'mediaDevices', { value: undefined });")
    use_own_camera(page)
    expect(page.locator("#overlay-text")).to_contain_text("--lan")


def test_a_camera_that_is_pulled_out_is_said_and_comes_back(program: Program, open_page: Opener) -> None:
    page = open_page()
    use_own_camera(page)
    goes_on(page)
    page.evaluate(f"({UNPLUG})(({TRACK})())")
    expect(page.locator("#overlay-text")).to_contain_text("unplugged")
    wait_for(page, lambda: program.visitors.count == 0)
    page.evaluate("navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")
    goes_on(page)


def test_a_hidden_tab_goes_on(program: Program, open_page: Opener) -> None:
    page = open_page()
    use_own_camera(page)
    goes_on(page)
    page.evaluate("pretend(true)")
    goes_on(page)


def test_a_server_that_was_started_anew_gets_the_camera_again(program: Program, open_page: Opener) -> None:
    page = open_page()
    use_own_camera(page)
    goes_on(page)
    track = page.evaluate_handle(TRACK)
    program.stop()
    expect(page.locator("#overlay-title")).to_have_text("The server does not answer")
    wait_for(page, lambda: track.evaluate("track => track.readyState") == "ended")
    program.start()
    goes_on(page)
    expect(page.locator("#own-video")).to_be_visible()


def test_a_program_that_is_ending_while_it_still_answers_is_no_reason_to_give_up(
    program: Program, open_page: Opener
) -> None:
    page = open_page()
    use_own_camera(page)
    goes_on(page)
    track = page.evaluate_handle(TRACK)
    program.visitors.close()  # what comes first when it ends
    expect(page.locator("#overlay-text")).to_contain_text("It starts again when the server answers")
    wait_for(page, lambda: track.evaluate("track => track.readyState") == "ended")
    program.stop()
    program.start()
    goes_on(page)


def test_a_session_that_the_server_let_go_is_opened_again(program: Program, open_page: Opener) -> None:
    page = open_page()
    use_own_camera(page)
    goes_on(page)
    opened: list[str] = []
    page.on("request", lambda request: opened.append(request.url) if request.url.endswith("/api/browser") else None)
    Line(page).slow_down(200)  # two pictures are on their way to it
    page.wait_for_timeout(500)
    for key in tuple(program.visitors._visitors):
        program.visitors.dismiss(key)
    goes_on(page)
    assert len(opened) == 1
    expect(page.locator("#pill-text")).to_have_text("Camera")


def test_no_free_place_is_said(program: Program, open_page: Opener) -> None:
    program.visitors._most = 0
    page = open_page()
    use_own_camera(page)
    expect(page.locator("#overlay-text")).to_contain_text("--max-cameras")
    expect(page.locator("#overlay-actions button").first).to_have_text("Try again")


def test_a_screen_is_a_source_too(program: Program, browser_with_camera: Browser, open_page: Opener) -> None:
    pretend_screen = """
    navigator.mediaDevices.getDisplayMedia = async () => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 2560, height: 1440 });
      setInterval(() => canvas.getContext("2d").fillRect(Math.random() * 99, 0, 9, 9), 50);
      return canvas.captureStream(15);
    };
    """
    page = open_page(prepare=pretend_screen)
    use_own_camera(page, "screen")
    goes_on(page)
    assert page.locator("#own-video").get_attribute("data-mirrored") is None
    assert page.evaluate("document.getElementById('own-video').videoWidth") == 2560
    expect(page.locator("#crowd")).to_be_visible()
    assert {visitor._source.screen for visitor in program.visitors._visitors.values()} == {True}
    page.evaluate(f"({UNPLUG})(({TRACK})())")
    expect(page.locator("#overlay-text")).to_contain_text("no longer shared")


def test_two_visitors_see_their_own_faces_only(program: Program, open_page: Opener) -> None:
    one, other = open_page(), open_page()
    use_own_camera(one)
    goes_on(one)
    expect(one.locator(".person")).to_have_count(2)
    expect(other.locator(".person")).to_have_count(1)
