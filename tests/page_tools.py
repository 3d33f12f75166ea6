"""What the tests of the page share: a real Chromium, and ways to wait for what it does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from fake_site import CHROMIUMS, FakeSite, find_chromium

playwright_api = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: pip install -r requirements-dev.txt"
)
from playwright.sync_api import Browser, Page, expect  # noqa: E402  (only after the check above)

__all__ = [
    "HIDEABLE",
    "Browser",
    "Opener",
    "Page",
    "asked_often",
    "chromium",
    "expect",
    "findings",
    "let_time_pass",
    "share_of",
    "wait_for",
]

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

Opener = Callable[..., Page]


@contextmanager
def chromium(*more_switches: str) -> Iterator[Browser]:
    """A running Chromium; the test is skipped where there is none."""
    found = find_chromium()
    if found is None:
        pytest.skip(f"no Chromium on the PATH (looked for {', '.join(CHROMIUMS)})")
    expect.set_options(timeout=15_000)
    with playwright_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=[*SWITCHES, *more_switches])
        yield running
        running.close()


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


def let_time_pass(page: Page, seconds: int) -> None:
    """On the page's clock, with enough real time in every step for the server to answer what the page asks."""
    for _ in range(seconds):
        page.clock.run_for(1000)
        page.wait_for_timeout(60)


def findings(page: Page) -> list[str]:
    """What axe-core would mend on the page, as "rule: the elements"."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed: pip install -r requirements-dev.txt"
    ).Axe
    found = axe().run(page).response["violations"]
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}" for one in found]
