"""The state of the live session, at once or as events; what may be chosen; and whether the server is up."""

import json
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from faces.emotions import ADJECTIVES, COLOURS
from faces.shapes import face_values
from live.board import LiveSession
from web.current import VisibleSession, recordings, reminders, told_to, watched, watching
from web.recording import Recordings
from web.reminders import Reminders
from web.resting import resting_state
from web.stream import endless, event_parts
from web.watching import Watching

VERSION = 1

routes = Blueprint("state", __name__)


@routes.get("/api/events")
def events() -> Response:
    """Server-sent events: "state" at once and at every stable change, and what happens meanwhile.

    "incident" (of a rule: kind is new, update or end) and "reminder" (to take a break, once somebody asked for it) come
    always, "segment" and "marker" while a session is recorded. What belongs to a session has an id: who comes back with
    the last one as Last-Event-ID is told what they missed.
    """
    kept, more, last = recordings(), (watching(), reminders()), request.headers.get("Last-Event-ID", "")

    def parts(now: VisibleSession) -> Iterator[bytes]:
        news = (lambda: "") if now.guest else kept.news(now.session, last)
        return event_parts(now.session, lambda: json.dumps(shown(now, kept, *more)), news)

    return endless("text/event-stream", parts)


@routes.get("/healthz")
def healthz() -> Response:
    """That the server is up; nothing about the camera, since anybody may ask."""
    return jsonify({"status": "ok"})


@routes.get("/api/state")
def state() -> Response:
    """The state of the session now."""
    return jsonify(shown(watched(), recordings(), watching(), reminders()))


@routes.get("/api/recordings")
def recorded() -> Response:
    """What is recorded at this moment, for pages that show no camera; asking does not count as watching."""
    going_on = recordings().states(told_to())
    return jsonify({"recordings": [_without_words(one) if g.get("looks_only") else one for one in going_on]})


@routes.get("/api/sources")
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
            "emotions": [{"name": name, "colour": COLOURS[name], "adjective": ADJECTIVES[name]} for name in COLOURS],
        }
    )


def shown(now: VisibleSession, kept: Recordings, watch: Watching, reminding: Reminders) -> dict[str, Any]:
    """The state as JSON carries it. Guests are told that a session is recorded, and nothing else about it."""
    state = describe(now.session, kept, watch, reminding)
    if not now.guest:
        return state
    recording = state["recording"]
    hidden = None if recording is None else _without_words(recording)
    return {**state, "recording": hidden, "resting": None, "reminder": None}


def _without_words(recording: dict[str, Any]) -> dict[str, Any]:
    """That there is one and for how long, not what it is called."""
    return {**recording, "id": "", "name": "", "problem": ""}


def describe(session: LiveSession, kept: Recordings, watch: Watching, reminding: Reminders) -> dict[str, Any]:
    """The state as JSON carries it."""
    state, choice = session.state(), session.choice()
    return {
        "version": VERSION,
        "source": {
            "name": state.source,
            "kind": state.kind,
            "status": state.status,
            "message": state.message,
            "retrying": state.retrying,
            "value": choice.source,
        },
        "detector": choice.detector,
        "mirror": choice.mirror,
        "resolution": _pixels(choice.resolution),
        "picture": None if state.size is None else _pixels(state.size),
        "fps": {"capture": round(state.capture_fps, 1), "inference": round(state.inference_fps, 1)},
        "age_ms": None if state.age_ms is None else round(state.age_ms, 1),
        "viewers": state.viewers,
        "recording": kept.state(session),
        "resting": resting_state(session),
        "playback": _playback(session),
        "watch": watch.state(session),
        "reminder": reminding.state(session),
        "faces": [face_values(face) for face in state.faces],
    }


def _playback(session: LiveSession) -> dict[str, Any] | None:
    """Where the video is, as JSON carries it; None where none plays."""
    playback = session.playback()
    if playback is None:
        return None
    state = playback.state()
    return {
        "position": round(state.position, 3),
        "length": None if state.length is None else round(state.length, 3),
        "paused": state.paused,
        "loop": state.loop,
    }


def _pixels(size: tuple[int, int]) -> dict[str, int]:
    width, height = size
    return {"width": width, "height": height}


def _camera_name(number: int, name: str) -> str:
    plain = f"Camera {number}"
    return plain if name in ("", plain) else f"{plain}: {name}"
