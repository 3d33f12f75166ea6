"""Segments: stretches in which one person steadily shows one expression, or is steadily not there."""

from copy import copy
from dataclasses import dataclass

import numpy as np

from faces.emotions import LABELS, UNSURE
from faces.records import Box, Face
from timeline.table import Lines

SLACK = 1e-5
"""Two times that differ by less seconds are the same time (they are rounded to microseconds)."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One person steadily showing one expression, or steadily not there."""

    person: int
    emotion: str | None  # a name from EMOTIONS, "unsure", or None while the person is not seen
    start: float  # seconds
    end: float  # seconds
    peak_confidence: float = 0.0  # the highest confidence in this segment
    peak_at: float = 0.0  # seconds, when it was first reached
    peak_box: Box | None = None  # where the face was then

    @property
    def seconds(self) -> float:
        """How long it lasted."""
        return self.end - self.start


SEGMENT = np.dtype(
    [
        ("person", "<i4"),
        ("label", "<i1"),  # its place in LABELS, or ABSENT
        ("start", "<f8"),  # seconds
        ("end", "<f8"),
        ("peak_confidence", "<f8"),
        ("peak_at", "<f8"),
        ("box", "<i2", (4,)),  # x, y, width, height at the peak; all 0 where nobody was seen
    ]
)
"""A segment as plain numbers, 45 bytes, so that a day of them can be answered from at once."""

ABSENT = -1
"""The label of somebody who is not seen."""


def packed(segment: Segment) -> tuple[object, ...]:
    """A segment as a line of SEGMENT."""
    box = segment.peak_box
    label = ABSENT if segment.emotion is None else LABELS.index(segment.emotion)
    peak = (segment.peak_confidence, segment.peak_at)
    place = (0, 0, 0, 0) if box is None else (box.x, box.y, box.width, box.height)
    return (segment.person, label, segment.start, segment.end, *peak, place)


def unpacked(lines: Lines) -> list[Segment]:
    """Lines of SEGMENT as segments."""
    return [
        Segment(
            person, None if label == ABSENT else LABELS[label], start, end, peak, at, Box(*box) if any(box) else None
        )
        for person, label, start, end, peak, at, box in lines.tolist()
    ]


class _Run:
    """A stretch that is still growing."""

    __slots__ = ("box", "confidence", "emotion", "peak_at", "seen_until", "start")

    def __init__(self, emotion: str | None, start: float) -> None:
        self.emotion = emotion
        self.start = start
        self.seen_until = start
        self.confidence = 0.0
        self.peak_at = start
        self.box: Box | None = None

    def grow(self, face: Face | None, start: float, end: float) -> None:
        self.seen_until = end
        if face is not None and face.confidence > self.confidence:
            self.confidence, self.peak_at, self.box = face.confidence, start, face.box

    def segment(self, person: int, end: float) -> Segment:
        return Segment(person, self.emotion, self.start, end, self.confidence, self.peak_at, self.box)


class Person:
    """What holds for one person now, and what may follow; segments leave it as they settle."""

    def __init__(self, number: int, start: float) -> None:
        self.number = number
        self.current = _Run(None, start)
        self.candidate: _Run | None = None
        self._settled_before = False

    def copy(self) -> "Person":
        twin = copy(self)
        twin.current = copy(self.current)
        twin.candidate = copy(self.candidate)
        return twin

    def feed(self, face: Face | None, start: float, end: float, stable_seconds: float) -> Segment | None:
        """The person showed this from start to end, or was not there; returns the segment that it settles."""
        emotion = None if face is None else face.emotion
        if emotion == self.current.emotion:
            self.current.grow(face, start, end)
            self.candidate = None
            return None
        if self.candidate is None or self.candidate.emotion != emotion:
            self.candidate = _Run(emotion, start)
        self.candidate.grow(face, start, end)
        if end - self.candidate.start >= stable_seconds - SLACK:
            follower, self.candidate = self.candidate, None
            return self._follow_with(follower)
        if end - self.current.seen_until >= 2 * stable_seconds - SLACK and self.current.emotion != UNSURE:
            return self._follow_with(_Run(UNSURE, self.current.seen_until))
        return None

    def _follow_with(self, run: _Run) -> Segment | None:
        before, self.current = self.current, run
        if run.start <= before.start:
            return None
        self._settled_before = True
        return before.segment(self.number, run.start)

    def gone(self) -> bool:
        return self.current.emotion is None and self.candidate is None

    def unsettled(self, start: float, end: float) -> list[Segment]:
        """What holds now, as if a session with this start ended now; in a very short one what led to it, too."""
        last, candidate = self.current, self.candidate
        # In a clip shorter than anything stable, what filled half of it or more is still the answer.
        half = (start + end) / 2 + SLACK
        if candidate is None or self._settled_before or last.emotion is not None or candidate.start > half:
            return [last.segment(self.number, end)]
        before = [last.segment(self.number, candidate.start)] if candidate.start > last.start else []
        return [*before, candidate.segment(self.number, end)]
