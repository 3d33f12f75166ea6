"""A resting face of one's own: what the network makes of it, and scores read relative to it.

About one neutral face in seven is called sad, and some people's resting face is always one of those. Somebody who shows
a calm face for a while gets a profile; from then on their scores, and nobody else's, are shifted by it.

The shift. With r the geometric mean of the seven scores at rest, each expression i other than neutral is lowered by

    b(i) = min(BOUND, max(0, ln(r(i) / r(neutral)) - ln(SHARE)))        p'(i) is proportional to p(i) * exp(-b(i))

so that at rest no expression keeps more than SHARE times the score of neutral, and none is lowered further than that
takes, or ever by more than the factor exp(BOUND). A face that reads neutral at rest is not changed at all.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faces.emotions import EMOTIONS
from faces.errors import InputError

SHARE = 0.25
"""Most that an expression keeps at rest, beside neutral."""

BOUND = 1.5
"""Natural logarithm: a score is lowered to no less than about a quarter against the others, so that a face which is
plainly sad stays sad."""

SHORTEST_SECONDS, USUAL_SECONDS, LONGEST_SECONDS = 10.0, 15.0, 30.0

FEWEST_SAMPLES = 10

LEAST_SEEN = 0.6
"""Share of the time in which the face has to be seen."""

MOST_MOVED = 0.35
"""Largest mean distance of single scores from their mean, as half the sum of absolute differences: 1 is another
expression altogether. A person who talks or laughs meanwhile shows no resting face."""

LEAST = 1e-4
"""Smaller scores count as this: the logarithm of nothing would outweigh all others."""

VERSION = 1
NEUTRAL = EMOTIONS.index("neutral")

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Resting:
    """A person's resting face: a small file of theirs."""

    scores: tuple[float, ...]  # geometric mean of the seven scores at rest, summing to 1
    seconds: float  # how long it was looked at
    samples: int
    measured_at: datetime | None = None  # with its zone; None where nobody noted it

    @property
    def shift(self) -> tuple[float, ...]:
        """What is taken from the logarithm of each score, 0 to BOUND; 0 for neutral."""
        limit = SHARE * max(self.scores[NEUTRAL], LEAST)
        return tuple(
            0.0 if index == NEUTRAL else min(BOUND, max(0.0, math.log(max(score, LEAST) / limit)))
            for index, score in enumerate(self.scores)
        )

    def applied(self, scores: Sequence[float] | NDArray[np.floating]) -> Scores:
        """Seven scores of the same person, read relative to their rest; they sum to 1 again."""
        shifted = np.asarray(scores, np.float64) * np.exp(-np.array(self.shift))
        return np.asarray(shifted / shifted.sum(), np.float64)

    def effect(self) -> dict[str, float]:
        """What it changes of the resting face's own scores, from 0.01 on: {"neutral": 0.18, "sad": -0.18}."""
        changes = self.applied(self.scores) - np.array(self.scores)
        return {
            name: round(float(change), 2) for name, change in zip(EMOTIONS, changes, strict=True) if abs(change) >= 0.01
        }

    def words(self) -> str:
        """ "calibrated for you: sad -18 %", or that nothing had to be changed."""
        lowered = sorted((change, name) for name, change in self.effect().items() if change < 0)
        if not lowered:
            return "calibrated for you: your resting face reads neutral, nothing is changed"
        return "calibrated for you: " + ", ".join(f"{name} {100 * change:.0f} %" for change, name in lowered)


def resting_face(rows: Sequence[Scores], seconds: float, *, of_seconds: float = 0.0) -> Resting:
    """The profile from the scores of single frames, (7,) each, which cover `seconds`.

    `of_seconds` is how long it was tried. Raises InputError where the face was seen too briefly, or moved.
    """
    if seconds < LEAST_SEEN * max(of_seconds, SHORTEST_SECONDS) or len(rows) < FEWEST_SAMPLES:
        raise InputError(
            f"The face was seen for {seconds:.0f} s, which is too short for a resting face. Look calmly at the camera "
            f"for {max(of_seconds, SHORTEST_SECONDS):.0f} s and try again."
        )
    seen = np.array(rows, np.float64)
    moved = float(np.abs(seen - seen.mean(axis=0)).sum(axis=1).mean() / 2)
    if moved > MOST_MOVED:
        raise InputError(
            "The face did not rest: its expression changed too much. Look calmly at the camera, without talking, and "
            "try again."
        )
    mean = np.exp(np.log(np.maximum(seen, LEAST)).mean(axis=0))
    return Resting(tuple(float(share) for share in mean / mean.sum()), round(seconds, 3), len(rows))


def resting_values(resting: Resting) -> dict[str, Any]:
    """The profile as JSON carries it."""
    dated = {} if resting.measured_at is None else {"measured_at": resting.measured_at.isoformat()}
    return {
        "version": VERSION,
        "kind": "resting face",
        "seconds": resting.seconds,
        "samples": resting.samples,
        "scores": dict(zip(EMOTIONS, (round(score, 6) for score in resting.scores), strict=True)),
        **dated,
    }


def read_resting(values: object) -> Resting:
    """The profile that `resting_values` wrote; InputError where it is none."""
    try:
        if not isinstance(values, dict) or values.get("version") != VERSION or values.get("kind") != "resting face":
            raise ValueError(f"it has no version {VERSION} of a resting face")
        scores = np.array([float(values["scores"][name]) for name in EMOTIONS])
        seconds, samples = float(values["seconds"]), int(values["samples"])
        if not (np.isfinite(scores).all() and (scores >= 0).all() and abs(scores.sum() - 1) < 0.01):
            raise ValueError("its seven scores are not shares that sum to 1")
        if not (0 < seconds < math.inf and samples > 0):
            raise ValueError("its length is not positive")
        measured_at = None if "measured_at" not in values else datetime.fromisoformat(values["measured_at"])
        if measured_at is not None and measured_at.tzinfo is None:
            raise ValueError("its date has no time zone")
        return Resting(tuple(map(float, scores / scores.sum())), seconds, samples, measured_at)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InputError(
            f"This is not a profile of a resting face ({error}). Record one with the button on the live page."
        ) from error
