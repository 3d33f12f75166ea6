"""Tests of web/recording.py, and of how a camera tells its listeners: with a real camera around fake pictures."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes import FakeSource, FakeStages, pictures, wait_until

from camera import VideoCamera
from faces.calibrate import Resting
from faces.errors import ConflictError, NotFoundError, StoreError
from sessions.values import Batch, SessionDetails
from timeline.uses.tension import Tension
from web.recording import Recordings


@pytest.fixture
def stages() -> FakeStages:
    return FakeStages(2)


@pytest.fixture
def camera(stages: FakeStages) -> Iterator[VideoCamera]:
    openings = iter([pictures(400), pictures(400)])
    with VideoCamera(
        "0", make_stages=lambda detector: stages, open_source=lambda text, wish: FakeSource(openings, pause=0.01)
    ) as camera:
        camera.start()
        yield camera


@pytest.fixture
def recordings(tmp_path: Path) -> Iterator[Recordings]:
    made = Recordings(str(tmp_path / "sessions.db"), lambda: {"weights": "ab", "settings": {"unsure_below": 0.3}})
    yield made
    made.close()


def test_nothing_is_recorded_and_nothing_is_made_unless_somebody_asks(
    camera: VideoCamera, recordings: Recordings, tmp_path: Path
) -> None:
    assert recordings.state(camera) is None
    assert not recordings.kept
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(NotFoundError, match="Press Record"):
        recordings.current(camera)


def test_a_recorded_session_says_with_what_it_was_seen(camera: VideoCamera, recordings: Recordings) -> None:
    assert wait_until(lambda: camera.state().source)
    about = recordings.start(camera, SessionDetails(name="Probe")).about
    assert (about.name, about.source, about.weights) == ("Probe", "Camera 0", "ab")
    assert about.settings["detector"] == "auto" and about.settings["unsure_below"] == 0.3


def test_a_session_keeps_the_resting_face_of_who_is_calibrated_as_their_scores_are_read(
    camera: VideoCamera, recordings: Recordings, stages: FakeStages
) -> None:
    assert wait_until(lambda: camera.calibrator() is not None)
    profile = Resting((0.1, 0.0, 0.0, 0.1, 0.5, 0.2, 0.1), 12.0, 300, datetime(2026, 2, 1, tzinfo=UTC))
    stages.calibrator.use(1, profile)
    active = recordings.start(camera, SessionDetails(name="switched on"))
    recordings.stop(camera)
    stages.calibrator.switch(active=False)
    without = recordings.start(camera, SessionDetails(name="switched off"))
    rest, plain = (recordings.store.record(saved.id).rest for saved in (active, without))
    assert rest is not None and rest.scores == pytest.approx(profile.applied(profile.scores))
    assert rest.measured_at == profile.measured_at
    assert plain is not None and plain.scores == pytest.approx(profile.scores)
    assert Tension().answer(recordings.store.record(active.id)).problem is None


def test_while_it_records_the_camera_works_at_full_speed_with_nobody_watching(
    camera: VideoCamera, recordings: Recordings, stages: FakeStages
) -> None:
    recordings.start(camera, SessionDetails(name="Probe"))
    assert wait_until(lambda: len(stages.indexes) > 40, seconds=5)
    assert camera.state().viewers == 0
    saved = recordings.stop(camera)
    assert saved.samples > 20 and saved.faces == 2 * saved.samples


def test_one_camera_is_recorded_once_at_a_time(camera: VideoCamera, recordings: Recordings) -> None:
    recordings.start(camera, SessionDetails(name="one"))
    with pytest.raises(ConflictError, match="already"):
        recordings.start(camera, SessionDetails(name="two"))
    recordings.stop(camera)
    assert recordings.start(camera, SessionDetails(name="three")).state == "recording"


def test_everybody_is_told_when_a_recording_begins_and_ends(camera: VideoCamera, recordings: Recordings) -> None:
    def number() -> int:
        newest = camera.changes.newest()
        return newest.number if newest else 0

    before = number()
    recordings.start(camera, SessionDetails(name="one"))
    assert number() > before
    before = number()
    recordings.stop(camera)
    assert number() > before


def test_the_end_of_the_program_ends_the_session(camera: VideoCamera, tmp_path: Path) -> None:
    first = Recordings(str(tmp_path / "s.db"))
    number = first.start(camera, SessionDetails(name="one")).id
    assert first.close() == []
    second = Recordings(str(tmp_path / "s.db"))
    saved = second.store.session(number)
    assert (saved.state, saved.ending) == ("ended", "the program ended")
    second.close()


def test_a_visitor_who_leaves_ends_their_session(camera: VideoCamera, recordings: Recordings) -> None:
    number = recordings.start(camera, SessionDetails(name="one")).id
    camera.close()
    assert wait_until(lambda: recordings.store.session(number).state == "ended")
    assert recordings.store.session(number).ending == "the camera was closed"
    assert recordings.state(camera) is None and not list(recordings._running)


def test_a_stop_that_the_database_does_not_take_is_told_until_it_does(
    camera: VideoCamera, recordings: Recordings, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = recordings.start(camera, SessionDetails(name="one")).id
    write = recordings.store.write

    def refuse(batch: Batch) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(recordings.store, "write", refuse)
    with pytest.raises(StoreError):
        recordings.stop(camera)
    with pytest.raises(StoreError):  # what was recorded comes first
        recordings.start(camera, SessionDetails(name="two"))
    state = recordings.state(camera)
    assert (
        state is not None and state["over"] and state["problem"].startswith("The disk is full. The session has ended")
    )
    monkeypatch.setattr(recordings.store, "write", write)
    assert wait_until(lambda: recordings.state(camera) is None)
    assert recordings.store.session(number).ending == "stopped"
    assert recordings.start(camera, SessionDetails(name="three")).state == "recording"


def test_what_could_not_be_written_until_the_end_of_the_program_is_told(
    camera: VideoCamera, recordings: Recordings, monkeypatch: pytest.MonkeyPatch
) -> None:
    recordings.start(camera, SessionDetails(name="one"))

    def refuse(batch: Batch) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(recordings.store, "write", refuse)
    (told,) = recordings.close()
    assert "'one' could not be written: The disk is full." in told


def test_a_session_that_another_program_deleted_can_be_stopped_and_is_gone(
    camera: VideoCamera, recordings: Recordings
) -> None:
    number = recordings.start(camera, SessionDetails(name="one")).id
    recordings.store.delete(number)
    assert wait_until(lambda: recordings.current(camera).over)
    state = recordings.state(camera)
    assert state is not None and "deleted" in state["problem"]
    with pytest.raises(NotFoundError, match="deleted"):
        recordings.stop(camera)
    assert recordings.state(camera) is None


def test_a_session_that_is_to_be_deleted_is_not_written_to_any_more(
    camera: VideoCamera, recordings: Recordings
) -> None:
    number = recordings.start(camera, SessionDetails(name="one")).id
    recordings.forget(number)
    recordings.store.delete(number)
    assert recordings.state(camera) is None


def test_a_camera_that_is_started_again_counts_persons_anew(
    camera: VideoCamera, recordings: Recordings, stages: FakeStages
) -> None:
    number = recordings.start(camera, SessionDetails(name="one")).id
    assert wait_until(lambda: len(stages.indexes) > 80)
    camera.stop()
    camera.start()
    count = len(stages.indexes)
    assert wait_until(lambda: len(stages.indexes) > count + 40)
    recordings.stop(camera)
    assert recordings.store.record(number).persons == (1, 2, 3, 4)
