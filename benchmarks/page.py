"""What the live page costs the browser that shows it, beside the same page without scripts, in real Chromium."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psutil

from benchmarks.browser import chromium_program
from benchmarks.measure import median, usage
from benchmarks.report import ReportRow, Section
from benchmarks.servers import OURS, Design, network_camera, site

WIDTH, HEIGHT = 1280, 800
WARM_UP_MS = 4000
LOADS = 5

FIRST_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


def page(counts: Sequence[int], seconds: float) -> Section:
    """So many faces in the picture of the network camera; they are posed, so that nobody has to find them."""
    rows = list[ReportRow]()
    with network_camera() as camera:
        for count in counts:
            with site(_posed(count), camera) as server, _chromium() as chromium:
                address = f"http://127.0.0.1:{server.port}/"
                bare, _ = _cores(chromium, address, seconds, scripts=False)
                ours, fps = _cores(chromium, address, seconds, scripts=True)
                rows += _rows(count, ours, bare, fps)
                paints = [_first_paint(chromium, address) for _ in range(LOADS)]
        rows.append(ReportRow("first contentful paint, median", "ms", median([ms for ms in paints if ms is not None])))
    notes = [f"{seconds:g} s each, {WIDTH}x{HEIGHT}, a picture of 640x480 at 30 a second, without a graphics card"]
    notes.append("compared: the page without scripts, which is the stream with boxes in it and nothing else")
    return Section("Page", rows, compared="no scripts", notes=notes)


def _rows(count: int, ours: float, bare: float, fps: float) -> list[ReportRow]:
    who = "1 face" if count == 1 else f"{count} faces"
    return [
        ReportRow(f"{who}: processor of the browser", "cores", ours, bare),
        ReportRow(f"{who}: pictures per second meanwhile", "fps", fps, better="more"),
    ]


def _posed(count: int) -> Design:
    return Design(
        f"{count} posed faces",
        lambda source, port: ("-m", "benchmarks.posed", source, str(count), str(port)),
        OURS.labels_path,
        OURS.count_labels,
        starts_with_viewer=False,
    )


def _cores(chromium: Any, address: str, seconds: float, *, scripts: bool) -> tuple[float, float]:
    """(cores that all processes of the browser take while the page is shown, its figure of pictures per second)."""
    context = chromium.new_context(viewport={"width": WIDTH, "height": HEIGHT}, java_script_enabled=scripts)
    shown = context.new_page()
    shown.goto(address, wait_until="commit")
    shown.wait_for_timeout(WARM_UP_MS)
    before = _spent()
    shown.wait_for_timeout(1000 * seconds)
    cores = (_spent() - before) / seconds
    fps = float(shown.locator("#figure-fps").inner_text()) if scripts else 0.0
    context.close()
    return cores, fps


def _spent() -> float:
    """Seconds of processor time of every Chromium that this process has started."""
    family = psutil.Process().children(recursive=True)
    browsers = [one for one in family if "chrom" in one.name() and "chrom" not in _parent_name(one)]
    return sum(usage(one).cpu_seconds for one in browsers)


def _parent_name(process: psutil.Process) -> str:
    parent = process.parent()
    return parent.name() if parent else ""


def _first_paint(chromium: Any, address: str) -> float | None:
    context = chromium.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    shown = context.new_page()
    shown.goto(address, wait_until="load")
    shown.wait_for_timeout(500)
    milliseconds: float | None = shown.evaluate(FIRST_PAINT)
    context.close()
    return milliseconds


@contextmanager
def _chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        program = chromium_program()
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
