"""Find the faces of an image: the detectors by their names."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from faces.detectors import DETECTORS
from faces.detectors.blaze import BlazeDetector
from faces.detectors.blaze_network import BlazeNetwork, missing_model
from faces.detectors.cascade import Cascade
from faces.detectors.doubt import Doubt
from faces.detectors.haar import HaarDetector
from faces.detectors.photograph import PhotographDetector
from faces.detectors.yunet import YuNetDetector, check_yunet, find_yunet, missing_yunet
from faces.errors import SettingsError
from faces.records import Box, Image


class Detector(Protocol):
    """Anything that can find faces."""

    def find(self, image: Image, expected: Sequence[Box] = ()) -> list[Box]:
        """Boxes of all faces, none twice; `expected` is where faces were a moment ago."""
        ...


def make_detector(name: str = DETECTORS[0], *, thorough: bool = False, screen: bool = False) -> Detector:
    """The detector of that name; `thorough` takes its time for a single picture, `screen` looks for small faces.

    Raises SettingsError where there is none of that name, ModelError where its model cannot be used.
    """
    kind, file = _kind_and_file(name)
    if kind == "yunet":
        return YuNetDetector(Path(file) if file else find_yunet())
    if kind == "haar":
        return HaarDetector(thorough=thorough)
    doubt = Doubt(Cascade() if kind == "auto" else None)
    if thorough:
        return PhotographDetector(BlazeNetwork(), doubt)
    return BlazeDetector(BlazeNetwork(), doubt, screen=screen)


def check_detector(name: str) -> None:
    """Raise SettingsError where `make_detector` would raise it, but load nothing."""
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
    """(name, what it is good for in one line, why it cannot be used here or None) of every detector."""
    return [
        ("auto", "Cascade and network together: near and far, any pose", missing_model()),
        ("haar", "The cascade alone: faces from the front, no network", None),
        ("blaze", "The network alone (BlazeFace): any pose", missing_model()),
        ("yunet", "Another network (YuNet): any pose, from a file of yours", missing_yunet()),
    ]
