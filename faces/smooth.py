"""Each person's scores, steady over time, and a label that changes only when the change lasts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faces.emotions import EMOTIONS, UNSURE

HALF_LIFE_SECONDS = 0.125
"""After this time half of a score comes from newer frames, at 5 as at 30 frames per second."""

HOLD_SECONDS = 0.18
"""So long must another label lead before it is shown; with half-life and margin a change takes under 0.5 s."""

MARGIN = 0.05
"""By so much must another emotion lead, or the confidence rise above the threshold again, to be a change."""


@dataclass(frozen=True, slots=True)
class Smoothed:
    """What is shown for one person now."""

    emotion: str  # a name from EMOTIONS, or "unsure"
    confidence: float  # smoothed probability of the shown emotion; of the strongest one where it says "unsure"
    scores: tuple[float, ...]  # seven smoothed probabilities, summing to 1


@dataclass(slots=True)
class _Memory:
    scores: NDArray[np.float64]
    seconds: float
    shown: str
    doubted_since: float | None = None  # since when another label ought to be shown


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
        """Take in the seven scores of one person at one time and say what to show."""
        fresh = np.asarray(scores, dtype=np.float64)
        memory = self._memories.get(person)
        if memory is None:
            memory = _Memory(fresh, seconds, shown=self._best(fresh, sure_from=self._unsure_below))
            self._memories[person] = memory
        else:
            self._blend(memory, fresh, seconds)
            self._relabel(memory, seconds)
        return _smoothed(memory)

    def last(self, person: int) -> Smoothed | None:
        """What was shown last for a person; None for somebody without scores yet."""
        memory = self._memories.get(person)
        return None if memory is None else _smoothed(memory)

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
            return
        # which label it is may still change meanwhile: on the way from one to another lies "unsure"
        if memory.doubted_since is None:
            memory.doubted_since = seconds
        if seconds - memory.doubted_since >= self._hold_seconds:
            memory.shown, memory.doubted_since = rival, None

    def _rival(self, memory: _Memory) -> str | None:
        """The label that ought to be shown instead, or None while the shown one is good enough."""
        if memory.shown == UNSURE:
            best = self._best(memory.scores, sure_from=self._unsure_below + self._margin)
            return None if best == UNSURE else best
        best = self._best(memory.scores, sure_from=self._unsure_below)
        if best in (UNSURE, memory.shown):
            return None if best == memory.shown else UNSURE
        lead = memory.scores.max() - memory.scores[EMOTIONS.index(memory.shown)]
        return best if lead >= self._margin else None

    def _best(self, scores: NDArray[np.float64], *, sure_from: float) -> str:
        strongest = int(scores.argmax())
        return EMOTIONS[strongest] if scores[strongest] >= sure_from else UNSURE


def _smoothed(memory: _Memory) -> Smoothed:
    shown = int(memory.scores.argmax()) if memory.shown == UNSURE else EMOTIONS.index(memory.shown)
    return Smoothed(memory.shown, float(memory.scores[shown]), tuple(map(float, memory.scores)))
