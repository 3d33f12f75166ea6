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

from faces.emotions import EMOTIONS, UNSURE
from faces.records import Box, Face, Shot
from faces.shapes import DECIMALS

TIME_DECIMALS = 6
ALONE_SECONDS = 0.04  # how long the only sample of a session counts, for want of a second one
_SLACK = 1e-5  # two times that differ by less are the same time (they are rounded to microseconds)


@dataclass(frozen=True, slots=True)
class Row:
    """One face at one sample, or one sample with nobody in it: a line of the table."""

    seconds: float  # rounded to microseconds
    face: Face | None  # confidence and scores rounded to four decimals; the box without its angle


@dataclass(frozen=True, slots=True)
class Segment:
    """One person steadily showing one expression, or steadily not there."""

    person: int
    emotion: str | None  # a name from EMOTIONS, "unsure", or None while the person is not seen
    start: float  # seconds
    end: float  # seconds
    peak_confidence: float = 0.0  # the highest confidence in this segment
    peak_at: float = 0.0  # seconds, when it was first reached
    peak_box: Box | None = None  # where the face was then

    @property
    def seconds(self) -> float:
        """How long it lasted."""
        return self.end - self.start


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
        self._rows = _RowStore() if keep_rows else None
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
    return max(math.ceil(seconds - _SLACK), int(seconds > 0))


def _rounded(face: Face) -> Face:
    box = Box(int(face.box.x), int(face.box.y), int(face.box.width), int(face.box.height))
    scores = tuple(round(float(score), DECIMALS) for score in face.scores)
    return replace(face, box=box, confidence=round(float(face.confidence), DECIMALS), scores=scores)


class _Run:
    """A stretch that is still growing."""

    __slots__ = ("box", "confidence", "emotion", "peak_at", "seen_until", "start")

    def __init__(self, emotion: str | None, start: float) -> None:
        self.emotion = emotion
        self.start = start
        self.seen_until = start
        self.confidence = 0.0
        self.peak_at = start
        self.box: Box | None = None

    def grow(self, face: Face | None, start: float, end: float) -> None:
        self.seen_until = end
        if face is not None and face.confidence > self.confidence:
            self.confidence, self.peak_at, self.box = face.confidence, start, face.box

    def segment(self, person: int, end: float) -> Segment:
        return Segment(person, self.emotion, self.start, end, self.confidence, self.peak_at, self.box)


class _Person:
    """One person's segments so far: what is settled, what holds now, and what may follow."""

    def __init__(self, number: int, start: float) -> None:
        self.number = number
        self.settled: list[Segment] = []
        self.current = _Run(None, start)
        self.candidate: _Run | None = None
        self.score_seconds = [0.0] * len(EMOTIONS)
        self.seconds = 0.0

    def copy(self) -> "_Person":
        twin = copy(self)
        twin.settled = self.settled.copy()
        twin.current = copy(self.current)
        twin.candidate = copy(self.candidate)
        twin.score_seconds = self.score_seconds.copy()
        return twin

    def feed(self, face: Face | None, start: float, end: float, stable_seconds: float) -> None:
        """The person showed this from start to end, or was not there."""
        emotion = None if face is None else face.emotion
        if face is not None:
            self.seconds += end - start
            for index, score in enumerate(face.scores):
                self.score_seconds[index] += score * (end - start)
        if emotion == self.current.emotion:
            self.current.grow(face, start, end)
            self.candidate = None
            return
        if self.candidate is None or self.candidate.emotion != emotion:
            self.candidate = _Run(emotion, start)
        self.candidate.grow(face, start, end)
        if end - self.candidate.start >= stable_seconds - _SLACK:
            self._follow_with(self.candidate)
            self.candidate = None
        elif end - self.current.seen_until >= 2 * stable_seconds - _SLACK and self.current.emotion != UNSURE:
            self._follow_with(_Run(UNSURE, self.current.seen_until))

    def _follow_with(self, run: _Run) -> None:
        if run.start > self.current.start:
            self.settled.append(self.current.segment(self.number, run.start))
        self.current = run

    def gone(self) -> bool:
        return self.current.emotion is None and self.candidate is None

    def segments(self, start: float, end: float) -> list[Segment]:
        found = self.settled.copy()
        last, candidate = self.current, self.candidate
        # In a clip shorter than anything stable, what filled half of it or more is still the answer.
        half = (start + end) / 2 + _SLACK
        if candidate is not None and not found and last.emotion is None and candidate.start <= half:
            found += [last.segment(self.number, candidate.start)] if candidate.start > last.start else []
            last = candidate
        return [*found, last.segment(self.number, end)]


class _Ledger:
    """Everybody's runs, and the group's sums per second; grows with time, not with the number of samples."""

    def __init__(self, stable_seconds: float) -> None:
        self.start = 0.0
        self.stable_seconds = stable_seconds
        self.unwatched_seconds = 0.0
        self.people: dict[int, _Person] = {}
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
            self.people[number] = _Person(number, self.start)
        for number in self.here | seen.keys():
            person = self.people[number]
            if number not in self.here and person.current.seen_until < start:
                person.feed(None, person.current.seen_until, start, self.stable_seconds)
            person.feed(seen.get(number), start, end, self.stable_seconds)
            (self.here.discard if person.gone() else self.here.add)(number)
        self._add_to_seconds(faces, start - self.start, end - self.start)

    def skip(self, start: float, end: float) -> None:
        """Nobody looked from start to end, so nobody was seen."""
        if end - start > _SLACK:
            self.unwatched_seconds += end - start
            self.account((), start, end)

    def _add_to_seconds(self, faces: Sequence[Face], start: float, end: float) -> None:
        width = 1 + len(EMOTIONS)
        first, last = int(start + _SLACK), max(int(start + _SLACK), math.ceil(end - _SLACK) - 1)
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
            scores = tuple(total / seconds for total in totals) if seconds > _SLACK else None
            found.append(Curve(second, seconds / length, scores))
        return found

    def mean_scores(self) -> dict[int, tuple[float, ...]]:
        return {
            number: tuple(total / person.seconds for total in person.score_seconds)
            for number, person in sorted(self.people.items())
            if person.seconds > 0
        }


class _RowStore:
    """Rows in blocks of plain numbers, 40 bytes each instead of a kilobyte of objects."""

    BLOCK = 4096
    LABELS = (*EMOTIONS, UNSURE)
    LAYOUT = np.dtype(
        [
            ("seconds", "f8"),
            ("person", "i4"),
            ("box", "i2", 4),
            ("label", "i1"),
            ("quality", "u1"),
            ("scores", "u2", 8),  # confidence, then the seven
        ]
    )
    NOBODY = -1  # in "label"

    def __init__(self) -> None:
        self._blocks: list[np.ndarray] = []
        self._count = 0
        self._qualities: list[str] = []

    def extend(self, rows: Sequence[Row]) -> None:
        for row in rows:
            place = self._count % self.BLOCK
            if place == 0:
                self._blocks.append(np.zeros(self.BLOCK, self.LAYOUT))
            self._blocks[-1][place] = self._pack(row)
            self._count += 1

    def __iter__(self) -> Iterator[Row]:
        for index in range(self._count):
            yield self._unpack(self._blocks[index // self.BLOCK][index % self.BLOCK])

    def _pack(self, row: Row) -> tuple[object, ...]:
        face = row.face
        if face is None:
            return (row.seconds, 0, (0, 0, 0, 0), self.NOBODY, 0, (0,) * 8)
        if face.quality not in self._qualities:
            self._qualities.append(face.quality)
        box = (face.box.x, face.box.y, face.box.width, face.box.height)
        scores = [round(value * 10**DECIMALS) for value in (face.confidence, *face.scores)]
        label, quality = self.LABELS.index(face.emotion), self._qualities.index(face.quality)
        return (row.seconds, face.person, box, label, quality, scores)

    def _unpack(self, packed: np.void) -> Row:
        seconds = float(packed["seconds"])
        if packed["label"] == self.NOBODY:
            return Row(seconds, None)
        confidence, *scores = (value / 10**DECIMALS for value in packed["scores"].tolist())
        emotion, quality = self.LABELS[packed["label"]], self._qualities[packed["quality"]]
        box = Box(*packed["box"].tolist())
        return Row(seconds, Face(int(packed["person"]), box, emotion, confidence, tuple(scores), quality))
