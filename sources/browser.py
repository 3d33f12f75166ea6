"""A camera in somebody's browser: frames arrive one by one as JPEG, and only the newest is kept."""

import io
import itertools
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image as Pillow

from faces.errors import BusyError, InputError, SourceError
from faces.records import Frame, Image
from sources.base import Source
from sources.jpeg import check_scans

MOST_BYTES = 2 * 1024 * 1024
MOST_PIXELS = 2560 * 1440
"""Enough for a whole screen, in which a face of a video call is still 40 pixels wide."""

MOST_PER_SECOND = 60
"""More frames per second than any camera delivers are refused, so that decoding one visitor's never takes a core."""

LATE_SECONDS = 0.5
"""A frame waits this long for the one before it to be decoded; then its sender is told to send fewer."""

TOO_FAST = "Frames arrive faster than they can be processed. Send the next one after an answer."


@dataclass(frozen=True, slots=True)
class _Picture:
    image: Image
    captured_at: float  # seconds since the epoch
    moment: float  # time.monotonic()


class BrowserSource(Source):
    """The frames that one visitor's browser sends; the code that receives them calls put()."""

    comes_back = True

    def __init__(self, name: str = "A browser's camera", *, screen: bool = False) -> None:
        """`screen`: it is not a camera but a window or a whole screen, where faces are many and small."""
        super().__init__()
        self.name = name
        self.screen = screen
        self._came = threading.Condition()
        self._newest: _Picture | None = None
        self._last_at = 0.0
        self._opened_at: float | None = None
        self._decoding = threading.Lock()
        self._pace = _Pace(MOST_PER_SECOND)

    def put(self, picture: bytes) -> float:
        """Take the next picture and return its `captured_at`, by which its shot is known; no two share one.

        Raises InputError when it is not a JPEG of a sensible size, BusyError when pictures come faster than they may.
        """
        check(picture)
        if not self._decoding.acquire(timeout=LATE_SECONDS):
            raise BusyError(TOO_FAST)
        try:
            if not self._pace.allows(time.monotonic()):
                raise BusyError(TOO_FAST)
            image = decode(picture)
        finally:
            self._decoding.release()
        return self._keep(image)

    def _keep(self, image: Image) -> float:
        with self._came:
            self._last_at = max(time.time(), self._last_at + 1e-6)
            self._newest = _Picture(image, self._last_at, time.monotonic())
            self._came.notify_all()
            return self._last_at

    def interrupt(self) -> None:
        """End the iteration soon; may be called from another thread."""
        super().interrupt()
        with self._came:
            self._came.notify_all()

    def __iter__(self) -> Iterator[Frame]:
        if self._opened_at is None:
            raise SourceError(f"{self.name} is not open. Use it inside a with statement.")
        return self._frames(self._opened_at)

    def _frames(self, opened_at: float) -> Iterator[Frame]:
        picture: _Picture | None = None
        for index in itertools.count():
            picture = self._after(picture)
            if picture is None:
                return
            yield Frame(picture.image, max(0.0, picture.moment - opened_at), picture.captured_at, index)

    def _after(self, given: _Picture | None) -> _Picture | None:
        """Wait for a frame newer than the last one given; None at the end."""
        with self._came:
            self._came.wait_for(lambda: self._ending.is_set() or self._newest is not given)
            return None if self._ending.is_set() else self._newest

    def _open(self) -> None:
        self._opened_at = time.monotonic()

    def _close(self) -> None:
        with self._came:
            self._opened_at = self._newest = None


class _Pace:
    """Lets through a number per second, and as many at once after a pause."""

    def __init__(self, per_second: float) -> None:
        self._per_second = self._left = per_second
        self._last = 0.0

    def allows(self, now: float) -> bool:
        self._left = min(self._per_second, self._left + (now - self._last) * self._per_second)
        self._last = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


def check(picture: bytes) -> None:
    """Raise InputError for what is not a JPEG of a sensible size; nothing is decoded for that."""
    if len(picture) > MOST_BYTES:
        raise InputError(f"A frame may have at most {MOST_BYTES // 1024**2} MB. Send it smaller or at lower quality.")
    try:
        with Pillow.open(io.BytesIO(picture), formats=("JPEG",)) as opened:
            (width, height), progressive = opened.size, "progressive" in opened.info
    except (OSError, SyntaxError, ValueError, Pillow.DecompressionBombError) as error:
        raise InputError("The frame is not a JPEG picture. Send each frame as one image/jpeg.") from error
    if progressive:  # a few bytes can make the decoder pass over the whole picture thousands of times
        raise InputError("The frame is a progressive JPEG. Send a baseline JPEG, as a canvas produces.")
    if width * height > MOST_PIXELS:
        raise InputError(
            f"The frame has {width}x{height} pixels; at most {MOST_PIXELS / 1e6:.1f} million are accepted. "
            "Send it smaller."
        )
    check_scans(picture, "The frame")


def decode(picture: bytes) -> Image:
    """(height, width, 3) uint8 BGR of a checked JPEG, turned nowhere: what a page draws itself carries no EXIF."""
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if image is None:
        raise InputError("The frame is a damaged JPEG. Send the next one.")
    return np.asarray(image, np.uint8)
