"""A face in the form that the network expects: training, evaluation and the camera all come through here."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.errors import InputError
from faces.records import Box, Image

SIDE = 48
"""Pixels along each side of what the network sees."""

MARGIN = 1.03
"""Side of the crop over side of the detector's box. The cascade, run over 1,500 FER2013 training pictures, found
boxes of 0.97 of the picture's side (10 % below 0.79, 10 % above 1.09), centred within 1 % of its middle."""


def prepare(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Bring one face of any size, grey (height, width) or BGR (height, width, 3), to (48, 48) uint8 grey.

    Brightness and contrast stay as they are: the network's first layer takes them out.
    Raises InputError where it is not such an array.
    """
    if face.dtype != np.uint8 or face.ndim not in (2, 3) or face.size == 0 or (face.ndim == 3 and face.shape[2] != 3):
        raise InputError(
            "A face must be a non-empty uint8 array (height, width) or (height, width, 3), "
            f"not {face.dtype} {face.shape}."
        )
    grey = cv2.cvtColor(face, cv2.COLOR_BGR2GRAY) if face.ndim == 3 else face
    if grey.shape != (SIDE, SIDE):
        # Area averaging keeps shrunk faces free of aliasing; it blocks up enlarged ones, which are interpolated.
        method = cv2.INTER_AREA if min(grey.shape) > SIDE else cv2.INTER_LINEAR
        grey = cv2.resize(grey, (SIDE, SIDE), interpolation=method)
    return np.asarray(grey, np.uint8)


def crop(image: Image, box: Box) -> NDArray[np.uint8]:
    """Cut a face out of a BGR image: turned back by `box.angle`, square, with the margin of the training pictures.

    Pixels beyond the image's edge repeat the edge. Returns (side, side) uint8 grey.
    """
    side = max(1, round(max(box.width, box.height) * MARGIN))
    centre_x, centre_y = box.x + (box.width - 1) / 2, box.y + (box.height - 1) / 2
    # Only the part around the face is converted to grey: half the diagonal reaches every corner of the turned square.
    reach = math.ceil(side * 0.75) + 2
    height, width = image.shape[:2]
    left, right = max(0, int(centre_x) - reach), min(width, int(centre_x) + reach + 1)
    top, bottom = max(0, int(centre_y) - reach), min(height, int(centre_y) + reach + 1)
    if left >= right or top >= bottom:
        raise InputError(f"The box {box} lies outside the image of {width}x{height} pixels.")
    part = cv2.cvtColor(image[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
    shrink = max(1, side // (SIDE * 2))  # by a whole number, which is quick, before all pixels are turned
    if shrink > 1:
        part = cv2.resize(part, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
    out = max(1, round(side / shrink))
    # one pixel of the shrunk part is the mean of `shrink` of the image: its middle lies between them
    middle = [(place - (shrink - 1) / 2) / shrink for place in (centre_x - left, centre_y - top)]
    turn = np.asarray(cv2.getRotationMatrix2D(middle, box.angle, 1.0), np.float64)
    turn[:, 2] += (out - 1) / 2 - np.array(middle)
    cut = cv2.warpAffine(part, turn, (out, out), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, np.uint8)
