"""Generated pictures with labels: seven drawn faces that a network can tell apart, and that nobody has to download."""

import math
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.emotions import EMOTIONS
from learn.dataset import Split


def drawn_face(emotion: str, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A 48x48 grey face whose mouth and brows depend on the emotion, a little different each time."""
    image = np.full((48, 48), int(rng.integers(20, 90)), np.uint8)
    middle = (24 + int(rng.integers(-2, 3)), 24 + int(rng.integers(-2, 3)))
    cv2.ellipse(image, middle, (17, 21), 0, 0, 360, int(rng.integers(150, 230)), -1)
    number = EMOTIONS.index(emotion)
    for side in (-1, 1):
        eye = (middle[0] + side * 7, middle[1] - 5)
        cv2.circle(image, eye, 2 + number % 2, 30, -1)
        tilt = int(3 * math.sin(number))
        cv2.line(image, (eye[0] - 4, eye[1] - 6 - side * tilt), (eye[0] + 4, eye[1] - 6 + side * tilt), 40, 2)
    start, end = (0, 180) if number % 3 == 0 else (180, 360) if number % 3 == 1 else (0, 360)
    cv2.ellipse(image, (middle[0], middle[1] + 9), (4 + number, 2 + number // 2), 0, start, end, 40, 2)
    noise = rng.normal(0, 6, image.shape)
    return np.asarray(np.clip(image + noise, 0, 255), np.uint8)


def write_folders(folder: Path, counts: dict[str, int], *, seed: int = 0) -> Path:
    """`folder`/<split>/<emotion>/*.png with `counts[split]` pictures of each emotion."""
    rng = np.random.default_rng(seed)
    for split, count in counts.items():
        for emotion in EMOTIONS:
            place = folder / split / emotion
            place.mkdir(parents=True)
            for i in range(count):
                cv2.imwrite(str(place / f"{emotion}{i}.png"), drawn_face(emotion, rng))
    return folder


def part_with(votes: list[list[float]], labels: list[int]) -> Split:
    """Black pictures with those labels and (N, 10) votes."""
    images = np.zeros((len(labels), 48, 48), np.uint8)
    return Split(images, np.array(labels), [str(i) for i in range(len(labels))], np.array(votes, np.float32))
