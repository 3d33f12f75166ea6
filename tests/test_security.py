"""Tests of web/security.py: strangers stay out, the person and programs come in."""

import re
from collections.abc import Iterator
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from fakes import FakeStages, json_of
from flask.testing import FlaskClient

from camera import VideoCamera
from faces.errors import SettingsError
from main import create_app
from web.security import FORGET_SECONDS, FREE_GUESSES, WAIT_SECONDS, allowed_names, check_settings

TOKEN = "a long enough secret"
PATHS = [
    "/",
    "/video_feed",
    "/snapshot.jpg",
    "/api/state",
    "/api/events",
    "/api/sources",
    "/static/icon.svg",
    "/nowhere",
]
CLOSED = ["/video_feed", "/snapshot.jpg", "/api/state", "/api/events", "/api/sources", "/static/icon.svg"]


@pytest.fixture(scope="module")
def camera() -> Iterator[VideoCamera]:
    with VideoCamera(make_stages=lambda _: FakeStages()) as camera:
        camera.stop()
        yield camera


@pytest.fixture(scope="module")
def client(camera: VideoCamera) -> FlaskClient:
    return create_app(camera).test_client()


@pytest.fixture
def locked(camera: VideoCamera) -> FlaskClient:
    return create_app(camera, token=TOKEN, allowed_hosts=allowed_names("0.0.0.0")).test_client()


def status(client: FlaskClient, path: str, **headers: str) -> int:
    answer = client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    code = answer.status_code
    answer.close()
    return code


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:5000",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "192.168.1.5",
        "localhost@evil.example",
        "evil.example#localhost",
        "localhost/../evil",
        "localhost:port",
        "[::1",
        "",
    ],
)
def test_another_host_name_is_refused_before_any_route_is_looked_for(client: FlaskClient, path: str, host: str) -> None:
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code == 403
    assert json_of(answer)["error"]["code"] == "foreign_host"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("host", ["localhost", "localhost:5000", "LOCALHOST:5000", "127.0.0.1:5000", "[::1]:5000"])
def test_our_own_names_are_served(client: FlaskClient, host: str) -> None:
    assert status(client, "/api/state", Host=host) == 200


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://[::1"},
        {"Origin": "http://localhost", "Sec_Fetch_Site": "cross-site"},
    ],
)
def test_pages_of_strangers_get_neither_picture_nor_state(
    client: FlaskClient, path: str, headers: dict[str, str]
) -> None:
    assert status(client, path, **headers) == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec_Fetch_Site": "none"},
        {"Sec_Fetch_Site": "same-origin"},
        {"Origin": "http://localhost", "Sec_Fetch_Site": "same-origin"},
        {"Origin": "http://localhost"},
    ],
)
def test_our_page_and_programs_are_served(client: FlaskClient, headers: dict[str, str]) -> None:
    assert status(client, "/api/state", **headers) == 200
    assert status(client, "/video_feed", **headers) == 200


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_pages_of_strangers_cannot_start_the_camera(client: FlaskClient, headers: dict[str, str]) -> None:
    answer = client.post("/api/camera", json={"action": "start"}, headers=headers)
    assert answer.status_code == 403
    assert json_of(client.get("/api/state"))["source"]["status"] == "stopped"


def test_a_link_to_the_page_may_be_followed_but_the_page_not_be_embedded(client: FlaskClient) -> None:
    visit = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    assert status(client, "/", **visit, Sec_Fetch_Dest="document") == 200
    assert status(client, "/", **visit, Sec_Fetch_Dest="iframe") == 403
    assert status(client, "/", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors", Sec_Fetch_Dest="image") == 403


@pytest.mark.parametrize("path", [*PATHS, "/healthz"])
def test_every_answer_carries_the_protecting_headers(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    # What is the same for everybody may be kept, if it is asked after.
    assert answer.headers["Cache-Control"] == ("no-cache" if path.startswith("/static/") else "no-store")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Access-Control-Allow-Origin" not in answer.headers
    answer.close()


def test_the_page_needs_nothing_that_its_policy_forbids(client: FlaskClient) -> None:
    page = client.get("/").text
    assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*\ssrc=)", page)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "camera.example", ""])
def test_listening_beyond_this_machine_needs_a_token(host: str) -> None:
    with pytest.raises(SettingsError, match="--token"):
        check_settings(host, None)
    check_settings(host, TOKEN)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_listening_on_this_machine_needs_none(host: str) -> None:
    check_settings(host, None)


@pytest.mark.parametrize("token", ["", "short", " " * 12, "   short    ", "aaaaaaaaaaaaaaaa", "abcabcabcabc"])
def test_a_token_that_keeps_nobody_out_is_refused(token: str) -> None:
    with pytest.raises(SettingsError, match="too short"):
        check_settings("127.0.0.1", token)


@pytest.mark.parametrize("path", PATHS)
def test_without_the_token_nothing_is_served(locked: FlaskClient, path: str) -> None:
    answer = locked.get(path)
    assert answer.status_code == 401
    assert json_of(answer)["error"]["code"] == "token_needed"
    assert status(locked, path, Authorization="Bearer wrong", Cookie="faces_visitor_80=wrong") == 401
    assert status(locked, path + "?token=wrong") == 401
    assert status(locked, path + "?token=%F0%9F%98%80") == 401


def guess(client: FlaskClient, token: str, address: str = "192.0.2.1", **more: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return client.get("/api/state", headers=headers, environ_base={"REMOTE_ADDR": address, **more}).status_code


def test_who_guesses_tokens_has_to_wait_and_the_owner_is_told_once(
    camera: VideoCamera, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("web.security.time", SimpleNamespace(monotonic=lambda: now))
    client = create_app(camera, token=TOKEN, allowed_hosts=allowed_names("0.0.0.0")).test_client()
    answers = [guess(client, f"wrong token {number}") for number in range(30)]
    assert answers == [401] * FREE_GUESSES + [429] * (30 - FREE_GUESSES)
    assert guess(client, TOKEN) == 429, "or the right one would be found at full speed"
    assert guess(client, TOKEN, "192.0.2.2") == 200, "others do not wait"
    now += WAIT_SECONDS
    assert [guess(client, "another"), guess(client, "another"), guess(client, TOKEN)] == [401, 429, 429]
    now += WAIT_SECONDS
    assert guess(client, TOKEN) == 200
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "192.0.2.1" in caplog.text and "wrong token" not in caplog.text.replace("wrong tokens", "")


def test_a_household_guesses_as_one_and_who_is_in_stays_in(locked: FlaskClient) -> None:
    locked.get("/", query_string={"token": TOKEN})
    other = locked.application.test_client()
    for number in range(FREE_GUESSES):
        assert guess(other, "wrong", f"2001:db8::{number}") == 401
    assert guess(other, TOKEN, "2001:db8::99") == 429
    assert guess(other, TOKEN, "2001:db8:0:1::") == 200
    assert locked.get("/api/state", environ_base={"REMOTE_ADDR": "2001:db8::99"}).status_code == 200


def test_wrong_tokens_are_forgotten_and_not_more_addresses_remembered_than_fit(
    camera: VideoCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("web.security.time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr("web.security.MOST_ADDRESSES", 2)
    client = create_app(camera, token=TOKEN, allowed_hosts=allowed_names("0.0.0.0")).test_client()
    for _ in range(FREE_GUESSES - 1):
        assert guess(client, "wrong") == 401
    now += FORGET_SECONDS + 1
    assert [guess(client, "wrong"), guess(client, TOKEN)] == [401, 200]
    for _ in range(FREE_GUESSES):
        guess(client, "wrong", "192.0.2.7")
    assert guess(client, TOKEN, "192.0.2.7") == 429
    guess(client, "wrong", "192.0.2.8")
    guess(client, "wrong", "192.0.2.9")
    assert guess(client, TOKEN, "192.0.2.7") == 200, "or addresses without end would fill the memory"


def test_two_servers_on_one_host_have_cookies_of_their_own(camera: VideoCamera) -> None:
    for port in ("5000", "5001"):
        client = create_app(camera, token=TOKEN).test_client()
        answer = client.get("/", query_string={"token": TOKEN}, base_url=f"http://localhost:{port}")
        assert answer.headers["Set-Cookie"].startswith(f"faces_visitor_{port}=")
        assert "Secure" not in answer.headers["Set-Cookie"]
    answer = client.get("/", query_string={"token": TOKEN}, base_url="https://localhost")
    assert "Secure" in answer.headers["Set-Cookie"]


def test_health_is_told_without_the_token(locked: FlaskClient) -> None:
    assert status(locked, "/healthz") == 200


def test_the_first_visit_by_the_tokened_address_leads_to_a_clean_one(locked: FlaskClient) -> None:
    answer = locked.get("/", query_string={"token": TOKEN, "a": "b"})
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/?a=b"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and TOKEN not in cookie
    assert status(locked, "/") == 200
    assert status(locked, "/api/state") == 200


def test_a_first_visit_by_a_link_elsewhere_gets_its_cookie_too(locked: FlaskClient) -> None:
    visit = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    answer = locked.get("/", query_string={"token": TOKEN}, headers=visit)
    assert answer.status_code == 200 and "SameSite=Strict" in answer.headers["Set-Cookie"]
    assert TOKEN not in answer.text and 'http-equiv="refresh"' in answer.text


def test_a_link_elsewhere_keeps_what_it_is_for_and_brings_no_markup(locked: FlaskClient) -> None:
    visit = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    answer = locked.get("/", query_string={"token": TOKEN, "watch": "a-camera", "b": '"><script>'}, headers=visit)
    assert 'href="/?watch=a-camera&amp;b=' in answer.text and "<script" not in answer.text


def test_programs_bring_the_token_as_a_header_or_in_the_address(locked: FlaskClient) -> None:
    assert status(locked, "/api/state", Authorization=f"Bearer {TOKEN}") == 200
    assert status(locked, "/api/state?token=" + TOKEN.replace(" ", "+")) == 200


def test_a_token_may_have_any_letters(camera: VideoCamera) -> None:
    token = "ein längeres Geheimnis"
    client = create_app(camera, token=token).test_client()
    assert status(client, "/api/state", Authorization="Bearer " + token.encode().decode("latin-1")) == 200
    assert status(client, "/api/state?token=" + quote(token)) == 200


def test_a_token_does_not_open_the_door_to_pages_of_strangers(locked: FlaskClient) -> None:
    assert status(locked, "/api/state", Authorization=f"Bearer {TOKEN}", Origin="https://evil.example") == 403


@pytest.mark.parametrize(("host", "code"), [("192.168.1.5:5000", 200), ("[fe80::1]:5000", 200), ("evil.example", 403)])
def test_a_server_for_everybody_is_called_by_any_bare_address_but_by_no_foreign_name(
    locked: FlaskClient, host: str, code: int
) -> None:
    assert status(locked, "/api/state", Authorization=f"Bearer {TOKEN}", Host=host) == code


def test_the_camera_is_for_this_servers_own_page_only(client: FlaskClient) -> None:
    policy = client.get("/").headers["Permissions-Policy"].split(", ")
    assert {"camera=(self)", "display-capture=(self)", "microphone=()"} <= set(policy)


def test_the_bound_name_is_ours() -> None:
    assert "camera.example" in allowed_names("Camera.example")
