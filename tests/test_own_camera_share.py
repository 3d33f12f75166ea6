"""One's own camera is shared by a link and shared no longer, in Chromium with two visitors."""

from collections.abc import Iterator

import pytest
from own_camera import Program, goes_on, opening_pages, use_own_camera
from page_tools import Browser, Opener, chromium, expect, findings


@pytest.fixture
def program() -> Iterator[Program]:
    running = Program()
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser_with_camera() -> Iterator[Browser]:
    with chromium("--use-fake-device-for-media-stream") as running:
        yield running


@pytest.fixture
def open_page(program: Program, browser_with_camera: Browser) -> Iterator[Opener]:
    with opening_pages(program, browser_with_camera) as opener:
        yield opener


def test_a_camera_is_watched_by_its_link_until_sharing_ends(program: Program, open_page: Opener) -> None:
    page, other = open_page(), open_page()
    expect(page.get_by_role("button", name="Share")).to_be_hidden()
    use_own_camera(page)
    goes_on(page)
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Make a link").click()
    expect(page.locator("#shared-pill")).to_be_visible()
    link = page.locator("#share-link").input_value()
    assert link.startswith(f"{program.address}?watch=")

    other.goto(link)
    expect(other.locator("#picture")).to_be_visible()
    expect(other.locator(".person")).to_have_text(["Person 1", "Person 2"])
    expect(other.locator("#start-stop")).to_be_hidden()
    expect(other.locator("#record")).to_be_hidden()
    other.keyboard.press("r")
    expect(other.locator("#record-dialog")).to_be_hidden()
    expect(other.locator("#promise")).to_contain_text("comes from the person who gave you this link")
    assert findings(page) == findings(other) == []

    page.get_by_role("button", name="Stop sharing").click()
    expect(page.locator("#shared-pill")).to_be_hidden()
    expect(other.locator("#overlay-title")).to_have_text("No longer shared")
    assert findings(other) == []
    expect(other.locator("#picture")).to_be_hidden()
    expect(other.locator(".person")).to_have_count(0)
    goes_on(page)


def test_where_a_token_is_asked_for_the_link_is_enough_to_watch_and_to_do_nothing_else(
    browser_with_camera: Browser,
) -> None:
    program = Program(token="owner-token-1234567")
    program.start()
    try:
        with opening_pages(program, browser_with_camera) as opener:
            page = opener()
            use_own_camera(page)
            goes_on(page)
            page.get_by_role("button", name="Share").click()
            page.get_by_role("button", name="Make a link").click()
            expect(page.locator("#shared-pill")).to_be_visible()
            link = page.locator("#share-link").input_value()
            assert "owner-token" not in link
            refused: list[str] = []
            other = browser_with_camera.new_context().new_page()
            other.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
            other.goto(link)
            expect(other.locator(".person")).to_have_text(["Person 1", "Person 2"])
            expect(other.locator("#picture")).to_be_visible()
            expect(other.locator("#start-stop")).to_be_hidden()
            assert refused == []
            assert other.request.post(f"{program.address}api/camera", data={"action": "stop"}).status == 403
            other.context.close()
    finally:
        program.stop()


def test_a_camera_that_is_stopped_is_no_longer_shared(program: Program, open_page: Opener) -> None:
    page = open_page()
    use_own_camera(page)
    goes_on(page)
    assert findings(page) == []
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Make a link").click()
    expect(page.locator("#share-link")).to_be_visible()
    assert findings(page) == []
    page.get_by_role("button", name="Close", exact=True).click()
    page.locator("#start-stop").click()
    expect(page.locator("#shared-pill")).to_be_hidden()
    page.locator("#start-stop").click()
    goes_on(page)
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_role("button", name="Make a link")).to_be_visible()
    assert findings(page) == []
