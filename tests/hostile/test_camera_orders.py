"""Orders to cameras whose drivers stall, and to sessions that failed: the newest wish wins, at once."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import Block, FakeSource, FakeStages, endless, json_of, wait_until

from camera import VideoCamera
from faces.errors import SourceError
from faces.records import Frame, Shot
from live.session import STUCK_SESSIONS_ALLOWED, Wish
from main import create_app
from sources.base import Source


class Stalled(Source):
    """A camera whose driver does not return from opening it."""

    name = "Camera 0"
    comes_back = True

    def __init__(self, block: Block) -> None:
        super().__init__()
        self._block = block

    def __iter__(self) -> Iterator[Frame]:
        return iter(())

    def _open(self) -> None:
        self._block.wait()
        raise SourceError("It was stalled.")

    def _close(self) -> None: ...


class Broken(FakeStages):
    """A detector with a mistake in it."""

    def process(self, frame: Frame) -> Shot:
        raise RuntimeError("a tensor is missing")


@pytest.fixture
def block() -> Iterator[Block]:
    block = Block()
    yield block
    block.release()


def stalling(block: Block) -> VideoCamera:
    def open_source(text: str, wish: Wish) -> Source:
        return Stalled(block) if text.isdigit() else FakeSource(iter([endless()]), name=text)

    return VideoCamera(open_source=open_source, make_stages=lambda _: FakeStages())


def test_a_hundred_starts_of_a_stalled_camera_block_neither_a_request_nor_the_next_source(block: Block) -> None:
    with stalling(block) as camera:
        client = create_app(camera).test_client()
        before = threading.active_count()
        client.post("/api/camera", json={"action": "start", "source": 0})
        assert block.reached.wait(10)
        client.post("/api/camera", json={"action": "stop"})
        names = {thread.name for thread in threading.enumerate()}
        assert "camera-release" in names, "the order was answered before the driver let the camera go"
        for number in range(100):
            order = {"action": "stop"} if number % 2 else {"action": "start", "source": number % 3}
            assert client.post("/api/camera", json=order).status_code == 200
        assert json_of(client.post("/api/camera", json={"action": "start", "source": "demo"}))
        assert wait_until(lambda: camera.state().status == "demo", 2.0), "no stalled driver is waited for"
        assert wait_until(lambda: threading.active_count() <= before + 4 + 3 * STUCK_SESSIONS_ALLOWED * 3)
        assert json_of(client.get("/api/state"))["source"]["name"] == "demo"
        block.release()
        assert wait_until(lambda: not camera.stuck)
        assert camera.state().status == "demo"


def test_a_stalled_camera_is_not_tried_again_and_again_while_its_driver_is_blocked(block: Block) -> None:
    with stalling(block) as camera:
        for _ in range(STUCK_SESSIONS_ALLOWED):
            block.reached.clear()
            camera.start(0)
            assert block.reached.wait(20)
            camera.stop(wait=False)
        camera.start(0)
        assert wait_until(lambda: camera.state().status == "failed", 20.0)
        assert "driver does not respond" in camera.state().message
        block.release()


def test_a_session_whose_pictures_could_not_be_worked_on_comes_back_with_a_detector(tmp_path: Path) -> None:
    file = tmp_path / "bad.onnx"
    file.touch()
    with VideoCamera(
        make_stages=lambda detector: FakeStages() if detector == "haar" else Broken(),
        open_source=lambda text, _: FakeSource(iter([endless(), endless()]), name=text),
    ) as camera:
        camera.start(detector=f"yunet:{file}")
        assert wait_until(lambda: camera.state().status == "failed")
        camera.adjust(detector="haar")
        assert wait_until(lambda: camera.state().status == "live")
