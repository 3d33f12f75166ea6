"""Tests of web/recent.py: which cameras are listened to, and for how long."""

from collections.abc import Iterator

import numpy as np
import pytest
from fakes import FakeSource, FakeStages, endless, wait_until

from camera import VideoCamera
from faces.calibrate import Resting
from web.recent import Recent

CONFUSION = np.ones((7, 8), np.int64)


@pytest.fixture
def recent() -> Iterator[Recent]:
    made = Recent(lambda: {"confusion": CONFUSION})
    yield made
    made.close()


def camera_of(faces: int, stages: FakeStages | None = None) -> VideoCamera:
    openings = iter([endless(), endless()])
    found = stages or FakeStages(faces)
    return VideoCamera("0", make_stages=lambda detector: found, open_source=lambda text, wish: FakeSource(openings))


def test_each_camera_has_its_own_last_minutes(recent: Recent) -> None:
    with camera_of(1) as one, camera_of(2) as other:
        for camera in (one, other):
            camera.start()
            assert recent.record(camera, 60).persons == ()  # the first question begins it
        assert wait_until(lambda: recent.record(one, 60).persons == (1,))
        assert wait_until(lambda: recent.record(other, 60).persons == (1, 2))


def test_an_answer_can_say_how_sure_it_is(recent: Recent) -> None:
    with camera_of(1) as camera:
        assert recent.record(camera, 60).confusion is CONFUSION


def test_tension_is_answered_once_somebody_has_a_resting_face(recent: Recent) -> None:
    stages = FakeStages(1)
    with camera_of(1, stages) as camera:
        camera.start()
        assert wait_until(lambda: camera.calibrator() is not None)
        assert recent.record(camera, 60).rest is None
        stages.calibrator.use(1, Resting((0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0), 12.0, 300))
        rest = recent.record(camera, 60).rest
        assert rest is not None and rest.scores == pytest.approx((0, 0, 0, 0, 1, 0, 0))


def test_a_question_does_not_make_the_camera_work_at_full_speed(recent: Recent) -> None:
    with camera_of(1) as camera:
        recent.record(camera, 60)
        assert not camera._viewers._needed()


def test_a_visitor_who_left_is_not_held(recent: Recent) -> None:
    with camera_of(1) as camera, camera_of(1) as gone:
        recent.record(gone, 60)
        gone.close()
        recent.record(camera, 60)
        assert list(recent._open) == [camera]


def test_nobody_listens_any_more_after_the_close() -> None:
    recent = Recent()
    with camera_of(1) as camera:
        recent.record(camera, 60)
        assert camera._listeners._all
        recent.close()
        assert not camera._listeners._all
