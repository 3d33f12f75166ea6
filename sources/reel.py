"""The pictures of a video file with their times, in order or from anywhere in it."""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass

import cv2

from faces.records import Image
from sources.opencv import OpenCvCapture, read_image

LONGEST_PAUSE_SECONDS = 600.0
"""A video that claims to hold one picture for longer has a damaged time."""

USUAL_FRAMES_PER_SECOND = 25.0

EARLIER_SECONDS = (0.0, 1.0, 5.0, 30.0)
"""FFmpeg may land behind the time that was asked for: then it is asked for earlier ones, before everything is read."""

SAME_MOMENT_SECONDS = 1e-4


@dataclass(frozen=True, slots=True)
class Still:
    """One picture of a video."""

    image: Image
    moment: float  # seconds from the beginning of the video


class Reel:
    """An open video file; times never run backwards from one picture to the next."""

    def __init__(
        self, capture: OpenCvCapture, reopen: Callable[[], OpenCvCapture], name: str, ending: threading.Event
    ) -> None:
        """`reopen` releases the capture and opens the file anew; once `ending` is set a search in it is given up."""
        self._capture = capture
        self._reopen = reopen
        self._name = name
        self._ending = ending
        self._last = -self.step
        self._ahead: Still | None = None
        self._timed = True  # whether every picture so far came with a time of its own
        self.length = self._claimed_length()

    @property
    def step(self) -> float:
        """Seconds from one picture to the next, as the file says; a 25th where it does not say."""
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        return 1 / (fps if math.isfinite(fps) and 0 < fps <= 1000 else USUAL_FRAMES_PER_SECOND)

    def next(self) -> Still | None:
        """The next picture, or None after the last one."""
        found, self._ahead = self._ahead, None
        return found or self._read()

    def put_back(self, still: Still) -> None:
        """Give the picture that was read last once more."""
        self._ahead = still

    def rewind(self) -> None:
        """To the beginning."""
        self._capture = self._reopen()
        self._last, self._ahead = -self.step, None

    def seek(self, seconds: float) -> Still | None:
        """The first picture of that time or later; the last one where the video has ended by then."""
        self._land(min(seconds, self.length - self.step) if self.length else seconds)
        found = self.next()
        while found and found.moment < seconds - SAME_MOMENT_SECONDS and not self._ending.is_set():
            later = self.next()
            if later is None:
                break
            found = later
        return found

    def before(self, moment: float) -> Still | None:
        """The picture before the one of that time; the first one where there is none before it."""
        self._land(moment - 2 * self.step)
        found = self.next()
        while found and not self._ending.is_set():
            later = self.next()
            if later is None or later.moment > moment - SAME_MOMENT_SECONDS:
                self._ahead = later
                break
            found = later
        return found

    def ended(self) -> None:
        """Every picture has been read: the length is known now."""
        self.length = self._last + self.step

    def _land(self, seconds: float) -> None:
        """Somewhere at that time or before it."""
        self._ahead = None
        for earlier in EARLIER_SECONDS if self._timed else ():
            target = seconds - earlier
            if target <= 0 or not self._capture.set(cv2.CAP_PROP_POS_MSEC, 1000 * target):
                break
            self._last = -math.inf
            found = self._read()
            if found is not None and self._timed and found.moment <= seconds + self.step / 2:
                self._ahead = found
                return
        self._timed = True
        self.rewind()

    def _read(self) -> Still | None:
        image = read_image(self._capture, self._name)
        if image is None:
            return None
        stamp = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        # Bare streams carry no times, and damaged ones carry wild ones: then the frame rate has to do.
        latest = self._last + LONGEST_PAUSE_SECONDS if math.isfinite(self._last) else math.inf
        timed = stamp >= 0 and self._last < stamp < latest
        self._timed = self._timed and timed
        self._last = stamp if timed else self._last + self.step
        return Still(image, self._last)

    def _claimed_length(self) -> float | None:
        seconds = self._capture.get(cv2.CAP_PROP_FRAME_COUNT) * self.step
        return seconds if math.isfinite(seconds) and seconds > 0 else None
