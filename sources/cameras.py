"""Webcams of this machine, and cameras behind an address."""

import contextlib
import sys
from pathlib import Path

import cv2

from faces.errors import NoCameraError, SourceError
from sources.address import without_secrets
from sources.opencv import OpenCapture, OpenCvCapture, OpenCvSource, of_known_codec, open_capture

NETWORK_PATIENCE_MS = 4000


class Webcam(OpenCvSource):
    """A camera of this machine, by its number."""

    kind = "camera"
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
        open_capture: OpenCapture = open_capture,
    ) -> None:
        super().__init__()
        self.name = f"Camera {number}"
        self._number = number
        self._width, self._height, self._fps = width, height, fps
        self._open_capture = open_capture

    def _new_capture(self) -> OpenCvCapture:
        if self._open_capture is open_capture and not _may_exist(self._number):
            raise NoCameraError(f"{self.name} was not found. Plug it in, or choose another camera or the demo clip.")
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
        advice = "Is another program using it? Choose another camera or the demo clip."
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


class NetworkCamera(OpenCvSource):
    """A camera behind an rtsp:// or http:// address."""

    kind = "network"
    comes_back = True

    def __init__(self, address: str, *, open_capture: OpenCapture = open_capture) -> None:
        super().__init__()
        self._address = address
        self.name = f"Network camera {without_secrets(address)}"
        self._open_capture = open_capture

    def _new_capture(self) -> OpenCvCapture:
        settings = [
            *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, NETWORK_PATIENCE_MS),
            *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, NETWORK_PATIENCE_MS),
            *(cv2.CAP_PROP_N_THREADS, 1),  # each further decoder thread holds back one picture
        ]
        capture = self._open_capture(self._address, cv2.CAP_FFMPEG, settings)
        if not capture.isOpened():
            capture.release()
            raise SourceError(
                f"{self.name} sent no video. Is it switched on, and is the address right? "
                "Try the address in a video player."
            )
        return of_known_codec(capture, self.name)


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
