"""The whole site with a fake camera on a port of its own, and how to talk to it byte by byte."""

import contextlib
import itertools
import socket
import ssl
from collections.abc import Iterator
from typing import Any

from fakes import FakeSource, FakeStages, endless

from camera import VideoCamera
from main import create_app
from web.server import Server, listen


class Site:
    """The whole site with a fake camera, on a port of its own."""

    def __init__(
        self,
        script: Any = None,
        *,
        max_viewers: int = 4,
        pause: float = 0.01,
        token: str | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        openings = itertools.repeat(endless()) if script is None else iter([script])
        self.stages = FakeStages()
        self.camera = VideoCamera(
            make_stages=lambda _: self.stages,
            open_source=lambda text, _: FakeSource(openings, name=f"Camera {text}", pause=pause),
        )
        listener = listen("127.0.0.1", 0)
        self.port: int = listener.getsockname()[1]
        app = create_app(self.camera, token=token, max_viewers=max_viewers)
        self._server = Server(app, listener, max_viewers=max_viewers, tls=tls)

    def __enter__(self) -> "Site":
        self._server.start()
        self.camera.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.camera.close()
        self._server.stop()

    def connect(self, data: bytes = b"") -> socket.socket:
        """A connection on which these bytes were sent; who calls closes it."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        connection.sendall(data)
        return connection

    def ask(self, data: bytes) -> bytes:
        """All that is answered to these bytes until the server closes the connection."""
        with self.connect(data) as connection:
            return read_to_end(connection)

    @contextlib.contextmanager  # HTTP/1.0, whose answers come without the marks of chunks between
    def request(self, path: str, *, agent: str = "test") -> Iterator[socket.socket]:
        head = f"GET {path} HTTP/1.0\r\nHost: localhost:{self.port}\r\nUser-Agent: {agent}\r\n\r\n"
        with self.connect(head.encode()) as connection:
            yield connection

    def viewers(self) -> int:
        return self.camera.state().viewers


def read_to_end(connection: socket.socket) -> bytes:
    data = b""
    while more := connection.recv(65536):
        data += more
    return data


def read_until(connection: socket.socket, ending: bytes, data: bytes = b"") -> bytes:
    while ending not in data:
        more = connection.recv(65536)
        assert more, data[:300]
        data += more
    return data
