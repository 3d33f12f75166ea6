"""Many viewers in one process: who got how many pictures, and how old each was when it had arrived.

python -m benchmarks.viewers http://127.0.0.1:5000/video_feed --viewers 4 --slow 1 --seconds 10

Prints "begin" and "end" around the time that is measured, then one line of JSON. Samples are only kept meanwhile and
decoded afterwards, so that the viewers leave the processor to the server.
"""

import argparse
import json
import selectors
import socket
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from benchmarks.birth import read_age

START, END = b"\xff\xd8\xff", b"\xff\xd9"
"""A JPEG picture from its first to its last bytes; neither occurs inside of what the encoders here write."""

READ_BYTES = 1 << 18
SLOW_ROUND_SECONDS = 0.02
FIRST_PICTURE_SECONDS = 30.0
SETTLE_SECONDS = 1.0


class Viewer:
    """One open stream."""

    def __init__(self, address: str, *, keep_every: int, bytes_per_second: float = 0.0) -> None:
        """`bytes_per_second` 0: as fast as they come."""
        parts = urlsplit(address)
        self.socket = socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 80), timeout=30)
        # HTTP/1.0, so that no server wraps the pictures into chunks
        self.socket.sendall(f"GET {parts.path} HTTP/1.0\r\nHost: {parts.netloc}\r\n\r\n".encode())
        self.socket.setblocking(False)
        self.bytes_per_second = bytes_per_second
        self.arrivals: list[float] = []
        self.open = True
        self._kept: list[tuple[float, bytes]] = []
        self._keep_every = keep_every
        self._count = 0
        self._buffer = bytearray()
        self._searched = 0
        self._allowance, self._allowed_at = 0.0, time.monotonic()

    def read(self) -> None:
        """Take what is there, or as much as a slow viewer may take by now."""
        try:
            chunk = self.socket.recv(self._allowed())
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        self.open = bool(chunk)
        self._allowance -= len(chunk)
        self.feed(chunk, time.time())

    def _allowed(self) -> int:
        if not self.bytes_per_second:
            return READ_BYTES
        now = time.monotonic()
        self._allowance += (now - self._allowed_at) * self.bytes_per_second
        self._allowed_at = now
        self._allowance = min(self._allowance, self.bytes_per_second)
        return max(1, int(self._allowance))

    def feed(self, chunk: bytes, now: float) -> None:
        """Bytes that arrived just now."""
        self._buffer += chunk
        while (end := self._buffer.find(END, self._searched)) >= 0:
            start = self._buffer.find(START)
            if 0 <= start < end:
                self._arrived(now, bytes(self._buffer[start : end + 2]))
            del self._buffer[: end + 2]
            self._searched = 0
        self._searched = max(0, len(self._buffer) - 1)

    def _arrived(self, now: float, picture: bytes) -> None:
        self.arrivals.append(now)
        self._count += 1
        if self._count % self._keep_every == 0:
            self._kept.append((now, picture))

    def ages(self, since: float, until: float) -> list[tuple[float, float]]:
        """(when, how old then) of the kept pictures of that time whose strip could be read."""
        ages = ((now, read_age(picture, now)) for now, picture in self._kept if since <= now <= until)
        return [(now - since, age) for now, age in ages if age is not None]

    def forget(self) -> None:
        """What came before is not kept."""
        self._kept.clear()


class ViewerGroup:
    """All viewers of one process, read in one thread."""

    def __init__(self, viewers: Sequence[Viewer]) -> None:
        self._viewers = viewers
        self._slow = [viewer for viewer in viewers if viewer.bytes_per_second]
        self._selector = selectors.DefaultSelector()
        for viewer in viewers:
            if not viewer.bytes_per_second:
                self._selector.register(viewer.socket, selectors.EVENT_READ, viewer)

    def watch(self, seconds: float, *, until_all_have: int | None = None) -> None:
        """For that long, or until everybody has so many pictures."""
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            if until_all_have is not None and all(len(v.arrivals) >= until_all_have for v in self._viewers):
                return
            if self._selector.get_map():
                wait = min(end - now, SLOW_ROUND_SECONDS if self._slow else 0.2)
                for key, _ in self._selector.select(wait):
                    self._read(key.data)
            else:
                time.sleep(SLOW_ROUND_SECONDS)
            for viewer in self._slow:
                if viewer.open:
                    viewer.read()

    def _read(self, viewer: Viewer) -> None:
        viewer.read()
        if not viewer.open:
            self._selector.unregister(viewer.socket)

    def close(self) -> None:
        self._selector.close()
        for viewer in self._viewers:
            viewer.socket.close()


def watch(address: str, *, viewers: int, slow: int, bytes_per_second: float, seconds: float) -> list[dict[str, Any]]:
    """Everybody's pictures over some seconds, counted from a moment after all have their first one."""
    crowd_of = [Viewer(address, keep_every=max(1, viewers)) for _ in range(viewers)]
    crowd_of += [Viewer(address, keep_every=1, bytes_per_second=bytes_per_second) for _ in range(slow)]
    crowd = ViewerGroup(crowd_of)
    try:
        crowd.watch(FIRST_PICTURE_SECONDS, until_all_have=1)
        crowd.watch(SETTLE_SECONDS)
        for viewer in crowd_of:
            viewer.forget()
        print("begin", flush=True)
        since = time.time()
        crowd.watch(seconds)
        until = time.time()
        print("end", flush=True)
    finally:
        crowd.close()
    return [_described(viewer, since, until) for viewer in crowd_of]


def _described(viewer: Viewer, since: float, until: float) -> dict[str, Any]:
    pictures = sum(since <= moment <= until for moment in viewer.arrivals)
    ages = viewer.ages(since, until)
    return {
        "slow": bool(viewer.bytes_per_second),
        "pictures": pictures,
        "fps": pictures / (until - since),
        "ages": [(round(moment, 4), round(age, 4)) for moment, age in ages],
        "complete": viewer.open,
    }


def first_fresh_seconds(address: str, patience_seconds: float = 30.0) -> float | None:
    """Come, and say after how many seconds the first picture was there that was born after coming."""
    came = time.time()
    viewer = Viewer(address, keep_every=1)
    viewer.socket.setblocking(True)
    viewer.socket.settimeout(patience_seconds)
    try:
        while viewer.open and time.time() - came < patience_seconds:
            viewer.read()
            for moment, age in viewer.ages(came, time.time()):
                if age <= moment:
                    return moment
            viewer.forget()
    finally:
        viewer.socket.close()
    return None


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.viewers", description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--viewers", type=int, default=1)
    parser.add_argument("--slow", type=int, default=0)
    parser.add_argument("--bytes-per-second", type=float, default=250_000)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    # whoever started this is gone when the input ends: nobody waits for the figures any more
    threading.Thread(target=_end_with_input, name="input", daemon=True).start()
    result = watch(
        options.address,
        viewers=options.viewers,
        slow=options.slow,
        bytes_per_second=options.bytes_per_second,
        seconds=options.seconds,
    )
    print(json.dumps(result), flush=True)


def _end_with_input() -> None:
    import os

    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    main()
