"""How fast recordings are analysed, and what it takes."""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from benchmarks.inside import read_clip
from benchmarks.measure import watched
from benchmarks.netcam import CLIP, there_and_back
from benchmarks.report import ReportRow, Section
from benchmarks.servers import MeasureError, running
from faces.records import Image

FPS = 30.0
SIZE = (640, 360)
TIMES_LONGER = 4
JOBS = 2


class MakeVideo(Protocol):
    """Writes a video with a frame at each of these times."""

    def __call__(
        self, path: Path, times: Sequence[float], *, size: tuple[int, int], images: Sequence[Image]
    ) -> Path: ...


@dataclass(frozen=True, slots=True)
class Run:
    """What one analysis took."""

    seconds: float
    cpu_seconds: float
    most_megabytes: float


def films(make_video: MakeVideo, seconds: float) -> Section:
    """A video of this many seconds, one four times as long, and two at once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        short = _film(make_video, folder / "short.mp4", seconds)
        long = _film(make_video, folder / "long.mp4", TIMES_LONGER * seconds)
        twin = folder / "twin.mp4"
        twin.write_bytes(long.read_bytes())
        runs = {
            "short": _analyse(folder, [short]),
            "long": _analyse(folder, [long]),
            "bare": _analyse(folder, [long], "--no-annotated"),
            "one": _analyse(folder, [long, twin]),
            "two": _analyse(folder, [long, twin], "--jobs", str(JOBS)),
        }
    return _section(runs, seconds)


def _section(runs: dict[str, Run], seconds: float) -> Section:
    short, long, bare = runs["short"], runs["long"], runs["bare"]
    long_seconds = TIMES_LONGER * seconds

    def per_frame(run: Run, of_seconds: float) -> float:
        return 1000 * run.cpu_seconds / (of_seconds * FPS)

    added_ms = 1000 * (long.cpu_seconds - short.cpu_seconds) / ((long_seconds - seconds) * FPS)
    return Section(
        "Recordings, 640x360 with one face, every frame",
        [
            ReportRow("speed per core, with the start", "x", long_seconds / long.cpu_seconds, better="more", goal=4.0),
            ReportRow(
                "speed per core, without the start", "x", 1000 / FPS / added_ms if added_ms > 0 else None, better="more"
            ),
            ReportRow("speed per core, no annotated video", "x", long_seconds / bare.cpu_seconds, better="more"),
            ReportRow(
                f"{long_seconds:g} s against {seconds:g} s: per frame, with the start",
                "ms",
                per_frame(long, long_seconds),
                per_frame(short, seconds),
            ),
            ReportRow("per frame, without the start", "ms", added_ms),
            ReportRow(f"2 videos: {JOBS} jobs against 1", "s", runs["two"].seconds, runs["one"].seconds),
            ReportRow(
                f"2 videos: times faster with {JOBS} jobs",
                "x",
                runs["one"].seconds / runs["two"].seconds,
                None,
                "more",
                1.7,
            ),
            ReportRow(
                f"memory, {long_seconds:g} s against {seconds:g} s",
                "MB",
                long.most_megabytes,
                short.most_megabytes,
                goal=300.0,
            ),
        ],
        compared="other",
        notes=["speed: seconds of video per second of processor time, all threads together"],
    )


def _film(make_video: MakeVideo, path: Path, seconds: float) -> Path:
    images, _ = read_clip(CLIP)
    small = [np.asarray(cv2.resize(image, SIZE), dtype=np.uint8) for image in there_and_back(images)]
    count = round(seconds * FPS)
    shown = [small[index % len(small)] for index in range(count)]
    return make_video(path, [index / FPS for index in range(count)], size=SIZE, images=shown)


def _analyse(folder: Path, inputs: Sequence[Path], *options: str) -> Run:
    with tempfile.TemporaryDirectory(dir=folder) as out:
        began = time.monotonic()
        with running("analyze.py", *map(str, inputs), "--out", out, "--json", *options) as program:
            with watched(program.measured) as used:
                lines = [program.line() for _ in inputs]
                status = program.process.wait()
            passed = time.monotonic() - began
        if status or not all(lines):
            raise MeasureError(f"analyze.py ended with {status}: {lines}")
    return Run(passed, used.cpu_seconds, used.most_megabytes)
