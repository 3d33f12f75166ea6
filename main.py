"""Serve the live page: every face in front of the camera is boxed and its expression named."""

import argparse
import logging
import os
import sys
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, render_template

from camera import VideoCamera, make_stages
from faces.detectors import DETECTORS
from faces.errors import FacesError, SettingsError, SourceError
from faces.memory import share_arenas
from faces.places import PROGRAM, data_folder
from faces.terminal import PlainFormatter, say
from live.board import LiveSession
from live.visitors import MOST_IN_FLIGHT, Visitors
from web import browser as web_browser
from web import camera as web_camera
from web import pages as web_pages
from web import resting as web_resting
from web import state as web_state
from web.front import Front, greeting, open_front, viewers_link
from web.jobs import GetJobs, job_routes
from web.lan import authority_routes
from web.options import MAX_VIEWERS, parse, token_of
from web.owner import Owner
from web.pictures import picture_routes
from web.problems import handle_errors
from web.recent import Recent
from web.recording import Recordings
from web.reminders import Reminders
from web.security import LOOPBACK_NAMES, allowed_names, protect
from web.server import Server, listen
from web.sessions import api_routes, session_routes, use_routes
from web.startup import StopSignal, open_sessions, open_watch, tell_news, wait_for_picture
from web.stream import Seats
from web.watch import mood_routes, tension_routes, watch_routes
from web.watching import Watching

if TYPE_CHECKING:
    from analysis.job_run import Engine
    from analysis.jobs import Jobs
    from analysis.stills import PictureReader
    from sources.base import Source
    from sources.browser import BrowserSource


def create_app(
    camera: LiveSession,
    *,
    visitors: Visitors | None = None,
    get_jobs: GetJobs | None = None,
    recordings: Recordings | None = None,
    recent: Recent | None = None,
    watching: Watching | None = None,
    reminders: Reminders | None = None,
    token: str | None = None,
    owner: Owner | None = None,
    allowed_hosts: Iterable[str] = LOOPBACK_NAMES,
    max_viewers: int = MAX_VIEWERS,
) -> Flask:
    """The site around a camera, the cameras of visitors' browsers and what is recorded; the caller closes all three.

    Visitors may choose among cameras and the demo clip. Only the owner may open files and addresses; with a token,
    where everybody comes over the network, nobody may.
    """
    app = Flask(__name__)
    app.extensions["camera"] = camera
    app.extensions["visitors"] = visitors or Visitors(visitors_camera)
    app.extensions["recordings"] = recordings = recordings or Recordings(facts=network_facts)
    app.extensions["recent"] = recent or Recent(network_facts)
    app.extensions["watching"] = watching or Watching(camera, recordings)
    app.extensions["reminders"] = reminders or Reminders(recordings)
    app.extensions["seats"] = Seats(max_viewers)
    app.extensions["owner_asks"] = owner.is_here if owner is not None and token is None else lambda: False
    handle_errors(app)
    app.register_blueprint(job_routes(get_jobs or jobs))
    for lazy in (session_routes, use_routes, watch_routes, mood_routes, tension_routes, api_routes):
        app.register_blueprint(lazy)
    for routes in (
        web_state.routes,
        web_camera.routes,
        web_resting.routes,
        web_browser.routes,
        web_pages.routes,
        picture_routes(answer_picture),
    ):
        app.register_blueprint(routes)
    app.add_url_rule("/", view_func=page)
    protect(app, token=token, allowed_hosts=allowed_hosts)
    if owner is not None:
        owner.protect(app)
    return app


def answer_picture(picture: bytes, name: str) -> dict[str, Any]:
    """The analysis of one picture; the network is loaded at the first request."""
    from analysis.results import result_values

    return result_values(_picture_reader().answer(picture, name))


@cache
def _picture_reader() -> "PictureReader":
    from analysis.stills import PictureReader
    from model import shared_model

    return PictureReader(shared_model())


def jobs(engine: str = "local", address: str | None = None) -> "Jobs":
    """What analyses uploads, resuming those of earlier runs; made at the first request.

    `engine` and `address`: as --engine and --address say.
    """
    with _making_jobs:
        return _jobs(engine, address)


_making_jobs = threading.Lock()


@cache
def _jobs(engine: str, address: str | None) -> "Jobs":
    from analysis.about import Provenance, read_measured, versions, weights_checksum
    from analysis.job_run import JobRun, on_this_machine
    from analysis.jobs import Jobs
    from analysis.settings import Settings
    from analyze import load_model, make_worker

    settings, about = Settings(weights=weights_checksum()), Provenance(versions(), read_measured())
    run = on_this_machine if engine == "local" else _ray_engine(address)
    everybody = Jobs(jobs_folder(), JobRun(partial(make_worker, load_model), settings, about, engine=run))
    everybody.start()
    return everybody


def _ray_engine(address: str | None) -> "Engine":
    from analysis.ray_engine import run_on_ray

    return partial(run_on_ray, address=address, code=PROGRAM)


def jobs_folder() -> Path:
    """Where uploads and results lie."""
    return data_folder() / "jobs"


def visitors_camera(source: "BrowserSource", *, detector: str = DETECTORS[0]) -> VideoCamera:
    """The live session of one visitor's browser; its page mirrors the picture where that is wanted."""
    return VideoCamera(
        "browser",
        detector=detector,
        mirror=False,
        make_stages=partial(make_stages, screen=source.screen),
        open_source=lambda text, wish: source,
    )


def network_facts() -> dict[str, Any]:
    """What every session says of the network that saw it, so that its figures can be derived again.

    From its files: whoever asks need not wait until it is compiled.
    """
    import hashlib

    from faces.places import MODEL_JSON, MODEL_WEIGHTS
    from learn.compiled import said_of_majority, unsure_threshold

    return {
        "weights": hashlib.sha256(MODEL_WEIGHTS.read_bytes()).hexdigest(),
        "confusion": said_of_majority(MODEL_JSON),
        "settings": {"unsure_below": unsure_threshold(MODEL_JSON)},
    }


def page() -> Response:
    """The one page."""
    return Response(render_template("index.html", viewers_link=viewers_link()), mimetype="text/html")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C; the exit status says whether it could start."""
    options = parse(arguments, description=__doc__)
    share_arenas()
    # Drivers and codecs write to the terminal as they like; what matters is reported in our own words.
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    log = logging.StreamHandler()
    log.setFormatter(PlainFormatter("%(levelname)s %(message)s"))
    logging.basicConfig(handlers=[log])
    try:
        return serve(options)
    except FacesError as error:
        say(str(error), error=True)
        return 2


def serve(options: argparse.Namespace) -> int:
    """Answer first, load the rest after; end at the first signal."""
    _check_engine(options)
    own = {name: getattr(options, name) for name in ("lan", "certificate", "key")}
    front = open_front(options.host, token_of(options), behind=options.allow_host, **own)
    stop, owner = StopSignal(), Owner()
    parts = _parts(options)
    listener = listen(front.host, options.port)
    server = _server(listener, front, owner, parts, options)
    server.start()
    told = {"wanted_port": options.port, "port": listener.getsockname()[1], "records": options.record is not None}
    for line in greeting(front, owner=owner.invitation(), **told):
        say(line)
    try:
        _work(parts, options, stop)
    finally:
        parts.close()
        server.stop()
    say("Stopped.")
    if parts.camera.stuck:
        # A read that never returns cannot be ended from outside, and Python would wait for it forever.
        os._exit(0)
    return 0


def _check_engine(options: argparse.Namespace) -> None:
    """Refuse an engine that cannot be used before anything is served."""
    if options.engine == "ray":
        from analysis.ray_engine import check_ray

        check_ray()
    elif options.address:
        raise SettingsError("--address is for a Ray cluster: add --engine ray.")


@dataclass(frozen=True, slots=True)
class _Parts:
    """What lives as long as the program, in the order in which it is opened."""

    camera: VideoCamera
    visitors: Visitors
    recordings: Recordings
    recent: Recent
    watching: Watching
    reminders: Reminders
    jobs: GetJobs

    def close(self) -> None:
        if _jobs.cache_info().currsize:
            self.jobs().close()
        self.watching.close()
        self.reminders.close()
        self.recent.close()
        for problem in self.recordings.close():
            say(problem, error=True)
        self.visitors.close()
        self.camera.close()


def _parts(options: argparse.Namespace) -> _Parts:
    """Made, and nothing opened yet."""
    camera = VideoCamera(
        options.source,
        detector=options.detector,
        mirror=False if options.no_mirror else None,
        width=options.width,
        height=options.height,
        fps=options.fps,
    )
    if options.detector != DETECTORS[0]:  # looking for the others loads cv2, for which the page need not wait
        camera.adjust(detector=options.detector)
    visitors = Visitors(partial(visitors_camera, detector=options.detector), most=options.max_cameras)
    recordings = Recordings(options.database, network_facts)
    watching, reminders = Watching(camera, recordings), Reminders(recordings)
    get_jobs = partial(jobs, options.engine, options.address)
    return _Parts(camera, visitors, recordings, Recent(network_facts), watching, reminders, get_jobs)


def _server(listener: socket, front: Front, owner: Owner, parts: _Parts, options: argparse.Namespace) -> Server:
    app = create_app(
        parts.camera,
        visitors=parts.visitors,
        recordings=parts.recordings,
        recent=parts.recent,
        watching=parts.watching,
        reminders=parts.reminders,
        get_jobs=parts.jobs,
        token=front.token,
        owner=owner,
        allowed_hosts=allowed_names(front.host) | {name.lower() for name in options.allow_host},
        max_viewers=options.max_viewers,
    )
    if front.authority is not None:
        app.register_blueprint(authority_routes(front.authority))
    senders = MOST_IN_FLIGHT * options.max_cameras
    return Server(app, listener, max_viewers=options.max_viewers, senders=senders, tls=front.tls)


def _work(parts: _Parts, options: argparse.Namespace, stop: StopSignal) -> None:
    """From the first picture until told to stop."""
    if jobs_folder().is_dir():
        parts.jobs()  # which goes on with what the last run did not finish
    parts.camera.start(options.source, prepared=_prepare(options))
    if not (options.database or options.record or options.rules or options.webhook):
        wait_for_picture(parts.camera, stop)
    open_sessions(parts.recordings, parts.camera, options.record)
    open_watch(parts.watching, parts.recordings, options)
    tell_news(parts.camera.changes, parts.camera.news, stop)


def _prepare(options: argparse.Namespace) -> "Source | None":
    """Open the camera on the main thread where this is macOS: only then does the system ask for permission."""
    if sys.platform != "darwin":
        return None
    from sources.cameras import Webcam
    from sources.choose import open_source

    source = open_source(options.source or "0", width=options.width, height=options.height, fps=options.fps)
    if not isinstance(source, Webcam):
        return None
    try:
        return source.__enter__()
    except SourceError:
        return None  # the session tries again and reports what is wrong


if __name__ == "__main__":
    sys.exit(main())
