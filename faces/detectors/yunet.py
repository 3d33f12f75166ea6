"""YuNet: OpenCV's small face network, from a model file that the user supplies."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from faces.detectors.sight import distinct, sight_of, sights_from_landmarks
from faces.errors import SettingsError
from faces.places import PROGRAM
from faces.records import Box, Image

PATTERN = "face_detection_yunet*.onnx"
ADVICE = (
    "Get face_detection_yunet_2023mar.onnx from the OpenCV Zoo (github.com/opencv/opencv_zoo, MIT licence), "
    "put it beside main.py, or name it: --detector yunet:FILE"
)

SEARCH_SIDE = 320
"""Longer side of the copy that is searched."""

NEW_SCORE = 0.8
"""A face that nobody expected must be this sure."""

KNOWN_SCORE = 0.6
"""Where a face was a moment ago, so much is enough."""


def missing_yunet() -> str | None:
    """Why YuNet cannot be used here, and what to do; None where it can."""
    return None if any(PROGRAM.glob(PATTERN)) else f"The detector yunet needs its model file. {ADVICE}"


def find_yunet() -> Path:
    """The newest model file beside main.py."""
    files = sorted(PROGRAM.glob(PATTERN))
    if not files:
        raise SettingsError(missing_yunet())
    return files[-1]


def check_yunet(model_file: Path) -> None:
    """Raise SettingsError where there is no such file."""
    if not model_file.is_file():
        raise SettingsError(f"The YuNet model {model_file} is missing. {ADVICE}")


class YuNetDetector:
    """OpenCV's YuNet, in any pose."""

    def __init__(self, model_file: Path) -> None:
        check_yunet(model_file)
        try:
            self._network = cv2.FaceDetectorYN.create(
                str(model_file), "", (SEARCH_SIDE, SEARCH_SIDE), score_threshold=KNOWN_SCORE
            )
        except cv2.error as error:
            raise SettingsError(f"The YuNet model {model_file} cannot be read: {error}. {ADVICE}") from error

    def find(self, image: Image, expected: Sequence[Box] = ()) -> list[Box]:
        """Boxes of all faces, none twice; `expected` is where faces were a moment ago."""
        height, width = image.shape[:2]
        scale = min(1.0, SEARCH_SIDE / max(height, width))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        self._network.setInputSize(size)
        _, rows = self._network.detect(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
        known = [sight_of(box).scaled(scale) for box in expected]
        # a row: x, y, width, height, then (x, y) of two eyes, nose and two mouth corners, then the score
        guesses = np.zeros((0, 15)) if rows is None else np.asarray(rows, np.float64)
        sights = sights_from_landmarks(
            guesses[:, 4:6],
            guesses[:, 6:8],
            guesses[:, 8:10],
            (guesses[:, 10:12] + guesses[:, 12:14]) / 2,
            guesses[:, 14],
        )
        sights.sort(key=lambda sight: -sight.weight)
        sure = [sight for sight in sights if sight.weight >= NEW_SCORE or any(sight.overlaps(other) for other in known)]
        return [sight.scaled(1 / scale).box() for sight in distinct(sure)]
