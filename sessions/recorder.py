"""Records one camera: takes its shots as they come and writes what arises twice a second; a crash takes no more."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from faces.errors import FacesError, NotFoundError, StoreError
from faces.records import Face, Shot
from sessions.clockwork import Clockwork
from sessions.events import Events, SessionEvent, segment_values
from sessions.store import Store
from sessions.values import Batch, Saved, SessionDetails
from timeline.record import Record, Rest
from timeline.rows import Row
from timeline.segments import unpacked
from timeline.timeline import Timeline

WRITE_SECONDS = 0.5
"""From one write to the next: with the time that a write takes on a busy machine, what is not written yet stays below a
second."""

STABLE_SECONDS = 0.3
LONGEST_STEP_SECONDS = 1.0
"""See `timeline.timeline.Timeline`: after this long without a picture, nothing counts as seen."""

BUFFER_SECONDS = 60.0
"""While the database does not answer, frames are kept for this long, and the answers however long it takes."""

KEPT_MEANWHILE = "What is recorded meanwhile is kept in memory, single frames for a minute."
KEPT_AFTER_THE_END = "The session has ended; what is not written yet is kept in memory, and tried again until it is."

Digest = Callable[[Record], Mapping[str, Any] | None]
"""What is kept of a session for the mood over weeks, made when it ends."""


@dataclass(frozen=True, slots=True)
class RecordingStatus:
    """How a recording is at this moment."""

    id: str
    name: str
    started_at: datetime
    seconds: float
    skipped: int  # frames of the camera that were never looked at
    problem: str  # why it is not written at the moment, or not any more; empty: all is well


class Recorder:
    """One session from its first shot to its end. The camera's thread calls take() and restart(), anybody the rest.

    Time in the session begins with 0 at the start and goes on through losses and changes of the camera, whatever the
    clock on the wall does. The caller ends it with stop().
    """

    def __init__(
        self,
        store: Store,
        about: SessionDetails,
        started_at: datetime,
        *,
        digest: Digest = lambda record: None,
        rest: Callable[[], Rest | None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        write_seconds: float = WRITE_SECONDS,
    ) -> None:
        """Begins the session in the store; StoreError or InputError where it cannot.

        `rest` tells the resting face that is there now: the first one of a session that began without one counts from
        then on.
        """
        self._store, self._digest, self._rest, self._clock, self._wall = store, digest, rest, clock, wall
        settings = {"stable_seconds": STABLE_SECONDS, "longest_step_seconds": LONGEST_STEP_SECONDS}
        about = replace(about, settings={**settings, **about.settings})
        self.id = store.begin(about, started_at).id
        self._started_at = started_at  # until the first shot tells it better
        self._about = about
        self._timeline = Timeline(stable_seconds=STABLE_SECONDS, longest_step_seconds=LONGEST_STEP_SECONDS)
        self._arrived: float | None = None  # on the clock: when the newest shot came
        self._last = 0.0  # second of the session at which it was placed
        self._clockwork = Clockwork()
        self._rows: list[Row] = []  # not written yet
        self._lost = 0  # frames that the buffer could not hold
        self._written = _Written()
        self._samples = self._skipped = self._faces = 0
        self._failed = False  # the last write
        self._segments_told = 0
        self._events = Events()
        self._problem = ""
        self._over = ""
        self._ended_at: float | None = None  # seconds since the epoch
        self._finished = False
        self._guard = threading.Lock()  # around all of the above
        self._turn = threading.Lock()  # one write at a time
        self._ending = threading.Event()
        self._write_seconds = write_seconds
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    @property
    def visitor(self) -> str:
        """What marks the browser that sends this camera; empty: the machine's own."""
        return self._about.visitor

    @property
    def over(self) -> bool:
        """Whether nothing is recorded any more."""
        return bool(self._over)

    @property
    def finished(self) -> bool:
        """Whether its end is written, too."""
        return self._finished

    def take(self, shot: Shot) -> None:
        """One more shot; costs a fraction of a millisecond and never waits for the database."""
        with self._guard:
            if self._over:
                return
            if self._arrived is None:
                self._started_at = datetime.fromtimestamp(shot.frame.captured_at, self._started_at.tzinfo)
            self._last, persons_before = self._clockwork.place(shot, self._now())
            self._arrived = self._clock()
            faces = [replace(face, person=face.person + persons_before) for face in shot.faces]
            self._skipped += self._clockwork.skipped(shot)
            self._enter(self._last, faces)

    def restart(self) -> None:
        """Persons are counted from 1 again from the next shot on: they are others than before."""
        with self._guard:
            self._clockwork.restart()

    def end(self) -> None:
        """The camera is closed: so is the session, as soon as the database takes it."""
        self._end("the camera was closed")

    def state(self) -> RecordingStatus:
        """How it is now."""
        with self._guard:
            seconds = self._length() if self._over else self._now()
            return RecordingStatus(
                self.id,
                self._about.name,
                self._started_at,
                seconds,
                self._skipped,
                self._problem or self._told_loss(),
            )

    def told(self, saved: Saved) -> Saved:
        """That session as it is by now, also while the database does not take what there is to write of it."""
        with self._guard:
            if not self._over:
                return replace(saved, state="recording")
            zone = self._started_at.tzinfo
            ended_at = None if self._ended_at is None else datetime.fromtimestamp(self._ended_at, zone)
            return replace(saved, state="ended", ended_at=ended_at, ending=self._over)

    def rename(self, name: str) -> None:
        """What the session is called from now on; the caller tells the store."""
        with self._guard:
            self._about = replace(self._about, name=name)

    def record(self) -> Record:
        """Everything so far, also what is not written yet; without markers, which the store has."""
        with self._guard:
            return self._whole(self._timeline.record())

    def record_with(self, kept: Record) -> Record:
        """Everything so far, with what the store keeps of it besides: markers, and what the person in view reports."""
        return replace(self.record(), markers=kept.markers, self_reports=kept.self_reports)

    def announce(self, kind: str, values: Mapping[str, Any]) -> None:
        """Something that those who listen to the session's events are to be told."""
        with self._guard:
            self._events.add(kind, values)

    def events(self, after: int) -> list[SessionEvent]:
        """What happened after the event of that number, as far as it is remembered."""
        with self._guard:
            return self._events.after(after)

    def stop(self, ending: str = "stopped") -> Saved:
        """End the session and write what is left.

        StoreError where the database does not take it: that is tried again until it does, or until give_up().
        """
        self._end(ending)
        self.write()
        self.give_up()
        return self._store.session(self.id)

    def give_up(self) -> None:
        """End it without a word more to the database."""
        self._end("given up")
        self._ending.set()
        self._thread.join()

    def _end(self, ending: str) -> None:
        with self._guard:
            if self._over:
                return
            if self._samples:
                self._timeline.end_at(max(self._now(), self._length()))
            began, now = self._started_at.timestamp(), self._wall()
            self._ended_at = now if now >= began else began + self._length()  # the clock was set back since
            self._over = ending

    def _enter(self, seconds: float, faces: list[Face]) -> None:
        self._rows += self._timeline.add_faces(seconds, faces)
        for segment in unpacked(self._timeline.settled(self._segments_told)):
            self._segments_told += 1
            self._events.add("segment", segment_values(segment))
        self._samples += 1
        self._faces += len(faces)

    def _now(self) -> float:
        """The second of the session: of a video that falls behind its own time, that of the picture that is seen."""
        return 0.0 if self._arrived is None else self._last + self._clock() - self._arrived

    def _length(self) -> float:
        return self._timeline.coverage().end

    def _run(self) -> None:
        while not self._ending.wait(self._write_seconds):
            try:
                self.write()
            except NotFoundError:
                self._fail("The session was deleted while it was recorded. Start another.")
                return
            except FacesError:
                continue  # told by state(), and tried again in a moment
            if self._finished:
                return

    def _fail(self, problem: str) -> None:
        with self._guard:
            self._over = self._over or "failed"
            self._problem = problem

    def write(self) -> None:
        """Write what arose since the last time; done every half second while it records. StoreError where it fails."""
        with self._turn:
            if self._finished:
                return
            self._look_for_rest()
            batch = self._batch()
            try:
                self._store.write(batch)
            except StoreError as error:
                self._keep(str(error))
                raise
            self._note(batch)

    def _batch(self) -> Batch:
        with self._guard:
            written = self._written
            timeline, record = self._timeline, self._timeline.record() if self._over else None
            lines = timeline.seconds(written.lines) if record is None else record.seconds[written.lines :]
            return Batch(
                session=self.id,
                number=written.batches,
                rows=tuple(self._rows),
                lines=lines,
                settled=timeline.settled(written.settled),
                unsettled=timeline.unsettled(),
                gaps=tuple(timeline.gaps) if record is None else record.gaps,
                seconds=self._length(),
                samples=self._samples,
                skipped=self._skipped + self._lost,
                faces=self._faces,
                started_at=self._started_at.timestamp(),
                heard_at=self._ended_at or self._wall(),
                again=self._failed,
                ending=self._over,
                rest=self._about.rest,
                digest=None if record is None else self._digest(self._whole(record)),
            )

    def _look_for_rest(self) -> None:
        found = self._rest() if self._about.rest is None else None
        with self._guard:
            if found is not None and not self._over:
                self._about = replace(self._about, rest=replace(found, since=self._now()))

    def _whole(self, record: Record) -> Record:
        about = self._about
        return replace(record, started_at=self._started_at, rest=about.rest, confusion=about.confusion)

    def _note(self, batch: Batch) -> None:
        """It is written: what was kept for it can go."""
        with self._guard:
            self._rows = self._rows[len(batch.rows) :]
            self._written = self._written.after(batch)
            self._failed, self._finished = False, bool(batch.ending)
            self._problem = ""

    def _keep(self, problem: str) -> None:
        """It is not written: keep it for the next time, the frames of a minute and all that answers need."""
        with self._guard:
            self._failed = True
            since = self._rows[-1].seconds - BUFFER_SECONDS if self._rows else 0.0
            kept = [row for row in self._rows if row.seconds >= since]
            self._lost += len(self._rows) - len(kept)
            self._rows = kept
            self._problem = f"{problem} {KEPT_AFTER_THE_END if self._over else KEPT_MEANWHILE}"

    def _told_loss(self) -> str:
        if not self._lost:
            return ""
        return f"The database was away for too long: {self._lost} single frames are lost, their answers are not."


@dataclass(frozen=True, slots=True)
class _Written:
    """How much of the timeline stands in the store."""

    batches: int = 0
    lines: int = 0
    settled: int = 0

    def after(self, batch: Batch) -> "_Written":
        return _Written(self.batches + 1, self.lines + len(batch.lines), self.settled + len(batch.settled))
