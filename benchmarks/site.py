"""What somebody meets who opens the page: frames per second, the age of the picture, the start, the cost.

Every section drives this program and the obvious design with the same network camera, one after the other.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.measure import Usage, median, percentile, usage
from benchmarks.report import ReportRow, Section
from benchmarks.servers import OBVIOUS, OURS, Design, MeasureError, Site, network_camera, running, site
from benchmarks.viewers import first_fresh_seconds

STARTS = 3

SLOW_BYTES_PER_SECOND = 250_000

QUIET_SECONDS = 2.5
"""After the last question, until nobody counts as watching any more."""

LATEST_SHARE = 0.2
"""The age "at the end" is the median over this last part of the time."""


@dataclass(slots=True)
class ViewerFigures:
    """What some viewers of one server saw, and what it used meanwhile."""

    viewers: list[dict[str, Any]] = field(default_factory=list)
    cores: float = 0.0
    megabytes: float = 0.0

    def fps(self, *, slow: bool = False) -> float | None:
        """Of the viewer who got least."""
        return min((viewer["fps"] for viewer in self.viewers if viewer["slow"] == slow), default=None)

    def ages(self, *, slow: bool = False) -> list[tuple[float, float]]:
        """(seconds since the beginning, age in seconds) of pictures as they arrived, at all viewers."""
        return sorted((moment, age) for v in self.viewers if v["slow"] == slow for moment, age in v["ages"])

    def age_ms(self, share: float) -> float | None:
        return _thousandfold(percentile([age for _, age in self.ages()], share))


def last_age(ages: Sequence[tuple[float, float]]) -> float | None:
    """How old pictures were at the end."""
    if not ages:
        return None
    since = ages[-1][0] * (1 - LATEST_SHARE)
    return median([age for moment, age in ages if moment >= since])


def _thousandfold(seconds: float | None) -> float | None:
    return None if seconds is None else 1000 * seconds


def live(counts: Sequence[int], seconds: float, *, alone: bool) -> Section:
    """So many viewers at once, each number with a server of its own."""
    rows = list[ReportRow]()
    unread = 0
    with network_camera() as camera:
        for count in counts:
            ours = _watched(OURS, camera, seconds, viewers=count)
            other = ViewerFigures() if alone else _watched(OBVIOUS, camera, seconds, viewers=count)
            rows += _live_rows(count, ours, None if alone else other)
            unread += sum(not viewer["ages"] for viewer in [*ours.viewers, *other.viewers])
    notes = [f"{seconds:g} s each; the age is read from the pixels of pictures as they arrive at the viewer"]
    if unread:
        notes.append(f"viewers without a picture whose age could be read: {unread}")
    return Section("Live", rows, notes=notes)


def _live_rows(count: int, ours: ViewerFigures, other: ViewerFigures | None) -> list[ReportRow]:
    who = "1 viewer" if count == 1 else f"{count} viewers"
    figures: list[tuple[str, str, Any, bool, float | None]] = [
        ("pictures per second, whoever got least", "fps", lambda w: w.fps(), True, 29.5 if count == 1 else 29.0),
        ("age, median", "ms", lambda w: w.age_ms(0.5), False, None),
        ("age, 95th percentile", "ms", lambda w: w.age_ms(0.95), False, 80.0 if count == 1 else 150.0),
        ("age at the end", "ms", lambda w: _thousandfold(last_age(w.ages())), False, None),
        ("processor", "cores", lambda w: w.cores, False, 1.0),
        ("memory", "MB", lambda w: w.megabytes, False, 250.0),
    ]
    return [
        ReportRow(f"{who}: {what}", unit, get(ours), get(other) if other else None, "more" if more else "less", goal)
        for what, unit, get, more, goal in figures
    ]


def _watched(design: Design, camera: str, seconds: float, *, viewers: int, slow: int = 0) -> ViewerFigures:
    with site(design, camera) as server:
        server.wait_for_label()
        return _watch(server, seconds, viewers=viewers, slow=slow)


def _watch(server: Site, seconds: float, *, viewers: int, slow: int) -> ViewerFigures:
    crowd = ("--viewers", str(viewers), "--slow", str(slow), "--bytes-per-second", str(SLOW_BYTES_PER_SECOND))
    with running("-m", "benchmarks.viewers", server.feed, *crowd, "--seconds", str(seconds)) as program:
        _expect("begin", program.line())
        before, began = usage(server.program.measured), time.monotonic()
        _expect("end", program.line())
        after, ended = usage(server.program.measured), time.monotonic()
        described = json.loads(program.line())
    server.program.check()
    return ViewerFigures(described, _cores(before, after, ended - began), after.megabytes)


def _expect(word: str, line: str) -> None:
    if line != word:
        raise MeasureError(f"The viewers said {line!r} where {word!r} belongs.")


def _cores(before: Usage, after: Usage, seconds: float) -> float:
    return (after.cpu_seconds - before.cpu_seconds) / seconds


def start(*, alone: bool) -> Section:
    """From the command to the page, and to the first face with a name."""
    with network_camera() as camera:
        ours = [_started(OURS, camera) for _ in range(STARTS)]
        other = None if alone else _started(OBVIOUS, camera)
    page, label = max(page for page, _ in ours), max(label for _, label in ours)
    return Section(
        "Start",
        [
            ReportRow("page answers", "s", page, other and other[0], goal=1.0),
            ReportRow("first face is labelled", "s", label, other and other[1], goal=2.5),
        ],
        notes=[f"from the command on; the slowest of {STARTS} starts, of the obvious design its only one"],
    )


def _started(design: Design, camera: str) -> tuple[float, float]:
    with site(design, camera) as server:
        return server.page_seconds, server.wait_for_label()


def slow(seconds: float, *, alone: bool) -> Section:
    """One viewer with a slow line beside one with a fast one."""
    with network_camera() as camera:
        ours = _watched(OURS, camera, seconds, viewers=1, slow=1)
        other = None if alone else _watched(OBVIOUS, camera, seconds, viewers=1, slow=1)
    figures: list[tuple[str, str, Any, bool, float | None]] = [
        ("slow viewer: oldest picture", "s", lambda w: percentile([a for _, a in w.ages(slow=True)], 1.0), False, 2.0),
        ("slow viewer: age at the end", "s", lambda w: last_age(w.ages(slow=True)), False, 2.0),
        ("slow viewer: pictures per second", "fps", lambda w: w.fps(slow=True), True, None),
        ("fast viewer: pictures per second", "fps", lambda w: w.fps(), True, 29.0),
        ("fast viewer: age, 95th percentile", "ms", lambda w: w.age_ms(0.95), False, 80.0),
    ]
    rows = [
        ReportRow(what, unit, get(ours), get(other) if other else None, "more" if more else "less", goal)
        for what, unit, get, more, goal in figures
    ]
    return Section("A slow viewer", rows, notes=[f"reading {SLOW_BYTES_PER_SECOND // 1000} kB/s for {seconds:g} s"])


def idle(seconds: float, *, alone: bool) -> Section:
    """Nobody watches, then somebody comes."""
    with network_camera() as camera:
        ours = _idle(OURS, camera, seconds)
        other = (None, None) if alone else _idle(OBVIOUS, camera, seconds)
    return Section(
        "Nobody watches",
        [
            ReportRow("processor", "cores", ours[0], other[0]),
            ReportRow("somebody comes: first picture taken after that", "ms", ours[1], other[1]),
        ],
        notes=[f"over {seconds:g} s"],
    )


def _idle(design: Design, camera: str, seconds: float) -> tuple[float, float | None]:
    with site(design, camera) as server:
        server.wait_for_label()
        time.sleep(QUIET_SECONDS)
        before, began = usage(server.program.measured), time.monotonic()
        time.sleep(seconds)
        cores = _cores(before, usage(server.program.measured), time.monotonic() - began)
        return cores, _thousandfold(first_fresh_seconds(server.feed))
