"""A link of their own for viewers: who opens it sees the live page, and can neither change nor open anything else."""

import base64
import hmac

from flask import Response, g, request

from web.problems import problem

LOOKED_AT = frozenset(
    {
        *("/", "/about", "/video_feed", "/snapshot.jpg", "/api/state", "/api/events", "/api/sources", "/healthz"),
        *("/api/recordings", "/authority.crt"),
    }
)
"""All that the live page and "about" ask for, and what rids a phone of the warning; no session is among it."""

STATIC = "/static/"

TOKEN_BYTES = 18


def viewers_token(token: str) -> str:
    """The token in the viewers' link: it lasts as long as the one that it is made of, and does not tell it."""
    return base64.urlsafe_b64encode(hmac.digest(token.encode(), b"viewers", "sha256")[:TOKEN_BYTES]).decode("ascii")


def admit_viewer() -> Response | None:
    """Let a viewer's request pass, marked as such for the page's template, or refuse it."""
    g.looks_only = True
    looks = request.method in ("GET", "HEAD") and "probe" not in request.args  # a search lights the cameras' lamps
    if looks and (request.path in LOOKED_AT or request.path.startswith(STATIC)):
        return None
    return problem(
        403,
        "viewers_only_look",
        "This link is for looking on. Only the page opened with the owner's link can change or open anything.",
    )
