"""OpenCV's frontal cascade, helped where it is weak: known faces, tilted heads, false boxes."""

import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.detectors.follow import REACH, Known, follow, nearest, searched_again
from faces.detectors.sight import Sight, distinct, sight_of
from faces.errors import ModelError
from faces.places import CASCADE_FILE
from faces.records import Box, Image

SEARCH_WIDTH = 320
"""The whole picture is searched on a copy this wide: a third of the time of 640, and fewer false boxes."""

THOROUGH_WIDTH = 960
"""A single picture has time: smaller faces are found too."""

WINDOW = 24
"""Side of the cascade's window: no smaller face can be found."""

STAGES = 25
"""The cascade's stages; a face has passed them all."""

NEAR = 40
"""Faces at least this large on the copy are cheap to search, as the copy shrinks before the window moves."""

NEW_WEIGHT = 5.5
"""A face that nobody expected must be this sure. Of 353 face-free pictures (textures, a cat, a motorcycle, text,
rooms) 2 upright searches gave a box above 5 and 1 above 6; of 95 frames of the demo clip 75 and 66 did."""

NEW_TURNED_WEIGHT = 7.0
"""Turned searches have about twice the false candidates at each angle: 17 above 5, 5 above 6 and 1 above 8 in
four angles of the same 353 pictures."""

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

KNOWN_FACE = 36
"""A known face is searched and followed on a cutting on which it is this wide."""

FOLLOWED_SIDE = KNOWN_FACE + 2 * REACH
"""Side of the cutting in which a face is followed."""

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
        self._cascade = _load_cascade(cascade_file)
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
        found += [Known(sight, _upright_face(grey, sight)) for sight in self._look_around(rest, busy=len(found))]
        self._calls += 1
        sights = distinct(known.sight for known in found)
        self._known = [known for known in found if known.sight in sights]
        return [sight.scaled(1 / scale).box() for sight in sights]

    def _find_again(self, grey: Image, last: Sight) -> Known | None:
        """A face of the last picture: followed by its looks where that is enough, else searched."""
        known = nearest(last, self._known)
        if known is not None:
            followed = follow(known, *_turned_around(grey, known.sight, known.sight.angle, FOLLOWED_SIDE))
            if followed is not None:
                return followed
        sight = self._look_again(grey, last)
        return None if sight is None else searched_again(known, sight, _upright_face(grey, sight))

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
        found = self._candidates(turned, smallest, largest, factor=1.2, angle=angle, back=back)
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
                found = self._beside(grey, _merged(far), (-NEIGHBOUR_DEGREES, 0, NEIGHBOUR_DEGREES)) or far
                break
        return _merged(found) if found else None

    def _beside(self, grey: Image, last: Sight, turns: Sequence[float]) -> list[Sight]:
        """Search around one place at some angles, given from the last one; at most one candidate for each."""
        angles = (last.angle + turn for turn in turns)
        cuttings = (self._cutting(grey, last, angle) for angle in angles if abs(angle) <= LARGEST_DEGREES)
        return [sight for cutting in cuttings for sight in cutting]

    def _cutting(self, grey: Image, last: Sight, angle: float) -> list[Sight]:
        """Search around one place, turned by one angle; at most one candidate."""
        cutting, back = _turned_around(grey, last, angle, 2 * KNOWN_FACE)
        found = self._candidates(cutting, *KNOWN_SIZES, factor=1.1, angle=angle, back=back)
        found = [sight for sight in found if sight.weight >= KNOWN_WEIGHT]
        return [max(found, key=lambda sight: sight.weight)] if found else []

    def _candidates(
        self,
        image: Image,
        smallest: int,
        largest: int,
        *,
        factor: float,
        angle: float,
        back: NDArray[np.float64],
    ) -> list[Sight]:
        """What the cascade finds, brought back by the matrix `back` to the picture that was turned."""
        corners, stages, weights = self._cascade.detectMultiScale3(
            image,
            scaleFactor=factor,
            minNeighbors=1,
            minSize=(smallest, smallest),
            maxSize=(largest, largest),
            outputRejectLevels=True,
        )
        scale = math.hypot(back[0, 0], back[0, 1])
        sights = []
        for (x, y, width, height), stage, weight in zip(
            np.reshape(corners, (-1, 4)), np.ravel(stages), np.ravel(weights), strict=True
        ):
            if stage < STAGES:
                continue  # asked for its weights, OpenCV also lists what failed in the last stages
            middle_x, middle_y = back @ (x + width / 2, y + height / 2, 1.0)
            sights.append(Sight(float(middle_x), float(middle_y), width * scale, float(angle), float(weight)))
        return sights


def _grey_copy(image: Image, width: int) -> tuple[Image, float]:
    """A small grey copy and its scale."""
    scale = min(1.0, width / image.shape[1])
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


def _upright_face(grey: Image, sight: Sight) -> Image:
    """The upright picture of a face by which it is followed."""
    return _turned_around(grey, sight, sight.angle, KNOWN_FACE)[0]


def _turned_around(grey: Image, last: Sight, angle: float, side: int) -> tuple[Image, NDArray[np.float64]]:
    """A square cutting in which the face is `KNOWN_FACE` wide, turned about its middle; the matrix that leads back."""
    if last.size > 2 * KNOWN_FACE:
        # halved with its own smoothing: the warp below samples single pixels and would alias
        cutting, back = _turned_around(_halved(grey), last.scaled(0.5), angle, side)
        return cutting, 2.0 * back
    matrix = _rotation((last.x, last.y), angle, KNOWN_FACE / last.size)
    matrix[:, 2] += (side / 2 - last.x, side / 2 - last.y)
    return _warped(grey, matrix, (side, side))


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


def _halved(grey: Image) -> Image:
    height, width = grey.shape
    size = (max(1, width // 2), max(1, height // 2))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _within_reach(last: Sight) -> Sight:
    angle = max(-LARGEST_DEGREES, min(LARGEST_DEGREES, last.angle))
    return Sight(last.x, last.y, max(last.size, WINDOW / 2), angle, last.weight)


def _merged(sights: Sequence[Sight]) -> Sight:
    """One face from its sights at several angles: their mean, which is steadier than the best one.

    By the square of their weights: by the weights alone the angle of a head that turns 60 degrees a second lags 11
    degrees behind instead of 8.
    """
    best = max(sights, key=lambda sight: sight.weight)
    near = [sight for sight in sights if sight.overlaps(best)]
    weights = [sight.weight**2 for sight in near]
    x, y, size, angle = np.average(
        [(sight.x, sight.y, sight.size, sight.angle) for sight in near], axis=0, weights=weights
    )
    return Sight(float(x), float(y), float(size), float(angle), best.weight)


def _load_cascade(file: Path) -> cv2.CascadeClassifier:
    advice = "Fetch it again with `git checkout`, or copy it from an `opencv-python` 4 wheel, folder cv2/data."
    if not file.is_file():
        raise ModelError(f"The face cascade {file} is missing. {advice}")
    try:
        cascade = cv2.CascadeClassifier(str(file))
    except (cv2.error, SystemError) as error:  # OpenCV's parser raises either, by the kind of damage
        raise ModelError(f"The face cascade {file} cannot be read: {error}. {advice}") from error
    if cascade.empty():
        raise ModelError(f"The face cascade {file} holds no cascade. {advice}")
    return cascade
