"""A record is what every use is asked of: the live session so far, a saved session, or a video.

It holds numbers only, no pictures, and says nothing about who somebody is. `Timeline.record` makes one; a caller
that knows when it was, or which markers were set, adds that with `dataclasses.replace`.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from operator import attrgetter
from typing import TypeVar

import numpy as np

from timeline.intervals import Confusion
from timeline.seconds import SECOND, Group, group, whole_seconds
from timeline.segments import ABSENT, SEGMENT, SLACK
from timeline.table import Lines

ROUGHLY = 100
"""So many stretches are cut from one part of a record."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Marker:
    """A point in time, or a stretch, to which somebody gave a name."""

    label: str
    start: float  # seconds, on the clock of the record
    end: float | None = None  # None: a point


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a record, from one marker to the next or as somebody marked it."""

    label: str
    start: float  # seconds
    end: float


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which nobody looked: the camera was off or lost."""

    start: float  # seconds
    end: float

    @property
    def seconds(self) -> float:
        """How long it was."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class SelfReport:
    """What somebody answered when asked how they feel."""

    seconds: float  # when, on the clock of the record
    value: int  # 1 (bad) to 5 (good)


@dataclass(frozen=True, slots=True)
class Rest:
    """The resting face of one person: what the network makes of it while they show nothing on purpose."""

    scores: tuple[float, ...]  # geometric mean of the seven scores, which one grimace hardly moves; they sum to 1
    measured_at: datetime | None  # with its zone; None where nobody noted it
    seconds: float  # how long it was looked at
    since: float = 0.0  # seconds on the clock of the record; what was seen before is not compared with it


@dataclass(frozen=True, eq=False)
class Record:
    """Who showed what, when: as columns of plain numbers, so that a day is answered from at once.

    Times are seconds on the clock of the source, from `start` to `end`. Columns are read-only views.
    """

    start: float
    end: float
    seconds: Lines = field(default_factory=lambda: np.zeros(0, SECOND))  # by second (from `start`) and person
    segments: Lines = field(default_factory=lambda: np.zeros(0, SEGMENT))  # by person and time, covering start to end
    gaps: tuple[Gap, ...] = ()
    started_at: datetime | None = None  # wall clock with its zone at `start`; None where nobody knows it
    markers: tuple[Marker, ...] = ()  # by time
    rest: Rest | None = None
    self_reports: tuple[SelfReport, ...] = ()  # by time
    confusion: Confusion | None = None  # of the network that saw this; None where it was not measured

    @property
    def length(self) -> float:
        """Seconds from start to end."""
        return self.end - self.start

    @property
    def watched(self) -> float:
        """Seconds in which somebody looked, faces or not."""
        return self.length - sum(gap.seconds for gap in self.gaps)

    @property
    def persons(self) -> tuple[int, ...]:
        """The numbers of everyone who steadily showed anything, ascending."""
        return tuple(np.flatnonzero(np.bincount(self.segments["person"][self.segments["label"] != ABSENT])).tolist())

    @cached_property
    def group(self) -> Group:
        """The whole group second by second."""
        return group(self.seconds, whole_seconds(self.length))

    def of(self, person: int) -> "Record":
        """Only this person."""
        mine = {name: lines[lines["person"] == person] for name, lines in self._columns()}
        return replace(self, **mine)

    def between(self, start: float, end: float) -> "Record":
        """The part from start to end, cut at the nearest whole seconds of the record so that all columns agree."""
        first = max(0, _nearest(start - self.start))
        last = max(first, _nearest(end - self.start))
        cut_start, cut_end = self.start + first, min(self.end, self.start + last)
        cut_end = max(cut_start, cut_end)
        lines = self.seconds[np.searchsorted(self.seconds["second"], first) :]
        lines = lines[: np.searchsorted(lines["second"], last)].copy()
        lines["second"] -= first
        return replace(
            self,
            start=cut_start,
            end=cut_end,
            seconds=lines,
            segments=_clipped(self.segments, cut_start, cut_end),
            gaps=tuple(_clip_gaps(self.gaps, cut_start, cut_end)),
            started_at=None if self.started_at is None else self.started_at + timedelta(seconds=first),
            markers=_within(self.markers, attrgetter("start"), cut_start, cut_end),
            self_reports=_within(self.self_reports, attrgetter("seconds"), cut_start, cut_end),
        )

    def stretches(self) -> list[Stretch]:
        """What the markers divide the record into, by time: from each point to the next, and every marked stretch."""
        points = sorted((m for m in self.markers if m.end is None), key=lambda m: m.start)
        marked = [Stretch(m.label, m.start, m.end) for m in self.markers if m.end is not None]
        edges = [("start", self.start), *((m.label, m.start) for m in points), ("end", self.end)]
        between = [Stretch(label, start, end) for (label, start), (_, end) in pairwise(edges)] if points else []
        return sorted((s for s in [*between, *marked] if s.end > s.start), key=lambda s: (s.start, s.end))

    def split(self, stretches: Sequence[Stretch]) -> Iterator["Record"]:
        """The part of each stretch, in order of their starts; cut from rough parts, so that thousands are fast."""
        for place in range(0, len(stretches), ROUGHLY):
            some = stretches[place : place + ROUGHLY]
            rough = self.between(some[0].start, max(stretch.end for stretch in some))
            yield from (rough.between(stretch.start, stretch.end) for stretch in some)

    def _columns(self) -> Iterator[tuple[str, Lines]]:
        yield "seconds", self.seconds
        yield "segments", self.segments


def _nearest(seconds: float) -> int:
    """The nearest whole number, of halves always the later one, so that it does not matter where one counts from."""
    return math.floor(seconds + 0.5 + SLACK)


def _within(ordered: tuple[T, ...], time_of: Callable[[T], float], start: float, end: float) -> tuple[T, ...]:
    """Those from start up to end, of some in the order of time."""
    return ordered[bisect_left(ordered, start, key=time_of) : bisect_left(ordered, end, key=time_of)]


def in_order(segments: Lines) -> Lines:
    """Lines of SEGMENT by person and time, without those who never showed anything steadily."""
    person = segments["person"]
    shown = np.bincount(person[segments["label"] != ABSENT], minlength=person.max(initial=0) + 1) > 0
    kept: Lines = segments[shown[person]]
    return kept[np.lexsort((kept["start"], kept["person"]))]


def _clipped(segments: Lines, start: float, end: float) -> Lines:
    """The parts of lines of SEGMENT between two times, of everyone who showed anything there."""
    inside = segments[(segments["end"] > start) & (segments["start"] < end)].copy()
    inside["start"] = np.maximum(inside["start"], start)
    inside["end"] = np.minimum(inside["end"], end)
    return in_order(inside[inside["end"] > inside["start"]])


def _clip_gaps(gaps: tuple[Gap, ...], start: float, end: float) -> Iterator[Gap]:
    for gap in gaps:
        if gap.end > start and gap.start < end:
            yield Gap(max(gap.start, start), min(gap.end, end))
