"""Carry one frame through the stages: find, track, classify, smooth."""

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from faces.calibrator import Calibrator
from faces.detect import Detector, make_detector
from faces.detectors import DETECTORS
from faces.emotions import UNSURE
from faces.errors import DetectorError, FacesError
from faces.quality import judge, too_far_turned
from faces.records import Box, Face, Frame, Image, Shot
from faces.smooth import Smoothed, Smoother
from faces.track import Track, Tracker

CROWD = 9
"""From so many faces on they take turns at the network, which takes about a millisecond for each."""

READ_AGAIN_SECONDS = 1 / 15
"""In a crowd each face is read so often: of 19, 26 and 16 faces the labels change no more often than when everybody is
read 30 times a second (0 to 3.8 times a minute and face, and 0 to 4.1), for a third less of all processor time."""


class Classifier(Protocol):
    """Says which expression each face shows, and below which confidence it should say "unsure"."""

    @property
    def unsure_below(self) -> float: ...

    def classify(self, image: Image, boxes: Sequence[Box]) -> NDArray[np.float32]:
        """(number of boxes, 7) float32: the scores of every face, all in one batch."""
        ...


class Pipeline:
    """The stages in their order; one pipeline follows one source."""

    def __init__(self, detector: Detector, tracker: Tracker, classifier: Classifier, smoother: Smoother) -> None:
        self._detector = detector
        self._tracker = tracker
        self._classifier = classifier
        self._smoother = smoother
        self.calibrator = Calibrator()
        self._seconds = -math.inf  # of the last picture

    def process(self, frame: Frame) -> Shot:
        """Everybody in one frame: boxed, numbered, with smoothed scores."""
        boxes = self._find(frame.image)
        tracks = self._tracker.update(boxes, frame.seconds)
        self._smoother.keep_only(self._tracker.persons)
        self.calibrator.passed(self._tracker.persons, frame.seconds)
        self._classify(self._whose_turn([track for track in tracks if track.seen], frame.seconds), frame)
        faces = ((track, self._smoother.last(track.person)) for track in tracks)
        return Shot(
            frame,
            tuple(_face(track, smoothed, frame.image) for track, smoothed in faces if smoothed is not None),
        )

    def _find(self, image: Image) -> list[Box]:
        try:
            return self._detector.find(image, self._tracker.expected())
        except FacesError:
            raise
        except Exception as error:  # an engine or OpenCV may raise anything; a caller may go on with another detector
            raise DetectorError(f"The search for faces failed: {error}. Choose another detector.") from error

    def _whose_turn(self, tracks: Sequence[Track], seconds: float) -> Sequence[Track]:
        """Everybody, or of a crowd as many as keep each face fresh: newcomers first, then who has waited longest."""
        passed, self._seconds = seconds - self._seconds, seconds
        if len(tracks) < CROWD or not 0 < passed < READ_AGAIN_SECONDS:
            return tracks
        room = math.ceil(len(tracks) * passed / READ_AGAIN_SECONDS - 0.01)  # a clock is never exact
        return sorted(tracks, key=lambda track: self._smoother.read_at(track.person))[:room]

    def _classify(self, tracks: Sequence[Track], frame: Frame) -> None:
        """Only who is seen: the place of a missed face may show a hand or a wall by now."""
        if tracks:
            rows = self._classifier.classify(frame.image, [track.box for track in tracks])
            rows = self.calibrator.read([track.person for track in tracks], rows, frame.seconds)
            for track, scores in zip(tracks, rows, strict=True):
                self._smoother.update(track.person, scores, frame.seconds)


def _face(track: Track, smoothed: Smoothed, image: Image) -> Face:
    return Face(
        person=track.person,
        box=track.box,
        emotion=UNSURE if too_far_turned(track.box) else smoothed.emotion,
        confidence=smoothed.confidence,
        scores=smoothed.scores,
        quality=judge(image, track.box),
    )


def make_pipeline(
    classifier: Classifier, *, detector: str = DETECTORS[0], still: bool = False, screen: bool = False
) -> Pipeline:
    """The usual stages around a classifier; `still` for single pictures, where nothing can be seen twice.

    `screen` for a window of somebody's screen, with many small faces.
    """
    return Pipeline(
        make_detector(detector, thorough=still, screen=screen),
        Tracker(sightings_needed=1) if still else Tracker(),
        classifier,
        Smoother(unsure_below=classifier.unsure_below),
    )
