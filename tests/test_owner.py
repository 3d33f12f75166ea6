"""Tests of web/owner.py: who may open files and addresses where there is no token."""

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fakes import FakeStages, json_of, write_film
from flask.testing import FlaskClient

import web.owner
from camera import VideoCamera
from main import create_app
from web.current import told_to
from web.owner import Owner


@pytest.fixture
def camera() -> Iterator[VideoCamera]:
    with VideoCamera(make_stages=lambda _: FakeStages()) as camera:
        yield camera


@pytest.fixture
def film(tmp_path: Path) -> str:
    return str(write_film(tmp_path / "film.mp4", 20))


def start(client: FlaskClient, source: str, **headers: str) -> int:
    order = {"action": "start", "source": source}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post("/api/camera", json=order, headers=named).status_code


def as_user(monkeypatch: pytest.MonkeyPatch, uid: int | None) -> None:
    monkeypatch.setattr(web.owner, "_uid_of_peer", lambda environ: uid)


def test_on_linux_the_programs_of_the_owner_may_open_files(
    camera: VideoCamera, film: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_user(monkeypatch, os.getuid())
    client = create_app(camera, owner=Owner(told_by_system=True)).test_client()
    assert start(client, film) == 200
    assert start(client, film, X_Forwarded_For="192.168.1.9") == 200, "what plays already may be asked for by all"
    other = film.replace("film", "another")
    assert start(client, other, X_Forwarded_For="192.168.1.9") == 400, "a proxy of the owner speaks for others"
    assert start(client, other, Forwarded="for=192.168.1.9") == 400


@pytest.mark.parametrize("uid", [os.getuid() + 1, None])
def test_another_user_of_the_machine_opens_cameras_and_the_demo_clip_only(
    camera: VideoCamera, film: str, uid: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_user(monkeypatch, uid)
    client = create_app(camera, owner=Owner(told_by_system=True)).test_client()
    for source in (film, "http://127.0.0.1:9/", "rtsp://127.0.0.1:9/", "notes.txt"):
        assert start(client, source) == 400
    answer = client.post("/api/camera", json={"action": "set", "detector": f"yunet:{film}"})
    assert answer.status_code == 400 and "--detector" in json_of(answer)["error"]["message"]
    assert start(client, "demo") == 200


def test_without_an_owner_nobody_opens_files(camera: VideoCamera, film: str) -> None:
    assert start(create_app(camera).test_client(), film) == 400


def test_with_a_token_nobody_is_the_owner(camera: VideoCamera, film: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tunnel of the owner's brings strangers who look just like the owner, and marks nothing."""
    as_user(monkeypatch, os.getuid())
    app = create_app(camera, owner=Owner(told_by_system=True), token="a long enough secret")
    assert start(app.test_client(), film, Authorization="Bearer a long enough secret") == 400
    with app.test_request_context("/api/sessions", headers={"Authorization": "Bearer a long enough secret"}):
        assert told_to() is not None, "and nobody is told of every visitor's sessions"


def test_elsewhere_the_first_browser_with_the_printed_address_is_the_owners(camera: VideoCamera, film: str) -> None:
    owner = Owner(told_by_system=False)
    app = create_app(camera, owner=owner)
    first, second, third = (app.test_client() for _ in range(3))
    address = "/" + owner.invitation()
    assert start(first, film) == 400
    assert first.get("/?owner=guessed").status_code == 303 and start(first, film) == 400
    answer = first.get(address)
    assert answer.status_code == 303 and answer.headers["Location"] == "/"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and urlsplit(address).query not in cookie
    assert start(first, film) == 200
    assert second.get(address).headers.get("Set-Cookie") is None and start(second, film + "2") == 400
    assert owner.invitation() == ""
    third.set_cookie("faces_owner_80", "")
    assert start(third, film + "2") == 400


def test_the_address_needs_no_key_where_the_system_tells() -> None:
    assert Owner(told_by_system=True).invitation() == ""


linux = pytest.mark.skipif(sys.platform != "linux", reason="told by /proc")


@linux
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_linux_tells_whose_program_is_at_the_other_end(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        listener = socket.create_server((address, 0), family=family)
    except OSError:
        pytest.skip("this machine has no such address")
    with listener, socket.create_connection(listener.getsockname()[:2]) as mine:
        accepted, peer = listener.accept()
        environ = {"REMOTE_ADDR": peer[0], "REMOTE_PORT": str(peer[1]), "SERVER_PORT": str(listener.getsockname()[1])}
        assert web.owner._uid_of_peer(environ) == os.getuid()
        assert web.owner._uid_of_peer({**environ, "SERVER_PORT": "1"}) is None
        accepted.close()
    assert mine.fileno() == -1 and web.owner._uid_of_peer({}) is None


@linux
@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can be somebody else")
def test_linux_tells_when_it_is_another_user() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        os.seteuid(65534)
        try:
            strangers = socket.create_connection(listener.getsockname())
        finally:
            os.seteuid(0)
        accepted, peer = listener.accept()
        port = str(listener.getsockname()[1])
        with strangers, accepted:
            environ = {"REMOTE_ADDR": peer[0], "REMOTE_PORT": str(peer[1]), "SERVER_PORT": port}
            assert web.owner._uid_of_peer(environ) == 65534
