"""A video or a picture, shown again and again."""

import math
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2

from faces.errors import InputError, SourceError
from faces.records import Frame, Image
from sources.address import without_secrets
from sources.base import Source
from sources.opencv import OpenCapture, OpenCvCapture, OpenCvSource, open_capture, read_image

LONGEST_PAUSE_SECONDS = 600.0
"""A video that claims to hold one picture for longer has a damaged time."""

LATE_SECONDS = 0.5
"""So far a video may fall behind its own speed before it gives up catching up."""

STILL_FRAMES_PER_SECOND = 5


class LoopedVideo(OpenCvSource):
    """A video file, again and again: at its own speed, or, without pace, as fast as it is asked for."""

    kind = "video"

    def __init__(
        self,
        path: str | Path,
        *,
        name: str | None = None,
        paced: bool = True,
        open_capture: OpenCapture = open_capture,
    ) -> None:
        super().__init__()
        self._path = Path(path)
        self.name = name or self._path.name
        self._paced = paced
        self._open_capture = open_capture

    @property
    def frames_per_second(self) -> float:
        """As the video says; 25 where it does not say. Only inside the with statement."""
        fps = self._capture.get(cv2.CAP_PROP_FPS) if self._capture else 0.0
        return fps if math.isfinite(fps) and 0 < fps <= 1000 else 25.0

    def _new_capture(self) -> OpenCvCapture:
        if not self._path.is_file():
            raise SourceError(f"There is no file {without_secrets(str(self._path))}. Is the path right?")
        if self._path.stat().st_size == 0:
            raise SourceError(f"The file {self._path} is empty. Copy or record it again.")
        capture = self._open_capture(str(self._path), cv2.CAP_FFMPEG)
        if not capture.isOpened():
            capture.release()
            raise SourceError(f"The file {self._path} is not a film that can be read. Try an mp4, webm, avi or gif.")
        return capture

    def _frames(self, capture: OpenCvCapture) -> Iterator[Frame]:
        pace = _Pace(self._ending)
        index, start = 0, 0.0
        while True:
            seconds, given = start, 0
            for image, moment in self._once(capture):
                seconds = start + moment
                if self._paced:
                    pace.wait_until(seconds)
                if self._ending.is_set():
                    return
                yield Frame(image, seconds, time.time(), index)
                index, given = index + 1, given + 1
            if given == 0:
                raise SourceError(f"The file {self._path} holds no picture that can be read. Is it complete?")
            start = seconds + 1 / self.frames_per_second
            capture.release()
            self._capture = None  # so that a file that is gone by now is not released twice
            capture = self._capture = self._new_capture()

    def _once(self, capture: OpenCvCapture) -> Iterator[tuple[Image, float]]:
        """Every image of the video with its seconds, which never run backwards."""
        step = 1 / self.frames_per_second
        last = -step
        while (image := read_image(capture, self.name)) is not None:
            stamp = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            # Bare streams carry no times, and damaged ones carry wild ones: then the frame rate has to do.
            moment = stamp if stamp >= 0 and last < stamp < last + LONGEST_PAUSE_SECONDS else last + step
            yield image, moment
            last = moment


class _Pace:
    """Holds a video to its own speed."""

    def __init__(self, ending: threading.Event) -> None:
        self._ending = ending
        self._started = time.monotonic()

    def wait_until(self, seconds: float) -> None:
        """Return when the video has run for that long; a machine too slow for it plays slower and skips nothing."""
        early = self._started + seconds - time.monotonic()
        if early > 0:
            self._ending.wait(early)
        elif early < -LATE_SECONDS:
            self._started -= early


class LoopedPicture(Source):
    """One still picture, at an easy pace."""

    kind = "picture"

    def __init__(self, path: str | Path) -> None:
        super().__init__()
        self._path = Path(path)
        self.name = self._path.name
        self._image: Image | None = None

    def __iter__(self) -> Iterator[Frame]:
        if self._image is None:
            raise SourceError(f"{self.name} is not open. Use it inside a with statement.")
        return self._frames(self._image)

    def _open(self) -> None:
        from sources.pictures import read_picture  # here, so that a camera need not wait for it

        if not self._path.is_file():
            raise SourceError(f"There is no file {without_secrets(str(self._path))}. Is the path right?")
        try:
            self._image, _ = read_picture(self._path)
        except InputError as error:
            raise SourceError(str(error)) from error

    def _close(self) -> None:
        self._image = None

    def _frames(self, image: Image) -> Iterator[Frame]:
        started = time.monotonic()
        index = 0
        while not self._ending.is_set():
            yield Frame(image, time.monotonic() - started, time.time(), index)
            index += 1
            self._ending.wait(1 / STILL_FRAMES_PER_SECOND)
