"""Tests of web/live_models.py and live_paths.py: what the routes answer has the described keys, and no others."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fakes import FakeSource, FakeStages, endless, json_of, picture, wait_until
from flask.testing import FlaskClient

from analysis.jobs import Jobs
from camera import VideoCamera
from faces.calibrate import Resting
from faces.encode import encode
from main import create_app
from web import live_models as models
from web.live_paths import ROUTES
from web.recording import Recordings

REST = Resting((0.1, 0.0, 0.0, 0.1, 0.5, 0.2, 0.1), 12.0, 300)

WITHOUT_BODY = ("/stop", "/share", "/test", "/dry-run")


@pytest.fixture
def stages() -> FakeStages:
    return FakeStages(2)


@pytest.fixture
def client(stages: FakeStages, tmp_path: Path) -> Iterator[FlaskClient]:
    openings = iter([endless()])
    recordings, jobs = Recordings(str(tmp_path / "sessions.db")), Jobs(tmp_path / "jobs", lambda *arguments: None)
    with VideoCamera(
        "0", make_stages=lambda detector: stages, open_source=lambda text, wish: FakeSource(openings)
    ) as camera:
        camera.start()
        app = create_app(camera, recordings=recordings, get_jobs=lambda: jobs)
        assert wait_until(lambda: bool(camera.state().faces))
        yield app.test_client()
        recordings.close()
    jobs.close()


def keys(value: Any) -> Any:
    """What a piece of JSON is made of, without its values."""
    if isinstance(value, dict):
        return {name: keys(one) for name, one in value.items()}
    return [keys(one) for one in value] if isinstance(value, list) else None


def assert_as_described(answer: Any, kind: type[Any]) -> None:
    assert keys(msgspec.to_builtins(msgspec.convert(answer, kind))) == keys(answer)


def test_the_state_is_as_described_whatever_goes_on(client: FlaskClient, stages: FakeStages) -> None:
    assert_as_described(json_of(client.get("/api/state")), models.LiveState)
    stages.calibrator.use(1, REST)
    client.post("/api/sessions", json={"name": "one"})
    client.post("/api/rules", json={"name": "Anger spreads", "faces": 2})
    assert client.put("/api/reminder", json={"above": 50, "minutes": 20}).status_code == 200
    state = json_of(client.get("/api/state"))
    assert state["reminder"] and state["recording"] and state["resting"] and state["watch"] and state["faces"]
    assert_as_described(state, models.LiveState)


def test_orders_are_answered_as_described(client: FlaskClient, stages: FakeStages) -> None:
    assert_as_described(json_of(client.post("/api/camera", json={"action": "set", "mirror": True})), models.LiveState)
    stages.calibrator.use(1, REST)
    assert_as_described(json_of(client.post("/api/resting", json={"active": False})), models.RestingAnswer)
    assert_as_described(json_of(client.get("/api/resting/profile")), models.RestingProfile)
    assert_as_described(json_of(client.delete("/api/resting")), models.RestingAnswer)


def test_sources_pictures_and_uploads_are_as_described(client: FlaskClient) -> None:
    assert_as_described(json_of(client.get("/api/sources")), models.Sources)
    assert_as_described(
        json_of(client.post("/api/analyze", data=encode(picture()), content_type="image/jpeg")), models.PictureAnswer
    )
    job = json_of(client.post("/api/jobs", json={"files": [{"name": "one.mp4", "size": 3}]}))
    assert_as_described(job, models.JobAnswer)
    headers = {"Upload-Offset": "0"}
    assert client.patch(f"/api/jobs/{job['id']}/files/1", data=b"abc", headers=headers).status_code == 204
    assert_as_described(json_of(client.post(f"/api/jobs/{job['id']}", json={"action": "cancel"})), models.JobAnswer)
    assert_as_described(json_of(client.post("/api/browser", json={"name": "Front"})), models.VisitorAnswer)


def test_every_route_is_described_with_what_it_takes_and_answers(client: FlaskClient) -> None:
    paths = json_of(client.get("/api/openapi.json"))["paths"]
    for path, operations in paths.items():
        for method, operation in operations.items():
            assert operation["tags"], (method, path)
            assert operation["summary"].endswith((".", "?")), (method, path)
            success = [one for status, one in operation["responses"].items() if status.startswith("2")]
            assert success and all("content" in one for one in success if one is not operation["responses"].get("204"))
            orders = method in ("put", "patch") or (method == "post" and not path.endswith(WITHOUT_BODY))
            assert ("requestBody" in operation) == orders, (method, path)
    assert {(route.method, route.path) for route in ROUTES} <= {(m, p) for p, all_ in paths.items() for m in all_}
