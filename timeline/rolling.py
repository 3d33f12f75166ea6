"""The last minutes of one camera, kept in memory only: what live panels answer from while nothing is recorded.

Two timelines take turns, so that memory stays flat however long the camera runs: the second begins when the first is as
old as what has to be remembered, and takes its place when it is old enough itself.
"""

from dataclasses import replace
from datetime import datetime

from faces.records import Shot
from timeline.record import Record
from timeline.timeline import Timeline

KEEP_SECONDS = 600.0
LONGEST_STEP_SECONDS = 1.0
"""See `timeline.timeline.Timeline`: after this long without a picture, nothing counts as seen."""


class RollingTimeline:
    """Takes every shot, and answers with a record of the last seconds."""

    def __init__(self, *, keep_seconds: float = KEEP_SECONDS) -> None:
        self._keep_seconds = keep_seconds
        self._older: _Begun | None = None
        self._younger: _Begun | None = None
        self._newest = 0.0  # seconds of the newest shot

    def add(self, shot: Shot) -> None:
        """One more shot."""
        self._newest = shot.frame.seconds
        if self._older is None:
            self._older = _Begun(shot)
        elif self._younger is None and self._newest - self._older.seconds >= self._keep_seconds:
            self._younger = _Begun(shot)
        elif self._younger is not None and self._newest - self._younger.seconds >= self._keep_seconds:
            self._older, self._younger = self._younger, _Begun(shot)
        for begun in (self._older, self._younger):
            if begun is not None:
                begun.timeline.add(shot)

    def forget(self) -> None:
        """Begin anew with the next shot."""
        self._older = self._younger = None

    def record(self, seconds: float, *, silent_seconds: float = 0.0) -> Record:
        """The last seconds up to now, at most as many as are kept, cut at a whole second of the camera's time.

        Now is `silent_seconds` after the newest shot; nobody looked for as much of it as a shot does not hold.
        """
        if self._older is None:
            return Record(0.0, 0.0)
        self._older.timeline.end_at(self._newest + silent_seconds)
        whole = replace(self._older.timeline.record(), started_at=self._older.started_at)
        since = whole.end - min(seconds, self._keep_seconds)
        return whole.between(max(whole.start, since), whole.end + 0.5)  # with the second that is not over yet


class _Begun:
    """A timeline that begins with this shot."""

    def __init__(self, shot: Shot) -> None:
        self.timeline = Timeline(longest_step_seconds=LONGEST_STEP_SECONDS)
        self.seconds = shot.frame.seconds
        self.started_at = datetime.fromtimestamp(shot.frame.captured_at).astimezone()
