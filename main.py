"""Serve the live page: every face in front of the camera is boxed and its expression named."""

import argparse
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, render_template

from camera import VideoCamera
from faces.detectors import DETECTORS
from faces.errors import FacesError, InputError, SettingsError, SourceError
from faces.places import data_folder
from faces.terminal import PlainFormatter, say
from live.board import LiveSession
from live.visitors import MOST_IN_FLIGHT, MOST_VISITORS, Visitors
from web import browser as web_browser
from web import camera as web_camera
from web import pages as web_pages
from web import resting as web_resting
from web import state as web_state
from web.front import greeting, open_front
from web.jobs import GetJobs, job_routes
from web.lan import authority_routes
from web.owner import Owner
from web.pictures import picture_routes
from web.problems import handle_errors
from web.recent import Recent
from web.recording import Recordings
from web.security import LOOPBACK_NAMES, allowed_names, protect
from web.server import Server, listen
from web.sessions import api_routes, session_routes, use_routes
from web.stream import Seats
from web.watch import mood_routes, watch_routes
from web.watching import Watching

if TYPE_CHECKING:
    from analysis.jobs import Jobs
    from analysis.stills import PictureReader
    from sources.base import Source
    from sources.browser import BrowserSource
    from timeline.rules import Rule

DEFAULT_PORT = 5000

MAX_VIEWERS = 32

LARGEST_CROWD = 500

NEWS_SECONDS = 0.2

FIRST_PICTURE_SECONDS = 5.0
"""At most; until then the database stays closed, since loading what opens it would delay the first picture."""

MADE_HERE = ""
"""What --token is without a value."""


def create_app(
    camera: LiveSession,
    *,
    visitors: Visitors | None = None,
    get_jobs: GetJobs | None = None,
    recordings: Recordings | None = None,
    recent: Recent | None = None,
    watching: Watching | None = None,
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
    app.extensions["seats"] = Seats(max_viewers)
    app.extensions["owner_asks"] = owner.is_here if owner is not None and token is None else lambda: False
    handle_errors(app)
    app.register_blueprint(job_routes(get_jobs or jobs))
    for lazy in (session_routes, use_routes, watch_routes, mood_routes, api_routes):
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


def jobs() -> "Jobs":
    """What analyses uploads, resuming those of earlier runs; made at the first request."""
    with _making_jobs:
        return _jobs()


_making_jobs = threading.Lock()


@cache
def _jobs() -> "Jobs":
    from analysis.about import About, read_measured, versions, weights_checksum
    from analysis.job_run import JobRun
    from analysis.jobs import Jobs
    from analysis.settings import Settings
    from analyze import load_model, make_worker

    settings, about = Settings(weights=weights_checksum()), About(versions(), read_measured())
    everybody = Jobs(jobs_folder(), JobRun(partial(make_worker, load_model), settings, about))
    everybody.start()
    return everybody


def jobs_folder() -> Path:
    """Where uploads and results lie."""
    return data_folder() / "jobs"


def visitors_camera(source: "BrowserSource", *, detector: str = DETECTORS[0]) -> VideoCamera:
    """The live session of one visitor's browser; its page mirrors the picture where that is wanted."""
    return VideoCamera("browser", detector=detector, mirror=False, open_source=lambda text, wish: source)


def network_facts() -> dict[str, Any]:
    """What every session says of the network that saw it, so that its figures can be derived again."""
    import hashlib

    from faces.places import MODEL_WEIGHTS
    from model import shared_model

    model = shared_model()
    return {
        "weights": hashlib.sha256(MODEL_WEIGHTS.read_bytes()).hexdigest(),
        "confusion": model.confusion,
        "settings": {"unsure_below": model.unsure_below},
    }


def page() -> Response:
    """The one page."""
    return Response(render_template("index.html"), mimetype="text/html")


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="main.py", description=__doc__)
    add = parser.add_argument
    add(
        "--source",
        metavar="S",
        default=os.environ.get("FACES_SOURCE"),
        help="camera number, video or picture file, rtsp:// or http:// address, or demo "
        "(default: FACES_SOURCE from the environment, else camera 0, or the demo clip if there is no camera)",
    )
    add("--host", default="127.0.0.1", metavar="H", help="address to listen on; any but this machine needs --token")
    add(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        metavar="P",
        help=f"port to listen on; if it is taken, the next free one (default: {DEFAULT_PORT}; 0: any)",
    )
    add(
        "--token",
        metavar="T",
        nargs="?",
        const=MADE_HERE,
        default=os.environ.get("FACES_TOKEN"),
        help="secret of at least 12 characters that every visitor must provide; without T one is made and kept "
        "(default: FACES_TOKEN from the environment)",
    )
    add("--token-file", type=Path, metavar="F", help="file whose first line is the token")
    add(
        "--lan",
        action="store_true",
        help="for phones and others in your network: HTTPS, a token, and a code to scan (short for --host 0.0.0.0 "
        "--token with a certificate of this machine)",
    )
    add("--certificate", type=Path, metavar="FILE", help="serve HTTPS with this certificate (PEM, with its chain)")
    add("--key", type=Path, metavar="FILE", help="the private key of --certificate (PEM)")
    add(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name by which a reverse proxy before this server is called; may be given several times",
    )
    add(
        "--detector",
        default=DETECTORS[0],
        metavar="D",
        help="who finds the faces: auto (cascade and network together), haar, blaze, yunet or yunet:FILE "
        "(default: auto)",
    )
    add("--record", metavar="NAME", help="record a session of that name from the start: numbers, no pictures")
    add("--rules", type=Path, metavar="FILE", help="watch for the rules of this file (TOML, see docs/uses.md)")
    add(
        "--webhook",
        action="append",
        default=[],
        metavar="URL",
        help="send incidents there, also inside of your network; may be given several times",
    )
    add(
        "--database",
        metavar="D",
        help="where sessions are kept: a file, or postgresql+psycopg://user@host/name for many machines "
        "(default: sessions.db in your own data folder)",
    )
    add("--no-mirror", action="store_true", help="show a webcam as others see you, not as in a mirror")
    add("--width", type=_positive, default=640, metavar="W", help="width to request from a webcam (default: 640)")
    add("--height", type=_positive, default=480, metavar="H", help="height to request from a webcam (default: 480)")
    add("--fps", type=_positive, default=30, metavar="F", help="frames per second to request (default: 30)")
    add(
        "--max-viewers",
        type=_crowd,
        default=MAX_VIEWERS,
        metavar="N",
        help=f"how many viewers may watch at once (default: {MAX_VIEWERS})",
    )
    add(
        "--max-cameras",
        type=_crowd,
        default=MOST_VISITORS,
        metavar="N",
        help=f"how many browsers may send their own camera at once (default: {MOST_VISITORS})",
    )
    return parser.parse_args(arguments)


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None


def _port(text: str) -> int:
    number = _number(text)
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return number


def _positive(text: str) -> int:
    number = _number(text)
    if number < 1:
        raise argparse.ArgumentTypeError("it must be at least 1")
    return number


def _crowd(text: str) -> int:
    number = _positive(text)
    if number > LARGEST_CROWD:
        raise argparse.ArgumentTypeError(f"it must be at most {LARGEST_CROWD}: each holds a thread")
    return number


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C; the exit status says whether it could start."""
    options = parse(arguments)
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
    own = {name: getattr(options, name) for name in ("lan", "certificate", "key")}
    front = open_front(options.host, _token(options), behind=options.allow_host, **own)
    stop = StopSignal()
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
    owner = Owner()
    visitors = Visitors(partial(visitors_camera, detector=options.detector), most=options.max_cameras)
    recordings = Recordings(options.database, network_facts)
    recent = Recent(network_facts)
    watching = Watching(camera, recordings)
    app = create_app(
        camera,
        visitors=visitors,
        recordings=recordings,
        recent=recent,
        watching=watching,
        token=front.token,
        owner=owner,
        allowed_hosts=allowed_names(front.host) | {name.lower() for name in options.allow_host},
        max_viewers=options.max_viewers,
    )
    if front.authority is not None:
        app.register_blueprint(authority_routes(front.authority))
    listener = listen(front.host, options.port)
    seats = options.max_viewers + MOST_IN_FLIGHT * options.max_cameras
    server = Server(app, listener, max_viewers=seats, tls=front.tls)
    server.start()
    told = {"wanted_port": options.port, "port": listener.getsockname()[1], "recorded": options.record}
    for line in greeting(front, owner=owner.invitation(), **told):
        say(line)
    try:
        if jobs_folder().is_dir():
            jobs()  # which goes on with what the last run did not finish
        camera.start(options.source, prepared=_prepare(options))
        if not (options.database or options.record or options.rules or options.webhook):
            wait_for_picture(camera, stop)
        open_sessions(recordings, camera, options.record)
        open_watch(watching, recordings, options)
        _tell_news(camera, stop)
    finally:
        if _jobs.cache_info().currsize:
            jobs().close()
        watching.close()
        recent.close()
        for problem in recordings.close():
            say(problem, error=True)
        visitors.close()
        camera.close()
        server.stop()
    say("Stopped.")
    if camera.stuck:
        # A read that never returns cannot be ended from outside, and Python would wait for it forever.
        os._exit(0)
    return 0


def _token(options: argparse.Namespace) -> str | None:
    if options.token_file is None:
        return options.token  # type: ignore[no-any-return]
    try:
        return str(options.token_file.read_text(encoding="utf-8").splitlines()[0].strip())
    except (OSError, UnicodeDecodeError, IndexError) as error:
        raise SettingsError(f"The file {options.token_file} holds no token: {error}. Write one into it.") from error


class StopSignal:
    """Set by Ctrl-C, a request to end, or the terminal's closing."""

    def __init__(self) -> None:
        self.given = False
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # Windows has not all of them
            if (number := getattr(signal, name, None)) is not None:
                signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: object) -> None:
        if self.given:
            os._exit(130)  # asked twice: at once
        self.given = True


def wait_for_picture(camera: VideoCamera, stop: StopSignal, seconds: float = FIRST_PICTURE_SECONDS) -> None:
    """Until the first picture was looked at, the camera has failed, or `seconds` are over."""
    deadline = time.monotonic() + seconds
    number = 0
    while not stop.given and time.monotonic() < deadline:
        issue = camera.pictures.wait(number, NEWS_SECONDS)
        if issue is not None and issue.value.shot is not None:
            return
        number = issue.number if issue is not None else number
        if (said := camera.changes.newest()) is not None and said.value == "failed":
            return


def open_sessions(recordings: Recordings, camera: LiveSession, record: str | None) -> None:
    """Delete what was to be kept until now, if anything is kept at all, and start the recording that is asked for."""
    if record is None and not recordings.kept:
        return
    for saved in recordings.store.delete_expired():
        say(f"Deleted as agreed after {saved.about.keep_days} days: the session {saved.about.name!r}.")
    if record is not None:
        from sessions.values import About

        saved = recordings.start(camera, About(name=record))
        say(f"Recording {saved.about.name!r} into {recordings.store.database.name}: numbers, no pictures.")


def open_watch(watching: Watching, recordings: Recordings, options: argparse.Namespace) -> None:
    """Watch for the rules that are kept, and for those of --rules; say the secrets of new receivers."""
    if not (options.rules or options.webhook or recordings.kept):
        return
    if options.rules is not None:
        watching.book.take_in(read_rules_file(options.rules))
    known = {receiver.url for receiver in watching.hooks.receivers()}
    for url in options.webhook:
        if url not in known:
            made = watching.hooks.add(url, private_allowed=True)
            say(f"Incidents are sent to {url}. Its signatures are verified with the secret {made.secret}.")
    watching.begin()
    if watching.watcher is not None:
        say("Watching for rules: incidents are kept, with times and shares; no pictures.")


def read_rules_file(file: Path) -> "tuple[Rule, ...]":
    """The rules in a file; SettingsError says what is wrong with it."""
    from timeline.rules import read_rules

    try:
        return read_rules(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(f"The rules in {file} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, InputError) as error:
        raise SettingsError(f"The rules in {file} cannot be used. {error}") from error


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


def _tell_news(camera: VideoCamera, stop: StopSignal) -> None:
    """Print what the page says whenever it changes, until told to stop."""
    said = ""
    number = 0
    while not stop.given:
        change = camera.changes.wait(number, NEWS_SECONDS)
        if change is None:
            continue
        number = change.number
        if (words := camera.news()) != said:
            said = words
            say(words)


if __name__ == "__main__":
    sys.exit(main())
