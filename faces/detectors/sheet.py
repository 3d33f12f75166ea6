"""Several parts of a picture on one square image, so that a network looks at all of them in a single run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from faces.detectors.blaze_network import INPUT_SIDE, LEAST_SCORE, BlazeNetwork
from faces.detectors.cuttings import Matrix, brought_back, upright
from faces.detectors.sight import Sight
from faces.records import Image


@dataclass(frozen=True, slots=True)
class Region:
    """An upright part of a picture, in its pixels."""

    left: int
    top: int
    width: int
    height: int

    def covers(self, sight: Sight) -> bool:
        """Whether a face's middle lies inside."""
        return self.left <= sight.x <= self.left + self.width and self.top <= sight.y <= self.top + self.height

    def holds(self, sight: Sight, width: int, height: int) -> bool:
        """Whether a face lies inside, not cut by an edge of this part within a picture of that size."""
        half = 0.4 * sight.size
        return (
            (self.left <= 0 or sight.x - half >= self.left)
            and (self.top <= 0 or sight.y - half >= self.top)
            and (self.left + self.width >= width or sight.x + half <= self.left + self.width)
            and (self.top + self.height >= height or sight.y + half <= self.top + self.height)
        )


@dataclass(frozen=True, slots=True)
class Patch:
    """Where a part of a picture lies on a sheet."""

    left: int
    top: int
    width: int
    height: int
    back: Matrix  # (2, 3), from the sheet to the picture

    def shows(self, sight: Sight) -> bool:
        return self.left <= sight.x < self.left + self.width and self.top <= sight.y < self.top + self.height


class Sheet:
    """A black square image that takes parts of one picture."""

    def __init__(self) -> None:
        self.image = np.zeros((INPUT_SIDE, INPUT_SIDE, 3), np.uint8)
        self._patches: list[Patch] = []

    def add_region(self, image: Image, region: Region, room: tuple[int, int] = (INPUT_SIDE, INPUT_SIDE)) -> None:
        """A part of the picture into the upper left corner, as large as fits into the room (width, height)."""
        scale = min(room[0] / region.width, room[1] / region.height)
        size = (max(1, round(region.width * scale)), max(1, round(region.height * scale)))
        part = image[region.top : region.top + region.height, region.left : region.left + region.width]
        self.image[: size[1], : size[0]] = _resized(part, size)
        across, down = region.width / size[0], region.height / size[1]
        back = np.array([[across, 0.0, region.left], [0.0, down, region.top]])
        self._patches.append(Patch(0, 0, *size, back))

    def add_face(self, image: Image, sight: Sight, corner: tuple[int, int], side: int) -> None:
        """A face, level, half as wide as its cell; the cell's upper left corner is given."""
        cut, back = upright(image, sight, side, side / 2)
        left, top = corner
        self.image[top : top + side, left : left + side] = cut
        back[:, 2] -= back[:, :2] @ (left, top)
        self._patches.append(Patch(left, top, side, side, back))

    def seen_by(self, network: BlazeNetwork, *, quarters: int = 0, least: float = LEAST_SCORE) -> list[list[Sight]]:
        """For every part in the order in which they were added: what is seen there, in pixels of the picture.

        quarters: turn the sheet by this many quarters anticlockwise before it is looked at; least: lowest score.
        """
        sights = network.look(np.ascontiguousarray(np.rot90(self.image, quarters)), least)
        for _ in range(quarters):
            sights = [replace(one, x=INPUT_SIDE - one.y, y=one.x, angle=one.angle + 90.0) for one in sights]
        return [brought_back(filter(patch.shows, sights), patch.back) for patch in self._patches]


def shrunk(image: Image, scale: float) -> Image:
    """A copy of a whole picture at another scale, at least one pixel wide and high."""
    height, width = image.shape[:2]
    return _resized(image, (max(1, round(scale * width)), max(1, round(scale * height))))


def _resized(image: Image, size: tuple[int, int]) -> Image:
    """Shrunk by halves first: that is quick, and averaging by a fraction is not (1280x720: 1.0 ms instead of 2.7)."""
    while image.shape[1] >= 2 * size[0] and image.shape[0] >= 2 * size[1]:
        half = (image.shape[1] // 2, image.shape[0] // 2)
        image = np.asarray(
            cv2.resize(image[: 2 * half[1], : 2 * half[0]], half, interpolation=cv2.INTER_AREA), np.uint8
        )
    method = cv2.INTER_AREA if image.shape[1] > size[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=method), np.uint8)


def cells(count: int, *, top: int = 0) -> tuple[int, Sequence[tuple[int, int]]]:
    """Side and upper left corners of the cells for this many faces, below the first `top` rows of a sheet.

    The largest cells of which enough fit; of those for 16 only as many as fit.
    """
    height = INPUT_SIDE - top
    for columns in (2, 3, 4):
        side = min(INPUT_SIDE // columns, height)
        corners = [
            (column * side, top + row * side) for row in range(height // side) for column in range(INPUT_SIDE // side)
        ]
        if len(corners) >= count:
            return side, corners[:count]
    return side, corners
