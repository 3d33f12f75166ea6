"""One connection behind the door: its request, read more strictly than cheroot does, and the answer to it."""

import _pyio  # type: ignore[import-not-found]  # what cheroot's files are made of
import re
import socket
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from cheroot import wsgi
from cheroot.errors import MaxSizeExceeded
from cheroot.makefile import StreamReader, StreamWriter
from cheroot.server import HeaderReader, HTTPConnection, HTTPRequest
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, RequestTimeout

from faces.errors import BusyError
from web.security import bare_answer

if TYPE_CHECKING:
    from web.server import HttpServer

LARGEST_REQUEST_BYTES = 32 * 1024 * 1024

TOO_LARGE = f"A request may have at most {LARGEST_REQUEST_BYTES >> 20} MB. Send something smaller."

WORDS = {
    HTTPStatus.BAD_REQUEST: "The request breaks the rules of HTTP/1.1. Send it with a browser or an HTTP library.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This server is not a proxy. Request one of its own addresses.",
    HTTPStatus.REQUEST_TIMEOUT: "The request did not arrive in time. Send it again.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: TOO_LARGE,
    HTTPStatus.NOT_IMPLEMENTED: "That transfer coding is not known here. Send the body with its length.",
    HTTPStatus.HTTP_VERSION_NOT_SUPPORTED: "This server speaks HTTP/1.0 and HTTP/1.1. Send the request in one of them.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong inside the program. The terminal has the details.",
}
"""What is said where cheroot itself refuses a request."""

ONCE = (b"Host", b"Content-Length")
"""Headers that count only once: of two, a proxy may go by the one and this server by the other."""

NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""Of a header (RFC 9110, section 5.6.2). A proxy may read one with a space at its end differently."""

CHUNK_TOO_LARGE = ("Request Entity Too Large",)
"""By which one of cheroot's errors is known; it has no class of its own."""

NO_PLACE = "Too many requests are still being sent. Send this one again in a moment."

BROKEN_OFF = "The request body ended early. Send it again."

NO_TEXT = re.compile(rb"[\x00\r\n]")

SILENT_VIEWER_SECONDS = 20.0
"""A viewer who stops reading without leaving loses the place after this long."""

BODY_SECONDS = 60.0
"""For the whole body of a request; a thread waits for it."""

SILENT_BODY_SECONDS = 10.0


class _Headers(dict[bytes, bytes]):
    """The headers of one request. Raise ValueError for those that two servers could read differently."""

    def __setitem__(self, name: bytes, value: bytes) -> None:
        if (name in ONCE and name in self) or NO_TEXT.search(value):
            raise ValueError(f"The header {name!r} cannot be used.")
        super().__setitem__(name, value)


class _Lines:
    """The lines of a head. Raise ValueError for one that continues another: servers differ over those."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def readline(self) -> bytes:
        line = bytes(self._file.readline())
        if line[:1] in (b" ", b"\t"):
            raise ValueError("A header goes on in the next line.")
        return line


class _HeaderReader(HeaderReader):
    def __call__(self, rfile: Any, hdict: dict[bytes, bytes] | None = None) -> dict[bytes, bytes]:
        return dict(super().__call__(_Lines(rfile), hdict))

    def _transform_key(self, key_name: bytes) -> bytes:
        if not NAME.fullmatch(key_name):
            raise ValueError(f"{key_name!r} cannot be the name of a header.")
        return key_name.title()

    def _allow_header(self, key_name: bytes) -> bool:
        # In the app's eyes X_Y and X-Y would be one header, of which the later wins.
        return b"_" not in key_name


class _Request(HTTPRequest):
    """One request and its answer."""

    header_reader = _HeaderReader()

    def __init__(self, server: "HttpServer", conn: "Connection") -> None:
        super().__init__(server, conn)
        self.scheme = b"https" if server.tls else b"http"
        self.inheaders = _Headers()

    def read_request_headers(self) -> bool:
        if not super().read_request_headers():  # type: ignore[no-untyped-call]
            return False
        length, coding = (self.inheaders.get(name) for name in (b"Content-Length", b"Transfer-Encoding"))
        if (coding is not None and not self.chunked_read) or (length is not None and not self._is_length(length)):
            self.simple_response(HTTPStatus.BAD_REQUEST)
            return False
        return True

    def _is_length(self, length: bytes) -> bool:
        return length.isdigit() and not self.chunked_read

    @property
    def half_read(self) -> bool:
        """Whether some of the body was not asked for: on this connection nothing more can be understood."""
        return bool(getattr(self.rfile, "remaining", 0)) or (self.chunked_read and not self.rfile.closed)

    def send_headers(self) -> None:
        # Of a body that was half read, all of the rest would be read into memory now; and what follows the last chunk
        # would be taken for the next request.
        self.close_connection = self.close_connection or self.half_read or self.chunked_read
        super().send_headers()

    def simple_response(self, status: str | int, msg: str = "") -> None:
        """What cheroot says by itself: its status, in our words and in the shape of every other error."""
        number = HTTPStatus(int(str(status).partition(" ")[0]))
        self.close_connection = self.conn.polite = True
        self.conn.wfile.write(bare_answer(number, number.name.lower(), WORDS.get(number, f"{number.phrase}.")))


class Gateway(wsgi.Gateway_10):
    """Between cheroot and the app."""

    def get_environ(self) -> dict[str, Any]:  # type: ignore[override]
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]
        environ["wsgi.input"] = _Body(self.req.rfile)
        return environ

    def respond(self) -> None:
        try:
            super().respond()
        finally:
            self.req.conn.files.free_place()
        self.req.conn.polite = self.req.half_read


class _Body:
    """The body of a request; what is wrong with it is the sender's fault and told to him."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        try:
            return bytes(self._file.read(size if size >= 0 else None))
        except _NoPlaceError as error:
            raise BusyError(NO_PLACE) from error
        except TimeoutError as error:
            raise RequestTimeout("The request body did not arrive in time. Send it again.") from error
        except MaxSizeExceeded as error:
            raise RequestEntityTooLarge(TOO_LARGE) from error
        except OSError as error:
            if error.args == CHUNK_TOO_LARGE:
                raise RequestEntityTooLarge(TOO_LARGE) from error
            raise BadRequest(BROKEN_OFF) from error
        except ValueError as error:
            raise BadRequest("The chunks of the request body are damaged. Send it with its length instead.") from error


class Connection(HTTPConnection):
    """One connection for one request, whose head was read at the door."""

    RequestHandlerClass = _Request

    def __init__(self, server: "HttpServer", connection: socket.socket, address: str, head: bytes) -> None:
        self.files = _Files(head, server.bodies)
        super().__init__(server, connection, self.files)
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


class _NoPlaceError(OSError):
    """So many bodies are waited for already that one more could take the last thread."""


class _Files:
    """Makes the files through which cheroot reads and writes one connection.

    Whoever waits for more of a body holds one of `places` until its request is answered: a body can drip, and each
    holds a thread.
    """

    def __init__(self, head: bytes, places: threading.Semaphore) -> None:
        self._head = head
        self._places = places
        self._holds_place = False

    def __call__(self, connection: socket.socket, mode: str, size: int) -> Any:
        if "w" in mode:
            return StreamWriter(connection, mode, size)
        return _RequestReader(_Resumed(connection, self._head, self._take_place), size)

    def _take_place(self) -> None:
        if not self._holds_place and not self._places.acquire(blocking=False):
            raise _NoPlaceError
        self._holds_place = True

    def free_place(self) -> None:
        """The request is answered."""
        if self._holds_place:
            self._holds_place = False
            self._places.release()


class _RequestReader(StreamReader):
    def __init__(self, raw: "_Resumed", size: int) -> None:
        _pyio.BufferedReader.__init__(self, raw, size)
        self.bytes_read = 0


class _Resumed(socket.SocketIO):
    """Reads what the door has heard, then the socket, but not for ever."""

    def __init__(self, connection: socket.socket, head: bytes, take_place: Callable[[], None]) -> None:
        super().__init__(connection, "r")
        self._connection = connection
        self._take_place = take_place
        self._head = memoryview(head)
        self._until = time.monotonic() + BODY_SECONDS

    def readinto(self, buffer: Any) -> int | None:
        if self._head:
            count = min(len(buffer), len(self._head))
            buffer[:count], self._head = self._head[:count], self._head[count:]
            return count
        self._take_place()
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._connection.settimeout(min(left, SILENT_BODY_SECONDS))
        try:
            return super().readinto(buffer)
        finally:
            self._connection.settimeout(SILENT_VIEWER_SECONDS)
