"""BlazeFace on real faces, where its package is installed."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.scenes import demo_image, face_free, portrait, turned
from faces.detectors.blaze import BlazeDetector, missing_blaze
from faces.detectors.haar import HaarDetector
from faces.errors import ModelError
from faces.records import Box

needs_blaze = pytest.mark.skipif(missing_blaze() is not None, reason="needs requirements-detector.txt")


@needs_blaze
@pytest.mark.parametrize("degrees", [-60, -30, 0, 30, 60])
def test_a_face_is_found_at_any_roll(degrees: int) -> None:
    (box,) = BlazeDetector().find(turned(portrait(90), degrees))
    assert abs(box.angle - degrees) < 10


@needs_blaze
def test_its_box_is_the_one_that_the_cascade_would_give() -> None:
    image = demo_image(width=640)
    (blaze,), (haar,) = BlazeDetector().find(image), HaarDetector().find(image)
    assert abs(blaze.width - haar.width) < 0.15 * haar.width
    assert abs(blaze.x - haar.x) < 0.15 * haar.width
    assert abs(blaze.y - haar.y) < 0.15 * haar.width


@needs_blaze
def test_a_face_is_found_once_and_where_it_is_in_a_tall_picture() -> None:
    (box,) = BlazeDetector().find(portrait(90, size=(200, 320), middle=(100, 220)))
    assert abs(box.x + box.width / 2 - 100) < 15
    assert abs(box.y + box.height / 2 - 220) < 15


@needs_blaze
def test_blaze_sees_no_face_in_a_lamp_a_hand_or_a_texture() -> None:
    detector = BlazeDetector()
    found = [kind for kind, image in face_free(frames=6) if detector.find(image)]
    assert found == []


@needs_blaze
@pytest.mark.parametrize("size", [(1, 1), (31, 47), (1, 640), (2000, 3)])
def test_small_and_odd_pictures_do_not_crash(size: tuple[int, int]) -> None:
    assert BlazeDetector().find(np.zeros((*size, 3), np.uint8), [Box(0, 0, 1, 1)]) == []


@needs_blaze
def test_tensorflow_is_not_loaded() -> None:
    code = "import sys; from faces.detectors.blaze import BlazeDetector; BlazeDetector(); "
    code += "print('tensorflow' in sys.modules)"
    root = Path(__file__).parent.parent
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout.strip() == "False"


def test_a_damaged_model_says_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "model.tflite"
    file.write_bytes(b"this is no network")
    with pytest.raises(ModelError, match="Install its package again"):
        BlazeDetector(file)
