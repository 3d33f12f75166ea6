"""BlazeFace, full range: a small network that says where faces are in a square image, and where their eyes."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.detectors.sight import Sight, sights_from_landmarks
from faces.errors import DetectorError
from faces.litert import allocate
from faces.places import BLAZE_FILE
from faces.records import Image

INPUT_SIDE = 192

CELLS = 48
"""Along each side: the network makes one guess for every cell of the grid, row by row."""

LEFT_EYE, RIGHT_EYE, NOSE, MOUTH = 2, 3, 4, 5
"""Rows of one guess, left and right as seen in the image: middle, size, then six points of which these are used."""

SMALLEST_SEEN = 9.0
"""Pixels of its input: smaller faces are hardly ever seen."""

LEAST_SCORE = 0.3
"""No guess below this is told, unless somebody asks for hints."""

ADVICE = "Fetch it again with `git checkout`; where it comes from stands in assets/ATTRIBUTION.md."


def missing_model() -> str | None:
    """Why the network cannot be used here, and what to do; None where its file is there."""
    return None if BLAZE_FILE.is_file() else f"The face finder's model {BLAZE_FILE} is missing. {ADVICE}"


class BlazeNetwork:
    """The network in one interpreter, for one caller at a time, on one thread."""

    def __init__(self, model_file: Path = BLAZE_FILE) -> None:
        if not model_file.is_file():
            raise DetectorError(f"The face finder's model {model_file} is missing. {ADVICE}")
        # here, not above: who does not use this network need not wait for the engine
        from ai_edge_litert.interpreter import Interpreter

        try:
            self._network: Any = Interpreter(model_path=str(model_file), num_threads=1)
            allocate(self._network)
        except (ValueError, RuntimeError) as error:
            raise DetectorError(f"The face finder's model {model_file} cannot be read: {error}. {ADVICE}") from error
        (given,) = self._network.get_input_details()
        # told apart by their last dimension: 16 numbers of place, 1 of sureness
        outputs = self._network.get_output_details()
        shapes = {tuple(int(length) for length in one["shape"]): one["index"] for one in outputs}
        places, sureness = (1, CELLS * CELLS, 16), (1, CELLS * CELLS, 1)
        wanted = tuple(int(length) for length in given["shape"])
        if wanted != (1, INPUT_SIDE, INPUT_SIDE, 3) or set(shapes) != {places, sureness}:
            raise DetectorError(
                f"The face finder's model {model_file} takes {wanted} and gives {sorted(shapes)}, "
                f"where BlazeFace full range takes (1, {INPUT_SIDE}, {INPUT_SIDE}, 3). {ADVICE}"
            )
        self._input, self._places, self._sureness = given["index"], shapes[places], shapes[sureness]
        self._middles = _middles()

    def look(self, square: Image, least: float = LEAST_SCORE) -> list[Sight]:
        """Every guess about a (192, 192, 3) uint8 BGR image, the surest first.

        The weight of each is its score, from `least` to 1.
        """
        pixels = cv2.cvtColor(square, cv2.COLOR_BGR2RGB).astype(np.float32)[np.newaxis]
        pixels *= 1 / 127.5
        pixels -= 1.0
        self._network.set_tensor(self._input, pixels)
        self._network.invoke()
        raw = self._network.get_tensor(self._sureness).ravel()
        chosen = np.flatnonzero(raw >= np.log(least / (1 - least)))
        chosen = chosen[np.argsort(-raw[chosen])]
        scores = 1.0 / (1.0 + np.exp(-raw[chosen]))
        points = self._network.get_tensor(self._places)[0, chosen].reshape(-1, 8, 2) + self._middles[chosen]
        left_eyes, right_eyes, noses, mouths = (points[:, row] for row in (LEFT_EYE, RIGHT_EYE, NOSE, MOUTH))
        return sights_from_landmarks(left_eyes, right_eyes, noses, mouths, scores)


def _middles() -> NDArray[np.float32]:
    """(2304, 1, 2) float32: the middle of the cell from which each guess is measured, in pixels of the input."""
    middles = (np.arange(CELLS, dtype=np.float32) + 0.5) * (INPUT_SIDE / CELLS)
    across, down = np.meshgrid(middles, middles)
    return np.stack([across, down], axis=-1).reshape(-1, 1, 2)
