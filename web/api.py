"""The JSON door: state, choices and commands of the live session; every error in one shape.

    {"error": {"status": 404, "code": "not_found", "message": "what was tried, what happened, what to do next"}}

More routes join as further functions on the same blueprint, or as blueprints of their own: the handlers here answer for
the whole app.
"""

import json
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from werkzeug.exceptions import HTTPException

from faces.emotions import COLOURS, EMOTIONS
from faces.errors import FacesError, InputError, ModelError, SettingsError, SourceError
from live.board import LiveSession
from web.stream import BOUNDARY, RETRY_SECONDS, Audited, event_parts, picture_parts

VERSION = 1

LARGEST_COMMAND_BYTES = 16 * 1024

SNAPSHOT_PATIENCE_SECONDS = 3.0

STATUS_OF: dict[type[FacesError], HTTPStatus] = {
    InputError: HTTPStatus.BAD_REQUEST,
    SettingsError: HTTPStatus.BAD_REQUEST,
    SourceError: HTTPStatus.BAD_REQUEST,
    ModelError: HTTPStatus.SERVICE_UNAVAILABLE,
}

api = Blueprint("api", __name__)


def problem(status: int, code: str, message: str, **headers: str) -> Response:
    """An error in the one shape."""
    body = json.dumps({"error": {"status": int(status), "code": code, "message": message}})
    return Response(body + "\n", status, headers, mimetype="application/json")


def handle_errors(app: Flask) -> None:
    """Every error that a route raises becomes JSON."""
    app.register_error_handler(FacesError, _from_tree)
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(Exception, _unexpected)


def _from_tree(error: FacesError) -> Response:
    status = STATUS_OF.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR)
    code = type(error).__name__.removesuffix("Error").lower() + "_problem"
    return problem(status, code, str(error))


def _from_http(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or 500)
    answer = problem(status, status.name.lower(), error.description or status.phrase)
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        answer.headers["Allow"] = ", ".join(allowed)
    return answer


def _unexpected(error: Exception) -> Response:
    """A mistake in this program: told in the log in full, to the asker without its inside."""
    current_app.logger.error("%s %s failed.", request.method, request.path, exc_info=error)
    return problem(500, "internal_server_error", "Something went wrong inside. The terminal says more.")


def camera() -> LiveSession:
    """The live session of this app."""
    session: LiveSession = current_app.extensions["camera"]
    return session


@api.get("/video_feed")
def video_feed() -> Response:
    """The live picture, as multipart/x-mixed-replace."""
    chromium = "Chrome/" in request.user_agent.string
    return _endless(
        f"multipart/x-mixed-replace; boundary={BOUNDARY}",
        lambda session: picture_parts(session, shows_late=chromium),
    )


@api.get("/api/events")
def events() -> Response:
    """The state as server-sent events, at once and at every stable change."""
    return _endless(
        "text/event-stream",
        lambda session: event_parts(session, lambda: json.dumps(describe(session))),
    )


@api.get("/snapshot.jpg")
def snapshot() -> Response:
    """The newest picture."""
    try:
        picture = camera().fresh_picture(SNAPSHOT_PATIENCE_SECONDS)
    except SourceError as error:
        return problem(503, "no_picture", str(error), **{"Retry-After": str(RETRY_SECONDS)})
    return Response(picture.jpeg, mimetype="image/jpeg", headers={"X-Timestamp": f"{picture.taken_at:.6f}"})


@api.get("/healthz")
def healthz() -> Response:
    """That the server answers; nothing about the camera, since anybody may ask."""
    return jsonify({"status": "ok"})


@api.get("/api/state")
def state() -> Response:
    """How the session is now."""
    return jsonify(describe(camera()))


@api.get("/api/sources")
def sources() -> Response:
    """What may be chosen: cameras that were found, detectors, and the emotions with their colours.

    `?probe=1` tries the camera numbers 0 to 3 where the system does not list them, which lights their lamps.
    """
    from faces.detect import available_detectors
    from sources.cameras import find_cameras

    cameras = find_cameras(probe=request.args.get("probe") == "1")
    return jsonify(
        {
            "version": VERSION,
            "sources": [
                *({"value": str(number), "name": _camera_name(number, name)} for number, name in cameras or [(0, "")]),
                {"value": "demo", "name": "Demo clip"},
            ],
            "detectors": [
                {"name": name, "title": title, "unavailable": reason} for name, title, reason in available_detectors()
            ],
            "emotions": [{"name": name, "colour": COLOURS[name]} for name in COLOURS],
        }
    )


@api.post("/api/camera")
def command() -> Response:
    """{"action": "start" | "stop" | "set", "source"?, "detector"?, "mirror"?}; answers with the state after it."""
    order = _order()
    session = camera()
    if order["action"] == "stop":
        session.stop()
    elif order["action"] == "set":
        session.adjust(detector=order.get("detector"), mirror=order.get("mirror"))
    else:
        session.start(order.get("source"), detector=order.get("detector"), mirror=order.get("mirror"))
    return jsonify(describe(session))


def describe(session: LiveSession) -> dict[str, Any]:
    """The state as JSON carries it."""
    state, choice = session.state(), session.choice()
    return {
        "version": VERSION,
        "source": {
            "name": state.source,
            "status": state.status,
            "message": state.message,
            "retrying": state.retrying,
            "value": choice.source,
        },
        "detector": choice.detector,
        "mirror": choice.mirror,
        "fps": {"capture": round(state.capture_fps, 1), "inference": round(state.inference_fps, 1)},
        "age_ms": None if state.age_ms is None else round(state.age_ms, 1),
        "viewers": state.viewers,
        "faces": [
            {
                "person": face.person,
                "box": [face.box.x, face.box.y, face.box.width, face.box.height],
                "angle": round(face.box.angle, 1),
                "emotion": face.emotion,
                "confidence": round(face.confidence, 4),
                "scores": {name: round(score, 4) for name, score in zip(EMOTIONS, face.scores, strict=True)},
                "quality": face.quality,
            }
            for face in state.faces
        ],
    }


def _endless(mimetype: str, parts: Any) -> Response:
    session, seats = camera(), current_app.extensions["seats"]
    if request.method == "HEAD":
        return Response(mimetype=mimetype)
    if not seats.take():
        return problem(
            503,
            "too_many_viewers",
            "All places are taken: too many people watch already. Close another tab, wait, or start with a larger "
            "--max-viewers.",
            **{"Retry-After": str(RETRY_SECONDS)},
        )
    return Response(Audited(session, seats, lambda: parts(session)), content_type=mimetype)


def _camera_name(number: int, name: str) -> str:
    plain = f"Camera {number}"
    return plain if name in ("", plain) else f"{plain}: {name}"


def _order() -> dict[str, Any]:
    """The command in the request's body, checked field by field."""
    request.max_content_length = LARGEST_COMMAND_BYTES
    order = request.get_json()
    if not isinstance(order, dict):
        raise InputError('The body must be a JSON object such as {"action": "start", "source": "0"}.')
    if order.get("action") not in ("start", "stop", "set"):
        raise InputError('"action" must be "start", "stop" or "set".')
    source = order.get("source")
    if isinstance(source, bool) or not isinstance(source, int | str | None):
        raise InputError('"source" must be a camera number, an address, a path or "demo".')
    if not isinstance(order.get("detector"), str | None):
        raise InputError('"detector" must be one of the names in /api/sources.')
    if not isinstance(order.get("mirror"), bool | None):
        raise InputError('"mirror" must be true or false.')
    if order["action"] == "set" and source is not None:
        raise InputError('"set" changes "mirror" and "detector"; use "start" for another "source".')
    if current_app.config["SOURCES_AT_HOME_ONLY"]:
        _check_at_home(source, order.get("detector"))
    return order


def _check_at_home(source: int | str | None, detector: str | None) -> None:
    """Refuse files and addresses other than those which the program was started with."""
    now = camera().choice()
    text = str(source)
    if source is not None and text not in ("demo", now.source) and not (text.isascii() and text.isdigit()):
        raise InputError("From the web only cameras and the demo clip can be chosen here. Use --source for others.")
    if detector not in (None, now.detector) and ":" in str(detector):
        raise InputError("From the web no detector's file can be chosen here. Use --detector for it.")
