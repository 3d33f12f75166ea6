"""Who may talk to this server: the person at this machine and its programs, not the pages of other sites.

A camera on localhost is a target: any page in the same browser can send requests to it. Three walls stand. The Host
header must be ours (against DNS rebinding); what a browser marks as coming from elsewhere is refused; and a server that
listens beyond this machine answers nobody who lacks the token.
"""

import hashlib
import hmac
import ipaddress
import logging
import math
import socket
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, redirect, request
from markupsafe import escape

from faces.errors import SettingsError
from web.problems import problem
from web.viewers import admit_viewer, viewers_token

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from werkzeug.wrappers import Response as AnyResponse

log = logging.getLogger(__name__)

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

SHORTEST_TOKEN = 12
FEWEST_LETTERS = 5

VISITOR = "visitor"
"""The name of the cookie that a visitor gets for the token."""

VIEWER = "viewer"
"""And for the viewers' token: another one, so that the owner who tries that link stays the owner."""

FREE_GUESSES = 10
WAIT_SECONDS = 10.0
FORGET_SECONDS = 600.0
MOST_ADDRESSES = 1000

PUBLIC_PATH = "/healthz"
"""Answered without a token, for monitoring; it tells nothing but that the server runs."""

PAGE_PATH = "/"
"""The one address that other sites may link to. It shows nothing by itself, and cannot be framed."""

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "frame-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), display-capture=(self), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def cookie_name(purpose: str) -> str:
    """With the port, because browsers show a cookie of one server to every other on the same machine."""
    return f"faces_{purpose}_{request.environ['SERVER_PORT']}"


def lead_on(*, without: str, cookie: tuple[str, str] | None) -> "AnyResponse":
    """Give a cookie and lead to the page's address without that argument, which then stands in no history."""
    others = [(name, value) for name, value in request.args.items(multi=True) if name != without]
    address = PAGE_PATH + (f"?{urlencode(others)}" if others else "")
    if request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin"):
        answer: AnyResponse = redirect(address, 303)
    else:
        # After a link on another site the browser withholds a strict cookie through redirects; our own page,
        # however short, may lead on with it.
        to = escape(address)
        answer = Response(f'<!doctype html><meta http-equiv="refresh" content="0;url={to}"><a href="{to}">Go on</a>')
    if cookie is not None:
        answer.set_cookie(*cookie, httponly=True, samesite="Strict", secure=request.is_secure)
    return answer


def check_settings(host: str, token: str | None, behind: Iterable[str] = ()) -> None:
    """Refuse to listen where strangers could look in; `behind`: names by which a proxy in front of it is called."""
    if token is not None and (len(token.strip()) < SHORTEST_TOKEN or len(set(token)) < FEWEST_LETTERS):
        raise SettingsError(
            f"The token is too short or too simple to keep anybody out. Use at least {SHORTEST_TOKEN} characters, "
            f"{FEWEST_LETTERS} of them different."
        )
    if token is None and not is_loopback(host):
        raise SettingsError(
            f"--host {host} would show the camera to everybody on the network. Add --token with a secret of at least "
            f"{SHORTEST_TOKEN} characters, or leave out --host to serve this machine only."
        )
    for name in behind:
        if token is None:
            raise SettingsError(f"--allow-host {name} would admit everyone whom the proxy admits. Add --token.")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach that address."""
    if host == "localhost":
        return True
    address = address_of(host)
    return address is not None and address.is_loopback


def allowed_names(host: str) -> frozenset[str]:
    """The names by which a server that listens there may be called."""
    address = address_of(host)
    if address is not None and address.is_unspecified:
        own = socket.gethostname().lower()
        return LOOPBACK_NAMES | {own, f"{own}.local", ANY_ADDRESS}
    return LOOPBACK_NAMES | {host.lower()}


ANY_ADDRESS = "any address"
"""Among the allowed names: a bare IP address, whichever. Rebinding needs a name, so that it is safe."""


def protect(app: Flask, *, token: str | None, allowed_hosts: Iterable[str] = LOOPBACK_NAMES) -> None:
    """Put the three walls around an app."""
    names = frozenset(allowed_hosts)
    app.wsgi_app = _HostWall(app.wsgi_app, names)  # type: ignore[method-assign]  # as Flask's manual does it
    app.before_request(_refuse_strangers)
    if token is not None:
        app.extensions["viewers_token"] = viewers_token(token)
        app.extensions["listens_everywhere"] = ANY_ADDRESS in names
        doorkeeper = _Doorkeeper(token)
        app.before_request(doorkeeper.check)
    app.after_request(_add_headers)


class _HostWall:
    """Answers nobody who calls the server by a name that is not its own, before any route is looked for."""

    def __init__(self, inside: "WSGIApplication", names: frozenset[str]) -> None:
        self._inside = inside
        self._names = names

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if _is_ours(environ.get("HTTP_HOST", ""), self._names):
            return self._inside(environ, start_response)
        answer = problem(
            403,
            "foreign_host",
            "This server does not have that name. Use the address shown in the terminal.",
        )
        return _add_headers(answer)(environ, start_response)


def _is_ours(host_header: str, names: frozenset[str]) -> bool:
    try:
        parts = urlsplit(f"//{host_header}")
        name, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not name or parts.netloc != host_header or "@" in host_header:
        return False
    return name in names or (ANY_ADDRESS in names and address_of(name) is not None)


def address_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address that is written there; None where it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _refuse_strangers() -> Response | None:
    """Requests that a page of another origin caused; programs send neither header and pass."""
    origin = request.headers.get("Origin")
    if origin is not None and origin.partition("://")[2].lower() != request.host.lower():
        return _foreign()
    site = request.headers.get("Sec-Fetch-Site", "none")
    if site in ("same-origin", "none") or (request.path == PAGE_PATH and _is_visit()):
        return None
    return _foreign()


def _is_visit() -> bool:
    """Whether somebody followed a link to us."""
    wanted = (request.headers.get("Sec-Fetch-Mode"), request.headers.get("Sec-Fetch-Dest"))
    return request.method in ("GET", "HEAD") and wanted == ("navigate", "document")


def _foreign() -> Response:
    return problem(403, "foreign_page", "Another site requested this. Only this server's own page may.")


def bare_answer(status: int, code: str, message: str) -> bytes:
    """What is sent where no app was asked: the shape, the headers, and the end of the connection."""
    answer = _add_headers(problem(status, code, message, Connection="close"))
    head = "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
    return f"HTTP/1.1 {answer.status}\r\n{head}\r\n".encode("latin-1") + answer.get_data()


def _add_headers(answer: Response) -> Response:
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    return answer


class _Doorkeeper:
    """Admits everyone who brings the token: a first visit in the address, a browser by cookie, a program by header.

    Whoever brings the viewers' token instead may look at the live page.
    """

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        # The cookie is not the token itself, so that who reads the one does not have the other.
        self._badge = hmac.new(self._token, b"cookie", hashlib.sha256).hexdigest()
        self._viewers_token = viewers_token(token).encode()
        self._viewers_badge = hmac.new(self._token, b"viewers' cookie", hashlib.sha256).hexdigest()
        self._guesses = _Guesses()

    def check(self) -> "AnyResponse | None":
        if request.path == PUBLIC_PATH or _has_cookie(VISITOR, self._badge):
            return None
        brought = self._brought()
        if not brought and _has_cookie(VIEWER, self._viewers_badge):
            return admit_viewer()
        if brought and (seconds := self._guesses.seconds_to_wait(request.remote_addr or "")):
            return problem(
                429,
                "too_many_guesses",
                "Too many wrong tokens from this address. Wait a while, and look up the token in the terminal.",
                **{"Retry-After": str(math.ceil(seconds))},
            )
        shown = request.path == PAGE_PATH and "token" in request.args
        if any(hmac.compare_digest(secret, self._token) for secret in brought):
            return lead_on(without="token", cookie=(cookie_name(VISITOR), self._badge)) if shown else None
        if any(hmac.compare_digest(secret, self._viewers_token) for secret in brought):
            badge = (cookie_name(VIEWER), self._viewers_badge)
            return lead_on(without="token", cookie=badge) if shown else admit_viewer()
        if brought:
            self._guesses.note(request.remote_addr or "")
        return problem(
            401,
            "token_needed",
            "This server requires its token. Open the address with ?token= shown in the terminal, or send the header "
            "Authorization: Bearer with it.",
            **{"WWW-Authenticate": "Bearer"},
        )

    def _brought(self) -> list[bytes]:
        """The tokens in the address and in the header, which comes as Latin-1, whatever it was."""
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        bearer = secret.encode("latin-1") if scheme.lower() == "bearer" else b""
        return [secret for secret in (request.args.get("token", "").encode(), bearer) if secret]


def _has_cookie(purpose: str, badge: str) -> bool:
    return hmac.compare_digest(request.cookies.get(cookie_name(purpose), "").encode(), badge.encode())


class _Guesses:
    """Slows down clients that try one token after another, and tells the owner once for each address."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._wrong: dict[str, tuple[int, float]] = {}  # of each address: how many, and when the last one came

    def seconds_to_wait(self, address: str) -> float:
        """Until the next token from there is looked at."""
        with self._guard:
            count, last = self._wrong.get(_network(address), (0, 0.0))
        return max(0.0, last + WAIT_SECONDS - time.monotonic()) if count >= FREE_GUESSES else 0.0

    def note(self, address: str) -> None:
        """A wrong one came."""
        now, network = time.monotonic(), _network(address)
        with self._guard:
            count, last = self._wrong.pop(network, (0, 0.0))
            count = 1 if now - last > FORGET_SECONDS else count + 1
            self._wrong[network] = (count, now)  # the latest at the end
            if len(self._wrong) > MOST_ADDRESSES:
                del self._wrong[next(iter(self._wrong))]
        if count == FREE_GUESSES:
            log.warning("%s wrong tokens came from %s. It has to wait between guesses now.", count, network)


def _network(address: str) -> str:
    """The address, or of IPv6 the network of which one household has all addresses."""
    known = address_of(address)
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is None:
        return str(ipaddress.ip_network((known, 64), strict=False))
    return address
