"""The live picture, single pictures of it, and the commands to the camera."""

from typing import Any, TypeGuard

from flask import Blueprint, Response, current_app, jsonify, request

from faces.errors import InputError, SourceError
from web.current import camera, recordings, reminders, watched, watching
from web.lazy import LazyView
from web.problems import problem
from web.state import describe
from web.stream import BOUNDARY, RETRY_SECONDS, endless, picture_headers, picture_parts

LARGEST_COMMAND_BYTES = 16 * 1024

LARGEST_SIDE_PIXELS = 7680
"""Of what a webcam may be asked for: 8K."""

SNAPSHOT_PATIENCE_SECONDS = 3.0

routes = Blueprint("camera", __name__)
routes.add_url_rule("/api/playback", "playback", LazyView("web.playback", "order_playback"), methods=["POST"])


@routes.get("/video_feed")
def video_feed() -> Response:
    """The live picture, as multipart/x-mixed-replace.

    `?faces=1`: without boxes; each part carries its faces in the header X-Faces, for clients that draw them.
    """
    faces = request.args.get("faces") == "1"
    # who reads the parts himself is not late as Chromium's <img> is
    late = "Chrome/" in request.user_agent.string and not faces
    return endless(
        f"multipart/x-mixed-replace; boundary={BOUNDARY}",
        lambda now: picture_parts(now.session, shows_late=late, faces=faces),
    )


@routes.get("/snapshot.jpg")
def snapshot() -> Response:
    """The newest picture; `?boxes=0`: without boxes, its faces in the header X-Faces as in the stream."""
    plain = request.args.get("boxes") == "0"
    try:
        picture = watched().session.fresh_picture(SNAPSHOT_PATIENCE_SECONDS)
    except SourceError as error:
        return problem(503, "no_picture", str(error), **{"Retry-After": str(RETRY_SECONDS)})
    jpeg = picture.plain if plain else picture.jpeg
    return Response(jpeg, mimetype="image/jpeg", headers=picture_headers(picture, faces=plain))


@routes.post("/api/camera")
def command() -> Response:
    """Start, stop or set the camera; answers with the state after it.

    {"action": "start" | "stop" | "set", "source"?, "detector"?, "mirror"?, "resolution"?: {"width", "height"}}
    """
    order = _order()
    session = camera()
    if "source" in request.args and order["action"] != "set":
        raise InputError('The camera of a browser is started and stopped in that browser. "action" can only be "set".')
    if order["action"] == "stop":
        session.stop(wait=False)
    elif order["action"] == "set":
        session.adjust(detector=order.get("detector"), mirror=order.get("mirror"))
    else:
        session.start(
            order.get("source"),
            detector=order.get("detector"),
            mirror=order.get("mirror"),
            resolution=_resolution(order.get("resolution")),
        )
    return jsonify(describe(session, recordings(), watching(), reminders()))


def _order() -> dict[str, Any]:
    """The command in the request body, checked field by field."""
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
    if order["action"] == "set" and not (source is None and order.get("resolution") is None):
        raise InputError(
            '"set" changes "mirror" and "detector"; use "start" for another "source" or another "resolution".'
        )
    if not current_app.extensions["owner_asks"]():
        _check_at_home(source, order.get("detector"))
    return order


def _resolution(wanted: object) -> tuple[int, int] | None:
    """(width, height) in pixels; InputError where that is not what was sent."""
    if wanted is None:
        return None
    width, height = (wanted.get("width"), wanted.get("height")) if isinstance(wanted, dict) else (None, None)
    if _is_side(width) and _is_side(height):
        return width, height
    raise InputError(
        '"resolution" must be an object such as {"width": 1280, "height": 720}, '
        f"each side from 1 to {LARGEST_SIDE_PIXELS} pixels."
    )


def _is_side(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST_SIDE_PIXELS


def _check_at_home(source: int | str | None, detector: str | None) -> None:
    """Refuse files and addresses other than those with which the program was started."""
    now = camera().choice()
    text = str(source)
    if source is not None and text not in ("demo", now.source) and not (text.isascii() and text.isdigit()):
        raise InputError(
            "Only the person who started this program may open files and addresses. Start it with --source to use one."
        )
    if detector not in (None, now.detector) and ":" in str(detector):
        raise InputError(
            "Only the person who started this program may choose a detector file. Start it with --detector to use one."
        )
