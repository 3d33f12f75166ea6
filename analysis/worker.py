"""One task at a time, in one process; what is finished already is not done again."""

import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any

from analysis.about import About
from analysis.inputs import Task
from analysis.layout import ANNOTATED, DATA, MANIFEST, REPORT, TABLE
from analysis.stills import VERSION, Judge, PictureReader
from analysis.video_run import Settings, Watch, analyse_video
from faces.errors import FacesError
from faces.files import read_json, write_whole_json

Line = dict[str, Any]
"""What there is to say about one input, as `--json` prints it; with "error" where it failed."""


class Worker:
    """Does tasks one after the other in one process; the network is loaded once."""

    def __init__(self, judge: Judge, settings: Settings, about: About) -> None:
        self._judge = judge
        self._settings = settings
        self._about = about
        self._pictures: PictureReader | None = None

    def run(self, task: Task, watch: Watch) -> Line:
        """Do it, unless it is finished already. An input that fails is a line with "error", never an exception."""
        line = finished(task, self._settings)
        if line is not None:
            return {**line, "skipped": True}
        try:
            return self._film(task, watch) if task.kind == "film" else self._picture(task)
        except FacesError as error:
            return failed(task.path, str(error))
        except OSError as error:
            reason = error.strerror or str(error)
            return failed(task.path, f"{task.path.name} was not finished: {reason} ({error.filename or task.place}).")
        except Exception as error:  # a fault of ours with one input must not end hundreds of others
            traceback.print_exc()
            what = f"{type(error).__name__}: {error}"
            return failed(task.path, f"{task.path.name} was not finished because of a fault in this program ({what}).")

    def _film(self, task: Task, watch: Watch) -> Line:
        key = _key(task.path, self._settings)
        return analyse_video(
            task.path, task.place, self._judge, self._settings, key=key, about=self._about, watch=watch
        )

    def _picture(self, task: Task) -> Line:
        if self._pictures is None:
            self._pictures = PictureReader(self._judge, detector=self._settings.detector)
        line = self._pictures.analyse(task.path, thumbnails=self._settings.thumbnails)
        task.place.parent.mkdir(parents=True, exist_ok=True)
        write_whole_json(task.place, {**_key(task.path, self._settings), "line": line})
        return line


def failed(path: Path, message: str) -> Line:
    """The line of an input that could not be done."""
    return {"version": VERSION, "input": str(path), "name": path.name, "error": message}


def finished(task: Task, settings: Settings) -> Line | None:
    """The line of an earlier run of the same input, settings and weights, if all its files are still there."""
    if task.kind == "broken":
        return failed(task.path, task.error)
    place = task.place / MANIFEST if task.kind == "film" else task.place
    memory = read_json(place)
    if memory is None or "line" not in memory:
        return None
    files = [TABLE, DATA, REPORT, *([ANNOTATED] if settings.annotate else [])] if task.kind == "film" else []
    whole = all((task.place / name).exists() for name in files)
    line: Line = memory.pop("line")
    return line if whole and memory == _key(task.path, settings) else None


def _key(path: Path, settings: Settings) -> dict[str, Any]:
    state = path.stat()
    file = {"path": str(path), "size": state.st_size, "changed": state.st_mtime_ns}
    return {"version": VERSION, "input": file, "settings": asdict(settings)}
