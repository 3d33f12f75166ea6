"""Listens and serves: the first free port, small buffers, a thread for every request and none for idle connections."""

import _pyio  # type: ignore[import-not-found]  # what cheroot's files are made of
import errno
import logging
import socket
import ssl
import sys
import threading
import time
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cheroot import wsgi
from cheroot.errors import MaxSizeExceeded
from cheroot.makefile import StreamReader, StreamWriter
from cheroot.server import HTTPConnection, HTTPRequest
from werkzeug.exceptions import BadRequest, ClientDisconnected, RequestEntityTooLarge, RequestTimeout

from faces.errors import SettingsError
from web.door import Door
from web.security import bare_answer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)

SEND_BUFFER_BYTES = 128 * 1024
"""How much the system may buffer for one viewer. With the usual megabytes, a slow one sees pictures seconds old."""

PORTS_TRIED = 20

SPARE_THREADS = 12
"""For everything that is not a stream, so that the state is told even when all places are taken."""

LARGEST_REQUEST_BYTES = 32 * 1024 * 1024

TOO_LARGE = f"A request may have at most {LARGEST_REQUEST_BYTES >> 20} MB. Send something smaller."

SILENT_VIEWER_SECONDS = 20.0
"""A viewer who stops reading without leaving loses the place after this long."""

BODY_SECONDS = 60.0
"""For the whole body of a request; a thread waits for it."""

SILENT_BODY_SECONDS = 10.0

STOP_SECONDS = 0.5


def listen(host: str, port: int) -> socket.socket:
    """A socket on that port, or on the next free one; port 0 is any."""
    for number in range(port, port + PORTS_TRIED if port else 1):
        try:
            return _bind(host, number)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES) or number > 65_000:
                raise SettingsError(f"{host} port {number} cannot be used: {error.strerror}. Try another.") from error
    raise SettingsError(f"The ports {port} to {port + PORTS_TRIED - 1} are all taken. Choose another with --port.")


def _bind(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        if sys.platform == "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Accepted sockets inherit these.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(SILENT_VIEWER_SECONDS * 1000))
        listener.bind(address)
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """What HTTPS needs of a certificate (with its chain) and its private key, both PEM. Raises SettingsError."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"The certificate {certificate} and the key {key} cannot be used for HTTPS: {error}. "
            "Give two PEM files that belong together."
        ) from error
    return context


class Server:
    """The site on one socket, in threads of its own: over HTTPS where a TLS context is given, else over HTTP."""

    def __init__(
        self,
        app: "WSGIApplication",
        listener: socket.socket,
        *,
        max_viewers: int,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._http = _HttpServer(app, listener, threads=max_viewers + SPARE_THREADS, tls=tls)
        self._thread = threading.Thread(target=self._http.serve, name="web-server", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End every thread. Streams end when the camera's broadcasts close: close the camera first."""
        self._http.door.close()
        self._thread.join(STOP_SECONDS)
        # It waits for ever for a thread that a driver holds, and this program does not.
        workers = threading.Thread(target=self._http.requests.stop, args=(STOP_SECONDS,), daemon=True)
        workers.start()
        workers.join(2 * STOP_SECONDS)


class _HttpServer(wsgi.Server):
    """cheroot behind our door: it sees no connection before a whole head has come."""

    max_request_body_size = LARGEST_REQUEST_BYTES

    def __init__(
        self, app: "WSGIApplication", listener: socket.socket, *, threads: int, tls: ssl.SSLContext | None
    ) -> None:
        super().__init__(listener.getsockname()[:2], app, numthreads=threads, server_name="faces")
        self.software = "faces"
        self.gateway = _Gateway
        self.tls = tls is not None
        self.door = Door(listener, self._enter, most_inside=threads + 64, tls=tls)

    def serve(self) -> None:
        """Until the door is closed. The worker threads are daemons like the one that calls this."""
        # The pool waits for its last thread, in steps of 0.1 s; the first ones can answer meanwhile.
        starting = threading.Thread(target=self.requests.start, name="web-starting-workers", daemon=True)
        starting.start()
        self.ready = True
        self.door.run()
        self.ready = False
        starting.join()

    def _enter(self, connection: socket.socket, address: str, head: bytes) -> None:
        self.process_conn(_Connection(self, connection, address, head))

    def put_conn(self, conn: "_Connection") -> None:
        conn.wait_for_next()

    @property
    def can_add_keepalive_connection(self) -> bool:
        return bool(self.ready)

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        """A broken connection is not worth reporting, least of all with a traceback."""
        if level >= logging.ERROR:
            log.log(level, msg, exc_info=traceback)
        else:
            log.debug(msg)


class _Request(HTTPRequest):
    """One request and its answer."""

    def __init__(self, server: _HttpServer, conn: "_Connection") -> None:
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


class _Gateway(wsgi.Gateway_10):
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


class _Connection(HTTPConnection):
    """One connection for one request, whose head was read at the door."""

    RequestHandlerClass = _Request

    def __init__(self, server: _HttpServer, connection: socket.socket, address: str, head: bytes) -> None:
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
