"""Segments: stretches in which one person steadily shows one expression, or is steadily not there."""

from copy import copy
from dataclasses import dataclass

from faces.emotions import EMOTIONS, UNSURE
from faces.records import Box, Face

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
    """One person's segments so far: what is settled, what holds now, and what may follow."""

    def __init__(self, number: int, start: float) -> None:
        self.number = number
        self.settled: list[Segment] = []
        self.current = _Run(None, start)
        self.candidate: _Run | None = None
        self.score_seconds = [0.0] * len(EMOTIONS)
        self.seconds = 0.0

    def copy(self) -> "Person":
        twin = copy(self)
        twin.settled = self.settled.copy()
        twin.current = copy(self.current)
        twin.candidate = copy(self.candidate)
        twin.score_seconds = self.score_seconds.copy()
        return twin

    def feed(self, face: Face | None, start: float, end: float, stable_seconds: float) -> None:
        """The person showed this from start to end, or was not there."""
        emotion = None if face is None else face.emotion
        if face is not None:
            self.seconds += end - start
            for index, score in enumerate(face.scores):
                self.score_seconds[index] += score * (end - start)
        if emotion == self.current.emotion:
            self.current.grow(face, start, end)
            self.candidate = None
            return
        if self.candidate is None or self.candidate.emotion != emotion:
            self.candidate = _Run(emotion, start)
        self.candidate.grow(face, start, end)
        if end - self.candidate.start >= stable_seconds - SLACK:
            self._follow_with(self.candidate)
            self.candidate = None
        elif end - self.current.seen_until >= 2 * stable_seconds - SLACK and self.current.emotion != UNSURE:
            self._follow_with(_Run(UNSURE, self.current.seen_until))

    def _follow_with(self, run: _Run) -> None:
        if run.start > self.current.start:
            self.settled.append(self.current.segment(self.number, run.start))
        self.current = run

    def gone(self) -> bool:
        return self.current.emotion is None and self.candidate is None

    def segments(self, start: float, end: float) -> list[Segment]:
        found = self.settled.copy()
        last, candidate = self.current, self.candidate
        # In a clip shorter than anything stable, what filled half of it or more is still the answer.
        half = (start + end) / 2 + SLACK
        if candidate is not None and not found and last.emotion is None and candidate.start <= half:
            found += [last.segment(self.number, candidate.start)] if candidate.start > last.start else []
            last = candidate
        return [*found, last.segment(self.number, end)]
