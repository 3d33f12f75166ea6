"""Which cameras are recorded, and where to: the store is opened when somebody first asks for it."""

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from faces.errors import ConflictError, NotFoundError
from faces.places import sessions_file
from live.board import LiveSession
from web.rest import rest_of

if TYPE_CHECKING:  # SQLAlchemy and numpy take half a second to load: the page is served before they are needed
    from sessions.events import Events, SessionEvent
    from sessions.recorder import Recorder
    from sessions.store import Store
    from sessions.values import Saved, SessionDetails

CURRENT = "current"
"""What stands for an id: the session that is recorded from the camera of the request."""

Facts = Callable[[], Mapping[str, Any]]
"""What holds for every session that this program records: `weights`, `confusion` and `settings` of SessionDetails."""


@dataclass(frozen=True, slots=True)
class _Running:
    recorder: "Recorder"
    listening: AbstractContextManager[None]


@dataclass(frozen=True, slots=True)
class _Place:
    """How far somebody has read: the id of an event."""

    session: str
    number: int

    @classmethod
    def of(cls, text: str) -> "_Place":
        session, _, number = text.partition("/")
        return cls(session, int(number)) if number.isascii() and number.isdigit() and len(number) < 10 else cls("", 0)


class Recordings:
    """At most one recording of each camera. The caller closes it, before the cameras."""

    def __init__(self, where: str | None = None, facts: Facts = dict) -> None:
        """`where`: path or address of the database; None: in the user's own folder."""
        self._where, self._facts = where, facts
        self._store: Store | None = None
        self._opening = threading.Lock()
        self._turn = threading.Lock()
        self._running: WeakKeyDictionary[LiveSession, _Running] = WeakKeyDictionary()
        self._passing: WeakKeyDictionary[LiveSession, Events] = WeakKeyDictionary()  # what no session keeps

    @property
    def store(self) -> "Store":
        """Where sessions are kept; StoreError and SettingsError as `open_database` raises them."""
        from sessions.database import open_database
        from sessions.store import Store

        with self._opening:
            if self._store is None:
                self._store = Store(open_database(self._where or sessions_file()))
            return self._store

    @property
    def kept(self) -> bool:
        """Whether there is a database already, so that there may be something in it."""
        where = self._where or str(sessions_file())
        return "://" in where or Path(where).exists()

    def start(self, session: LiveSession, about: "SessionDetails") -> "Saved":
        """Record that camera; ConflictError where it is recorded already."""
        from sessions.diary import mood_digest
        from sessions.recorder import Recorder

        with self._turn:
            for gone in [one for one in list(self._running) if one.changes.closed]:  # visitors who left
                self.recorder(gone)
            running = self.recorder(session)
            if running is not None and not running.over:
                raise ConflictError("This camera is recorded already. Stop that session first.")
            if running is not None:  # its end could not be written yet, or somebody deleted it
                with suppress(NotFoundError):
                    self._let_go(session, running)
            recorder = Recorder(
                self.store,
                self._filled(session, about),
                datetime.now().astimezone(),
                digest=mood_digest,
                rest=partial(rest_of, session),
            )
            listening = session.listening(recorder)
            listening.__enter__()
            self._running[session] = _Running(recorder, listening)
        _tell(session)
        return self.store.session(recorder.id)

    def stop(self, session: LiveSession, ending: str = "stopped") -> "Saved":
        """End the recording of that camera; NotFoundError where there is none, or where it was deleted meanwhile.

        StoreError where the database does not take its end, which is then written as soon as it does.
        """
        try:
            with self._turn:
                return self._let_go(session, self.current(session), ending)
        finally:
            _tell(session)

    def recorder(self, session: LiveSession) -> "Recorder | None":
        """What records that camera now, if anything does."""
        running = self._running.get(session)
        if running is not None and running.recorder.finished:
            self._release(session)
            return None
        return None if running is None else running.recorder

    def current(self, session: LiveSession) -> "Recorder":
        """The same; NotFoundError where nothing does."""
        recorder = self.recorder(session)
        if recorder is None:
            raise NotFoundError("Nothing is recorded at the moment. Press Record, or name the id of a session.")
        return recorder

    def id_of(self, name: str, session: LiveSession) -> str:
        """The id of a session, which may be named "current"."""
        return self.current(session).id if name == CURRENT else name

    def by_id(self, number: str) -> "Recorder | None":
        """What records that session now, from whichever camera."""
        return next((recorder for recorder in self._going_on() if recorder.id == number), None)

    def renamed(self, saved: "Saved") -> None:
        """That session may be called something else now."""
        recorder = self.by_id(saved.id)
        if recorder is not None:
            recorder.rename(saved.about.name)

    def announce(self, number: str, kind: str, values: Mapping[str, Any]) -> None:
        """Tell those who listen to the events of that session, if it is recorded now."""
        recorder = self.by_id(number)
        if recorder is not None:
            recorder.announce(kind, values)

    def tell(self, session: LiveSession, kind: str, values: Mapping[str, Any]) -> None:
        """Tell those who listen to the events of that camera, whether or not it is recorded."""
        from sessions.events import Events

        recorder = self.recorder(session)
        if recorder is not None:
            recorder.announce(kind, values)
        else:
            self._passing.setdefault(session, Events()).add(kind, values)

    def news(self, session: LiveSession, last: str) -> Callable[[], str]:
        """What happens at that camera and in its sessions, as server-sent events: each call gives those since the last.

        `last`: the id of the last event that was received; those after it come first. Without one, or with one of
        another session, it begins with what happens from now on, or from the start of the next session.
        """
        running = self.recorder(session)
        place = _Place.of(last)
        if running is not None and place.session != running.id:
            place = _Place(running.id, running.events(0)[-1].number if running.events(0) else 0)
        passed = max((one.number for one in self._passed(session, 0)), default=0)

        def told() -> str:
            nonlocal place, passed
            passing = self._passed(session, passed)
            passed = max((one.number for one in passing), default=passed)
            return "".join(map(_as_text, passing)) + told_of_session()

        def told_of_session() -> str:
            nonlocal place
            recorder = self.recorder(session)
            if recorder is None:
                return ""
            if recorder.id != place.session:
                place = _Place(recorder.id, 0)
            found = recorder.events(place.number)
            place = _Place(recorder.id, found[-1].number if found else place.number)
            return "".join(f"id: {recorder.id}/{one.number}\n{_as_text(one)}" for one in found)

        return told

    def _passed(self, session: LiveSession, after: int) -> "list[SessionEvent]":
        """What happened while nothing was recorded."""
        events = self._passing.get(session)
        return [] if events is None else events.after(after)

    def forget(self, number: str) -> None:
        """End the recording of that session, wherever it runs, before the session is deleted."""
        for session, running in list(self._running.items()):
            if running.recorder.id == number:
                running.recorder.give_up()
                self._release(session)
                _tell(session)

    def state(self, session: LiveSession) -> dict[str, Any] | None:
        """The recording of that camera as JSON carries it; None: nothing is recorded."""
        recorder = self.recorder(session)
        return None if recorder is None else _state_of(recorder)

    def states(self, told_to: str | None) -> list[dict[str, Any]]:
        """Every recording that goes on, as JSON carries it: those of the machine's camera and of that visitor's.

        `told_to`: what marks the visitor; None: all of them.
        """
        return [_state_of(one) for one in self._going_on() if told_to is None or one.visitor in ("", told_to)]

    def close(self) -> list[str]:
        """End every recording and close the store; returns in words what could not be written."""
        problems = []
        for session in list(self._running):
            recorder = self.recorder(session)
            if recorder is None:
                continue
            try:
                self.stop(session, "the program ended")
            except Exception as error:  # each of them has to be ended, and none may keep the program from ending
                problems.append(f"The end of the recording {recorder.state().name!r} could not be written: {error}")
                recorder.give_up()
                self._release(session)
        if self._store is not None:
            self._store.close()
        return problems

    def _let_go(self, session: LiveSession, recorder: "Recorder", ending: str = "stopped") -> "Saved":
        try:
            saved = recorder.stop(ending)
        except NotFoundError:
            recorder.give_up()
            self._release(session)
            raise
        self._release(session)
        return saved

    def _going_on(self) -> "list[Recorder]":
        return [one.recorder for one in list(self._running.values()) if not one.recorder.finished]

    def _release(self, session: LiveSession) -> None:
        running = self._running.pop(session, None)
        if running is not None:
            running.listening.__exit__(None, None, None)

    def _filled(self, session: LiveSession, about: "SessionDetails") -> "SessionDetails":
        from dataclasses import replace

        facts = dict(self._facts())
        choice = session.choice()
        rest = rest_of(session)
        settings = {"detector": choice.detector, "mirror": choice.mirror, **facts.pop("settings", {}), **about.settings}
        known = None if rest is None else replace(rest, since=0.0)  # on the clock of the session
        return replace(about, source=session.state().source, settings=settings, rest=known, **facts)


def _state_of(recorder: "Recorder") -> dict[str, Any]:
    now = recorder.state()
    return {
        "id": now.id,
        "name": now.name,
        "started_at": now.started_at.isoformat(timespec="milliseconds"),
        "seconds": round(now.seconds, 3),
        "skipped": now.skipped,
        "problem": now.problem,
        "over": recorder.over,
    }


def _as_text(event: "SessionEvent") -> str:
    return f"event: {event.kind}\ndata: {json.dumps(event.values)}\n\n"


def _tell(session: LiveSession) -> None:
    """Tell all viewers at once that a recording began or ended."""
    if not session.changes.closed:
        session.changes.publish(session.state().status)
