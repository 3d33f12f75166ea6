"""A face as a detector works with it, before it is rounded to a box."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from faces.records import Box


@dataclass(frozen=True, slots=True)
class Sight:
    """One candidate while a detector works: a turned square with fractions of pixels, and how sure it is."""

    x: float  # middle
    y: float  # middle
    size: float
    angle: float  # degrees, as in Box
    weight: float
    yaw: float | None = None  # degrees, as in Box

    def scaled(self, scale: float) -> "Sight":
        """The same place on a copy of another size."""
        return replace(self, x=self.x * scale, y=self.y * scale, size=self.size * scale)

    def distance(self, other: "Sight") -> float:
        """Pixels between the middles."""
        return math.hypot(self.x - other.x, self.y - other.y)

    def overlaps(self, other: "Sight") -> bool:
        """So near that both can only be one face."""
        return self.distance(other) < 0.5 * max(self.size, other.size)

    def box(self, sure_weight: float = 1.0) -> Box:
        """Rounded; `sure_weight` is the weight of a sight that is quite sure."""
        score = max(0.0, min(1.0, self.weight / sure_weight))
        corner_x, corner_y = self.x - self.size / 2, self.y - self.size / 2
        return Box(round(corner_x), round(corner_y), round(self.size), round(self.size), self.angle, self.yaw, score)


def sight_of(box: Box) -> Sight:
    """A box that was found before, as a candidate for where to look."""
    return Sight(box.x + box.width / 2, box.y + box.height / 2, (box.width + box.height) / 2, box.angle, 0.0, box.yaw)


class _Placed(Protocol):
    def overlaps(self, other: Self) -> bool: ...


_Candidate = TypeVar("_Candidate", bound=_Placed)


def distinct(candidates: Iterable[_Candidate]) -> list[_Candidate]:
    """Each face once; of several candidates for one face the earliest stays."""
    kept: list[_Candidate] = []
    for candidate in candidates:
        if not any(candidate.overlaps(other) for other in kept):
            kept.append(candidate)
    return kept


def merged(sights: Sequence[Sight]) -> Sight:
    """One face from several sights of it: their mean, which is steadier than the surest one, with its weight and yaw.

    By the square of their weights: by the weights alone the angle that the cascade tells of a head which turns 60
    degrees a second lags 11 degrees behind instead of 8.
    """
    best = max(sights, key=lambda sight: sight.weight)
    near = [sight for sight in sights if sight.overlaps(best)]
    weights = [sight.weight**2 for sight in near]
    x, y, size, angle = np.average(
        [(sight.x, sight.y, sight.size, sight.angle) for sight in near], axis=0, weights=weights
    )
    return replace(best, x=float(x), y=float(y), size=float(size), angle=float(angle))


EYES_TO_SIZE = 2.73
"""Side of the cascade's square in eye distances, measured on three clips (2.63 to 2.80); so that the
classifier gets the same crop from every detector."""

MOUTH_TO_EYES = 0.9
"""With the head half in profile the eyes come together, but not eyes and mouth: then their distance counts."""

MIDDLE_BELOW_EYES = 0.07
"""The square's middle lies this share of its side below the middle of the eyes."""

NOSE_BEFORE_EYES = 0.64
"""Depth of the tip of the nose before the eyes, in eye distances, of MediaPipe's canonical face model (tip at z 7.48,
corners of an eye at 3.17 and 3.76, middles of the eyes 6.3 apart)."""

Points = NDArray[np.floating]


def sights_from_landmarks(
    left_eyes: Points, right_eyes: Points, noses: Points, mouths: Points, weights: Points
) -> list[Sight]:
    """The squares that the cascade would find, level with the eyes.

    Points are (n, 2), x and y in pixels, left and right as seen in the image; weights are (n,).
    """
    across, down = (right_eyes - left_eyes).T
    turns, eyes = np.arctan2(down, across), (left_eyes + right_eyes) / 2
    eyes_apart = np.hypot(across, down)
    sizes = EYES_TO_SIZE * np.maximum(eyes_apart, MOUTH_TO_EYES * np.hypot(*(mouths - eyes).T))
    below = MIDDLE_BELOW_EYES * sizes
    x, y = eyes[:, 0] - np.sin(turns) * below, eyes[:, 1] + np.cos(turns) * below
    yaws = _yaws(noses - eyes, turns, eyes_apart)
    columns = (x, y, sizes, np.degrees(turns), weights, yaws)
    return [Sight(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _yaws(noses: Points, turns: Points, eyes_apart: Points) -> Points:
    """Degrees, as in Box, from how far the nose stands beside the middle of the eyes (pixels from there).

    Both shrink alike with distance: the nose moves by depth * sin(yaw) while the eyes come together by cos(yaw).
    """
    beside = noses[:, 0] * np.cos(turns) + noses[:, 1] * np.sin(turns)
    return np.degrees(np.arctan2(beside, NOSE_BEFORE_EYES * np.maximum(eyes_apart, 1e-6)))
