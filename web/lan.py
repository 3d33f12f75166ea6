"""One's own network: the machine's addresses, the saved token, the code for a phone, the authority to install."""

import io
import ipaddress
import secrets
import socket
from contextlib import suppress
from pathlib import Path

from flask import Blueprint, Response

from faces.files import write_secret
from web.security import SHORTEST_TOKEN

NOWHERE = ("192.0.2.1", 9)
"""An address that nobody has (RFC 5737). Finding the route to it sends nothing."""

TOKEN_BYTES = 12

PRIVATE_NETWORKS = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8"),
        *("100.64.0.0/10", "192.0.2.0/24", "198.18.0.0/15"),  # of private tunnels and virtual machines
        *("fc00::/7", "fe80::/10", "::1/128"),
    )
)
"""What this program calls one's own network: addresses that mean nothing in the internet (RFC 6890)."""


def own_addresses() -> list[str]:
    """The private addresses of this machine, the one that leads out first; empty without a network."""
    found: dict[str, None] = {}
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        way.connect(NOWHERE)
        found[way.getsockname()[0]] = None
    with suppress(OSError):
        found |= {str(entry[4][0]): None for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    return [text for text in found if _in_own_network(text)]


def _in_own_network(text: str) -> bool:
    address = ipaddress.ip_address(text)
    return not address.is_loopback and any(address in network for network in PRIVATE_NETWORKS)


def own_names() -> list[str]:
    """Every name and address of this machine in its own network."""
    host = socket.gethostname().lower()
    local = [] if "." in host else [f"{host}.local"]
    return list(dict.fromkeys([host, *local, "localhost", "127.0.0.1", *own_addresses()]))


def kept_token(folder: Path) -> str:
    """The token of the last run, or a new one: a link saved on a phone keeps working."""
    file = folder / "token"
    with suppress(FileNotFoundError):
        token = file.read_text(encoding="ascii", errors="replace").strip()
        if len(token) >= SHORTEST_TOKEN and token.isascii():
            return token
    token = secrets.token_urlsafe(TOKEN_BYTES)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_secret(file, token.encode("ascii"))
    return token


def code_for(address: str, encoding: str) -> str:
    """The address as a QR code of block letters; empty where the terminal cannot show them."""
    import segno

    drawn = io.StringIO()
    segno.make(address, error="l", micro=False).terminal(drawn, compact=True)
    try:
        drawn.getvalue().encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return ""
    return drawn.getvalue()


def authority_routes(authority: Path) -> Blueprint:
    """The route by which a phone gets the authority's certificate."""
    routes = Blueprint("authority", __name__)

    @routes.get("/authority.crt")
    def certificate() -> Response:
        """The certificate for a phone to install, after which it no longer warns."""
        return Response(authority.read_bytes(), mimetype="application/x-x509-ca-cert")

    return routes
