"""Watches one camera for the rules, whether or not a session is recorded: what it tells is kept and sent."""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faces.errors import FacesError
from faces.records import Shot
from sessions.rulebook import KeptRule, Rulebook
from sessions.text import new_id
from sessions.webhooks import Webhooks
from timeline.shapes import values
from timeline.timeline import Timeline
from timeline.watch import LOST, STOPPED, IncidentEvent, RuleState, Watch

LOST_SECONDS = 5.0
"""After this long without a picture the camera counts as lost, and so do incidents that went on."""

LONGEST_STEP_SECONDS = 1.0
RENEWED_AFTER_SECONDS = 6 * 3600
WRITE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class _Told:
    event: IncidentEvent
    id: str
    rule_id: str
    began_at: float
    session: str | None


class Watcher:
    """Takes every shot and evaluates the rules once a second. The camera's thread calls take() and restart()."""

    def __init__(
        self,
        rules: Sequence[KeptRule],
        book: Rulebook,
        hooks: Webhooks,
        *,
        session: Callable[[], str | None] = lambda: None,
        announce: Callable[[str, Mapping[str, Any]], None] = lambda kind, values: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`session` says which session is recorded at the moment, if any, and `announce` tells those who listen.

        The caller closes it.
        """
        self._rules, self._book, self._hooks = tuple(rules), book, hooks
        self._session, self._announce, self._clock = session, announce, clock
        self._guard = threading.Lock()
        self._began_at: float | None = None  # seconds since the epoch at second 0 of the watch
        self._begin()
        self._queue: deque[_Told] = deque()
        self._last_shot: float | None = None
        self.problem = ""  # why what was told is not kept at the moment
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
        self._thread.start()

    def take(self, shot: Shot) -> None:
        """One more shot; costs microseconds and never waits for the database or a receiver."""
        with self._guard:
            seconds = shot.frame.seconds
            if self._began_at is None:
                self._began_at = shot.frame.captured_at - seconds
            self._timeline.add_faces(seconds, shot.faces)
            self._last_shot = self._clock()
            self._tell(self._watch.follow(self._timeline))
            if seconds - self._timeline.coverage().start > RENEWED_AFTER_SECONDS and self._calm():
                self._begin()

    def restart(self) -> None:
        """The camera starts anew: what went on is lost, and persons are others than before."""
        with self._guard:
            self._tell(self._watch.stop(LOST))
            self._begin()

    def change(self, rules: Sequence[KeptRule]) -> None:
        """Watch for these from now on: of the rules until now, those that stay as they are just go on."""
        with self._guard:
            self._tell(self._watch.change([kept.rule for kept in rules]))
            self._rules = tuple(rules)

    def end(self) -> None:
        """The camera is closed: what went on is lost."""
        self.restart()

    @property
    def rules(self) -> int:
        """How many are watched for."""
        return len(self._rules)

    def states(self) -> tuple[RuleState, ...]:
        """How every rule is now; empty before the first second."""
        with self._guard:
            return self._watch.states()

    def close(self) -> None:
        """Stop, and keep what was told."""
        with self._guard:
            self._tell(self._watch.stop(STOPPED))
        self._ending.set()
        self._thread.join()
        self._write()

    def _begin(self) -> None:
        self._timeline = Timeline(longest_step_seconds=LONGEST_STEP_SECONDS)
        self._watch = Watch([kept.rule for kept in self._rules])
        self._began_at = None
        self._name = new_id()

    def _calm(self) -> bool:
        return all(state.state not in ("incident", "rising") for state in self._watch.states())

    def _tell(self, events: Sequence[IncidentEvent]) -> None:
        for event in events:
            kept = next(kept for kept in self._rules if kept.rule.name == event.incident.rule)
            name = f"{self._name}-{event.incident.id}"
            self._queue.append(_Told(event, name, kept.id, self._began_at or 0.0, self._session()))

    def _run(self) -> None:
        while not self._ending.wait(WRITE_SECONDS):
            with self._guard:
                if self._last_shot is not None and self._clock() - self._last_shot > LOST_SECONDS:
                    self._tell(self._watch.stop(LOST))
            self._write()

    def _write(self) -> None:
        """Keep and send what was told; what the database does not take is tried again with the next call."""
        while self._queue:
            told = self._queue[0]
            try:
                kept = self._book.note(told.event, told.id, told.rule_id, told.began_at, told.session)
                self._hooks.put(f"incident.{told.event.kind}", values(kept))
                self._announce("incident", {"kind": told.event.kind, **values(kept)})
            except FacesError as error:
                self.problem = str(error)
                return
            self.problem = ""
            self._queue.popleft()
