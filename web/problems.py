"""Every error in one shape, for every route.

{"error": {"status": 404, "code": "not_found", "message": "what was tried, what happened, what to do next"}}
"""

import json
from http import HTTPStatus
from typing import Any

from flask import Flask, Request, Response, current_app, request
from werkzeug.exceptions import BadRequest, HTTPException, UnsupportedMediaType

from faces.errors import (
    BusyError,
    ConflictError,
    DatasetError,
    DetectorError,
    EndingError,
    FacesError,
    InputError,
    ModelError,
    NoCameraError,
    NotFoundError,
    SettingsError,
    SourceError,
    StoreError,
)

ANSWERS: dict[type[FacesError], tuple[HTTPStatus, str]] = {
    FacesError: (HTTPStatus.INTERNAL_SERVER_ERROR, "faces_problem"),
    DatasetError: (HTTPStatus.INTERNAL_SERVER_ERROR, "dataset_problem"),
    DetectorError: (HTTPStatus.SERVICE_UNAVAILABLE, "detector_problem"),
    BusyError: (HTTPStatus.TOO_MANY_REQUESTS, "busy"),
    EndingError: (HTTPStatus.SERVICE_UNAVAILABLE, "ending"),
    ConflictError: (HTTPStatus.CONFLICT, "conflict"),
    InputError: (HTTPStatus.BAD_REQUEST, "input_problem"),
    ModelError: (HTTPStatus.SERVICE_UNAVAILABLE, "model_problem"),
    NoCameraError: (HTTPStatus.BAD_REQUEST, "no_camera"),
    NotFoundError: (HTTPStatus.NOT_FOUND, "not_found"),
    SettingsError: (HTTPStatus.BAD_REQUEST, "settings_problem"),
    SourceError: (HTTPStatus.BAD_REQUEST, "source_problem"),
    StoreError: (HTTPStatus.SERVICE_UNAVAILABLE, "store_problem"),
}
"""Status and code of every leaf of the tree of errors; codes are part of the API and are never derived from names."""


WORDS = {
    HTTPStatus.BAD_REQUEST: "The request cannot be understood. Look up in /api/docs what is asked for here.",
    HTTPStatus.NOT_FOUND: "There is nothing at this address. Look up in /api/docs which ones there are.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take that method. Use one of the header Allow.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: (
        "The body must be JSON. Send the header Content-Type: application/json with it."
    ),
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: "The file has no such part. Ask for one that begins before its end.",
}
"""What is said where Flask, and not a route, refuses a request."""


def problem(status: int, code: str, message: str, **headers: str) -> Response:
    """An error in the one shape."""
    body = json.dumps({"error": {"status": int(status), "code": code, "message": message}})
    return Response(body + "\n", status, headers, mimetype="application/json")


def handle_errors(app: Flask) -> None:
    """Every error that a route raises becomes JSON."""
    app.request_class = _JsonRequest
    app.register_error_handler(FacesError, _from_tree)
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(Exception, _unexpected)


class _JsonRequest(Request):
    """Raise InputError where the JSON is nested too deeply, or has text that cannot be written back."""

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        try:
            value = super().get_json(force, silent, cache)
            json.dumps(value, ensure_ascii=False).encode()
        except RecursionError as error:
            raise BadRequest("The JSON is nested too deeply.") from error
        except UnicodeEncodeError as error:
            raise BadRequest("The JSON contains half of a surrogate pair, which is not a character.") from error
        return value

    def on_json_loading_failed(self, error: ValueError | None) -> Any:
        if error is None:
            raise UnsupportedMediaType
        raise BadRequest(f"The body is not JSON: {error}. Correct it and send it again.") from error


def _from_tree(error: FacesError) -> Response:
    status, code = ANSWERS[type(error)]
    return problem(status, code, str(error))


def _from_http(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or 500)
    answer = problem(status, status.name.lower(), _words(error, status))
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        answer.headers["Allow"] = ", ".join(allowed)
    if (retry_after := getattr(error, "retry_after", None)) is not None:
        answer.headers["Retry-After"] = str(retry_after)
    return answer


def _words(error: HTTPException, status: HTTPStatus) -> str:
    if error.description is not None and error.description != type(error).description:
        return error.description  # a route's own
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and (most := request.max_content_length) is not None:
        shown = f"{most >> 20} MB" if most >= 1 << 20 else f"{most >> 10} kB"
        return f"The body of this request may have at most {shown}. Send something smaller."
    return WORDS.get(status, error.description or f"{status.phrase}.")


def _unexpected(error: Exception) -> Response:
    """A bug in this program: logged in full, and reported to the client without internals."""
    current_app.logger.error("%s %s failed.", request.method, request.path, exc_info=error)
    return problem(
        500, "internal_server_error", "Something went wrong inside the program. The terminal has the details."
    )
