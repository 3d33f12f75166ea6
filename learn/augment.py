"""Training pictures as a live camera might have seen them: turned, moved, zoomed, lit differently, partly hidden.

`varied` makes the copies; `webcam` then degrades some of them as cheap cameras and video calls do.
"""

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


def varied(
    images: NDArray[np.uint8], chosen: NDArray[np.int64], rounds: tuple[int, int], strength: float = 1.0
) -> NDArray[np.float32]:
    """The pictures `chosen` of (N, 48, 48) uint8 `images` as (n, 48, 48, 1) float32 varied copies, 0..255.

    rounds: the run's seed and the number of the round; with a picture's index they decide its copy, whatever batch it
    is in, so that a teacher can be asked about it beforehand.
    strength: 1 for the full ranges above, towards 0 for smaller ones; swapping left and right stays as it is.
    """
    copies = [_vary(images[i], np.random.default_rng((*rounds, int(i))), strength) for i in chosen]
    return np.stack(copies)[..., None]


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


def webcam(pictures: NDArray[np.float32], rng: np.random.Generator, share: float) -> NDArray[np.float32]:
    """(N, 48, 48, 1) float32 pictures, a `share` of them as a bad webcam would show them: in one way each.

    Small and enlarged again, JPEG blocks, motion blur, light from one side, or too little light and noise.
    """
    ways = (_small, _blocks, _motion, _side_light, _dusk)
    spoiled = pictures.copy()
    for i in np.flatnonzero(rng.random(len(pictures)) < share):
        way = ways[rng.integers(len(ways))]
        spoiled[i, ..., 0] = np.clip(way(pictures[i, ..., 0], rng), 0, 255)
    return spoiled


Pixels = NDArray[np.float32]  # (48, 48), 0..255


def _small(picture: Pixels, rng: np.random.Generator) -> Pixels:
    side = int(rng.integers(16, 41))
    small = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR), np.float32)


def _blocks(picture: Pixels, rng: np.random.Generator) -> Pixels:
    _, coded = cv2.imencode(
        ".jpg", picture.round().astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 91))]
    )
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.float32)


def _motion(picture: Pixels, rng: np.random.Generator) -> Pixels:
    length = int(rng.integers(3, 8))
    line = np.zeros((length, length), np.float32)
    line[length // 2] = 1
    middle = (length - 1) / 2
    turn = cv2.getRotationMatrix2D((middle, middle), rng.uniform(0, 180), 1)
    turned = cv2.warpAffine(line, turn, (length, length))
    return np.asarray(cv2.filter2D(picture, -1, turned / turned.sum(), borderType=cv2.BORDER_REPLICATE), np.float32)


def _side_light(picture: Pixels, rng: np.random.Generator) -> Pixels:
    across = np.linspace(-1, 1, SIDE, dtype=np.float32)
    direction = rng.uniform(0, 2 * np.pi)
    slope = np.cos(direction) * across[None, :] + np.sin(direction) * across[:, None]
    return np.asarray(picture * 2 ** (rng.uniform(0.3, 1) * slope), np.float32)


def _dusk(picture: Pixels, rng: np.random.Generator) -> Pixels:
    noise = rng.standard_normal(picture.shape, np.float32) * rng.uniform(4, 12)
    return np.asarray(picture * rng.uniform(0.2, 0.6) + noise, np.float32)
