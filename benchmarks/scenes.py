"""Scenes with known answers: moving faces as a detector would report them, and pictures with and without faces."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from faces.places import DEMO_FILE
from faces.records import Box, Image

Motion = Callable[[float], tuple[float, float, float]]  # seconds -> middle x, middle y, size


@dataclass(frozen=True, slots=True)
class SceneFrame:
    """One frame of a scene: what the detector says, in any order, and where everybody really is."""

    seconds: float
    boxes: list[Box]
    truth: list[Box]


def square(x: float, y: float, size: float, angle: float = 0.0) -> Box:
    """A box by its middle."""
    return Box(round(x - size / 2), round(y - size / 2), round(size), round(size), angle)


def standing(x: float, y: float, size: float = 100) -> Motion:
    return lambda seconds: (x, y, size)


def walking(x: float, y: float, speed: float, size: float = 100) -> Motion:
    """Along a line, in pixels per second."""
    return lambda seconds: (x + speed * seconds, y, size)


def swaying(x: float, y: float, reach: float, size: float = 100) -> Motion:
    """To and fro once in two seconds."""
    return lambda seconds: (x + reach * math.sin(math.pi * seconds), y, size)


def scene(
    motions: Sequence[Motion],
    *,
    seconds: float = 3.0,
    frames_per_second: float = 30.0,
    noise: float = 0.0,
    misses: Callable[[int, float], bool] = lambda person, seconds: False,
    seed: int = 0,
) -> Iterator[SceneFrame]:
    """People on their ways; `noise` is the spread of the detector's middle and size in shares of the size."""
    random = np.random.default_rng(seed)
    for index in range(round(seconds * frames_per_second)):
        now = index / frames_per_second
        truth = [square(*motion(now)) for motion in motions]
        boxes = [
            square(*(np.array(motion(now)) + random.normal(0.0, noise, 3) * motion(now)[2]))
            for person, motion in enumerate(motions)
            if not misses(person, now)
        ]
        random.shuffle(boxes)
        yield SceneFrame(now, boxes, truth)


@cache
def demo_image(seconds: float = 12.0, width: int = 320) -> Image:
    """A frame of the demo clip on a smaller copy; at most times it shows one face, upright."""
    film = cv2.VideoCapture(str(DEMO_FILE))
    film.set(cv2.CAP_PROP_POS_MSEC, seconds * 1000)
    read, image = film.read()
    film.release()
    assert read, f"{DEMO_FILE} has no frame at {seconds} s"
    height = round(width * image.shape[0] / image.shape[1])
    small = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    small.setflags(write=False)
    return small


def turned(image: Image, degrees: float) -> Image:
    """The whole picture turned clockwise about its middle, on a canvas of the same size."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    return np.asarray(cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8)


def portrait(face_width: int = 90, size: tuple[int, int] = (320, 240), middle: tuple[int, int] = (160, 120)) -> Image:
    """A real face, upright, of about this width, at this place on a soft grey background."""
    image = demo_image(width=640)
    x, y, side = DEMO_FACE
    margin = side // 3
    head = image[max(0, y - margin) : y + side + margin, max(0, x - margin) : x + side + margin]
    scale = face_width / side
    head = np.asarray(cv2.resize(head, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    canvas = np.full((size[1], size[0], 3), 60, np.uint8)
    left, top = middle[0] - head.shape[1] // 2, middle[1] - head.shape[0] // 2
    right, bottom = min(size[0], left + head.shape[1]), min(size[1], top + head.shape[0])
    inside = head[max(0, -top) : bottom - top, max(0, -left) : right - left]
    canvas[max(0, top) : bottom, max(0, left) : right] = inside
    return canvas


DEMO_FACE = (303, 5, 290)
"""Left, top and side of the face in `demo_image(width=640)`."""


def face_free(frames: int = 30, seed: int = 0) -> Iterator[tuple[str, Image]]:
    """(kind, 320x240 image): a lamp, a hand, cloth, blinds, leaves, letters, noise, each moving for some frames."""
    random = np.random.default_rng(seed)
    for kind, paint in (
        ("lamp", _lamp),
        ("hand", _hand),
        ("cloth", _cloth),
        ("blinds", _blinds),
        ("leaves", _leaves),
        ("letters", _letters),
        ("noise", _noise),
    ):
        fixed = int(random.integers(1 << 30))
        for index in range(frames):
            image = paint(np.random.default_rng(fixed), index / 30.0)
            grain = random.normal(0.0, 4.0, image.shape)
            yield kind, np.clip(image + grain, 0, 255).astype(np.uint8)


def _wall(level: int) -> Image:
    ramp = np.linspace(level * 0.7, level, 320)
    return np.repeat(np.tile(ramp, (240, 1))[:, :, np.newaxis], 3, axis=2).astype(np.uint8)


def _lamp(random: np.random.Generator, seconds: float) -> Image:
    image = _wall(110)
    x = round(120 + 40 * math.sin(seconds * 2))
    cv2.line(image, (x, 0), (x, 60), (30, 30, 30), 2, cv2.LINE_AA)
    cv2.ellipse(image, (x, 95), (42, 48), 0, 0, 360, (170, 220, 240), -1, cv2.LINE_AA)
    cv2.ellipse(image, (x, 110), (20, 22), 0, 0, 360, (235, 250, 255), -1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 3), dtype=np.uint8)


def _hand(random: np.random.Generator, seconds: float) -> Image:
    image = _wall(90)
    skin, shade = (140, 170, 215), (95, 120, 165)
    x, y = round(160 + 60 * math.sin(seconds * 3)), 150
    for finger, (reach, bend) in enumerate(((60, -0.6), (85, -0.25), (92, 0.0), (82, 0.22), (62, 0.75))):
        tip = (round(x + reach * math.sin(bend)), round(y - reach * math.cos(bend)))
        cv2.line(image, (x - 24 + 12 * finger, y), tip, shade, 19, cv2.LINE_AA)
        cv2.line(image, (x - 24 + 12 * finger, y), tip, skin, 15, cv2.LINE_AA)
    cv2.ellipse(image, (x, y + 15), (38, 44), 0, 0, 360, skin, -1, cv2.LINE_AA)
    for line in (0, 14):
        cv2.ellipse(image, (x, y + line), (24, 9), 12, 20, 170, shade, 2, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 1.2), dtype=np.uint8)


def _cloth(random: np.random.Generator, seconds: float) -> Image:
    rows, columns = np.mgrid[0:240, 0:320].astype(np.float32)
    folds = 40 * np.sin(columns / 17 + 2 * np.sin(rows / 45 + seconds)) + 25 * np.sin(rows / 9 + columns / 31)
    return np.repeat((120 + folds)[:, :, np.newaxis], 3, axis=2).astype(np.uint8)


def _blinds(random: np.random.Generator, seconds: float) -> Image:
    rows = np.mgrid[0:240, 0:320][0]
    bright = ((rows + round(30 * seconds)) % 22 < 13) * 130 + 70
    return np.repeat(bright[:, :, np.newaxis], 3, axis=2).astype(np.uint8)


def _leaves(random: np.random.Generator, seconds: float) -> Image:
    image = _wall(70)
    for _ in range(160):
        x, y, turn = random.uniform(0, 320), random.uniform(0, 240), random.uniform(0, 180)
        sway = 5 * math.sin(seconds * 2 + x)
        shade = random.integers(40, 200)
        middle = (round(x + sway), round(y))
        axes = (int(random.integers(6, 22)), int(random.integers(3, 9)))
        colour = (40, int(shade), int(shade // 2))
        cv2.ellipse(image, middle, axes, turn + sway, 0, 360, colour, -1, cv2.LINE_AA)
    return image


def _letters(random: np.random.Generator, seconds: float) -> Image:
    image = _wall(210)
    for row in range(7):
        text = "".join(chr(97 + int(letter)) for letter in random.integers(0, 26, 22))
        place = (round(10 - 20 * seconds), 30 + 34 * row)
        cv2.putText(image, text, place, cv2.FONT_HERSHEY_TRIPLEX, 1.1, (25, 25, 25), 2, cv2.LINE_AA)
    return image


def _noise(random: np.random.Generator, seconds: float) -> Image:
    coarse = random.integers(0, 255, (30, 40)).astype(np.uint8)
    large = cv2.resize(coarse, (320, 240), interpolation=cv2.INTER_CUBIC)
    return np.repeat(np.roll(large, round(40 * seconds), axis=1)[:, :, np.newaxis], 3, axis=2)
