"""YuNet on real faces, where its model file lies beside main.py."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.scenes import portrait, turned
from faces.detectors.yunet import YuNetDetector, find_yunet, missing_yunet
from faces.errors import SettingsError
from faces.records import Box

needs_yunet = pytest.mark.skipif(missing_yunet() is not None, reason="needs face_detection_yunet*.onnx")


@needs_yunet
@pytest.mark.parametrize("degrees", [-45, 0, 45])
def test_a_face_is_found_at_any_roll(degrees: int) -> None:
    (box,) = YuNetDetector(find_yunet()).find(turned(portrait(90), degrees))
    assert abs(box.angle - degrees) < 10


@needs_yunet
@pytest.mark.parametrize("size", [(1, 1), (31, 47), (1, 640)])
def test_small_and_odd_pictures_do_not_crash(size: tuple[int, int]) -> None:
    assert YuNetDetector(find_yunet()).find(np.zeros((*size, 3), np.uint8), [Box(0, 0, 1, 1)]) == []


def test_a_damaged_model_says_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "face_detection_yunet_damaged.onnx"
    file.write_bytes(b"this is no network")
    with pytest.raises(SettingsError, match="cannot be read"):
        YuNetDetector(file)


def test_the_file_beside_main_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faces.detectors.yunet.PROGRAM", tmp_path)
    assert "Get face_detection_yunet" in (missing_yunet() or "")
    with pytest.raises(SettingsError, match="needs its model file"):
        find_yunet()
    (tmp_path / "face_detection_yunet_2023mar.onnx").touch()
    assert missing_yunet() is None
    assert find_yunet().name == "face_detection_yunet_2023mar.onnx"
