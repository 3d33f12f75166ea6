"""One task at a time in one process, skipping what is already finished."""

import traceback
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from analysis.about import Provenance
from analysis.earlier import read_json
from analysis.inputs import Task
from analysis.layout import ANNOTATED, DATA, MANIFEST, REPORT, TABLE
from analysis.results import VERSION, PictureResult, Result, Unusable, VideoResult, result_of, result_values
from analysis.settings import Control, Settings
from analysis.stills import PictureReader
from analysis.video_run import analyse_video
from faces.errors import FacesError
from faces.files import write_whole_json
from faces.pipeline import Classifier


class Worker:
    """Does tasks one after the other in one process; the network is loaded once."""

    def __init__(self, classifier: Classifier, settings: Settings, about: Provenance) -> None:
        self._classifier = classifier
        self._settings = settings
        self._about = about
        self._pictures: PictureReader | None = None

    def run(self, task: Task, control: Control) -> Result:
        """Do the task unless it is already finished. An input that fails gives an Unusable, never an exception."""
        earlier = finished(task, self._settings)
        if earlier is not None:
            return earlier
        try:
            return self._video(task, control) if task.kind == "video" else self._picture(task)
        except FacesError as error:
            return failed(task.path, str(error))
        except OSError as error:
            reason = error.strerror or str(error)
            return failed(task.path, f"{task.path.name} was not finished: {reason} ({error.filename or task.place}).")
        except Exception as error:  # a bug that one input triggers must not end hundreds of others
            traceback.print_exc()
            what = f"{type(error).__name__}: {error}"
            return failed(task.path, f"{task.path.name} was not finished because of a bug in this program ({what}).")

    def _video(self, task: Task, control: Control) -> VideoResult:
        key = _key(task.path, self._settings)
        return analyse_video(
            task.path,
            task.place,
            self._classifier,
            self._settings,
            name=task.name,
            key=key,
            about=self._about,
            control=control,
        )

    def _picture(self, task: Task) -> PictureResult:
        if self._pictures is None:
            self._pictures = PictureReader(self._classifier, detector=self._settings.detector)
        result = self._pictures.analyse(task.path, name=task.name, thumbnails=self._settings.thumbnails)
        task.place.parent.mkdir(parents=True, exist_ok=True)
        told = result_values(result, pictures=True)
        write_whole_json(task.place, {**_key(task.path, self._settings), "result": told})
        return result


def failed(path: Path, message: str) -> Unusable:
    """The result of an input that could not be done."""
    return Unusable(str(path), path.name, message)


def finished(task: Task, settings: Settings) -> Result | None:
    """The result of an earlier run of the same input, settings and weights, if all its files are still there."""
    if task.kind == "broken":
        return failed(task.path, task.error)
    memory = read_json(task.place / MANIFEST if task.kind == "video" else task.place)
    if memory is None or "result" not in memory:
        return None
    files = [TABLE, DATA, REPORT, *([ANNOTATED] if settings.annotate else [])] if task.kind == "video" else []
    told = memory.pop("result")
    if memory != _key(task.path, settings) or not all((task.place / name).exists() for name in files):
        return None
    result = result_of(told)
    return result if isinstance(result, Unusable) else replace(result, finished_earlier=True)


def _key(path: Path, settings: Settings) -> dict[str, Any]:
    state = path.stat()
    file = {"path": str(path), "size": state.st_size, "changed": state.st_mtime_ns}
    return {"version": VERSION, "input": file, "settings": asdict(settings)}
