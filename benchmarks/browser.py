"""What visitors with a camera of their own get: answers per second, and how late the boxes are, in real Chromium."""

import http.client
import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import cv2

from benchmarks.measure import median, percentile, usage
from benchmarks.report import ReportRow, Section
from benchmarks.servers import OURS, MeasureError, Site, fetch, site
from faces.places import DEMO_FILE

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")

CLIP_FRAMES = 120

WARM_UP_MS = 4000

SENDERS = 8
SENT_PER_SECOND = 15

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
    rows = list[ReportRow]()
    for count in counts:
        with site(OURS, "demo") as server, _pages(server, count) as pages:
            before = usage(server.program.measured).cpu_seconds
            seen = _watch(pages, seconds)
            cores = (usage(server.program.measured).cpu_seconds - before) / seconds
            server.program.check()
        who = "1 browser" if count == 1 else f"{count} browsers"
        late = [milliseconds for one in seen for milliseconds in one["late"]]
        rows += [
            ReportRow(
                f"{who}: answers per second, whoever got least", "fps", min(one["rate"] for one in seen), None, "more"
            ),
            ReportRow(f"{who}: boxes behind the video, median", "ms", median(late), goal=60.0),
            ReportRow(f"{who}: processor of the program", "cores", cores),
        ]
    rows += _senders(SENDERS, seconds)
    notes = [f"{seconds:g} s each, 640x360 at 30 a second from Chromium's fake camera; the browsers share the machine"]
    notes.append(f"bare senders: {SENDERS} connections that send ready JPEGs, {SENT_PER_SECOND} a second each")
    return Section("Browser", rows, notes=notes)


def _senders(count: int, seconds: float) -> list[ReportRow]:
    """What the program itself can do: browsers that cost nothing, because their pictures are encoded already."""
    pictures = demo_jpegs(CLIP_FRAMES)
    with site(OURS, "demo") as server, ThreadPoolExecutor(count) as threads:
        _send(server.port, pictures, 1.0)  # the network is loaded
        before = usage(server.program.measured).cpu_seconds
        sent = [threads.submit(_send, server.port, pictures, seconds) for _ in range(count)]
        states = []
        while not all(one.done() for one in sent):  # whoever asks counts as watching the machine's own source
            states.append(json.loads(fetch(server.port, "/api/state")[1])["fps"])
            time.sleep(0.5)
        took = [answer for one in sent for answer in one.result()]
        cores = (usage(server.program.measured).cpu_seconds - before) / seconds
    who = f"{count} bare senders"
    own = [fps["inference"] for fps in states[len(states) // 2 :]]
    return [
        ReportRow(
            f"{who}: answers per second, each", "fps", len(took) / count / seconds, None, "more", SENT_PER_SECOND - 0.5
        ),
        ReportRow(f"{who}: answer takes, median", "ms", median(took)),
        ReportRow(f"{who}: answer takes, 95th percentile", "ms", percentile(took, 0.95)),
        ReportRow(f"{who}: processor of the program", "cores", cores),
        ReportRow(f"{who}: the machine's own source (a clip of 24 fps) meanwhile", "fps", median(own), better="more"),
    ]


def _send(port: int, pictures: Sequence[bytes], seconds: float) -> list[float]:
    """Milliseconds that each answer took, for one browser that sends at an even pace."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("POST", "/api/browser")
    key = json.loads(connection.getresponse().read())["id"]
    took, began = [], time.monotonic()
    for number in range(round(seconds * SENT_PER_SECOND)):
        time.sleep(max(0.0, began + number / SENT_PER_SECOND - time.monotonic()))
        if time.monotonic() - began > seconds:
            break
        sent = time.monotonic()
        connection.request("POST", f"/api/browser/{key}/frame", pictures[number % len(pictures)])
        answer = connection.getresponse()
        answer.read()
        if answer.status == HTTPStatus.OK:
            took.append(1000 * (time.monotonic() - sent))
    connection.request("DELETE", f"/api/browser/{key}")
    connection.close()
    return took


def _watch(pages: Sequence[Any], seconds: float) -> list[dict[str, Any]]:
    """All at once: each page measures itself, and is asked when its time is over."""
    for page in pages:
        page.evaluate(f"() => {{ window.watched = ({WATCH})({seconds * 1000}); }}")
    return [page.evaluate("() => window.watched") for page in pages]


def chromium_program() -> str:
    """Where Chromium is; MeasureError where there is none."""
    program = next((path for name in CHROMIUMS if (path := shutil.which(name))), None)
    if program is None:
        raise MeasureError("There is no Chromium on the PATH to measure with. Install one.")
    return program


@contextmanager
def _pages(server: Site, count: int) -> Iterator[list[Any]]:
    from playwright.sync_api import sync_playwright

    program = chromium_program()
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
    path.write_bytes(b"".join(demo_jpegs(count)))
    return path


def demo_jpegs(count: int) -> list[bytes]:
    """The first pictures of the demo clip."""
    clip = cv2.VideoCapture(str(DEMO_FILE))
    try:
        return [cv2.imencode(".jpg", clip.read()[1])[1].tobytes() for _ in range(count)]
    finally:
        clip.release()
