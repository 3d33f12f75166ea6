"""The network by itself, and its file."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.scenes import portrait
from faces.detectors.blaze_network import INPUT_SIDE, BlazeNetwork, missing_model
from faces.errors import DetectorError
from faces.places import PROGRAM


def test_it_says_where_a_face_is_how_wide_and_where_it_looks() -> None:
    square = portrait(60, size=(INPUT_SIDE, INPUT_SIDE), middle=(120, 80))
    best = BlazeNetwork().look(square)[0]
    assert np.hypot(best.x - 120, best.y - 80) < 10
    assert 45 < best.size < 75
    assert best.weight > 0.7
    mirrored = BlazeNetwork().look(np.ascontiguousarray(square[:, ::-1]))[0]
    assert best.yaw is not None
    assert mirrored.yaw == pytest.approx(-best.yaw, abs=8)


def test_the_surest_guess_comes_first_and_none_is_hopeless() -> None:
    weights = [sight.weight for sight in BlazeNetwork().look(portrait(60, size=(192, 192), middle=(96, 96)))]
    assert weights == sorted(weights, reverse=True)
    assert weights[-1] >= 0.3


def test_a_missing_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DetectorError, match=r"is missing\. Fetch it again"):
        BlazeNetwork(tmp_path / "none.tflite")
    assert missing_model() is None


@pytest.mark.parametrize("content", [b"", b"this is no network"])
def test_a_damaged_model_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "model.tflite"
    file.write_bytes(content)
    with pytest.raises(DetectorError, match=r"cannot be read.*Fetch it again"):
        BlazeNetwork(file)


def test_a_network_of_another_shape_is_refused() -> None:
    with pytest.raises(DetectorError, match=r"takes \(\d, 48, 48, 1\) and gives .*where BlazeFace full range takes"):
        BlazeNetwork(PROGRAM / "model.tflite")


def test_a_grey_picture_has_no_face() -> None:
    assert BlazeNetwork().look(np.full((192, 192, 3), 128, np.uint8)) == []
