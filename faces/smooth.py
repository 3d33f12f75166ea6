"""Each person's scores, steady over time, and a label that changes only when the change lasts.

What is shown agrees with itself: a named emotion is the strongest of the shown scores, its confidence is that score,
and it is never below the threshold. While a change is not yet sure, name and scores both stay as they were shown last.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faces.emotions import EMOTIONS, UNSURE

HALF_LIFE_SECONDS = 0.125
"""After this time half of a score comes from newer frames, at 5 as at 30 frames per second."""

HOLD_SECONDS = 0.18
"""Another label must lead for this long before it is shown; with half-life and margin a change takes under 0.5 s."""

MARGIN = 0.05
"""Another emotion must lead by this much, or the confidence exceed the threshold by it, to count as a change."""

FORGOTTEN_SECONDS = 8 * HALF_LIFE_SECONDS
"""After a pause this long, less than half a percent of a score is old: there is no label left to hold."""


@dataclass(frozen=True, slots=True)
class Smoothed:
    """What is shown for one person now."""

    emotion: str  # a name from EMOTIONS, or "unsure"
    confidence: float  # the largest of the scores; of a named emotion its own, never below the threshold
    scores: tuple[float, ...]  # seven smoothed probabilities, summing to 1; the shown emotion has the largest


@dataclass(slots=True)
class _Memory:
    scores: NDArray[np.float64]
    seconds: float
    label: str
    shown: Smoothed
    doubted_since: float | None = None  # since when another label should be shown


class Smoother:
    """Exponential smoothing with a half-life, then hysteresis for the label; one memory for each person."""

    def __init__(
        self,
        *,
        half_life_seconds: float = HALF_LIFE_SECONDS,
        hold_seconds: float = HOLD_SECONDS,
        margin: float = MARGIN,
        unsure_below: float = 0.4,
    ) -> None:
        self._half_life_seconds = half_life_seconds
        self._hold_seconds = hold_seconds
        self._margin = margin
        self._unsure_below = unsure_below
        self._memories: dict[int, _Memory] = {}

    def update(self, person: int, scores: Sequence[float] | NDArray[np.floating], seconds: float) -> Smoothed:
        """Take in one person's seven scores at one time, and return what to show."""
        fresh = np.asarray(scores, dtype=np.float64)
        memory = self._memories.get(person)
        if memory is None or seconds - memory.seconds >= FORGOTTEN_SECONDS:
            label = self._best(fresh, sure_from=self._unsure_below)
            memory = self._memories[person] = _Memory(fresh, seconds, label, _shown(label, fresh))
        else:
            self._blend(memory, fresh, seconds)
            self._relabel(memory, seconds)
        return memory.shown

    def last(self, person: int) -> Smoothed | None:
        """What was shown last for a person; None for somebody without scores yet."""
        memory = self._memories.get(person)
        return None if memory is None else memory.shown

    def read_at(self, person: int) -> float:
        """Seconds of the newest scores of a person; minus infinity for somebody without scores yet."""
        memory = self._memories.get(person)
        return -math.inf if memory is None else memory.seconds

    def keep_only(self, persons: Collection[int]) -> None:
        """Forget everybody else."""
        self._memories = {person: memory for person, memory in self._memories.items() if person in persons}

    def _blend(self, memory: _Memory, fresh: NDArray[np.float64], seconds: float) -> None:
        passed_seconds = max(0.0, seconds - memory.seconds)
        old_share = 0.5 ** (passed_seconds / self._half_life_seconds)
        memory.scores = old_share * memory.scores + (1.0 - old_share) * fresh
        memory.seconds = max(seconds, memory.seconds)

    def _relabel(self, memory: _Memory, seconds: float) -> None:
        rival = self._rival(memory)
        if rival is None:
            memory.doubted_since = None
        else:
            # which label it is may still change meanwhile: on the way from one to another lies "unsure"
            if memory.doubted_since is None:
                memory.doubted_since = seconds
            if seconds - memory.doubted_since < self._hold_seconds:
                return  # what was shown stays, until the change has lasted or is over
            memory.label, memory.doubted_since = rival, None
        memory.shown = _shown(memory.label, memory.scores)

    def _rival(self, memory: _Memory) -> str | None:
        """The label that should be shown instead, or None while the current one still holds."""
        if memory.label == UNSURE:
            best = self._best(memory.scores, sure_from=self._unsure_below + self._margin)
            return None if best == UNSURE else best
        best = self._best(memory.scores, sure_from=self._unsure_below)
        if best in (UNSURE, memory.label):
            return None if best == memory.label else UNSURE
        lead = memory.scores.max() - memory.scores[EMOTIONS.index(memory.label)]
        return best if lead >= self._margin else None

    def _best(self, scores: NDArray[np.float64], *, sure_from: float) -> str:
        strongest = int(scores.argmax())
        return EMOTIONS[strongest] if scores[strongest] >= sure_from else UNSURE


def _shown(label: str, scores: NDArray[np.float64]) -> Smoothed:
    """The label with scores that agree with it: of two within the margin, its own is shown as the larger one."""
    strongest = int(scores.argmax())
    named = strongest if label == UNSURE else EMOTIONS.index(label)
    agreeing = scores.copy()
    agreeing[named], agreeing[strongest] = scores[strongest], scores[named]
    return Smoothed(label, float(agreeing[named]), tuple(map(float, agreeing)))
