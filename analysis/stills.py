"""Find and name the faces of single pictures, and tell them as JSON."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from faces.annotate import Annotator
from faces.detect import DETECTORS, make_detector
from faces.pipeline import Pipeline
from faces.records import Box, Frame, Image, Shot
from faces.shapes import face_values
from faces.smooth import Smoother
from faces.track import Tracker
from sources.pictures import decode, read_picture, thumbnail

VERSION = 1
"""Of everything written per input: part of the key, so that a new layout is never mixed with an old one."""

SHEET_SIDE = 280  # pixels of a picture on the contact sheet


class Judge(Protocol):
    """A classifier that knows below which confidence it had better say "unsure"."""

    unsure_below: float

    def classify(self, image: Image, boxes: Sequence[Box]) -> NDArray[np.float32]:
        """(number of boxes, 7) float32."""
        ...


class PictureReader:
    """Finds and names every face of single pictures; any thread may ask, one is answered at a time."""

    def __init__(self, judge: Judge, *, detector: str = DETECTORS[0]) -> None:
        self._judge = judge
        self._detector = make_detector(detector, thorough=True)
        # OpenCV's cascade crashes when two threads search with it, and large pictures need not be in memory together.
        self._lock = threading.RLock()

    def read(self, image: Image) -> Shot:
        """Everybody in it, numbered from 1."""
        # Nothing is followed from picture to picture, so tracker and smoother start anew.
        pipeline = Pipeline(
            self._detector,
            Tracker(sightings_needed=1),
            self._judge,
            Smoother(unsure_below=self._judge.unsure_below),
        )
        with self._lock:
            return pipeline.process(Frame(image, 0.0, captured_at=0.0, index=0))

    def answer(self, picture: bytes, name: str = "picture") -> dict[str, Any]:
        """The JSON about one encoded picture."""
        with self._lock:
            image, full = decode(picture, name)
            shot = self.read(image)
        return self._line(shot, full, name, name)

    def analyse(self, path: Path, *, thumbnails: bool = True) -> dict[str, Any]:
        """The JSON about a picture file; with a "thumbnail" for the contact sheet if wanted."""
        image, full = read_picture(path)
        shot = self.read(image)
        line = self._line(shot, full, str(path), path.name)
        if thumbnails:
            line["thumbnail"] = thumbnail(Annotator().draw(shot), side=SHEET_SIDE)
        return line

    def _line(self, shot: Shot, full: tuple[int, int], given: str, name: str) -> dict[str, Any]:
        scale = full[0] / shot.frame.image.shape[1]
        return {
            "version": VERSION,
            "input": given,
            "name": name,
            "kind": "picture",
            "width": full[0],
            "height": full[1],
            "faces": [face_values(face, scale) for face in shot.faces],
        }
