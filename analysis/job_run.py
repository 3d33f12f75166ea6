"""Does one job as analyze.py does a folder, here or on a cluster, with the same files as results."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from analysis.about import Provenance, date_words
from analysis.crew import MakeWorker, Progress, run_together
from analysis.inputs import Task, plan
from analysis.jobs import Outcome, Told
from analysis.layout import PICTURES_FOLDER, REPORT
from analysis.results import PictureResult, Result, Unusable
from analysis.settings import Settings
from analysis.tables import write_pictures
from analysis.uploads import Upload, UploadFolder
from analysis.worker import Worker

PROCESSES = 1
"""A job has one core; the live page has the others."""

Engine = Callable[[Sequence[Task], MakeWorker, Progress, Callable[[], bool]], Iterator[tuple[int, Result]]]
"""Does tasks with workers and tells how far they are, until the last says to stop; results come in any order."""


def on_this_machine(
    tasks: Sequence[Task], make: MakeWorker, progress: Progress, stopped: Callable[[], bool]
) -> Iterator[tuple[int, Result]]:
    """In a process of its own."""
    return run_together(tasks, make, PROCESSES, progress, stopped)


class JobRun:
    """Analyses uploads with a worker; see analysis.jobs.Analyse."""

    def __init__(
        self,
        make: Callable[[Settings, Provenance], Worker],
        settings: Settings,
        about: Provenance,
        *,
        engine: Engine = on_this_machine,
    ) -> None:
        """`make` is sent to another process: a function of a module, or a partial of one."""
        self._engine = engine
        self._make = make
        self._settings = settings
        self._about = about

    def __call__(
        self, folder: Path, out: Path, uploads: Sequence[Upload], told: Told, stopped: Callable[[], bool]
    ) -> None:
        about = replace(self._about, made=date_words(datetime.now()))
        make = partial(self._make, self._settings, about)
        files = UploadFolder(folder, uploads)
        paths = [files.path(number) for number in range(1, len(uploads) + 1)]
        tasks = [replace(task, shown=upload.name) for task, upload in zip(plan(paths, out), uploads, strict=True)]
        shares = [0.0] * len(tasks)
        whole = sum(upload.size for upload in uploads)
        found: list[Result | None] = [None] * len(tasks)

        def progress(index: int, share: float) -> None:
            shares[index] = share
            done = sum(upload.size * share for upload, share in zip(uploads, shares, strict=True))
            told(done / whole, self._outcomes(tasks, found, uploads, out))

        for index, result in self._engine(tasks, make, progress, stopped):
            found[index] = _as_sent(result, tasks[index], uploads[index])
            progress(index, 1.0)
        pictures = [result for task, result in zip(tasks, found, strict=True) if result and task.kind == "picture"]
        if any(isinstance(result, PictureResult) for result in pictures):
            write_pictures(pictures, out, self._settings, about)
        told(1.0, self._outcomes(tasks, found, uploads, out))

    def _outcomes(
        self, tasks: Sequence[Task], found: Sequence[Result | None], uploads: Sequence[Upload], out: Path
    ) -> tuple[Outcome, ...]:
        """One for each video and each file that could not be used; one for all pictures together."""
        outcomes = []
        for task, result, upload in zip(tasks, found, uploads, strict=True):
            if isinstance(result, Unusable):
                outcomes.append(Outcome(upload.shown, error=result.error))
            elif result is not None and task.kind == "video":
                outcomes.append(Outcome(upload.shown, report=(task.place / REPORT).relative_to(out).as_posix()))
        pictures = sum(isinstance(result, PictureResult) for result in found)
        if pictures and (out / PICTURES_FOLDER / REPORT).exists():
            name = "1 picture" if pictures == 1 else f"{pictures} pictures"
            outcomes.append(Outcome(name, report=f"{PICTURES_FOLDER}/{REPORT}"))
        return tuple(outcomes)


def _as_sent(result: Result, task: Task, upload: Upload) -> Result:
    """Under the name that its sender knows; where the file lies here is nobody's business."""
    if isinstance(result, Unusable):
        return replace(result, input=upload.shown, name=upload.name, error=_called(result.error, task, upload))
    return replace(result, input=upload.shown) if isinstance(result, PictureResult) else result


def _called(message: str, task: Task, upload: Upload) -> str:
    return message.replace(str(task.path), upload.name).replace(task.path.name, upload.name)
