"""Parts of a picture, level and at the size at which they are searched, and the way back to the picture."""

import math
from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.detectors.sight import Sight
from faces.records import Image

Matrix = NDArray[np.float64]


def upright(image: Image, sight: Sight, side: int, face: float) -> tuple[Image, Matrix]:
    """A square of `side` pixels about a face, turned so that it stands level and is `face` pixels wide.

    Grey or BGR; pixels beyond the image's edge repeat the edge. The (2, 3) matrix leads from it to the image.
    """
    scale = face / max(sight.size, 1e-6)
    left, top, part = _around(image, sight, math.ceil(0.75 * side / scale) + 2)  # half the diagonal and more
    shrink = max(1, int(1 / scale))  # by a whole number with its own smoothing: the warp samples single pixels
    if shrink > 1:
        size = (max(1, part.shape[1] // shrink), max(1, part.shape[0] // shrink))
        whole = part[: size[1] * shrink, : size[0] * shrink] if min(part.shape[:2]) >= shrink else part
        part = np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), np.uint8)
    # one pixel of the shrunk part is the mean of `shrink` of the image: its middle lies between them
    x, y = ((place - (shrink - 1) / 2) / shrink for place in (sight.x - left, sight.y - top))
    matrix = np.asarray(cv2.getRotationMatrix2D((x, y), sight.angle, scale * shrink), np.float64)
    matrix[:, 2] += (side / 2 - x, side / 2 - y)
    cut = cv2.warpAffine(part, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    back = np.asarray(cv2.invertAffineTransform(matrix), np.float64) * shrink
    back[:, 2] += (left + (shrink - 1) / 2, top + (shrink - 1) / 2)
    return np.asarray(cut, np.uint8), back


def _around(image: Image, sight: Sight, reach: int) -> tuple[int, int, Image]:
    """(left, top, pixels) of the part within this many pixels of a face; at least one pixel, be it at the edge."""
    height, width = image.shape[:2]
    left, top = (min(max(0, int(place) - reach), end - 1) for place, end in ((sight.x, width), (sight.y, height)))
    right, bottom = max(left + 1, int(sight.x) + reach + 1), max(top + 1, int(sight.y) + reach + 1)
    return left, top, image[top:bottom, left:right]


def brought_back(sights: Iterable[Sight], back: Matrix) -> list[Sight]:
    """What was seen in a cutting, where it is in the picture."""
    (across, slant, left), (slope, down, top) = back.tolist()
    scale, turn = math.hypot(across, slope), math.degrees(math.atan2(slope, across))
    return [
        Sight(
            across * sight.x + slant * sight.y + left,
            slope * sight.x + down * sight.y + top,
            sight.size * scale,
            _half_turn(sight.angle + turn),
            sight.weight,
            sight.yaw,
        )
        for sight in sights
    ]


def _half_turn(degrees: float) -> float:
    """The same angle from -180 to 180."""
    return (degrees + 180.0) % 360.0 - 180.0
