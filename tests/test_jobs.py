"""Tests of analysis/jobs.py, uploads.py, job_run.py and web/jobs.py: what is sent is analysed, kept and deleted."""

import io
import json
import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import pytest
from fake_classifier import FakeClassifier
from fakes import FakeStages, json_of, picture, wait_until
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from analysis.about import Provenance
from analysis.inputs import Task, plan
from analysis.job_run import Engine, JobRun, on_this_machine
from analysis.jobs import DAY_SECONDS, Job, Jobs, Outcome, Told
from analysis.ray_engine import run_on_ray
from analysis.results import Result
from analysis.settings import Control, Settings
from analysis.uploads import Limits, Upload, UploadFolder, announced
from analysis.worker import Worker
from benchmarks.made_videos import make_video
from camera import VideoCamera
from faces.errors import BusyError, ConflictError, InputError, NotFoundError
from faces.places import PROGRAM
from main import create_app

SETTINGS = Settings(annotate=False)


def make_worker(settings: Settings, about: Provenance) -> Worker:
    return Worker(FakeClassifier(), settings, about)


def analyse_nothing(
    folder: Path, out: Path, uploads: Sequence[Upload], told: Told, stopped: Callable[[], bool]
) -> None:
    out.mkdir()
    (out / "report.html").write_text("<p>report</p>")
    (out / "manifest.json").write_text("{}")
    told(1.0, (Outcome(uploads[0].shown, report="report.html"),))


class Waiting:
    """An analysis that goes on until it is released or stopped."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.release = threading.Event()
        self.was_stopped = False

    def __call__(
        self, folder: Path, out: Path, uploads: Sequence[Upload], told: Told, stopped: Callable[[], bool]
    ) -> None:
        told(0.5, ())
        self.begun.set()
        self.was_stopped = wait_until(lambda: self.release.is_set() or stopped()) and not self.release.is_set()


Maker = Callable[..., Jobs]


@pytest.fixture
def make_jobs(tmp_path: Path) -> Iterator[Maker]:
    made: list[Jobs] = []

    def make(analyse: Any = analyse_nothing, **options: Any) -> Jobs:
        made.append(Jobs(tmp_path / "jobs", analyse, **options))
        made[-1].start()
        return made[-1]

    yield make
    for jobs in made:
        jobs.close()


def send(jobs: Jobs, name: str = "holiday.mp4", content: bytes = b"content") -> Job:
    job = jobs.create([(name, len(content))])
    jobs.receive(job.id, 1, 0, io.BytesIO(content))
    return job


def has_status(jobs: Jobs, job: Job, status: str) -> bool:
    return wait_until(lambda: jobs.get(job.id).status == status)


# --- uploads -----------------------------------------------------------------------------------------------


@given(st.text(max_size=300))
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    (upload,) = announced([(name, 1)], Limits())
    folder = UploadFolder(Path("/somewhere/uploads"), [upload])
    assert folder.path(1).parent == folder.folder
    assert folder.path(1).name.startswith("upload-1")
    assert upload.shown.isprintable() and ".." not in upload.shown.split("/")


@pytest.mark.parametrize(
    ("files", "words"),
    [([], "0 files"), ([("a", 1)] * 4, "4 files"), ([("a", 0)], "empty"), ([("a", 60), ("b", 60)], "GB")],
)
def test_what_is_too_little_or_too_much_is_refused(files: list[tuple[str, int]], words: str) -> None:
    with pytest.raises(InputError, match=words):
        announced(files, Limits(files=3, job_bytes=100))


def test_pieces_make_up_the_file_and_a_cut_loses_nothing(tmp_path: Path) -> None:
    folder = UploadFolder(tmp_path, [Upload("a.mp4", 10)])
    assert folder.take(1, 0, io.BytesIO(b"01234")) == 5

    class Cut(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise ConnectionError("cut")
            return super().read(2)

    with pytest.raises(ConnectionError):
        folder.take(1, 5, Cut(b"56789"))
    assert folder.received(1) == 7 and not folder.complete
    folder.take(1, 7, io.BytesIO(b"789"))
    assert folder.path(1).read_bytes() == b"0123456789" and folder.complete


def test_a_piece_in_the_wrong_place_is_refused_with_the_right_one(tmp_path: Path) -> None:
    folder = UploadFolder(tmp_path, [Upload("a.mp4", 10)])
    folder.take(1, 0, io.BytesIO(b"012"))
    for offset in (0, 2, 4):
        with pytest.raises(ConflictError, match="3 are here"):
            folder.take(1, offset, io.BytesIO(b"x"))


def test_more_than_was_announced_is_refused(tmp_path: Path) -> None:
    folder = UploadFolder(tmp_path, [Upload("a.mp4", 3)])
    with pytest.raises(InputError, match="More bytes"):
        folder.take(1, 0, io.BytesIO(b"0123"))
    assert folder.received(1) == 0


# --- a job's life ------------------------------------------------------------------------------------------


def test_a_job_is_done_when_all_of_it_came_and_the_upload_is_deleted(make_jobs: Maker, tmp_path: Path) -> None:
    jobs = make_jobs()
    job = send(jobs)
    assert has_status(jobs, job, "done")
    assert jobs.get(job.id).outcomes == (Outcome("holiday.mp4", report="report.html"),)
    assert jobs.results(job.id) == ["report.html"]
    assert wait_until(lambda: not (tmp_path / "jobs" / job.id / "uploads").exists())


@pytest.mark.parametrize("name", ["../job.json", "manifest.json", "/etc/passwd", "nothing.html", ""])
def test_only_results_are_given_out(make_jobs: Maker, name: str) -> None:
    jobs = make_jobs()
    job = send(jobs)
    assert has_status(jobs, job, "done")
    with pytest.raises(NotFoundError):
        jobs.result(job.id, name)


def test_an_upload_goes_on_after_a_restart(make_jobs: Maker) -> None:
    first = make_jobs()
    job = first.create([("holiday.mp4", 7)])
    first.receive(job.id, 1, 0, io.BytesIO(b"con"))
    first.close()
    second = make_jobs()
    assert second.received(job.id, 1) == 3
    second.receive(job.id, 1, 3, io.BytesIO(b"tent"))
    assert has_status(second, job, "done")


def test_a_job_that_ran_is_begun_again_after_a_restart(make_jobs: Maker) -> None:
    waiting = Waiting()
    first = make_jobs(waiting)
    job = send(first)
    assert waiting.begun.wait(20)
    first.close()
    assert waiting.was_stopped
    assert has_status(make_jobs(), job, "done")


def test_a_job_that_cannot_be_read_is_told_and_hides_no_other(
    make_jobs: Maker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = make_jobs()
    job = send(first)
    assert has_status(first, job, "done")
    first.close()
    (tmp_path / "jobs" / "closed" / "job.json").mkdir(parents=True)
    assert make_jobs().get(job.id).status == "done"
    assert re.search(r"An earlier job is left out\. .*closed.job\.json cannot be read", caplog.text)


def test_a_cancelled_job_stops_and_its_upload_is_deleted(make_jobs: Maker, tmp_path: Path) -> None:
    waiting = Waiting()
    jobs = make_jobs(waiting)
    job = send(jobs)
    assert waiting.begun.wait(20)
    assert jobs.cancel(job.id).status == "cancelled"
    assert wait_until(lambda: waiting.was_stopped)
    assert wait_until(lambda: not (tmp_path / "jobs" / job.id / "uploads").exists())
    assert jobs.get(job.id).status == "cancelled"


def test_a_deleted_job_leaves_nothing_behind(make_jobs: Maker, tmp_path: Path) -> None:
    waiting = Waiting()
    jobs = make_jobs(waiting)
    running, waits = send(jobs), send(jobs)
    assert waiting.begun.wait(20)
    jobs.delete(waits.id)
    assert not (tmp_path / "jobs" / waits.id).exists()
    jobs.delete(running.id)
    assert wait_until(lambda: not (tmp_path / "jobs" / running.id).exists())
    with pytest.raises(NotFoundError):
        jobs.get(running.id)


def test_a_key_that_is_a_path_deletes_nothing(make_jobs: Maker, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    jobs = make_jobs()
    for key in ("../kept", "..", "", "/"):
        jobs.delete(key)
    assert kept.exists() and tmp_path.exists()


def test_old_jobs_are_deleted_when_their_time_is_over(make_jobs: Maker) -> None:
    now = [1000.0]
    jobs = make_jobs(clock=lambda: now[0], limits=Limits(keep_days=7))
    job = send(jobs)
    assert has_status(jobs, job, "done")
    now[0] += 7 * DAY_SECONDS - 1
    jobs.delete_old()
    assert jobs.get(job.id)
    now[0] += 2
    jobs.delete_old()
    with pytest.raises(NotFoundError):
        jobs.get(job.id)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(jobs=1), "1 jobs"),
        (Limits(all_bytes=10), "fill"),
        (Limits(free_bytes=10**18), "nearly full"),
    ],
)
def test_there_is_room_for_so_much(make_jobs: Maker, limits: Limits, words: str) -> None:
    jobs = make_jobs(limits=limits)
    with pytest.raises(BusyError, match=words):
        for _ in range(3):
            jobs.create([("a", 6)])


def test_a_job_that_breaks_is_told_and_the_next_is_done(make_jobs: Maker) -> None:
    broken = [True]

    def analyse(*arguments: Any) -> None:
        if broken.pop() if broken else False:
            raise RuntimeError("odd")
        analyse_nothing(*arguments)

    jobs = make_jobs(analyse)
    first, second = send(jobs), send(jobs)
    assert has_status(jobs, first, "failed") and "odd" in jobs.get(first.id).error
    assert has_status(jobs, second, "done")


def test_a_damaged_job_file_is_left_alone(make_jobs: Maker, tmp_path: Path) -> None:
    folder = tmp_path / "jobs" / "abc"
    folder.mkdir(parents=True)
    (folder / "job.json").write_text('{"id": "abc"}')
    with pytest.raises(NotFoundError):
        make_jobs().get("abc")


# --- the analysis itself -----------------------------------------------------------------------------------


@pytest.mark.timeout(300)
@pytest.mark.parametrize("engine", ["local", "ray"])
def test_results_are_those_of_analyze_py(make_jobs: Maker, tmp_path: Path, engine: str) -> None:
    if engine == "ray":
        ray = pytest.importorskip("ray")
        for module in (sys.modules[__name__], sys.modules[FakeClassifier.__module__]):  # the workers have no tests
            ray.cloudpickle.register_pickle_by_value(module)
    chosen: Engine = on_this_machine if engine == "local" else partial(run_on_ray, jobs=1, code=PROGRAM)
    asked: list[int] = []

    def run(tasks: Sequence[Task], *more: Any) -> Iterator[tuple[int, Result]]:
        asked.append(len(tasks))
        return chosen(tasks, *more)

    video = make_video(tmp_path / "holiday.mp4")
    photo = tmp_path / "photo.png"
    cv2.imwrite(str(photo), picture(1, 160, 120))
    jobs = make_jobs(JobRun(make_worker, SETTINGS, Provenance(), engine=run))
    files = [video, photo, tmp_path / "notes.mp4"]
    files[2].write_bytes(b"no video at all" * 50)
    job = jobs.create([(f"trip/{file.name}", file.stat().st_size) for file in files])
    for number, file in enumerate(files, 1):
        with file.open("rb") as content:
            jobs.receive(job.id, number, 0, content)
    assert wait_until(lambda: jobs.get(job.id).ended, 120)
    assert jobs.get(job.id).status == "done"

    (task,) = plan([video], tmp_path / "out")
    make_worker(SETTINGS, Provenance()).run(task, Control())
    for name in ("timeline.csv", "timeline.json"):
        assert jobs.result(job.id, f"upload-1/{name}").read_bytes() == (task.place / name).read_bytes()
    told = {outcome.name: outcome for outcome in jobs.get(job.id).outcomes}
    assert told["trip/holiday.mp4"].report == "upload-1/report.html"
    assert told["1 picture"].report == "pictures/report.html"
    assert "notes.mp4" in told["trip/notes.mp4"].error and "upload-3" not in told["trip/notes.mp4"].error
    everything = b"".join(jobs.result(job.id, name).read_bytes() for name in jobs.results(job.id))
    assert str(tmp_path).encode() not in everything
    assert jobs.get(job.id).share == 1.0
    assert asked == [3]


# --- over the web ------------------------------------------------------------------------------------------


@pytest.fixture
def client(make_jobs: Maker) -> Iterator[FlaskClient]:
    jobs = make_jobs()
    with VideoCamera(make_stages=lambda _: FakeStages()) as camera:
        yield create_app(camera, get_jobs=lambda: jobs).test_client()


def piece(client: FlaskClient, key: str, offset: int, content: bytes) -> Any:
    return client.patch(f"/api/jobs/{key}/files/1", data=content, headers={"Upload-Offset": str(offset)})


def order(client: FlaskClient, size: int = 7) -> str:
    answer = client.post("/api/jobs", json={"files": [{"name": "holiday.mp4", "size": size}]})
    assert answer.status_code == 201
    key: str = json_of(answer)["id"]
    return key


def test_a_file_is_sent_in_pieces_analysed_and_its_report_read(client: FlaskClient) -> None:
    key = order(client)
    assert piece(client, key, 0, b"con").headers["Upload-Offset"] == "3"
    assert client.head(f"/api/jobs/{key}/files/1").headers["Upload-Offset"] == "3"
    assert piece(client, key, 0, b"x").status_code == 409
    assert json_of(client.get(f"/api/jobs/{key}"))["files"] == [{"name": "holiday.mp4", "size": 7, "received": 3}]
    assert piece(client, key, 3, b"tent").status_code == 204
    assert wait_until(lambda: json_of(client.get(f"/api/jobs/{key}"))["status"] == "done")
    report = client.get(f"/api/jobs/{key}/results/report.html")
    assert report.data == b"<p>report</p>"
    assert "frame-ancestors 'self'" in report.headers["Content-Security-Policy"]
    assert "connect-src" not in report.headers["Content-Security-Policy"]
    assert report.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert client.get(f"/api/jobs/{key}/results/manifest.json").status_code == 404


def test_events_tell_of_a_job_until_it_has_ended(client: FlaskClient) -> None:
    key = order(client)
    piece(client, key, 0, b"content")
    said = client.get(f"/api/jobs/{key}/events").get_data(as_text=True)
    last = json.loads(said.strip().splitlines()[-1].removeprefix("data: "))
    assert (last["status"], last["share"]) == ("done", 1.0)


def test_a_job_is_cancelled_and_deleted(client: FlaskClient) -> None:
    key = order(client)
    assert json_of(client.post(f"/api/jobs/{key}", json={"action": "cancel"}))["status"] == "cancelled"
    assert piece(client, key, 0, b"content").status_code == 409
    assert client.post(f"/api/jobs/{key}", json={"action": "dance"}).status_code == 400
    assert client.delete(f"/api/jobs/{key}").status_code == 204
    assert client.get(f"/api/jobs/{key}").status_code == 404


@pytest.mark.parametrize(
    "body",
    [[], {}, {"files": "a"}, {"files": [{"name": 1, "size": 1}]}, {"files": [{"name": "a", "size": True}]}],
)
def test_an_order_that_is_none_is_refused(client: FlaskClient, body: Any) -> None:
    assert client.post("/api/jobs", json=body).status_code == 400


@pytest.mark.parametrize("offset", ["", "-1", "x", "\u0661", "9" * 5000])
def test_a_piece_without_its_place_is_refused(client: FlaskClient, offset: str) -> None:
    key = order(client)
    answer = client.patch(f"/api/jobs/{key}/files/1", data=b"x", headers={"Upload-Offset": offset})
    assert answer.status_code == 400


def test_jobs_of_others_cannot_be_found(client: FlaskClient) -> None:
    order(client)
    assert client.get("/api/jobs").status_code == 405
    assert client.get("/api/jobs/guess").status_code == 404
    assert client.get("/api/jobs/guess/events").status_code == 404
    assert client.get("/api/jobs/guess/results/report.html").status_code == 404
    assert client.post("/api/jobs", json={}, headers={"Origin": "http://evil.example"}).status_code == 403
