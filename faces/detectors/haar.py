"""OpenCV's frontal cascade, helped where it is weak: known faces, tilted heads, false boxes."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.detectors.cascade import WINDOW, Cascade
from faces.detectors.cuttings import upright
from faces.detectors.follow import FACE, Known, follow, looks_of, nearest, searched_again
from faces.detectors.sight import Sight, distinct, merged, sight_of
from faces.places import CASCADE_FILE
from faces.records import Box, Image

SEARCH_WIDTH = 320
"""The whole picture is searched on a copy this wide: a third of the time of 640, and fewer false boxes."""

THOROUGH_WIDTH = 960
"""A single picture has time: smaller faces are found too."""

TALLEST = 2
"""A copy is at most this many times as tall as it may be wide, so that a strip of any length takes no more memory."""

NEAR = 40
"""Faces at least this large on the copy are cheap to search, as the copy shrinks before the window moves."""

NEW_WEIGHT = 5.5
"""A face that nobody expected must be this sure. Of 353 face-free pictures (textures, a cat, a motorcycle, text,
rooms) 2 upright searches gave a box above 5 and 1 above 6; of 95 frames of the demo clip 75 and 66 did."""

NEW_TURNED_WEIGHT = 7.0
"""Turned searches have about twice the false candidates at each angle: 17 above 5, 5 above 6 and 1 above 8 in
four angles of the same 353 pictures."""

SURE_WEIGHT = 13.0
"""Few faces weigh more."""

KNOWN_WEIGHT = 3.0
"""Where a face was a moment ago, so much is enough: the place speaks for it."""

TURNED_ANGLES = (-30, 30)
"""The cascade bears about 14 degrees either way; together with upright this reaches from -44 to 44."""

NEIGHBOUR_DEGREES = 12
"""A known face is searched at its last angle and this much to both sides: the three tell how it turns."""

LOST_DEGREES = (24, 36, 48)
"""If that finds nothing, so much farther to both sides."""

LARGEST_DEGREES = 65
"""Nobody's head is turned farther while they sit; beyond it chins become foreheads."""

Look = tuple[int, int, int]  # angle, smallest and largest window (0: up to the whole picture)
NEAR_LOOK: Look = (0, NEAR, 0)
FAR_LOOK: Look = (0, WINDOW, NEAR + 4)
TURNED_LOOKS: tuple[Look, Look] = ((TURNED_ANGLES[0], WINDOW + 6, 0), (TURNED_ANGLES[1], WINDOW + 6, 0))
"""On the copy of the demo clip a near look takes 2.6 ms, a far one 2.2, a turned one 9."""

ROTA_ALONE = (FAR_LOOK, TURNED_LOOKS[0], FAR_LOOK, TURNED_LOOKS[1])
"""While no face is known each call makes a near look and the next of these."""

ROTA_TOGETHER = tuple(look for turned in TURNED_LOOKS for look in (NEAR_LOOK, FAR_LOOK, NEAR_LOOK, FAR_LOOK, turned))
"""While faces are known. Hardly anybody comes in with the head tilted, so upright looks come four times as often."""

LOOK_EVERY = 4
"""With faces in sight, every so many calls one look over the whole picture: somebody new may have come."""

KNOWN_SIZES = (28, 46)
"""From one picture to the next a face changes no more than this. Small windows are the dear ones: from 24 to 58 the
same faces are found in three clips for a third more processor time."""


class HaarDetector:
    """OpenCV's frontal cascade, helped where it is weak.

    Known faces are searched only around where they were, at a few angles, on small cuttings, and followed by their
    looks in the pictures between. The whole picture gets one look now and then while faces are known and two at each
    call while none is, in a rota of upright and turned looks, so that no call costs much and a tilted face is found as
    well.
    """

    def __init__(self, cascade_file: Path = CASCADE_FILE, *, thorough: bool = False) -> None:
        self._cascade = Cascade(cascade_file)
        self._thorough = thorough
        self._known: list[Known] = []
        self._calls = 0
        self._looks = 0

    def find(self, image: Image, expected: Sequence[Box] = ()) -> list[Box]:
        """Boxes of all faces, none twice; `expected` is where faces were a moment ago."""
        grey, scale = _grey_copy(image, THOROUGH_WIDTH if self._thorough else SEARCH_WIDTH)
        if min(grey.shape) < WINDOW:
            return []
        again = [self._find_again(grey, sight_of(box).scaled(scale)) for box in expected]
        found = sorted((known for known in again if known is not None), key=lambda known: -known.sight.weight)
        rest = _without(grey, [known.sight for known in found])
        found += [Known(sight, looks_of(grey, sight)) for sight in self._look_around(rest, busy=len(found))]
        self._calls += 1
        self._known = distinct(found)
        return [known.sight.scaled(1 / scale).box(SURE_WEIGHT) for known in self._known]

    def _find_again(self, grey: Image, last: Sight) -> Known | None:
        """A face of the last picture: followed by its looks where that is enough, else searched."""
        known = nearest(last, self._known)
        if known is not None and not known.due:
            followed = follow(known, grey)
            if followed is not None:
                return followed
        sight = self._look_again(grey, last)
        return None if sight is None else searched_again(known, sight, looks_of(grey, sight))

    def _look_around(self, grey: Image, *, busy: int) -> list[Sight]:
        """Faces that nobody expected, the surest first."""
        if self._thorough:
            angles = (0, *TURNED_ANGLES, *(2 * angle for angle in TURNED_ANGLES))
            found = [sight for angle in angles for sight in self._look(grey, angle, WINDOW)]
        elif busy:
            found = [] if self._calls % LOOK_EVERY else self._look(grey, *self._next_of(ROTA_TOGETHER))
        else:
            found = self._look(grey, *NEAR_LOOK) + self._look(grey, *self._next_of(ROTA_ALONE))
        return sorted(found, key=lambda sight: -sight.weight)

    def _next_of(self, rota: Sequence[Look]) -> Look:
        self._looks += 1
        return rota[self._looks % len(rota)]

    def _look(self, grey: Image, angle: int, smallest: int, largest: int = 0) -> list[Sight]:
        """Search the whole picture, turned by one angle."""
        turned, back = _turned_whole(grey, angle)
        found = self._cascade.candidates(turned, smallest, largest, factor=1.2, angle=angle, back=back)
        least = NEW_TURNED_WEIGHT if angle else NEW_WEIGHT
        height, width = grey.shape
        return [sight for sight in found if sight.weight >= least and 0 <= sight.x < width and 0 <= sight.y < height]

    def _look_again(self, grey: Image, last: Sight) -> Sight | None:
        """Search a known face where it was, at its last angle and beside it, then farther to both sides."""
        last = _within_reach(last)
        found = self._beside(grey, last, (-NEIGHBOUR_DEGREES, 0, NEIGHBOUR_DEGREES))
        for turn in () if found else LOST_DEGREES:
            far = self._beside(grey, last, (-turn, turn))
            if far:  # found again somewhere else: now its angle is known better
                found = self._beside(grey, merged(far), (-NEIGHBOUR_DEGREES, 0, NEIGHBOUR_DEGREES)) or far
                break
        return merged(found) if found else None

    def _beside(self, grey: Image, last: Sight, turns: Sequence[float]) -> list[Sight]:
        """Search around one place at some angles, given from the last one; at most one candidate for each."""
        angles = (last.angle + turn for turn in turns)
        cuttings = (self._cutting(grey, last, angle) for angle in angles if abs(angle) <= LARGEST_DEGREES)
        return [sight for cutting in cuttings for sight in cutting]

    def _cutting(self, grey: Image, last: Sight, angle: float) -> list[Sight]:
        """Search around one place, turned by one angle; at most one candidate."""
        cutting, back = upright(grey, replace(last, angle=angle), 2 * FACE, FACE)
        found = self._cascade.candidates(cutting, *KNOWN_SIZES, factor=1.1, angle=angle, back=back)
        found = [sight for sight in found if sight.weight >= KNOWN_WEIGHT]
        return [max(found, key=lambda sight: sight.weight)] if found else []


def _grey_copy(image: Image, width: int) -> tuple[Image, float]:
    """A small grey copy and its scale."""
    scale = min(1.0, width / image.shape[1], TALLEST * width / image.shape[0])
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), dtype=np.uint8), scale


def _turned_whole(grey: Image, angle: int) -> tuple[Image, NDArray[np.float64]]:
    """The picture turned so that heads of this angle stand upright, and the matrix that leads back."""
    if angle == 0:
        return grey, np.eye(2, 3)
    height, width = grey.shape
    matrix = _rotation((width / 2, height / 2), angle, 1.0)
    cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
    turned_width, turned_height = round(width * cosine + height * sine), round(width * sine + height * cosine)
    matrix[:, 2] += ((turned_width - width) / 2, (turned_height - height) / 2)
    return _warped(grey, matrix, (turned_width, turned_height))


def _rotation(middle: tuple[float, float], angle: float, scale: float) -> NDArray[np.float64]:
    return np.asarray(cv2.getRotationMatrix2D(middle, angle, scale), dtype=np.float64)


def _warped(grey: Image, matrix: NDArray[np.float64], size: tuple[int, int]) -> tuple[Image, NDArray[np.float64]]:
    # repeated edges: a black surround would make edges that look like the outline of a face
    turned = cv2.warpAffine(grey, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, dtype=np.uint8), np.asarray(cv2.invertAffineTransform(matrix), dtype=np.float64)


def _without(grey: Image, found: Sequence[Sight]) -> Image:
    """The picture with every found face painted over in its mean grey: there the search of the rest costs nothing.

    A face is where the cascade spends its time; without the one of the demo clip a look takes 5.3 ms instead of 11.7.
    """
    if not found:
        return grey
    grey = grey.copy()
    for sight in found:
        box = sight.box()
        place = grey[max(0, box.y) : max(0, box.y + box.height), max(0, box.x) : max(0, box.x + box.width)]
        if place.size:
            place[:] = round(float(place.mean()))
    return grey


def _within_reach(last: Sight) -> Sight:
    angle = max(-LARGEST_DEGREES, min(LARGEST_DEGREES, last.angle))
    return replace(last, size=max(last.size, WINDOW / 2), angle=angle)
