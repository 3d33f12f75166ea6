"""Tests of sources/playback.py, sources/reel.py and the orders that a video follows."""

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from fakes import FakeCapture, pictures, write_film, write_gif

from faces.errors import InputError
from faces.places import DEMO_FILE
from faces.records import Frame
from sources.looped import LoopedVideo
from sources.opencv import open_capture
from sources.playback import Move, Playback
from sources.reel import Reel, Still

COUNT = 20
FPS = 20.0


@pytest.fixture
def video(tmp_path: Path) -> Iterator[LoopedVideo]:
    with LoopedVideo(write_film(tmp_path / "clip.mp4", COUNT, fps=FPS), paced=False) as opened:
        yield opened


def reel_of(path: Path) -> Reel:
    """With an own reopening, as LoopedVideo has."""
    return Reel(open_capture(str(path)), lambda: open_capture(str(path)), path.name, threading.Event())


def number_of(frame: Frame | Still) -> int:
    """Which picture of write_film() it is: they grow brighter by 200 levels over the whole video."""
    return round((float(frame.image.mean()) - 20) * COUNT / 200)


def position(video: LoopedVideo) -> float:
    return video.playback.state().position


def test_a_paused_video_gives_its_picture_again_while_time_runs_on(video: LoopedVideo) -> None:
    frames = iter(video)
    last = list(itertools.islice(frames, 5))[-1]
    video.playback.order(paused=True)
    held = list(itertools.islice(frames, 3))
    assert {number_of(frame) for frame in held} == {number_of(last)} == {4}
    times = [frame.seconds for frame in (last, *held)]
    assert all(later - earlier >= 0.19 for earlier, later in itertools.pairwise(times))
    video.playback.order(paused=False)
    after = next(frames)
    assert number_of(after) == 5
    assert after.seconds == pytest.approx(times[-1] + 1 / FPS)


def test_a_video_goes_to_any_position_and_on_from_there(video: LoopedVideo) -> None:
    frames = iter(video)
    next(frames)
    for wanted in (0.5, 0.25, 0.9, 0.0):
        video.playback.order(position=wanted)
        assert number_of(next(frames)) == round(wanted * FPS)
        assert position(video) == pytest.approx(wanted)
        assert number_of(next(frames)) == round(wanted * FPS) + 1


def test_a_position_behind_the_end_is_the_last_picture(video: LoopedVideo) -> None:
    frames = iter(video)
    next(frames)
    video.playback.order(position=1000.0)
    assert number_of(next(frames)) == COUNT - 1
    assert number_of(next(frames)) == 0


def test_single_steps_go_forward_and_back_and_pause(video: LoopedVideo) -> None:
    frames = iter(video)
    list(itertools.islice(frames, 10))
    seen = []
    for step in (1, 1, -1, -1, -1, 1):
        video.playback.order(step=step)
        seen.append(number_of(next(frames)))
    assert seen == [10, 11, 10, 9, 8, 9]
    assert video.playback.state().paused


def test_steps_stay_inside_of_the_video(video: LoopedVideo) -> None:
    frames = iter(video)
    next(frames)
    video.playback.order(step=-1)
    assert number_of(next(frames)) == 0
    video.playback.order(position=1000.0, step=1)
    assert number_of(next(frames)) == COUNT - 1


def test_steps_that_come_faster_than_pictures_add_up(video: LoopedVideo) -> None:
    frames = iter(video)
    next(frames)
    for _ in range(4):
        video.playback.order(step=1)
    assert number_of(next(frames)) == 4


def test_seconds_never_run_backwards_whatever_is_ordered(video: LoopedVideo) -> None:
    frames = iter(video)
    times = [next(frames).seconds]
    for order in ({"position": 0.6}, {"step": -1}, {"position": 0.0}, {"paused": False}, {"step": 1}, {"paused": True}):
        video.playback.order(**order)
        times += [frame.seconds for frame in itertools.islice(frames, 2)]
    assert all(later > earlier for earlier, later in itertools.pairwise(times))


def test_without_loop_a_video_pauses_at_its_end_and_begins_again_when_it_is_played(video: LoopedVideo) -> None:
    video.playback.order(loop=False)
    frames = iter(video)
    seen = [number_of(frame) for frame in itertools.islice(frames, COUNT + 2)]
    assert seen == [*range(COUNT), COUNT - 1, COUNT - 1]
    assert video.playback.state().paused
    assert position(video) == pytest.approx((COUNT - 1) / FPS)
    video.playback.order(paused=False)
    assert number_of(next(frames)) == 0


def test_a_pause_is_not_kept_waiting_by_a_picture_that_lasts(tmp_path: Path) -> None:
    """The second picture of this GIF is due after a minute."""
    with LoopedVideo(write_gif(tmp_path / "slow.gif", (6000, 5))) as video:
        frames = iter(video)
        first = next(frames)
        threading.Timer(0.1, lambda: video.playback.order(paused=True)).start()
        assert next(frames).image.mean() == first.image.mean()
        video.playback.order(step=1)
        assert next(frames).image.mean() != first.image.mean()


def test_the_end_is_not_kept_waiting_by_a_pause(tmp_path: Path) -> None:
    with LoopedVideo(write_film(tmp_path / "clip.mp4")) as video:
        frames = iter(video)
        next(frames)
        video.playback.order(paused=True)
        video.interrupt()
        assert list(frames) == []


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf")])
def test_what_is_no_position_is_refused(seconds: float) -> None:
    playback = Playback()
    with pytest.raises(InputError, match="position"):
        playback.order(position=seconds)
    assert playback.take_move() is None


def test_a_move_is_told_once() -> None:
    playback = Playback()
    playback.order(position=2.0)
    assert (playback.take_move(), playback.take_move()) == (Move(2.0), None)


def test_an_order_ends_the_readers_wait() -> None:
    playback = Playback()
    threading.Timer(0.05, playback.order, kwargs={"paused": True}).start()
    assert not playback.wait(60)  # True once the time is over
    assert playback.wait(0.01)


def test_the_demo_clip_is_the_same_read_in_order_and_backwards() -> None:
    """H.264 with pictures that refer to each other: what is decoded after a jump is what stands there."""
    reel = reel_of(DEMO_FILE)
    inorder = [reel.next() for _ in range(60)]
    for number in (45, 44, 43, 12, 11, 59):
        still = inorder[number]
        assert still
        found = reel.seek(still.moment)
        assert found and found.moment == pytest.approx(still.moment)
        assert np.array_equal(found.image, still.image)
        earlier, before = inorder[number - 1], reel.before(still.moment)
        assert earlier and before and before.moment == pytest.approx(earlier.moment)
        following = reel.next()
        assert following and following.moment == pytest.approx(still.moment)


@pytest.mark.parametrize("stamp", [0.0, -1.0, float("nan")])
def test_a_video_without_times_is_read_from_its_beginning_to_any_position(tmp_path: Path, stamp: float) -> None:
    captures = [FakeCapture(pictures(12)) for _ in range(3)]
    for capture in captures:
        capture.settings |= {cv2.CAP_PROP_POS_MSEC: stamp, cv2.CAP_PROP_FPS: 10}
    each = iter(captures)
    reel = Reel(next(each), lambda: next(each), "bare.h264", threading.Event())
    assert [found.moment for found in (reel.next(), reel.next(), reel.next()) if found] == pytest.approx([0, 0.1, 0.2])
    found = reel.seek(0.8)
    assert found and found.moment == pytest.approx(0.8)
    found = reel.before(0.8)
    assert found and found.moment == pytest.approx(0.7)
