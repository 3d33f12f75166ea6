"""Where a face went since the last picture, by its looks: far cheaper than to search it again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.detectors.cuttings import upright
from faces.detectors.sight import Sight
from faces.records import Image

PICTURES = 5
"""So many pictures in a row a face is followed; then it must be searched again, since by looks alone one would also
follow a hand that covers it slowly."""

TRUST_NEEDED = 4
"""So often must a face be searched and found before it is followed: texture that was taken for a face once has to
convince the search again."""

RESTING_DEGREES = 6.0
"""If a search finds the angle changed by more, that takes trust away: the head turns faster than looks can tell."""

LIKENESS = 0.9
"""Least correlation with the face as it was found."""

FACE = 36
"""Pixels: so wide is a face on the pictures by which it is followed."""

REACH = 8
"""Pixels of the cutting to each side; who moved farther is searched again."""

TURN_DEGREES = 6.0
"""The looks are compared turned by so much to both sides, too, which tells how far a head turned since the last
picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A face of the last picture."""

    sight: Sight
    looks: Image  # square, grey, upright, from when it was last searched
    trust: int = 1  # up to TRUST_NEEDED: one more for each search that found it resting, one less if it turned
    followed: int = 0  # pictures since the last search
    missed: int = 0  # pictures in a row in which it was not seen

    @property
    def due(self) -> bool:
        """Whether it must be searched: looks are not enough yet, or not any more."""
        return self.trust < TRUST_NEEDED or self.followed >= PICTURES

    def overlaps(self, other: "Known") -> bool:
        """So near that both follow one face."""
        return self.sight.overlaps(other.sight)


def nearest(last: Sight, known: Sequence[Known]) -> Known | None:
    """Whom of the last picture an expected place means."""
    near = [one for one in known if one.sight.overlaps(last)]
    return min(near, key=lambda one: one.sight.distance(last), default=None)


def searched_again(known: Known | None, sight: Sight, looks: Image) -> Known:
    """A face that the search found, and whom of the last picture it is."""
    if known is None:
        return Known(sight, looks)
    resting = abs(sight.angle - known.sight.angle) <= RESTING_DEGREES
    trust = known.trust + 1 if resting else known.trust - 1
    return Known(sight, looks, max(1, min(TRUST_NEEDED, trust)))


def looks_of(grey: Image, sight: Sight) -> Image:
    """(36, 36) uint8: the upright picture of a face by which it is followed."""
    return upright(grey, sight, FACE, FACE)[0]


def follow(known: Known, grey: Image) -> Known | None:
    """The same face in the next picture by its looks, or None where they are not there."""
    cutting, back = upright(grey, known.sight, FACE + 2 * REACH, FACE)
    likeness = np.asarray(cv2.matchTemplate(cutting, known.looks, cv2.TM_CCOEFF_NORMED), np.float32)
    row, column = divmod(int(likeness.argmax()), likeness.shape[1])
    if likeness[row, column] < LIKENESS or not (0 < row < 2 * REACH and 0 < column < 2 * REACH):
        return None
    half = known.looks.shape[0] / 2
    right = column + _summit(likeness[row, column - 1 : column + 2])
    down = row + _summit(likeness[row - 1 : row + 2, column])
    x, y = back @ (right + half, down + half, 1.0)
    turn = _turn(known.looks, cutting, (right, down))
    sight = replace(known.sight, x=float(x), y=float(y), angle=known.sight.angle + turn)
    return replace(known, sight=sight, followed=known.followed + 1)


def _turn(looks: Image, cutting: Image, corner: tuple[float, float]) -> float:
    """Degrees, as in Box, by which the face at this place of the cutting is turned against its looks."""
    middle = (looks.shape[0] - 1) / 2
    likeness = []
    for angle in (-TURN_DEGREES, 0.0, TURN_DEGREES):
        matrix = np.asarray(cv2.getRotationMatrix2D((corner[0] + middle, corner[1] + middle), angle, 1.0), np.float64)
        matrix[:, 2] -= corner
        upright = cv2.warpAffine(cutting, matrix, looks.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
        likeness.append(cv2.matchTemplate(np.asarray(upright, np.uint8), looks, cv2.TM_CCOEFF_NORMED).item())
    return TURN_DEGREES * max(-1.0, min(1.0, _summit(np.array(likeness, np.float32))))


def _summit(three: NDArray[np.float32]) -> float:
    """Where a parabola through three values has its summit, from the middle one; 0 where it has none."""
    before, top, after = (float(value) for value in three)
    curve = before - 2 * top + after
    return 0.5 * (before - after) / curve if curve < 0 else 0.0
