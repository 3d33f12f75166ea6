"""Time a function, summarise numbers, watch what other processes use."""

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

ROUND_SECONDS = 0.05

FEWEST_CALLS = 5


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that at least this share of all values does not exceed; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def median(values: Sequence[float]) -> float | None:
    return percentile(values, 0.5)


def milliseconds(function: Callable[[], object], seconds: float) -> float:
    """The median time of a call, after one that is not counted."""
    return 1000 * (median(_times(function, seconds)) or 0.0)


def mean_milliseconds(function: Callable[[], object], seconds: float) -> float:
    """The mean time of a call, for work that is heavy in a few calls and light in the others."""
    times = _times(function, seconds)
    return 1000 * sum(times) / len(times)


def _times(function: Callable[[], object], seconds: float) -> list[float]:
    function()
    times = list[float]()
    end = time.perf_counter() + seconds
    while len(times) < FEWEST_CALLS or time.perf_counter() < end:
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return times


@dataclass(slots=True)
class Usage:
    """What a process and its children have used."""

    cpu_seconds: float = 0.0
    most_megabytes: float = 0.0
    megabytes: float = 0.0


def usage(process: psutil.Process, before: Usage | None = None) -> Usage:
    """Until now; a process that has ended has used what it had used `before`."""
    before = before or Usage()
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return before
    cpu_seconds = megabytes = 0.0
    for member in family:
        try:
            times = member.cpu_times()
            # children that have ended are counted by their parents, on systems that tell it
            cpu_seconds += sum(times[:4])
            megabytes += member.memory_info().rss / 1e6
        except psutil.Error:
            continue  # it has ended meanwhile
    return Usage(max(cpu_seconds, before.cpu_seconds), max(megabytes, before.most_megabytes), megabytes)


@contextmanager
def watched(process: psutil.Process) -> Iterator[Usage]:
    """While it is held, what the process uses is looked at again and again; the answer is complete at its end."""
    seen = Usage()
    over = threading.Event()

    def look() -> None:
        while not over.wait(ROUND_SECONDS):
            now = usage(process, seen)
            seen.cpu_seconds, seen.most_megabytes, seen.megabytes = now.cpu_seconds, now.most_megabytes, now.megabytes

    thread = threading.Thread(target=look, name="watch", daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()
