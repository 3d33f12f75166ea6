"""Writes a picture's birth time into its pixels, and reads it again after any number of JPEG encodings.

A strip along the bottom edge of a 640 pixels wide image: forty black or white blocks, 32 bits of time in tenths of a
millisecond and 8 bits by which a covered or damaged strip is noticed. A block has the size of a JPEG macroblock,
so that a decoder which only reads the mean of every 8x8 pixels sees it too.
"""

import zlib

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.records import Image

BLOCK = 16
TIME_BITS = 32
CHECK_BITS = 8
BLOCKS = TIME_BITS + CHECK_BITS
WIDTH = BLOCK * BLOCKS
TICKS_PER_SECOND = 10_000


def write_birth(image: Image, seconds: float) -> None:
    """Draw the time over the lowest rows of an image that is 640 wide."""
    if image.shape[1] != WIDTH:
        raise ValueError(f"The strip needs an image {WIDTH} pixels wide, not {image.shape[1]}.")
    ticks = round(seconds * TICKS_PER_SECOND) % (1 << TIME_BITS)
    number = ticks << CHECK_BITS | _check(ticks)
    bits = [number >> place & 1 for place in reversed(range(BLOCKS))]
    row = np.repeat(np.array(bits, np.uint8) * 255, BLOCK)
    image[-BLOCK:] = row[np.newaxis, :, np.newaxis]


def read_age(picture: bytes, now: float) -> float | None:
    """How many seconds before `now` a JPEG picture was born; None where its strip cannot be read."""
    small = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_REDUCED_GRAYSCALE_8)
    if small is None or small.shape[1] != WIDTH // 8:
        return None
    number = 0
    for bit in _bits(np.asarray(small, np.uint8)):
        number = number << 1 | int(bit)
    ticks = number >> CHECK_BITS
    if number & ((1 << CHECK_BITS) - 1) != _check(ticks):
        return None
    # the strip has room for five days: the difference is right if the picture is younger than half of that
    half = 1 << TIME_BITS - 1
    passed = (round(now * TICKS_PER_SECOND) - ticks + half) % (1 << TIME_BITS) - half
    return passed / TICKS_PER_SECOND


def _bits(small: Image) -> NDArray[np.bool_]:
    pixels = BLOCK // 8
    blocks = small[-pixels:].reshape(pixels, BLOCKS, pixels).astype(np.float32)
    return np.asarray(blocks.mean(axis=(0, 2)) > 127.5, np.bool_)


def _check(ticks: int) -> int:
    return zlib.crc32(ticks.to_bytes(TIME_BITS // 8, "big")) & ((1 << CHECK_BITS) - 1)
