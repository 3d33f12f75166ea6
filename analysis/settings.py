"""The settings that determine a result, and the control by which a long run is followed and stopped."""

from collections.abc import Callable
from dataclasses import dataclass

from faces.detectors import DETECTORS


@dataclass(frozen=True, slots=True)
class Settings:
    """What determines the result: the same settings, weights and input give the same tables."""

    every_seconds: float = 0.0  # 0: every frame
    detector: str = DETECTORS[0]
    stable_seconds: float = 0.3
    annotate: bool = True
    thumbnails: bool = True
    weights: str = ""  # checksum
    resting: str = ""  # the text of a profile of a resting face; empty for none
    resting_from: str = ""  # a stretch of the video in which a face rests, like "0:05-0:20"; empty for none
    resting_person: int = 1  # whose it is
    rules: str = ""  # of a crowd watch: the text of a rules file; empty for none


@dataclass(frozen=True, slots=True)
class Control:
    """How a long run reports progress and is asked to stop."""

    progress: Callable[[float], None] = lambda fraction: None  # 0..1 of this input
    stopped: Callable[[], bool] = lambda: False
