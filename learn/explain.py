"""Draw how the shipped network reads a face: the figures of docs/how_it_works.md, and the numbers that it quotes.

python -m learn.explain
"""

import hashlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.detectors.haar import HaarDetector
from faces.emotions import EMOTIONS
from faces.errors import FacesError, InputError
from faces.needs import need
from faces.places import DEMO_FILE, MODEL_JSON, MODEL_WEIGHTS, PROGRAM
from faces.prepare import SIDE, crop, prepare
from faces.records import Image

if TYPE_CHECKING:
    import keras

FOLDER = PROGRAM / "docs" / "how_it_works"
MOMENTS = (1.0, 8.67, 13.0)
"""Seconds of the demo clip: a sad face, one between fear and surprise, a happy one."""

PATCH, STEP = 12, 2
"""Side and step, in pixels, of the grey square that hides a part of the face."""

Maps = NDArray[np.float32]
"""(height, width, maps)"""


@dataclass(frozen=True)
class ExplainedFrame:
    """One frame of the demo clip, its face as the network gets it, and what the network says."""

    frame: Image
    face: NDArray[np.uint8]  # (48, 48) grey
    scores: NDArray[np.float32]  # (7,)

    @property
    def strongest(self) -> str:
        """The emotion with the largest score."""
        return EMOTIONS[int(self.scores.argmax())]


def moment_of(network: "keras.Model", seconds: float, clip: Path = DEMO_FILE) -> ExplainedFrame:
    """The face at that moment of a clip. Raises InputError where there is no frame or no face."""
    capture = cv2.VideoCapture(str(clip))
    try:
        capture.set(cv2.CAP_PROP_POS_MSEC, seconds * 1000)
        taken, frame = capture.read()
    finally:
        capture.release()
    boxes = HaarDetector(thorough=True).find(np.asarray(frame, np.uint8)) if taken else []
    if not boxes:
        raise InputError(f"{clip.name} shows no face at {seconds} s. Choose another moment.")
    face = prepare(crop(np.asarray(frame, np.uint8), boxes[0]))
    return ExplainedFrame(np.asarray(frame, np.uint8), face, scores_of(network, face[np.newaxis])[0])


def scores_of(network: "keras.Model", faces: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(N, 7) probabilities of (N, 48, 48) faces; of a network with several answers the joined one."""
    answer = network.predict(faces[..., np.newaxis].astype(np.float32), batch_size=256, verbose=0)
    return np.asarray(answer["joined"] if isinstance(answer, dict) else answer, np.float32)


def trunk_outputs(network: "keras.Model", face: NDArray[np.uint8]) -> dict[str, Maps]:
    """What leaves each layer of the four blocks for one (48, 48) face, by the layer's name, in order."""
    values = face[np.newaxis, ..., np.newaxis].astype(np.float32)
    outputs: dict[str, Maps] = {}
    for layer in network.layers:
        if layer.name.startswith(("standardise", "block")):
            values = layer(values)
            outputs[layer.name] = np.asarray(values, np.float32)[0]
    return outputs


def first_filters(network: "keras.Model") -> Maps:
    """(3, 3, 32): the weights of the first convolution."""
    return np.asarray(network.get_layer("block1_conv1").get_weights()[0], np.float32)[:, :, 0]


def edge_filter(filters: Maps) -> int:
    """The number of the filter that answers most to an edge from dark above to light below."""
    template = np.array([[-1], [0], [1]], np.float32) * np.ones(3, np.float32)
    unit = filters / np.linalg.norm(filters, axis=(0, 1))
    return int(np.argmax((unit * template[..., np.newaxis]).sum((0, 1))))


def what_hiding_costs(network: "keras.Model", moment: ExplainedFrame) -> NDArray[np.float32]:
    """How much of the strongest score is lost while a grey square hides the part around each pixel, (48, 48)."""
    strongest = int(moment.scores.argmax())
    corners = [(y, x) for y in range(0, SIDE - PATCH + 1, STEP) for x in range(0, SIDE - PATCH + 1, STEP)]
    hidden = np.repeat(moment.face[np.newaxis], len(corners), axis=0)
    for picture, (y, x) in zip(hidden, corners, strict=True):
        picture[y : y + PATCH, x : x + PATCH] = round(float(moment.face.mean()))
    lost = moment.scores[strongest] - scores_of(network, hidden)[:, strongest]
    total, times = np.zeros((2, SIDE, SIDE), np.float32)
    for (y, x), cost in zip(corners, lost, strict=True):
        total[y : y + PATCH, x : x + PATCH] += cost
        times[y : y + PATCH, x : x + PATCH] += 1
    return np.asarray(total / times, np.float32)


def numbers(network: "keras.Model", moments: list[ExplainedFrame], outputs: dict[str, Maps]) -> dict[str, Any]:
    """What the text quotes, so that a test can compare both, and the weights that it is true of."""
    return {
        "of": hashlib.sha256(MODEL_WEIGHTS.read_bytes()).hexdigest(),
        "weights": network.count_params(),
        "shapes": {name: list(values.shape) for name, values in outputs.items()},
        "scores": [
            {emotion: round(float(score), 4) for emotion, score in zip(EMOTIONS, moment.scores, strict=True)}
            for moment in moments
        ],
    }


def main() -> int:
    """0: written; 1: something it needs is missing."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        packages = (os.environ["KERAS_BACKEND"], "keras", "h5py", "matplotlib")
        need(*packages, purpose="Drawing the figures", requirements="requirements.txt")
        write_all(FOLDER)
    except FacesError as error:
        print(f"learn.explain: {error}", file=sys.stderr)
        return 1
    return 0


def write_all(folder: Path) -> None:
    """Every figure and `numbers.json`."""
    from learn import explain_charts as charts
    from learn.explain_cascade import read_cascade, search
    from learn.store import load_network

    folder.mkdir(parents=True, exist_ok=True)
    network = load_network(MODEL_JSON, MODEL_WEIGHTS)
    moments = [moment_of(network, seconds) for seconds in MOMENTS]
    last = moments[-1]
    outputs, filters = trunk_outputs(network, last.face), first_filters(network)
    charts.draw_one_filter(last.face, filters, edge_filter(filters), outputs, folder / "one_filter.png")
    charts.draw_filters(filters, folder / "filters.png")
    charts.draw_feature_maps(last.face, outputs, folder / "feature_maps.png")
    charts.draw_softmax(moments[1].scores, folder / "softmax.png")
    charts.draw_scores([(moment.face, moment.scores) for moment in moments], folder / "scores.png")
    hidden = [(moment.face, what_hiding_costs(network, moment), moment.strongest) for moment in moments]
    charts.draw_hiding(hidden, folder / "hiding.png")
    cascade = read_cascade()
    found = search(cascade, last.frame)
    charts.draw_cascade(cascade, found, last.frame, folder / "cascade.png")
    facts = {**numbers(network, moments, outputs), "cascade": found.numbers()}
    (folder / "numbers.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
