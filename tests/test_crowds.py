"""Crowds that move gently are counted as they are shown."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from fake_classifier import FakeClassifier

from benchmarks.crowds import crowds
from benchmarks.scenes import portrait
from faces.errors import InputError


def photograph(folder: Path, rows: int) -> Path:
    """Five faces of 60 pixels in each row."""
    cv2.imwrite(str(folder / "crowd.png"), np.tile(portrait(60, size=(150, 140), middle=(75, 70)), (rows, 5, 1)))
    boxes = [[150 * column + 45, 140 * row + 35, 60, 70] for column in range(5) for row in range(rows)]
    (folder / "boxes.json").write_text(json.dumps({"crowd.png": boxes}))
    return folder


def test_a_crowd_is_counted_after_a_second_and_at_the_end(tmp_path: Path) -> None:
    soon, late, cores = crowds(photograph(tmp_path, rows=3), FakeClassifier(), 1.1).rows
    assert soon.what == "crowd.png, 15 faces: shown after 1 s"
    assert soon.value == late.value == 15
    assert cores.value is not None and cores.value > 0


def test_few_faces_are_no_crowd(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="12 faces of 20 pixels"):
        crowds(photograph(tmp_path, rows=2), FakeClassifier(), 1.1)
