"""The pages beside the live one: saved sessions, one of them, two compared, and what the numbers mean."""

from flask import Blueprint, render_template

routes = Blueprint("pages", __name__)


@routes.get("/sessions")
def sessions() -> str:
    """Every saved session."""
    return render_template("sessions.html", here="/sessions")


@routes.get("/sessions/<session_id>")
def session(session_id: str) -> str:
    """One session; whether there is such a one, the page finds out."""
    return render_template("session.html", here="", session=session_id)


@routes.get("/sessions/compare")
def compare() -> str:
    """Two sessions side by side: ?a=ID&b=ID."""
    return render_template("compare.html", here="")


@routes.get("/about")
def about() -> str:
    """What the numbers mean, from the classes that compute them."""
    from timeline.uses import USES  # here, so that the live page need not wait for numpy

    return render_template("about.html", here="/about", uses=USES)
