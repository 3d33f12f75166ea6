"""Any picture, from a camera, a file or a request, as the one kind of image that the stages accept."""

import numpy as np
from numpy.typing import NDArray

from faces.errors import InputError
from faces.records import Image

WHITE = 255

MOST_FRAME_PIXELS = 4096 * 4096
"""In one camera frame, of which memory holds up to three."""

MOST_TIMES_AS_LONG = 20
LONG_SIDE = 2048
"""Strips much longer than wide are no pictures of people, and cost a search out of all proportion; a long screenshot of
a phone is 18 times as high as wide. Below this side anything is cheap."""


def check_size(width: int, height: int, *, most_pixels: int = MOST_FRAME_PIXELS) -> None:
    """Raise InputError for a picture that would take too much memory or time; nothing is decoded for that."""
    if width * height > most_pixels:
        raise InputError(
            f"It has {width}x{height} pixels; at most {most_pixels / 1e6:.0f} million are accepted. "
            "Make it smaller first."
        )
    if max(width, height) > max(LONG_SIDE, MOST_TIMES_AS_LONG * min(width, height)):
        raise InputError(
            f"It has {width}x{height} pixels: one side is more than {MOST_TIMES_AS_LONG} times as long as the other. "
            "Cut it into parts first."
        )


def to_bgr(image: NDArray[np.generic]) -> Image:
    """(height, width, 3) uint8 BGR from grey, grey with alpha, BGR or BGRA: 8 or 16 bits, bool, floats 0..1.

    Transparent parts are laid on white. An image already in this form is returned as it is, not copied.
    """
    pixels = np.asarray(image)
    if pixels.ndim == 2:
        pixels = pixels[:, :, np.newaxis]
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 2, 3, 4) or 0 in pixels.shape:
        raise InputError(
            f"An image of shape {np.shape(image)} cannot be read. "
            "Give one of (height, width), or (height, width, 1 to 4 channels), at least one pixel large."
        )
    levels = _to_bytes(pixels)
    if levels.shape[2] in (2, 4):
        levels = _on_white(levels[:, :, :-1], levels[:, :, -1:])
    if levels.shape[2] == 1:
        levels = np.repeat(levels, 3, axis=2)
    return np.ascontiguousarray(levels)


def _to_bytes(pixels: NDArray[np.generic]) -> Image:
    if pixels.dtype == np.uint8:
        return pixels.astype(np.uint8, copy=False)
    if pixels.dtype == np.uint16:
        return (pixels.astype(np.uint16, copy=False) >> 8).astype(np.uint8)
    if pixels.dtype == np.bool_:
        return pixels.astype(np.uint8) * np.uint8(WHITE)
    if np.issubdtype(pixels.dtype, np.floating):
        # nan_to_num: a hole in a float picture is black, not whatever a cast of NaN gives on this machine
        fractions = np.clip(np.nan_to_num(pixels.astype(np.float32)), 0.0, 1.0)
        return (fractions * WHITE + 0.5).astype(np.uint8)
    raise InputError(
        f"An image of {pixels.dtype} values cannot be read. Give 8-bit or 16-bit integers, or floats from 0 to 1."
    )


def _on_white(colours: Image, alpha: Image) -> Image:
    weight = alpha.astype(np.float32) / WHITE
    mixed: Image = (colours * weight + WHITE * (1.0 - weight) + 0.5).astype(np.uint8)
    return mixed
