"""The questions that people bring, asked of a session: each use of `timeline.uses` by its name."""

from copy import deepcopy
from dataclasses import MISSING, fields
from typing import Annotated, Any, get_type_hints

import msgspec
from flask import Response, request
from msgspec import Meta, Struct

from faces.errors import InputError
from sessions.marks import Marks
from timeline.join import joined
from timeline.record import Record
from timeline.rolling import KEEP_SECONDS
from timeline.shapes import values
from timeline.uses import OF_RECORDS, USES, compared, use_of
from timeline.uses.activity import Activity
from timeline.uses.base import Use
from web import models
from web.current import camera, recent, recordings
from web.openapi import asked, sent
from web.session_views import id_of, marker_answer, session_answer

TAG = "Uses"

OURS = ("source", "token")
"""What in an address is not a parameter of the use."""

MOST_JOINED = 50

LIVE, SAVED = "/api/uses/{use}", "/api/sessions/{session}/uses/{use}"
"""Where a use is asked, as the description of the API writes it."""


class Compared(Struct, frozen=True):
    """Which sessions are compared, and how: further words are parameters of the use."""

    a: Annotated[str, Meta(description="id of a session")]
    b: Annotated[str, Meta(description="id of another")]
    use: Annotated[str, Meta(description="one that compares: activity or audience")] = "activity"


class LastSeconds(Struct, frozen=True):
    """Of which camera, and how far back: further words are parameters of the use."""

    seconds: Annotated[float, Meta(ge=1, le=KEEP_SECONDS, description="so far back from now")] = 300.0
    source: Annotated[str | None, Meta(description="the id of a visitor's camera; none: the machine's")] = None


@asked(TAG, {200: models.SessionSummary}, query=models.WhoseCamera)
def summary(session: str, query: models.WhoseCamera) -> Response:
    """See a session at a glance."""
    number = id_of(session)
    saved, record = recordings().store.session(number), record_of(number)
    marks = Marks(recordings().store.database).of(number)
    answer = models.SessionSummary(
        session=session_answer(saved),
        watched=record.watched,
        persons=record.persons,
        gaps=tuple(models.GapAnswer(gap.start, gap.end) for gap in record.gaps),
        markers=tuple(map(marker_answer, marks)),
        activity=values(Activity().answer(record)),
    )
    return sent(answer)


class Joined(Struct, frozen=True):
    """Which sessions are asked together: further words are parameters of the use."""

    sessions: Annotated[str, Meta(description="ids of two or more, with commas between them")]
    use: Annotated[str, Meta(description="what they are asked")] = "audience"
    at: Annotated[
        str | None, Meta(description="a marker that all of them have, to lay them over each other; none: by the clock")
    ] = None


@asked(TAG, {200: dict})
def answer_use(session: str, use: str) -> Response:
    """Ask one of the uses of a session. Parameters stand behind the question mark."""
    return sent(values(_of_one_record(use, *OURS).answer(record_of(id_of(session)))))


@asked(TAG, {200: dict}, query=LastSeconds)
def answer_live(use: str, query: LastSeconds) -> Response:
    """Ask one of the uses of what the camera showed in the last minutes, recorded or not.

    From the first question on it is remembered, in memory only, and forgotten when the camera is stopped.
    """
    asked_use = _of_one_record(use, *OURS, "seconds")
    return sent(values(asked_use.answer(recent().record(camera(), query.seconds))))


def _of_one_record(use: str, *ours: str) -> Use[Record]:
    """The use of that name with the parameters in the address; InputError where it is asked of many sessions."""
    asked_use = use_of(use, _parameters(*ours))
    if type(asked_use) not in OF_RECORDS:
        raise InputError(f"{type(asked_use).title} is not asked of a single session. See GET /api/uses.")
    return asked_use


@asked(TAG, {200: models.UseList})
def list_uses() -> Response:
    """List every use with its question, its formula, its limits and its parameters."""
    return sent(models.UseList(tuple(map(_description, USES))))


@asked(TAG, {200: models.ComparisonAnswer}, query=Compared)
def compare(query: Compared) -> Response:
    """Compare two sessions of the same activity, or two showings."""
    use = use_of(query.use, _parameters("a", "b", "use", *OURS))
    a, b = id_of(query.a), id_of(query.b)
    store = recordings().store
    answer = values(compared(use, record_of(a), record_of(b)))
    first, second = (session_answer(store.session(number)) for number in (a, b))
    return sent(models.ComparisonAnswer(query.use, first, second, answer))


@asked(TAG, {200: models.JoinedAnswer}, query=Joined)
def join(query: Joined) -> Response:
    """Ask several sessions together: of several cameras at one event, or of several screenings of the same thing.

    Everybody in them is one audience. Somebody whom two of them saw counts twice.
    """
    asked_use = _of_one_record(query.use, "sessions", "use", "at", *OURS)
    numbers = [id_of(session.strip()) for session in query.sessions.split(",")[: MOST_JOINED + 1]]
    if len(numbers) > MOST_JOINED:
        raise InputError(f"At most {MOST_JOINED} sessions are joined. Give fewer of them.")
    record = joined([record_of(number) for number in numbers], marker=query.at)
    told = tuple(session_answer(recordings().store.session(number)) for number in numbers)
    return sent(models.JoinedAnswer(query.use, told, values(asked_use.answer(record))))


def record_of(number: str) -> Record:
    """The record of a session; of one that is recorded, up to this moment."""
    record = recordings().store.record(number)
    running = recordings().by_id(number)
    return record if running is None else running.record_with(record)


def _parameters(*ours: str) -> dict[str, str]:
    return {name: value for name, value in request.args.items() if name not in ours}


def _description(kind: type[Use[Any]]) -> models.UseDescription:
    texts = (kind.name, kind.title, kind.question, kind.formula, kind.limits, kind.example)
    return models.UseDescription(*texts, tuple(_parameter(one) for one in fields(kind)))


def _parameter(one: Any) -> models.UseParameter:
    default = None if one.default is MISSING else one.default
    return models.UseParameter(one.name, values(default), one.metadata.get("help", ""))


def use_paths(paths: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the paths with one for each use in place of the general ones, schemas of their answers)."""
    kinds = {kind: get_type_hints(kind.answer)["return"] for kind in OF_RECORDS}
    found, schemas = msgspec.json.schema_components(kinds.values(), ref_template="#/components/schemas/{name}")
    with_uses = {path: operations for path, operations in paths.items() if path not in (SAVED, LIVE)}
    for general in (SAVED, LIVE):
        for kind, schema in zip(kinds, found, strict=True):
            operation = _operation(paths[general]["get"], kind, schema, live=general == LIVE)
            with_uses[general.replace("{use}", kind.name)] = {"get": operation}
    return with_uses, schemas


def _operation(general: dict[str, Any], kind: type[Use[Any]], schema: Any, *, live: bool) -> dict[str, Any]:
    """One use in the words of its class."""
    about = (f"Formula: {kind.formula}", *kind.limits, f"For instance: {kind.example}")
    return deepcopy(general) | {
        "summary": kind.question,
        "description": "\n\n".join((*([general["description"]] if live else []), *about)),
        "operationId": f"use_{kind.name}{'_live' if live else ''}",
        "parameters": [one for one in general["parameters"] if one["name"] != "use"] + _query_of(kind),
        "responses": {
            **general["responses"],
            "200": {"description": kind.title, "content": {"application/json": {"schema": schema}}},
        },
    }


def _query_of(kind: type[Use[Any]]) -> list[dict[str, Any]]:
    hints = get_type_hints(kind)
    return [
        {
            "name": one.name,
            "in": "query",
            "required": False,
            "description": one.metadata.get("help", ""),
            "schema": msgspec.json.schema(hints[one.name]),
        }
        for one in fields(kind)
    ]
