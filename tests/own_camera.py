"""What the tests of a visitor's own camera share: the program without its network, and how a page uses it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fakes import FakeSource, FakeStages, endless
from page_tools import HIDEABLE, Browser, Opener, Page, chromium, expect, wait_for

from benchmarks.browser import write_mjpeg
from camera import VideoCamera
from live.visitors import Visitors
from main import create_app
from web.server import Server, listen

# What a browser tells of a camera that is pulled out cannot be brought about from outside.
UNPLUG = "(track) => track.dispatchEvent(new Event('ended'))"
TRACK = "() => document.getElementById('own-video').srcObject?.getVideoTracks()[0]"


class Program:
    """The real program without its network, on a port that it keeps over a restart."""

    def __init__(self, token: str | None = None) -> None:
        self.port = 0
        self._token = token
        self.stages = FakeStages(2)
        self._running: tuple[Server, VideoCamera] | None = None
        self.visitors = self._visitors()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def owners_address(self) -> str:
        return self.address if self._token is None else f"{self.address}?token={self._token}"

    def start(self) -> None:
        self.visitors = self._visitors()
        machine = VideoCamera(
            "0",
            make_stages=lambda _: FakeStages(1, emotion="sad"),
            open_source=lambda text, _: FakeSource(iter([endless()]), name="Camera 0"),
        )
        listener = listen("127.0.0.1", self.port)
        self.port = listener.getsockname()[1]
        app = create_app(machine, token=self._token, visitors=self.visitors)
        server = Server(app, listener, max_viewers=8, senders=24)
        server.start()
        machine.start()
        self._running = server, machine

    def stop(self) -> None:
        if self._running is not None:
            server, machine = self._running
            self._running = None
            self.visitors.close()
            machine.close()
            server.stop()

    def _visitors(self) -> Visitors:
        return Visitors(
            lambda source: VideoCamera(
                "browser", mirror=False, make_stages=lambda _: self.stages, open_source=lambda text, wish: source
            )
        )


@contextmanager
def browser_with_camera_of(clip: Path) -> Iterator[Browser]:
    """A Chromium whose one camera plays the demo clip, which is written there."""
    write_mjpeg(clip, 60)
    with chromium("--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={clip}") as running:
        yield running


@contextmanager
def opening_pages(program: Program, browser: Browser) -> Iterator[Opener]:
    """Opens the page as often as it is called, each time as another visitor."""
    contexts = []

    def opener(*, allowed: bool = True, prepare: str = HIDEABLE, **options: Any) -> Page:
        context = browser.new_context(permissions=["camera"] if allowed else [], **options)
        contexts.append(context)
        page = context.new_page()
        page.add_init_script(prepare)
        page.goto(program.owners_address)
        expect(page.locator("#pill-text")).to_have_text("Camera")
        return page

    yield opener
    for context in contexts:
        context.close()


def use_own_camera(page: Page, value: str = "browser", *, resolution: str | None = None) -> None:
    page.locator("#source-open").click()
    choice = page.locator("#source-choice")
    option = choice.locator(f'option[value^="{value}"]').first  # offered once the browser has listed its devices
    choice.select_option(option.get_attribute("value"))
    if resolution is not None:
        page.locator("#resolution-choice").select_option(resolution)
    page.locator("#source-use").click()


def answers(page: Page) -> int:
    return int(page.locator("#own-boxes").get_attribute("data-answers") or 0)


def goes_on(page: Page) -> None:
    """More pictures are answered."""
    before = answers(page)
    wait_for(page, lambda: answers(page) > before + 2)


class Line:
    """The line of a page to its program. One a page: of two sessions' conditions, Chromium keeps the first."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("Network.enable")

    def slow_down(self, latency_ms: float) -> None:
        """Every question of the page and its answer take so long."""
        conditions = {"latency": latency_ms, "downloadThroughput": -1, "uploadThroughput": -1, "offline": False}
        self._session.send("Network.emulateNetworkConditions", conditions)
