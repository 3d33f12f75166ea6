"""OpenCV's frontal cascade: loaded, asked, and its answers brought back to the picture."""

import math
from pathlib import Path

import cv2
import numpy as np

from faces.detectors.cuttings import Matrix, upright
from faces.detectors.sight import Sight
from faces.errors import ModelError
from faces.places import CASCADE_FILE
from faces.records import Image

WINDOW = 24
"""Side of the cascade's window: no smaller face can be found."""

STAGES = 25
"""The cascade's stages; a face has passed them all."""

ASKED_FACE = 36
"""Where a face is supposed, the cascade is asked on a cutting on which it is this wide."""

ASKED_SIZES = (26, 50)


class Cascade:
    """The cascade from its file; for one thread at a time, since OpenCV's crashes when two search with it."""

    def __init__(self, file: Path = CASCADE_FILE) -> None:
        self._cascade = _loaded(file)

    def candidates(
        self, grey: Image, smallest: int, largest: int, *, factor: float, angle: float, back: Matrix
    ) -> list[Sight]:
        """Windows of a grey image that passed all stages, brought back by the matrix `back` to the picture.

        `smallest` and `largest` are sides of the window (0: up to the whole image), `factor` leads from one size to
        the next, and `angle` is what the image was turned by.
        """
        corners, stages, weights = self._cascade.detectMultiScale3(
            grey,
            scaleFactor=factor,
            minNeighbors=1,
            minSize=(smallest, smallest),
            maxSize=(largest, largest),
            outputRejectLevels=True,
        )
        scale = math.hypot(back[0, 0], back[0, 1])
        sights = []
        for (x, y, width, height), stage, weight in zip(
            np.reshape(corners, (-1, 4)), np.ravel(stages), np.ravel(weights), strict=True
        ):
            if stage < STAGES:
                continue  # asked for its weights, OpenCV also lists what failed in the last stages
            middle_x, middle_y = back @ (x + width / 2, y + height / 2, 1.0)
            sights.append(Sight(float(middle_x), float(middle_y), width * scale, float(angle), float(weight)))
        return sights

    def agrees(self, image: Image, sight: Sight) -> float:
        """How sure the cascade is of an upright face where one is supposed: 0 for none, rarely above 10.

        image: grey or BGR.
        """
        cutting, back = upright(image, sight, 2 * ASKED_FACE, ASKED_FACE)
        if cutting.ndim == 3:
            cutting = np.asarray(cv2.cvtColor(cutting, cv2.COLOR_BGR2GRAY), np.uint8)
        found = self.candidates(cutting, *ASKED_SIZES, factor=1.1, angle=sight.angle, back=back)
        return max((one.weight for one in found if one.overlaps(sight)), default=0.0)


def _loaded(file: Path) -> cv2.CascadeClassifier:
    advice = "Fetch it again with `git checkout`, or copy it from an `opencv-python` 4 wheel, folder cv2/data."
    if not file.is_file():
        raise ModelError(f"The face cascade {file} is missing. {advice}")
    try:
        cascade = cv2.CascadeClassifier(str(file))
    except (cv2.error, SystemError) as error:  # OpenCV's parser raises either, by the kind of damage
        raise ModelError(f"The face cascade {file} cannot be read: {error}. {advice}") from error
    if cascade.empty():
        raise ModelError(f"The face cascade {file} holds no cascade. {advice}")
    return cascade
