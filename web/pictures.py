"""One picture in, the JSON about its faces out: POST /api/analyze.

The picture is the one file of a form (`curl -F picture=@photo.jpg`), or the body of the request with its type. It is
forgotten with the answer. Two are read at once and a few wait, so that many of them do not fill the memory or take all
threads of the server. No paths and no addresses are taken.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge, ServiceUnavailable

from faces.errors import InputError
from web.problems import problem

LARGEST_PICTURE_BYTES = 20 * 1024 * 1024

MOST_PARTS = 10

AT_ONCE = 2
WAITING = 6
PATIENCE_SECONDS = 20.0
RETRY_SECONDS = 5

Answer = Callable[[bytes, str], dict[str, Any]]
"""Encoded picture and its name to what there is to say about it; must be safe to call from several threads."""


def picture_routes(answer: Answer) -> Blueprint:
    """The route around a function that analyses a picture."""
    routes = Blueprint("analyze", __name__)
    queue = _Queue()

    @routes.post("/api/analyze")
    def analyze() -> Response:
        """Faces, emotions and confidence of one picture, in the shape of `analyze.py --json`."""
        request.max_content_length, request.max_form_parts = LARGEST_PICTURE_BYTES, MOST_PARTS
        try:
            with queue.turn():
                return jsonify(answer(*_picture()))
        except RequestEntityTooLarge:
            return problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "too_large",
                f"A picture may have at most {LARGEST_PICTURE_BYTES // 1024**2} MB, and its form {MOST_PARTS} fields. "
                "Send one picture, or a smaller one.",
            )

    return routes


class _Queue:
    """Two at once; a few more wait for their turn; further ones are told to come back later."""

    def __init__(self) -> None:
        self._places = threading.Semaphore(AT_ONCE + WAITING)
        self._turns = threading.Semaphore(AT_ONCE)

    @contextmanager
    def turn(self) -> Iterator[None]:
        with _held(self._places, 0.0), _held(self._turns, PATIENCE_SECONDS):
            yield


@contextmanager
def _held(semaphore: threading.Semaphore, seconds: float) -> Iterator[None]:
    if not semaphore.acquire(timeout=seconds):
        raise ServiceUnavailable(
            "Too many pictures at once. Send this one again in a moment.", retry_after=RETRY_SECONDS
        )
    try:
        yield
    finally:
        semaphore.release()


def _picture() -> tuple[bytes, str]:
    if request.mimetype == "multipart/form-data":
        files = [file for name in request.files for file in request.files.getlist(name)]
        if len(files) != 1:
            raise InputError(f"The form has {len(files)} files. Send one picture.")
        return files[0].read(), files[0].filename or "picture"
    if request.mimetype in ("application/json", "application/x-www-form-urlencoded"):
        raise InputError(
            "Send the picture itself, not its location: as a form's file (curl -F picture=@photo.jpg), "
            "or as the body with its type (curl -H 'Content-Type: image/jpeg' --data-binary @photo.jpg)."
        )
    return request.get_data(cache=False), "picture"
