"""Accepts connections, and hands each to the server only when the complete head of a request has arrived.

One thread waits for all of them. A client that connects and says nothing, or one byte at a time, costs a socket and
a few kilobytes, never a thread; it is dropped when its time is over, and makes room for newcomers before that.
"""

import collections
import contextlib
import logging
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Final

from web.security import bare_answer

log = logging.getLogger(__name__)

HEAD_SECONDS = 10.0
"""For the whole head of a request, and for the greeting of TLS before it."""

IDLE_SECONDS = 60.0
"""How long a connection is kept open for its next request."""

LEAVE_SECONDS = 2.0
"""How long incoming data is still discarded, because closing at once would take the answer back."""

MOST_WAITING = 100
"""Connections without a whole request. One more, and the address that has most of them loses its oldest."""

LARGEST_HEAD_BYTES = 32 * 1024

HEAD_ENDS = (b"\n\r\n", b"\n\n")
"""The second is against the rules, as the server will say; nothing that follows could make it right."""

READ_BYTES = 16 * 1024
ROUND_SECONDS = 0.5
MOST_ACCEPTED_AT_ONCE = 64

TLS_GREETING = b"\x16"
"""The first byte of every TLS connection; HTTP begins with a letter."""

HeadIsWhole = Callable[[socket.socket, str, bytes], None]
"""Told the socket, in blocking mode, the address at its other end, and all that has arrived."""


class _Caller:
    """One connection that waits at the door."""

    def __init__(self, connection: socket.socket, address: str, seconds: float, head: bytes = b"") -> None:
        self.connection = connection
        self.address = address
        self.head = bytearray(head)
        self.until = time.monotonic() + seconds
        self.leaving = False  # was answered; the rest of what he says is not heard


class Door:
    """The listening socket and every connection that waits, in the thread that calls run()."""

    def __init__(
        self, listener: socket.socket, enter: HeadIsWhole, *, most_inside: int, tls: ssl.SSLContext | None = None
    ) -> None:
        """`most_inside`: how many may be handed on without having come back; more are turned away."""
        self._listener = listener
        self._enter = enter
        self._most_inside: Final = most_inside
        self._tls = tls
        self._inside = 0
        self._callers: dict[socket.socket, _Caller] = {}  # the oldest first
        self._returned: collections.deque[_Caller | None] = collections.deque()
        self._ending = threading.Event()
        self._over = threading.Event()
        self._bell, self._ringing = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._ringing.setblocking(False)
        for waited_for in (listener, self._bell):
            waited_for.setblocking(False)
            self._selector.register(waited_for, selectors.EVENT_READ)

    def run(self) -> None:
        """Until close()."""
        swept = time.monotonic()
        while not self._ending.is_set():
            for key, _ in self._selector.select(ROUND_SECONDS):
                self._attend(key.fileobj)  # type: ignore[arg-type]  # only sockets were registered
            if time.monotonic() - swept > ROUND_SECONDS:
                swept = time.monotonic()
                self._send_away_late()
        for connection in [*self._callers, self._listener, self._bell, self._ringing]:
            connection.close()
        self._selector.close()
        self._over.set()
        self._close_returned()

    def close(self) -> None:
        """Let nobody in any more, and everybody go who waits; what was handed on is not touched."""
        self._ending.set()
        self._ring()

    def come_back(self, connection: socket.socket, address: str, rest: bytes) -> None:
        """From any thread: wait for the next request on it; `rest` is what has come of that already."""
        self._returned.append(_Caller(connection, address, HEAD_SECONDS if rest else IDLE_SECONDS, rest))
        self._ring()

    def see_off(self, connection: socket.socket, address: str) -> None:
        """From any thread: close it, but let its answer arrive although the request was not read to its end."""
        caller = _Caller(connection, address, LEAVE_SECONDS)
        caller.leaving = True
        self._returned.append(caller)
        self._ring()

    def gone(self) -> None:
        """From any thread: a connection that was handed on was closed there."""
        self._returned.append(None)
        self._ring()

    def _ring(self) -> None:
        with contextlib.suppress(OSError):  # it rings already, or is closed
            self._ringing.send(b"!")
        if self._over.is_set():
            self._close_returned()

    def _close_returned(self) -> None:
        """Nobody waits here any more: a browser that went on using such a connection would never be answered."""
        with contextlib.suppress(IndexError):  # another thread took the last one
            while self._returned:
                caller = self._returned.popleft()
                if caller is not None:
                    caller.connection.close()

    def _attend(self, waited_for: socket.socket) -> None:
        if waited_for is self._listener:
            self._accept()
        elif waited_for is self._bell:
            self._bell.recv(READ_BYTES)
            self._take_returned()
        elif waited_for in self._callers:
            self._hear(self._callers[waited_for])

    def _take_returned(self) -> None:
        while self._returned:
            self._inside -= 1
            if (caller := self._returned.popleft()) is not None:
                self._take(caller)

    def _accept(self) -> None:
        for _ in range(MOST_ACCEPTED_AT_ONCE):
            try:
                connection, address = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as error:  # also where the system has no more sockets to give
                log.debug("A connection was lost at the door: %s", error)
                self._make_room()
                return
            self._take_returned()  # whoever had gone when this one came has made room for it
            if self._inside >= self._most_inside:
                connection.close()
                continue
            self._take(_Caller(connection, str(address[0]), HEAD_SECONDS))

    def _take(self, caller: _Caller) -> None:
        caller.connection.setblocking(False)
        self._remember(caller)
        if caller.leaving:
            with contextlib.suppress(OSError):
                caller.connection.shutdown(socket.SHUT_WR)
        if len(self._callers) > MOST_WAITING:
            self._make_room()
        if caller.head or isinstance(caller.connection, ssl.SSLSocket):
            self._hear(caller)  # what has come already rings no bell

    def _make_room(self) -> None:
        if not self._callers:
            return
        crowds = collections.Counter(caller.address for caller in self._callers.values())
        (largest, _), *_ = crowds.most_common(1)
        self._drop(next(caller for caller in self._callers.values() if caller.address == largest))

    def _hear(self, caller: _Caller) -> None:
        try:
            if caller.leaving:
                self._let_go(caller)
            elif self._tls is None or isinstance(caller.connection, ssl.SSLSocket) or self._greet(caller, self._tls):
                self._read(caller)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return  # it is heard again when more has come; what is written before a request fits into any buffer
        except OSError as error:
            log.debug("%s was lost at the door: %s", caller.address, error)
            self._drop(caller)

    def _let_go(self, caller: _Caller) -> None:
        if not caller.connection.recv(READ_BYTES):
            self._drop(caller)

    def _greet(self, caller: _Caller, tls: ssl.SSLContext) -> bool:
        """Begin TLS on a connection whose first byte asks for it; a client that speaks plain HTTP is told."""
        if caller.connection.recv(1, socket.MSG_PEEK) not in (TLS_GREETING, b""):
            self._answer(caller, 400, "https_needed", "This server speaks HTTPS. Open the address with https://.")
            return False
        self._forget(caller)
        caller.connection = tls.wrap_socket(caller.connection, server_side=True, do_handshake_on_connect=False)
        self._remember(caller)
        return True

    def _read(self, caller: _Caller) -> None:
        """Until nothing more has come, or the head is whole, or is known not to be one."""
        while not any(mark in caller.head for mark in HEAD_ENDS):
            if len(caller.head) > LARGEST_HEAD_BYTES:
                self._answer(caller, 431, "head_too_large", "The address and headers are too long. Send shorter ones.")
                return
            heard = caller.connection.recv(READ_BYTES)
            if not heard:
                self._drop(caller)
                return
            if not caller.head:
                caller.until = min(caller.until, time.monotonic() + HEAD_SECONDS)
            caller.head += heard
        self._forget(caller)
        self._inside += 1
        caller.connection.setblocking(True)
        self._enter(caller.connection, caller.address, bytes(caller.head))

    def _answer(self, caller: _Caller, status: int, code: str, message: str) -> None:
        """Say what is wrong, as far as that is possible without waiting, and close the connection."""
        caller.leaving, caller.until = True, time.monotonic() + LEAVE_SECONDS
        with contextlib.suppress(OSError):
            caller.connection.send(bare_answer(status, code, message))
            caller.connection.shutdown(socket.SHUT_WR)

    def _send_away_late(self) -> None:
        now = time.monotonic()
        for caller in [caller for caller in self._callers.values() if now > caller.until]:
            if caller.head and not caller.leaving:
                self._answer(caller, 408, "request_timeout", "The request did not arrive in time. Send it again.")
            else:
                self._drop(caller)

    def _drop(self, caller: _Caller) -> None:
        self._forget(caller)
        caller.connection.close()

    def _remember(self, caller: _Caller) -> None:
        self._callers[caller.connection] = caller
        self._selector.register(caller.connection, selectors.EVENT_READ)

    def _forget(self, caller: _Caller) -> None:
        if self._callers.pop(caller.connection, None) is not None:
            self._selector.unregister(caller.connection)
