"""What a request finds in its app: the live session."""

from flask import current_app

from live.board import LiveSession


def camera() -> LiveSession:
    """The live session of this app."""
    session: LiveSession = current_app.extensions["camera"]
    return session
