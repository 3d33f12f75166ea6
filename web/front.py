"""How the site is reached: its address, its token, HTTPS, and what the terminal prints about them."""

import socket
import ssl
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

from flask import current_app, g, request

from faces.errors import SettingsError
from faces.places import data_folder
from web.lan import code_for, kept_token, own_addresses, own_names
from web.security import check_settings, is_loopback
from web.server import tls_context
from web.viewers import viewers_token

EVERYWHERE = ("0.0.0.0", "::")

LOCALHOST = "localhost"
"""Also what compose.yaml calls a container, whose own addresses nobody outside of its computer reaches."""

WARNING = """\
Your phone warns once, because it does not know this computer's certificate: choose "Advanced" and go on.
To get rid of the warning, open /authority.crt on the phone and install it; docs/anywhere.md shows how."""


@dataclass(frozen=True, slots=True)
class Front:
    """The settings with which the server is started."""

    host: str
    token: str | None
    tls: ssl.SSLContext | None = None
    authority: Path | None = None  # of a certificate that was made here
    lan: bool = False


def open_front(
    host: str,
    token: str | None,
    *,
    lan: bool = False,
    certificate: Path | None = None,
    key: Path | None = None,
    behind: Sequence[str] = (),
) -> Front:
    """The front that the options ask for; an empty token is made here and kept. Raises SettingsError."""
    if (certificate is None) != (key is None):
        raise SettingsError("--certificate and --key belong together: give both files, or neither.")
    if lan:
        host, token = (EVERYWHERE[0] if is_loopback(host) else host), token or ""
    if token == "":
        token = kept_token(data_folder())
    check_settings(host, token, behind)
    if certificate is not None and key is not None:
        return Front(host, token, tls_context(certificate, key), lan=lan)
    if not lan:
        return Front(host, token)
    from web.certificate import own_certificate

    own = own_certificate(data_folder() / "https", own_names(), now=datetime.now(UTC))
    return Front(host, token, tls_context(own.certificate, own.key), own.authority, lan=True)


def greeting(
    front: Front,
    *,
    wanted_port: int,
    port: int,
    owner: str = "",
    records: bool = False,
    encoding: str | None = None,
) -> Iterator[str]:
    """The lines that the terminal prints when the site can be opened.

    `owner`: what makes a browser the owner's; `records`: a session is to be recorded; that it is, is said once the
    database has taken it.
    """
    if wanted_port not in (0, port):
        yield f"Port {wanted_port} is taken, so this is port {port}."
    site = f"{'https' if front.tls else 'http'}://{_name(front)}:{port}/"
    address = site + (f"?token={quote(front.token, safe='')}" if front.token else owner)
    yield f"Open {address}"
    if front.lan:
        code = code_for(address, encoding or sys.stdout.encoding or "ascii")
        if code:
            yield from ("or point a phone's camera at this:", "", *code.splitlines())
    if front.token:
        yield f"For viewers, who can only look: {site}?token={viewers_token(front.token)}"
    if front.authority is not None:
        yield from WARNING.splitlines()
    yield "Press Ctrl-C to stop." if records else "Nothing is recorded. Press Ctrl-C to stop."


def viewers_link() -> str | None:
    """The address for viewers, as others reach it; None without a token, and for viewers themselves."""
    token = current_app.extensions.get("viewers_token")
    if token is None or g.get("looks_only"):
        return None
    address = urlsplit(request.host_url)
    host = address.netloc
    elsewhere = current_app.extensions["listens_everywhere"] and socket.gethostname() != LOCALHOST
    if elsewhere and address.hostname in (LOCALHOST, "127.0.0.1", "::1"):
        name = next(iter(own_addresses()), address.hostname)
        host = f"{name}:{address.port}" if address.port else name
    return f"{address.scheme}://{host}/?token={token}"


def _name(front: Front) -> str:
    """By which others find it."""
    if front.lan and front.host in EVERYWHERE:
        return next(iter(own_addresses()), socket.gethostname())
    if front.host == "127.0.0.1":
        return LOCALHOST
    host = socket.gethostname() if front.host in EVERYWHERE else front.host
    return f"[{host}]" if ":" in host else host
