"""Find the faces of an image: the detectors by their names."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from faces.detectors.blaze import BlazeDetector, missing_blaze
from faces.detectors.haar import HaarDetector
from faces.detectors.yunet import YuNetDetector, check_yunet, find_yunet, missing_yunet
from faces.errors import SettingsError
from faces.records import Box, Image


class Detector(Protocol):
    """Whoever can find faces."""

    def find(self, image: Image, expected: Sequence[Box] = ()) -> list[Box]:
        """Boxes of all faces, none twice; `expected` is where faces were a moment ago."""
        ...


DETECTORS = ("haar", "blaze", "yunet")
"""Names for `make_detector`; the first is the default. "yunet:FILE" takes YuNet from another place."""


def make_detector(name: str = DETECTORS[0], *, thorough: bool = False) -> Detector:
    """The detector of that name; `thorough` takes its time for a single picture."""
    kind, file = _kind_and_file(name)
    if kind == "blaze":
        return BlazeDetector()
    if kind == "yunet":
        return YuNetDetector(Path(file) if file else find_yunet())
    return HaarDetector(thorough=thorough)


def check_detector(name: str) -> None:
    """Raise SettingsError where `make_detector` would, but load nothing."""
    kind, file = _kind_and_file(name)
    if file:
        check_yunet(Path(file))
        return
    problem = next(problem for known, _, problem in available_detectors() if known == kind)
    if problem is not None:
        raise SettingsError(problem)


def _kind_and_file(name: str) -> tuple[str, str]:
    kind, _, file = name.partition(":")
    if kind not in DETECTORS or (file and kind != "yunet"):
        raise SettingsError(f"There is no detector {name!r}. Choose one of: {', '.join(DETECTORS)}, or yunet:FILE.")
    return kind, file


def available_detectors() -> list[tuple[str, str, str | None]]:
    """(name, title, why it cannot be used here or None) of every detector."""
    return [
        ("haar", "Frontal faces (Haar cascade)", None),
        ("blaze", "Any pose (BlazeFace)", missing_blaze()),
        ("yunet", "Any pose (YuNet)", missing_yunet()),
    ]
