"""The values that travel between the stages, and with them the words of this project.

- image: an array (height, width, 3) uint8, blue-green-red as OpenCV has it; grey is (height, width).
- picture: encoded bytes (JPEG, PNG).
- person: the tracker's number for one face over time; it says nothing about who somebody is.
- scores: seven probabilities in the order of `faces.emotions.EMOTIONS`, summing to 1.
- emotion: one of the seven names, or "unsure".
- seconds: the time of a frame inside its source: a running clock for a camera, the video's own time for a video.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Frame:
    """One image of a source."""

    image: Image  # (height, width, 3) uint8, BGR
    seconds: float  # time inside the source, never decreasing
    captured_at: float  # seconds since the epoch when it was taken
    index: int  # counted by the source, from 0


@dataclass(frozen=True, slots=True)
class Box:
    """Where a face is, in pixels of its frame: the upright square that the detector found, turned about its middle."""

    x: int  # left edge; may be negative where a face is cut off
    y: int  # top edge
    width: int
    height: int
    angle: float = 0.0  # roll in degrees, positive when the head is turned clockwise as seen in the image
    yaw: float | None = None  # degrees, positive when it looks to the right edge; None where nobody saw the nose
    score: float | None = None  # how sure the detector is that this is a face, 0..1; None where it does not say


@dataclass(frozen=True, slots=True)
class Face:
    """One person in one frame."""

    person: int
    box: Box
    emotion: str  # a name from EMOTIONS, or "unsure"
    confidence: float  # the largest of the scores, which is that of the emotion unless it is "unsure"; 0..1
    scores: tuple[float, ...]  # seven smoothed probabilities
    quality: str = "good"  # "good", or why the guess is worth less: "small", "dark", "blurred", "turned"


@dataclass(frozen=True, slots=True)
class Shot:
    """A frame together with everyone who was seen in it."""

    frame: Frame
    faces: tuple[Face, ...]
