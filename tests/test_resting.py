"""The routes of a resting face, over a fake camera."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from fakes import FakeSource, FakeStages, endless, json_of
from flask.testing import FlaskClient

from camera import VideoCamera
from faces.calibrate import Resting, resting_values
from main import create_app

PROFILE = resting_values(Resting((0.02, 0.02, 0.02, 0.02, 0.4, 0.5, 0.02), 15.0, 300))


def client_of(faces: int) -> Iterator[FlaskClient]:
    stages = FakeStages(faces)
    source: Any = lambda text, wish: FakeSource(itertools.repeat(endless()), name=text)  # noqa: E731
    with VideoCamera(make_stages=lambda _: stages, open_source=source) as camera, camera.watching():
        camera.start()
        camera.get_frame()
        yield create_app(camera).test_client()


@pytest.fixture
def alone() -> Iterator[FlaskClient]:
    yield from client_of(1)


@pytest.fixture
def together() -> Iterator[FlaskClient]:
    yield from client_of(2)


def test_nothing_is_calibrated_unless_asked(alone: FlaskClient) -> None:
    assert json_of(alone.get("/api/state"))["resting"] is None
    assert alone.get("/api/resting/profile").status_code == 404


def test_who_is_alone_need_not_be_named(alone: FlaskClient) -> None:
    resting = json_of(alone.post("/api/resting", json={"seconds": 12}))["resting"]
    assert (resting["person"], resting["recording_seconds_left"]) == (1, 12.0)
    assert json_of(alone.get("/api/state"))["resting"]["person"] == 1


def test_of_several_one_has_to_be_named(together: FlaskClient) -> None:
    answer = together.post("/api/resting", json={})
    assert answer.status_code == 400
    assert "In the picture are: 1, 2" in json_of(answer)["error"]["message"]
    assert json_of(together.post("/api/resting", json={"person": 2}))["resting"]["person"] == 2


def test_a_profile_is_loaded_switched_taken_along_and_deleted(alone: FlaskClient) -> None:
    resting = json_of(alone.post("/api/resting", json={"profile": PROFILE}))["resting"]
    assert resting["active"]
    assert resting["words"].startswith("calibrated for you: sad -")
    assert resting["effect"]["sad"] < 0
    assert not json_of(alone.post("/api/resting", json={"active": False}))["resting"]["active"]
    file = alone.get("/api/resting/profile")
    assert "attachment" in file.headers["Content-Disposition"]
    assert json_of(file) == PROFILE
    assert json_of(alone.delete("/api/resting"))["resting"] is None


@pytest.mark.parametrize(
    "order",
    [
        [],
        {"seconds": 3},
        {"seconds": "long"},
        {"seconds": True},
        {"person": 7},
        {"person": "1"},
        {"active": "yes"},
        {"active": True},
        {"profile": {}},
    ],
)
def test_wrong_orders_are_refused_and_change_nothing(alone: FlaskClient, order: Any) -> None:
    assert alone.post("/api/resting", json=order).status_code == 400
    assert json_of(alone.get("/api/resting"))["resting"] is None


def test_without_a_running_camera_that_is_said(alone: FlaskClient) -> None:
    alone.post("/api/camera", json={"action": "stop"})
    answer = alone.post("/api/resting", json={})
    assert "Start the camera first" in json_of(answer)["error"]["message"]
