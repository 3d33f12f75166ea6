"""Find and name the faces of single pictures."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from analysis.results import PictureResult
from faces.annotate import Annotator
from faces.detect import make_detector
from faces.detectors import DETECTORS
from faces.pipeline import Classifier, Pipeline
from faces.records import Frame, Image, Shot
from faces.shapes import face_of, face_values
from faces.smooth import Smoother
from faces.track import Tracker
from sources.pictures import crop_around, decode, read_picture, thumbnail

SHEET_SIDE = 420  # pixels of a picture on the contact sheet
PORTRAIT_SIDE = 96  # pixels of a face on it
PORTRAIT_WIDTHS = 1.5  # of the face


class PictureReader:
    """Finds and names every face of single pictures; any thread may ask, one is answered at a time."""

    def __init__(self, classifier: Classifier, *, detector: str = DETECTORS[0]) -> None:
        self._classifier = classifier
        self._detector = make_detector(detector, thorough=True)
        # OpenCV's cascade crashes when two threads use it at once.
        self._lock = threading.Lock()
        # The system's allocator keeps part of a large picture's memory for the thread that used it.
        self._thread = ThreadPoolExecutor(1, "pictures")

    def read(self, image: Image) -> Shot:
        """Everybody in the image, numbered from 1."""
        # Nothing is followed from picture to picture, so tracker and smoother start anew.
        pipeline = Pipeline(
            self._detector,
            Tracker(sightings_needed=1),
            self._classifier,
            Smoother(unsure_below=self._classifier.unsure_below),
        )
        with self._lock:
            return pipeline.process(Frame(image, 0.0, captured_at=0.0, index=0))

    def answer(self, picture: bytes, name: str = "picture") -> PictureResult:
        """The result for one encoded picture. Raises InputError where it cannot be read."""
        return self._thread.submit(self._answer, picture, name).result()

    def _answer(self, picture: bytes, name: str) -> PictureResult:
        image, full = decode(picture, name)
        return _result(self.read(image), full, name, name)

    def analyse(self, path: Path, *, name: str = "", thumbnails: bool = True) -> PictureResult:
        """The same of a picture file, called `name` or as the file is; with small pictures for the report if wanted."""
        image, full = read_picture(path)
        shot = self.read(image)
        result = _result(shot, full, str(path), name or path.name)
        if not thumbnails:
            return result
        faces = (crop_around(image, face.box, widths=PORTRAIT_WIDTHS, shape=1) for face in shot.faces)
        portraits = tuple(thumbnail(face, side=PORTRAIT_SIDE) for face in faces)
        return replace(result, thumbnail=thumbnail(Annotator().draw(shot), side=SHEET_SIDE), portraits=portraits)


def _result(shot: Shot, full: tuple[int, int], given: str, name: str) -> PictureResult:
    scale = full[0] / shot.frame.image.shape[1]
    faces = tuple(face_of(face_values(face, scale)) for face in shot.faces)  # with the numbers that will be told
    return PictureResult(given, name, *full, faces)
