"""The classifier: grey faces in, seven probabilities out, served without TensorFlow.

from model import FacialExpressionModel
FacialExpressionModel("model.json", "model_weights.h5").predict_emotion(face)
"""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faces.emotions import EMOTIONS
from faces.errors import ModelError
from faces.places import MODEL_JSON, MODEL_WEIGHTS
from faces.prepare import SIDE, crop, prepare
from faces.records import Box, Image
from learn.compiled import compiled_form, unsure_threshold

EMOTIONS_LIST = list(EMOTIONS)
"""In the order of the network's outputs."""

BATCHES = (8, 4, 2, 1)
"""Faces that go through the network at once; any other number is made up of these, each set up once."""


class FacialExpressionModel:
    """The network behind `model.json` and `model_weights.h5`, run by LiteRT from a compiled form that follows both.

    The compiled form (`model.tflite`) is made anew, in another process, whenever either file has changed: that takes
    about 15 seconds and needs TensorFlow. Raises ModelError when a file is missing, damaged, of another shape,
    or brings a layer that is not on the list of those that only compute.
    """

    def __init__(
        self,
        model_json_file: str | Path = MODEL_JSON,
        model_weights_file: str | Path = MODEL_WEIGHTS,
    ) -> None:
        self.unsure_below = unsure_threshold(Path(model_json_file))
        self._compiled = compiled_form(Path(model_json_file), Path(model_weights_file))
        self._lock = threading.Lock()
        self._runners: dict[int, _Runner] = {}
        with self._lock:
            self._runner(1)

    def predict(self, faces: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """(N, 7) float32 probabilities for N grey uint8 faces (height, width) of any size; BGR ones are made grey."""
        if len(faces) == 0:
            return np.zeros((0, len(EMOTIONS)), np.float32)
        pictures = np.stack([prepare(face) for face in faces]).astype(np.float32)[..., None]
        scores = []
        with self._lock:  # one interpreter serves one caller at a time
            while len(pictures):
                size = next(size for size in BATCHES if size <= len(pictures))
                scores.append(self._runner(size).run(pictures[:size]))
                pictures = pictures[size:]
        return np.concatenate(scores)

    def predict_emotion(self, image: NDArray[np.uint8]) -> str:
        """The most probable of the seven emotions for one face; also takes it as a batch of one, (1, 48, 48, 1)."""
        face = np.asarray(image)
        if face.ndim == 4 and face.shape[0] == 1:
            face = face[0]
        if face.ndim == 3 and face.shape[2] == 1:
            face = face[..., 0]
        return EMOTIONS[int(self.predict([face]).argmax())]

    def classify(self, image: Image, boxes: Sequence[Box]) -> NDArray[np.float32]:
        """(N, 7) float32 probabilities for the faces in `boxes` of one BGR image, as one batch."""
        return self.predict([crop(image, box) for box in boxes])

    def _runner(self, size: int) -> "_Runner":
        if size not in self._runners:
            self._runners[size] = _Runner(self._compiled, size)
        return self._runners[size]


_loading = threading.Lock()
_shared: list[FacialExpressionModel] = []


def shared_model() -> FacialExpressionModel:
    """The network of this folder, loaded once for everybody in this process; any thread may use it."""
    with _loading:
        if not _shared:
            _shared.append(FacialExpressionModel())
        return _shared[0]


class _Runner:
    """LiteRT set up for one batch size."""

    def __init__(self, compiled: bytes, size: int) -> None:
        from ai_edge_litert.interpreter import Interpreter  # here, so that importing this file stays quick

        try:
            self._interpreter: Any = Interpreter(model_content=compiled, num_threads=1)
            (given,) = self._interpreter.get_input_details()
            (answer,) = self._interpreter.get_output_details()
            self._input, self._output = given["index"], answer["index"]
            self._interpreter.resize_tensor_input(self._input, (size, SIDE, SIDE, 1))
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                f"The compiled network cannot be run ({error}). Delete model.tflite and start again."
            ) from error
        scores = self.run(np.zeros((size, SIDE, SIDE, 1), np.float32))
        if scores.shape != (size, len(EMOTIONS)):
            raise ModelError(
                f"The network answers {scores.shape} where {(size, len(EMOTIONS))} belongs. "
                "Delete model.tflite and start again."
            )

    def run(self, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        self._interpreter.set_tensor(self._input, pictures)
        self._interpreter.invoke()
        return np.array(self._interpreter.get_tensor(self._output), np.float32)
