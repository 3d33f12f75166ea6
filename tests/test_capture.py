"""Tests of live/capture.py: every way in which a camera can fail, and how it comes back."""

import itertools
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fakes import Block, FakeCapture, FakeSource, endless, picture, pictures, wait_until

from faces.errors import NoCameraError, SourceError
from faces.records import Frame
from live.capture import ROUND_SECONDS, Capture, Patience, _SourceReader
from sources.base import Source
from sources.cameras import Webcam

PATIENT = Patience(open_seconds=20, read_seconds=20, retry_seconds=(0.05, 0.1), stop_seconds=1.0)
"""Takes no pause of a busy machine for a stall."""

QUICK = replace(PATIENT, open_seconds=1.2, read_seconds=1.2)
"""For whoever waits for a stall to be noticed."""


class Run:
    """A capture over a scripted source, and all that was heard of it."""

    def __init__(self, *openings: Any, patience: Patience = PATIENT, **options: Any) -> None:
        self._openings = iter(openings)
        self.comes_back = True
        self.captures: list[FakeCapture] = []  # every opening, in order
        self.frames: list[Frame] = []
        self.news: list[tuple[str, str]] = []
        self.capture = Capture(
            lambda: self.make_source(),
            self.frames.append,
            lambda *news: self.news.append(news),
            patience=patience,
            **options,
        )

    def make_source(self) -> Source:
        """A new source every time, as in life."""
        source = FakeSource(self._openings)
        source.captures = self.captures
        source.comes_back = self.comes_back
        return source

    @property
    def statuses(self) -> list[str]:
        """What was told, without repetitions."""
        return [status for status, _ in itertools.groupby(status for status, _ in self.news)]

    def __enter__(self) -> "Run":
        self.capture.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.capture.stop()


def test_frames_of_a_camera_arrive_and_it_is_live() -> None:
    with Run(endless()) as run:
        assert wait_until(lambda: len(run.frames) > 5)
    assert run.news == [("live", "")]
    assert [frame.index for frame in run.frames] == list(range(len(run.frames)))


def test_stopping_releases_the_camera() -> None:
    with Run(endless()) as run:
        assert wait_until(lambda: run.frames)
        assert run.capture.stop()
        assert run.captures[0].released == 1
        count = len(run.frames)
        assert not wait_until(lambda: len(run.frames) > count, 0.1)


@pytest.mark.parametrize(
    ("end", "patience"),
    [
        pytest.param([False] * 40, PATIENT, id="read returns False"),
        pytest.param([None] * 40, PATIENT, id="read returns None"),
        pytest.param([RuntimeError("the driver is confused")], PATIENT, id="read raises"),
        pytest.param([picture()] * 2000, QUICK, id="the same picture for ever"),
    ],
)
def test_a_lost_camera_is_told_and_comes_back_by_itself(end: list[Any], patience: Patience) -> None:
    gone = SourceError("Camera 0 did not open.")
    with Run([*pictures(4), *end], gone, gone, endless(), patience=patience) as run:
        assert wait_until(lambda: run.statuses == ["live", "reconnecting", "live"])
        assert "Retrying every few seconds" in next(words for status, words in run.news if status == "reconnecting")
        before = len(run.frames)
        assert wait_until(lambda: len(run.frames) > before)
    seconds = [frame.seconds for frame in run.frames]
    assert seconds == sorted(seconds)
    assert [frame.index for frame in run.frames] == list(range(len(seconds)))


def test_a_read_that_blocks_for_ever_is_noticed_and_left_alone() -> None:
    block = Block()
    with Run([*pictures(4), block], endless(), patience=QUICK) as run:
        assert block.reached.wait(20)
        assert wait_until(lambda: "reconnecting" in run.statuses)
        assert wait_until(lambda: run.statuses[-1] == "live")
        assert run.captures[0].released == 0
        block.release()
        assert wait_until(lambda: run.captures[0].released == 1)


def test_a_stall_is_noticed_within_three_seconds_with_the_usual_patience() -> None:
    patience = Patience()
    assert patience.read_seconds + 2 * ROUND_SECONDS < 3  # a busy machine's clock would prove nothing
    block = Block()
    with Run([*pictures(2), block], patience=patience) as run:
        assert wait_until(lambda: any("does not respond" in words for _, words in run.news))
        block.release()


def test_stopping_does_not_wait_for_a_read_that_blocks() -> None:
    block = Block()
    with Run([*pictures(2), block], patience=Patience(stop_seconds=0.2)) as run:
        assert block.reached.wait(20)
        assert not run.capture.stop()
        block.release()
        assert wait_until(lambda: run.captures[0].released == 1)


def test_what_a_left_alone_read_still_gives_is_not_shown() -> None:
    block = Block()

    def late() -> Iterator[Any]:
        yield from pictures(2)
        yield block
        yield from endless()

    with Run(late(), patience=QUICK) as run:
        assert block.reached.wait(20)
        assert wait_until(lambda: "reconnecting" in run.statuses)
        count = len(run.frames)
        block.release()
        assert not wait_until(lambda: len(run.frames) > count, 0.3)


def test_only_the_reader_of_the_moment_is_heard() -> None:
    with Run(endless()) as run:
        assert wait_until(lambda: run.frames)
        stranger = _SourceReader(FakeSource(iter([])), run.capture._accept, entered=False)
        late = picture(99)
        run.capture._accept(stranger, Frame(late, 0.0, 0.0, 0))
        assert not any(frame.image is late for frame in run.frames)


def test_no_more_than_two_blocked_reads_are_ever_left_alone() -> None:
    blocks = [Block() for _ in range(5)]
    with Run(*([picture(), block] for block in blocks), patience=QUICK) as run:
        assert wait_until(lambda: blocks[1].reached.is_set())
        assert not wait_until(lambda: blocks[2].reached.is_set(), 2)
        readers = [thread for thread in threading.enumerate() if thread.name == "capture-reader"]
        assert len(readers) <= 2
        for block in blocks:
            block.release()
        assert wait_until(lambda: len(run.captures) > 2)


def test_an_opening_that_blocks_is_noticed() -> None:
    block = Block()

    def slow_open(*_: object) -> FakeCapture:
        block.wait()
        return FakeCapture(opens=False)

    run = Run(patience=QUICK)
    run.make_source = lambda: Webcam(0, open_capture=slow_open)  # type: ignore[method-assign]
    with run:
        assert wait_until(lambda: run.statuses == ["failed"])
        assert "does not respond" in run.news[0][1]
        block.release()


def test_a_camera_that_never_opened_has_failed_and_is_tried_again() -> None:
    with Run(SourceError("Camera 3 did not open."), SourceError("Camera 3 did not open."), endless()) as run:
        assert wait_until(lambda: run.statuses == ["failed", "live"])
        assert run.news[0][1].startswith("Camera 3 did not open.")


def test_a_file_that_cannot_be_read_is_not_tried_again() -> None:
    run = Run(SourceError("It is no film."), endless())
    run.comes_back = False
    with run:
        assert wait_until(lambda: run.news == [("failed", "It is no film.")])
        assert not wait_until(lambda: run.frames, 0.3)


def test_another_source_steps_in_when_the_first_gives_nothing_at_all() -> None:
    clip = FakeSource(iter([endless()]), name="Demo clip")
    with Run(NoCameraError("Camera 0 was not found."), fallback=lambda: clip) as run:
        assert wait_until(lambda: run.frames)
        assert run.news == [("live", "No camera found, so the demo clip is playing.")]


def test_a_camera_that_is_there_but_did_not_open_is_not_called_missing() -> None:
    clip = FakeSource(iter([endless()]), name="Demo clip")
    with Run(SourceError("Camera 0 did not open."), fallback=lambda: clip) as run:
        assert wait_until(lambda: run.frames)
        assert run.news == [("live", "Camera 0 did not open. The demo clip is playing instead.")]


def test_no_other_source_steps_in_for_a_camera_that_was_lost() -> None:
    clip = FakeSource(iter([endless()]), name="Demo clip")
    with Run([*pictures(4), *[False] * 40], endless(), fallback=lambda: clip) as run:
        assert wait_until(lambda: run.statuses == ["live", "reconnecting", "live"])
        assert clip.captures == []


def test_a_camera_behind_its_cover_goes_on_with_a_hint() -> None:
    uncovered = threading.Event()
    dark = itertools.takewhile(lambda _: not uncovered.is_set(), itertools.repeat(picture(), 3000))
    with Run([picture()] * 2000, itertools.chain(dark, endless()), patience=QUICK) as run:
        assert wait_until(lambda: any("cover" in words for _, words in run.news))
        assert run.statuses[-1] == "live"
        assert len(run.captures) == 2
        uncovered.set()
        assert wait_until(lambda: run.news[-1] == ("live", ""))


def test_a_source_that_is_open_already_is_used_and_released() -> None:
    source = FakeSource(iter([endless()]))
    source.__enter__()
    with Run(prepared=source) as run:
        assert wait_until(lambda: len(run.frames) > 2)
    assert source.captures[0].released == 1 and len(source.captures) == 1
    assert run.captures == []


def test_a_source_that_cannot_be_is_told() -> None:
    news: list[tuple[str, str]] = []

    def impossible() -> Source:
        raise SourceError("There is no camera 1000.")

    capture = Capture(impossible, lambda _: None, lambda *words: news.append(words), patience=PATIENT)
    capture.start()
    assert wait_until(lambda: news == [("failed", "There is no camera 1000.")])
    assert capture.stop()
