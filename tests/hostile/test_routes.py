"""Every route of the site, whoever adds one: strangers reach none of them, and every refusal has the one shape."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import FakeStages, json_of
from flask import Flask
from werkzeug.test import TestResponse

from camera import VideoCamera
from main import create_app
from web.lan import authority_routes
from web.security import HEADERS, PAGE_PATH, PUBLIC_PATH

TOKEN = "a long enough secret"
FEWEST_ROUTES = 60

Ask = tuple[str, str]
"""Method and path."""


@pytest.fixture
def camera() -> Iterator[VideoCamera]:
    with VideoCamera(make_stages=lambda _: FakeStages()) as camera:
        camera.stop()
        yield camera


def site(camera: VideoCamera, token: str | None) -> tuple[Flask, list[str]]:
    """The app with everything that main.py puts on it, and the list of the views that were reached: they do nothing."""
    app = create_app(camera, token=token)
    app.register_blueprint(authority_routes(Path("authority.crt")))
    reached: list[str] = []

    def stand_in(name: str) -> None:
        def view(**_: object) -> str:
            reached.append(name)
            return ""

        app.view_functions[name] = view

    for name in app.view_functions:
        stand_in(name)
    return app, reached


def asks(app: Flask) -> list[Ask]:
    """Every method of every route, with something in the place of names and numbers."""
    found = []
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<any\('([^']+)'[^>]*>", r"\1", rule.rule)
        path = re.sub(r"<[^>]*>", "1", path)
        found += [(method, path) for method in sorted((rule.methods or set()) - {"OPTIONS"})]
    assert len(found) > FEWEST_ROUTES
    return found


def is_refusal(answer: TestResponse, status: int, *, bodyless: bool) -> bool:
    """Whether it is an error of that status in the one shape, with the headers of all answers."""
    shown = dict(answer.headers).items() >= HEADERS.items()
    return shown and answer.status_code == status and (bodyless or json_of(answer)["error"]["status"] == status)


STRANGERS = {
    "a page of another site": {"Origin": "https://evil.example"},
    "the same host at another port": {"Origin": "http://localhost:3000"},
    "a page without an origin": {"Origin": "null"},
    "an origin that only begins like ours": {"Origin": "http://localhost.evil.example"},
    "an origin with our name as its user": {"Origin": "http://localhost@evil.example"},
    "two origins": {"Origin": "http://localhost, https://evil.example"},
    "no origin, but marked by the browser": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    "a sister site": {"Sec-Fetch-Site": "same-site"},
    "a frame": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    "a form that opens a page": {"Origin": "https://evil.example", "Sec-Fetch-Mode": "navigate"},
    "a name that was bound to this machine": {"Host": "evil.example"},
    "our name within another": {"Host": "localhost.evil.example"},
    "no name": {"Host": ""},
}


@pytest.mark.parametrize("stranger", STRANGERS)
@pytest.mark.parametrize("token", [None, TOKEN])
def test_no_page_of_a_stranger_reaches_any_route(camera: VideoCamera, token: str | None, stranger: str) -> None:
    app, reached = site(camera, token)
    client = app.test_client()
    headers = {"Authorization": f"Bearer {TOKEN}", **STRANGERS[stranger]}
    for method, path in asks(app):
        answer = client.open(path, method=method, headers=headers, json={})
        assert is_refusal(answer, 403, bodyless=method == "HEAD"), (method, path, answer.status)
    assert reached == []


def test_nobody_without_the_token_reaches_any_route_but_the_one_that_tells_nothing(camera: VideoCamera) -> None:
    app, reached = site(camera, TOKEN)
    client = app.test_client()
    for method, path in asks(app):
        answer = client.open(path, method=method, json={})
        if path != PUBLIC_PATH:
            assert is_refusal(answer, 401, bodyless=method == "HEAD"), (method, path, answer.status)
    assert set(reached) == {"state.healthz"}


def test_whoever_has_the_token_reaches_every_route(camera: VideoCamera) -> None:
    """Or the two tests above would pass where nothing answers at all."""
    app, reached = site(camera, TOKEN)
    client = app.test_client()
    headers = {"Authorization": f"Bearer {TOKEN}", "Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    for method, path in asks(app):
        assert client.open(path, method=method, headers=headers, json={}).status_code == 200, (method, path)
    assert set(reached) == set(app.view_functions)


@pytest.mark.parametrize("method", ["PUT", "TRACE", "MERGE", "GET\x00"])
def test_a_method_that_a_route_does_not_have_is_refused_in_the_one_shape(camera: VideoCamera, method: str) -> None:
    app, reached = site(camera, None)
    there = asks(app)
    for path in {path for _, path in there if (method, path) not in there}:
        answer = app.test_client().open(path, method=method)
        assert is_refusal(answer, 405, bodyless=False) and answer.headers["Allow"], (path, answer.status)
    assert reached == []


def test_only_the_page_may_be_linked_to(camera: VideoCamera) -> None:
    app, reached = site(camera, None)
    visit = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    for path in {path for method, path in asks(app) if method == "GET"} - {PAGE_PATH}:
        assert is_refusal(app.test_client().get(path, headers=visit), 403, bodyless=False), path
    assert app.test_client().get(PAGE_PATH, headers=visit).status_code == 200
    assert reached == ["page"]
