"""Sessions: start, stop, list, read, change, delete, mark and download them."""

import time
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any
from unicodedata import normalize
from urllib.parse import quote

import msgspec
from flask import Response

from faces.errors import InputError
from sessions import export
from sessions.marks import Marks
from sessions.parquet import frames_parquet
from sessions.store import Store
from sessions.values import Mark, Saved, SessionDetails
from web import models
from web.current import camera, recordings, told_to, visitor_mark
from web.openapi import asked, sent

SESSIONS, MARKERS, FILES = "Sessions", "Markers", "Downloads"

NOBODY = "nobody"
"""Marks sessions of programs that send pictures and take no cookies: whoever has the id can read them, and no list has
them."""

MEDIA = {"csv": "text/csv", "json": "application/json", "txt": "text/plain", "vtt": "text/vtt"}
PARQUET = "application/vnd.apache.parquet"


@asked(SESSIONS, {200: models.SessionList}, query=models.Listing)
def list_sessions(query: models.Listing) -> Response:
    """List sessions, the newest first."""
    before, limit = _zoned(query.before), query.limit + 1
    found = _store().sessions(search=query.search, before=before, limit=limit, told_to=told_to())
    shown = tuple(session_answer(saved) for saved in found[: query.limit])
    return sent(models.SessionList(shown, more=len(found) > query.limit))


@asked(SESSIONS, {201: models.Session}, json=models.NewSession, query=models.WhoseCamera)
def start_session(json: models.NewSession, query: models.WhoseCamera) -> Response:
    """Start recording a session. Numbers only: no picture is kept."""
    whose = "" if query.source is None else visitor_mark() or NOBODY
    saved = recordings().start(camera(), SessionDetails(**msgspec.structs.asdict(json), visitor=whose))
    return sent(session_answer(saved), 201)


@asked(SESSIONS, {200: models.Session}, query=models.WhoseCamera)
def stop_session(session: str, query: models.WhoseCamera) -> Response:
    """Stop recording. `current` or its id; the session stays, and can be read."""
    number = id_of(session)
    if recordings().current(camera()).id != number:
        raise InputError("Only a session that is recorded from this camera can be stopped.")
    return sent(session_answer(recordings().stop(camera())))


@asked(SESSIONS, {200: models.Session}, query=models.WhoseCamera)
def get_session(session: str, query: models.WhoseCamera) -> Response:
    """Read what is known of a session."""
    return sent(session_answer(_store().session(id_of(session))))


@asked(SESSIONS, {200: models.Session}, json=models.SessionChanges, query=models.WhoseCamera)
def change_session(session: str, json: models.SessionChanges, query: models.WhoseCamera) -> Response:
    """Rename a session, or change another text, how long it is kept, or whether it is of the user."""
    number = id_of(session)
    given = {name: value for name, value in msgspec.structs.asdict(json).items() if value is not msgspec.UNSET}
    saved = _store().change(number, given)
    recordings().renamed(saved)
    return sent(session_answer(saved))


@asked(SESSIONS, {204: None}, query=models.WhoseCamera)
def delete_session(session: str, query: models.WhoseCamera) -> Response:
    """Delete a session with all its bytes. One that is being recorded ends first."""
    number = id_of(session)
    recordings().forget(number)
    _store().delete(number)
    return Response(status=204)


@asked(FILES, {200: (*MEDIA.values(), PARQUET)}, query=models.WhoseCamera)
def download(session: str, file: str, query: models.WhoseCamera) -> Response:
    """Download a session as a file, also while it is recorded.

    timeline.csv, .json and .parquet have every face of every frame; seconds.csv has one line for each person and second
    and fits into a spreadsheet; elan.txt and captions.vtt are for annotation and players.
    """
    saved = _store().session(id_of(session))
    body = _body(saved, file)
    answer = Response(body, mimetype=MEDIA.get(file.rpartition(".")[2], PARQUET))
    answer.headers.set("Content-Disposition", "attachment", **_file_names(f"{saved.about.name} {file}"))
    return answer


def _file_names(name: str) -> dict[str, str]:
    """What a head says of a file of that name: in ASCII and, where letters are lost by that, whole as RFC 6266 does."""
    whole = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
    plain = " ".join(normalize("NFKD", whole).encode("ascii", "ignore").decode().split())
    if plain == whole:
        return {"filename": plain}
    return {"filename": plain, "filename*": f"UTF-8''{quote(whole, safe='')}"}


def _body(saved: Saved, file: str) -> Iterator[str] | Iterator[bytes]:
    store = _store()
    if file.startswith("timeline."):
        return _every_frame(saved, file)
    if file == "markers.csv":
        return export.markers_csv(saved, Marks(store.database).of(saved.id))
    record = store.record(saved.id)
    if file == "seconds.csv":
        return export.seconds_csv(saved, record)
    if file == "segments.csv":
        return export.segments_csv(saved, record)
    return export.elan_text(record) if file == "elan.txt" else export.captions_vtt(record)


def _every_frame(saved: Saved, file: str) -> Iterator[str] | Iterator[bytes]:
    frames = _store().frames(saved.id)
    if file == "timeline.parquet":
        return frames_parquet(saved, frames)
    if file == "timeline.csv":
        return export.frames_csv(saved, frames)
    head = {"version": 1, "session": msgspec.to_builtins(session_answer(saved))}
    return export.frames_json(saved, frames, head)


@asked(MARKERS, {200: models.MarkerList}, query=models.WhoseCamera)
def list_markers(session: str, query: models.WhoseCamera) -> Response:
    """List the markers of a session, by time."""
    found = Marks(_store().database).of(id_of(session))
    return sent(models.MarkerList(tuple(map(marker_answer, found))))


@asked(MARKERS, {201: models.Marker}, json=models.NewMarker, query=models.WhoseCamera)
def add_marker(session: str, json: models.NewMarker, query: models.WhoseCamera) -> Response:
    """Set a marker: a point or a stretch with a label."""
    number = id_of(session)
    start = json.start if json.start is not None else _moment(number, _zoned(json.at))
    mark = Marks(_store().database).add(number, json.label, start, json.end)
    recordings().announce(number, "marker", msgspec.to_builtins(marker_answer(mark)))
    return sent(marker_answer(mark), 201)


def _moment(number: str, at: datetime | None) -> float:
    """The second of the session at that time, or now: of one that is recorded, whatever was done to the clock."""
    ago = 0.0 if at is None else time.time() - at.timestamp()
    running = recordings().by_id(number)
    if running is not None:
        return min(max(running.state().seconds - ago, 0.0), running.state().seconds)
    saved = _store().session(number)
    return min(max(saved.seconds_at(at or datetime.now(UTC)), 0.0), saved.seconds)


@asked(MARKERS, {200: models.Marker}, json=models.MarkerChanges, query=models.WhoseCamera)
def change_marker(session: str, marker: str, json: models.MarkerChanges, query: models.WhoseCamera) -> Response:
    """Give a marker another label or time."""
    number, marks = id_of(session), Marks(_store().database)
    given = {name: value for name, value in msgspec.structs.asdict(json).items() if value is not msgspec.UNSET}
    mark = marks.replace(number, replace(marks.get(number, marker), **given))
    return sent(marker_answer(mark))


@asked(MARKERS, {204: None}, query=models.WhoseCamera)
def delete_marker(session: str, marker: str, query: models.WhoseCamera) -> Response:
    """Take a marker away."""
    Marks(_store().database).delete(id_of(session), marker)
    return Response(status=204)


def id_of(session: str) -> str:
    """The id in the address, or of the session that is recorded where it says "current"."""
    return recordings().id_of(session, camera())


def session_answer(saved: Saved) -> models.Session:
    """A session as the API tells it."""
    running = recordings().by_id(saved.id)
    saved = saved if running is None else running.told(saved)
    hidden = ("confusion", "rest", "settings", "visitor")
    said: dict[str, Any] = {
        f.name: getattr(saved.about, f.name) for f in fields(SessionDetails) if f.name not in hidden
    }
    own = {f.name: getattr(saved, f.name) for f in fields(Saved) if f.name != "about"}
    return models.Session(**said, **own, settings=dict(saved.about.settings))


def marker_answer(mark: Mark) -> models.Marker:
    """A marker as the API tells it."""
    return models.Marker(mark.id, mark.label, mark.start, mark.end)


def _zoned(moment: datetime | None) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise InputError("A time needs its zone, as in 2026-11-25T18:00:00+01:00.")
    return moment


def _store() -> Store:
    return recordings().store
