"""Records one person's resting face while they are seen, and reads their scores relative to it."""

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from faces.calibrate import LONGEST_SECONDS, SHORTEST_SECONDS, USUAL_SECONDS, Resting, Scores, resting_face
from faces.errors import InputError


@dataclass(slots=True)
class RestingRecording:
    """A resting face while it is being recorded."""

    person: int
    wanted_seconds: float
    measured_at: datetime | None = None
    rows: list[Scores] = field(default_factory=list)
    first: float | None = None  # seconds of the source at which it began, and of the newest frame
    last: float = 0.0
    seen: float = 0.0  # seconds between frames that saw the person, gaps left out

    def take(self, scores: Scores, seconds: float) -> None:
        """The scores of the person in one frame."""
        if self.first is None:
            self.first = self.last = seconds
        self.seen += min(max(0.0, seconds - self.last), 0.5)
        self.last = seconds
        self.rows.append(scores)


@dataclass(frozen=True, slots=True)
class CalibrationState:
    """What a page shows."""

    person: int | None = None  # whom the profile or the recording is about
    profile: Resting | None = None
    active: bool = False  # switched on
    since: float = 0.0  # seconds of the source from which on the profile is there and scores are read as they are now
    seconds_left: float | None = None  # of a recording
    problem: str = ""  # why the last recording gave no profile


class Calibrator:
    """Reads one person's scores relative to their rest, and records that rest; any thread may ask.

    A profile holds for the one person who made it or loaded it, as long as the tracker knows them by that number; who
    leaves and comes back has to ask for it again, since nobody is recognised.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._state = CalibrationState()
        self._recording: RestingRecording | None = None
        self._seen = False  # whether the person was in a picture since
        self._seconds = 0.0  # of the newest frame

    @property
    def state(self) -> CalibrationState:
        return self._state

    def record(self, person: int, seconds: float = USUAL_SECONDS, *, measured_at: datetime | None = None) -> None:
        """Begin to record somebody's resting face, from the next frame on; InputError for another length.

        measured_at: the time of day, with its zone, that the profile will carry.
        """
        if not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
            raise InputError(f"A resting face takes {SHORTEST_SECONDS:.0f} to {LONGEST_SECONDS:.0f} seconds.")
        with self._guard:
            self._recording, self._seen = RestingRecording(person, seconds, measured_at), True
            self._state = CalibrationState(person, seconds_left=seconds)

    def use(self, person: int, profile: Resting, *, seen: bool = True) -> None:
        """From now on this person's scores are read relative to that rest; `seen`: whether they have come yet."""
        with self._guard:
            self._recording, self._seen = None, seen
            self._state = CalibrationState(person, profile, active=True, since=self._seconds)

    def switch(self, *, active: bool) -> None:
        """The profile off or on again; InputError where there is none."""
        with self._guard:
            if self._state.profile is None:
                raise InputError("There is no resting face to switch on or off. Record one first.")
            self._state = replace(self._state, active=active, since=self._seconds)

    def forget(self) -> None:
        """Delete the profile and whatever is being recorded."""
        with self._guard:
            self._recording, self._state = None, CalibrationState()

    def read(self, persons: Sequence[int], rows: NDArray[np.floating], seconds: float) -> NDArray[np.floating]:
        """(number of persons, 7): the scores of one frame as they are to be shown."""
        state = self._state
        if state.person is None or state.person not in persons:
            return rows
        place = list(persons).index(state.person)
        if state.seconds_left is not None:
            self._take(np.asarray(rows[place], np.float64), seconds)
        if state.profile is None or not state.active:
            return rows
        read = np.array(rows, np.float64)
        read[place] = state.profile.applied(rows[place])
        return read

    def passed(self, persons: Collection[int], seconds: float) -> None:
        """The time of one frame, and whom the tracker still knows: ends a recording, and the profile of who left."""
        with self._guard:
            self._seconds = seconds
            person, recording = self._state.person, self._recording
            gone = person is not None and self._seen and person not in persons
            self._seen = self._seen or person in persons
            if recording is not None:
                begun = seconds if recording.first is None else recording.first
                recording.first = begun
                left = recording.wanted_seconds - (seconds - begun)
                if left <= 0 or gone:
                    self._finish(recording)
                else:
                    self._state = CalibrationState(person, seconds_left=left)
            elif gone:
                self._state = CalibrationState(problem="Who was calibrated has left; record or load the profile again.")

    def _take(self, scores: Scores, seconds: float) -> None:
        with self._guard:
            if self._recording is not None:
                self._recording.take(scores, seconds)

    def _finish(self, recording: RestingRecording) -> None:
        self._recording = None
        try:
            profile = resting_face(recording.rows, recording.seen, of_seconds=recording.wanted_seconds)
        except InputError as error:
            self._state = CalibrationState(problem=str(error))
        else:
            dated = replace(profile, measured_at=recording.measured_at)
            self._state = CalibrationState(recording.person, dated, active=True, since=self._seconds)
