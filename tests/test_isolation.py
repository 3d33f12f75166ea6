"""What one visitor's camera shows is nobody else's: every route is declared here, and asked by a stranger."""

import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Literal, NamedTuple

import pytest
from fakes import FakeStages, json_of, picture
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from analysis.jobs import Jobs
from camera import VideoCamera
from faces.encode import encode
from live.visitors import Visitors
from main import create_app
from sessions.diary import Notebook
from sources.browser import BrowserSource
from web.recording import Recordings

JPEG = encode(picture(1))

Kind = Literal["everybody", "watched", "own"]
"""everybody: takes no ?source=; watched: takes one, of a shared link too; own: takes its visitor's own only."""


class Rule(NamedTuple):
    kind: Kind
    body: Any = None  # one that the route would take
    query: str = ""
    guess: int | None = None  # the status for an id in the path that is a guess


FILES = (
    "any('timeline.csv', 'timeline.json', 'timeline.parquet', 'seconds.csv', 'markers.csv', 'segments.csv', "
    "'elan.txt', 'captions.vtt')"
)
SESSION = "/api/sessions/<session>"
JOB = "/api/jobs/<key>"
BROWSER = "/api/browser/<key>"

RULES: dict[tuple[str, str], Rule] = {
    ("GET", "/"): Rule("everybody"),
    ("GET", "/about"): Rule("everybody"),
    ("GET", "/mood"): Rule("everybody"),
    ("GET", "/sessions"): Rule("everybody"),
    ("GET", "/sessions/<session_id>"): Rule("everybody"),
    ("GET", "/sessions/compare"): Rule("everybody"),
    ("GET", "/static/<path:filename>"): Rule("everybody"),
    ("GET", "/healthz"): Rule("everybody"),
    ("GET", "/metrics"): Rule("everybody"),
    ("GET", "/api/docs"): Rule("everybody"),
    ("GET", "/api/openapi.json"): Rule("everybody"),
    ("GET", "/api/sources"): Rule("everybody"),
    ("GET", "/api/uses"): Rule("everybody"),
    ("GET", "/api/recordings"): Rule("everybody"),
    ("POST", "/api/analyze"): Rule("everybody"),
    ("GET", "/video_feed"): Rule("watched"),
    ("GET", "/snapshot.jpg"): Rule("watched"),
    ("GET", "/api/state"): Rule("watched"),
    ("GET", "/api/events"): Rule("watched"),
    ("POST", "/api/camera"): Rule("own", {"action": "set", "mirror": True}),
    ("POST", "/api/playback"): Rule("own", {"paused": True}),
    ("GET", "/api/resting"): Rule("own"),
    ("GET", "/api/resting/profile"): Rule("own"),
    ("POST", "/api/resting"): Rule("own", {"active": True}),
    ("DELETE", "/api/resting"): Rule("own"),
    ("GET", "/api/uses/<use>"): Rule("own"),
    ("GET", "/api/reminder"): Rule("own"),
    ("PUT", "/api/reminder"): Rule("own", {"above": 50, "minutes": 5}),
    ("POST", "/api/browser"): Rule("everybody"),
    ("DELETE", BROWSER): Rule("everybody", guess=204),
    ("POST", f"{BROWSER}/frame"): Rule("everybody", guess=404),
    ("POST", f"{BROWSER}/share"): Rule("everybody", guess=404),
    ("DELETE", f"{BROWSER}/share"): Rule("everybody", guess=404),
    ("POST", "/api/jobs"): Rule("everybody"),
    ("GET", JOB): Rule("everybody", guess=404),
    ("POST", JOB): Rule("everybody", {"action": "cancel"}, guess=404),
    ("DELETE", JOB): Rule("everybody", guess=204),
    ("GET", f"{JOB}/events"): Rule("everybody", guess=404),
    ("PATCH", f"{JOB}/files/<int:number>"): Rule("everybody", guess=404),
    ("GET", f"{JOB}/results/<path:name>"): Rule("everybody", guess=404),
    ("GET", "/api/sessions"): Rule("everybody"),
    ("POST", "/api/sessions"): Rule("own", {"name": "taken"}),
    ("GET", SESSION): Rule("own", guess=404),
    ("PATCH", SESSION): Rule("own", {"name": "taken"}, guess=404),
    ("DELETE", SESSION): Rule("own", guess=404),
    ("GET", f"{SESSION}/<{FILES}:file>"): Rule("own", guess=404),
    ("GET", f"{SESSION}/markers"): Rule("own", guess=404),
    ("POST", f"{SESSION}/markers"): Rule("own", {"label": "taken"}, guess=404),
    ("PATCH", f"{SESSION}/markers/<marker>"): Rule("own", {"label": "taken"}, guess=404),
    ("DELETE", f"{SESSION}/markers/<marker>"): Rule("own", guess=404),
    ("POST", f"{SESSION}/stop"): Rule("own"),
    ("GET", f"{SESSION}/summary"): Rule("own", guess=404),
    ("GET", f"{SESSION}/uses/<use>"): Rule("own", guess=404),
    ("GET", "/api/compare"): Rule("everybody", query="a=guess&b=guess"),
    ("GET", "/api/join"): Rule("everybody", query="sessions=guess,guess"),
    ("GET", "/api/mood"): Rule("everybody"),
    ("GET", "/api/mood.csv"): Rule("everybody"),
    ("POST", "/api/notes"): Rule("everybody", {"day": "2026-11-26", "text": "rain"}),
    ("GET", "/api/self-reports"): Rule("everybody"),
    ("POST", "/api/self-reports"): Rule("own", {"value": 3}),
    ("GET", "/api/rules"): Rule("everybody"),
    ("POST", "/api/rules"): Rule("everybody"),
    ("GET", "/api/rules.toml"): Rule("everybody"),
    ("PATCH", "/api/rules/<rule>"): Rule("everybody", {}, guess=404),
    ("DELETE", "/api/rules/<rule>"): Rule("everybody", guess=404),
    ("POST", "/api/rules/<rule>/test"): Rule("everybody", guess=404),
    ("POST", "/api/rules/<rule>/dry-run"): Rule("everybody", guess=404),
    ("GET", "/api/incidents"): Rule("everybody"),
    ("GET", "/api/webhooks"): Rule("everybody"),
    ("POST", "/api/webhooks"): Rule("everybody"),
    ("DELETE", "/api/webhooks/<webhook>"): Rule("everybody"),
    ("POST", "/api/webhooks/<webhook>/test"): Rule("everybody"),
    ("GET", "/api/deliveries"): Rule("everybody"),
}

KEYS = ("session", "session_id", "key", "marker", "rule", "webhook")
OTHER_PARTS = {"file": "seconds.csv", "use": "activity", "number": 1, "name": "x", "filename": "page.css"}


def visitors_camera(source: BrowserSource) -> VideoCamera:
    return VideoCamera(
        "browser", mirror=False, make_stages=lambda _: FakeStages(2), open_source=lambda text, wish: source
    )


class Anna(NamedTuple):
    """A visitor whose camera is live, recorded, and shared with whoever has the link; and a file of hers."""

    client: FlaskClient
    source: str
    session: str
    job: str

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.source, self.session, self.job, "annas-session", "annas-file.mp4")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("program")
    camera = VideoCamera("0", make_stages=lambda _: FakeStages(1))
    camera.stop()
    visitors = Visitors(visitors_camera)
    recordings = Recordings(str(folder / "sessions.db"))
    jobs = Jobs(folder / "jobs", lambda *_: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("live.visitors.SILENT_SECONDS", math.inf)  # her tab stays open
        yield create_app(camera, visitors=visitors, recordings=recordings, get_jobs=lambda: jobs)
    recordings.close()
    visitors.close()
    camera.close()
    jobs.close()


@pytest.fixture(scope="module")
def anna(app: Flask) -> Anna:
    client = app.test_client()
    source = json_of(client.post("/api/browser", json={"name": "annas-camera"}))["id"]
    assert client.post(f"/api/browser/{source}/frame", data=JPEG).status_code == 200
    session = json_of(client.post(f"/api/sessions?source={source}", json={"name": "annas-session", "me": True}))["id"]
    job = json_of(client.post("/api/jobs", json={"files": [{"name": "annas-file.mp4", "size": 9}]}))["id"]
    return Anna(client, source, session, job)


@pytest.fixture(scope="module")
def stranger(app: Flask) -> FlaskClient:
    return app.test_client()


Ask = Callable[..., TestResponse]


@pytest.fixture(scope="module")
def ask(app: Flask, stranger: FlaskClient) -> Ask:
    """Asks a route as a stranger."""

    def asked(method: str, path: str, key: str = "guess", source: str = "") -> TestResponse:
        rule = next(one for one in app.url_map.iter_rules() if one.rule == path and method in (one.methods or ()))
        parts = {name: key if name in KEYS else OTHER_PARTS[name] for name in rule.arguments}
        with app.test_request_context():
            address = app.url_map.bind("localhost").build(rule.endpoint, parts, method)
        declared = RULES[method, path]
        query = "&".join(part for part in (declared.query, source and f"source={source}") if part)
        return stranger.open(f"{address}?{query}", method=method, json=declared.body, headers={"Upload-Offset": "0"})

    return asked


def text_of(answer: TestResponse) -> str:
    """The answer with its headers; of an endless one its beginning."""
    body = b"".join(islice(answer.iter_encoded(), 3))
    answer.close()
    return f"{answer.headers}{body.decode('latin-1')}"


def shared(anna: Anna) -> str:
    """The link that Anna gives to others."""
    link: str = json_of(anna.client.post(f"/api/browser/{anna.source}/share"))["source"]
    return link


def of_kind(*kinds: Kind) -> pytest.MarkDecorator:
    found = [pytest.param(*at, id=f"{at[0]} {at[1][:60]}") for at, rule in RULES.items() if rule.kind in kinds]
    return pytest.mark.parametrize(("method", "path"), found)


def test_every_route_is_declared(app: Flask) -> None:
    there = {(m, rule.rule) for rule in app.url_map.iter_rules() for m in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert there == set(RULES)


@of_kind("everybody", "watched", "own")
def test_a_stranger_is_told_nothing_of_a_visitor(ask: Ask, anna: Anna, method: str, path: str) -> None:
    answer = ask(method, path)
    guess = RULES[method, path].guess
    assert answer.status_code == guess if guess else answer.status_code in (200, 201, 400, 403, 404, 409, 415, 503)
    told = text_of(answer)
    assert [secret for secret in (*anna.secrets, shared(anna), "annas-camera") if secret in told] == []


@of_kind("watched", "own")
def test_no_guess_is_a_source(ask: Ask, anna: Anna, method: str, path: str) -> None:
    assert ask(method, path, key="current", source="guess").status_code == 404


@of_kind("own")
def test_a_link_is_for_watching_only(ask: Ask, anna: Anna, method: str, path: str) -> None:
    answer = ask(method, path, key="current", source=shared(anna))
    assert answer.status_code == 404
    assert [secret for secret in anna.secrets if secret in text_of(answer)] == []


@of_kind("watched")
def test_a_link_shows_the_picture_and_no_more(ask: Ask, anna: Anna, method: str, path: str) -> None:
    anna.client.post(f"/api/browser/{anna.source}/frame", data=JPEG)
    answer = ask(method, path, source=shared(anna))
    assert answer.status_code == 200
    assert [secret for secret in anna.secrets if secret in text_of(answer)] == []


@of_kind("watched")
def test_a_link_that_is_shared_no_longer_is_dead(ask: Ask, anna: Anna, method: str, path: str) -> None:
    link = shared(anna)
    assert anna.client.delete(f"/api/browser/{anna.source}/share").status_code == 204
    assert ask(method, path, source=link).status_code == 404
    assert shared(anna) != link
    assert ask(method, path, source=link).status_code == 404


@pytest.mark.parametrize("path", ["/video_feed", "/api/events"])
def test_whoever_watches_sees_nothing_that_came_after_sharing_ended(ask: Ask, anna: Anna, path: str) -> None:
    answer = ask("GET", path, source=shared(anna))
    parts = answer.iter_encoded()
    assert next(parts)
    anna.client.delete(f"/api/browser/{anna.source}/share")
    anna.client.post(f"/api/browser/{anna.source}/frame", data=JPEG)
    assert list(parts) == []
    answer.close()


def test_a_visitor_is_told_of_their_own_sessions_and_a_stranger_is_not(
    app: Flask, anna: Anna, stranger: FlaskClient
) -> None:
    def listed(client: FlaskClient) -> list[str]:
        return [one["id"] for one in json_of(client.get("/api/sessions"))["sessions"]]

    assert anna.session in listed(anna.client)
    assert anna.session not in listed(stranger)
    stranger.post("/api/browser")  # another visitor, with a mark of their own
    assert anna.session not in listed(stranger)
    rule = json_of(stranger.post("/api/rules", json={"name": "all"}))["id"]
    assert anna.session not in stranger.post(f"/api/rules/{rule}/dry-run").text
    assert anna.session in anna.client.post(f"/api/rules/{rule}/dry-run").text
    app.extensions["owner_asks"] = lambda: True
    assert anna.session in listed(stranger)
    app.extensions["owner_asks"] = lambda: False


def test_what_is_recorded_of_a_visitor_is_told_to_them_and_to_the_owner_only(app: Flask, anna: Anna) -> None:
    def told(client: FlaskClient) -> list[str]:
        return [one["id"] for one in json_of(client.get("/api/recordings"))["recordings"]]

    stranger = app.test_client()
    assert anna.session in told(anna.client)
    assert anna.session not in told(stranger)
    app.extensions["owner_asks"] = lambda: True
    assert anna.session in told(stranger)
    app.extensions["owner_asks"] = lambda: False


def test_guests_are_told_that_it_is_recorded(ask: Ask, anna: Anna) -> None:
    recording = json_of(ask("GET", "/api/state", source=shared(anna)))["recording"]
    assert (recording["id"], recording["name"]) == ("", "") and recording["seconds"] >= 0


def test_answers_and_moods_of_a_visitor_are_not_told_to_strangers(app: Flask, anna: Anna) -> None:
    assert anna.client.post(f"/api/self-reports?source={anna.source}", json={"value": 3}).status_code == 201
    assert anna.client.post(f"/api/sessions/current/stop?source={anna.source}").status_code == 200
    store, since = app.extensions["recordings"].store, datetime(2000, 1, 1, tzinfo=UTC)
    for told_to, known in ((None, True), ("another", False)):
        assert (anna.session in Notebook(store.database).reported_sessions(9, told_to=told_to)) is known
        assert (anna.session in [saved.id for saved, _ in store.digests(since, told_to=told_to)]) is known
