"""Takes the pictures of the page in docs/screenshots again: `python tests/take_screenshots.py`, from anywhere.

What is live comes from the real program playing its demo clip; states that need an accident come from the fake site.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # a script finds only what lies beside it, and fake_site needs the packages above

from fake_site import FakeSite, find_chromium, make_state  # noqa: E402

FOLDER = ROOT / "docs" / "screenshots"

WIDE = (1280, 800)
PHONE = (390, 844)

LONGEST_CLIP_MS = 45_000
LOOK_EVERY_MS = 200
SURE_PERCENT = 80

ACCIDENTS = {
    "no-camera": make_state(
        "failed", message="Camera 0 did not open. Is another program using it? Retrying every few seconds."
    ),
    "camera-lost": make_state("reconnecting", message="Camera 0 gives no pictures any more. Next attempt in 4 s."),
    "stopped": make_state("stopped"),
}


@contextmanager
def demo_site() -> Iterator[str]:
    """The address of the real program, playing the demo clip on a free port."""
    command = [sys.executable, str(ROOT / "main.py"), "--source", "demo", "--port", "0"]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
    assert program.stdout is not None
    try:
        for line in program.stdout:
            found = re.search(r"http://\S+", line)
            if found:
                yield found.group()
                return
        raise SystemExit("main.py ended without an address. Run it by hand to see why.")
    finally:
        program.terminate()
        program.communicate()


def open_page(browser: Browser, address: str, size: tuple[int, int], scheme: str) -> Page:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=2 if size == PHONE else 1,
    )
    page = context.new_page()
    page.goto(address)
    expect(page.locator("#pill-text")).not_to_have_text("Starting", timeout=20_000)
    return page


def wait_for_a_sure_face(page: Page, emotion: str) -> None:
    """Until the clip shows the emotion, and the program is as sure of it as a picture for the README should be."""
    confidence = page.locator(f'.face[data-emotion="{emotion}"] .confidence')
    for _ in range(LONGEST_CLIP_MS // LOOK_EVERY_MS):
        shown = confidence.first.text_content() if confidence.count() else None
        if shown and int(shown.removesuffix("%")) >= SURE_PERCENT:
            return
        page.wait_for_timeout(LOOK_EVERY_MS)
    raise SystemExit(f"In one round of the demo clip no face was {emotion} with {SURE_PERCENT}%.")


def save(page: Page, name: str) -> None:
    path = FOLDER / f"{name}.jpg"
    page.screenshot(path=path, type="jpeg", quality=82)
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1000} kB")


def shoot_live(browser: Browser) -> None:
    with demo_site() as address:
        for name, size, scheme, emotion in (
            ("live-light", WIDE, "light", "happy"),
            ("live-dark", WIDE, "dark", "happy"),
            ("phone-light", PHONE, "light", "happy"),
            ("phone-dark", PHONE, "dark", "happy"),
        ):
            page = open_page(browser, address, size, scheme)
            page.wait_for_function("document.querySelector('#picture')?.naturalWidth > 0")
            page.wait_for_timeout(1500)  # the viewer is counted and the bars have settled
            wait_for_a_sure_face(page, emotion)
            save(page, name)
            page.context.close()
        page = open_page(browser, address, WIDE, "light")
        page.keyboard.press("c")
        page.wait_for_timeout(800)
        save(page, "choose-source")
        page.context.close()


def shoot_accidents(browser: Browser) -> None:
    clip = cv2.VideoCapture(str(ROOT / "assets" / "demo.mp4"))
    there, image = clip.read()
    clip.release()
    assert there, "assets/demo.mp4 gives no picture"
    with FakeSite(np.asarray(image, np.uint8)) as site:
        for name, state in ACCIDENTS.items():
            site.state = make_state("live")
            page = open_page(browser, site.address, WIDE, "light")
            expect(page.locator("#picture")).to_be_visible()
            site.state = state
            expect(page.locator("#overlay")).to_be_visible()
            page.wait_for_timeout(600)
            save(page, name)
            page.context.close()


def main() -> None:
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("No Chromium on the PATH: install one, then try again.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        shoot_accidents(browser)
        shoot_live(browser)
        browser.close()


if __name__ == "__main__":
    main()
