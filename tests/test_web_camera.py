"""Tests of web/camera.py and web/state.py: the live session over a fake camera."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSource, FakeStages, endless, json_of, wait_until
from flask import Flask
from flask.testing import FlaskClient

from camera import VideoCamera
from faces.emotions import ADJECTIVES, COLOURS, EMOTIONS
from faces.errors import DatasetError, SourceError
from live.session import Wish
from main import create_app
from sources.base import Source
from sources.choose import open_source
from web.owner import Owner


def open_fake(text: str, wish: Wish) -> Source:
    """Camera 9 is broken, cameras 0 to 8 work, everything else is real."""
    if not text.isdigit() or len(text) > 1:
        return open_source(text)
    opening: Any = SourceError(f"Camera {text} did not open.") if text == "9" else endless()
    return FakeSource(itertools.repeat(opening), name=f"Camera {text}")


@pytest.fixture
def camera() -> Iterator[VideoCamera]:
    with VideoCamera(make_stages=lambda _: FakeStages(2), open_source=open_fake) as camera:
        yield camera


@pytest.fixture
def app(camera: VideoCamera) -> Flask:
    return create_app(camera)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def status_of(client: FlaskClient) -> str:
    status: str = json_of(client.get("/api/state"))["source"]["status"]
    return status


def test_the_state_has_its_shape(client: FlaskClient, camera: VideoCamera) -> None:
    camera.get_frame()
    state = json_of(client.get("/api/state"))
    assert set(state) == {
        "version",
        "source",
        "fps",
        "age_ms",
        "viewers",
        "playback",
        "faces",
        "detector",
        "mirror",
        "resolution",
        "picture",
        "recording",
        "resting",
        "watch",
        "reminder",
    }
    assert state["version"] == 1
    assert state["source"] == {
        "name": "Camera 0",
        "kind": "camera",
        "status": "live",
        "message": "",
        "retrying": False,
        "value": "0",
    }
    assert set(state["fps"]) == {"capture", "inference"}
    assert state["age_ms"] >= 0
    assert state["viewers"] == 0
    face = state["faces"][1]
    assert (face["person"], face["box"], face["emotion"], face["confidence"]) == (2, [4, 4, 20, 20], "happy", 0.7)
    assert sorted(face["scores"]) == sorted(EMOTIONS)
    assert face["scores"]["happy"] == 0.7


def test_the_state_before_the_first_picture_has_no_age(client: FlaskClient) -> None:
    state = json_of(client.get("/api/state"))
    assert (state["source"]["status"], state["age_ms"], state["faces"]) == ("starting", None, [])


def test_start_and_stop_answer_with_the_state_after_them(client: FlaskClient) -> None:
    answer = client.post("/api/camera", json={"action": "start", "source": 1})
    assert answer.status_code == 200
    assert wait_until(lambda: status_of(client) == "live")
    assert json_of(client.get("/api/state"))["source"]["value"] == "1"
    answer = client.post("/api/camera", json={"action": "stop"})
    assert json_of(answer)["source"]["status"] == "stopped"


def test_mirror_is_set_without_a_new_start(client: FlaskClient, camera: VideoCamera) -> None:
    camera.get_frame()
    assert json_of(client.get("/api/state"))["mirror"] is True
    assert json_of(client.post("/api/camera", json={"action": "set", "mirror": False}))["mirror"] is False
    assert status_of(client) == "live"


def test_setting_the_mirror_of_a_stopped_camera_does_not_start_it(client: FlaskClient, camera: VideoCamera) -> None:
    camera.get_frame()
    client.post("/api/camera", json={"action": "stop"})
    state = json_of(client.post("/api/camera", json={"action": "set", "mirror": False}))
    assert (state["source"]["status"], state["mirror"]) == ("stopped", False)


def test_a_start_can_ask_a_webcam_for_a_resolution(client: FlaskClient, camera: VideoCamera) -> None:
    wanted = {"width": 1280, "height": 720}
    assert json_of(client.post("/api/camera", json={"action": "start", "resolution": wanted}))["resolution"] == wanted
    assert camera.choice().resolution == (1280, 720)


def test_the_state_tells_the_size_of_the_picture_that_the_boxes_are_in(
    client: FlaskClient, camera: VideoCamera
) -> None:
    assert json_of(client.get("/api/state"))["picture"] is None
    camera.get_frame()
    assert json_of(client.get("/api/state"))["picture"] == {"width": 64, "height": 48}
    client.post("/api/camera", json={"action": "stop"})
    assert json_of(client.get("/api/state"))["picture"] is None


def test_a_camera_that_does_not_open_is_told_by_the_state(client: FlaskClient) -> None:
    assert client.post("/api/camera", json={"action": "start", "source": "9"}).status_code == 200
    assert wait_until(lambda: status_of(client) == "failed")
    assert "Camera 9 did not open." in json_of(client.get("/api/state"))["source"]["message"]


@pytest.mark.parametrize(
    "order",
    [
        [],
        "start",
        {},
        {"action": "explode"},
        {"action": ["start"]},
        {"action": "start", "source": True},
        {"action": "start", "source": 1.5},
        {"action": "start", "source": ["0"]},
        {"action": "start", "source": "ftp://camera"},
        {"action": "start", "source": ""},
        {"action": "start", "source": "rtsp://[::1/live"},
        {"action": "start", "source": -1},
        {"action": "start", "source": 10**30},
        {"action": "start", "detector": "crystal ball"},
        {"action": "start", "detector": 3},
        {"action": "set", "mirror": "yes"},
        {"action": "set", "source": "1"},
        {"action": "set", "resolution": {"width": 1280, "height": 720}},
        {"action": "start", "resolution": "1280x720"},
        {"action": "start", "resolution": {"width": 1280}},
        {"action": "start", "resolution": {"width": 1280, "height": 0}},
        {"action": "start", "resolution": {"width": True, "height": 720}},
        {"action": "start", "resolution": {"width": 7681, "height": 720}},
    ],
)
def test_an_order_that_makes_no_sense_is_refused_in_words(client: FlaskClient, order: Any) -> None:
    answer = client.post("/api/camera", json=order)
    assert answer.status_code == 400
    error = json_of(answer)["error"]
    assert set(error) == {"status", "code", "message"}
    assert error["status"] == 400 and error["message"]
    assert status_of(client) == "starting"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"action": "start"'])
def test_a_body_that_is_no_json_is_refused(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/api/camera", data=body, content_type="application/json")
    assert answer.status_code == 400 and json_of(answer)["error"]["code"] == "bad_request"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_only_json_changes_anything_so_that_no_form_of_a_stranger_can(client: FlaskClient, kind: str) -> None:
    answer = client.post("/api/camera", data=b'{"action": "start"}', content_type=kind)
    assert answer.status_code == 415
    assert status_of(client) == "starting"


def test_an_order_that_is_too_long_is_refused(client: FlaskClient) -> None:
    answer = client.post("/api/camera", json={"action": "start", "source": "a" * 20_000})
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/api/camera", "/api/state"])
def test_changes_are_made_by_post_only(client: FlaskClient, path: str) -> None:
    answer = client.get(path) if path == "/api/camera" else client.post(path, json={})
    assert answer.status_code == 405
    assert answer.headers["Allow"]
    assert json_of(answer)["error"]["code"] == "method_not_allowed"


def test_what_is_not_there_is_told_in_the_same_shape(client: FlaskClient) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert json_of(answer)["error"]["code"] == "not_found"


def test_a_mistake_inside_is_told_without_its_inside(app: Flask) -> None:
    app.add_url_rule("/mistake", view_func=lambda: str(1 / 0))
    answer = app.test_client().get("/mistake")
    assert answer.status_code == 500
    assert "ZeroDivision" not in answer.text and json_of(answer)["error"]["code"] == "internal_server_error"


def test_every_error_of_the_tree_has_the_shape(app: Flask) -> None:
    def broken() -> str:
        raise DatasetError("No pictures.")

    app.add_url_rule("/broken", view_func=broken)
    answer = app.test_client().get("/broken")
    assert answer.status_code == 500
    assert json_of(answer)["error"] == {"status": 500, "code": "dataset_problem", "message": "No pictures."}


def test_a_snapshot_is_the_newest_picture(client: FlaskClient, camera: VideoCamera) -> None:
    camera.get_frame()
    answer = client.get("/snapshot.jpg")
    assert answer.mimetype == "image/jpeg" and answer.data.startswith(b"\xff\xd8")
    assert float(answer.headers["X-Timestamp"]) > 0


def test_there_is_no_snapshot_of_a_stopped_camera(client: FlaskClient, camera: VideoCamera) -> None:
    camera.get_frame()
    camera.stop()
    answer = client.get("/snapshot.jpg")
    assert answer.status_code == 503
    assert json_of(answer)["error"]["code"] == "no_picture" and answer.headers["Retry-After"]


def test_what_may_be_chosen_is_listed(client: FlaskClient) -> None:
    lists = json_of(client.get("/api/sources"))
    assert lists["version"] == 1
    assert {"value": "demo", "name": "Demo clip"} in lists["sources"]
    assert lists["detectors"][0]["name"] == "auto" and lists["detectors"][0]["unavailable"] is None
    assert {emotion["name"]: emotion["colour"] for emotion in lists["emotions"]} == COLOURS
    assert {emotion["name"]: emotion["adjective"] for emotion in lists["emotions"]} == ADJECTIVES


def test_health_tells_only_that_the_server_answers(client: FlaskClient) -> None:
    assert json_of(client.get("/healthz")) == {"status": "ok"}


def test_asking_for_the_head_of_a_stream_holds_no_place(camera: VideoCamera) -> None:
    client = create_app(camera, max_viewers=1).test_client()
    for _ in range(3):
        assert client.head("/video_feed").status_code == 200
    assert camera.state().viewers == 0


def test_a_stream_that_is_never_read_gives_its_place_back(camera: VideoCamera) -> None:
    client = create_app(camera, max_viewers=1).test_client()
    for _ in range(3):
        answer = client.get("/video_feed")
        assert answer.status_code == 200
        assert camera.state().viewers == 1
        answer.close()
    assert camera.state().viewers == 0


def test_with_a_token_the_web_chooses_among_cameras_and_the_demo_clip_only(camera: VideoCamera) -> None:
    client = create_app(camera, token="a long enough secret").test_client()
    headers = {"Authorization": "Bearer a long enough secret"}
    for source in ("/etc/passwd", "http://192.168.0.1/", "rtsp://camera"):
        answer = client.post("/api/camera", json={"action": "start", "source": source}, headers=headers)
        assert answer.status_code == 400 and "--source" in json_of(answer)["error"]["message"]
    assert client.post("/api/camera", json={"action": "start", "source": 1}, headers=headers).status_code == 200


def test_with_a_token_the_web_names_no_detector_s_file_but_the_one_in_use(camera: VideoCamera, tmp_path: Path) -> None:
    file = tmp_path / "mine.onnx"
    file.touch()
    client = create_app(camera, token="a long enough secret").test_client()
    order = {"action": "set", "detector": f"yunet:{file}"}
    headers = {"Authorization": "Bearer a long enough secret"}
    answer = client.post("/api/camera", json=order, headers=headers)
    assert answer.status_code == 400 and "--detector" in json_of(answer)["error"]["message"]
    camera.adjust(detector=f"yunet:{file}")
    assert client.post("/api/camera", json=order, headers=headers).status_code == 200


@pytest.mark.parametrize("address", ["rtsp://me:secret@127.0.0.1:9/live", "http://127.0.0.1:9/live?user=me&pwd=secret"])
def test_a_password_in_the_source_is_not_told_and_not_lost(
    camera: VideoCamera, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Owner, "is_here", lambda self: True)
    client = create_app(camera, owner=Owner()).test_client()
    client.post("/api/camera", json={"action": "start", "source": address})
    state = client.get("/api/state")
    assert "secret" not in state.text
    shown = json_of(state)["source"]["value"]
    client.post("/api/camera", json={"action": "start", "source": shown})
    assert camera._wish.source == address


def test_a_video_is_paused_stepped_through_and_moved_in(client: FlaskClient, camera: VideoCamera) -> None:
    client.post("/api/camera", json={"action": "start", "source": "demo"})
    with camera.watching():
        camera.get_frame()
        playing = json_of(client.get("/api/state"))["playback"]
        assert (playing["paused"], playing["loop"], playing["length"] > 5) == (False, True, True)
        assert json_of(client.post("/api/playback", json={"paused": True, "loop": False}))["playback"]["paused"] is True
        assert client.post("/api/playback", json={"position": 2.0}).status_code == 200
        wait_until(lambda: json_of(client.get("/api/state"))["playback"]["position"] == pytest.approx(2.0, abs=0.05))
        there = json_of(client.get("/api/state"))["playback"]["position"]
        client.post("/api/playback", json={"step": -1})
        wait_until(lambda: there - 0.1 < json_of(client.get("/api/state"))["playback"]["position"] < there)


def test_only_a_video_can_be_paused(client: FlaskClient, camera: VideoCamera) -> None:
    assert client.post("/api/playback", json={"paused": True}).status_code == 409
    client.post("/api/camera", json={"action": "start", "source": "1"})
    camera.get_frame()
    answer = client.post("/api/playback", json={"paused": True})
    assert (answer.status_code, json_of(answer)["error"]["code"]) == (409, "conflict")
    assert json_of(client.get("/api/state"))["playback"] is None


@pytest.mark.parametrize(
    "order", [{"position": -1}, {"position": "2"}, {"step": 1000}, {"step": 0.5}, {"speed": 2}, []]
)
def test_an_order_to_a_video_that_makes_no_sense_is_refused(client: FlaskClient, order: Any) -> None:
    assert client.post("/api/playback", json=order).status_code == 400
