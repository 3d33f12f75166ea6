"""How sure a share is: what people who look would have said, given how the network errs and how much was seen.

The shares that the network names are corrected by its confusion matrix, as Rogan and Gladen did for a test with two
outcomes ("Estimating prevalence from the results of a screening test", American Journal of Epidemiology 107 (1978),
71-76), here for seven expressions and "unsure":

    o = shares that were named (8), M = P(named | people say) (7 x 8), W = diag(1 / o)
    B = (M W M')^-1 M W,   p = B o                    what people would say, by weighted least squares
    n = (sum of seconds)^2 / sum of seconds^2         independent stretches, L. Kish, "Survey Sampling" (1965)
    V = B (sum_i p_i C_i) B' / n  +  sum_i p_i^2 B C_i B' / (N_i + 1),   C_i = diag(M_i) - M_i' M_i
    interval of p_i = p_i +- t(n) sqrt(V_ii), cut to 0..1

The first term of V is the network's luck with these stretches, the second what is not known about M, of which row i was
counted on N_i pictures (Z. Lang and J. Reiczigel, "Confidence limits for prevalence of disease adjusted for estimated
sensitivity and specificity", Preventive Veterinary Medicine 113 (2014), 13-22). t(n) is Student's quantile.

The interval covers what people would say 9 times in 10 as long as the network errs here as it does on the pictures
on which M was counted; a face that it always misreads is not covered.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from faces.emotions import EMOTIONS, LABELS
from faces.shapes import DECIMALS
from timeline.segments import ABSENT
from timeline.table import Lines

COVERS = 0.90
"""So often an interval has the truth in it."""

Confusion = NDArray[np.int64]
"""(7, 8) numbers of pictures: what most people say (EMOTIONS) by what the network names (LABELS)."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A number and how sure it is."""

    value: float
    low: float
    high: float

    @property
    def sure(self) -> bool:
        """Whether all of the interval lies on one side of 0."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Share:
    """How much of the seen time one label was named, and how much people who look would have named it."""

    label: str  # one of LABELS
    share: float  # 0..1, as the network named it
    low: float | None  # 0..1; None for "unsure", which people never say, and where the confusion is not known
    high: float | None


@dataclass(frozen=True, slots=True)
class Predominant:
    """The expression that was named most, and whether it really was the most frequent one."""

    emotion: str | None  # "unsure" if nothing else was shown, None if nobody was seen
    sure: bool  # False: cannot tell, another one may have been more frequent


@dataclass(frozen=True, slots=True)
class Estimate:
    """Shares as the network named them, and what people would have said."""

    named: NDArray[np.float64]  # (8,) by LABELS, summing to 1; all 0 where nobody was seen
    stretches: float  # independent ones; 0 where nobody was seen
    people: NDArray[np.float64] | None  # (7,) by EMOTIONS, not cut to 0..1; None where the confusion is not known
    covariance: NDArray[np.float64] | None  # (7, 7) of `people`

    def shares(self) -> tuple[Share, ...]:
        """Each of LABELS with its interval."""
        lows, highs = self._bounds()
        return tuple(Share(*one) for one in zip(LABELS, self.named.tolist(), lows, highs, strict=True))

    def predominant(self) -> Predominant:
        """The expression with the largest share; sure if it leads every other one."""
        best = int(self.named[: len(EMOTIONS)].round(DECIMALS).argmax())  # of equals the first, at any frame rate
        if not self.named.any():
            return Predominant(None, sure=False)
        if not self.named[best]:
            return Predominant(LABELS[-1], sure=False)
        others = [other for other in range(len(EMOTIONS)) if other != best]
        return Predominant(EMOTIONS[best], sure=all(self._leads(best, other) for other in others))

    def minus(self, other: "Estimate") -> tuple[Interval | None, ...]:
        """For each of EMOTIONS: how much more of it was named here, with the interval of what people would say."""
        if self.covariance is None or other.covariance is None or self.people is None or other.people is None:
            return (None,) * len(EMOTIONS)
        mine, theirs = np.diag(self.covariance), np.diag(other.covariance)
        freedom = welch_freedom(mine, self.stretches, theirs, other.stretches)
        half = student(freedom) * np.sqrt(mine + theirs)
        middle, named = self.people - other.people, (self.named - other.named)[: len(EMOTIONS)]
        bounds = np.clip([named, middle - half, middle + half], -1.0, 1.0)
        return tuple(Interval(*one) for one in bounds.T.tolist())

    def _leads(self, best: int, other: int) -> bool:
        if self.people is None or self.covariance is None:
            return False
        variance = self.covariance[best, best] + self.covariance[other, other] - 2 * self.covariance[best, other]
        return bool(self.people[best] - self.people[other] > student(self.stretches) * np.sqrt(variance))

    def _bounds(self) -> tuple[list[float | None], list[float | None]]:
        if self.people is None or self.covariance is None:
            return [None] * len(LABELS), [None] * len(LABELS)
        half = student(self.stretches) * np.sqrt(np.diag(self.covariance))
        low, high = np.clip([self.people - half, self.people + half], 0.0, 1.0).tolist()
        return [*low, None], [*high, None]


def estimate(segments: Lines, confusion: Confusion | None) -> Estimate:
    """From lines of SEGMENT; time in which somebody was not seen takes no part."""
    seen = segments[segments["label"] != ABSENT]
    lasted = seen["end"] - seen["start"]
    total = lasted.sum()
    if total <= 0:
        return Estimate(np.zeros(len(LABELS)), 0.0, None, None)
    named = np.bincount(seen["label"], lasted, minlength=len(LABELS)) / total
    return estimate_of(named, float(total**2 / (lasted**2).sum()), confusion)


def estimate_of(named: NDArray[np.float64], stretches: float, confusion: Confusion | None) -> Estimate:
    """From shares (8,) by LABELS that stand on this many independent stretches."""
    if confusion is None:
        return Estimate(named, stretches, None, None)
    return Estimate(named, stretches, *_corrected(named, stretches, confusion))


def _corrected(
    named: NDArray[np.float64], stretches: float, confusion: Confusion
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    counted = confusion + 1.0 / len(LABELS)  # what never happened yet is not impossible
    pictures = counted.sum(axis=1)
    matrix = counted / pictures[:, np.newaxis]
    weighted = matrix / ((named * stretches + 0.5) / (stretches + 4.0))
    back = np.linalg.solve(weighted @ matrix.T, weighted)
    people = back @ named
    likely = np.clip(people, 0.0, None)
    likely = (likely / likely.sum() * stretches + 1.0 / len(EMOTIONS)) / (stretches + 1.0)
    spread = matrix[:, :, np.newaxis] * (np.eye(len(LABELS)) - matrix[:, np.newaxis, :])
    weights = likely / stretches + likely**2 / (pictures + 1.0)
    return people, back @ np.tensordot(weights, spread, axes=1) @ back.T


def student(freedom: float | NDArray[np.float64]) -> float | NDArray[np.float64]:
    """Student's quantile for `COVERS`, to both sides.

    The expansion of Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964), 26.7.5, with four terms: at 2
    degrees of freedom 0.3 % below the true value, at 3 0.05 %. Fewer than 1 count as 1.
    """
    z, f = NormalDist().inv_cdf((1.0 + COVERS) / 2.0), np.maximum(freedom, 1.0)
    return (
        z
        + (z**3 + z) / (4 * f)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * f**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * f**3)
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * f**4)
    )


def welch_freedom(
    one: float | NDArray[np.float64], ones: float, other: float | NDArray[np.float64], others: float
) -> float | NDArray[np.float64]:
    """Degrees of freedom of a difference, from two squared standard errors and the numbers behind them.

    B. L. Welch, "The generalization of Student's problem when several different population variances are involved",
    Biometrika 34 (1947), 28-35.
    """
    total = one + other
    return total**2 / np.maximum(one**2 / max(ones - 1.0, 1.0) + other**2 / max(others - 1.0, 1.0), 1e-300)
