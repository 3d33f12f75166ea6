"""A resting face of one's own: record it, load it, switch it off, take it along, delete it."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request

from faces.errors import InputError, NotFoundError, SourceError
from live.board import LiveSession
from web.current import camera

if TYPE_CHECKING:  # numpy takes a quarter of a second to load: the page is served before it is needed
    from faces.calibrator import Calibrator

LARGEST_BYTES = 16 * 1024

routes = Blueprint("resting", __name__)


@routes.get("/api/resting")
def resting() -> Response:
    """How the calibration is, as under "resting" in the state."""
    return jsonify({"resting": resting_state(camera())})


@routes.get("/api/resting/profile")
def profile() -> Response:
    """The profile as a file, which belongs to the person whose face it is."""
    from faces.calibrate import resting_values

    kept = _calibrator(camera()).state.profile
    if kept is None:
        raise NotFoundError("There is no resting face here. Record one first.")
    answer = jsonify(resting_values(kept))
    answer.headers["Content-Disposition"] = 'attachment; filename="resting-face.json"'
    return answer


@routes.post("/api/resting")
def change() -> Response:
    """Record a resting face, use a profile of one, or switch it on or off.

    {"seconds"?, "person"?}: record. {"profile", "person"?}: use one. {"active": true | false}: switch it.
    """
    from faces.calibrate import USUAL_SECONDS, read_resting

    request.max_content_length = LARGEST_BYTES
    order = request.get_json()
    if not isinstance(order, dict):
        raise InputError('The body must be a JSON object such as {"person": 1, "seconds": 15}.')
    session = camera()
    calibrator = _calibrator(session)
    if "active" in order:
        if not isinstance(order["active"], bool):
            raise InputError('"active" must be true or false.')
        calibrator.switch(active=order["active"])
    elif "profile" in order:
        calibrator.use(_person(order, session), read_resting(order["profile"]))
    else:
        seconds = order.get("seconds", USUAL_SECONDS)
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise InputError('"seconds" must be a number from 10 to 30.')
        calibrator.record(_person(order, session), float(seconds), measured_at=datetime.now().astimezone())
    return jsonify({"resting": resting_state(session)})


@routes.delete("/api/resting")
def delete() -> Response:
    """Forget the profile; it was never stored."""
    session = camera()
    _calibrator(session).forget()
    return jsonify({"resting": resting_state(session)})


def resting_state(session: LiveSession) -> dict[str, Any] | None:
    """None while there is neither profile nor recording nor a word about one.

    effect: by how much each score of the resting face itself is changed, from 0.01 on; words say the same.
    """
    calibrator = session.calibrator()
    state = None if calibrator is None else calibrator.state
    if state is None or (state.person is None and not state.problem):
        return None
    kept = state.profile
    return {
        "person": state.person,
        "active": state.active,
        "recording_seconds_left": None if state.seconds_left is None else round(state.seconds_left, 1),
        "effect": {} if kept is None else kept.effect(),
        "words": "" if kept is None else kept.words(),
        "problem": state.problem,
    }


def _calibrator(session: LiveSession) -> "Calibrator":
    calibrator = session.calibrator()
    if calibrator is None:
        raise SourceError("A resting face needs a running camera. Start the camera first.")
    return calibrator


def _person(order: dict[str, Any], session: LiveSession) -> int:
    """Who is meant; without a number, the person who is alone in the picture."""
    seen = [face.person for face in session.state().faces]
    person = order.get("person", seen[0] if len(seen) == 1 else None)
    if isinstance(person, bool) or not isinstance(person, int | None):
        raise InputError('"person" must be the number of a face in the picture.')
    if person not in seen:
        there = ", ".join(map(str, seen)) or "none"
        raise InputError(f'Say with "person" whose face it is. In the picture are: {there}.')
    return int(person)
