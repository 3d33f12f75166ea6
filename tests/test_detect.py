"""The detectors by their names."""

from pathlib import Path

import pytest

from faces.detect import available_detectors, check_detector, make_detector
from faces.detectors import DETECTORS
from faces.detectors.blaze import BlazeDetector
from faces.detectors.haar import HaarDetector
from faces.detectors.photograph import PhotographDetector
from faces.errors import SettingsError


def test_cascade_and_network_together_are_the_default() -> None:
    assert DETECTORS[0] == "auto"
    assert isinstance(make_detector(), BlazeDetector)
    assert isinstance(make_detector(thorough=True), PhotographDetector)
    assert isinstance(make_detector("haar"), HaarDetector)


def test_every_detector_is_listed_with_a_title_and_a_reason_where_it_is_missing() -> None:
    listed = {name: (title, reason) for name, title, reason in available_detectors()}
    assert tuple(listed) == DETECTORS
    assert listed["haar"][1] is None
    assert all(title for title, _ in listed.values())


def test_whatever_is_listed_as_available_can_be_made() -> None:
    for name, _, reason in available_detectors():
        if reason is None:
            assert make_detector(name).find is not None
            check_detector(name)
        else:
            for look in (make_detector, check_detector):
                with pytest.raises(SettingsError, match=r"needs"):
                    look(name)


@pytest.mark.parametrize("name", ["", "dlib", "haar:file.xml", "HAAR"])
def test_an_unknown_detector_names_the_known_ones(name: str) -> None:
    for look in (make_detector, check_detector):
        with pytest.raises(SettingsError, match="Choose one of: auto, haar, blaze, yunet, or yunet:FILE"):
            look(name)


@pytest.mark.parametrize("name", ["auto", "blaze"])
def test_without_its_model_the_network_says_what_to_do(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faces.detectors.blaze_network.BLAZE_FILE", Path("none.tflite"))
    with pytest.raises(SettingsError, match=r"none\.tflite is missing\. Fetch it again"):
        check_detector(name)
    check_detector("haar")


def test_yunet_takes_a_file_and_says_where_to_get_it(tmp_path: Path) -> None:
    for look in (make_detector, check_detector):
        with pytest.raises(SettingsError, match=r"is missing\. Get face_detection_yunet"):
            look(f"yunet:{tmp_path / 'none.onnx'}")
    (tmp_path / "mine.onnx").touch()
    check_detector(f"yunet:{tmp_path / 'mine.onnx'}")
