"""The page in Chromium: how often it asks, and that it keeps to its own server and policy."""

import re
from pathlib import Path

from fake_site import FakeSite, make_state
from page_tools import HIDEABLE, Opener, asked_often, expect, let_time_pass, wait_for

ROOT = Path(__file__).resolve().parent.parent


def test_the_page_asks_often_but_never_twice_at_once(site: FakeSite, open_page: Opener) -> None:
    site.state_pause_seconds = 0.3
    page = open_page()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    for _ in range(3):
        page.locator("#mirror").click()  # each asks for the state at once
    asked_often(site, "GET /api/state", page, 4)
    assert site.overlaps == 0


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
    expect(page.locator("#pill-text")).to_have_text("Camera")
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
    expect(page.locator("#save")).to_be_enabled()
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
