"""What all tests share, and the real Chromium of the page's tests."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from fake_site import FakeSite
    from page_tools import Opener
    from playwright.sync_api import Browser, Page

    from camera import VideoCamera
    from web.recording import Recordings

# How long one example takes depends on the machine's other work, and no test here asserts a time.
settings.register_profile("no_deadline", deadline=None)
settings.load_profile("no_deadline")


@pytest.fixture(scope="session", autouse=True)
def own_data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes what the user keeps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    from page_tools import chromium

    with chromium() as running:
        yield running


@pytest.fixture
def site() -> "Iterator[FakeSite]":
    from fake_site import FakeSite

    with FakeSite() as running:
        yield running


@pytest.fixture
def open_page(browser: "Browser", site: "FakeSite") -> "Iterator[Opener]":
    """Opens the page in a fresh context; the options are those of a playwright context."""
    from page_tools import expect

    contexts = []

    def opener(width: int = 1280, height: int = 800, prepare: str = "", **options: Any) -> "Page":
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


@pytest.fixture
def camera() -> "Iterator[VideoCamera]":
    """Not started yet; it shows two happy people for twenty seconds."""
    from fakes import FakeSource, FakeStages, pictures

    from camera import VideoCamera

    openings = iter([pictures(2000)])
    with VideoCamera(
        "0",
        make_stages=lambda detector: FakeStages(2),
        open_source=lambda text, wish: FakeSource(openings, pause=0.01),
    ) as camera:
        yield camera


@pytest.fixture
def recordings(tmp_path: Path) -> "Iterator[Recordings]":
    """Into a database of the test's own."""
    from web.recording import Recordings

    made = Recordings(str(tmp_path / "sessions.db"))
    yield made
    made.close()
