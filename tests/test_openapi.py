"""The API keeps to its own description: schemathesis asks the real server whatever the description allows."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fakes import FakeSource, FakeStages, pictures
from hypothesis import HealthCheck, given, settings
from played import play
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from test_sessions_store import START, batches

from analysis.jobs import Jobs
from camera import VideoCamera
from main import create_app
from sessions.marks import Marks
from sessions.values import SessionDetails
from web.recording import Recordings
from web.server import Server, listen


def no_bug(ctx: Any, response: Any, case: Any) -> None:
    """503 is an answer: there is no picture, or the database is away."""
    if response.status_code != 503:
        not_a_server_error(ctx, response, case)


CHECKS = [no_bug, status_code_conformance, content_type_conformance, response_schema_conformance]

ENDLESS = r"^/(video_feed|api/events|api/jobs/{key}/events)$"
"""Streams have tests of their own."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real server: one session in its database, a camera of fake pictures, and uploads that are never analysed."""
    camera = VideoCamera(
        "0",
        make_stages=lambda detector: FakeStages(1),
        open_source=lambda text, wish: FakeSource(iter([pictures(50)]), pause=0.05),
    )
    folder = tmp_path_factory.mktemp("api")
    recordings = Recordings(str(folder / "sessions.db"))
    jobs = Jobs(folder / "jobs", lambda *arguments: None)
    number = recordings.store.begin(SessionDetails(name="kept"), START).id
    for batch in batches(number, play([(3, {1: "happy"}), (2, {1: "sad"})], fps=5)):
        recordings.store.write(batch)
    Marks(recordings.store.database).add(number, "here", 1.0)
    listener = listen("127.0.0.1", 0)
    server = Server(create_app(camera, recordings=recordings, get_jobs=lambda: jobs), listener, max_viewers=4)
    server.start()
    patch = pytest.MonkeyPatch()
    patch.setattr("web.camera.SNAPSHOT_PATIENCE_SECONDS", 0.1)  # it is asked often while nothing runs
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    patch.undo()
    jobs.close()
    recordings.close()
    camera.close()
    server.stop()


@pytest.fixture(scope="module")
def api(address: str) -> Any:
    return schemathesis.openapi.from_url(f"{address}/api/openapi.json").exclude(path_regex=ENDLESS)


def media_types(operation: Any) -> list[str]:
    """Of the bodies that it takes."""
    return [body.media_type for body in operation.body]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", GenerationMode)
def test_the_api_answers_as_it_says(api: Any, mode: GenerationMode) -> None:
    """What the description allows, and what it does not: both are answered in a described way."""
    operations = [result.ok() for result in api.get_all_operations()]
    assert len(operations) > 55
    if mode is GenerationMode.NEGATIVE:  # where nothing is asked, nothing can be asked wrongly
        operations = [one for one in operations if len(one.query) or "application/json" in media_types(one)]
    for operation in operations:

        @settings(max_examples=5, suppress_health_check=list(HealthCheck))
        @given(operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            case.call_and_validate(checks=CHECKS)

        ask()


def test_a_session_that_exists_is_told_as_described(address: str, api: Any) -> None:
    (kept, *_) = [
        s
        for s in json.load(urllib.request.urlopen(f"{address}/api/sessions", timeout=10))["sessions"]
        if s["name"] == "kept"
    ]
    for path in ("", "/summary", "/markers", "/uses/activity", "/uses/audience"):
        operation = api[f"/api/sessions/{{session}}{path}"]["GET"]
        case = operation.Case(path_parameters={"session": kept["id"]})
        case.call_and_validate(checks=CHECKS)
