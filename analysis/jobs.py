"""Analyses that run by themselves: each a folder with what was sent, how far it is, and what came of it.

A job outlives the program: everything that must be known of it stands in its folder, and the next run goes on.
"""

import logging
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Any

from analysis.earlier import read_json
from analysis.layout import CACHE, MANIFEST
from analysis.uploads import GIGABYTE, Limits, Upload, UploadFolder, announced
from faces.errors import BusyError, ConflictError, FacesError, NotFoundError, SettingsError
from faces.files import write_whole_json

log = logging.getLogger(__name__)

ID_BYTES = 18

ROUND_SECONDS = 60.0

DAY_SECONDS = 86_400

OPEN = ("uploading", "waiting", "running")
STATUSES = (*OPEN, "done", "failed", "cancelled")

JOB, UPLOADS, RESULTS = "job.json", "uploads", "results"

HIDDEN = (MANIFEST, CACHE)
"""What a later run knows results by is nobody else's business."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one file, or of all pictures together."""

    name: str
    report: str = ""  # path below the results; empty where there is none
    error: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """One order to analyse some files."""

    id: str
    uploads: tuple[Upload, ...]
    status: str  # one of STATUSES
    created_at: float  # seconds since the epoch
    share: float = 0.0  # 0..1 of the analysis
    seconds_left: float | None = None  # None while nothing can be said
    outcomes: tuple[Outcome, ...] = ()
    error: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.status not in OPEN


Told = Callable[[float, tuple[Outcome, ...]], None]
"""Told how far the analysis is, 0..1, and what has come of it so far."""

Analyse = Callable[[Path, Path, Sequence[Upload], Told, Callable[[], bool]], None]
"""Analyses the files of a folder into another one; the last tells whether to stop. See analysis.job_run."""


class Jobs:
    """Every job, and one thread that does them one after the other."""

    def __init__(
        self,
        folder: Path,
        analyse: Analyse,
        *,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folder = folder
        self._analyse = analyse
        self._clock = clock
        self.limits = limits or Limits()
        self._guard = threading.RLock()
        self._jobs: dict[str, Job] = {}
        self._uploads: dict[str, UploadFolder] = {}
        self._running = ""
        self._unwanted: set[str] = set()  # running, but cancelled or deleted
        self._ending = threading.Event()
        self._news = threading.Event()
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)

    def start(self) -> None:
        """Find the jobs of earlier runs, and go on with them."""
        for file in sorted(self._folder.glob(f"*/{JOB}")):
            try:
                job = _job_of(read_json(file))
            except SettingsError as error:
                log.warning("An earlier job is left out. %s", error)
                continue
            if job is not None and job.id == file.parent.name:
                self._keep(replace(job, status="waiting") if job.status == "running" else job)
        self._thread.start()

    def close(self) -> None:
        """Stop; a job that runs goes on in the next run."""
        self._ending.set()
        self._news.set()
        if self._thread.ident is not None:
            self._thread.join()

    def create(self, files: Sequence[tuple[str, int]]) -> Job:
        """A job for files of these names and sizes, which are to be sent now. Raises InputError and BusyError."""
        uploads = announced(files, self.limits)
        with self._guard:
            self._check_room(sum(upload.size for upload in uploads))
            job = Job(secrets.token_urlsafe(ID_BYTES), uploads, "uploading", self._clock())
            (self._folder / job.id).mkdir(parents=True, mode=0o700)
            self._keep(job)
        return job

    def get(self, key: str) -> Job:
        """The job of that id; NotFoundError when there is none, or not any more."""
        job = self._jobs.get(key)
        if job is None:
            raise NotFoundError("There is no such job. It may have been deleted.")
        return job

    def received(self, key: str, number: int) -> int:
        """How many bytes of a file are here; files are counted from 1."""
        job = self.get(key)
        if job.status != "uploading":
            return job.uploads[number - 1].size if 1 <= number <= len(job.uploads) else 0
        return self._uploads[key].received(number)

    def receive(self, key: str, number: int, offset: int, piece: IO[bytes]) -> int:
        """Take a piece of a file, see UploadFolder.take(); with the last one the job begins to wait for its turn."""
        if self.get(key).status != "uploading":
            raise ConflictError("All files of this job are here already, or it has ended.")
        uploads = self._uploads[key]
        here = uploads.take(number, offset, piece)
        with self._guard:
            if uploads.complete and self.get(key).status == "uploading":
                self._change(key, status="waiting")
                self._news.set()
        return here

    def cancel(self, key: str) -> Job:
        """Stop it; what came of it so far stays, what was sent is deleted."""
        with self._guard:
            job = self.get(key)
            if not job.ended:
                job = self._change(key, status="cancelled", seconds_left=None)
                if key == self._running:
                    self._unwanted.add(key)
                else:
                    self._forget_uploads(key)
            return job

    def delete(self, key: str) -> None:
        """Everything of it; again is allowed."""
        with self._guard:
            self._jobs.pop(key, None)
            self._uploads.pop(key, None)
            if key == self._running:
                self._unwanted.add(key)  # its folder goes as soon as nobody writes there
            elif _is_id(key):
                shutil.rmtree(self._folder / key, ignore_errors=True)

    def results(self, key: str) -> list[str]:
        """The paths of its files below result()'s folder."""
        self.get(key)
        folder = self._folder / key / RESULTS
        files = (file.relative_to(folder) for file in sorted(folder.rglob("*")) if file.is_file())
        return [file.as_posix() for file in files if not any(p in HIDDEN or p.startswith(".") for p in file.parts)]

    def result(self, key: str, name: str) -> Path:
        """The file of that name among results(); NotFoundError when it is none of them."""
        if name not in self.results(key):
            raise NotFoundError("This job has no such result.")
        return self._folder / key / RESULTS / name

    def kept_until(self, job: Job) -> float:
        """When it is deleted by itself, in seconds since the epoch."""
        return job.created_at + self.limits.keep_days * DAY_SECONDS

    def delete_old(self) -> None:
        """Delete what was kept for long enough."""
        for job in tuple(self._jobs.values()):
            if self.kept_until(job) < self._clock() and job.id != self._running:
                self.delete(job.id)

    # --- the thread ---------------------------------------------------------------------------------------

    def _work(self) -> None:
        while not self._ending.is_set():
            self.delete_old()
            with self._guard:
                job = min((j for j in self._jobs.values() if j.status == "waiting"), key=_age, default=None)
                self._running = job.id if job else ""
                self._news.clear()
                if job:
                    self._change(job.id, status="running")
            if job:
                self._run(job)
            elif not self._ending.is_set():
                self._news.wait(ROUND_SECONDS)

    def _run(self, job: Job) -> None:
        folder, started = self._folder / job.id, time.monotonic()

        def told(share: float, outcomes: tuple[Outcome, ...]) -> None:
            passed = time.monotonic() - started
            left = passed / share * (1 - share) if share > 0.01 else None
            self._note(job.id, share=share, seconds_left=left, outcomes=outcomes)

        try:
            self._analyse(folder / UPLOADS, folder / RESULTS, job.uploads, told, lambda: self._must_stop(job.id))
            self._finish(job.id, "done")
        except FacesError as error:
            self._finish(job.id, "failed", str(error))
        except Exception as error:  # a fault of ours with one job must not end all others
            log.exception("A job failed.")
            self._finish(job.id, "failed", f"The job failed because of a fault in this program: {error}.")

    def _must_stop(self, key: str) -> bool:
        return self._ending.is_set() or key in self._unwanted

    def _finish(self, key: str, status: str, error: str = "") -> None:
        with self._guard:
            self._running = ""
            unwanted = key in self._unwanted
            self._unwanted.discard(key)
            if key not in self._jobs:
                self.delete(key)
            elif unwanted:
                self._forget_uploads(key)
            elif not self._ending.is_set() or status == "failed":
                self._change(key, status=status, error=error, share=1.0, seconds_left=None)
                self._forget_uploads(key)

    # --- what is kept -------------------------------------------------------------------------------------

    def _note(self, key: str, **changed: Any) -> None:
        """In memory only: the next run finds out by itself."""
        with self._guard:
            if key in self._jobs:
                self._jobs[key] = replace(self._jobs[key], **changed)

    def _change(self, key: str, **changed: Any) -> Job:
        job = replace(self.get(key), **changed)
        self._keep(job)
        return job

    def _keep(self, job: Job) -> None:
        folder = self._folder / job.id
        self._jobs[job.id] = job
        self._uploads.setdefault(job.id, UploadFolder(folder / UPLOADS, job.uploads))
        write_whole_json(folder / JOB, asdict(job))

    def _forget_uploads(self, key: str) -> None:
        shutil.rmtree(self._folder / key / UPLOADS, ignore_errors=True)

    def _check_room(self, wanted: int) -> None:
        if len(self._jobs) >= self.limits.jobs:
            raise BusyError(f"There are {self.limits.jobs} jobs already. Delete one that is done.")
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        used = sum(file.stat().st_size for file in self._folder.rglob("*") if file.is_file())
        coming = sum(
            sum(upload.size for upload in job.uploads) for job in self._jobs.values() if job.status == "uploading"
        )
        if used + coming + wanted > self.limits.all_bytes:
            raise BusyError(f"Jobs may fill {self.limits.all_bytes / GIGABYTE:g} GB, which they do. Delete one.")
        if shutil.disk_usage(self._folder).free - coming - wanted < self.limits.free_bytes:
            raise BusyError("The disk of the computer that runs this program is nearly full. Send less.")


def _age(job: Job) -> float:
    return job.created_at


def _is_id(key: str) -> bool:
    return key.replace("-", "").replace("_", "").isalnum()


def _job_of(values: dict[str, Any] | None) -> Job | None:
    """The job that asdict() told; None where the file is of something else."""
    try:
        known = dict(values or {})
        uploads = tuple(Upload(**upload) for upload in known.pop("uploads"))
        outcomes = tuple(Outcome(**outcome) for outcome in known.pop("outcomes"))
        return Job(uploads=uploads, outcomes=outcomes, **known)
    except (KeyError, TypeError):
        return None
