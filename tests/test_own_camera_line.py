"""How a visitor's own camera fits its line, and which camera it is, in Chromium with two fake cameras."""

from collections.abc import Iterator

import pytest
from fakes import FakeStages
from own_camera import Line, Program, goes_on, opening_pages, use_own_camera
from page_tools import Browser, Opener, chromium, expect, wait_for

from faces.records import Frame, Shot

LATE_MS = 150
"""Two pictures on their way at once make thirteen a second at most: slow, and fast enough for whole pictures."""


class MeasuringStages(FakeStages):
    """Notes how wide the last picture was."""

    width = 0

    def process(self, frame: Frame) -> Shot:
        self.width = frame.image.shape[1]
        return super().process(frame)


@pytest.fixture
def program() -> Iterator[Program]:
    running = Program()
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser_with_two() -> Iterator[Browser]:
    with chromium("--use-fake-device-for-media-stream=device-count=2") as running:
        yield running


@pytest.fixture
def open_page(program: Program, browser_with_two: Browser) -> Iterator[Opener]:
    with opening_pages(program, browser_with_two) as opener:
        yield opener


PACED = """async ([kind, answers]) => {
  const { Pace } = await import("/static/pace.js");
  const pace = new Pace(kind, 2, 0, kind === "camera" ? 640 : undefined);
  let now = 0;
  return answers.map(([seconds, perSecond, tookMs]) => {
    for (const end = now + 1000 * seconds; now < end; now += 1000 / perSecond) pace.answered(now, tookMs);
    return [pace.effect, pace.side];
  });
}"""


@pytest.mark.parametrize(
    ("kind", "answers", "seen"),
    [
        ("camera", [(10, 30, 30)], [("", 640)]),
        ("camera", [(10, 12, 160)], [("fewer", 640)]),
        ("camera", [(10, 10, 30)], [("", 640)]),  # a dark room
        ("screen", [(20, 1, 60)], [("", 1920)]),  # nothing moves on it
        ("camera", [(3, 5, 400)], [("smaller", 480)]),
        ("camera", [(9, 5, 400)], [("smaller", 320)]),
        ("camera", [(3, 5, 400), (60, 30, 30)], [("smaller", 480), ("", 640)]),
        (
            "camera",
            [(9, 5, 400), (60, 12, 160)],
            [("smaller", 320), ("smaller", 320)],
        ),  # as fast as before, were it larger
        ("screen", [(3, 2, 600), (60, 6, 200)], [("smaller", 1280), ("smaller", 1280)]),
    ],
)
def test_the_pace_is_that_of_the_line(
    open_page: Opener, kind: str, answers: list[tuple[float, ...]], seen: list[tuple[str, int]]
) -> None:
    assert open_page().evaluate(PACED, [kind, answers]) == [list(one) for one in seen]


def test_a_slow_line_is_said(program: Program, open_page: Opener) -> None:
    program.stages = stages = MeasuringStages(2)
    page = open_page()
    use_own_camera(page)
    goes_on(page)
    line = Line(page)
    line.slow_down(LATE_MS)
    expect(page.locator("#notice-text")).to_contain_text("The connection is slow")
    line.slow_down(1000)
    expect(page.locator("#notice-text")).to_contain_text("smaller")
    wait_for(page, lambda: 0 < stages.width < 640)


def test_the_resolution_that_was_chosen_is_remembered_asked_for_and_sent(program: Program, open_page: Opener) -> None:
    program.stages = stages = MeasuringStages(2)
    page = open_page()
    use_own_camera(page, resolution="1280x720")
    goes_on(page)
    expect(page.locator("#figure-size")).to_have_text("1280 \u00d7 720")
    assert stages.width == 1280
    page.reload()
    use_own_camera(page)
    goes_on(page)
    assert stages.width == 1280


def test_the_button_goes_from_one_camera_to_the_next(program: Program, open_page: Opener) -> None:
    page = open_page()
    use_own_camera(page)
    goes_on(page)
    first = page.locator("#source-name").inner_text()
    page.get_by_role("button", name="Switch camera").click()
    expect(page.locator("#source-name")).not_to_have_text(first)
    goes_on(page)
    page.get_by_role("button", name="Switch camera").click()
    expect(page.locator("#source-name")).to_have_text(first)
    goes_on(page)
    wait_for(page, lambda: program.visitors.count == 1)


def test_a_camera_that_is_plugged_in_later_can_be_switched_to(program: Program, open_page: Opener) -> None:
    page = open_page(
        prepare="""
        const all = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
        navigator.mediaDevices.enumerateDevices = async () =>
          (await all()).filter(({ kind }) => kind === "videoinput").slice(0, window.pluggedIn ?? 1);
        """
    )
    use_own_camera(page)
    goes_on(page)
    expect(page.locator("#own-switch")).to_be_hidden()
    page.evaluate("window.pluggedIn = 2; navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")
    expect(page.locator("#own-switch")).to_be_visible()
    page.evaluate("window.pluggedIn = 1; navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")
    expect(page.locator("#own-switch")).to_be_hidden()
