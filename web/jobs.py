"""Videos, pictures and folders dropped on the page: sent in pieces, analysed in the background, read in place.

Files are sent as in tus (https://tus.io, version 1.0): PATCH with Upload-Offset adds a piece, HEAD tells how much has
arrived. Anyone who has a job's id may do everything with it, and nobody is told the ids of others.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, current_app, jsonify, request, send_file

from faces.errors import BusyError, InputError

if TYPE_CHECKING:  # cv2 takes half a second to load: the page is served before it is needed
    from analysis.jobs import Job, Jobs

LARGEST_ORDER_BYTES = 1024 * 1024

LARGEST_PIECE_BYTES = 16 * 1024 * 1024

MOST_DIGITS = 18
"""Of an offset. Python refuses to read numbers of more than 4,300 digits."""

ASK_SECONDS = 0.5

SAME_SECONDS = 10.0
"""A listener who left is noticed only by writing to the connection."""

REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; media-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
"""A report carries its style and script inside, asks nobody for anything, and is shown in a frame of our page only."""

GetJobs = Callable[[], "Jobs"]
"""Loads what analyses need when somebody asks first."""


def job_routes(jobs: GetJobs) -> Blueprint:
    """The routes of uploads that are analysed, and of their results."""
    routes = Blueprint("jobs", __name__)

    @routes.post("/api/jobs")
    def create() -> tuple[Response, int]:
        """Announce files to analyse; answers with the job, whose files are then sent.

        {"files": [{"name": "holiday.mp4", "size": 123}]}
        """
        return jsonify(described(jobs(), jobs().create(_announced()))), 201

    @routes.get("/api/jobs/<key>")
    def job(key: str) -> Response:
        """Its progress and its results."""
        return jsonify(described(jobs(), jobs().get(key)))

    @routes.get("/api/jobs/<key>/events")
    def events(key: str) -> Response:
        """The same as server-sent events, at every change until it has ended."""
        jobs().get(key)
        if not current_app.extensions["seats"].take():
            raise BusyError("All places are taken. Ask for the job itself every second instead.")
        seats = current_app.extensions["seats"]
        answer = Response(_events(jobs(), key), mimetype="text/event-stream")
        answer.call_on_close(seats.leave)
        return answer

    @routes.post("/api/jobs/<key>")
    def command(key: str) -> Response:
        """Cancel a job; the results so far are kept."""
        request.max_content_length = LARGEST_ORDER_BYTES
        if request.get_json() != {"action": "cancel"}:
            raise InputError('The body must be {"action": "cancel"}.')
        return jsonify(described(jobs(), jobs().cancel(key)))

    @routes.delete("/api/jobs/<key>")
    def delete(key: str) -> tuple[str, int]:
        """Delete what was sent, and all results."""
        jobs().delete(key)
        return "", 204

    routes.add_url_rule("/api/jobs/<key>/files/<int:number>", view_func=_file(jobs), methods=["PATCH", "HEAD"])

    @routes.get("/api/jobs/<key>/results/<path:name>")
    def result(key: str, name: str) -> Response:
        """One of the result files."""
        answer = send_file(jobs().result(key, name), conditional=True)
        if name.endswith(".html"):
            answer.headers["Content-Security-Policy"] = REPORT_POLICY
            answer.headers["X-Frame-Options"] = "SAMEORIGIN"
        return answer

    return routes


def _file(jobs: GetJobs) -> Callable[[str, int], Response]:
    def file(key: str, number: int) -> Response:
        """Add a piece of a file; HEAD tells how much of it is here."""
        if request.method == "PATCH":
            request.max_content_length = LARGEST_PIECE_BYTES
            here = jobs().receive(key, number, _offset(), request.stream)
        else:
            here = jobs().received(key, number)
        return Response(status=204, headers={"Upload-Offset": str(here), "Tus-Resumable": "1.0.0"})

    return file


def described(jobs: "Jobs", job: "Job") -> dict[str, Any]:
    """A job as JSON carries it."""
    return {
        "id": job.id,
        "status": job.status,
        "error": job.error,
        "created_at": round(job.created_at, 3),
        "kept_until": round(jobs.kept_until(job), 3),
        "share": round(job.share, 4),
        "seconds_left": None if job.seconds_left is None else round(job.seconds_left, 1),
        "files": [
            {"name": upload.shown, "size": upload.size, "received": jobs.received(job.id, number)}
            for number, upload in enumerate(job.uploads, 1)
        ],
        "outcomes": [asdict(outcome) for outcome in job.outcomes],
        "results": jobs.results(job.id),
    }


def _events(jobs: "Jobs", key: str) -> Iterator[str]:
    told, told_at = "", time.monotonic()
    while True:
        job = jobs.get(key)
        now = json.dumps(described(jobs, job))
        if now != told:
            told, told_at = now, time.monotonic()
            yield f"event: job\ndata: {now}\n\n"
        elif time.monotonic() - told_at > SAME_SECONDS:
            told_at = time.monotonic()
            yield ": still here\n\n"
        if job.ended:
            return
        time.sleep(ASK_SECONDS)


def _announced() -> list[tuple[str, int]]:
    request.max_content_length = LARGEST_ORDER_BYTES
    order = request.get_json()
    files = order.get("files") if isinstance(order, dict) else None
    if not isinstance(files, list) or not all(_is_file(file) for file in files):
        raise InputError('The body must be a JSON object such as {"files": [{"name": "holiday.mp4", "size": 123}]}.')
    return [(file["name"], file["size"]) for file in files]


def _is_file(file: object) -> bool:
    return isinstance(file, dict) and isinstance(file.get("name"), str) and type(file.get("size")) is int


def _offset() -> int:
    text = request.headers.get("Upload-Offset", "")
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise InputError("Say in the header Upload-Offset at which byte of the file the piece begins.")
    return int(text)
