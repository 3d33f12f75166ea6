"""What a request finds in its app: the live session it refers to, and all browsers that send their camera."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app, request

from live.board import LiveSession
from live.visitors import Visitors
from web.recent import Recent
from web.recording import Recordings
from web.reminders import Reminders
from web.watching import Watching


@dataclass(frozen=True, slots=True)
class Watched:
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


def watched() -> Watched:
    """The same for routes that only show it: `?source=` may be of a link, too."""
    key = request.args.get("source")
    if key is None:
        return Watched(camera())
    visitor = visitors().watched(key)
    return Watched(visitor.session, key != visitor.id, lambda: visitor.may_watch(key))


def visitors() -> Visitors:
    """The cameras of visitors' browsers."""
    everybody: Visitors = current_app.extensions["visitors"]
    return everybody


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
