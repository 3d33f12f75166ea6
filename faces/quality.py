"""Why a guess about a face may be worth less: it is small, dark, blurred or turned (tilted to a shoulder or away)."""

import cv2
import numpy as np

from faces.prepare import SIDE
from faces.records import Box, Image

SMALL_BELOW_PIXELS = 40
"""Below this width the network's 48x48 input is enlarged: it sees less detail than it learned from."""

DARK_BELOW = 45.0
"""Mean grey of the face. Faces in the clips have 95 to 129; below half of that the eyes disappear in the shadow."""

BLURRED_BELOW = 90.0
"""Variance of the Laplacian of the face at 48x48 with its contrast spread. Sharp faces of four clips have 311 to
1720; blurred by 2 % of their width 62 to 272, by 4 % 22 to 128, by 6 % 12 to 91."""

TURNED_ABOVE_DEGREES = 30.0
"""Beyond this roll the cascade's box and angle are rough, and so is the crop."""

TURNED_ABOVE_YAW = 35.0
"""Degrees aside, told from the landmarks: beyond this the far eye and half of the mouth are hidden. In five clips of
people who look about, 5 % of the frames are beyond it."""

TOO_FAR_ABOVE_YAW = 50.0
"""A profile: the network learned from hardly any, so the expression is "unsure". In the same clips no frame is beyond
it; in photographs those are who look past the camera, with one eye to be seen."""

CONTRAST = 50.0
"""Standard deviation in grey levels to which a face's contrast is spread before its sharpness is measured."""


def judge(image: Image, box: Box) -> str:
    """ "good", or the first reason that applies: "small", "dark", "blurred", "turned"."""
    if min(box.width, box.height) < SMALL_BELOW_PIXELS:
        return "small"
    face = _face(image, box)
    if face is None or float(face.mean()) < DARK_BELOW:
        return "dark"
    if _sharpness(face) < BLURRED_BELOW:
        return "blurred"
    aside = abs(box.yaw or 0.0)
    return "turned" if abs(box.angle) > TURNED_ABOVE_DEGREES or aside > TURNED_ABOVE_YAW else "good"


def too_far_turned(box: Box) -> bool:
    """Whether so little of the face is seen that no expression should be named."""
    return abs(box.yaw or 0.0) > TOO_FAR_ABOVE_YAW


def _face(image: Image, box: Box) -> Image | None:
    """The grey middle of the box at the network's size; None where the box lies outside the image."""
    left, top = max(0, box.x), max(0, box.y)
    crop = image[top : max(top, box.y + box.height), left : max(left, box.x + box.width)]
    if crop.size == 0:
        return None
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _sharpness(face: Image) -> float:
    """Variance of the Laplacian with the contrast spread to `CONTRAST`, so that soft light does not count as blur.

    Spreading multiplies every grey level by a factor, and the variance by its square.
    """
    contrast = float(cv2.meanStdDev(face)[1].item())
    edges = float(cv2.meanStdDev(cv2.Laplacian(face, cv2.CV_32F))[1].item())
    return (edges * CONTRAST / max(1.0, contrast)) ** 2
