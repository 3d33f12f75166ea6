"""Tests of web/stream.py, server.py and connection.py: what a viewer receives, over real sockets on loopback."""

import contextlib
import json
import re
import socket
import threading
import time
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from cheroot.workers.threadpool import ThreadPool
from fakes import Block, picture, wait_until
from flask import Flask, Response
from running_site import Site, read_to_end, read_until

import web.stream
from faces.errors import NotFoundError, SettingsError
from main import create_app
from web import connection as connection_module
from web import server as server_module
from web.server import listen
from web.stream import Seats, picture_parts


def read_parts(connection: socket.socket, count: int) -> list[tuple[dict[str, str], bytes]]:
    """(headers, body) of that many parts."""
    parts: list[tuple[dict[str, str], bytes]] = []
    head, _, data = read_until(connection, b"\r\n\r\n").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert b"Content-Type: multipart/x-mixed-replace; boundary=frame" in head
    while len(parts) < count:
        lines, _, data = read_until(connection, b"\r\n\r\n", data).partition(b"\r\n\r\n")
        boundary, *headers = lines.decode().strip().split("\r\n")
        assert boundary == "--frame"
        fields = dict(header.split(": ", 1) for header in headers)
        length = int(fields["Content-Length"])
        while len(data) < length + 2:
            data += connection.recv(65536)
        parts.append((fields, data[:length]))
        data = data[length:]
    return parts


def test_an_answer_that_breaks_off_is_told_in_words_and_ends_without_the_mark_of_its_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def lines() -> Iterator[str]:
        yield "seconds,person\n"
        raise NotFoundError("There is no session any more.")

    app = Flask(__name__)
    app.add_url_rule("/table", view_func=lambda: Response(lines(), mimetype="text/csv"))
    listener = listen("127.0.0.1", 0)
    server = server_module.Server(app, listener, max_viewers=1)
    server.start()
    with socket.create_connection(listener.getsockname(), timeout=10) as reader:
        reader.sendall(b"GET /table HTTP/1.1\r\nHost: localhost\r\n\r\n")
        got = read_to_end(reader)
    server.stop()
    assert b"seconds,person" in got and not got.endswith(b"0\r\n\r\n")
    assert [record.getMessage() for record in caplog.records] == ["An answer broke off: There is no session any more."]
    assert caplog.records[0].exc_info is None


def test_every_part_has_its_type_length_and_capture_time() -> None:
    with Site() as site, site.request("/video_feed") as viewer:
        before = time.time()
        parts = read_parts(viewer, 5)
    for fields, body in parts:
        assert set(fields) == {"Content-Type", "Content-Length", "X-Timestamp"}
        assert fields["Content-Type"] == "image/jpeg"
        assert body.startswith(b"\xff\xd8") and body.endswith(b"\xff\xd9")
        assert before - 10 < float(fields["X-Timestamp"]) < time.time()
    times = [float(fields["X-Timestamp"]) for fields, _ in parts]
    assert times == sorted(times)


def test_a_viewer_who_draws_boxes_is_sent_plain_pictures_with_the_faces_of_the_same_instant() -> None:
    with Site() as site, site.request("/video_feed?faces=1") as drawing, site.request("/video_feed") as other:
        assert wait_until(lambda: site.camera.state().faces)
        (fields, plain), (_, boxed) = read_parts(drawing, 3)[-1], read_parts(other, 3)[-1]
    seen = json.loads(fields["X-Faces"])
    assert (seen["width"], seen["height"]) == (64, 48)
    assert [(face["person"], face["box"], face["emotion"]) for face in seen["faces"]] == [(1, [2, 4, 20, 20], "happy")]
    assert inked(boxed) and not inked(plain)


def inked(jpeg: bytes) -> bool:
    """Whether a box was drawn: the strong yellow of its plate, which the fake pictures' noise does not have."""
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    blue, green, red = (cv2.blur(image, (5, 5))[..., channel].astype(int) for channel in range(3))
    return bool(((red > 200) & (green > 190) & (blue < 110)).any())


def test_a_card_carries_no_faces() -> None:
    with Site() as site, site.request("/video_feed?faces=1") as viewer:
        read_parts(viewer, 1)
        site.camera.stop()
        data = read_until(viewer, b"X-Faces: null\r\n")
        assert b"\xff\xd8" in read_until(viewer, b"\xff\xd9", data[data.rindex(b"X-Faces: null") :])


def test_a_single_picture_without_boxes_carries_its_faces_too() -> None:
    with Site() as site:
        client = create_app(site.camera).test_client()
        assert wait_until(lambda: site.camera.state().faces)
        plain, boxed = client.get("/snapshot.jpg?boxes=0"), client.get("/snapshot.jpg")
    assert json.loads(plain.headers["X-Faces"])["faces"][0]["person"] == 1
    assert "X-Faces" not in boxed.headers
    assert inked(boxed.data) and not inked(plain.data)


def test_the_line_that_ends_a_part_does_not_wait_for_the_next() -> None:
    with Site([picture(1), picture(2), Block()]) as site:
        assert wait_until(lambda: site.camera.state().age_ms is not None)  # before it, a card is shown
        parts = picture_parts(site.camera)
        assert [next(parts)[:7] for _ in range(3)] == [b"--frame", b"Content", b"--frame"]


def test_the_last_picture_is_repeated_when_no_other_comes() -> None:
    with Site([picture(1), picture(2), Block()]) as site, site.request("/video_feed") as viewer:
        parts = read_parts(viewer, 5)
    assert len({body for _, body in parts}) < 5


@pytest.mark.parametrize(("agent", "copies"), [("Mozilla/5.0 Chrome/140.0 Safari/537.36", 2), ("curl/8", 1)])
def test_chromium_is_sent_the_last_picture_twice_because_it_shows_it_only_then(
    monkeypatch: pytest.MonkeyPatch, agent: str, copies: int
) -> None:
    monkeypatch.setattr(web.stream, "REPEAT_SECONDS", 30.0)
    with Site([picture(1), Block()]) as site, site.request("/video_feed", agent=agent) as viewer:
        pictures = site.camera.pictures
        assert wait_until(lambda: (newest := pictures.newest()) is not None and newest.value.shot is not None)
        newest = pictures.newest()
        assert newest is not None
        data = b""
        while data.count(newest.value.jpeg) < copies:
            data += viewer.recv(65536)
        viewer.settimeout(1.0)
        with contextlib.suppress(TimeoutError):
            while True:
                data += viewer.recv(65536)
    assert data.count(newest.value.jpeg) == copies


def test_a_viewer_who_left_during_a_stall_is_noticed_within_three_seconds() -> None:
    assert 2 * web.stream.REPEAT_SECONDS < 3  # noticed at the second writing; a busy machine's clock proves nothing
    with Site([picture(1), picture(2), Block()], max_viewers=1) as site:
        with site.request("/video_feed") as viewer:
            read_parts(viewer, 2)
            assert site.viewers() == 1
        assert wait_until(lambda: site.viewers() == 0)
        with site.request("/video_feed") as viewer:
            read_parts(viewer, 1)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="this system waits for a silent viewer for ever")
def test_a_viewer_who_fell_asleep_gives_his_place_back_and_is_no_news_in_the_terminal(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for module in (connection_module, server_module):
        monkeypatch.setattr(module, "SILENT_VIEWER_SECONDS", 0.2)
    with Site() as site, site.request("/video_feed"):
        assert wait_until(lambda: site.viewers() == 1)
        assert wait_until(lambda: site.viewers() == 0)
    assert caplog.records == []


def test_one_viewer_too_many_is_sent_away_while_the_state_still_answers() -> None:
    with Site(max_viewers=2) as site, contextlib.ExitStack() as stack:
        for _ in range(2):
            read_parts(stack.enter_context(site.request("/video_feed")), 1)
        answer = read_until(stack.enter_context(site.request("/video_feed")), b"}}\n")
        assert answer.startswith(b"HTTP/1.1 503")
        assert re.search(rb"Retry-After: \d+", answer)
        assert b'"too_many_viewers"' in answer
        for path in ("/api/state", "/snapshot.jpg", "/healthz"):
            with site.request(path) as other:
                assert read_until(other, b"\r\n\r\n").startswith(b"HTTP/1.1 200")


def test_a_viewer_who_reads_nothing_slows_nobody() -> None:
    with Site() as site, site.request("/video_feed"), site.request("/video_feed") as quick:
        time.sleep(0.5)
        assert len(read_parts(quick, 30)) == 30


def test_a_slow_viewer_skips_to_the_newest_picture() -> None:
    with Site() as site, site.camera.watching():
        parts = picture_parts(site.camera)
        next(parts)
        first = next(parts)
        next(parts)
        assert wait_until(lambda: len(site.stages.indexes) > 20)
        second = next(parts)
        newest = site.camera.pictures.newest()
        assert newest is not None
        ages = [float(re.search(rb"X-Timestamp: ([\d.]+)", part)[1]) for part in (first, second)]  # type: ignore[index]
        assert newest.value.taken_at - ages[1] < ages[1] - ages[0]


def test_a_stopped_camera_shows_a_card_and_the_stream_goes_on_after_a_start() -> None:
    with Site() as site, site.request("/video_feed") as viewer:
        read_parts(viewer, 1)
        site.camera.stop()
        assert wait_until(lambda: site.viewers() == 1)
        site.camera.start()
        started = time.time()
        data = b""
        while not any(float(moment) > started for moment in re.findall(rb"X-Timestamp: ([\d.]+)\r", data)):
            data += viewer.recv(65536)


def test_streams_end_when_the_camera_is_closed() -> None:
    with Site() as site, site.request("/video_feed") as viewer, site.request("/api/events") as program:
        read_parts(viewer, 1)
        site.camera.close()
        for connection in (viewer, program):
            while connection.recv(65536):
                pass


def test_events_tell_the_state_at_once_and_at_every_stable_change() -> None:
    with Site() as site, site.request("/api/events") as program:
        assert wait_until(lambda: site.camera.state().faces)
        data = read_until(program, b'"happy"')
        assert b"Content-Type: text/event-stream" in data
        site.stages.emotion = "sad"
        data = read_until(program, b'"emotion": "sad"')
        data = read_until(program, b"\n\n", data[data.rindex(b"event: state") :])
    event = data.decode().split("\n\n")[0].splitlines()
    assert event[0] == "event: state"
    state = json.loads(event[1].removeprefix("data: "))
    assert state["faces"][0]["emotion"] == "sad"


def test_a_listening_program_that_left_frees_its_place() -> None:
    with Site(max_viewers=1) as site:
        with site.request("/api/events") as program:
            read_until(program, b"event: state")
        assert wait_until(lambda: site.viewers() == 0)


def test_seats_are_given_back() -> None:
    seats = Seats(1)
    assert seats.take() and not seats.take()
    seats.leave()
    assert seats.take()


def test_opencv_can_watch_the_stream() -> None:
    with Site() as site:
        assert wait_until(lambda: site.camera.state().age_ms is not None)  # before it, a card is shown
        capture = cv2.VideoCapture(f"http://127.0.0.1:{site.port}/video_feed", cv2.CAP_FFMPEG)
        try:
            for _ in range(3):
                taken, image = capture.read()
                assert taken and image.shape == (48, 64, 3)
        finally:
            capture.release()


def test_a_taken_port_moves_to_the_next_free_one() -> None:
    with contextlib.closing(listen("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        with contextlib.closing(listen("127.0.0.1", port)) as second:
            assert port < second.getsockname()[1] <= port + server_module.PORTS_TRIED


def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    with pytest.raises(SettingsError, match=r"192\.0\.2\.1"):
        listen("192.0.2.1", 0)


def test_the_first_request_does_not_wait_for_the_last_worker_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    in_time = []
    start_threads = ThreadPool.grow

    def grow(pool: ThreadPool, amount: int) -> None:
        start_threads(pool, 1)
        in_time.append(answered.wait(5))
        start_threads(pool, amount - 1)

    monkeypatch.setattr(ThreadPool, "grow", grow)
    with Site() as site:
        answer = site.ask(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
        answered.set()
    assert answer.startswith(b"HTTP/1.1 200")
    assert in_time == [True]
