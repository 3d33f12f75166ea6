"""What cameras and looped videos share: frames that OpenCV reads."""

import os
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, Protocol, cast

import cv2

from faces.errors import InputError, SourceError
from faces.records import Frame, Image
from faces.terminal import plain
from sources.base import Source
from sources.formats import DECODERS, NETWORK_FORMATS, VIDEO_CODECS, VIDEO_FORMATS
from sources.images import check_size, to_bgr

FAILED_READS_ALLOWED = 10
"""A camera may drop a damaged picture now and then; that many in a row mean that it is gone."""

PAUSE_AFTER_FAILED_READ_SECONDS = 0.03


class OpenCvCapture(Protocol):
    """The part of cv2.VideoCapture that is used here."""

    def isOpened(self) -> bool: ...

    def read(self) -> Any: ...

    def get(self, setting: int) -> float: ...

    def set(self, setting: int, value: float) -> bool: ...

    def release(self) -> None: ...


OpenCapture = Callable[..., OpenCvCapture]


FFMPEG_OPTIONS = {
    "rtsp_transport": "tcp",  # as OpenCV itself would ask for
    "protocol_whitelist": "file,http,https,httpproxy,tcp,tls,rtp,rtsp,rtsps,udp,crypto",
    "format_whitelist": ",".join(sorted(VIDEO_FORMATS | NETWORK_FORMATS)),
    "codec_whitelist": DECODERS,
}
"""What FFmpeg may open: by itself it also shows texts as videos, and follows playlists to whatever they name."""


def open_capture(*arguments: Any) -> OpenCvCapture:
    """The real one."""
    # The only way to tell OpenCV; what somebody has set on purpose stays.
    os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "|".join(map(";".join, FFMPEG_OPTIONS.items())))
    return cast(OpenCvCapture, cv2.VideoCapture(*arguments))


def of_known_codec(capture: OpenCvCapture, name: str) -> OpenCvCapture:
    """The same one. Raises SourceError and releases it where its codec is not on the list; nothing is read for that.

    FFmpeg's own list counts only while it finds out what is in a file or stream: then OpenCV takes any decoder.
    """
    letters = (int(capture.get(cv2.CAP_PROP_FOURCC)) & 0xFFFFFFFF).to_bytes(4, "little").decode("latin-1")
    if letters in VIDEO_CODECS.values():
        return capture
    capture.release()
    told = plain(letters) if letters.isprintable() else "one without a name"
    raise SourceError(
        f"The pictures of {name} have a codec that is not read here ({told}). "
        "Convert the video to MP4 with H.264, or set the camera to H.264."
    )


class OpenCvSource(Source):
    """A source that OpenCV reads; each says what it captures."""

    def __init__(self) -> None:
        super().__init__()
        self._capture: OpenCvCapture | None = None

    def __iter__(self) -> Iterator[Frame]:
        if self._capture is None:
            raise SourceError(f"{self.name} is not open. Use it inside a with statement.")
        return self._frames(self._capture)

    @abstractmethod
    def _new_capture(self) -> OpenCvCapture:
        """An opened one. Raises SourceError."""

    def _open(self) -> None:
        capture = self._new_capture()
        try:
            _check_size(capture, self.name)
        except SourceError:
            capture.release()
            raise
        self._capture = capture

    def _close(self) -> None:
        capture, self._capture = self._capture, None
        if capture is not None:
            capture.release()

    def _frames(self, capture: OpenCvCapture) -> Iterator[Frame]:
        """Frames of a device that runs by itself, until it stops giving them."""
        started = time.monotonic()
        index = failures = 0
        while not self._ending.is_set():
            image = read_image(capture, self.name)
            if image is None:
                failures += 1
                if failures > FAILED_READS_ALLOWED:
                    raise SourceError(f"{self.name} stopped giving pictures. Is it still connected?")
                self._ending.wait(PAUSE_AFTER_FAILED_READ_SECONDS)
                continue
            failures = 0
            yield Frame(image, time.monotonic() - started, time.time(), index)
            index += 1


def _check_size(capture: OpenCvCapture, name: str) -> None:
    """Before the first picture is decoded, as far as the size is known by then."""
    width, height = capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT)
    try:
        if width >= 1 and height >= 1:
            check_size(int(width), int(height))
    except InputError as error:
        raise SourceError(f"{name} gives pictures that cannot be used. {error}") from error


def read_image(capture: OpenCvCapture, name: str) -> Image | None:
    """The next image, or None when the capture has none."""
    try:
        answer = capture.read()
    except cv2.error as error:
        raise SourceError(f"{name} failed while it was read: {error}. Is it still connected?") from error
    taken, image = answer if answer is not None else (False, None)
    if not taken or image is None or image.size == 0:
        return None
    try:
        check_size(image.shape[1], image.shape[0])
        return to_bgr(image)
    except InputError as error:
        raise SourceError(f"{name} gives pictures that cannot be used. {error}") from error
