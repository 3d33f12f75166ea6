"""The page in Chromium, with the real program behind it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import FakeStages
from page_tools import Browser, expect

from camera import VideoCamera
from main import create_app
from web.server import Server, listen


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
    expect(page.locator("#save")).to_be_enabled()
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
