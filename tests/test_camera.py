"""Tests of camera.py: one session for everybody, over fake cameras and fake stages."""

import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from fakes import Block, FakeCapture, FakeSource, FakeStages, endless, picture, wait_until, write_film

from camera import VideoCamera
from faces.errors import DetectorError, ModelError, NoCameraError, SettingsError, SourceError
from faces.places import PROGRAM
from faces.records import Image
from live import session as session_module
from live.capture import Patience
from live.session import Wish
from sources.base import Source
from sources.choose import open_source

PATIENCE = Patience(open_seconds=20, read_seconds=20, retry_seconds=(0.05, 0.1), stop_seconds=1.0)
"""Takes no pause of a busy machine for a stall, and tries again at once."""


class Rig:
    """A VideoCamera whose cameras and stages are fakes."""

    def __init__(self, *openings: Any, stages: FakeStages | None = None, pause: float = 0.01, **options: Any) -> None:
        self.openings: Iterator[Any] = iter(openings) if openings else itertools.repeat(None)
        self.captures: list[FakeCapture] = []
        self.opened: list[str] = []
        self.detectors: list[str] = []
        self.stages = stages or FakeStages()
        self._pause = pause
        self.camera = VideoCamera(
            **{"make_stages": self.make_stages, "open_source": self.open_source, "patience": PATIENCE, **options}
        )

    def open_source(self, text: str, wish: Wish) -> Source:
        if not text.isdigit():
            return open_source(text)
        self.opened.append(text)
        scripts = (endless() if script is None else script for script in self.openings)
        source = FakeSource(scripts, name=f"Camera {text}", pause=self._pause)
        source.captures = self.captures
        return source

    def make_stages(self, detector: str) -> FakeStages:
        self.detectors.append(detector)
        return self.stages

    def status(self) -> str:
        return self.camera.state().status

    def __enter__(self) -> "Rig":
        return self

    def __exit__(self, *_: object) -> None:
        self.camera.close()


def size(jpeg: bytes) -> tuple[int, int]:
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image.shape[1], image.shape[0]


def test_get_frame_starts_the_camera_and_gives_jpeg_pictures() -> None:
    with Rig() as rig:
        assert size(rig.camera.get_frame()) == (64, 48)
        assert rig.opened == ["0"]


def test_a_camera_that_nobody_refers_to_is_released() -> None:
    captures: list[FakeCapture] = []

    def open_source(text: str, wish: Wish) -> Source:
        source = FakeSource(itertools.repeat(endless()))
        source.captures = captures
        return source

    VideoCamera(make_stages=lambda _: FakeStages(), open_source=open_source).get_frame()
    assert [capture.released for capture in captures] == [1]


def test_a_program_that_ends_releases_its_camera_first() -> None:
    code = (
        "import itertools, sys; sys.path.append('tests')\n"
        "from fakes import FakeCapture, FakeSource, FakeStages, endless\n"
        "from camera import VideoCamera\n"
        "FakeCapture.release = lambda self: print('released')\n"
        "openings = itertools.repeat(endless())\n"
        "camera = VideoCamera(make_stages=lambda _: FakeStages(), open_source=lambda *_: FakeSource(openings))\n"
        "camera.get_frame()\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=PROGRAM, capture_output=True, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("released\n", "")


def test_get_frame_never_gives_the_same_picture_twice() -> None:
    with Rig() as rig:
        frames = [rig.camera.get_frame() for _ in range(5)]
    assert len(set(frames)) == 5


def test_get_frame_of_a_camera_that_failed_says_why() -> None:
    with Rig(SourceError("Camera 0 did not open."), source=0) as rig, pytest.raises(SourceError, match="did not open"):
        rig.camera.get_frame()


def test_get_frame_after_stop_does_not_start_the_camera_again() -> None:
    with Rig() as rig:
        rig.camera.get_frame()
        rig.camera.stop()
        with pytest.raises(SourceError, match="stopped"):
            rig.camera.get_frame()
        assert rig.status() == "stopped"


def test_many_viewers_share_one_capture_one_inference_and_one_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    import faces.encode

    encoded: list[int] = []
    encode = faces.encode.encode

    def counting(image: Image) -> bytes:
        encoded.append(1)
        return encode(image)

    monkeypatch.setattr(faces.encode, "encode", counting)
    with Rig() as rig:
        got: list[int] = []

        def view() -> None:
            number = 0
            with rig.camera.watching():
                for _ in range(10):
                    issue = rig.camera.pictures.wait(number, 5)
                    if issue is not None:
                        number = issue.number
                        got.append(number)

        rig.camera.start()
        viewers = [threading.Thread(target=view) for _ in range(8)]
        for viewer in viewers:
            viewer.start()
        for viewer in viewers:
            viewer.join(10)
        rig.camera.stop()
        assert len(got) == 80
        assert len(rig.captures) == 1
        assert len(rig.stages.indexes) == len(set(rig.stages.indexes))
        assert len(encoded) <= len(rig.stages.indexes) + 3  # and a card at the start and at the end


def test_slow_inference_takes_the_newest_frame_and_skips_the_others() -> None:
    with Rig(stages=FakeStages(seconds=0.1)) as rig, rig.camera.watching():
        rig.camera.start()
        assert wait_until(lambda: len(rig.stages.indexes) > 4)
        gaps = np.diff(rig.stages.indexes[1:])
        assert gaps.max() > 1
        state = rig.camera.state()
        assert state.inference_fps < state.capture_fps


def test_work_slows_down_when_nobody_watches_and_is_live_at_once_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "IDLE_PAUSE_SECONDS", 30.0)
    with Rig() as rig:
        rig.camera.start()
        assert wait_until(lambda: rig.captures)
        assert not wait_until(lambda: len(rig.stages.indexes) > 0, 0.5)
        with rig.camera.watching():
            assert wait_until(lambda: len(rig.stages.indexes) > 3)
        count = len(rig.stages.indexes)
        assert not wait_until(lambda: len(rig.stages.indexes) > count + 1, 0.5)
        rig.camera.state()
        assert wait_until(lambda: len(rig.stages.indexes) > count + 3)


@pytest.mark.parametrize("count", [0, 1, 20])
def test_the_state_tells_every_face(count: int) -> None:
    with Rig(stages=FakeStages(count)) as rig:
        rig.camera.get_frame()
        state = rig.camera.state()
        assert len(state.faces) == count
        assert state.status == "live"
        assert state.source == "Camera 0"
        assert state.age_ms is not None and 0 <= state.age_ms < 5000


def test_without_any_camera_the_demo_clip_plays_and_says_so() -> None:
    with Rig(NoCameraError("Camera 0 was not found.")) as rig:
        rig.camera.get_frame()
        state = rig.camera.state()
        assert (state.status, state.source) == ("demo", "Demo clip")
        assert rig.camera.news() == state.message == "No camera found, so the demo clip is playing."
        assert rig.camera.choice().source == "demo"


def test_spaces_around_a_source_do_not_hide_that_it_is_the_demo_clip() -> None:
    with Rig(source=" demo\n") as rig:
        rig.camera.get_frame()
        assert (rig.camera.state().kind, rig.status()) == ("demo", "demo")
        rig.camera.start("0")
        assert wait_until(lambda: rig.status() == "live")
        rig.camera.start("  demo ")
        assert wait_until(lambda: (rig.camera.state().kind, rig.status()) == ("demo", "demo"))


def test_a_camera_that_was_asked_for_is_never_replaced_by_the_demo_clip() -> None:
    with Rig(*[SourceError("Camera 7 was not found.")] * 50, endless(), source=7) as rig:
        rig.camera.start()
        assert wait_until(lambda: rig.status() == "failed")
        state = rig.camera.state()
        assert "Camera 7 was not found." in state.message and "Retrying" in state.message
        assert state.retrying
        assert state.faces == () and state.age_ms is None


def test_the_attempts_at_a_camera_that_failed_can_be_stopped() -> None:
    with Rig(*[SourceError("Camera 7 was not found.")] * 2000, source=7) as rig:
        rig.camera.start()
        assert wait_until(lambda: rig.camera.state().retrying)
        rig.camera.stop()
        assert (rig.status(), rig.camera.state().retrying) == ("stopped", False)
        tried = len(rig.opened)
        assert not wait_until(lambda: len(rig.opened) > tried, 0.3)


def test_a_lost_camera_is_told_while_it_is_gone_and_comes_back() -> None:
    gone = SourceError("Camera 0 did not open.")
    with Rig([picture(1), picture(2), *[False] * 30], *[gone] * 10, endless()) as rig:
        rig.camera.start()
        assert wait_until(lambda: rig.status() == "reconnecting")
        assert rig.camera.state().faces == ()
        assert wait_until(lambda: rig.status() == "live")
        rig.camera.get_frame()


def test_stop_releases_the_camera_and_shows_nothing_of_it_any_more() -> None:
    with Rig() as rig:
        rig.camera.get_frame()
        rig.camera.stop()
        assert rig.captures[0].released == 1
        newest = rig.camera.pictures.newest()
        assert newest is not None and newest.value.shot is None
        state = rig.camera.state()
        assert (state.status, state.faces, state.age_ms) == ("stopped", (), None)


def test_stop_with_a_blocked_read_comes_back_and_says_so() -> None:
    block = Block()
    with Rig([picture(), block]) as rig:
        rig.camera.start()
        assert block.reached.wait(20)
        rig.camera.stop()
        assert rig.camera.stuck
        assert "released as soon as" in rig.camera.state().message
        rig.camera.stop()
        assert rig.camera.stuck
        assert "released as soon as" in rig.camera.state().message
        block.release()
        assert wait_until(lambda: not rig.camera.stuck)
        assert rig.captures[0].released == 1
        rig.camera.stop()
        assert rig.camera.state().message == ""


def test_a_camera_that_another_start_left_behind_is_still_known_to_be_held() -> None:
    block = Block()
    with Rig([picture(), block], endless()) as rig:
        rig.camera.start()
        assert block.reached.wait(20)
        rig.camera.start("1")
        assert wait_until(lambda: rig.status() == "live")
        rig.camera.stop()
        assert rig.camera.stuck and rig.captures[1].released == 1
        block.release()
        assert wait_until(lambda: not rig.camera.stuck)


def test_fifty_starts_and_stops_leave_no_thread_and_no_open_camera() -> None:
    with Rig() as rig:
        rig.camera.get_frame()
        rig.camera.stop()
        threads = threading.active_count()
        for _ in range(50):
            rig.camera.start()
            rig.camera.stop()
        assert threading.active_count() == threads
        assert all(capture.released == 1 for capture in rig.captures)


def test_fifty_starts_and_stops_of_a_film_leave_no_open_file(tmp_path: Path) -> None:
    files = Path("/proc/self/fd")
    if not files.is_dir():
        pytest.skip("open files can be counted on Linux only")
    film = str(write_film(tmp_path / "film.mp4", 10))
    with Rig(source=film) as rig:
        rig.camera.get_frame()
        rig.camera.stop()
        before = len(list(files.iterdir()))
        for _ in range(50):
            rig.camera.start()
            assert wait_until(lambda: rig.status() == "live")
            rig.camera.stop()
        assert len(list(files.iterdir())) <= before


def test_a_start_with_another_source_releases_the_first() -> None:
    with Rig() as rig:
        rig.camera.get_frame()
        rig.camera.start("1")
        assert wait_until(lambda: rig.captures[0].released == 1)
        assert wait_until(lambda: rig.camera.state().source == "Camera 1" and rig.status() == "live")


def test_a_start_with_nothing_new_leaves_the_session_alone() -> None:
    with Rig() as rig:
        rig.camera.get_frame()
        rig.camera.start()
        rig.camera.start(mirror=False)
        assert len(rig.captures) == 1


def test_another_resolution_opens_the_camera_anew_and_stays_for_the_next_start() -> None:
    asked = list[tuple[int, int]]()
    with Rig() as rig:

        def open_asked(text: str, wish: Wish) -> Source:
            asked.append((wish.width, wish.height))
            return rig.open_source(text, wish)

        rig.camera = VideoCamera("0", make_stages=rig.make_stages, open_source=open_asked, patience=PATIENCE)
        rig.camera.get_frame()
        rig.camera.start(resolution=(640, 480))
        assert len(rig.captures) == 1
        rig.camera.start(resolution=(1280, 720))
        assert wait_until(lambda: len(rig.captures) == 2)
        rig.camera.stop()
        rig.camera.start()
        rig.camera.get_frame()
    assert asked == [(640, 480), (1280, 720), (1280, 720)]


def test_a_start_during_the_start_does_not_open_the_camera_again() -> None:
    with Rig() as rig:
        for _ in range(3):
            rig.camera.start()
        rig.camera.start(mirror=False)
        rig.camera.get_frame()
        assert len(rig.captures) == 1 and not rig.camera.choice().mirror


def test_a_source_that_is_open_already_is_taken_though_another_start_came_before() -> None:
    with Rig() as rig:
        rig.camera.get_frame()
        prepared = FakeSource(itertools.repeat(endless()))
        prepared.__enter__()
        rig.camera.start(prepared=prepared)
        rig.camera.get_frame()
    assert [capture.released for capture in prepared.captures] == [1]


def test_threads_that_ask_for_the_first_picture_at_once_open_one_camera() -> None:
    with Rig() as rig:
        threads = [threading.Thread(target=rig.camera.get_frame) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert len(rig.captures) == 1


def test_a_start_that_cannot_be_changes_nothing() -> None:
    with Rig() as rig:
        rig.camera.get_frame()
        with pytest.raises(SourceError, match="ftp"):
            rig.camera.start("ftp://camera")
        with pytest.raises(SettingsError, match="no detector"):
            rig.camera.start(detector="crystal ball")
        assert rig.status() == "live"
        assert rig.camera.choice().source == "0"
        assert len(rig.captures) == 1


def test_another_detector_is_used_without_opening_the_camera_again() -> None:
    from faces.detect import available_detectors

    names = [name for name, _, problem in available_detectors() if problem is None]
    with Rig(detector="other") as rig:
        rig.camera.get_frame()
        rig.camera.start(detector=names[0])
        assert wait_until(lambda: rig.detectors == ["other", names[0]])
        assert len(rig.captures) == 1


def test_a_detector_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.onnx"
    file.touch()
    with Rig() as rig:
        rig.camera.get_frame()
        rig.camera.start(detector=f"yunet:{file}")
        assert wait_until(lambda: rig.detectors == ["auto", f"yunet:{file}"])


def left_is_bright(jpeg: bytes) -> bool:
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    return bool(image[:, :16].mean() > image[:, -16:].mean())


def half_bright() -> Iterator[Any]:
    for level in itertools.cycle(range(200, 250)):
        image = np.zeros((48, 64, 3), np.uint8)
        image[:, :32] = level
        yield image


def test_a_webcam_is_mirrored_unless_it_shall_not_be() -> None:
    with Rig(half_bright(), half_bright(), stages=FakeStages(0)) as rig:
        assert not left_is_bright(rig.camera.get_frame())
        assert rig.camera.choice().mirror
        rig.camera.stop()
        assert rig.camera.choice().mirror, "as it will be at the next start"
        rig.camera.start()
        rig.camera.start(mirror=False)
        assert wait_until(lambda: left_is_bright(rig.camera.get_frame()))
    with Rig(half_bright(), stages=FakeStages(0), mirror=False) as rig:
        assert left_is_bright(rig.camera.get_frame())


def test_a_film_is_not_mirrored_by_itself(tmp_path: Path) -> None:
    with Rig(source=str(write_film(tmp_path / "film.mp4"))) as rig:
        rig.camera.get_frame()
        assert not rig.camera.choice().mirror


def test_a_missing_model_is_told_and_the_camera_released() -> None:
    def broken(_: str) -> Any:
        raise ModelError("model.json is missing. Run train.py.")

    with Rig(make_stages=broken) as rig:
        rig.camera.start()
        assert wait_until(lambda: rig.status() == "failed")
        assert rig.camera.state().message == "model.json is missing. Run train.py."
        assert all(capture.released for capture in rig.captures)
        assert not rig.camera.state().retrying


def test_a_mistake_in_a_stage_is_told_instead_of_freezing_the_picture() -> None:
    class Mistaken(FakeStages):
        def process(self, frame: Any) -> Any:
            raise ZeroDivisionError("division by zero")

    with Rig(stages=Mistaken()) as rig:
        rig.camera.start()
        assert wait_until(lambda: rig.status() == "failed")
        assert "division by zero" in rig.camera.state().message


@pytest.mark.parametrize("when", ["made", "used", "after good pictures"])
def test_where_the_detector_fails_the_cascade_goes_on_and_everybody_is_told(when: str) -> None:
    good = 3 if when == "after good pictures" else 0

    class Broken(FakeStages):
        def process(self, frame: Any) -> Any:
            if len(self.indexes) == good:
                raise DetectorError("The search for faces failed: no memory.")
            return super().process(frame)

    class Breaking(Rig):
        def make_stages(self, detector: str) -> FakeStages:
            stages = super().make_stages(detector)
            if detector == "haar":
                return stages
            if when == "made":
                raise DetectorError("The face finder's model is missing.")
            return Broken()

    with Breaking() as rig, rig.camera.watching():
        rig.camera.start()
        assert rig.camera.get_frame()
        assert wait_until(lambda: rig.detectors == ["auto", "haar"])
        assert rig.camera.choice().detector == "haar"
        assert rig.status() == "live"
        assert wait_until(lambda: "The cascade goes on alone" in rig.camera.state().message)


def test_where_the_cascade_itself_fails_that_is_told() -> None:
    class Broken(FakeStages):
        def process(self, frame: Any) -> Any:
            raise DetectorError("The search for faces failed.")

    with Rig(stages=Broken(), detector="haar") as rig:
        rig.camera.start()
        assert wait_until(lambda: rig.status() == "failed")


def test_a_change_is_published_when_a_face_shows_something_else_and_not_with_every_frame() -> None:
    with Rig() as rig, rig.camera.watching():
        rig.camera.get_frame()
        assert wait_until(lambda: len(rig.stages.indexes) > 5)
        first = rig.camera.changes.newest()
        assert first is not None
        assert rig.camera.changes.wait(first.number, 0.3) is None
        rig.stages.emotion = "sad"
        assert rig.camera.changes.wait(first.number, 5) is not None


def test_memory_stays_flat_while_inference_is_slower_than_the_camera() -> None:
    with Rig(stages=FakeStages(seconds=0.05), pause=0.0) as rig, rig.camera.watching():
        rig.camera.start()
        assert wait_until(lambda: len(rig.stages.indexes) > 5)
        assert rig.stages.indexes[-1] > 5 * len(rig.stages.indexes)


def test_the_age_is_the_age_of_the_camera_picture() -> None:
    with Rig([picture(1), picture(2), Block()]) as rig:
        rig.camera.get_frame()
        first = rig.camera.state().age_ms
        time.sleep(0.2)
        second = rig.camera.state().age_ms
        assert first is not None and second is not None
        assert 150 < second - first < 3000 or second < first


def test_nothing_is_left_running_after_close() -> None:
    before = threading.active_count()
    with Rig() as rig:
        rig.camera.get_frame()
    assert wait_until(lambda: threading.active_count() <= before)
    assert rig.camera.pictures.closed and rig.camera.changes.closed
