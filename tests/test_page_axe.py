"""The page in Chromium: axe-core finds nothing to mend, in any state, dialog, scheme or width."""

from typing import Any

import pytest
from fake_site import FakeSite, make_state
from page_tools import Opener, expect, findings

STATES = {
    "one": make_state("live", 1),
    "crowd": make_state("live", 20),
    "nobody": make_state("live", 0),
    "demo": make_state("demo", 3, "No camera found, so the demo clip is playing."),
    "stopped": make_state("stopped"),
    "failed": make_state("failed", message="Camera 7 did not open."),
    "reconnecting": make_state("reconnecting"),
}


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [
        ("one", 1280, "light"),
        ("one", 360, "dark"),
        ("crowd", 1280, "dark"),
        ("crowd", 360, "light"),
        *((name, 1280, "light") for name in ("nobody", "demo", "stopped", "failed", "reconnecting")),
    ],
)
def test_axe_finds_nothing_in_any_state(site: FakeSite, open_page: Opener, name: str, width: int, scheme: str) -> None:
    site.state = STATES[name]
    page = open_page(width=width, color_scheme=scheme)
    expect(page.locator("#source-name")).to_have_text("Camera 0")
    expect(page.locator(".face")).to_have_count(len(site.state["faces"]))
    assert findings(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_dialog(site: FakeSite, open_page: Opener, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    for dialog in ("source", "record-dialog", "settings", "keys", "limits"):
        page.evaluate(f"document.getElementById('{dialog}').showModal()")
        expect(page.locator(f"#{dialog}")).to_be_visible()
        assert findings(page) == []
        page.keyboard.press("Escape")


def test_axe_finds_nothing_while_it_records_or_refuses(site: FakeSite, open_page: Opener) -> None:
    recording: dict[str, Any] = {
        "id": "f",
        "name": "Rehearsal",
        "seconds": 5,
        "skipped": 2,
        "problem": "",
        "over": False,
    }
    site.recording = recording
    site.refusal = (409, "Camera 1 did not open. Is another program using it?")
    page = open_page()
    page.locator("#start-stop").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("#use-shares tr")).to_have_count(3)
    assert findings(page) == []
