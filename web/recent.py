"""What each camera showed in the last minutes, for the live panels: in memory only, from the first question on."""

import threading
import time
from contextlib import AbstractContextManager
from functools import cached_property
from typing import TYPE_CHECKING

from live.board import LiveSession
from web.recording import Facts
from web.rest import rest_of

if TYPE_CHECKING:  # numpy takes a quarter of a second to load: the page is served before it is needed
    from faces.records import Shot
    from timeline.intervals import Confusion
    from timeline.record import Record


class Recent:
    """One rolling timeline for each camera that is asked about. The caller closes it, before the cameras."""

    def __init__(self, facts: Facts = dict) -> None:
        self._facts = facts
        self._turn = threading.Lock()
        self._open: dict[LiveSession, tuple[_Remembered, AbstractContextManager[None]]] = {}

    def record(self, session: LiveSession, seconds: float) -> "Record":
        """The last seconds of that camera; the first question begins it, so that its answer has nothing yet."""
        from dataclasses import replace

        record = self._remembered(session).record(seconds)
        return replace(record, confusion=self._confusion, rest=rest_of(session))

    def close(self) -> None:
        """Forget everything."""
        with self._turn:
            for session in list(self._open):
                self._forget(session)

    def _remembered(self, session: LiveSession) -> "_Remembered":
        with self._turn:
            for gone in [one for one in self._open if one.changes.closed]:  # visitors who left
                self._forget(gone)
            if session not in self._open:
                remembered = _Remembered()
                listening = session.listening(remembered, full_speed=False)
                listening.__enter__()
                self._open[session] = remembered, listening
            return self._open[session][0]

    def _forget(self, session: LiveSession) -> None:
        _, listening = self._open.pop(session)
        listening.__exit__(None, None, None)

    @cached_property
    def _confusion(self) -> "Confusion | None":
        return self._facts().get("confusion")


class _Remembered:
    """The last minutes of one camera, whose thread calls take() and restart()."""

    def __init__(self) -> None:
        from timeline.rolling import RollingTimeline

        self._timeline = RollingTimeline()
        self._guard = threading.Lock()
        self._arrived = time.monotonic()  # when the newest shot came

    def take(self, shot: "Shot") -> None:
        with self._guard:
            self._timeline.add(shot)
            self._arrived = time.monotonic()

    def restart(self) -> None:
        with self._guard:
            self._timeline.forget()

    def end(self) -> None:
        self.restart()

    def record(self, seconds: float) -> "Record":
        with self._guard:
            return self._timeline.record(seconds, silent_seconds=time.monotonic() - self._arrived)
