"""Listens and serves: the first free port, small buffers, a thread for every request and none for idle connections."""

import errno
import logging
import socket
import ssl
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from cheroot import wsgi

from faces.errors import FacesError, SettingsError
from web.connection import LARGEST_REQUEST_BYTES, SILENT_VIEWER_SECONDS, Connection, Gateway
from web.door import Door

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)

SEND_BUFFER_BYTES = 128 * 1024
"""How much the system may buffer for one viewer. With the usual megabytes, a slow one sees pictures seconds old."""

PORTS_TRIED = 20

SPARE_THREADS = 12
"""For everything that is not a stream, so that the state is told even when all places are taken."""

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
    """The site on one socket, in threads of its own: over HTTPS where a TLS context is given, else over HTTP.

    `senders`: how many pictures of browsers' cameras may be on their way at once.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        listener: socket.socket,
        *,
        max_viewers: int,
        senders: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        threads = max_viewers + senders + SPARE_THREADS
        self._http = HttpServer(app, listener, threads=threads, bodies=senders + SPARE_THREADS // 2, tls=tls)
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


class HttpServer(wsgi.Server):
    """cheroot behind our door: it sees no connection before a whole head has come.

    `bodies`: how many threads may wait for the rest of a request at once; the others stay free for whoever asks.
    """

    max_request_body_size = LARGEST_REQUEST_BYTES

    def __init__(
        self,
        app: "WSGIApplication",
        listener: socket.socket,
        *,
        threads: int,
        bodies: int,
        tls: ssl.SSLContext | None,
    ) -> None:
        super().__init__(listener.getsockname()[:2], app, numthreads=threads, server_name="faces")
        self.software = "faces"
        self.gateway = Gateway
        self.bodies = threading.Semaphore(bodies)
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
        self.process_conn(Connection(self, connection, address, head))

    def put_conn(self, conn: "Connection") -> None:
        conn.wait_for_next()

    @property
    def can_add_keepalive_connection(self) -> bool:
        return bool(self.ready)

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        """A broken connection is not worth reporting, least of all with a traceback; our own errors say it in words."""
        error = sys.exc_info()[1]
        if isinstance(error, FacesError):  # in the middle of an answer: its session was deleted meanwhile, for instance
            log.warning("An answer broke off: %s", error)
        elif level >= logging.ERROR:
            log.log(level, msg, exc_info=traceback)
        else:
            log.debug(msg)
