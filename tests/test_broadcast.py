"""Tests of live/broadcast.py."""

import threading
import time

from live.broadcast import Broadcast


def test_slow_consumer_skips_to_the_newest_value() -> None:
    broadcast: Broadcast[str] = Broadcast()
    for value in ("a", "b", "c"):
        broadcast.publish(value)
    issue = broadcast.wait(after=1)
    assert issue is not None
    assert (issue.number, issue.value) == (3, "c")


def test_nothing_is_given_twice() -> None:
    broadcast: Broadcast[str] = Broadcast()
    broadcast.publish("a")
    assert broadcast.wait(after=1, timeout_seconds=0.01) is None


def test_waiting_without_a_value_ends_with_the_time() -> None:
    assert Broadcast[str]().wait(timeout_seconds=0.01) is None


def test_every_consumer_gets_the_one_value() -> None:
    broadcast: Broadcast[str] = Broadcast()
    got: list[str] = []

    def consume() -> None:
        issue = broadcast.wait(timeout_seconds=5)
        got.append(issue.value if issue else "nothing")

    consumers = [threading.Thread(target=consume) for _ in range(8)]
    for consumer in consumers:
        consumer.start()
    time.sleep(0.05)
    broadcast.publish("a")
    for consumer in consumers:
        consumer.join(5)
    assert got == ["a"] * 8


def test_closing_lets_everybody_go_at_once() -> None:
    broadcast: Broadcast[str] = Broadcast()
    left = threading.Event()

    def consume() -> None:
        broadcast.wait()
        left.set()

    threading.Thread(target=consume, daemon=True).start()
    time.sleep(0.05)
    broadcast.close()
    assert left.wait(2)
    assert broadcast.closed


def test_a_closed_broadcast_keeps_and_takes_nothing() -> None:
    broadcast: Broadcast[str] = Broadcast()
    broadcast.publish("a")
    broadcast.close()
    broadcast.publish("b")
    assert broadcast.newest() is None
    assert broadcast.wait() is None


def test_the_newest_value_is_there_without_waiting() -> None:
    broadcast: Broadcast[str] = Broadcast()
    assert broadcast.newest() is None
    broadcast.publish("a")
    newest = broadcast.newest()
    assert newest is not None and newest.value == "a"
