import io
import threading
from typing import Any

import pytest
from fake_classifier import FakeClassifier
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image as Pillow

from analysis.results import result_values
from analysis.stills import PictureReader
from benchmarks.made_videos import colours, encoded, huge_png
from web.pictures import LARGEST_PICTURE_BYTES, picture_routes
from web.problems import handle_errors

PICTURE = encoded(Pillow.fromarray(colours(120, 90)), "JPEG")


@pytest.fixture
def client() -> FlaskClient:
    app = Flask(__name__)
    handle_errors(app)
    reader = PictureReader(FakeClassifier())
    app.register_blueprint(picture_routes(lambda picture, name: result_values(reader.answer(picture, name))))
    return app.test_client()


def test_a_picture_is_answered_in_the_shape_of_the_command_line(client: FlaskClient) -> None:
    answer = client.post("/api/analyze", data=PICTURE, content_type="image/jpeg")
    assert answer.status_code == 200
    assert answer.json == {
        "version": 2,
        "input": "picture",
        "name": "picture",
        "kind": "picture",
        "width": 120,
        "height": 90,
        "faces": [],
    }


def test_a_form_with_one_file_is_answered_too(client: FlaskClient) -> None:
    answer = client.post("/api/analyze", data={"picture": (io.BytesIO(PICTURE), "../../etc/ü.jpg")})
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["width"] == 120


@pytest.mark.parametrize("body", [b"", b"rubbish", huge_png(), PICTURE[:200]])
def test_what_is_no_picture_is_a_client_error_in_the_one_shape(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/api/analyze", data=body)
    assert answer.status_code == 400
    assert answer.json is not None
    assert set(answer.json["error"]) == {"status", "code", "message"}


@pytest.mark.parametrize("options", [{"json": {"path": "/etc/passwd"}}, {"data": {"url": "http://127.0.0.1/"}}])
def test_server_paths_and_addresses_are_not_taken(client: FlaskClient, options: dict[str, Any]) -> None:
    answer = client.post("/api/analyze", **options)
    assert answer.status_code == 400
    assert answer.json is not None
    assert "picture itself" in answer.json["error"]["message"]


def test_too_many_bytes_are_refused_before_they_are_read(client: FlaskClient) -> None:
    answer = client.post("/api/analyze", data=b"x" * (LARGEST_PICTURE_BYTES + 1))
    assert answer.status_code == 413
    assert answer.json is not None
    assert "20 MB" in answer.json["error"]["message"]


def test_several_visitors_at_once_are_all_answered(client: FlaskClient) -> None:
    statuses: list[int] = []

    def ask() -> None:
        statuses.append(client.application.test_client().post("/api/analyze", data=PICTURE).status_code)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert statuses == [200] * 8


def test_only_post_is_answered(client: FlaskClient) -> None:
    assert client.get("/api/analyze").status_code == 405
