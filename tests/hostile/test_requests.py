"""Whatever is sent to a route is answered, in the one shape, and never with a 500."""

import io
import json
import re
import threading
from collections.abc import Iterator

import pytest
from fakes import FakeSource, FakeStages, endless, json_of
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import web.pictures
from camera import VideoCamera
from faces.errors import InputError
from main import create_app

DEEP = b'{"action":' + b"[" * 5000 + b"]" * 5000 + b"}"


@pytest.fixture(scope="module")
def client() -> Iterator[FlaskClient]:
    with VideoCamera(
        make_stages=lambda _: FakeStages(),
        open_source=lambda text, _: FakeSource(iter([endless()]), name=f"Camera {text}"),
    ) as camera:
        camera.stop()
        yield create_app(camera).test_client()


ORDERS = {
    "nested too deeply": DEEP,
    "half a surrogate pair": b'{"action": "start", "source": "\\ud800"}',
    "in an address": b'{"action": "start", "source": "http://\\udfff/"}',
    "a number of 5000 digits": b'{"action": "start", "source": ' + b"9" * 5000 + b"}",
    "no text": b'{"action": "\xff\xfe"}',
    "not a number": b"NaN",
    "nothing": b"",
    "only a bracket": b"[",
    "a list": b'["start"]',
    "a key twice": b'{"action": "start", "action": "fly"}',
    "another type": b'{"action": "set", "mirror": "yes"}',
    "another action": b'{"action": {"start": 1}}',
}


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_that_cannot_be_is_refused_in_words(client: FlaskClient, name: str) -> None:
    answer = client.post("/api/camera", data=ORDERS[name], content_type="application/json")
    assert answer.status_code == 400
    assert json_of(answer)["error"]["message"]


texts = st.text() | st.text("0123456789/\\.:@?#%&=;,+-_ \ud800\x00\x1b\r\n", max_size=40)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
orders = st.fixed_dictionaries(
    {"action": st.sampled_from(["start", "stop", "set", "fly"])},
    optional={"source": values, "detector": st.sampled_from(["haar", "yunet:x", "", "no"]) | values, "mirror": values},
)


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(order=orders | values)
def test_random_orders_never_end_in_a_500(client: FlaskClient, order: object) -> None:
    answer = client.post("/api/camera", data=json.dumps(order), content_type="application/json")
    assert answer.status_code in (200, 400), answer.text


WORDS = (
    "1",
    "0",
    "-1",
    "9" * 30,
    "current",
    "activity",
    "nobody",
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "\u00e9",
    "a" * 300,
)
"""What stands where an address has the name or the number of something."""


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"]),
    number=st.integers(0, 10_000),
    words=st.lists(st.sampled_from(WORDS), min_size=4, max_size=4),
    rest=st.just("") | st.text("/.%2e\\abc\u00e9", max_size=12),
    query=st.text("?=&%;abc0\u00e9\x00", max_size=20),
    headers=st.dictionaries(
        st.sampled_from(["Host", "Origin", "Cookie", "Authorization", "Content-Type", "Range", "If-None-Match"]),
        st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=30),
        max_size=3,
    ),
    body=st.binary(max_size=60) | values.map(lambda value: json.dumps(value).encode()),
)
def test_random_requests_never_end_in_a_500(
    client: FlaskClient,
    method: str,
    number: int,
    words: list[str],
    rest: str,
    query: str,
    headers: dict[str, str],
    body: bytes,
) -> None:
    rules = sorted(rule.rule for rule in client.application.url_map.iter_rules())
    fill = iter(words)
    path = re.sub(r"<[^>]*>", lambda _: next(fill), rules[number % len(rules)]) + rest
    answer = client.open(path, method=method, query_string=query, headers=headers, data=body)
    assert answer.status_code < 500 or answer.status_code == 503, answer.text
    if answer.status_code >= 400 and method != "HEAD":
        assert json_of(answer)["error"]["status"] == answer.status_code
    answer.close()


def test_a_form_of_ten_thousand_fields_is_told_what_is_wrong_with_it(client: FlaskClient) -> None:
    form = {f"field{number}": "x" for number in range(10_000)}
    answer = client.post("/api/analyze", data=form, content_type="multipart/form-data")
    assert answer.status_code == 413
    assert "fields" in json_of(answer)["error"]["message"]


def test_many_uploads_at_once_are_read_one_after_the_other_and_the_rest_told_to_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inside, most = 0, 0
    guard, let_go = threading.Lock(), threading.Event()

    def answer(picture: bytes, name: str) -> dict[str, object]:
        nonlocal inside, most
        with guard:
            inside += 1
            most = max(most, inside)
        let_go.wait(10)
        with guard:
            inside -= 1
        raise InputError("no picture")

    monkeypatch.setattr("main.answer_picture", answer)
    with VideoCamera(make_stages=lambda _: FakeStages()) as camera:
        camera.stop()
        app = create_app(camera)
    statuses: list[int] = []

    def upload() -> None:
        with app.test_client() as client:
            statuses.append(client.post("/api/analyze", data={"picture": (io.BytesIO(b"x"), "x.jpg")}).status_code)

    threads = [threading.Thread(target=upload) for _ in range(30)]
    for thread in threads:
        thread.start()
    while len(statuses) < 30 - web.pictures.AT_ONCE - web.pictures.WAITING:
        threads[0].join(0.01)
    let_go.set()
    for thread in threads:
        thread.join(10)
    assert most == web.pictures.AT_ONCE
    assert sorted(statuses) == [400] * 8 + [503] * 22
