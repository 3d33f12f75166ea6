"""The real program around the demo clip, for tests of the page: with fake stages, and a database of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fakes import FakeStages
from page_tools import Browser, Page, expect

from camera import VideoCamera
from main import create_app
from web.recording import Recordings
from web.reminders import Reminders
from web.server import Server, listen
from web.watching import Watching


@contextmanager
def live_program(folder: Path, stages: FakeStages) -> Iterator[str]:
    """The address of the program, to which everybody who asks is its owner."""
    camera = VideoCamera("demo", make_stages=lambda detector: stages)
    recordings = Recordings(str(folder / "sessions.db"))
    watching, reminders = Watching(camera, recordings), Reminders(recordings)
    listener = listen("127.0.0.1", 0)
    app = create_app(camera, recordings=recordings, watching=watching, reminders=reminders)
    app.extensions["owner_asks"] = lambda: True
    server = Server(app, listener, max_viewers=2)
    server.start()
    camera.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    watching.close()
    reminders.close()
    recordings.close()
    camera.close()
    server.stop()


@contextmanager
def live_page(browser: Browser, address: str) -> Iterator[Page]:
    """The live page, once the demo clip plays; what goes wrong inside of the page fails the test."""
    context = browser.new_context()
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(address)
    expect(page.locator("#pill-text")).to_have_text("Demo clip")
    yield page
    context.close()
    assert troubles == []


def open_panel(page: Page, title: str) -> None:
    """Among the questions."""
    page.keyboard.press("q")
    page.locator(".question", has_text=title).click()
