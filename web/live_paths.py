"""Which of `web.live_models` each route about the live picture, pictures and uploads takes and answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from web import live_models as models
from web.models import WhoseCamera

CAMERA, BROWSER, PICTURES, JOBS, SERVER = (
    "Live picture", "A browser's camera", "Single pictures", "Uploads", "About the server",
)  # fmt: skip

EVENTS, MULTIPART = "text/event-stream", "multipart/x-mixed-replace"
BYTES = "application/octet-stream"

Whole = type[Any] | str
"""A type that is sent as JSON, or a media type."""


class Feed(Struct, frozen=True):
    """How the stream is sent."""

    source: Annotated[str | None, Meta(description="the id of a visitor's camera; none: the machine's")] = None
    faces: Annotated[str | None, Meta(description="1: without boxes, and each part has its faces in X-Faces")] = None


class Snapshot(Struct, frozen=True):
    """How the picture is sent."""

    source: Annotated[str | None, Meta(description="the id of a visitor's camera; none: the machine's")] = None
    boxes: Annotated[str | None, Meta(description="0: without boxes, and its faces in the header X-Faces")] = None


class Probe(Struct, frozen=True):
    """How cameras are looked for."""

    probe: Annotated[str | None, Meta(description="1: try the numbers 0 to 3, which lights their lamps")] = None


class Offset(Struct, frozen=True, rename={"offset": "Upload-Offset"}):
    """Where a piece begins."""

    offset: Annotated[str, Meta(pattern="^[0-9]+$", description="the byte of the file at which this piece begins")]


@dataclass(frozen=True)
class Route:
    """What one route takes and answers."""

    method: str
    path: str
    tag: str
    answers: Mapping[int, Whole | None]
    body: Whole | None = None
    query: type[Struct] | None = None
    headers: type[Struct] | None = field(default=None)


ROUTES = (
    Route("get", "/api/state", CAMERA, {200: models.LiveState}, query=WhoseCamera),
    Route("get", "/api/events", CAMERA, {200: EVENTS}, query=WhoseCamera),
    Route("get", "/api/sources", CAMERA, {200: models.Sources}, query=Probe),
    Route("get", "/video_feed", CAMERA, {200: MULTIPART}, query=Feed),
    Route("get", "/snapshot.jpg", CAMERA, {200: "image/jpeg"}, query=Snapshot),
    Route("get", "/api/recordings", CAMERA, {200: models.RecordingList}),
    Route("post", "/api/camera", CAMERA, {200: models.LiveState}, models.CameraOrder, WhoseCamera),
    Route("get", "/api/resting", CAMERA, {200: models.RestingAnswer}, query=WhoseCamera),
    Route("post", "/api/resting", CAMERA, {200: models.RestingAnswer}, models.RestingOrder, WhoseCamera),
    Route("delete", "/api/resting", CAMERA, {200: models.RestingAnswer}, query=WhoseCamera),
    Route("get", "/api/resting/profile", CAMERA, {200: models.RestingProfile}, query=WhoseCamera),
    Route("post", "/api/browser", BROWSER, {201: models.VisitorAnswer}, models.NewVisitor),
    Route("post", "/api/browser/{key}/frame", BROWSER, {200: models.FrameAnswer}, BYTES),
    Route("post", "/api/browser/{key}/share", BROWSER, {200: models.Shared}),
    Route("delete", "/api/browser/{key}/share", BROWSER, {204: None}),
    Route("delete", "/api/browser/{key}", BROWSER, {204: None}),
    Route("post", "/api/analyze", PICTURES, {200: models.PictureAnswer}, BYTES),
    Route("post", "/api/jobs", JOBS, {201: models.JobAnswer}, models.NewJob),
    Route("get", "/api/jobs/{key}", JOBS, {200: models.JobAnswer}),
    Route("post", "/api/jobs/{key}", JOBS, {200: models.JobAnswer}, models.JobOrder),
    Route("delete", "/api/jobs/{key}", JOBS, {204: None}),
    Route("get", "/api/jobs/{key}/events", JOBS, {200: EVENTS}),
    Route("patch", "/api/jobs/{key}/files/{number}", JOBS, {204: None}, BYTES, headers=Offset),
    Route("get", "/api/jobs/{key}/results/{name}", JOBS, {200: BYTES}),
    Route("get", "/healthz", SERVER, {200: models.Health}),
)


def describe_live(paths: dict[str, Any]) -> dict[str, Any]:
    """Say of each of these routes in the description what it takes and answers; returns the schemas that it names."""
    kinds = sorted(_kinds(), key=lambda kind: kind.__name__)
    found, schemas = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    schema_of = dict(zip(kinds, found, strict=True))
    for route in ROUTES:
        operation = paths[route.path][route.method]
        operation["tags"] = [route.tag]
        operation["parameters"] = [*operation.get("parameters", ()), *_parameters(route)]
        operation["responses"] = {str(status): _answer(what, schema_of) for status, what in route.answers.items()}
        if route.body is not None:
            operation["requestBody"] = {"required": True, "content": _content(route.body, schema_of)}
    return schemas


def _kinds() -> set[type[Any]]:
    return {kind for route in ROUTES for kind in (route.body, *route.answers.values()) if isinstance(kind, type)}


def _answer(what: Whole | None, schema_of: Mapping[Any, Any]) -> dict[str, Any]:
    if what is None:
        return {"description": "Done"}
    words = str(what.__doc__) if isinstance(what, type) else "OK"
    return {"description": words, "content": _content(what, schema_of)}


def _content(what: Whole, schema_of: Mapping[Any, Any]) -> dict[str, Any]:
    if isinstance(what, type):
        return {"application/json": {"schema": schema_of[what]}}
    text = {"type": "string"} if what == EVENTS else {"type": "string", "format": "binary"}
    return {what: {"schema": text}}


def _parameters(route: Route) -> Iterator[dict[str, Any]]:
    for place, kind in (("query", route.query), ("header", route.headers)):
        for one in () if kind is None else msgspec.structs.fields(kind):
            schema = msgspec.json.schema(one.type)
            words = schema.pop("description", "")
            yield {
                "name": one.encode_name,
                "in": place,
                "required": one.required,
                "description": words,
                "schema": schema,
            }
