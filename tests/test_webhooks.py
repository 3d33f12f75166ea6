"""Webhooks against a real HTTP server that verifies the signature, and against servers that misbehave."""

import base64
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fakes import wait_until

from faces.errors import InputError, NotFoundError, StoreError
from sessions import webhooks as module
from sessions.database import Database, open_database
from sessions.webhooks import WAITS_SECONDS, Courier, Webhooks, check_address, resolved, signature


class Receiver:
    """A server that answers as it is told and keeps what it received."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.received: list[tuple[dict[str, str], str]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                receiver.received.append(({k.lower(): v for k, v in self.headers.items()}, body))
                status = receiver.answers.pop(0) if receiver.answers else 204
                if status == 0:
                    return  # closes early
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook?who=me"
        self._thread = threading.Thread(target=self._server.serve_forever, name="receiver")
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = open_database(tmp_path / "sessions.db")
    yield found
    found.close()


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def verified(secret: str, headers: dict[str, str], body: str) -> dict[str, Any]:
    """As any receiver does it, with nothing of ours."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    found: dict[str, Any] = json.loads(body)
    return found


def test_the_signature_is_that_of_the_standards_own_example() -> None:
    """https://github.com/standard-webhooks/standard-webhooks, libraries/python/tests."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", '{"test": 2432232314}'
    found = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_message_is_delivered_once_with_a_signature_that_verifies(receiver: Receiver, database: Database) -> None:
    hooks = Webhooks(database, now=Clock())
    made = hooks.add(receiver.url, private_allowed=True)
    (message,) = hooks.put("incident.new", {"rule": "Größer"})
    assert (hooks.deliver_due(), hooks.deliver_due()) == (1, 0)
    ((headers, body),) = receiver.received
    assert verified(made.secret, headers, body) == {
        "type": "incident.new",
        "timestamp": "2023-11-14T22:13:20Z",
        "data": {"rule": "Größer"},
    }
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == (message, "1700000000")
    assert [(one.message, one.status, one.problem) for one in hooks.log()] == [(message, 204, "")]


@pytest.mark.parametrize("answer", [500, 302, 404, 0])
def test_what_was_not_taken_comes_again_with_the_same_id_and_later_each_time(
    answer: int, receiver: Receiver, database: Database
) -> None:
    clock = Clock()
    hooks = Webhooks(database, now=clock)
    hooks.add(receiver.url, private_allowed=True)
    hooks.put("incident.new", {})
    receiver.answers = [answer, answer]
    assert hooks.deliver_due() == 0
    for waits in WAITS_SECONDS[:2]:
        clock.now += waits - 1
        before = len(receiver.received)
        hooks.deliver_due()
        assert len(receiver.received) == before
        clock.now += 1
        hooks.deliver_due()
    assert len({headers["webhook-id"] for headers, _ in receiver.received}) == 1
    assert [bool(one.problem) for one in reversed(hooks.log())] == [True, True, False]


def test_a_message_is_given_up_after_a_day(database: Database) -> None:
    clock = Clock()
    hooks = Webhooks(database, now=clock)
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    hooks.add(f"http://127.0.0.1:{port}/", private_allowed=True)
    hooks.put("incident.new", {})
    for _ in range(30):
        hooks.deliver_due()
        clock.now += 30_000
    assert len(hooks.log()) == 1 + len(WAITS_SECONDS)
    assert 23 * 3600 < sum(WAITS_SECONDS) < 26 * 3600


def test_what_was_not_sent_survives_a_restart(receiver: Receiver, tmp_path: Path) -> None:
    for run in range(2):
        database = open_database(tmp_path / "sessions.db")
        hooks = Webhooks(database)
        if run == 0:
            hooks.add(receiver.url, private_allowed=True)
            (message,) = hooks.put("incident.new", {})
        else:
            assert hooks.deliver_due() == 1
        database.close()
    assert receiver.received[0][0]["webhook-id"] == message


def test_killed_between_sent_and_noted_it_is_sent_again_with_the_same_id(
    receiver: Receiver, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = Webhooks(database)
    hooks.add(receiver.url, private_allowed=True)
    hooks.put("incident.new", {})
    send = module.send

    def killed(*arguments: Any) -> tuple[int | None, str]:
        send(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "send", killed)
        with pytest.raises(KeyboardInterrupt):
            hooks.deliver_due()
    assert hooks.deliver_due() == 1
    assert len({headers["webhook-id"] for headers, _ in receiver.received}) == 1
    assert len(receiver.received) == 2


def test_a_receiver_that_hangs_is_left(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hooks = Webhooks(database)
        hooks.add(f"http://127.0.0.1:{silent.getsockname()[1]}/", private_allowed=True)
        hooks.put("incident.new", {})
        assert hooks.deliver_due() == 0
    assert "timed out" in hooks.log()[0].problem


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost:5000/api/camera",
        "http://[::1]/",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://0.0.0.0/",
        "http://2130706433/",
        "http://[::ffff:127.0.0.1]/",
        "http://0x7f000001/",
        "http://127.1/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::10.0.0.1]/",
        "http://[2002:a00:1::1]/",
        "http://[fec0::1]/",
        "http://[ff02::1]/",
        "http://239.255.255.250:1900/",
        "http://100.64.0.1/",
    ],
)
def test_a_receiver_inside_is_refused_unless_it_is_allowed(url: str, database: Database) -> None:
    with pytest.raises(InputError, match=r"inside of this machine or network|was not found"):
        Webhooks(database).add(url)
    assert Webhooks(database).receivers() == []


def test_a_name_that_comes_to_mean_something_inside_is_refused_when_it_is_sent(
    receiver: Receiver, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = ["93.184.216.34", "127.0.0.1"]
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, port, **_: [(0, 0, 0, "", (answers.pop(0), receiver.url))])
    hooks = Webhooks(database)
    hooks.add("http://example.org/hook")
    hooks.put("incident.new", {})
    assert hooks.deliver_due() == 0
    assert "inside of this machine" in hooks.log()[0].problem
    assert receiver.received == []


@pytest.mark.parametrize(
    "url", ["ftp://example.org", "example.org", "http://", "http://me:word@example.org/", "http://a:b/"]
)
def test_what_is_no_address_of_a_web_server_is_refused(url: str) -> None:
    with pytest.raises(InputError, match=r"not the address of a web server"):
        check_address(url)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_an_address_of_the_open_internet_is_taken(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    assert resolved(f"https://{host}/hook", private_allowed=False) == address


def test_the_courier_delivers_by_itself_and_ends_when_it_is_closed(receiver: Receiver, database: Database) -> None:
    hooks = Webhooks(database)
    hooks.add(receiver.url, private_allowed=True)
    courier = Courier(hooks, every_seconds=0.02)
    hooks.put("incident.new", {})
    assert wait_until(lambda: len(receiver.received) == 1)
    courier.close()
    assert not any(thread.name.startswith("courier") for thread in threading.enumerate())


def test_a_receiver_that_hangs_does_not_delay_another(
    receiver: Receiver, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging, tried = threading.Event(), threading.Event()
    send = module.send

    def slow(to: module.Webhook, *arguments: Any) -> tuple[int | None, str]:
        if "slow" not in to.url:
            return send(to, *arguments)
        tried.set()
        assert hanging.wait(30)
        return None, "timed out"

    monkeypatch.setattr(module, "send", slow)
    hooks = Webhooks(database)
    hooks.add("http://127.0.0.1:9/slow", private_allowed=True)
    hooks.add(receiver.url, private_allowed=True)
    courier = Courier(hooks, every_seconds=0.02)
    try:
        hooks.put("incident.new", {})
        assert wait_until(lambda: len(receiver.received) == 1)
        assert tried.wait(10)
        hooks.put("incident.end", {})  # while the slow one still hangs
        assert wait_until(lambda: len(receiver.received) == 2)
        assert hooks.log() and all(one.status == 204 for one in hooks.log())
    finally:
        hanging.set()
        courier.close()


def test_a_receiver_that_is_taken_away_while_it_hangs_is_no_problem(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = Webhooks(database)
    made = hooks.add("http://127.0.0.1:9/", private_allowed=True)
    hooks.put("incident.new", {})

    def taken_away(*_: Any) -> tuple[int | None, str]:
        hooks.delete(made.id)
        return None, "timed out"

    monkeypatch.setattr(module, "send", taken_away)
    assert hooks.deliver_due() == 0
    assert (hooks.log(), hooks.receivers()) == ([], [])


def test_a_message_may_be_for_one_receiver_only(receiver: Receiver, database: Database) -> None:
    hooks = Webhooks(database)
    hooks.add(f"{receiver.url}&other", private_allowed=True)
    mine = hooks.add(f"{receiver.url}&mine", private_allowed=True)
    (message,) = hooks.put("incident.test", {}, only=mine.id)
    assert hooks.deliver_due() == 1
    assert [(one.message, one.webhook) for one in hooks.log()] == [(message, mine.id)]
    with pytest.raises(NotFoundError, match="There is no webhook 'none'"):
        hooks.put("incident.test", {}, only="none")


def test_the_end_of_the_program_does_not_wait_for_a_receiver_that_hangs(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried, released, left_alone = threading.Event(), threading.Event(), threading.Event()

    def hangs(*_: Any) -> tuple[int | None, str]:
        tried.set()
        if not released.wait(30):
            left_alone.set()
        return 204, ""

    monkeypatch.setattr(module, "send", hangs)
    monkeypatch.setattr(module, "LEAVING_SECONDS", 0.1)
    hooks = Webhooks(database)
    made = hooks.add("http://127.0.0.1:9/", private_allowed=True)
    hooks.put("incident.new", {})
    courier = Courier(hooks, every_seconds=0.02)
    assert tried.wait(10)
    courier.close()
    assert not left_alone.is_set()
    assert hooks.standing(made.id).waiting == 1  # for the next run
    released.set()
    assert wait_until(lambda: not any(thread.name.startswith("courier") for thread in threading.enumerate()))


def test_each_receiver_has_its_own_standing(receiver: Receiver, database: Database) -> None:
    hooks = Webhooks(database, now=Clock())
    good = hooks.add(receiver.url, private_allowed=True)
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    bad = hooks.add(f"http://127.0.0.1:{port}/", private_allowed=True)
    assert hooks.standing(bad.id) == module.Standing(0, "")
    hooks.put("incident.new", {})
    hooks.deliver_due()
    assert hooks.standing(good.id) == module.Standing(0, "")
    assert (hooks.standing(bad.id).waiting, "refused" in hooks.standing(bad.id).problem) == (1, True)
    assert {one.webhook for one in hooks.log()} == {good.id, bad.id}


def test_what_keeps_one_receiver_from_being_told_is_not_forgotten_when_another_is(
    receiver: Receiver, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = Webhooks(database)
    bad = hooks.add("http://127.0.0.1:9/", private_allowed=True)
    good = hooks.add(receiver.url, private_allowed=True)
    deliver = hooks.deliver_due

    def full_disk(only: str | None = None) -> int:
        if only == bad.id:
            raise StoreError("The disk is full.")
        return deliver(only)

    monkeypatch.setattr(hooks, "deliver_due", full_disk)
    courier = Courier(hooks, every_seconds=0.02)
    hooks.put("incident.new", {})
    assert wait_until(lambda: courier.problem(bad.id) == "The disk is full." and len(receiver.received) == 1)
    hooks.put("incident.end", {})
    assert wait_until(lambda: len(receiver.received) == 2 and not hooks.standing(good.id).waiting)
    assert (courier.problem(bad.id), courier.problem(good.id)) == ("The disk is full.", "")
    courier.close()


def test_a_receiver_that_is_taken_away_takes_its_messages_along(receiver: Receiver, database: Database) -> None:
    hooks = Webhooks(database)
    made = hooks.add(receiver.url, private_allowed=True)
    hooks.put("incident.new", {})
    hooks.delete(made.id)
    assert (hooks.deliver_due(), receiver.received) == (0, [])
    with pytest.raises(NotFoundError):
        hooks.delete(made.id)
