"""What a request finds in its app: the live session it refers to, and all browsers that send their camera."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, current_app, request

from live.board import LiveSession
from live.visitors import Visitors
from web.recent import Recent
from web.recording import Recordings
from web.reminders import Reminders
from web.security import cookie_name
from web.watching import Watching

VISITORS_COOKIE = "camera"
VISITORS_COOKIE_SECONDS = 400 * 86_400  # the longest that browsers keep one


@dataclass(frozen=True, slots=True)
class VisibleSession:
    """A live session that a request may show."""

    session: LiveSession
    guest: bool = False  # somebody with a link that the camera's visitor shares: watches, and nothing else
    may_go_on: Callable[[], bool] = lambda: True  # False as soon as it is shared no longer


def camera() -> LiveSession:
    """The live session the request refers to: the machine's camera, or the visitor's whose own id is in `?source=`.

    Raises NotFoundError for any other id, those of shared links among them: for these there is watched().
    """
    key = request.args.get("source")
    if key is not None:
        return visitors().own(key).session
    session: LiveSession = current_app.extensions["camera"]
    return session


def watched() -> VisibleSession:
    """The same for routes that only show it: `?source=` may be of a link, too."""
    key = request.args.get("source")
    if key is None:
        return VisibleSession(camera())
    visitor = visitors().watched(key)
    return VisibleSession(visitor.session, key != visitor.id, lambda: visitor.may_watch(key))


def visitors() -> Visitors:
    """The cameras of visitors' browsers."""
    everybody: Visitors = current_app.extensions["visitors"]
    return everybody


def mark_visitor(answer: Response) -> Response:
    """Give a browser that sends its camera a cookie, by which it is told of its own sessions later."""
    if not visitor_mark():
        answer.set_cookie(
            cookie_name(VISITORS_COOKIE),
            secrets.token_urlsafe(24),
            max_age=VISITORS_COOKIE_SECONDS,
            httponly=True,
            samesite="Strict",
            secure=request.is_secure,
        )
    return answer


def visitor_mark() -> str:
    """What is kept beside the sessions of this browser's camera; empty where it never sent one."""
    secret = request.cookies.get(cookie_name(VISITORS_COOKIE), "")
    return hashlib.sha256(secret.encode()).hexdigest() if secret else ""


def told_to() -> str | None:
    """Whose sessions the request may list, beside those of the machine's camera; None: of all, to the owner."""
    return None if current_app.extensions["owner_asks"]() else visitor_mark()


def recordings() -> Recordings:
    """Which cameras are recorded, and the sessions that are kept."""
    all_of_them: Recordings = current_app.extensions["recordings"]
    return all_of_them


def recent() -> Recent:
    """What the cameras showed in the last minutes."""
    last_minutes: Recent = current_app.extensions["recent"]
    return last_minutes


def reminders() -> Reminders:
    """At which cameras a break is suggested."""
    wished: Reminders = current_app.extensions["reminders"]
    return wished


def watching() -> Watching:
    """Whether the machine's camera is watched for rules."""
    watch: Watching = current_app.extensions["watching"]
    return watch
