"""What decides about a result, and how a long run is followed and stopped."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides about the result; two runs with the same settings, weights and input give the same tables."""

    every_seconds: float = 0.0  # 0: every frame
    detector: str = "haar"
    stable_seconds: float = 0.3
    annotate: bool = True
    thumbnails: bool = True
    weights: str = ""  # checksum


@dataclass(frozen=True, slots=True)
class Control:
    """How a long run tells how far it is, and is asked to stop."""

    progress: Callable[[float], None] = lambda fraction: None  # 0..1 of this input
    stopped: Callable[[], bool] = lambda: False
