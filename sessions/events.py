"""What happened in a session, numbered, so that a client that lost the connection is told what it missed."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from faces.shapes import DECIMALS
from timeline.segments import Segment

REMEMBERED = 2_000


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """One thing that happened."""

    number: int  # counted from 1
    kind: str  # "segment", "marker", ...
    values: Mapping[str, Any]  # as JSON carries it


class Events:
    """The newest events of one session."""

    def __init__(self) -> None:
        self._count = 0
        self._newest: deque[SessionEvent] = deque(maxlen=REMEMBERED)

    def add(self, kind: str, values: Mapping[str, Any]) -> None:
        """It happened now."""
        self._count += 1
        self._newest.append(SessionEvent(self._count, kind, values))

    def after(self, number: int) -> list[SessionEvent]:
        """Those with a higher number that are still remembered, in order."""
        missed = min(max(self._count - number, 0), len(self._newest))
        return [self._newest[place] for place in range(len(self._newest) - missed, len(self._newest))]


def segment_values(segment: Segment) -> dict[str, Any]:
    """A stretch of one expression that has ended, as JSON carries it."""
    return {
        "person": segment.person,
        "emotion": segment.emotion,
        "start": round(segment.start, DECIMALS),
        "end": round(segment.end, DECIMALS),
        "peak_confidence": segment.peak_confidence,
        "peak_at": round(segment.peak_at, DECIMALS),
    }
