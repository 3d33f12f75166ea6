"""A visitor's own camera: the page sends its pictures one by one, and each answer lists the faces in one.

The picture is decoded, analysed and forgotten; nothing of it is written anywhere.
"""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from faces.errors import InputError
from faces.shapes import face_values
from web.current import mark_visitor, visitors

LONGEST_NAME = 80

LARGEST_ORDER_BYTES = 4 * 1024

ASKED = 'The body must be a JSON object such as {"name": "Front camera", "screen": false}.'

routes = Blueprint("browser", __name__)


@routes.post("/api/browser")
def welcome() -> tuple[Response, int]:
    """Begin to send a browser's camera; answers with the id of a live session that waits for pictures.

    With a cookie, by which the browser is told of the sessions that it records, and nobody else is.
    """
    order = _order()
    visitor = visitors().welcome(_name(order), screen=_is_screen(order))
    return mark_visitor(jsonify({"id": visitor.id})), 201


@routes.post("/api/browser/<key>/frame")
def frame(key: str) -> dict[str, Any]:
    """Send one JPEG picture; the answer has its size and everybody in it."""
    from sources.browser import MOST_BYTES

    visitor = visitors().own(key)
    request.max_content_length = MOST_BYTES
    with visitor.sending():
        shot = visitor.look(request.get_data(cache=False))
    height, width = shot.frame.image.shape[:2]
    return {"width": width, "height": height, "faces": [face_values(face) for face in shot.faces]}


@routes.post("/api/browser/<key>/share")
def share(key: str) -> dict[str, str]:
    """Share the camera: answers with a source that others may watch but not control."""
    return {"source": visitors().own(key).share()}


@routes.delete("/api/browser/<key>/share")
def stop_sharing(key: str) -> tuple[str, int]:
    """Share it no longer: the link stops working at once, also for those who are watching."""
    visitors().own(key).stop_sharing()
    return "", 204


@routes.delete("/api/browser/<key>")
def dismiss(key: str) -> tuple[str, int]:
    """The page stops or closes: everything it held is freed."""
    visitors().dismiss(key)
    return "", 204


def _order() -> dict[str, Any]:
    request.max_content_length = LARGEST_ORDER_BYTES
    order = request.get_json(silent=True) if request.content_length else {}
    if not isinstance(order, dict):
        raise InputError(ASKED)
    return order


def _name(order: dict[str, Any]) -> str:
    """The browser's name for its camera, made safe to show."""
    name = order.get("name", "")
    if not isinstance(name, str):
        raise InputError(ASKED)
    shown = "".join(letter for letter in name if letter.isprintable()).strip()[:LONGEST_NAME]
    return shown or "A browser's camera"


def _is_screen(order: dict[str, Any]) -> bool:
    screen = order.get("screen", False)
    if not isinstance(screen, bool):
        raise InputError(ASKED)
    return screen
