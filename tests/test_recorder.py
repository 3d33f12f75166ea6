"""Tests of sessions/recorder.py: shots in, a session in the store, whatever happens meanwhile."""

import itertools
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from databases import postgresql
from fakes import picture, wait_until
from played import face

from faces.errors import InputError, NotFoundError, StoreError
from faces.records import Frame, Shot
from sessions.database import open_database
from sessions.recorder import BUFFER_SECONDS, Recorder
from sessions.store import Store
from sessions.values import Batch, SessionDetails
from timeline.record import Rest
from timeline.timeline import Timeline

START = datetime(2026, 3, 1, tzinfo=UTC)

IMAGE = picture()


class Clock:
    """The time that passes only when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Camera:
    """Sends shots to a recorder as time passes."""

    def __init__(self, recorder: Recorder, clock: Clock, *, fps: int = 10) -> None:
        self.recorder, self.clock, self.fps = recorder, clock, fps
        self.index, self.seconds = 7, 50.0

    def show(self, seconds: float, *emotions: str) -> None:
        for _ in range(round(seconds * self.fps)):
            frame = Frame(IMAGE, self.seconds, START.timestamp() + self.seconds - 50.0, self.index)
            self.recorder.take(Shot(frame, tuple(face(n, emotion) for n, emotion in enumerate(emotions, start=1))))
            self.pass_(1 / self.fps, frames=1)

    def pass_(self, seconds: float, *, frames: int = 0) -> None:
        """Time goes by, and the camera counts these frames."""
        self.clock.now += seconds
        self.seconds += seconds
        self.index += frames

    def start_again(self) -> None:
        self.index, self.seconds = 0, 0.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(open_database(tmp_path / "sessions.db"), now=START.timestamp)
    yield store
    store.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def recorder(store: Store, clock: Clock) -> Iterator[Recorder]:
    recorder = Recorder(
        store, SessionDetails(name="Probe"), START, clock=clock, wall=lambda: START.timestamp(), write_seconds=0.01
    )
    yield recorder
    recorder.give_up()


@pytest.fixture
def camera(recorder: Recorder, clock: Clock) -> Camera:
    return Camera(recorder, clock)


def rows_of(store: Store, number: str) -> list[tuple[float, int | None]]:
    rows = [row for frames in store.frames(number) for row in frames.rows()]
    return [(row.seconds, row.face.person if row.face else None) for row in rows]


def test_what_was_shown_is_kept_from_the_first_shot_to_the_stop(camera: Camera, store: Store) -> None:
    camera.show(2, "happy")
    camera.show(1.5, "sad", "angry")
    saved = camera.recorder.stop()
    record = store.record(saved.id)
    assert (saved.state, saved.samples, saved.faces) == ("ended", 35, 50)
    assert (record.start, record.persons) == (0.0, (1, 2))
    assert saved.seconds == record.end == pytest.approx(3.5)
    assert len(rows_of(store, saved.id)) == 50


def test_a_video_that_plays_slower_than_its_own_time_has_no_gap_and_now_is_inside_it(
    camera: Camera, store: Store, clock: Clock
) -> None:
    for _ in range(40):
        camera.show(0.1, "happy")
        clock.now += 0.1  # that it falls behind
    assert camera.recorder.state().seconds == pytest.approx(4.0, abs=0.2)
    camera.pass_(0.5)
    assert camera.recorder.state().seconds == pytest.approx(4.5, abs=0.2)
    record = store.record(camera.recorder.stop().id)
    assert not record.gaps and record.end == pytest.approx(4.5, abs=0.2)


def test_a_resting_face_that_is_made_meanwhile_counts_from_then_on(store: Store, clock: Clock) -> None:
    rest = Rest((0.1,) * 6 + (0.4,), START, 15.0, since=70.0)
    found: list[Rest | None] = [None]
    recorder = Recorder(
        store, SessionDetails(name="Probe"), START, clock=clock, rest=lambda: found[0], write_seconds=60
    )
    camera = Camera(recorder, clock)
    camera.show(3, "neutral")
    recorder.write()
    assert (recorder.record().rest, store.record(recorder.id).rest) == (None, None)
    found[0] = rest
    recorder.write()
    found[0] = replace(rest, seconds=20.0)  # a second one
    camera.show(2, "neutral")
    recorder.write()
    kept = recorder.record().rest
    assert kept is not None and kept.since == pytest.approx(3.0)
    assert store.record(recorder.id).rest == kept == replace(rest, since=kept.since)
    assert store.record(recorder.stop().id).rest == kept


def test_the_saved_record_is_the_one_that_was_told_live(camera: Camera, store: Store) -> None:
    camera.show(2.3, "happy")
    camera.show(1.4, "sad", "angry")
    camera.recorder._end("stopped")
    told = camera.recorder.record()
    kept = store.record(camera.recorder.stop().id)
    assert kept.seconds.tobytes() == told.seconds.tobytes()
    assert kept.segments.tobytes() == told.segments.tobytes()
    assert kept.end == told.end


def test_every_figure_follows_again_from_the_kept_frames(camera: Camera, store: Store) -> None:
    camera.show(2, "happy")
    camera.pass_(4)
    camera.show(1.2, "sad", "angry")
    saved = camera.recorder.stop()
    settings = {name: saved.about.settings[name] for name in ("stable_seconds", "longest_step_seconds")}
    again = Timeline(**settings)
    rows = (row for frames in store.frames(saved.id) for row in frames.rows())
    for seconds, group in itertools.groupby(rows, key=lambda row: row.seconds):
        again.add_faces(seconds, [row.face for row in group if row.face is not None])
    again.end_at(saved.seconds)
    kept, derived = store.record(saved.id), again.record()
    assert kept.seconds.tobytes() == derived.seconds.tobytes()
    assert kept.segments.tobytes() == derived.segments.tobytes()
    assert kept.gaps == derived.gaps


def test_a_session_begins_when_its_first_picture_was_taken(recorder: Recorder, clock: Clock, store: Store) -> None:
    clock.now += 12
    Camera(recorder, clock).show(1, "happy")
    saved = recorder.stop()
    assert saved.started_at == START and saved.seconds == pytest.approx(1)


def test_a_session_without_a_picture_can_be_read(recorder: Recorder, store: Store) -> None:
    saved = recorder.stop()
    assert (saved.seconds, saved.samples, list(store.frames(saved.id))) == (0, 0, [])
    assert store.record(saved.id).persons == ()


def test_frames_that_were_never_looked_at_are_counted(camera: Camera) -> None:
    camera.show(1, "happy")
    camera.pass_(0.1, frames=3)
    camera.show(1, "happy")
    assert camera.recorder.state().skipped == 3
    assert camera.recorder.stop().skipped == 3


def test_a_camera_that_was_lost_leaves_a_gap(camera: Camera, store: Store) -> None:
    camera.show(2, "happy")
    camera.pass_(5)
    camera.show(1, "happy")
    record = store.record(camera.recorder.stop().id)
    (gap,) = record.gaps
    assert gap.start == pytest.approx(2.9) and gap.end == pytest.approx(7.0)


def test_a_camera_that_does_not_come_back_before_the_stop_leaves_a_gap_at_the_end(camera: Camera, store: Store) -> None:
    camera.show(2, "happy")
    camera.pass_(60)
    saved = camera.recorder.stop()
    record = store.record(saved.id)
    assert saved.seconds == record.end == pytest.approx(62)
    (gap,) = record.gaps
    assert gap.start == pytest.approx(2.9) and gap.end == pytest.approx(62)
    assert record.watched == pytest.approx(2.9)


def test_a_camera_that_was_started_again_goes_on_in_time_with_other_persons(camera: Camera, store: Store) -> None:
    camera.show(1, "happy")
    camera.recorder.restart()
    camera.pass_(3)
    camera.start_again()
    camera.show(1, "sad")
    saved = camera.recorder.stop()
    assert store.record(saved.id).persons == (1, 2)
    assert saved.seconds == pytest.approx(5)
    assert saved.skipped == 0


def test_another_detector_makes_other_persons(camera: Camera, store: Store) -> None:
    camera.show(1, "happy")
    camera.recorder.restart()
    camera.show(1, "sad")
    assert store.record(camera.recorder.stop().id).persons == (1, 2)


def test_a_clock_that_is_set_back_changes_nothing(store: Store, clock: Clock) -> None:
    wall = [START.timestamp()]
    recorder = Recorder(store, SessionDetails(name="x"), START, clock=clock, wall=lambda: wall[0], write_seconds=0.01)
    camera = Camera(recorder, clock)
    camera.show(1, "happy")
    wall[0] -= 7200
    camera.show(1, "happy")
    saved = recorder.stop()
    assert saved.seconds == pytest.approx(2) and saved.ended_at is not None
    assert (saved.ended_at - saved.started_at).total_seconds() == pytest.approx(2)


def test_seconds_are_written_as_they_arise(camera: Camera, store: Store) -> None:
    camera.show(3, "happy")
    assert wait_until(lambda: store.session(camera.recorder.id).samples == 30)
    assert store.session(camera.recorder.id).state == "recording"
    assert store.record(camera.recorder.id).persons == (1,)


def test_what_comes_after_the_stop_is_not_kept(camera: Camera) -> None:
    camera.show(1, "happy")
    camera.recorder.stop()
    camera.show(1, "sad")
    assert camera.recorder.stop().samples == 10


def test_a_session_without_a_name_does_not_begin(store: Store) -> None:
    with pytest.raises(InputError):
        Recorder(store, SessionDetails(name=" "), START)
    assert store.sessions() == []


class Broken(Store):
    """A store whose database is away while `away` says so."""

    away = False
    refused = 0

    def write(self, batch: Batch) -> None:
        if self.away:
            self.refused += 1
            raise StoreError("The database is away.")
        super().write(batch)


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[Broken]:
    store = Broken(open_database(tmp_path / "broken.db"))
    yield store
    store.close()


def test_a_database_that_was_away_for_less_than_a_minute_lost_nothing(broken: Broken, clock: Clock) -> None:
    recorder = Recorder(broken, SessionDetails(name="x"), START, clock=clock, write_seconds=0.01)
    camera = Camera(recorder, clock)
    camera.show(2, "happy")
    broken.away = True
    camera.show(30, "sad")
    assert wait_until(lambda: "is away" in recorder.state().problem)
    broken.away = False
    assert wait_until(lambda: recorder.state().problem == "")
    saved = recorder.stop()
    assert len(rows_of(broken, saved.id)) == saved.samples == 320


def test_a_database_that_was_away_for_longer_lost_only_single_frames_and_that_is_told(
    broken: Broken, clock: Clock
) -> None:
    recorder = Recorder(broken, SessionDetails(name="x"), START, clock=clock, write_seconds=0.01)
    camera = Camera(recorder, clock)
    broken.away = True
    camera.show(BUFFER_SECONDS + 40, "sad")
    refused = broken.refused
    assert wait_until(lambda: broken.refused > refused + 1)
    broken.away = False
    assert wait_until(lambda: "frames are lost" in recorder.state().problem)
    record = broken.record(recorder.stop().id)
    assert len(rows_of(broken, recorder.id)) == pytest.approx(BUFFER_SECONDS * 10, abs=1)
    assert record.seconds["seen"].sum() == pytest.approx(BUFFER_SECONDS + 40)


def test_a_stop_that_could_not_be_written_can_be_tried_again(broken: Broken, clock: Clock) -> None:
    recorder = Recorder(broken, SessionDetails(name="x"), START, clock=clock, write_seconds=60)
    Camera(recorder, clock).show(1, "happy")
    broken.away = True
    with pytest.raises(StoreError):
        recorder.stop()
    assert recorder.over and not recorder.finished
    broken.away = False
    assert recorder.stop().samples == 10


def test_a_stop_that_could_not_be_written_is_told_and_written_as_soon_as_it_can_be(
    broken: Broken, clock: Clock
) -> None:
    wall = [START.timestamp() + 1]
    recorder = Recorder(broken, SessionDetails(name="x"), START, clock=clock, wall=lambda: wall[0], write_seconds=0.01)
    Camera(recorder, clock).show(1, "happy")
    broken.away = True
    with pytest.raises(StoreError):
        recorder.stop()
    assert "The session has ended" in recorder.state().problem
    wall[0] += 3600
    broken.away = False
    assert wait_until(lambda: recorder.finished)
    saved = broken.session(recorder.id)
    assert (saved.state, saved.ending, saved.samples, recorder.state().problem) == ("ended", "stopped", 10, "")
    assert saved.ended_at == START + timedelta(seconds=1)
    assert recorder.stop() == saved


def test_a_camera_that_is_closed_ends_its_session(camera: Camera, store: Store) -> None:
    camera.show(1, "happy")
    camera.recorder.end()
    assert wait_until(lambda: camera.recorder.finished)
    saved = store.session(camera.recorder.id)
    assert (saved.state, saved.ending, saved.samples) == ("ended", "the camera was closed", 10)


def test_a_session_that_is_deleted_meanwhile_ends_and_that_is_told(camera: Camera, store: Store) -> None:
    camera.show(1, "happy")
    store.delete(camera.recorder.id)
    camera.show(1, "happy")
    assert wait_until(lambda: camera.recorder.over)
    assert "deleted" in camera.recorder.state().problem
    with pytest.raises(NotFoundError):
        camera.recorder.stop()


ENDLESS = """
import sys, time
from datetime import UTC, datetime
sys.path.insert(0, "tests")
from fakes import picture
from played import face
from faces.records import Frame, Shot
from sessions.database import open_database
from sessions.recorder import Recorder
from sessions.store import Store
from sessions.values import SessionDetails

recorder = Recorder(Store(open_database(sys.argv[1])), SessionDetails(name="endless"), datetime.now(UTC))
start = time.monotonic()
for index in range(900):
    frame = Frame(picture(), time.monotonic() - start, time.time(), index)
    recorder.take(Shot(frame, tuple(face(person, "happy") for person in (1, 2))))
    print(f"{frame.seconds:.6f}", flush=True)
    time.sleep(max(0.0, start + index / 30 - time.monotonic()))
"""


@pytest.mark.timeout(180)
def test_a_kill_at_any_moment_takes_less_than_the_last_second(tmp_path: Path) -> None:
    files = [tmp_path / f"killed{number}.db" for number in range(4)]
    for file in files:
        open_database(file).close()

    def kill_again_and_again(file: Path) -> None:
        chance = random.Random(file.name)
        for _ in range(5):
            record_until_killed(file, 1 + chance.random() * 1.5)

    with ThreadPoolExecutor(len(files)) as side_by_side:
        list(side_by_side.map(kill_again_and_again, files))


def record_until_killed(file: Path, end: float) -> None:
    """Kill a program that records into `file` once it has shown a frame of second `end`, and look at what is kept."""
    child = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, str(file)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    assert child.stdout is not None
    last = 0.0
    for line in child.stdout:
        last = float(line)
        if last > end:
            os.kill(child.pid, signal.SIGKILL)
            break
    last = max([last, *(float(line) for line in child.stdout if line.endswith("\n"))])
    child.wait()
    child.stdout.close()
    store = Store(open_database(file))
    saved, *_ = store.sessions()
    kept = rows_of(store, saved.id)
    record = store.record(saved.id)
    store.close()
    assert last - kept[-1][0] <= 1.0
    assert record.end >= kept[-1][0] and record.persons == (1, 2)


@pytest.mark.timeout(120)
def test_postgresql_that_is_stopped_and_comes_back_loses_nothing(clock: Clock) -> None:
    with postgresql() as server:
        store = Store(open_database(server.make("faces")))
        recorder = Recorder(store, SessionDetails(name="x"), START, clock=clock, write_seconds=0.05)
        camera = Camera(recorder, clock)
        camera.show(3, "happy")
        assert wait_until(lambda: store.session(recorder.id).samples == 30)
        server.stop()
        camera.show(20, "sad")
        assert wait_until(lambda: recorder.state().problem)
        server.start()
        assert wait_until(lambda: not recorder.state().problem)
        camera.show(1, "angry")
        saved = recorder.stop()
        assert len(rows_of(store, saved.id)) == saved.samples == 240
        store.close()


CAMERA = """
import sys, time
from datetime import UTC, datetime
sys.path.insert(0, "tests")
from fakes import picture
from played import face
from faces.records import Frame, Shot
from sessions.database import open_database
from sessions.recorder import Recorder
from sessions.store import Store
from sessions.values import SessionDetails

store = Store(open_database(sys.argv[1]))
recorder = Recorder(store, SessionDetails(name=sys.argv[2]), datetime.now(UTC))
start = time.monotonic()
for index in range(60):
    recorder.take(Shot(Frame(picture(), index / 30, time.time(), index), (face(1, "happy"), face(2, "sad"))))
    time.sleep(max(0.0, start + index / 30 - time.monotonic()))
print(recorder.stop().samples)
"""


@pytest.mark.timeout(180)
def test_ten_cameras_that_record_into_one_postgresql_lose_nothing() -> None:
    with postgresql() as server:
        address = server.make("faces")
        open_database(address).close()
        command = [sys.executable, "-c", CAMERA, address]
        children = [
            subprocess.Popen([*command, str(n)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent)
            for n in range(10)
        ]
        assert [child.communicate(timeout=120)[0].strip() for child in children] == ["60"] * 10
        store = Store(open_database(address))
        kept = store.sessions()
        assert sorted(saved.about.name for saved in kept) == sorted(map(str, range(10)))
        assert all(len(rows_of(store, saved.id)) == 120 for saved in kept)
        store.close()
