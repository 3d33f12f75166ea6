"""The API keeps to its own description: schemathesis asks the real server whatever the description allows."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fakes import FakeSource, FakeStages, pictures
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from played import play
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from test_sessions_store import START, batches

from camera import VideoCamera
from main import create_app
from sessions.marks import Marks
from sessions.values import About
from web.recording import Recordings
from web.server import Server, listen

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

ASKED = r"^/(api/(sessions|uses|compare|join|openapi\.json|docs)|metrics|healthz)"
"""Endless streams, uploads and orders to the camera have tests of their own."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real server, with one session in its database and a camera of fake pictures."""
    camera = VideoCamera(
        "0",
        make_stages=lambda detector: FakeStages(1),
        open_source=lambda text, wish: FakeSource(iter([pictures(50)]), pause=0.05),
    )
    recordings = Recordings(str(tmp_path_factory.mktemp("api") / "sessions.db"))
    number = recordings.store.begin(About(name="kept"), START).id
    for batch in batches(number, play([(3, {1: "happy"}), (2, {1: "sad"})], fps=5)):
        recordings.store.write(batch)
    Marks(recordings.store.database).add(number, "here", 1.0)
    listener = listen("127.0.0.1", 0)
    server = Server(create_app(camera, recordings=recordings), listener, max_viewers=4)
    server.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    recordings.close()
    camera.close()
    server.stop()


@pytest.fixture(scope="module")
def api(address: str) -> Any:
    return schemathesis.openapi.from_url(f"{address}/api/openapi.json").include(path_regex=ASKED)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", GenerationMode)
def test_the_api_answers_as_it_says(api: Any, mode: GenerationMode) -> None:
    """What the description allows, and what it does not: both are answered in a described way."""
    operations = [result.ok() for result in api.get_all_operations()]
    assert len(operations) > 15
    for operation in operations:

        @settings(max_examples=6, suppress_health_check=list(HealthCheck))
        @given(operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            case.call_and_validate(checks=CHECKS)

        try:
            ask()
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE  # where nothing is asked, nothing can be asked wrongly


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
