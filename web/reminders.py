"""A gentle reminder to take a break, for each camera whose viewers asked for one: in memory only, off until then."""

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from live.board import LiveSession
from web.recording import Recordings
from web.rest import rest_of

if TYPE_CHECKING:  # numpy takes a quarter of a second to load: the page is served before it is needed
    from faces.records import Shot
    from timeline.record import Rest
    from timeline.uses.tension import Tension

LONGEST_STEP_SECONDS = 1.0
"""See `timeline.timeline.Timeline`."""


@dataclass(frozen=True, slots=True)
class _Held:
    reminder: "_Reminder"
    listening: AbstractContextManager[None]


class Reminders:
    """At most one for each camera. The caller closes it, before the cameras."""

    def __init__(self, recordings: Recordings) -> None:
        self._recordings = recordings
        self._turn = threading.Lock()
        self._held: dict[LiveSession, _Held] = {}

    def of(self, session: LiveSession) -> "Tension":
        """What was asked for at that camera; `remind_above` is None while it is off."""
        from timeline.uses.tension import Tension

        held = self._held.get(session)
        return Tension() if held is None else held.reminder.use

    def set(self, session: LiveSession, use: "Tension") -> None:
        """Remind from now on as this use says, or no longer."""
        with self._turn:
            for gone in [one for one in self._held if one is session or one.changes.closed]:
                self._held.pop(gone).listening.__exit__(None, None, None)
            if use.remind_above is None:
                return
            tell = partial(self._recordings.tell, session, "reminder")
            reminder = _Reminder(use, partial(rest_of, session), tell)
            listening = session.listening(reminder, full_speed=False)
            listening.__enter__()
            self._held[session] = _Held(reminder, listening)

    def state(self, session: LiveSession) -> dict[str, Any] | None:
        """As JSON carries it; None: it is off. {"above", "minutes", "told": how often a break was suggested}"""
        held = self._held.get(session)
        if held is None:
            return None
        use = held.reminder.use
        return {"above": use.remind_above, "minutes": use.remind_minutes, "told": held.reminder.told}

    def close(self) -> None:
        """Remind nobody any more."""
        with self._turn:
            while self._held:
                self._held.popitem()[1].listening.__exit__(None, None, None)


class _Reminder:
    """Asks the use once a minute. The camera's thread calls take() and restart()."""

    def __init__(
        self, use: "Tension", rest: "Callable[[], Rest | None]", tell: Callable[[Mapping[str, Any]], None]
    ) -> None:
        self.use = use
        self.told = 0
        self._rest, self._tell = rest, tell
        self._minutes = 0  # that are over
        self._last = -1.0  # seconds of the last suggestion
        self.restart()

    def take(self, shot: "Shot") -> None:
        from timeline.uses.tension import MINUTE

        self._timeline.add(shot)
        minutes = self._timeline.seconds_over // MINUTE
        if minutes > self._minutes:
            self._minutes = minutes
            self._ask()

    def restart(self) -> None:
        from timeline.timeline import Timeline

        self._timeline = Timeline(longest_step_seconds=LONGEST_STEP_SECONDS)
        self._minutes, self._last = 0, -1.0

    def end(self) -> None:
        self.restart()

    def _ask(self) -> None:
        answer = self.use.answer(replace(self._timeline.record(), rest=self._rest()))
        if not answer.reminders or answer.reminders[-1] <= self._last:
            return
        self._last = answer.reminders[-1]
        self.told += 1
        known = [one.tension for one in answer.minutes[-self.use.remind_minutes :] if one.tension is not None]
        self._tell({"minutes": self.use.remind_minutes, "tension": round(sum(known) / len(known), 1)})
