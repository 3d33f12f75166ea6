"""Tests of timeline/rolling.py: a camera is played for long, and only its last seconds are answered from."""

from datetime import UTC, datetime

import pytest
from fakes import picture
from played import face

from faces.records import Frame, Shot
from timeline.record import Gap, Record
from timeline.rolling import RollingTimeline
from timeline.uses.activity import Activity

BEGAN = datetime(2026, 3, 1, 18, tzinfo=UTC)


class Camera:
    """Sends shots as time passes."""

    def __init__(self, keep_seconds: float = 20.0) -> None:
        self.now = 100.0
        self.rolling = RollingTimeline(keep_seconds=keep_seconds)
        self._shown = self.now
        self._image = picture()

    def show(self, seconds: float, *emotions: str, fps: int = 10) -> None:
        for _ in range(round(seconds * fps)):
            own, self._shown = self.now - 100.0, self.now
            faces = tuple(face(number, emotion) for number, emotion in enumerate(emotions, start=1))
            self.rolling.add(Shot(Frame(self._image, own, BEGAN.timestamp() + own, round(own * fps)), faces))
            self.now += 1 / fps

    def record(self, seconds: float) -> Record:
        return self.rolling.record(seconds, silent_seconds=self.now - self._shown)


def shortened(record: Record) -> list[Gap]:
    return [Gap(round(gap.start, 3), round(gap.end, 3)) for gap in record.gaps]


@pytest.fixture
def camera() -> Camera:
    return Camera()


def test_before_the_first_shot_there_is_nothing(camera: Camera) -> None:
    record = camera.record(10)
    assert (record.length, record.persons) == (0.0, ())
    assert Activity().answer(record).whole.predominant.emotion is None


def test_only_the_last_seconds_are_answered_from(camera: Camera) -> None:
    camera.show(8, "happy")
    camera.show(6, "sad")
    record = camera.record(6)
    assert record.start == pytest.approx(8) and record.end == pytest.approx(14)
    answer = Activity().answer(record)
    assert answer.whole.predominant.emotion == "sad"
    assert answer.whole.seen_seconds == pytest.approx(6)
    assert record.started_at is not None
    assert (record.started_at - BEGAN).total_seconds() == pytest.approx(8)


def test_what_is_older_than_is_kept_is_forgotten_and_what_is_younger_never(camera: Camera) -> None:
    for _ in range(6):
        camera.show(11, "happy")
        length = camera.record(600).length  # cut at a whole second
        assert length == pytest.approx(min(20, camera.now - 100), abs=0.5)
    begun = [one for one in (camera.rolling._older, camera.rolling._younger) if one is not None]
    assert max(len(one.timeline.record().seconds) for one in begun) <= 2 * 20 + 1


def test_the_second_that_is_not_over_is_told_too(camera: Camera) -> None:
    camera.show(12.4, "happy")
    assert camera.record(5).end == pytest.approx(12.4)


def test_while_the_camera_is_silent_time_goes_on_with_a_gap(camera: Camera) -> None:
    camera.show(5, "happy")
    camera.now += 10
    record = camera.record(12)
    assert record.start == 3 and record.end == pytest.approx(15)
    assert shortened(record) == [Gap(5.9, 15)]
    camera.show(1, "happy")
    assert shortened(camera.record(600)) == [Gap(5.9, 15)]


def test_a_camera_that_is_started_again_begins_with_nothing(camera: Camera) -> None:
    camera.show(5, "happy")
    camera.rolling.forget()
    camera.show(2, "sad")
    record = camera.record(600)
    assert record.length == pytest.approx(2)
    assert Activity().answer(record).whole.predominant.emotion == "sad"


def test_who_left_before_is_nobody_of_the_last_seconds(camera: Camera) -> None:
    camera.show(4, "happy", "sad")
    camera.show(6, "happy")
    assert camera.record(600).persons == (1, 2)
    assert camera.record(4).persons == (1,)
