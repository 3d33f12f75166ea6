"""A timeline remembers who showed what, when, and turns it into segments and curves.

Every sample (one shot at one moment) holds until the next one; the last one as long as the one before it, or until the
end that `end_at` names. A segment is a stretch in which one
person steadily shows one expression, or is not there. Segments are made from times, never from counts of
frames, so that they are the same at 5 and at 30 frames per second. `timeline.questions` answers from them.
"""

import math
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace

import numpy as np

from faces.emotions import EMOTIONS
from faces.records import Box, Face, Shot
from faces.shapes import DECIMALS
from timeline.rows import Row, RowStore
from timeline.segments import SLACK, Person, Segment

TIME_DECIMALS = 6
ALONE_SECONDS = 0.04  # how long the only sample of a session counts, for want of a second one


@dataclass(frozen=True, slots=True)
class Curve:
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
class Coverage:
    """What was seen at all: the ground that every other number stands on."""

    start: float  # seconds of the first sample
    end: float  # seconds at which the last sample stops holding
    samples: int
    samples_with_face: int
    faces: int  # over all samples
    quality: dict[str, int]  # faces by quality, "good" among them
    unwatched_seconds: float  # longer than a sample holds: the camera was off


class Timeline:
    """Takes shots in the order of time and answers with rows, segments, curves and coverage.

    - stable_seconds: an expression (or an absence) counts once it has lasted so long; anything shorter
      belongs to what was there before. When nothing settles for twice as long, the segment is "unsure".
    - longest_step_seconds: a sample holds until the next one, but no longer than this. A film's frame holds
      for ever; a live session that was stopped does not go on smiling.
    - keep_rows: False where the caller writes the rows that `add` returns to disk; memory then
      stays flat. Kept rows take 40 bytes each: 26 MB for six hours of one face at 30 fps.
    """

    def __init__(
        self, *, stable_seconds: float = 0.3, longest_step_seconds: float = math.inf, keep_rows: bool = True
    ) -> None:
        self.stable_seconds = stable_seconds
        self.longest_step_seconds = longest_step_seconds
        self._rows = RowStore() if keep_rows else None
        self._ledger = _Ledger(stable_seconds)
        self._pending: tuple[float, tuple[Face, ...]] | None = None
        self._last_step = ALONE_SECONDS
        self._start = 0.0
        self._samples = self._samples_with_face = 0
        self._quality: Counter[str] = Counter()

    def add(self, shot: Shot) -> list[Row]:
        """Enter one sample and return its rows; a sample with nobody in it has one row too."""
        return self.add_faces(shot.frame.seconds, shot.faces)

    def add_faces(self, seconds: float, faces: Sequence[Face]) -> list[Row]:
        """The same for callers that have no picture, such as a reader of a table."""
        seconds = round(seconds, TIME_DECIMALS)
        if self._pending is None:
            self._start = self._ledger.start = seconds
        else:
            before = self._pending[0]
            # Two samples of one moment stay two.
            seconds = max(seconds, round(before + 10**-TIME_DECIMALS, TIME_DECIMALS))
            self._last_step = min(round(seconds - before, TIME_DECIMALS), self.longest_step_seconds)
            self._ledger.account(self._pending[1], before, before + self._last_step)
            self._ledger.skip(before + self._last_step, seconds)
        faces = tuple(_rounded(face) for face in faces)
        self._pending = (seconds, faces)
        self._samples += 1
        self._samples_with_face += bool(faces)
        self._quality.update(face.quality for face in faces)
        rows = [Row(seconds, face) for face in faces] or [Row(seconds, None)]
        if self._rows is not None:
            self._rows.extend(rows)
        return rows

    def end_at(self, seconds: float) -> None:
        """Say when the session ended: the last sample holds until then, instead of as long as the one before it."""
        if self._pending is not None:
            held = max(round(seconds - self._pending[0], TIME_DECIMALS), 10**-TIME_DECIMALS)
            self._last_step = min(held, self.longest_step_seconds)

    def rows(self) -> Iterator[Row]:
        """Every row so far, in order."""
        if self._rows is None:
            raise ValueError("This timeline keeps no rows: whoever called add() wrote them down.")
        return iter(self._rows)

    def persons(self) -> list[int]:
        """The numbers of everybody who steadily showed anything, ascending."""
        return sorted({segment.person for segment in self.segments() if segment.emotion is not None})

    def segments(self) -> list[Segment]:
        """Everybody's segments, by person and time; one person's never overlap and cover the session."""
        return self._settled().segments(self.coverage().end)

    def curves(self) -> list[Curve]:
        """One value per second of the session, from its start."""
        return self._settled().curves(self.coverage().end)

    def mean_scores(self) -> dict[int, tuple[float, ...]]:
        """The time-weighted mean scores of every person."""
        return self._settled().mean_scores()

    def coverage(self) -> Coverage:
        """How much was seen, and how well."""
        end = self._start if self._pending is None else round(self._pending[0] + self._last_step, TIME_DECIMALS)
        return Coverage(
            start=self._start,
            end=end,
            samples=self._samples,
            samples_with_face=self._samples_with_face,
            faces=self._quality.total(),
            quality=dict(sorted(self._quality.items())),
            unwatched_seconds=self._ledger.unwatched_seconds,
        )

    def _settled(self) -> "_Ledger":
        """The ledger as if the session ended now."""
        ledger = self._ledger.copy()
        if self._pending is not None:
            seconds, faces = self._pending
            ledger.account(faces, seconds, seconds + self._last_step)
        return ledger


def whole_seconds(seconds: float) -> int:
    """How many seconds, the last one perhaps not whole, make up this time."""
    return max(math.ceil(seconds - SLACK), int(seconds > 0))


def _rounded(face: Face) -> Face:
    box = Box(int(face.box.x), int(face.box.y), int(face.box.width), int(face.box.height))
    scores = tuple(round(float(score), DECIMALS) for score in face.scores)
    return replace(face, box=box, confidence=round(float(face.confidence), DECIMALS), scores=scores)


class _Ledger:
    """Everybody's runs, and the group's sums per second; grows with time, not with the number of samples."""

    def __init__(self, stable_seconds: float) -> None:
        self.start = 0.0
        self.stable_seconds = stable_seconds
        self.unwatched_seconds = 0.0
        self.people: dict[int, Person] = {}
        self.here: set[int] = set()  # whoever is not settled as gone
        self.sums = array("d")  # per second: face-seconds, then seven score-seconds

    def copy(self) -> "_Ledger":
        twin = copy(self)
        twin.people = {number: person.copy() for number, person in self.people.items()}
        twin.here = self.here.copy()
        twin.sums = self.sums[:]
        return twin

    def account(self, faces: Sequence[Face], start: float, end: float) -> None:
        """These faces, and nobody else, were there from start to end."""
        seen = {face.person: face for face in faces}
        for number in seen.keys() - self.people.keys():
            self.people[number] = Person(number, self.start)
        for number in self.here | seen.keys():
            person = self.people[number]
            if number not in self.here and person.current.seen_until < start:
                person.feed(None, person.current.seen_until, start, self.stable_seconds)
            person.feed(seen.get(number), start, end, self.stable_seconds)
            (self.here.discard if person.gone() else self.here.add)(number)
        self._add_to_seconds(faces, start - self.start, end - self.start)

    def skip(self, start: float, end: float) -> None:
        """Nobody looked from start to end, so nobody was seen."""
        if end - start > SLACK:
            self.unwatched_seconds += end - start
            self.account((), start, end)

    def _add_to_seconds(self, faces: Sequence[Face], start: float, end: float) -> None:
        width = 1 + len(EMOTIONS)
        first, last = int(start + SLACK), max(int(start + SLACK), math.ceil(end - SLACK) - 1)
        missing = (last + 1) * width - len(self.sums)
        self.sums.extend([0.0] * max(0, missing))
        for second in range(first, last + 1) if faces else ():
            share = max(0.0, min(end, second + 1) - max(start, second))
            for face in faces:
                self.sums[second * width] += share
                for index, score in enumerate(face.scores, start=second * width + 1):
                    self.sums[index] += score * share

    def segments(self, end: float) -> list[Segment]:
        everybody = (person.segments(self.start, end) for _, person in sorted(self.people.items()))
        return [segment for segments in everybody if any(s.emotion for s in segments) for segment in segments]

    def curves(self, end: float) -> list[Curve]:
        table = np.array(self.sums).reshape(-1, 1 + len(EMOTIONS)).tolist()
        found = []
        for second, (seconds, *totals) in enumerate(table[: whole_seconds(end - self.start)]):
            length = min(1.0, end - self.start - second)  # the last second is rarely a whole one
            scores = tuple(total / seconds for total in totals) if seconds > SLACK else None
            found.append(Curve(second, seconds / length, scores))
        return found

    def mean_scores(self) -> dict[int, tuple[float, ...]]:
        return {
            number: tuple(total / person.seconds for total in person.score_seconds)
            for number, person in sorted(self.people.items())
            if person.seconds > 0
        }
