"""Whoever only occupies connections, or speaks no HTTP, keeps nobody from the page and learns nothing."""

import contextlib
import json
import re
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from fakes import wait_until
from running_site import Site, read_to_end, read_until

from web import connection, door, server
from web.security import HEADERS

TOKEN = "a long enough secret"
JSON = "Content-Type: application/json\r\n"
ASK = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site(token=TOKEN) as site:
        yield site


@contextlib.contextmanager
def crowd(site: Site, count: int, saying: bytes = b"") -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(site.connect(saying)) for _ in range(count)]


def authorised(path: str) -> bytes:
    return f"GET {path} HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()


@pytest.mark.parametrize("saying", [b"", b"G", b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "])
def test_connections_that_say_nothing_whole_keep_nobody_waiting(site: Site, saying: bytes) -> None:
    with site.connect(authorised("/video_feed")) as viewer:
        read_until(viewer, b"\xff\xd9")
        with crowd(site, 260, saying):
            for _ in range(5):
                assert site.ask(ASK).startswith(b"HTTP/1.1 200")
            read_until(viewer, b"\xff\xd9")


def test_the_one_who_makes_room_belongs_to_the_largest_crowd() -> None:
    with (
        Site() as site,
        socket.create_connection(("127.0.0.1", site.port), 10, ("127.0.0.2", 0)) as few,
        crowd(site, door.MOST_WAITING + 20),
    ):
        site.ask(ASK)
        few.sendall(ASK)
        assert read_to_end(few).startswith(b"HTTP/1.1 200")


def test_a_head_that_drips_is_ended_by_the_clock_of_the_whole_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "HEAD_SECONDS", 0.3)
    with Site() as site, site.connect() as dripping, site.connect() as silent:
        answered = False
        for letter in b"GET /" + b"a" * 10_000:
            dripping.sendall(bytes([letter]))
            dripping.settimeout(0.05)
            with contextlib.suppress(TimeoutError):
                answered = b"request_timeout" in dripping.recv(4096)
            if answered:
                break
        assert answered
        assert read_to_end(silent) == b""


def test_one_connection_too_many_costs_the_oldest_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "HEAD_SECONDS", 1000.0)
    monkeypatch.setattr(door, "MOST_WAITING", 5)
    with Site() as site, crowd(site, 6) as waiting:
        assert read_to_end(waiting[0]) == b""


def test_the_next_request_on_a_connection_has_no_more_time_than_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "HEAD_SECONDS", 0.3)
    with Site() as site, site.connect(ASK.replace(b"Connection: close\r\n", b"")) as connection:
        read_until(connection, b"}\n")
        connection.sendall(b"G")
        assert b"request_timeout" in read_to_end(connection)


WRONG = {
    "no HTTP": (b"\x00\x01\x02\n\n", 400),
    "bare line feeds": (b"GET / HTTP/1.1\nHost: localhost\n\n", 400),
    "a header without a colon": (b"GET / HTTP/1.1\r\nHost\r\n\r\n", 400),
    "another version": (b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", 505),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "an address of elsewhere": (b"GET http://example.com/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "a tunnel": (b"CONNECT example.com:80 HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
    "a negative length": (b"POST /api/camera HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n", 400),
    "a length in words": (b"POST /api/camera HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n", 400),
    "a length with a sign": (b"POST /api/camera HTTP/1.1\r\nHost: localhost\r\nContent-Length: +5\r\n\r\n12345", 400),
    "a length twice": (
        b"POST /api/camera HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\n1234",
        400,
    ),
    "another length": (
        b"POST /api/camera HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: 40\r\n\r\n",
        400,
    ),
    "a length over two lines": (
        b"POST /api/camera HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n 5\r\n\r\n12345",
        400,
    ),
    "a space before the colon": (
        b"POST /api/camera HTTP/1.1\r\nHost: localhost\r\nContent-Length : 4\r\n\r\n1234",
        400,
    ),
    "a first header that goes on": (b"GET / HTTP/1.1\r\n goes: on\r\nHost: localhost\r\n\r\n", 400),
    "a name over two lines": (b"GET / HTTP/1.1\r\nHost:\r\n localhost\r\n\r\n", 400),
    "a header without a name": (b"GET / HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n", 400),
    "a zero byte": (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n", 400),
    "a carriage return": (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\rHost: evil.example\r\n\r\n", 400),
    "two names": (b"GET / HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\n\r\n", 400),
    "chunks in an old version": (
        b"POST /api/camera HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "a length and chunks": (
        b"POST /api/camera HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
        400,
    ),
    "an unknown coding": (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    "too many bytes": (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n", 413),
    "too long an address": (b"GET /" + b"a" * 60_000, 431),
    "too many headers": (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000, 431),
    "a foreign name": (b"GET / HTTP/1.0\r\nHost: evil.example\r\n\r\n", 403),
    "a name with an underscore": (b"GET / HTTP/1.0\r\nH_ost: localhost\r\n\r\n", 403),
    "no token": (b"GET /api/state HTTP/1.0\r\nHost: localhost\r\n\r\n", 401),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_in_the_shape_and_with_the_headers_of_all_answers(
    site: Site, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    said, status = WRONG[name]
    head, _, body = site.ask(said).partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0].split()[1] == str(status)
    error = json.loads(body)["error"]
    assert error["status"] == status and error["code"] and re.search(r"[\w)]\. [A-Z].*\w\.$", error["message"])
    fields = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
    assert fields.items() >= {name.lower(): value for name, value in HEADERS.items()}.items()
    assert "cheroot" not in head.decode().lower()
    assert caplog.records == [], "or a stranger could fill the terminal"


def test_several_requests_may_come_at_once_or_one_after_the_other(site: Site) -> None:
    keep = ASK.replace(b"Connection: close\r\n", b"")
    with site.connect(keep + keep + ASK[:20]) as connection:
        data = read_until(connection, b"}\n")
        while data.count(b"}\n") < 2:
            data += connection.recv(65536)
        connection.sendall(ASK[20:])
        data += read_to_end(connection)
    assert data.count(b"HTTP/1.1 200") == 3


def test_a_body_is_not_taken_before_the_token_was_asked_for(site: Site) -> None:
    before = set(Path(tempfile.gettempdir()).iterdir())
    head = b"POST /api/analyze HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000000\r\n\r\n"
    with crowd(site, server.SPARE_THREADS + 8, head + b"x" * 5000) as uploads:
        for upload in uploads:
            assert read_until(upload, b"}\n").startswith(b"HTTP/1.1 401")
        assert site.ask(ASK).startswith(b"HTTP/1.1 200")
    assert not [path for path in set(Path(tempfile.gettempdir()).iterdir()) - before if path.name.startswith("tmp")]


def test_an_answer_arrives_although_its_body_was_not_read(site: Site) -> None:
    body = b"x" * 3_000_000
    head = f"POST /api/analyze HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    with site.connect(head.encode()) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(body)
        assert b"token_needed" in read_to_end(connection)


BODIES = {
    "ends early": (b"Content-Length: 50\r\n\r\n{", "bad_request"),
    "no chunk": (b"Transfer-Encoding: chunked\r\n\r\nthis is no chunk\r\n", "bad_request"),
    "a chunk without its end": (b"Transfer-Encoding: chunked\r\n\r\n1\r\n{xx", "bad_request"),
    "a chunk of a negative size": (b"Transfer-Encoding: chunked\r\n\r\n-5\r\n{}", "bad_request"),
    "a huge chunk": (b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n{", "request_entity_too_large"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_broken_body_is_its_senders_fault(site: Site, name: str, caplog: pytest.LogCaptureFixture) -> None:
    body, code = BODIES[name]
    head = f"POST /api/camera HTTP/1.1\r\nHost: localhost\r\n{JSON}Authorization: Bearer {TOKEN}\r\n".encode()
    with site.connect(head + body) as connection:
        connection.shutdown(socket.SHUT_WR)
        answer = read_to_end(connection)
    error = json.loads(answer.partition(b"\r\n\r\n")[2])["error"]
    assert error["code"] == code and re.search(r"[\w)]\. [A-Z].*\w\.$", error["message"])
    assert caplog.records == []


def test_what_follows_the_last_chunk_is_not_taken_for_another_request(site: Site) -> None:
    head = f"POST /api/camera HTTP/1.1\r\nHost: localhost\r\n{JSON}Authorization: Bearer {TOKEN}\r\n"
    chunks = "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
    answer = site.ask(head.encode() + chunks.encode() + ASK)
    assert answer.startswith(b"HTTP/1.1 400") and answer.count(b"HTTP/1.1 ") == 1


def test_a_body_that_does_not_come_is_ended_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "SILENT_BODY_SECONDS", 0.2)
    with Site() as site:
        head = f"POST /api/camera HTTP/1.1\r\nHost: localhost\r\n{JSON}Content-Length: 9\r\n\r\n"
        assert b"request_timeout" in site.ask(head.encode())
        monkeypatch.setattr(connection, "BODY_SECONDS", 0.0)
        assert b"request_timeout" in site.ask(head.encode() + b"{"), "the whole of it has a time limit too"


def test_bodies_that_do_not_come_leave_threads_for_everybody_else() -> None:
    head = f"POST /api/camera HTTP/1.1\r\nHost: localhost\r\n{JSON}Content-Length: 9\r\nConnection: close\r\n\r\n"
    with Site() as site, site.request("/video_feed") as viewer:
        with crowd(site, 60, head.encode() + b"{") as senders:
            assert b'"code": "busy"' in read_to_end(senders[-1])
            for _ in range(5):
                assert site.ask(ASK).startswith(b"HTTP/1.1 200")
            read_until(viewer, b"\xff\xd9")
            for sender in senders[:12]:
                with contextlib.suppress(OSError):  # those that were turned away
                    sender.sendall(b'"a": 1} ')

        def takes_a_body() -> bool:
            with site.connect(head.encode()) as sender:
                time.sleep(0.05)  # so that it does not come along with the head
                sender.sendall(b'{"a": 1} ')
                return b"input_problem" in read_to_end(sender)

        assert wait_until(takes_a_body), "their places are free again"
        assert all(takes_a_body() for _ in range(20)), "and everybody gives theirs back"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def secure(authority: trustme.CA) -> Iterator[Site]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    with Site(tls=context) as site:
        yield site


def tls_connection(site: Site, authority: trustme.CA) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context.wrap_socket(site.connect(), server_hostname="localhost")


def test_https_is_served_and_a_stream_too(secure: Site, authority: trustme.CA) -> None:
    with tls_connection(secure, authority) as connection:
        connection.sendall(ASK.replace(b"Connection: close\r\n", b"") + ASK)
        assert read_to_end(connection).count(b"HTTP/1.1 200") == 2
    with tls_connection(secure, authority) as viewer:
        viewer.sendall(b"GET /video_feed HTTP/1.0\r\nHost: localhost\r\n\r\n")
        for _ in range(3):
            read_until(viewer, b"\xff\xd9")


def test_who_begins_https_and_stops_keeps_nobody_waiting(secure: Site, authority: trustme.CA) -> None:
    hello = b"\x16\x03\x01\x02\x00"
    with (
        crowd(secure, 20),
        crowd(secure, 20, hello),
        crowd(secure, 20, hello + b"\xff" * 512),
        tls_connection(secure, authority) as connection,
    ):
        connection.sendall(ASK)
        assert read_to_end(connection).startswith(b"HTTP/1.1 200")


def test_plain_http_on_an_https_port_is_told_so(secure: Site) -> None:
    assert b"https_needed" in secure.ask(ASK)


def test_every_connection_is_given_back(site: Site) -> None:
    with crowd(site, 30, ASK):
        pass
    assert wait_until(lambda: site.viewers() == 0)
    for _ in range(2 * (4 + server.SPARE_THREADS + 64)):
        assert site.ask(ASK).startswith(b"HTTP/1.1 200")


def test_more_than_fit_inside_are_turned_away_until_one_has_gone() -> None:
    entered: list[socket.socket] = []
    listener = server.listen("127.0.0.1", 0)
    narrow = door.Door(listener, lambda connection, *_: entered.append(connection), most_inside=2)
    thread = threading.Thread(target=narrow.run)
    thread.start()
    try:
        with contextlib.ExitStack() as stack:

            def knock() -> socket.socket:
                connection = socket.create_connection(listener.getsockname(), 10)
                connection.sendall(ASK)
                return stack.enter_context(connection)

            knock()
            knock()
            assert wait_until(lambda: len(entered) == 2)
            assert is_turned_away(knock())
            assert len(entered) == 2
            entered[0].close()
            narrow.gone()
            knock()
            assert wait_until(lambda: len(entered) == 3)
    finally:
        narrow.close()
        thread.join(10)
        for connection in entered:
            connection.close()


def is_turned_away(connection: socket.socket) -> bool:
    """Closed without a word."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True
