"""Find the faces of an image."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from faces.errors import ModelError, SettingsError
from faces.records import Box, Image

CASCADE_FILE = Path(__file__).parent.parent / "haarcascade_frontalface_default.xml"

SEARCH_WIDTH = 320
"""The picture is searched on a copy this wide: less than half the time of the full 640, and quieter."""


class Detector(Protocol):
    """Whoever can find faces."""

    def find(self, image: Image, expected: Sequence[Box] = ()) -> list[Box]:
        """Boxes of all faces, none twice; `expected` is where faces were a moment ago."""
        ...


class HaarDetector:
    """OpenCV's frontal cascade."""

    def __init__(self, cascade_file: Path = CASCADE_FILE, *, thorough: bool = False) -> None:
        self._cascade = _load_cascade(cascade_file)
        self._thorough = thorough

    def find(self, image: Image, expected: Sequence[Box] = ()) -> list[Box]:
        """Boxes of all faces, none twice; `expected` is where faces were a moment ago."""
        scale = min(1.0, SEARCH_WIDTH / image.shape[1])
        size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
        small = cv2.cvtColor(cv2.resize(image, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
        if min(size) < 24:
            return []
        found = self._cascade.detectMultiScale(small, 1.1, 6, minSize=(24, 24))
        return [Box(*(round(number / scale) for number in corners)) for corners in np.reshape(found, (-1, 4))]


def _load_cascade(file: Path) -> cv2.CascadeClassifier:
    advice = (
        "Fetch it again with `git checkout`, or copy it from an `opencv-python` 4 wheel, folder cv2/data."
    )
    if not file.is_file():
        raise ModelError(f"The face cascade {file} is missing. {advice}")
    try:
        cascade = cv2.CascadeClassifier(str(file))
    except cv2.error as error:
        raise ModelError(f"The face cascade {file} cannot be read: {error}. {advice}") from error
    if cascade.empty():
        raise ModelError(f"The face cascade {file} holds no cascade. {advice}")
    return cascade


DETECTORS = ("haar",)


def make_detector(name: str, *, thorough: bool = False) -> Detector:
    """The detector of that name; `thorough` looks at every angle of every image, for single pictures."""
    if name == "haar":
        return HaarDetector(thorough=thorough)
    raise SettingsError(f"There is no detector {name!r}. Choose one of: {', '.join(DETECTORS)}.")


def available_detectors() -> list[tuple[str, str, str | None]]:
    """(name, title, why it cannot be used here or None) of every detector."""
    return [("haar", "Frontal faces (Haar cascade)", None)]
