"""Where the network is in doubt, the cascade decides."""

import cv2
import numpy as np
import pytest

from benchmarks.scenes import portrait
from faces.detectors.cascade import Cascade
from faces.detectors.doubt import DOUBTFUL_SCORE, Doubt
from faces.detectors.sight import Sight

FACE = np.asarray(cv2.cvtColor(portrait(90), cv2.COLOR_BGR2GRAY), np.uint8)
WALL = np.full((240, 320), 90, np.uint8)
BOTH, ALONE = Doubt(Cascade()), Doubt()


def guess(score: float) -> Sight:
    return Sight(160, 120, 90, 0, score)


def test_a_sure_guess_needs_nobody() -> None:
    assert BOTH.is_face(WALL, guess(0.7), 0.65)
    assert ALONE.is_face(WALL, guess(0.7), 0.65)


def test_a_doubtful_guess_needs_the_cascade() -> None:
    assert BOTH.is_face(FACE, guess(0.45), 0.65)
    assert not BOTH.is_face(WALL, guess(0.45), 0.65)
    assert not ALONE.is_face(FACE, guess(0.45), 0.65)


def test_below_doubt_nobody_is_asked() -> None:
    assert not BOTH.is_face(FACE, guess(DOUBTFUL_SCORE - 0.01), 0.65)


@pytest.mark.parametrize("x", [20, 300])
def test_the_cascade_agrees_only_where_the_face_is(x: int) -> None:
    assert Cascade().agrees(FACE, guess(0.5)) > 3
    assert Cascade().agrees(FACE, Sight(x, 40, 90, 0, 0.5)) == 0
