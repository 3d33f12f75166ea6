"""Where frames come from: a webcam, a network camera, a film, the demo clip, a picture; each an iterator of Frame.

A source opens when it is entered and closes when it is left:

    with open_source("clip.mp4") as source:
        for frame in source:
            ...

Frames come at the speed of the world; films and pictures are turned upright as they say.
"""

import contextlib
import math
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, cast
from urllib.parse import urlsplit

import cv2

from faces.errors import InputError, SourceError
from faces.records import Frame, Image
from sources.address import without_password
from sources.images import to_bgr

DEMO_FILE = Path(__file__).parent.parent / "assets" / "demo.mp4"

PICTURE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})

ADDRESS_SCHEMES = ("http", "https", "rtsp", "rtsps")

FAILED_READS_ALLOWED = 10
"""A camera may drop a damaged picture now and then; that many in a row mean that it is gone."""

PAUSE_AFTER_FAILED_READ_SECONDS = 0.03

LONGEST_PAUSE_SECONDS = 600.0
"""A film that claims to hold one picture for longer has a damaged time."""

LATE_SECONDS = 0.5
"""So far a film may fall behind its own speed before it gives up catching up."""

NETWORK_PATIENCE_MS = 4000

STILL_FRAMES_PER_SECOND = 5

HIGHEST_CAMERA_NUMBER = 99


class Capture(Protocol):
    """The part of cv2.VideoCapture that is used here."""

    def isOpened(self) -> bool: ...

    def read(self) -> Any: ...

    def get(self, setting: int) -> float: ...

    def set(self, setting: int, value: float) -> bool: ...

    def release(self) -> None: ...


OpenCapture = Callable[..., Capture]


def _open_capture(*arguments: Any) -> Capture:
    return cast(Capture, cv2.VideoCapture(*arguments))


class Source:
    """What all sources share; each says how it opens and how it runs."""

    name = ""
    comes_back = False  # gone today may be back tomorrow: worth another try
    freezes = False  # repeats its last picture for ever when it is unplugged
    faces_user = False  # looks at the person before the screen, who expects a mirror

    def __init__(self) -> None:
        self._capture: Capture | None = None
        self._ending = threading.Event()

    def __enter__(self) -> Self:
        self._capture = self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        capture, self._capture = self._capture, None
        if capture is not None:
            capture.release()
        self._ending.clear()

    def __iter__(self) -> Iterator[Frame]:
        if self._capture is None:
            raise SourceError(f"{self.name} is not open. Use it inside a with statement.")
        return self._frames(self._capture)

    def interrupt(self) -> None:
        """End the iteration soon; may be called from another thread."""
        self._ending.set()

    def _open(self) -> Capture:
        raise NotImplementedError

    def _frames(self, capture: Capture) -> Iterator[Frame]:
        """Frames of a device that runs by itself, until it stops giving them."""
        started = time.monotonic()
        index = failures = 0
        while not self._ending.is_set():
            image = _read(capture, self.name)
            if image is None:
                failures += 1
                if failures > FAILED_READS_ALLOWED:
                    raise SourceError(self._lost())
                self._ending.wait(PAUSE_AFTER_FAILED_READ_SECONDS)
                continue
            failures = 0
            yield Frame(image, time.monotonic() - started, time.time(), index)
            index += 1

    def _lost(self) -> str:
        return f"{self.name} stopped giving pictures. Is it still connected?"


def _read(capture: Capture, name: str) -> Image | None:
    """The next image, or None when the capture has none."""
    try:
        answer = capture.read()
    except cv2.error as error:
        raise SourceError(f"{name} failed while it was read: {error}. Is it still connected?") from error
    taken, image = answer if answer is not None else (False, None)
    if not taken or image is None or image.size == 0:
        return None
    try:
        return to_bgr(image)
    except InputError as error:
        raise SourceError(f"{name} gives pictures that cannot be used. {error}") from error


class Webcam(Source):
    """A camera of this machine, by its number."""

    comes_back = True
    freezes = True
    faces_user = True

    def __init__(
        self,
        number: int = 0,
        *,
        width: int = 640,
        height: int = 480,
        fps: float = 30,
        open_capture: OpenCapture = _open_capture,
    ) -> None:
        super().__init__()
        self.name = f"Camera {number}"
        self._number = number
        self._width, self._height, self._fps = width, height, fps
        self._open_capture = open_capture

    def _open(self) -> Capture:
        if self._open_capture is _open_capture and not _may_exist(self._number):
            raise SourceError(
                f"{self.name} was not found. Plug it in, try another number, or --source demo for the demo clip."
            )
        capture = self._open_capture(self._number, _webcam_backend())
        if not capture.isOpened():
            capture.release()
            raise SourceError(self._refused())
        if self._width * self._height > 640 * 480:
            # Uncompressed, USB 2 carries larger pictures only at 5 to 10 per second.
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, self._width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self._height)
        capture.set(cv2.CAP_PROP_FPS, self._fps)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # a queue of pictures is nothing but age
        return capture

    def _refused(self) -> str:
        advice = "Is another program using it? Try another number, or --source demo for the demo clip."
        if sys.platform == "darwin":
            advice += " macOS also asks once for permission: System Settings, Privacy and Security, Camera."
        return f"{self.name} did not open. {advice}"


def _may_exist(number: int) -> bool:
    """On Linux a camera is a file; looking for it is cheaper than trying to open it."""
    return not sys.platform.startswith("linux") or Path(f"/dev/video{number}").exists()


def _webcam_backend() -> int:
    if sys.platform.startswith("linux"):
        return cv2.CAP_V4L2
    if sys.platform == "win32":
        return cv2.CAP_DSHOW  # the other one takes many seconds to open
    return cv2.CAP_ANY


class NetworkCamera(Source):
    """A camera behind an rtsp:// or http:// address."""

    comes_back = True

    def __init__(self, address: str, *, open_capture: OpenCapture = _open_capture) -> None:
        super().__init__()
        self._address = address
        self.name = f"Network camera {without_password(address)}"
        self._open_capture = open_capture

    def _open(self) -> Capture:
        settings = [
            *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, NETWORK_PATIENCE_MS),
            *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, NETWORK_PATIENCE_MS),
            *(cv2.CAP_PROP_N_THREADS, 1),  # each further decoder thread holds back one picture
        ]
        capture = self._open_capture(self._address, cv2.CAP_FFMPEG, settings)
        if not capture.isOpened():
            capture.release()
            raise SourceError(
                f"{self.name} did not answer with a film. Is it switched on, and is the address right? "
                "Try the address in a video player."
            )
        return capture


class Film(Source):
    """A film file, again and again: at its own speed, or, without pace, as fast as it is asked for."""

    def __init__(
        self,
        path: str | Path,
        *,
        name: str | None = None,
        paced: bool = True,
        open_capture: OpenCapture = _open_capture,
    ) -> None:
        super().__init__()
        self._path = Path(path)
        self.name = name or self._path.name
        self._paced = paced
        self._open_capture = open_capture

    @property
    def frames_per_second(self) -> float:
        """As the film says; 25 where it does not say. Only inside the with statement."""
        fps = self._capture.get(cv2.CAP_PROP_FPS) if self._capture else 0.0
        return fps if math.isfinite(fps) and 0 < fps <= 1000 else 25.0

    def _open(self) -> Capture:
        if not self._path.is_file():
            raise SourceError(f"There is no file {self._path}. Is the path right?")
        if self._path.stat().st_size == 0:
            raise SourceError(f"The file {self._path} is empty. Copy or record it again.")
        capture = self._open_capture(str(self._path), cv2.CAP_FFMPEG)
        if not capture.isOpened():
            capture.release()
            raise SourceError(f"The file {self._path} is not a film that can be read. Try an mp4, webm, avi or gif.")
        return capture

    def _frames(self, capture: Capture) -> Iterator[Frame]:
        clock = _Clock(self._ending)
        index, start = 0, 0.0
        while True:
            seconds, given = start, 0
            for image, moment in self._once(capture):
                seconds = start + moment
                if self._paced:
                    clock.wait_until(seconds)
                if self._ending.is_set():
                    return
                yield Frame(image, seconds, time.time(), index)
                index, given = index + 1, given + 1
            if given == 0:
                raise SourceError(f"The file {self._path} holds no picture that can be read. Is it complete?")
            start = seconds + 1 / self.frames_per_second
            capture.release()
            self._capture = None  # so that a file that is gone by now is not released twice
            capture = self._capture = self._open()

    def _once(self, capture: Capture) -> Iterator[tuple[Image, float]]:
        """Every image of the film with its seconds, which never run backwards."""
        step = 1 / self.frames_per_second
        last = -step
        while (image := _read(capture, self.name)) is not None:
            stamp = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            # Bare streams carry no times, and damaged ones carry wild ones: then the frame rate has to do.
            moment = stamp if stamp >= 0 and last < stamp < last + LONGEST_PAUSE_SECONDS else last + step
            yield image, moment
            last = moment


class _Clock:
    """Holds a film to its own speed."""

    def __init__(self, ending: threading.Event) -> None:
        self._ending = ending
        self._started = time.monotonic()

    def wait_until(self, seconds: float) -> None:
        """Return when the film has run for that long; a machine too slow for it plays slower and skips nothing."""
        early = self._started + seconds - time.monotonic()
        if early > 0:
            self._ending.wait(early)
        elif early < -LATE_SECONDS:
            self._started -= early


class Picture(Source):
    """One still picture, shown again and again."""

    def __init__(self, path: str | Path) -> None:
        super().__init__()
        self._path = Path(path)
        self.name = self._path.name

    def _open(self) -> Capture:
        from sources.pictures import read_picture  # here, so that a camera need not wait for it

        if not self._path.is_file():
            raise SourceError(f"There is no file {self._path}. Is the path right?")
        try:
            image, _ = read_picture(self._path)
        except InputError as error:
            raise SourceError(str(error)) from error
        return _StillCapture(image, self._ending)


class _StillCapture:
    """A capture that gives the same image for ever, at an easy pace."""

    def __init__(self, image: Image, ending: threading.Event) -> None:
        self._image = image
        self._ending = ending
        self._read_before = False

    def isOpened(self) -> bool:
        return True

    def read(self) -> tuple[bool, Image]:
        if self._read_before:
            self._ending.wait(1 / STILL_FRAMES_PER_SECOND)
        self._read_before = True
        return True, self._image

    def get(self, setting: int) -> float:
        return 0.0

    def set(self, setting: int, value: float) -> bool:
        return False

    def release(self) -> None:
        """Nothing is held."""


def open_source(source: int | str, *, width: int = 640, height: int = 480, fps: float = 30) -> Source:
    """The source that a person means by a camera number, a file, an address or "demo"; opened when it is entered.

    On Linux /dev/video1 is camera 1.
    """
    text = str(source).strip()
    if sys.platform.startswith("linux"):
        text = re.sub(r"^/dev/video(?=[0-9]+$)", "", text)  # as other programs call their cameras
    if text.isascii() and text.isdigit():
        if int(text) > HIGHEST_CAMERA_NUMBER:
            raise SourceError(f"There is no camera {text[:12]}. Camera numbers go from 0 to {HIGHEST_CAMERA_NUMBER}.")
        return Webcam(int(text), width=width, height=height, fps=fps)
    if text == "demo":
        return Film(DEMO_FILE, name="Demo clip")
    scheme, colon, _ = text.partition("://")
    if colon:
        if scheme.lower() not in ADDRESS_SCHEMES:
            raise SourceError(f"Addresses of the kind {scheme}:// cannot be opened. Use rtsp:// or http://.")
        _check_address(text)
        return NetworkCamera(text)
    if not text:
        raise SourceError("The source is empty. Give a camera number, a file, an rtsp:// or http:// address, or demo.")
    if Path(text).suffix.lower() in PICTURE_SUFFIXES:
        return Picture(text)
    return Film(text)


def _check_address(address: str) -> None:
    try:
        urlsplit(address)
    except ValueError as error:
        raise SourceError(
            f"The address {without_password(address)} is not a possible one: {error}. Is it typed right?"
        ) from error


def find_cameras(*, probe: bool = False) -> list[tuple[int, str]]:
    """(number, name) of the cameras of this machine.

    Linux lists them by name without opening one. Elsewhere the only way is to open each, which lights its lamp, so
    that it happens only on request.
    """
    if sys.platform.startswith("linux"):
        return _linux_cameras(Path("/sys/class/video4linux"))
    if not probe:
        return []
    found = []
    for number in range(4):
        with contextlib.suppress(SourceError), Webcam(number) as camera:
            found.append((number, camera.name))
    return found


def _linux_cameras(folder: Path) -> list[tuple[int, str]]:
    found = []
    for entry in folder.glob("video*"):
        number = entry.name.removeprefix("video")
        # One camera has several entries; index 0 is the one with pictures, the others carry its settings.
        if number.isdigit() and _line(entry / "index") in ("0", ""):
            found.append((int(number), _line(entry / "name") or f"Camera {number}"))
    return sorted(found)


def _line(file: Path) -> str:
    return file.read_text(errors="replace").strip() if file.is_file() else ""
