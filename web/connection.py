"""One connection behind the door: its request, read more strictly than cheroot does, and the answer to it."""

import _pyio  # type: ignore[import-not-found]  # what cheroot's files are made of
import socket
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from cheroot import wsgi
from cheroot.errors import MaxSizeExceeded
from cheroot.makefile import StreamReader, StreamWriter
from cheroot.server import HTTPConnection, HTTPRequest
from werkzeug.exceptions import BadRequest, ClientDisconnected, RequestEntityTooLarge, RequestTimeout

from web.security import bare_answer

if TYPE_CHECKING:
    from web.server import HttpServer

LARGEST_REQUEST_BYTES = 32 * 1024 * 1024

TOO_LARGE = f"A request may have at most {LARGEST_REQUEST_BYTES >> 20} MB. Send something smaller."

SILENT_VIEWER_SECONDS = 20.0
"""A viewer who stops reading without leaving loses the place after this long."""

BODY_SECONDS = 60.0
"""For the whole body of a request; a thread waits for it."""

SILENT_BODY_SECONDS = 10.0


class _Request(HTTPRequest):
    """One request and its answer."""

    def __init__(self, server: "HttpServer", conn: "Connection") -> None:
        super().__init__(server, conn)
        self.scheme = b"https" if server.tls else b"http"

    def read_request_headers(self) -> bool:
        if not super().read_request_headers():  # type: ignore[no-untyped-call]
            return False
        # In the app's eyes X_Y and X-Y would be one header, of which the later wins.
        self.inheaders = {name: value for name, value in self.inheaders.items() if b"_" not in name}
        length = self.inheaders.get(b"Content-Length")
        if length is not None and (self.chunked_read or not length.isdigit()):
            self.simple_response("400 Bad Request", "The length of the request body is wrong.")
            return False
        return True

    @property
    def half_read(self) -> bool:
        """Whether some of the body was not asked for: on this connection nothing more can be understood."""
        return bool(getattr(self.rfile, "remaining", 0)) or (self.chunked_read and not self.rfile.closed)

    def send_headers(self) -> None:
        # Otherwise all of it would be read into memory now.
        self.close_connection = self.close_connection or self.half_read
        super().send_headers()

    def simple_response(self, status: str | int, msg: str = "") -> None:
        """What the server says by itself, in the shape of every other error."""
        number, _, phrase = str(status).partition(" ")
        self.close_connection = self.conn.polite = True
        code = phrase.lower().replace(" ", "_").replace("-", "_")
        if int(number) == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            msg = TOO_LARGE
        self.conn.wfile.write(bare_answer(int(number), code, f"{(msg or phrase).rstrip('.')}."))


class Gateway(wsgi.Gateway_10):
    """Between cheroot and the app."""

    def get_environ(self) -> dict[str, Any]:  # type: ignore[override]
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]
        environ["wsgi.input"] = _Body(self.req.rfile)
        return environ

    def respond(self) -> None:
        super().respond()
        self.req.conn.polite = self.req.half_read


class _Body:
    """The body of a request; what is wrong with it is the sender's fault and told to him."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        try:
            return bytes(self._file.read(size if size >= 0 else None))
        except TimeoutError as error:
            raise RequestTimeout("The request body did not arrive in time. Send it again.") from error
        except MaxSizeExceeded as error:
            raise RequestEntityTooLarge() from error
        except OSError as error:
            raise ClientDisconnected() from error
        except ValueError as error:
            raise BadRequest(f"The request body cannot be read: {error}.") from error


class Connection(HTTPConnection):
    """One connection for one request, whose head was read at the door."""

    RequestHandlerClass = _Request

    def __init__(self, server: "HttpServer", connection: socket.socket, address: str, head: bytes) -> None:
        super().__init__(server, connection, _Files(head))
        self.remote_addr = address
        self.remote_port = connection.getpeername()[1]
        self.polite = False  # whether the other side may still be sending, and should get its answer
        connection.settimeout(SILENT_VIEWER_SECONDS)

    def wait_for_next(self) -> None:
        rest = self.rfile.peek(1) if self.rfile.has_data() else b""
        self.server.door.come_back(self.socket, self.remote_addr, rest)

    def close(self) -> None:
        if self.polite:
            self.server.door.see_off(self.socket, self.remote_addr)
        else:
            super().close()
            self.server.door.gone()


class _Files:
    """Makes the files through which cheroot reads and writes one connection."""

    def __init__(self, head: bytes) -> None:
        self._head = head

    def __call__(self, connection: socket.socket, mode: str, size: int) -> Any:
        if "w" in mode:
            return StreamWriter(connection, mode, size)
        return _Reader(_Resumed(connection, self._head), size)


class _Reader(StreamReader):
    def __init__(self, raw: "_Resumed", size: int) -> None:
        _pyio.BufferedReader.__init__(self, raw, size)
        self.bytes_read = 0


class _Resumed(socket.SocketIO):
    """Reads what the door has heard, then the socket, but not for ever."""

    def __init__(self, connection: socket.socket, head: bytes) -> None:
        super().__init__(connection, "r")
        self._connection = connection
        self._head = memoryview(head)
        self._until = time.monotonic() + BODY_SECONDS

    def readinto(self, buffer: Any) -> int | None:
        if self._head:
            count = min(len(buffer), len(self._head))
            buffer[:count], self._head = self._head[:count], self._head[count:]
            return count
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._connection.settimeout(min(left, SILENT_BODY_SECONDS))
        try:
            return super().readinto(buffer)
        finally:
            self._connection.settimeout(SILENT_VIEWER_SECONDS)
