"""Tests of web/reminders.py and of the routes about tension: a break is suggested once somebody asked for it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import FakeSource, FakeStages, endless, wait_until
from flask.testing import FlaskClient
from played import face

from camera import VideoCamera
from faces.calibrate import Resting
from faces.records import Frame, Shot
from main import create_app
from timeline.record import Rest
from timeline.uses.tension import Tension
from web.recording import Recordings
from web.reminders import Reminders, _Reminder

CALM = (0.05, 0.05, 0.05, 0.05, 0.7, 0.05, 0.05)
IMAGE = np.zeros((8, 8, 3), np.uint8)


def minutes_of(reminder: _Reminder, emotion: str, first: int, last: int) -> None:
    for second in range(first * 60, last * 60 + 1):
        reminder.take(Shot(Frame(IMAGE, float(second), 1_000.0 + second, second), (face(1, emotion),)))


def reminder_of(told: list[Any], rest: tuple[float, ...] | None = CALM) -> _Reminder:
    from datetime import UTC, datetime

    use = Tension(remind_above=50, remind_minutes=3)
    known = None if rest is None else Rest(rest, datetime(2026, 5, 1, tzinfo=UTC), 12.0)
    return _Reminder(use, lambda: known, told.append)


def test_a_break_is_suggested_after_so_many_tense_minutes_and_then_rarely() -> None:
    told: list[Any] = []
    reminder = reminder_of(told)
    minutes_of(reminder, "angry", 0, 2)
    assert told == []
    minutes_of(reminder, "angry", 2, 5)
    assert [one["minutes"] for one in told] == [3]
    assert told[0]["tension"] == pytest.approx(81, abs=1)  # see tests/test_tension.py
    minutes_of(reminder, "angry", 5, 6)
    assert (len(told), reminder.told) == (2, 2)


@pytest.mark.parametrize(("emotion", "rest"), [("happy", CALM), ("angry", None)])
def test_nobody_is_reminded_who_is_calm_or_has_no_resting_face(emotion: str, rest: tuple[float, ...] | None) -> None:
    told: list[Any] = []
    minutes_of(reminder_of(told, rest), emotion, 0, 8)
    assert told == []


def test_what_another_run_of_the_camera_showed_does_not_count() -> None:
    told: list[Any] = []
    reminder = reminder_of(told)
    minutes_of(reminder, "angry", 0, 2)
    reminder.restart()
    minutes_of(reminder, "angry", 0, 2)
    assert told == []


@pytest.fixture
def stages() -> FakeStages:
    return FakeStages(1, emotion="angry")


@pytest.fixture
def camera(stages: FakeStages) -> Iterator[VideoCamera]:
    openings = iter([endless()])
    with VideoCamera(
        "0", make_stages=lambda detector: stages, open_source=lambda text, wish: FakeSource(openings)
    ) as camera:
        camera.start()
        yield camera


@pytest.fixture
def recordings(tmp_path: Path) -> Iterator[Recordings]:
    made = Recordings(str(tmp_path / "sessions.db"))
    yield made
    made.close()


@pytest.fixture
def reminders(recordings: Recordings) -> Iterator[Reminders]:
    made = Reminders(recordings)
    yield made
    made.close()


@pytest.fixture
def client(camera: VideoCamera, recordings: Recordings, reminders: Reminders) -> FlaskClient:
    return create_app(camera, recordings=recordings, reminders=reminders).test_client()


def test_it_is_off_until_somebody_asks_and_can_be_switched_off(client: FlaskClient) -> None:
    assert client.get("/api/reminder").get_json() == {"above": None, "minutes": 20}
    assert client.get("/api/state").get_json()["reminder"] is None
    assert client.put("/api/reminder", json={"above": 40, "minutes": 10}).status_code == 200
    assert client.get("/api/reminder").get_json() == {"above": 40.0, "minutes": 10}
    assert client.get("/api/state").get_json()["reminder"] == {"above": 40.0, "minutes": 10, "told": 0}
    client.put("/api/reminder", json={"above": None})
    assert client.get("/api/state").get_json()["reminder"] is None
    for wrong in ({"above": 0}, {"above": 101}, {"minutes": 0}, {"over": 3}):
        assert client.put("/api/reminder", json=wrong).status_code == 400


def test_an_event_tells_of_it_whether_or_not_a_session_is_recorded(
    client: FlaskClient, camera: VideoCamera, recordings: Recordings
) -> None:
    recordings.tell(camera, "reminder", {"minutes": 1})
    news = recordings.news(camera, "")
    assert news() == ""  # it was before anybody listened
    recordings.tell(camera, "reminder", {"minutes": 3})
    assert news() == 'event: reminder\ndata: {"minutes": 3}\n\n'
    assert news() == ""
    session = client.post("/api/sessions", json={"name": "evening"}).get_json()["id"]
    recordings.tell(camera, "reminder", {"minutes": 4})
    assert f"id: {session}/1\nevent: reminder\n" in news()


def test_answers_stand_beside_the_gauge_of_their_minute_over_all_sessions(
    client: FlaskClient, camera: VideoCamera, stages: FakeStages, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/api/self-reports").get_json()["agreement"]["verdict"] == "too early"
    monkeypatch.setattr("timeline.uses.tension.LEAST_SECONDS", 1)
    wait_until(lambda: camera.calibrator() is not None)
    stages.calibrator.use(1, Resting(CALM, 12.0, 300))
    for _ in range(2):
        session = client.post("/api/sessions", json={"name": "evening"}).get_json()["id"]
        assert wait_until(lambda: client.get("/api/state").get_json()["recording"]["seconds"] > 2)
        client.post("/api/self-reports", json={"value": 2})
        client.post(f"/api/sessions/{session}/stop")
    found = json.loads(client.get("/api/self-reports").data)
    assert (found["needed"], found["agreement"]["pairs"]) == (10, 2)
    assert [report["value"] for report in found["reports"]] == [2, 2]
    assert all(report["tension"] > 30 for report in found["reports"])


def test_a_resting_face_that_is_recorded_during_a_session_counts_in_it(
    client: FlaskClient, camera: VideoCamera, stages: FakeStages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("timeline.uses.tension.LEAST_SECONDS", 1)
    assert wait_until(lambda: camera.calibrator() is not None)
    client.post("/api/sessions", json={"name": "evening"})
    live = "/api/sessions/current/uses/tension"
    assert "no resting face" in client.get(live).get_json()["problem"]
    stages.calibrator.use(1, Resting(CALM, 12.0, 300))
    assert wait_until(lambda: client.get(live).get_json()["problem"] is None)
    rested = client.get("/api/state").get_json()["recording"]["seconds"]
    assert wait_until(lambda: client.get("/api/state").get_json()["recording"]["seconds"] > rested + 2.5)
    client.post("/api/self-reports", json={"value": 2})
    client.post("/api/sessions/current/stop")
    assert client.get("/api/self-reports").get_json()["agreement"]["pairs"] == 1
