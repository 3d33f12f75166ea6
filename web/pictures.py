"""One picture in, the JSON about its faces out: POST /api/analyze.

The picture is the one file of a form (`curl -F picture=@photo.jpg`), or the body of the request with its type. It is
forgotten with the answer; until then one of more than half a megabyte lies in a temporary file, so that many of them at
once do not fill the memory. No paths and no addresses are taken.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from faces.errors import InputError
from web.problems import problem

LARGEST_PICTURE_BYTES = 20 * 1024 * 1024

Answer = Callable[[bytes, str], dict[str, Any]]
"""Encoded picture and its name to what there is to say about it; must be safe to call from several threads."""


def picture_routes(answer: Answer) -> Blueprint:
    """The route around whoever looks at the picture."""
    routes = Blueprint("analyze", __name__)

    @routes.post("/api/analyze")
    def analyze() -> Response:
        """Faces, emotions and confidence of one picture, in the shape of `analyze.py --json`."""
        request.max_content_length = LARGEST_PICTURE_BYTES
        try:
            return jsonify(answer(*_picture()))
        except RequestEntityTooLarge:
            megabytes = LARGEST_PICTURE_BYTES // 1024**2
            return problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", f"A picture may have {megabytes} MB. Make it smaller."
            )

    return routes


def _picture() -> tuple[bytes, str]:
    if request.mimetype == "multipart/form-data":
        files = [file for name in request.files for file in request.files.getlist(name)]
        if len(files) != 1:
            raise InputError(f"The form has {len(files)} files. Send one picture.")
        return files[0].read(), files[0].filename or "picture"
    if request.mimetype in ("application/json", "application/x-www-form-urlencoded"):
        raise InputError(
            "Send the picture itself, not where it lies: as a form's file (curl -F picture=@photo.jpg), "
            "or as the body with its type (curl -H 'Content-Type: image/jpeg' --data-binary @photo.jpg)."
        )
    return request.get_data(cache=False), "picture"
