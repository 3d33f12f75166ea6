"""Tests of web/viewers.py: who opens the viewers' link may look, and nothing else, over the whole site."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from fakes import FakeSource, FakeStages, endless, json_of
from flask import Flask
from flask.testing import FlaskClient
from page_tools import Browser, Page, expect, findings
from running_site import Site

from camera import VideoCamera
from main import create_app
from web.security import ANY_ADDRESS, LOOPBACK_NAMES
from web.viewers import LOOKED_AT, viewers_token

OWNERS = "owner-token-1234567"
VIEWERS = viewers_token(OWNERS)


@pytest.fixture
def app() -> Iterator[Flask]:
    sources = iter([endless()] * 3)
    with VideoCamera(make_stages=lambda _: FakeStages(1), open_source=lambda *_: FakeSource(sources)) as camera:
        camera.start()
        yield create_app(camera, token=OWNERS, allowed_hosts={*LOOPBACK_NAMES, ANY_ADDRESS})


@pytest.fixture
def viewer(app: Flask) -> FlaskClient:
    client = app.test_client()
    assert client.get(f"/?token={VIEWERS}").status_code == 303
    return client


def link_on(client: FlaskClient) -> str:
    page = client.get("/").get_data(as_text=True)
    return page.partition('id="viewers-link"')[2].partition('value="')[2].partition('"')[0]


def test_the_viewers_link_shows_the_picture_and_the_faces(viewer: FlaskClient) -> None:
    for path in ("/", "/api/state", "/api/sources", "/snapshot.jpg", "/static/page.js", "/about", "/api/recordings"):
        assert viewer.get(path).status_code == 200, path
    assert "data-looks-only" in viewer.get("/").get_data(as_text=True)


def test_of_every_route_of_the_site_only_those_of_the_live_page_answer_a_viewer(
    app: Flask, viewer: FlaskClient
) -> None:
    """Also of those that are added tomorrow."""
    refused = 0
    for rule in app.url_map.iter_rules():
        path = "/".join("x" if part.startswith("<") else part for part in rule.rule.split("/"))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            if method == "GET" and (path in LOOKED_AT or path.startswith("/static/")):
                continue
            answer = viewer.open(path, method=method, json=None if method == "GET" else {})
            assert (answer.status_code, json_of(answer)["error"]["code"]) == (403, "viewers_only_look"), path
            refused += 1
    assert refused > 50


def test_a_viewer_searches_for_no_cameras(viewer: FlaskClient) -> None:
    assert viewer.get("/api/sources?probe=1").status_code == 403


def test_a_program_with_the_viewers_token_may_look_and_order_nothing(app: Flask) -> None:
    headers, client = {"Authorization": f"Bearer {VIEWERS}"}, app.test_client()
    assert client.get("/api/state", headers=headers).status_code == 200
    assert client.post("/api/camera", json={"action": "stop"}, headers=headers).status_code == 403


def test_the_owner_who_tries_the_viewers_link_stays_the_owner_and_a_viewer_can_become_one(app: Flask) -> None:
    client = app.test_client()
    for token, allowed in ((VIEWERS, 403), (OWNERS, 200), (VIEWERS, 200)):
        client.get(f"/?token={token}")
        assert client.post("/api/camera", json={"action": "set", "mirror": True}).status_code == allowed


def test_the_viewers_token_tells_nothing_of_the_owners_and_changes_with_it() -> None:
    assert OWNERS not in VIEWERS
    assert len({viewers_token("one-token-1234567"), viewers_token("two-token-1234567"), VIEWERS}) == 3


def test_only_the_owners_page_has_the_link_and_only_with_a_token(app: Flask, viewer: FlaskClient) -> None:
    owner = app.test_client()
    owner.get(f"/?token={OWNERS}")
    assert parse_qs(urlsplit(link_on(owner)).query) == {"token": [VIEWERS]}
    assert link_on(viewer) == ""
    with VideoCamera(make_stages=lambda _: FakeStages(1), open_source=lambda *_: FakeSource(iter(()))) as camera:
        assert link_on(create_app(camera).test_client()) == ""


@pytest.mark.parametrize(
    ("computer", "host"),
    [("kitchen", "192.168.1.7:5000"), ("localhost", "localhost:5000")],  # the second as compose.yaml calls a container
)
def test_the_link_has_an_address_that_others_can_reach(
    app: Flask, monkeypatch: pytest.MonkeyPatch, computer: str, host: str
) -> None:
    monkeypatch.setattr("web.front.own_addresses", lambda: ["192.168.1.7"])
    monkeypatch.setattr("web.front.socket.gethostname", lambda: computer)
    owner = app.test_client()
    owner.get(f"/?token={OWNERS}", base_url="http://localhost:5000")
    page = owner.get("/", base_url="http://localhost:5000").get_data(as_text=True)
    assert f'value="http://{host}/?token={VIEWERS}"' in page


@pytest.fixture
def address() -> Iterator[str]:
    with Site(token=OWNERS) as site:
        yield f"http://127.0.0.1:{site.port}/"


def opened(browser: Browser, address: str) -> Page:
    page = browser.new_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
    page.goto(address)
    expect(page.locator("#pill-text")).to_have_text("Camera")
    return page


def test_the_owner_copies_a_link_whose_page_only_looks(browser: Browser, address: str, tmp_path: Path) -> None:
    owner = opened(browser, f"{address}?token={OWNERS}")
    owner.get_by_role("button", name="Settings").click()
    owner.get_by_role("button", name="Copy").click()
    expect(owner.get_by_text("Copied.")).to_be_visible()
    assert findings(owner) == []
    link = owner.evaluate("navigator.clipboard.readText()")
    refused: list[str] = []
    viewer = browser.new_context().new_page()
    viewer.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
    viewer.goto(link)
    expect(viewer.locator("#picture")).to_be_visible()
    expect(viewer.locator(".face")).to_have_count(1)
    for name in ("Stop", "Record", "Mirror", "Change", "Questions"):
        expect(viewer.get_by_role("button", name=name, exact=True)).to_have_count(0)
    expect(viewer.get_by_text("You are looking on")).to_be_visible()
    for key in (" ", "m", "r", "q", "p"):
        viewer.keyboard.press(key)
    viewer.wait_for_timeout(500)
    expect(viewer.locator("#pill-text")).to_have_text("Camera")
    expect(viewer.get_by_role("button", name="Save picture")).to_be_enabled()
    assert findings(viewer) == []
    assert refused == []
