"""Cameras, films and networks that need no hardware, and all end by themselves."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np
from werkzeug.test import TestResponse

from faces.calibrator import Calibrator
from faces.encode import encode
from faces.records import Box, Face, Frame, Image, Shot
from sources.browser import BrowserSource
from sources.opencv import OpenCvSource

LONGEST_BLOCK_SECONDS = 8.0


def picture(seed: int = 0, width: int = 64, height: int = 48) -> Image:
    """An image of noise; another for every seed."""
    return np.random.default_rng(seed).integers(0, 255, (height, width, 3), np.uint8)


def pictures(count: int) -> list[Image]:
    """That many images, no two the same."""
    return [picture(seed) for seed in range(count)]


def wait_until(condition: Callable[[], object], seconds: float = 20.0) -> bool:
    """Whether it comes true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.01)
    return bool(condition())


def json_of(answer: TestResponse) -> Any:
    """The answer's JSON, of whatever shape."""
    return answer.get_json()


class Block:
    """In a script: read() does not return, until it is released or the test must be over."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._free = threading.Event()

    def wait(self) -> None:
        self.reached.set()
        self._free.wait(LONGEST_BLOCK_SECONDS)

    def release(self) -> None:
        self._free.set()


class FakeCapture:
    """Stands for cv2.VideoCapture and reads from a script: images, None, False, errors, blocks; then (False, None)."""

    def __init__(self, script: Iterable[Any] = (), *, opens: bool = True, pause: float = 0.0) -> None:
        self._script = iter(script)
        self._opens = opens
        self._pause = pause
        self.released = 0
        self.reading = 0
        self.settings: dict[int, float] = {cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*"h264")}

    def isOpened(self) -> bool:
        return self._opens

    def read(self) -> Any:
        self.reading += 1
        assert self.reading == 1, "two threads read one capture"
        try:
            return self._next()
        finally:
            self.reading -= 1

    def _next(self) -> Any:
        time.sleep(self._pause)
        step = next(self._script, False)
        if isinstance(step, Block):
            step.wait()
            return False, None
        if isinstance(step, Exception):
            raise step
        if step is None or isinstance(step, tuple):
            return step
        return (False, None) if step is False else (True, step)

    def get(self, setting: int) -> float:
        return self.settings.get(setting, 0.0)

    def set(self, setting: int, value: float) -> bool:
        self.settings[setting] = value
        return True

    def release(self) -> None:
        self.released += 1


class FakeStages:
    """Finds the same faces in every frame, as many as asked for."""

    def __init__(self, faces: int = 1, *, seconds: float = 0.0, emotion: str = "happy") -> None:
        self.faces = faces
        self.seconds = seconds
        self.emotion = emotion
        self.indexes: list[int] = []
        self.calibrator = Calibrator()

    def process(self, frame: Frame) -> Shot:
        time.sleep(self.seconds)
        self.indexes.append(frame.index)
        return Shot(frame, tuple(self._face(person) for person in range(1, self.faces + 1)))

    def _face(self, person: int) -> Face:
        scores = tuple(0.7 if name == self.emotion else 0.05 for name in NAMES)
        return Face(person, Box(2 * person, 4, 20, 20), self.emotion, 0.7, scores)


NAMES = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")


class FakeSource(OpenCvSource):
    """A source from a script like FakeCapture's, one script for each opening; an error in their place refuses it."""

    kind = "camera"
    comes_back = True
    freezes = True
    faces_user = True

    def __init__(self, openings: Iterator[Any], *, name: str = "Camera 0", pause: float = 0.01) -> None:
        super().__init__()
        self.name = name
        self._openings = openings
        self._pause = pause
        self.captures: list[FakeCapture] = []

    def _new_capture(self) -> FakeCapture:
        script = next(self._openings, ())
        if isinstance(script, Exception):
            raise script
        self.captures.append(FakeCapture(script, pause=self._pause))
        return self.captures[-1]


def endless(count: int = 2000) -> Iterator[Image]:
    """Images for about as long as a test may take, no two neighbours the same."""
    few = pictures(16)
    for number in range(count):
        yield few[number % len(few)]


def write_film(path: Path, count: int = 6, *, fps: float = 20.0) -> Path:
    """A film file whose images grow brighter."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, (64, 48))
    for number in range(count):
        writer.write(np.full((48, 64, 3), 20 + number * 200 // max(1, count), np.uint8))
    writer.release()
    return path


def write_gif(path: Path, delays: Iterable[int]) -> Path:
    """A tiny GIF of flat grey images, each held for its delay in hundredths of a second."""
    palette = b"".join(bytes((level, level, level)) for level in (0, 80, 160, 240))
    parts = [b"GIF89a", (16).to_bytes(2, "little") * 2, b"\x91\x00\x00", palette]
    for number, delay in enumerate(delays):
        parts.append(b"\x21\xf9\x04\x04" + delay.to_bytes(2, "little") + b"\x00\x00")
        parts.append(b"\x2c" + b"\x00" * 4 + (16).to_bytes(2, "little") * 2 + b"\x00\x02" + _flat(number % 4, 256))
    path.write_bytes(b"".join(parts) + b"\x3b")
    return path


def _flat(colour: int, pixels: int) -> bytes:
    """LZW without compression: the table is emptied before it can grow, so that every code has three bits."""
    codes = [code for _ in range(pixels // 2) for code in (4, colour, colour)] + [5]
    bits = sum(code << (3 * place) for place, code in enumerate(codes))
    packed = bits.to_bytes((3 * len(codes) + 7) // 8, "little")
    blocks = [packed[start : start + 255] for start in range(0, len(packed), 255)]
    return b"".join(bytes((len(block),)) + block for block in blocks) + b"\x00"


class MjpegCamera:
    """A network camera on loopback: multipart JPEG over HTTP, for as many readers as come."""

    def __init__(self, *, images: list[Image] | None = None, count: int = 200, fps: float = 30.0) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pictures = [encode(image) for image in images or pictures(8)]
        self._count = count
        self._fps = fps
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._accept, name="fake-camera", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/video"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Switched off: no answer any more, and every stream ends."""
        self._ending.set()
        # close() alone does not wake a thread in accept() on Linux. Interrupted later, it would go on with whatever
        # socket has the same number by then, and take another test's connection.
        with contextlib.suppress(OSError):  # refused where close() does wake it
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _accept(self) -> None:
        while not self._ending.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._send, args=(connection,), daemon=True).start()

    def _send(self, connection: socket.socket) -> None:
        with connection:
            try:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=cut\r\n\r\n")
                for number in range(self._count):
                    if self._ending.wait(1 / self._fps):
                        return
                    jpeg = self._pictures[number % len(self._pictures)]
                    head = f"--cut\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                    connection.sendall(head.encode() + jpeg + b"\r\n")
            except OSError:
                return  # the reader has left


class SendingBrowser:
    """A browser that sends pictures to its source, like a page with a camera."""

    def __init__(self, *, count: int = 2000, fps: float = 50.0) -> None:
        self.source = BrowserSource("Front camera")
        self._pictures = [encode(image) for image in pictures(8)]
        self._count = count
        self._fps = fps
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._send, name="fake-browser", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join()

    def _send(self) -> None:
        for number in range(self._count):
            if self._ending.wait(1 / self._fps):
                return
            self.source.put(self._pictures[number % len(self._pictures)])
