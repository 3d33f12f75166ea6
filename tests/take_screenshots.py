"""Takes the pictures of the page in docs/screenshots again: `python tests/take_screenshots.py`, from anywhere.

All of them show the real program: with its demo clip, with a camera that is not there, and with a network camera that
is switched off while it plays.
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

from fake_site import find_chromium  # noqa: E402
from fakes import MjpegCamera  # noqa: E402

from faces.records import Image  # noqa: E402

FOLDER = ROOT / "docs" / "screenshots"

WIDE = (1280, 800)
PHONE = (390, 844)

LONGEST_CLIP_MS = 45_000
LOOK_EVERY_MS = 200
SURE_PERCENT = 80
STRIP_MS = 25_000
"""So long the page has watched before its picture is taken: the strips of time have something to show then."""


@contextmanager
def program(source: str) -> Iterator[str]:
    """The address of the real program with that source, on a free port."""
    command = [sys.executable, str(ROOT / "main.py"), "--source", source, "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
    assert process.stdout is not None
    try:
        for line in process.stdout:
            found = re.search(r"http://\S+", line)
            if found:
                yield found.group()
                return
        raise SystemExit("main.py ended without an address. Run it by hand to see why.")
    finally:
        process.terminate()
        process.communicate()


def open_page(browser: Browser, address: str, size: tuple[int, int], scheme: str) -> Page:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=2 if size == PHONE else 1,
    )
    page = context.new_page()
    page.goto(address)
    expect(page.locator("#pill-text")).not_to_have_text("Starting", timeout=30_000)
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


def shoot_live(browser: Browser, address: str) -> None:
    for name, size, scheme in (
        ("live-light", WIDE, "light"),
        ("live-dark", WIDE, "dark"),
        ("phone-light", PHONE, "light"),
        ("phone-dark", PHONE, "dark"),
    ):
        page = open_page(browser, address, size, scheme)
        expect(page.locator("#picture")).to_be_visible()
        page.wait_for_timeout(STRIP_MS)
        wait_for_a_sure_face(page, "happy")
        save(page, name)
        page.context.close()


def shoot_choosing_and_stopped(browser: Browser, address: str) -> None:
    page = open_page(browser, address, WIDE, "light")
    expect(page.locator("#picture")).to_be_visible()
    page.keyboard.press("c")
    page.wait_for_timeout(800)
    save(page, "choose-source")
    page.keyboard.press("Escape")
    page.locator("#start-stop").click()
    expect(page.locator("#overlay-title")).to_have_text("Stopped")
    page.wait_for_timeout(600)
    save(page, "stopped")
    page.context.close()


def shoot_state(browser: Browser, address: str, title: str, name: str) -> None:
    page = open_page(browser, address, WIDE, "light")
    expect(page.locator("#overlay-title")).to_have_text(title, timeout=30_000)
    page.wait_for_timeout(600)
    save(page, name)
    page.context.close()


def shoot_accidents(browser: Browser) -> None:
    with program("7") as address:
        shoot_state(browser, address, "No picture from this source", "no-camera")
    with MjpegCamera(images=demo_images(250), count=10_000) as camera, program(camera.address) as address:
        page = open_page(browser, address, WIDE, "light")
        expect(page.locator(".face").first).to_be_visible(timeout=30_000)
        page.wait_for_timeout(2000)
        camera.close()
        expect(page.locator("#overlay-title")).to_have_text("Camera lost, trying again", timeout=30_000)
        page.wait_for_timeout(600)
        save(page, "camera-lost")
        page.context.close()


def demo_images(count: int) -> list[Image]:
    clip = cv2.VideoCapture(str(ROOT / "assets" / "demo.mp4"))
    images = [np.asarray(image, np.uint8) for _ in range(count) if (image := clip.read()[1]) is not None]
    clip.release()
    return images


def main() -> None:
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("No Chromium on the PATH: install one, then try again.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        with program("demo") as address:
            shoot_live(browser, address)
            shoot_choosing_and_stopped(browser, address)
        shoot_accidents(browser)
        browser.close()


if __name__ == "__main__":
    main()
