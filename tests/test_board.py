"""Tests of live/board.py: the board that everybody reads, and who watches."""

import threading
import time

import pytest
from fakes import FakeStages, picture

from faces.records import Frame
from live.board import STATUSES, Board, Picture, RecentRate, Viewers


def seen(emotion: str = "happy") -> Picture:
    frame = Frame(picture(), 0.0, time.time(), 0)
    return Picture(frame.captured_at, FakeStages(emotion=emotion).process(frame), lambda: b"jpeg")


@pytest.mark.parametrize("status", ["stopped", "failed", "reconnecting", "starting"])
def test_a_picture_that_comes_too_late_is_not_shown(status: str) -> None:
    board = Board()
    board.report("live", "")
    board.show(seen())
    board.report(status, "")
    before = board.pictures.newest()
    board.show(seen())
    assert board.pictures.newest() is before
    assert board.state(0).faces == ()


def test_a_camera_that_is_lost_for_a_while_leaves_its_last_picture_standing() -> None:
    board = Board()
    board.report("live", "")
    board.show(seen())
    board.report("reconnecting", "")
    newest = board.pictures.newest()
    assert newest is not None and newest.value.jpeg == b"jpeg"


def test_a_stopped_camera_leaves_no_picture_of_anybody() -> None:
    board = Board()
    board.report("live", "")
    board.show(seen())
    board.report("stopped", "")
    newest = board.pictures.newest()
    assert newest is not None and newest.value.shot is None


def test_the_demo_clip_is_never_called_live() -> None:
    board = Board()
    board.demo = True
    board.report("live", "")
    assert board.status == "demo" and board.status in STATUSES
    assert board.message == "Playing the demo clip."
    board.report("live", "No camera found, so the demo clip is playing.")
    assert board.message == "No camera found, so the demo clip is playing."


def test_changes_are_told_once() -> None:
    board = Board()
    board.report("live", "")
    for emotion in ("happy", "happy", "sad", "sad"):
        board.show(seen(emotion))
    newest = board.changes.newest()
    assert newest is not None and newest.number == 3


def test_whoever_comes_wakes_the_work_at_once() -> None:
    viewers = Viewers()
    woken = threading.Event()

    def work() -> None:
        viewers.wait(30, threading.Event())
        woken.set()

    threading.Thread(target=work, daemon=True).start()
    assert not woken.wait(0.1)
    with viewers.watching():
        assert woken.wait(5)
        assert viewers.count == 1
    assert viewers.count == 0


def test_an_ending_wakes_the_work_too() -> None:
    viewers, ending, woken = Viewers(), threading.Event(), threading.Event()

    def work() -> None:
        viewers.wait(30, ending)
        woken.set()

    threading.Thread(target=work, daemon=True).start()
    ending.set()
    viewers.wake()
    assert woken.wait(5)


def test_a_rate_falls_to_nothing_when_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("live.board.time.monotonic", lambda: now)
    rate = RecentRate()
    for _ in range(11):
        rate.tick()
        now += 0.1
    assert rate.per_second() == pytest.approx(10)
    now += 5
    assert rate.per_second() == 0


def test_a_picture_is_drawn_once_and_only_for_somebody_who_asks() -> None:
    drawn: list[int] = []

    def draw() -> bytes:
        drawn.append(1)
        time.sleep(0.01)  # long enough for another viewer to come meanwhile
        return b"jpeg"

    picture = Picture(0.0, None, draw)
    assert drawn == []
    viewers = [threading.Thread(target=lambda: picture.jpeg) for _ in range(8)]
    for viewer in viewers:
        viewer.start()
    for viewer in viewers:
        viewer.join()
    assert (picture.jpeg, drawn) == (b"jpeg", [1])
