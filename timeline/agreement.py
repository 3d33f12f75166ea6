"""How far two rankings agree: a gauge and what its user says."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from timeline.intervals import COVERS, Interval

LEAST_PAIRS = 10
"""With fewer answers nothing is said."""

TOO_EARLY, AGREES, NO_USE = "too early", "agrees", "no use"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Spearman's rank correlation of two rows of numbers."""

    pairs: int
    correlation: Interval | None  # -1..1; None for too few pairs, or where one side never changes
    verdict: str  # TOO_EARLY; AGREES where all of the interval is above 0; NO_USE otherwise


def agreement(first: Sequence[float], second: Sequence[float]) -> Agreement:
    """Of pairs of numbers; the interval is that of D. G. Bonett and T. A. Wright.

    With r the correlation of the ranks, z = atanh(r) +- z(0.95) sqrt((1 + r^2 / 2) / (n - 3)): "Sample size
    requirements for estimating Pearson, Kendall and Spearman correlations", Psychometrika 65 (2000), 23-28.
    """
    count = len(first)
    if count < LEAST_PAIRS:
        return Agreement(count, None, TOO_EARLY)
    ranks = _ranks(first), _ranks(second)
    if not all(np.ptp(one) for one in ranks):
        return Agreement(count, None, NO_USE)
    value = float(np.corrcoef(*ranks)[0, 1])
    middle = math.atanh(max(-0.9999, min(0.9999, value)))
    half = NormalDist().inv_cdf((1.0 + COVERS) / 2.0) * math.sqrt((1.0 + value**2 / 2.0) / (count - 3))
    found = Interval(value, math.tanh(middle - half), math.tanh(middle + half))
    return Agreement(count, found, AGREES if found.low > 0 else NO_USE)


def _ranks(values: Sequence[float]) -> NDArray[np.float64]:
    """From 1 up; equals share the mean of their ranks."""
    _, place, counts = np.unique(np.asarray(values, np.float64), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2.0)[place], np.float64)
