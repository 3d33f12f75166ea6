"""What visitors with a camera of their own get: answers per second, and how late the boxes are, in real Chromium."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2

from benchmarks.measure import median, usage
from benchmarks.report import Row, Section
from benchmarks.servers import OURS, MeasureError, Site, site
from faces.places import DEMO_FILE

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")

CLIP_FRAMES = 120

WARM_UP_MS = 4000

START = """() => {
  const choice = document.getElementById("source-choice");
  choice.value = [...choice.options].map(({ value }) => value).find((value) => value.startsWith("browser"));
  document.getElementById("source-form").requestSubmit();
}"""

WATCH = """(milliseconds) => new Promise((done) => {
  const canvas = document.getElementById("own-boxes");
  const answers = () => Number(canvas.dataset.answers ?? 0);
  const [before, began, late] = [answers(), performance.now(), []];
  new MutationObserver(() => late.push(Number(canvas.dataset.lateMs)))
    .observe(canvas, { attributes: true, attributeFilter: ["data-answers"] });
  setTimeout(() => {
    const seconds = (performance.now() - began) / 1000;
    done({ rate: (answers() - before) / seconds, late });
  }, milliseconds);
})"""
"""Answers per second, and for each the milliseconds from taking the picture off the video to drawing its boxes."""


def browser(counts: Sequence[int], seconds: float) -> Section:
    """So many browsers at once beside the machine's own camera, which plays the demo clip."""
    rows = list[Row]()
    for count in counts:
        with site(OURS, "demo") as server, _pages(server, count) as pages:
            before = usage(server.program.measured).cpu_seconds
            seen = _watch(pages, seconds)
            cores = (usage(server.program.measured).cpu_seconds - before) / seconds
            server.program.check()
        who = "1 browser" if count == 1 else f"{count} browsers"
        late = [milliseconds for one in seen for milliseconds in one["late"]]
        rows += [
            Row(f"{who}: answers per second, whoever got least", "fps", min(one["rate"] for one in seen), None, "more"),
            Row(f"{who}: boxes behind the video, median", "ms", median(late), goal=60.0),
            Row(f"{who}: processor of the program", "cores", cores),
        ]
    notes = [f"{seconds:g} s each, 640x360 at 30 a second from Chromium's fake camera; the browsers share the machine"]
    return Section("Browser", rows, notes=notes)


def _watch(pages: Sequence[Any], seconds: float) -> list[dict[str, Any]]:
    """All at once: each page measures itself, and is asked when its time is over."""
    for page in pages:
        page.evaluate(f"() => {{ window.watched = ({WATCH})({seconds * 1000}); }}")
    return [page.evaluate("() => window.watched") for page in pages]


@contextmanager
def _pages(server: Site, count: int) -> Iterator[list[Any]]:
    from playwright.sync_api import sync_playwright

    program = next((path for name in CHROMIUMS if (path := shutil.which(name))), None)
    if program is None:
        raise MeasureError("There is no Chromium on the PATH to measure with. Install one.")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        clip = write_mjpeg(Path(folder) / "clip.mjpeg", CLIP_FRAMES)
        switches = ["--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream"]
        switches += ["--use-fake-ui-for-media-stream", f"--use-file-for-fake-video-capture={clip}"]
        chromium = playwright.chromium.launch(executable_path=program, args=switches)
        pages = [chromium.new_context(permissions=["camera"]).new_page() for _ in range(count)]
        for page in pages:
            page.goto(f"http://127.0.0.1:{server.port}/", wait_until="commit")
            page.wait_for_selector('#source-choice option[value^="browser"]', state="attached")
            page.evaluate(START)
            page.wait_for_selector("#own-boxes[data-answers]", state="attached")
        pages[0].wait_for_timeout(WARM_UP_MS)
        yield pages
        chromium.close()


def write_mjpeg(path: Path, count: int) -> Path:
    """The first pictures of the demo clip, as Chromium's fake camera plays them: JPEGs one after the other."""
    clip = cv2.VideoCapture(str(DEMO_FILE))
    try:
        with path.open("wb") as file:
            for _ in range(count):
                file.write(cv2.imencode(".jpg", clip.read()[1])[1].tobytes())
    finally:
        clip.release()
    return path
