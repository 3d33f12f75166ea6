"""A network camera on loopback: multipart JPEG at 30 pictures per second, each showing when it was born.

python -m benchmarks.netcam

It says its address in one line, serves anybody who comes, and ends when its standard input does.
"""

import socket
import sys
import threading
import time
from collections.abc import Iterator
from itertools import cycle

import cv2
import numpy as np

from benchmarks.birth import write_birth
from faces.errors import SourceError
from faces.places import DEMO_FILE
from faces.records import Image
from live.broadcast import Broadcast

CLIP = DEMO_FILE

WIDTH, HEIGHT = 640, 480
FPS = 30.0
QUALITY = 85
FROM_SECONDS, TO_SECONDS = 8.0, 12.0
"""One face all the time, changing its expression."""

SCENE_HEIGHT = 420
"""The clip is cut to this height: boxes and labels then never reach the strip below."""


def face_images(from_seconds: float = FROM_SECONDS, to_seconds: float = TO_SECONDS) -> list[Image]:
    """A part of the demo clip as a camera would show it, 640x480, with room for the strip; no strip yet."""
    clip = cv2.VideoCapture(str(CLIP))
    try:
        images = list(_cut(clip, from_seconds, to_seconds))
    finally:
        clip.release()
    if not images:
        raise SourceError(f"{CLIP} has no pictures from {from_seconds} s on. Fetch it again with `git checkout`.")
    return images


def _cut(clip: cv2.VideoCapture, from_seconds: float, to_seconds: float) -> Iterator[Image]:
    while True:
        seconds = clip.get(cv2.CAP_PROP_POS_MSEC) / 1000
        taken, image = clip.read()
        if not taken or seconds >= to_seconds:
            return
        if seconds < from_seconds:
            continue
        wide = round(image.shape[1] * SCENE_HEIGHT / image.shape[0])
        scene = cv2.resize(image, (wide, SCENE_HEIGHT), interpolation=cv2.INTER_LINEAR)
        scene = scene[:, wide - WIDTH :]  # the face is on the right
        yield np.asarray(
            cv2.copyMakeBorder(scene, 0, HEIGHT - SCENE_HEIGHT, 0, 0, cv2.BORDER_REPLICATE), dtype=np.uint8
        )


def there_and_back(images: list[Image]) -> list[Image]:
    """Without a jump where it begins again."""
    return images + images[-2:0:-1]


class SimulatedNetworkCamera:
    """Encodes each picture once and sends the newest one to everybody; who reads slowly skips some."""

    def __init__(self, *, fps: float = FPS) -> None:
        self._fps = fps
        self._images = there_and_back(face_images())
        self._pictures: Broadcast[bytes] = Broadcast()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/video"

    def run(self) -> None:
        """For ever."""
        threading.Thread(target=self._accept, name="netcam-accept", daemon=True).start()
        due = time.monotonic()
        for image in cycle(self._images):
            due = max(due + 1 / self._fps, time.monotonic() - 1 / self._fps)
            time.sleep(max(0.0, due - time.monotonic()))
            write_birth(image, time.time())
            done, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
            if done:
                self._pictures.publish(jpeg.tobytes())

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._send, args=(connection,), name="netcam-send", daemon=True).start()

    def _send(self, connection: socket.socket) -> None:
        number = 0
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=cut\r\n\r\n")
                while (issue := self._pictures.wait(number)) is not None:
                    number = issue.number
                    head = f"--cut\r\nContent-Type: image/jpeg\r\nContent-Length: {len(issue.value)}\r\n\r\n"
                    connection.sendall(head.encode() + issue.value + b"\r\n")
            except OSError:
                return  # the reader has left


def main() -> None:
    cv2.setNumThreads(1)
    camera = SimulatedNetworkCamera()
    print(camera.address, flush=True)
    threading.Thread(target=camera.run, name="netcam", daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
