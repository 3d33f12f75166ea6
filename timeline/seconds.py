"""What each person showed in each second: the columns from which every curve and every share of a group is made."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faces.emotions import EMOTIONS, LABELS
from faces.records import Face
from timeline.segments import SLACK
from timeline.table import Lines, Table

SECOND = np.dtype(
    [
        ("second", "<i4"),  # counted from the start of the session
        ("person", "<i4"),
        ("seen", "<f4"),  # seconds of this second in which the person was seen, above 0 to 1
        ("good", "<f4"),  # seconds of these whose quality was "good"
        ("labels", "<f4", (len(LABELS),)),  # seconds of these in which each of LABELS was shown
        ("scores", "<f4", (len(EMOTIONS),)),  # mean of the seven scores over the seconds seen
    ]
)
"""One person in one second; nobody has a line for a second in which they were not seen. 76 bytes."""

CLOSE = 1e-4
"""Two sums or shares of one second that differ by less are the same: each is a sum of many small times."""

_LABEL = {label: index for index, label in enumerate(LABELS, start=2)}
_SCORES = 2 + len(LABELS)


@dataclass(frozen=True, slots=True)
class GroupSecond:
    """One second of the whole group: time-weighted means over every face seen in it."""

    second: int  # counted from the start of the session
    faces: float  # how many faces were there on average
    scores: tuple[float, ...] | None  # mean seven scores; None when nobody was seen

    @property
    def amusement(self) -> float | None:
        """Mean probability of "happy" over the faces of this second: sum(p_happy) / number of faces, 0..1."""
        return None if self.scores is None else self.scores[EMOTIONS.index("happy")]

    @property
    def intensity(self) -> float | None:
        """How far the faces of this second are from neutral: 1 - mean probability of "neutral", 0..1."""
        return None if self.scores is None else 1.0 - self.scores[EMOTIONS.index("neutral")]


@dataclass(frozen=True, slots=True)
class Group:
    """The whole group second by second, from the start of the session; NaN where nobody was seen."""

    seen: NDArray[np.float64]  # (n,) face-seconds: how long all the faces of this second were seen together
    shares: NDArray[np.float64]  # (n, 8) share of them by LABELS
    scores: NDArray[np.float64]  # (n, 7) mean scores over them

    def first(self, seconds: int) -> "Group":
        """The same without what comes later."""
        return Group(self.seen[:seconds], self.shares[:seconds], self.scores[:seconds])


def group(lines: Lines, count: int) -> Group:
    """The sums over everybody for the first `count` seconds; `lines` (SECOND) are in the order of seconds."""
    lines = lines[: np.searchsorted(lines["second"], count)]
    second, seen = lines["second"].astype(np.intp), lines["seen"].astype(np.float64)
    columns = np.empty((len(LABELS) + len(EMOTIONS), len(lines)))  # one after the other: three times as fast to add up
    columns[: len(LABELS)] = lines["labels"].T
    np.multiply(lines["scores"].T, seen, out=columns[len(LABELS) :])
    together = np.bincount(second, seen, minlength=count).astype(np.float64)
    sums = np.array([np.bincount(second, column, minlength=count) for column in columns]).T
    with np.errstate(invalid="ignore"):
        means = sums / np.where(together > SLACK, together, np.nan)[:, np.newaxis]
    return Group(together, means[:, : len(LABELS)], means[:, len(LABELS) :])


def curves(lines: Lines, length: float) -> list[GroupSecond]:
    """One value for each second of a session of this length."""
    whole = group(lines, whole_seconds(length))
    found = []
    for second, (seen, scores) in enumerate(zip(whole.seen.tolist(), whole.scores.tolist(), strict=True)):
        held = min(1.0, length - second)  # the last second is rarely a whole one
        found.append(GroupSecond(second, seen / held, tuple(scores) if seen > SLACK else None))
    return found


def mean_scores(lines: Lines) -> dict[int, tuple[float, ...]]:
    """The time-weighted mean scores of every person."""
    person, seen = lines["person"], lines["seen"].astype(np.float64)
    lasted = np.bincount(person, seen)
    sums = np.array([np.bincount(person, column * seen) for column in lines["scores"].T])
    return {number: tuple((sums[:, number] / lasted[number]).tolist()) for number in np.flatnonzero(lasted).tolist()}


def whole_seconds(seconds: float) -> int:
    """How many seconds, the last one perhaps not whole, make up this time."""
    return max(math.ceil(seconds - SLACK), int(seconds > 0))


class Seconds:
    """Adds up what is shown, one second at a time; costs the same however long the session is."""

    def __init__(self) -> None:
        self._finished = Table(SECOND)
        self._second = 0
        self._open: dict[int, list[float]] = {}  # person: seen, good, seconds of labels, score-seconds

    def twin(self) -> "Seconds":
        """The same so far; what is added to one is not added to the other."""
        twin = Seconds()
        twin._finished = self._finished.twin()
        twin._second = self._second
        twin._open = {person: sums.copy() for person, sums in self._open.items()}
        return twin

    def add(self, faces: Sequence[Face], start: float, end: float) -> None:
        """These faces were there from start to end, in seconds since the start of the session; in order of time."""
        first, last = int(start + SLACK), max(int(start + SLACK), math.ceil(end - SLACK) - 1)
        for second in range(first, last + 1) if faces else ():
            self._move_to(second)
            held = max(0.0, min(end, second + 1) - max(start, second))
            for face in faces:
                self._add_face(face, held)
        self._move_to(int(end + SLACK))

    @property
    def over(self) -> int:
        """How many seconds of the session are over."""
        return self._second

    def finished(self, since: int = 0) -> Lines:
        """The lines (SECOND) of every second that is over, by second and person, from this number on."""
        return self._finished.lines(since)

    def _add_face(self, face: Face, held: float) -> None:
        sums = self._open.get(face.person)
        if sums is None:
            sums = self._open[face.person] = [0.0] * (_SCORES + len(EMOTIONS))
        sums[0] += held
        sums[1] += held if face.quality == "good" else 0.0
        sums[_LABEL[face.emotion]] += held
        for index, score in enumerate(face.scores, start=_SCORES):
            sums[index] += score * held

    def _move_to(self, second: int) -> None:
        if second > self._second:
            self.close()
            self._second = second

    def close(self) -> None:
        """Finish the second that is still open: the session ends here."""
        for person, (seen, good, *rest) in sorted(self._open.items()):
            if seen > 0:
                labels, totals = rest[: len(LABELS)], rest[len(LABELS) :]
                scores = [total / seen for total in totals]
                self._finished.append((self._second, person, seen, good, labels, scores))
        self._open.clear()
