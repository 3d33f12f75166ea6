"""Whether a request comes from the person who started this program, where no token tells friends from strangers.

A computer may have several users, and all of them reach its loopback address. They may watch and choose cameras; files
and addresses are opened with the rights of the one who started the program, and so are for that user alone. On Linux
the system says whose program is at the other end of a connection. Elsewhere the terminal prints an address that makes
the first browser which opens it the owner's.
"""

import hmac
import ipaddress
import os
import secrets
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, request

from web.security import PAGE_PATH, cookie_name, lead_on

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

ARGUMENT = "owner"

ESTABLISHED = "01"
"""How /proc/net/tcp writes the state of a connection on which both ends are there."""


class Owner:
    """Knows the owner's requests; protect() an app with it, and ask is_here() inside of a request."""

    def __init__(self, *, told_by_system: bool = sys.platform == "linux") -> None:
        self._told_by_system = told_by_system
        self._key: str | None = None if told_by_system else secrets.token_urlsafe(24)
        self._badge = secrets.token_urlsafe(32)

    def invitation(self) -> str:
        """What belongs behind the address that the terminal prints; it works once."""
        return f"?{ARGUMENT}={self._key}" if self._key else ""

    def protect(self, app: Flask) -> None:
        app.before_request(self._invite)

    def is_here(self) -> bool:
        """Whether the owner's browser, or another of the owner's programs, asks."""
        if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
            return False  # the program at the other end speaks for somebody else
        if self._told_by_system:
            return _uid_of_peer(request.environ) == os.getuid()
        return hmac.compare_digest(request.cookies.get(cookie_name(ARGUMENT), "").encode(), self._badge.encode())

    def _invite(self) -> "AnyResponse | None":
        brought = request.args.get(ARGUMENT)
        if brought is None or request.path != PAGE_PATH:
            return None
        invited = self._key is not None and hmac.compare_digest(brought.encode(), self._key.encode())
        if invited:
            self._key = None
        return lead_on(without=ARGUMENT, cookie=(cookie_name(ARGUMENT), self._badge) if invited else None)


def _uid_of_peer(environ: dict[str, str]) -> int | None:
    """The user whose program holds the other end of this connection; None where that is not on this machine."""
    try:
        peer = _as_listed(environ["REMOTE_ADDR"], int(environ["REMOTE_PORT"]))
        server_port = f"{int(environ['SERVER_PORT']):04X}"
    except (KeyError, ValueError):
        return None
    listed = Path("/proc/net/tcp6" if ":" in environ["REMOTE_ADDR"] else "/proc/net/tcp")
    for line in listed.read_text(encoding="ascii").splitlines():
        _, local, remote, state, _, _, _, uid, *_ = line.split()
        if local == peer and remote.endswith(f":{server_port}") and state == ESTABLISHED:
            return int(uid)
    return None


def _as_listed(address: str, port: int) -> str:
    """As /proc/net/tcp writes it: words of four bytes in the order of the machine."""
    packed = ipaddress.ip_address(address).packed
    return "".join(f"{word:08X}" for (word,) in struct.iter_unpack("=I", packed)) + f":{port:04X}"
