"""Tests of live/visitors.py and web/browser.py: every browser's camera is its own, and ends with its tab."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from fakes import FakeStages, json_of, picture, wait_until
from flask.testing import FlaskClient

from camera import VideoCamera
from faces.encode import encode
from faces.errors import BusyError, EndingError, NotFoundError, SourceError
from live import visitors as visitors_module
from live.visitors import MOST_IN_FLIGHT, SILENT_SECONDS, Visitors
from main import create_app
from sources.browser import MOST_BYTES, BrowserSource

JPEG = encode(picture(1))


def session(source: BrowserSource) -> VideoCamera:
    return VideoCamera(
        "browser", mirror=False, make_stages=lambda _: FakeStages(2), open_source=lambda text, wish: source
    )


@pytest.fixture
def everybody() -> Iterator[Visitors]:
    visitors = Visitors(session, most=3)
    yield visitors
    visitors.close()


@pytest.fixture
def client(everybody: Visitors) -> Iterator[FlaskClient]:
    with VideoCamera(make_stages=lambda _: FakeStages(1)) as camera:
        yield create_app(camera, visitors=everybody).test_client()


def welcome(client: FlaskClient, name: str = "Front camera") -> str:
    answer = client.post("/api/browser", json={"name": name})
    assert answer.status_code == 201
    key: str = json_of(answer)["id"]
    return key


def send(client: FlaskClient, key: str, body: bytes = JPEG) -> tuple[int, object]:
    answer = client.post(f"/api/browser/{key}/frame", data=body, content_type="image/jpeg")
    return answer.status_code, json_of(answer)


# --- one visitor -------------------------------------------------------------------------------------------


def test_every_picture_is_answered_with_its_own_faces(everybody: Visitors) -> None:
    visitor = everybody.welcome("Front camera")
    times = [visitor.look(JPEG).frame.captured_at for _ in range(5)]
    assert times == sorted(set(times))


def test_two_pictures_at_once_are_both_answered(everybody: Visitors) -> None:
    visitor = everybody.welcome("Front camera")
    shots = []
    threads = [threading.Thread(target=lambda: shots.append(visitor.look(JPEG))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(shot.faces) for shot in shots] == [2, 2]


def test_a_network_that_does_not_load_is_told_in_words() -> None:
    def broken(detector: str) -> FakeStages:
        raise SourceError("The network is missing.")

    def failing(source: BrowserSource) -> VideoCamera:
        return VideoCamera("browser", make_stages=broken, open_source=lambda text, wish: source)

    visitors = Visitors(failing)
    try:
        visitor = visitors.welcome("Front camera")
        assert wait_until(lambda: visitor.session.state().status == "failed")
        with pytest.raises(SourceError, match="The network is missing"):
            visitor.look(JPEG)
    finally:
        visitors.close()


def test_a_picture_that_nobody_answers_does_not_hold_its_sender(
    everybody: Visitors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitors_module, "ANSWER_SECONDS", 0.05)
    visitor = everybody.welcome("Front camera")
    visitor.session.stop()
    with pytest.raises(BusyError, match="no answer within"):
        visitor.look(JPEG)


def test_so_many_pictures_may_be_on_their_way_and_no_more(everybody: Visitors) -> None:
    visitor = everybody.welcome("Front camera")
    with ExitStack() as way:
        for _ in range(MOST_IN_FLIGHT):
            way.enter_context(visitor.sending())
        with pytest.raises(BusyError, match="on their way"), visitor.sending():
            pass
    with visitor.sending():
        pass


def test_who_falls_silent_is_let_go_and_everything_freed(everybody: Visitors) -> None:
    before = threading.active_count()
    visitor = everybody.welcome("Front camera")
    visitor.look(JPEG)
    everybody.dismiss_silent(visitor.heard_at + SILENT_SECONDS - 0.1)
    assert everybody.own(visitor.id) is visitor
    everybody.dismiss_silent(visitor.heard_at + SILENT_SECONDS + 0.1)
    with pytest.raises(NotFoundError):
        everybody.own(visitor.id)
    assert visitor.session.pictures.closed
    assert wait_until(lambda: threading.active_count() <= before + 1)  # the keeper stays


def test_somebody_looks_after_who_falls_silent(everybody: Visitors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitors_module, "SILENT_SECONDS", 0.05)
    everybody.welcome("Front camera")
    assert wait_until(lambda: everybody.count == 0)


def test_there_are_so_many_places_and_a_free_one_is_given_again(everybody: Visitors) -> None:
    here = [everybody.welcome("Camera") for _ in range(3)]
    with pytest.raises(BusyError, match="--max-cameras"):
        everybody.welcome("Camera")
    everybody.dismiss(here[0].id)
    everybody.welcome("Camera")
    assert everybody.count == 3


def test_nobody_comes_in_after_the_end() -> None:
    visitors = Visitors(session)
    visitors.close()
    with pytest.raises(EndingError):
        visitors.welcome("Camera")


def test_ids_are_long_and_never_the_same(everybody: Visitors) -> None:
    ids = {everybody.welcome("Camera").id for _ in range(3)}
    assert len(ids) == 3 and all(len(key) >= 24 for key in ids)


def test_one_visitors_session_never_sees_anothers_pictures(everybody: Visitors) -> None:
    one, other = everybody.welcome("One"), everybody.welcome("Other")
    one.look(encode(picture(1)))
    shot = other.look(encode(picture(2)))
    newest = one.session.pictures.newest()
    assert newest is not None and newest.value.shot is not None
    assert newest.value.shot.frame.captured_at < shot.frame.captured_at


# --- over the web ------------------------------------------------------------------------------------------


def test_a_frame_is_answered_with_its_size_and_faces(client: FlaskClient) -> None:
    status, answer = send(client, welcome(client))
    assert status == 200
    assert isinstance(answer, dict)
    assert (answer["width"], answer["height"], [face["person"] for face in answer["faces"]]) == (64, 48, [1, 2])
    assert set(answer["faces"][0]) >= {"box", "emotion", "confidence", "scores", "angle"}


def test_the_old_routes_tell_of_the_source_that_is_asked_for(client: FlaskClient) -> None:
    key = welcome(client, "Back camera")
    send(client, key)
    state = json_of(client.get(f"/api/state?source={key}"))
    assert (state["source"]["name"], state["source"]["status"]) == ("Back camera", "live")
    assert len(state["faces"]) == 2
    assert json_of(client.get("/api/state"))["source"]["name"] != "Back camera"
    assert client.get(f"/snapshot.jpg?source={key}").data[:2] == b"\xff\xd8"


@pytest.mark.parametrize("path", ["/api/state", "/api/events", "/video_feed", "/snapshot.jpg"])
def test_a_source_that_nobody_has_is_not_found(client: FlaskClient, path: str) -> None:
    welcome(client)
    answer = client.get(f"{path}?source=guess")
    assert (answer.status_code, json_of(answer)["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize("body", [b"", b"not a picture", JPEG + bytes(MOST_BYTES)])
def test_bad_frames_are_refused_and_the_next_is_taken(client: FlaskClient, body: bytes) -> None:
    key = welcome(client)
    status, answer = send(client, key, body)
    assert status in (400, 413) and isinstance(answer, dict) and answer["error"]["message"]
    assert send(client, key)[0] == 200


def test_too_many_cameras_are_told_in_the_one_shape(client: FlaskClient) -> None:
    for _ in range(3):
        welcome(client)
    answer = client.post("/api/browser")
    assert (answer.status_code, json_of(answer)["error"]["code"]) == (429, "busy")


def test_a_camera_that_was_dismissed_is_gone_at_once(client: FlaskClient, everybody: Visitors) -> None:
    key = welcome(client)
    assert client.delete(f"/api/browser/{key}").status_code == 204
    assert (everybody.count, send(client, key)[0]) == (0, 404)
    assert client.delete(f"/api/browser/{key}").status_code == 204


def test_a_shared_link_shows_and_nothing_else(client: FlaskClient) -> None:
    key = welcome(client)
    send(client, key)
    shared = json_of(client.post(f"/api/browser/{key}/share"))["source"]
    assert shared != key
    assert json_of(client.get(f"/api/state?source={shared}"))["source"]["status"] == "live"
    assert send(client, shared)[0] == 404
    assert client.post(f"/api/browser/{shared}/share").status_code == 404
    client.delete(f"/api/browser/{shared}")
    order = {"action": "set", "mirror": True}
    assert client.post(f"/api/camera?source={shared}", json=order).status_code == 404
    assert json_of(client.post(f"/api/camera?source={key}", json=order))["mirror"] is True


def test_a_browsers_camera_cannot_become_another_source(client: FlaskClient) -> None:
    key = welcome(client)
    answer = client.post(f"/api/camera?source={key}", json={"action": "start", "source": "/etc/passwd"})
    assert answer.status_code == 400


@pytest.mark.parametrize("name", ["a\x00b\nc", " " * 9, "x" * 400, "<b>Front</b>"])
def test_a_cameras_name_is_made_fit_to_be_shown(client: FlaskClient, name: str) -> None:
    key = welcome(client, name)
    shown = json_of(client.get(f"/api/state?source={key}"))["source"]["name"]
    assert shown.isprintable() and len(shown) <= 80


@pytest.mark.parametrize("body", [{"name": 5}, {"screen": 1}, ["name"], "name"])
def test_a_name_that_is_none_is_refused(client: FlaskClient, body: object) -> None:
    assert client.post("/api/browser", json=body).status_code == 400


def test_pages_of_other_sites_send_no_frames(client: FlaskClient) -> None:
    key = welcome(client)
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert client.post("/api/browser", headers=headers).status_code == 403
        assert client.post(f"/api/browser/{key}/frame", data=JPEG, headers=headers).status_code == 403
