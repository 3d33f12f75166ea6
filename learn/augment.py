"""Training pictures as a live camera would have seen them: turned, moved, zoomed, lit differently, partly hidden."""

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.prepare import SIDE

TURN_DEGREES = 15.0
ZOOM = 1.2  # at most this much larger or smaller
SHIFT = 0.08  # share of the side
GAMMA = 1.5  # between 1/1.5 and 1.5
GAIN = 1.3  # bright parts clip as a camera's do; the rest is undone by the network's first layer
HIDE_SHARE = 0.3  # how many pictures get a rectangle erased (Zhong et al., 2017)
SOFTEN_SHARE = 0.15
NOISE = 6.0  # largest standard deviation, in grey levels


def augment(images: NDArray[np.uint8], rng: np.random.Generator, strength: float = 1.0) -> NDArray[np.float32]:
    """(N, 48, 48) uint8 pictures to (N, 48, 48, 1) float32 varied copies, 0..255, decided by the state of `rng`.

    strength: 1 for the full ranges above, towards 0 for smaller ones; swapping left and right stays as it is.
    """
    return np.stack([_vary(image, rng, strength) for image in images])[..., None]


def _vary(image: NDArray[np.uint8], rng: np.random.Generator, strength: float) -> NDArray[np.float32]:
    middle = (SIDE - 1) / 2
    zoom = ZOOM ** (strength * rng.uniform(-1, 1))
    degrees = strength * rng.uniform(-TURN_DEGREES, TURN_DEGREES)
    turn = np.asarray(cv2.getRotationMatrix2D((middle, middle), degrees, zoom), np.float64)
    turn[:, 2] += strength * rng.uniform(-SHIFT, SHIFT, 2) * SIDE
    if rng.random() < 0.5:  # left and right swapped
        turn = turn @ np.array([[-1, 0, SIDE - 1], [0, 1, 0], [0, 0, 1]], np.float64)
    moved = cv2.warpAffine(image, turn, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    if rng.random() < strength * SOFTEN_SHARE:
        moved = cv2.GaussianBlur(moved, (0, 0), rng.uniform(0.4, 1.0))
    pixels = np.asarray(moved, np.float32) / 255
    gamma, gain = GAMMA ** (strength * rng.uniform(-1, 1)), GAIN ** (strength * rng.uniform(-1, 1))
    pixels = pixels**gamma * gain * 255
    pixels += rng.standard_normal(pixels.shape, np.float32) * rng.uniform(0, strength * NOISE)
    if rng.random() < strength * HIDE_SHARE:
        height, width = rng.integers(6, 21, 2)
        top, left = rng.integers(0, SIDE - height), rng.integers(0, SIDE - width)
        pixels[top : top + height, left : left + width] = rng.uniform(0, 255)
    return np.asarray(np.clip(pixels, 0, 255), np.float32)
