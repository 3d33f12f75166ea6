"""A face as a detector works with it, before it is rounded to a box."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

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

    def scaled(self, scale: float) -> "Sight":
        """The same place on a copy of another size."""
        return Sight(self.x * scale, self.y * scale, self.size * scale, self.angle, self.weight)

    def distance(self, other: "Sight") -> float:
        """Pixels between the middles."""
        return math.hypot(self.x - other.x, self.y - other.y)

    def overlaps(self, other: "Sight") -> bool:
        """So near that both can only be one face."""
        return self.distance(other) < 0.5 * max(self.size, other.size)

    def box(self) -> Box:
        corner_x, corner_y = self.x - self.size / 2, self.y - self.size / 2
        return Box(round(corner_x), round(corner_y), round(self.size), round(self.size), self.angle)


def sight_of(box: Box) -> Sight:
    """A box that was found before, as a candidate for where to look."""
    return Sight(box.x + box.width / 2, box.y + box.height / 2, (box.width + box.height) / 2, box.angle, weight=0.0)


def distinct(sights: Iterable[Sight]) -> list[Sight]:
    """Each face once; of several candidates for one face the earliest stays."""
    kept: list[Sight] = []
    for sight in sights:
        if not any(sight.overlaps(other) for other in kept):
            kept.append(sight)
    return kept


EYES_TO_SIZE = 2.73
"""Side of the cascade's square in eye distances, measured on three clips (2.63 to 2.80); so that whoever
classifies gets the same cutting from every detector."""

MOUTH_TO_EYES = 0.9
"""With the head half in profile the eyes come together, but not eyes and mouth: then their distance counts."""

MIDDLE_BELOW_EYES = 0.07
"""The square's middle lies this share of its side below the middle of the eyes."""

Points = NDArray[np.floating]


def sight_from_landmarks(left_eye: Points, right_eye: Points, mouth: Points, weight: float) -> Sight:
    """The square that the cascade would find; left and right as seen in the image, points are (x, y)."""
    across, down = (float(part) for part in right_eye - left_eye)
    angle = math.degrees(math.atan2(down, across))
    eyes = (left_eye + right_eye) / 2
    to_mouth = math.hypot(*(float(part) for part in mouth - eyes))
    size = EYES_TO_SIZE * max(math.hypot(across, down), MOUTH_TO_EYES * to_mouth)
    below = MIDDLE_BELOW_EYES * size
    x = float(eyes[0]) - math.sin(math.radians(angle)) * below
    y = float(eyes[1]) + math.cos(math.radians(angle)) * below
    return Sight(x, y, size, angle, weight)
