"""Encode what is sent to viewers: JPEG pictures, and cards with text where there is no picture to show."""

import textwrap

import cv2
import numpy as np

from faces.errors import InputError
from faces.records import Image

JPEG_QUALITY = 80

BACKGROUND = (43, 38, 35)
WORDS = (236, 236, 236)


def encode(image: Image) -> bytes:
    """A JPEG picture."""
    done, picture = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise InputError(f"An image of shape {image.shape} could not be encoded as JPEG.")
    return picture.tobytes()


def card(title: str, text: str = "", *, width: int = 640, height: int = 480) -> bytes:
    """A JPEG picture with a title and a text, for viewers who see nothing but the picture."""
    image = np.full((height, width, 3), BACKGROUND, np.uint8)
    lines = [(title, 0.9), *((line, 0.5) for line in textwrap.wrap(text, 62))]
    for row, (line, size) in enumerate(lines):
        # The built-in font knows ASCII only.
        plain = line.encode("ascii", "replace").decode()
        place = (24, height // 3 + row * 26 + (14 if row else 0))
        cv2.putText(image, plain, place, cv2.FONT_HERSHEY_SIMPLEX, size, WORDS, 1, cv2.LINE_AA)
    return encode(image)
