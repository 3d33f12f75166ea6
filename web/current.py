"""What a request finds in its app: the live session that it means, and everybody whose browser sends its camera."""

from flask import current_app, request

from live.board import LiveSession
from live.visitors import Visitors
from web.recording import Recordings


def camera() -> LiveSession:
    """The live session that the request means: the machine's camera, or the visitor's whose id is in `?source=`.

    Raises NotFoundError where nobody has that id.
    """
    key = request.args.get("source")
    if key is not None:
        return visitors().watched(key).session
    session: LiveSession = current_app.extensions["camera"]
    return session


def visitors() -> Visitors:
    """The cameras of visitors' browsers."""
    everybody: Visitors = current_app.extensions["visitors"]
    return everybody


def recordings() -> Recordings:
    """Which cameras are recorded, and the sessions that are kept."""
    all_of_them: Recordings = current_app.extensions["recordings"]
    return all_of_them
