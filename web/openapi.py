"""The API describes itself: what each route takes and answers, from the same types that check it.

spectree makes OpenAPI 3.1 of msgspec's types and of plain dataclasses, so that the answers of `timeline.uses` need no
second definition. (APIFlask and flask-smorest describe with marshmallow's schemas, which every dataclass would need
beside it, and take 0.3 and 0.1 s to load; spectree and msgspec 0.04 s.)
"""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any, TypeVar

import msgspec
from flask import Flask, Response, abort, current_app, make_response, request
from spectree import Response as Described
from spectree import SpecTree
from spectree.model_adapter import get_msgspec_model_adapter
from spectree.plugins.base import Context
from spectree.plugins.flask_plugin import FlaskPlugin

from faces.errors import InputError
from web.lazy import LazyView
from web.models import Problem

VERSION = "1.0.0"

LARGEST_BODY_BYTES = 64 * 1024

DESCRIPTION = (
    "Every error is {'error': {'status', 'code', 'message'}}. Requests from pages of other sites are refused. Where "
    "the server was started with a token, send the header 'Authorization: Bearer' with it. Numbers only: no route "
    "gives a picture of a session, because none is kept. 'current' stands for the id of the session being recorded."
)

Answer = type[Any] | str
"""A type that is sent as JSON, or the media type of a file."""

T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., Any])


class _Answers(Described):
    """What a route may answer, files among it."""

    def __init__(self, answers: Mapping[int, Answer | tuple[str, ...] | None]) -> None:
        models = {f"HTTP_{status}": model for status, model in answers.items() if isinstance(model, type)}
        super().__init__(*(f"HTTP_{status}" for status, model in answers.items() if model is None), **models)
        self._files = {s: (f,) if isinstance(f, str) else f for s, f in answers.items() if isinstance(f, str | tuple)}

    def generate_spec(self, naming_strategy: Any = None) -> dict[str, Any]:
        """As spectree calls it."""
        text = {"schema": {"type": "string"}}
        for status, types in self._files.items():
            self.codes.append(f"HTTP_{status}") if f"HTTP_{status}" not in self.codes else None
            found = super().generate_spec(naming_strategy)
            found[str(status)]["content"] = dict.fromkeys(types, text)
            return found
        return super().generate_spec(naming_strategy)


class _Backend(FlaskPlugin):
    """Flask as this site uses it: a body must be JSON, an answer is left as it is, streams among them."""

    def request_validation(self, request: Any, query: Any, json: Any, form: Any, headers: Any, cookies: Any) -> None:
        asked = None if query is None else _converted(_arguments(), query)
        request.context = Context(asked, None if json is None else _body(json), None, None, None)

    def validate_response(self, resp: Any, *_: Any) -> tuple[Response, None]:
        return make_response(resp), None

    def parse_func(self, route: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
        view: Callable[..., Any] = current_app.view_functions[route.endpoint]
        for method in sorted(route.methods - {"HEAD", "OPTIONS"}):
            yield method, view.view if isinstance(view, LazyView) else view


spec = SpecTree(
    backend_name="flask",
    backend=_Backend,
    model_adapter=get_msgspec_model_adapter(),
    validation_error_status=400,
    validation_error_model=Problem,
    naming_strategy=lambda model: model.__name__,
    nested_naming_strategy=lambda parent, child: child,
    mode="greedy",
    path="api/apidoc",
    title="Facial expression",
    version=VERSION,
    description=DESCRIPTION,
    security_schemes=[{"name": "token", "data": {"type": "http", "scheme": "bearer"}}],
)


def asked(
    tag: str,
    answers: Mapping[int, Answer | tuple[str, ...] | None],
    *,
    query: type[Any] | None = None,
    json: type[Any] | None = None,
) -> Callable[[View], View]:
    """A route that answers these; what is asked of it is checked and given to the view as `query` and `json`."""
    decorated: Callable[[View], View] = spec.validate(query=query, json=json, resp=_Answers(answers), tags=(tag,))
    return decorated


def sent(value: Any, status: int = 200) -> Response:
    """A value of a described type as JSON."""
    return Response(msgspec.json.encode(value), status, mimetype="application/json")


def document(app: Flask) -> dict[str, Any]:
    """The whole description, of every route of the site."""
    from web.live_paths import describe_live
    from web.use_views import use_paths

    found: dict[str, Any] = deepcopy(spec.spec)
    for path in [
        path for path in found["paths"] if not path.startswith(("/api/", "/metrics", "/healthz", "/video", "/snap"))
    ]:
        del found["paths"][path]
    paths, schemas = use_paths(found["paths"])
    found["paths"] = paths
    found["components"]["schemas"] |= schemas | describe_live(paths)
    error = {
        "description": "An error",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for operations in found["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("400", None)
            operation["responses"] = operation["responses"] or {"200": {"description": "OK"}}
            operation["responses"]["default"] = error
            operation["security"] = [{}, {"token": []}]
    return found


def _arguments() -> dict[str, str]:
    """What stands behind the question mark; the token is the doorkeeper's."""
    return {name: value for name, value in request.args.items() if name != "token"}


def _body(model: type[T]) -> T:
    request.max_content_length = LARGEST_BODY_BYTES
    if not request.is_json:
        abort(415)
    try:
        return msgspec.json.decode(request.get_data(), type=model)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"The body does not fit: {error}. See /api/docs for what is asked.") from error


def _converted(values: Mapping[str, str], model: type[T]) -> T:
    try:
        return msgspec.convert(values, model, strict=False)
    except msgspec.ValidationError as error:
        raise InputError(f"The address does not fit: {error}. See /api/docs for what may be asked.") from error
