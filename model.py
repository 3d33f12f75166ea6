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
from faces.litert import allocate
from faces.places import MODEL_JSON, MODEL_WEIGHTS
from faces.prepare import SIDE, crop, prepare
from faces.records import Box, Image
from learn.compiled import ANSWERS, compiled_form, said_of_majority, unsure_threshold

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
        self.confusion = said_of_majority(Path(model_json_file))
        """(7, 8) pictures by people's majority and by what is said, unsure last; None where it was not measured."""
        self._compiled = compiled_form(Path(model_json_file), Path(model_weights_file))
        self._lock = threading.Lock()
        self._runners: dict[int, _Runner] = {}
        with self._lock:
            self._runner(1)

    @property
    def answers(self) -> tuple[str, ...]:
        """What `predict` can be asked for: all of ANSWERS, or "joined" alone for a network with one head."""
        return self._runners[1].answers

    def predict(self, faces: Sequence[NDArray[np.uint8]], *, answer: str = "joined") -> NDArray[np.float32]:
        """(N, 7) float32 probabilities for N grey uint8 faces (height, width) of any size; BGR ones are made grey.

        answer: "labels" for the head that was taught the dataset's labels, "people" for the one that was taught the
        votes of people, "joined" for both by the rule that came with the weights. Raises ModelError for any other, and
        for a head that this network does not have.
        """
        return self.predict_all(faces, answers=(answer,))[answer]

    def predict_all(
        self, faces: Sequence[NDArray[np.uint8]], *, answers: Sequence[str] = ANSWERS
    ) -> dict[str, NDArray[np.float32]]:
        """The same for several answers of one pass through the network."""
        missing = [answer for answer in answers if answer not in self.answers]
        if missing:
            raise ModelError(f"This network answers {' and '.join(self.answers)}, not {' and '.join(missing)}.")
        pictures = np.array([prepare(face) for face in faces], np.float32).reshape(-1, SIDE, SIDE, 1)
        scores = [{answer: np.zeros((0, len(EMOTIONS)), np.float32) for answer in answers}]
        with self._lock:  # one interpreter serves one caller at a time
            while len(pictures):
                size = next(size for size in BATCHES if size <= len(pictures))
                scores.append(self._runner(size).run(pictures[:size]))
                pictures = pictures[size:]
        return {answer: np.concatenate([some[answer] for some in scores]) for answer in answers}

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
            self._input = given["index"]
            self._outputs = _outputs(self._interpreter)
            self._interpreter.resize_tensor_input(self._input, (size, SIDE, SIDE, 1))
            allocate(self._interpreter)
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                f"The compiled network cannot be run ({error}). Delete model.tflite and start again."
            ) from error
        self.answers = tuple(answer for answer in ANSWERS if answer in self._outputs)
        shapes = {scores.shape for scores in self.run(np.zeros((size, SIDE, SIDE, 1), np.float32)).values()}
        if shapes != {(size, len(EMOTIONS))} or "joined" not in self.answers:
            raise ModelError(
                f"The network answers {shapes} where {(size, len(EMOTIONS))} belongs. "
                "Delete model.tflite and start again."
            )

    def run(self, pictures: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        self._interpreter.set_tensor(self._input, pictures)
        self._interpreter.invoke()
        return {
            answer: np.array(self._interpreter.get_tensor(place), np.float32) for answer, place in self._outputs.items()
        }


def _outputs(interpreter: Any) -> dict[str, int]:
    """Where each answer lies; a network with one head gives its only one as the joined one."""
    outputs = interpreter.get_output_details()
    if len(outputs) == 1:
        return {"joined": outputs[0]["index"]}
    named = interpreter.get_signature_runner().get_output_details()
    return {answer: details["index"] for answer, details in named.items()}
