"""The description of the API, for programs and for people, and figures for server monitoring."""

from flask import Response, current_app, jsonify, render_template

from web.current import camera, recordings
from web.openapi import asked, document

TAG = "About the server"


@asked(TAG, {200: dict})
def openapi() -> Response:
    """Read this description as OpenAPI 3.1."""
    return jsonify(document(current_app))


@asked(TAG, {200: "text/html"})
def docs() -> Response:
    """Read this description as a page."""
    return Response(render_template("api_docs.html", api=document(current_app)), mimetype="text/html")


@asked(TAG, {200: "text/plain"})
def metrics() -> Response:
    """Read figures in Prometheus' text format."""
    state, recording = camera().state(), recordings().state(camera())
    figures = {
        "faces_capture_fps": ("Frames per second from the camera.", state.capture_fps),
        "faces_inference_fps": ("Frames per second that were analysed.", state.inference_fps),
        "faces_seen": ("Faces in the newest picture.", len(state.faces)),
        "faces_viewers": ("Viewers of the live picture.", state.viewers),
        "faces_recording": ("1 while a session is recorded, else 0.", int(recording is not None)),
        "faces_recorded_seconds": ("Length of the recording so far.", recording["seconds"] if recording else 0),
        "faces_skipped_frames": ("Frames of the recording left out.", recording["skipped"] if recording else 0),
    }
    lines = (f"# HELP {name} {text}\n# TYPE {name} gauge\n{name} {value}\n" for name, (text, value) in figures.items())
    return Response("".join(lines), content_type="text/plain; version=0.0.4; charset=utf-8")
