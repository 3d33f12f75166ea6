"""A site with the routes of the real one and no camera: a test puts it into any state and sees what the page asks."""

import json
import logging
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np
from flask import Flask, Response, render_template, request
from werkzeug.serving import BaseWSGIServer, make_server

from faces.emotions import ADJECTIVES, COLOURS, EMOTIONS, UNSURE
from faces.records import Box, Face, Image
from faces.shapes import face_values

ROOT = Path(__file__).resolve().parent.parent

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")

DETECTORS = [
    {"name": "haar", "title": "OpenCV cascade", "unavailable": None},
    {"name": "second", "title": "A second detector", "unavailable": None},
    {"name": "third", "title": "A third detector", "unavailable": "The third detector needs a package."},
]

ACTIVITY = {
    "people": 1,
    "whole": {
        "seen_seconds": 61.0,
        "predominant": {"emotion": "happy", "sure": True},
        "shares": [
            {"label": "angry", "share": 0.0, "low": 0.0, "high": 0.04},
            {"label": "happy", "share": 0.61, "low": 0.48, "high": 0.7},
            {"label": "neutral", "share": 0.3, "low": 0.2, "high": 0.41},
            {"label": "unsure", "share": 0.09, "low": None, "high": None},
        ],
    },
}
"""An answer of the use "activity", as far as the page reads it."""

SOURCES = [
    {"value": "0", "name": "Camera 0"},
    {"value": "1", "name": "Camera 1"},
    {"value": "demo", "name": "Demo clip"},
]


def find_chromium() -> str | None:
    """Where a Chromium is that can show the page, if there is one."""
    return next((path for name in CHROMIUMS if (path := shutil.which(name))), None)


def make_face(person: int, emotion: str = "happy", confidence: float = 0.82) -> dict[str, Any]:
    """One entry of `faces`: the emotion has the confidence, the other six share what is left unevenly."""
    strongest = emotion if emotion != UNSURE else EMOTIONS[person % 7]
    others = [name for name in EMOTIONS if name != strongest]
    weights = [1.0 + (index * 5 + person) % 7 for index in range(6)]
    rest = {name: (1 - confidence) * weight / sum(weights) for name, weight in zip(others, weights, strict=True)}
    scores = tuple(confidence if name == strongest else rest[name] for name in EMOTIONS)
    box = Box(40 * person % 560, 60 + 90 * (person // 12), 80, 80)
    return face_values(Face(person, box, emotion, confidence, scores))


def make_state(
    status: str = "live", faces: int | list[dict[str, Any]] = 1, message: str = "", name: str = "Camera 0"
) -> dict[str, Any]:
    """An answer of /api/state."""
    if isinstance(faces, int):
        emotions = (*EMOTIONS[3:], *EMOTIONS[:3], UNSURE)
        shares = (0.82, 0.64, 0.71, 0.93, 0.55, 0.6, 0.47, 0.31)
        faces = [make_face(p, emotions[(p - 1) % 8], shares[(p - 1) % 8]) for p in range(1, faces + 1)]
    running = status in ("live", "demo")
    return {
        "version": 1,
        "source": {
            "name": name,
            "kind": "demo" if status == "demo" else "camera",
            "value": "demo" if status == "demo" else "0",
            "status": status,
            "message": message,
        },
        "fps": {"capture": 30.0 if running else 0.0, "inference": 29.8 if running else 0.0},
        "age_ms": 42 if running else None,
        "viewers": 1,
        "mirror": True,
        "resolution": {"width": 640, "height": 480},
        "picture": {"width": 640, "height": 360} if running else None,
        "detector": "haar",
        "faces": faces if running else [],
    }


class FakeSite:
    """The fake server, running in a thread of its own between `with` and its end."""

    def __init__(self, image: Image | None = None) -> None:
        self.state = make_state()
        self.posts: list[dict[str, Any]] = []  # what came to POST /api/camera, in order
        self.requests: list[str] = []  # "METHOD path" of everything that was asked for
        self.refusal: tuple[int, str] | None = None  # what POST /api/camera answers instead of obeying
        self.obeys = True  # whether POST /api/camera changes the state
        self.locked: tuple[int, str] | None = None  # what GET /api/state answers instead of the state
        self.snapshot_refusal: tuple[int, str] | None = None
        self.recording: dict[str, Any] | None = None
        self.sessions: list[dict[str, Any]] = []  # what came to POST /api/sessions
        self.faces_of_the_last_picture: list[dict[str, Any]] = []  # sent while the state has none
        self.markers: list[dict[str, Any]] = []
        self.sources = list(SOURCES)
        self.sources_after_search = list(SOURCES)
        self.full = False  # whether the viewer limit is reached
        self.streams = 0  # open answers of /video_feed
        self.mute = False  # whether streams that begin now stay open and send nothing
        self.cut = threading.Event()  # breaks the connections of all streams that are open
        self.overlaps = 0  # questions for the state that came while another one was being answered
        self.state_pause_seconds = 0.0
        self.sources_pause_seconds = 0.0
        self._asking = 0
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self.picture = encode(make_image() if image is None else image)
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None
        self._port = 0
        self.app = self._build()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}/"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen on a free port, or after `stop` on the same one as before."""
        self._closed.clear()
        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line per request would hide what failed
        self._server = make_server("127.0.0.1", self._port, self.app, threaded=True)
        self._port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="fake site")
        self._thread.start()

    def stop(self) -> None:
        """Be gone: no answer on this port any more, and every stream ends."""
        self._closed.set()
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None

    def count(self, what: str) -> int:
        """How often something like "GET /api/state" was asked for."""
        return sum(1 for asked in list(self.requests) if asked == what)

    def _build(self) -> Flask:
        app = Flask("fake_site", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
        app.add_url_rule("/", view_func=self._page)
        app.add_url_rule("/video_feed", view_func=self._video_feed)
        app.add_url_rule("/snapshot.jpg", view_func=self._snapshot)
        app.add_url_rule("/api/state", view_func=self._state)
        app.add_url_rule("/api/sources", view_func=self._sources)
        app.add_url_rule("/api/camera", view_func=self._camera, methods=["POST"])
        app.add_url_rule("/api/sessions", view_func=self._record, methods=["POST"])
        app.add_url_rule("/api/sessions/current/stop", view_func=self._stop_recording, methods=["POST"])
        app.add_url_rule("/api/sessions/current/markers", view_func=self._mark, methods=["POST"])
        app.add_url_rule("/api/sessions/current/uses/activity", view_func=lambda: ACTIVITY)
        app.add_url_rule("/api/resting", view_func=self._resting, methods=["POST", "DELETE"])
        app.before_request(self._note)
        app.after_request(harden)
        return app

    def _note(self) -> None:
        with self._lock:
            self.requests.append(f"{request.method} {request.path}")

    def _page(self) -> str:
        return render_template("index.html")

    def _video_feed(self) -> Response | tuple[dict[str, Any], int, dict[str, str]]:
        if self.full:
            return problem("All 8 viewers' places are taken."), 503, {"Retry-After": "1"}
        return Response(self._parts(), mimetype="multipart/x-mixed-replace; boundary=part")

    def _parts(self) -> Iterator[bytes]:
        with self._lock:
            self.streams += 1
        mute = self.mute
        try:
            while not self._closed.is_set():
                if self.cut.is_set():
                    raise ConnectionError("cut")
                head = f"--part\r\nContent-Type: image/jpeg\r\nContent-Length: {len(self.picture)}\r\n"
                head += f"X-Faces: {self._faces_line()}\r\n\r\n"
                yield b"--part\r\n" if mute else head.encode() + self.picture + b"\r\n"
                self._closed.wait(0.1)
        finally:
            with self._lock:
                self.streams -= 1

    def _faces_line(self) -> str:
        """As the real site sends it; null while it shows no picture of a camera."""
        if self.state["source"]["status"] not in ("live", "demo", "reconnecting"):
            return "null"
        return json.dumps({"width": 640, "height": 360, "faces": self.state["faces"] or self.faces_of_the_last_picture})

    def _snapshot(self) -> Response | tuple[dict[str, Any], int]:
        if self.snapshot_refusal is not None:
            status, message = self.snapshot_refusal
            return problem(message), status
        headers = {"X-Faces": self._faces_line()} if request.args.get("boxes") == "0" else {}
        return Response(self.picture, mimetype="image/jpeg", headers=headers)

    def _state(self) -> dict[str, Any] | tuple[dict[str, Any], int]:
        if self.locked is not None:
            status, message = self.locked
            return problem(message), status
        with self._lock:
            self.overlaps += self._asking > 0
            self._asking += 1
        time.sleep(self.state_pause_seconds)
        with self._lock:
            self._asking -= 1
        return {**self.state, "recording": self.recording}

    def _sources(self) -> dict[str, Any]:
        emotions = [{"name": name, "colour": colour, "adjective": ADJECTIVES[name]} for name, colour in COLOURS.items()]
        sources = list(self.sources)
        if request.args.get("probe") == "1":
            sources = self.sources = self.sources_after_search
        time.sleep(self.sources_pause_seconds)
        return {"version": 1, "sources": sources, "detectors": DETECTORS, "emotions": emotions}

    def _camera(self) -> dict[str, Any] | tuple[dict[str, Any], int]:
        order = request.get_json()
        self.posts.append(order)
        if self.refusal is not None:
            status, message = self.refusal
            return problem(message), status
        if self.obeys:
            self._obey(order)
        return self.state

    def _resting(self) -> dict[str, Any]:
        """What the test has put into `self.state["resting"]` beforehand stays what the state says."""
        self.posts.append(request.get_json(silent=True) or {"method": request.method})
        return {"resting": self.state.get("resting")}

    def _record(self) -> tuple[dict[str, Any], int]:
        self.sessions.append(request.get_json())
        name = self.sessions[-1]["name"]
        self.recording = {"id": "f" * 16, "name": name, "seconds": 62.4, "skipped": 0, "problem": "", "over": False}
        return {"id": "f" * 16, "name": name}, 201

    def _stop_recording(self) -> dict[str, Any]:
        self.recording = None
        return {"id": "f" * 16, "name": self.sessions[-1]["name"], "seconds": 62.4}

    def _mark(self) -> tuple[dict[str, Any], int]:
        self.markers.append(request.get_json())
        return {"id": "1", "label": self.markers[-1]["label"], "start": 63.0, "end": None}, 201

    def _obey(self, order: dict[str, Any]) -> None:
        if order["action"] == "stop":
            self.state = make_state("stopped")
        elif order["action"] == "start":
            self.state = make_state("demo" if order.get("source") == "demo" else "live")
        for kept in ("mirror", "resolution"):
            if kept in order:
                self.state = {**self.state, kept: order[kept]}


def problem(message: str) -> dict[str, Any]:
    """The one shape of an error."""
    return {"error": {"message": message}}


def harden(answer: Response) -> Response:
    """The headers under which the page has to work."""
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


def make_image(width: int = 640, height: int = 360) -> Image:
    """A plain picture: a soft slope of grey."""
    column = np.linspace(60, 120, height)[:, None, None]
    return np.broadcast_to(column, (height, width, 3)).astype(np.uint8)


def encode(image: Image) -> bytes:
    """A picture as JPEG bytes."""
    written, picture = cv2.imencode(".jpg", image)
    assert written
    return picture.tobytes()
