"""What travels in and out of the store of sessions, as frozen values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from timeline.intervals import Confusion
from timeline.record import Gap, Rest
from timeline.rows import Row
from timeline.table import Lines

State = Literal["recording", "ended", "interrupted"]
"""Of a session. "interrupted": it was cut off, by a power cut for instance; what was recorded until then is there."""


@dataclass(frozen=True, slots=True)
class SessionDetails:
    """What is said of a session when it starts. Texts that nobody gave are empty."""

    name: str
    project: str = ""
    activity: str = ""
    source: str = ""  # as a person calls it: "Camera 0"
    visitor: str = ""  # what marks the browser that sent its camera; empty: the machine's own camera
    participant: str = ""  # a label, such as "P07"
    purpose: str = ""
    consent: str = ""  # a note: who was told, and agreed to what
    me: bool = False  # the person in view is the user
    keep_days: int | None = None  # it is deleted after this many days; None: by hand only
    weights: str = ""  # SHA-256 of the network's weights
    confusion: Confusion | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)  # JSON: with these any figure can be derived again
    rest: Rest | None = None  # there may be none when it starts, and one later


@dataclass(frozen=True, slots=True)
class Saved:
    """A session as it is kept."""

    id: str
    about: SessionDetails
    state: State
    started_at: datetime  # with the zone of where it started
    ended_at: datetime | None
    ending: str  # why it ended, in words
    delete_at: datetime | None
    seconds: float  # how long it is
    samples: int
    skipped: int  # frames of the camera that were never looked at
    faces: int  # over all samples

    def at(self, seconds: float) -> datetime:
        """The time on the wall clock at that second of the session."""
        return self.started_at + timedelta(seconds=seconds)

    def seconds_at(self, moment: datetime) -> float:
        """The second of the session at that time on the wall clock."""
        return (moment - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Mark:
    """A marker as it is kept."""

    id: str
    label: str
    start: float  # seconds of the session
    end: float | None  # None: a point


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What arose since the last write, and what now replaces what was written then."""

    session: str
    number: int  # counted from 0; one that is written again replaces the one before
    rows: Sequence[Row]
    lines: Lines  # SECOND of the seconds that ended
    settled: Lines  # SEGMENT of those that ended
    unsettled: Lines  # SEGMENT of those that did not
    gaps: Sequence[Gap]  # all of the session so far
    seconds: float
    samples: int
    skipped: int
    faces: int
    started_at: float  # seconds since the epoch, when the first shot was taken
    heard_at: float  # seconds since the epoch, now
    again: bool = False  # it may be there already: whether the last write of this number succeeded is not known
    ending: str = ""  # why the session ends with it; empty: it goes on
    rest: Rest | None = None
    digest: Mapping[str, Any] | None = None  # with the last one: what the mood over weeks needs
