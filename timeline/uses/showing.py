"""A showing: one audience second by second, and how far each of its faces lies from the others."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from faces.affect import PLACEMENT
from faces.emotions import EMOTIONS
from timeline.intervals import Interval, student
from timeline.record import Record
from timeline.seconds import CLOSE
from timeline.table import Lines

Numbers = NDArray[np.float64]
Chosen = NDArray[np.bool_]

MEASURES = ("amusement", "intensity", "valence")
"""Of one face or of a mean: p_happy, 0..1; 1 - p_neutral, 0..1; the placement of the emotions (faces.affect), -1..1."""

LOWEST, HIGHEST = np.array([0.0, 0.0, -1.0]), np.array([1.0, 1.0, 1.0])
"""Of `MEASURES`."""

_OF_SCORES = np.array([[e == "happy", -(e == "neutral"), PLACEMENT[e][0]] for e in EMOTIONS], np.float64)
_OFFSET = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True, eq=False)
class Showing:
    """n seconds of a group; all means are NaN where nobody was seen."""

    lines: Lines  # SECOND, by second and person
    faces: Numbers  # (n,) how many there were on average
    enough: Chosen  # (n,) whether the minimum group was there
    labels: Numbers  # (n, 8) share of the faces by LABELS
    means: Numbers  # (n, 3) of MEASURES over the faces

    @classmethod
    def of(cls, record: Record, minimum: int) -> Self:
        """A face that is missed for a moment does not break a group, so half a face may be missing from the minimum."""
        whole = record.group
        count = len(whole.seen)
        held = np.clip(record.length - np.arange(count), 1e-6, 1.0)  # the last second is rarely whole
        faces = whole.seen / held
        enough = faces >= minimum - 0.5 - CLOSE
        return cls(record.seconds, faces, enough, whole.shares, _measured(whole.scores)).first(count)

    def first(self, seconds: int) -> Self:
        """The same without what comes later."""
        return replace(
            self,
            lines=self.lines[: np.searchsorted(self.lines["second"], seconds)],
            faces=self.faces[:seconds],
            enough=self.enough[:seconds],
            labels=self.labels[:seconds],
            means=self.means[:seconds],
        )

    def people(self, chosen: Chosen) -> float:
        """How many faces there were on average in the chosen seconds."""
        return float(self.faces[chosen].mean()) if chosen.any() else 0.0

    def variances(self, chosen: Chosen) -> Numbers:
        """Of the three measures between people (3,).

        A person counts with the mean of how far they were, second by second, from the group, weighted by how long they
        were seen: so nobody counts as amused because they were there for the joke only.
        """
        second, person = self.lines["second"], self.lines["person"]
        seen = np.where(chosen[second], self.lines["seen"], 0.0)
        away = (_measured(self.lines["scores"]) - np.nan_to_num(self.means)[second]).T * seen
        lasted = np.maximum(np.bincount(person, seen), 1e-9)
        squares = (np.array([np.bincount(person, column) for column in away]) / lasted) ** 2
        people = max(2.0, self.people(chosen))
        return np.asarray((squares * lasted).sum(axis=1) / lasted.sum() * people / (people - 1.0))

    def scores(self, chosen: Chosen) -> tuple[Interval, ...]:
        """The three measures over the chosen seconds, each second counting once, with Student's interval."""
        people = self.people(chosen)
        half = student(people - 1.0) * np.sqrt(self.variances(chosen) / people)
        middle = self.means[chosen].mean(axis=0)
        low, high = np.maximum(middle - half, LOWEST), np.minimum(middle + half, HIGHEST)
        return tuple(Interval(*one) for one in np.stack([middle, low, high], axis=1).tolist())


def _measured(scores: NDArray[np.floating]) -> Numbers:
    """(n, 7) scores to (n, 3) MEASURES."""
    return np.asarray(np.einsum("ns,sm->nm", scores, _OF_SCORES) + _OFFSET)


def stepped(columns: Numbers, known: NDArray[np.bool_], step: int) -> Numbers:
    """Means of (n, k) columns over every `step` seconds that are known; NaN where none is."""
    count = -(-len(columns) // step)
    padding = ((0, count * step - len(columns)), (0, 0))
    values = np.pad(np.where(known[:, None], columns, 0.0), padding).reshape(count, step, columns.shape[1]).sum(axis=1)
    counts = np.pad(known[:, None], padding).reshape(count, step, 1).sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray(values / np.where(counts, counts, np.nan))
