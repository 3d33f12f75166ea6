"""A timeline remembers who showed what, when, and turns it into segments and curves.

Every sample (one shot at one moment) holds until the next one; the last one as long as the one before it, or until the
end that `end_at` names. Segments and seconds are made from times, never from counts of frames, so that they are the
same at 5 and at 30 frames per second. `timeline.questions` and `timeline.uses` answer from them.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from faces.records import Box, Face, Shot
from faces.shapes import DECIMALS
from timeline.ledger import Ledger
from timeline.record import Gap, Record
from timeline.rows import Row
from timeline.seconds import GroupSecond, curves, mean_scores
from timeline.segments import Segment, unpacked
from timeline.table import Lines

TIME_DECIMALS = 6
ALONE_SECONDS = 0.04  # how long the only sample of a session counts, for want of a second one


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
    """Takes shots in the order of time and answers with segments, seconds, coverage and a record of it all.

    A caller that writes a session down as it arises remembers how many lines of `seconds` and `settled` it has written,
    takes those from there on, and replaces what `unsettled` said before.

    - stable_seconds: an expression (or an absence) counts once it has lasted this long; anything shorter
      belongs to what was there before. When nothing settles for twice as long, the segment is "unsure".
    - longest_step_seconds: a sample holds until the next one, but no longer than this. A video's frame holds
      for ever; a live session that was stopped does not go on smiling.

    Rows are returned by `add` and forgotten: where they are wanted, the caller writes them down, and memory stays flat.
    """

    def __init__(self, *, stable_seconds: float = 0.3, longest_step_seconds: float = math.inf) -> None:
        self.stable_seconds = stable_seconds
        self.longest_step_seconds = longest_step_seconds
        self._ledger = Ledger(stable_seconds)
        self._pending: tuple[float, tuple[Face, ...]] | None = None
        self._last_step = ALONE_SECONDS
        self._silent_until: float | None = None
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
            self._start = self._ledger.start = self._ledger.end = seconds
        else:
            before = self._pending[0]
            # Two samples of one moment stay two.
            seconds = max(seconds, round(before + 10**-TIME_DECIMALS, TIME_DECIMALS))
            self._last_step = min(round(seconds - before, TIME_DECIMALS), self.longest_step_seconds)
            self._ledger.account(self._pending[1], before, before + self._last_step)
            self._ledger.skip(before + self._last_step, seconds)
        faces = tuple(_rounded(face) for face in faces)
        self._pending, self._silent_until = (seconds, faces), None
        self._samples += 1
        self._samples_with_face += bool(faces)
        self._quality.update(face.quality for face in faces)
        return [Row(seconds, face) for face in faces] or [Row(seconds, None)]

    def end_at(self, seconds: float) -> None:
        """Say when the session ended: the last sample holds until then, instead of as long as the one before it.

        Where that is longer than a sample holds, nobody looked for the rest of it.
        """
        if self._pending is not None:
            held = max(round(seconds - self._pending[0], TIME_DECIMALS), 10**-TIME_DECIMALS)
            self._last_step = min(held, self.longest_step_seconds)
            self._silent_until = round(self._pending[0] + held, TIME_DECIMALS)

    def persons(self) -> list[int]:
        """The numbers of everyone who steadily showed anything, ascending."""
        return sorted({segment.person for segment in self.segments() if segment.emotion is not None})

    def segments(self) -> list[Segment]:
        """Everybody's segments, by person and time; one person's never overlap and cover the session."""
        return unpacked(self._as_if_over().segments())

    def curves(self) -> list[GroupSecond]:
        """One value per second of the session, from its start."""
        ledger = self._as_if_over()
        return curves(ledger.seconds.finished(), ledger.end - ledger.start)

    def mean_scores(self) -> dict[int, tuple[float, ...]]:
        """The time-weighted mean scores of every person."""
        return mean_scores(self._as_if_over().seconds.finished())

    @property
    def seconds_over(self) -> int:
        """How many seconds of the session are over: nothing that is still added changes them."""
        return self._ledger.seconds.over

    @property
    def gaps(self) -> Sequence[Gap]:
        """The times so far in which nobody looked, in order."""
        return self._ledger.gaps

    def seconds(self, since: int = 0) -> Lines:
        """The lines (timeline.seconds.SECOND) of all seconds that are over, from this line on; never changed later."""
        return self._ledger.seconds.finished(since)

    def settled(self, since: int = 0) -> Lines:
        """The segments (timeline.segments.SEGMENT) that have ended, in that order, from this one on."""
        return self._ledger.settled.lines(since)

    def unsettled(self) -> Lines:
        """What `settled` does not say yet, as if the session ended now: everybody's last segments."""
        ledger = self._as_if_over()
        return np.concatenate([ledger.settled.lines(len(self.settled())), ledger.unsettled()])

    def record(self) -> Record:
        """Everything so far, as if the session ended now, for a use to answer from."""
        ledger = self._as_if_over()
        return Record(ledger.start, ledger.end, ledger.seconds.finished(), ledger.segments(), gaps=tuple(ledger.gaps))

    def coverage(self) -> Coverage:
        """How much was seen, and how well."""
        held_until, end = self._held_until(), self._end()
        return Coverage(
            start=self._start,
            end=end,
            samples=self._samples,
            samples_with_face=self._samples_with_face,
            faces=self._quality.total(),
            quality=dict(sorted(self._quality.items())),
            unwatched_seconds=sum(gap.seconds for gap in self._ledger.gaps) + end - held_until,
        )

    def _held_until(self) -> float:
        """When the last sample stops holding."""
        return self._start if self._pending is None else round(self._pending[0] + self._last_step, TIME_DECIMALS)

    def _end(self) -> float:
        """The same, or the end that `end_at` named, if that is later."""
        return max(self._held_until(), self._silent_until or 0.0)

    def _as_if_over(self) -> Ledger:
        """The ledger as if the session ended now."""
        seconds, faces = self._pending or (0.0, ())
        ledger = self._ledger.copy(changing={face.person for face in faces})
        if self._pending is not None:
            ledger.account(faces, seconds, self._held_until())
            ledger.skip(self._held_until(), self._end())
        ledger.seconds.close()
        return ledger


def _rounded(face: Face) -> Face:
    box = Box(int(face.box.x), int(face.box.y), int(face.box.width), int(face.box.height))
    scores = tuple(round(float(score), DECIMALS) for score in face.scores)
    return replace(face, box=box, confidence=round(float(face.confidence), DECIMALS), scores=scores)
