"""Listens and serves: the first free port, small buffers, and a thread for every viewer."""

import errno
import logging
import socket
import sys
import threading
from typing import TYPE_CHECKING, Any

from waitress.server import create_server  # type: ignore[import-untyped]

from faces.errors import SettingsError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

SEND_BUFFER_BYTES = 128 * 1024
"""What the system may hold back for one viewer. With the usual megabytes a slow one sees pictures seconds old."""

PORTS_TRIED = 20

SPARE_THREADS = 8
"""For everything that is not a stream, so that the state is told even when all places are taken."""

LARGEST_REQUEST_BYTES = 32 * 1024 * 1024

SILENT_VIEWER_MS = 20_000

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
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            # A viewer who stops reading without leaving gives his place back.
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENT_VIEWER_MS)
        listener.bind(address)
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


class Server:
    """The site on one socket, in a thread of its own."""

    def __init__(self, app: "WSGIApplication", listener: socket.socket, *, max_viewers: int) -> None:
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a short wait is no news
        self._server: Any = create_server(
            app,
            sockets=[listener],
            threads=max_viewers + SPARE_THREADS,
            connection_limit=max_viewers + 200,
            # Only what is out of the program's hands may be on its way: the next picture is chosen after that.
            outbuf_high_watermark=1,
            max_request_body_size=LARGEST_REQUEST_BYTES,
            asyncore_use_poll=True,
            channel_timeout=60,
            log_socket_errors=False,  # a viewer whose connection breaks is no news, least of all with a traceback
            ident=None,
            clear_untrusted_proxy_headers=True,
        )
        self._thread = threading.Thread(target=self._server.run, name="web-server", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let every thread go. Streams end when the camera's broadcasts close: close the camera first."""
        self._server.task_dispatcher.shutdown(timeout=STOP_SECONDS)
