"""Many inputs: which there are, where the results of each go, what is finished already, and one task at a time."""

import csv
import glob
import hashlib
import json
import os
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from analysis.film_run import (
    ANNOTATED,
    DATA,
    MANIFEST,
    REPORT,
    TABLE,
    Settings,
    Watch,
    analyse_film,
)
from analysis.report import About, pictures_report
from analysis.stills import VERSION, Judge, PictureReader
from faces.emotions import EMOTIONS
from faces.errors import FacesError, SettingsError
from faces.files import TEXT, remove_parts, whole_file, write_whole_json
from faces.suffixes import PICTURE_SUFFIXES, VIDEO_SUFFIXES
from sources.pictures import is_picture, words_for_empty
from timeline.export import COLUMNS, NO_FACE

Line = dict[str, Any]
"""What there is to say about one input, as `--json` prints it; with "error" where it failed."""

SUFFIXES = PICTURE_SUFFIXES | VIDEO_SUFFIXES
"""What a folder is searched for. A file that is named by itself is tried whatever it is called."""

PICTURES_FOLDER = "pictures"
PICTURES_TABLE, PICTURES_DATA = "pictures.csv", "pictures.json"
CACHE = ".parts"
PICTURE_COLUMNS = ("file", *COLUMNS[2:])


@dataclass(frozen=True, slots=True)
class Task:
    """One input and the place of its results."""

    path: Path  # absolute
    kind: str  # "film", "picture", or "broken"
    place: Path  # a film's folder, or the file that remembers a picture's line
    error: str = ""  # of a broken one


def find_inputs(arguments: Sequence[str], out: Path) -> list[Path]:
    """Every file that the arguments name: files, folders (with all that is in them) and patterns like *.jpg."""
    found: dict[Path, None] = {}
    for argument in arguments:
        path = plain_path(argument)
        # os.path, whose answer about what may not be looked at is no, not an exception: plan() tells what is wrong.
        if os.path.isdir(path):  # noqa: PTH112
            found |= dict.fromkeys(_in_folder(path, out))
        elif os.path.exists(path) or not glob.has_magic(argument):  # noqa: PTH110
            found[path] = None
        else:
            matches = sorted(glob.glob(argument, recursive=True))  # noqa: PTH207 - patterns may be absolute
            found |= dict.fromkeys(find_inputs(matches, out) if matches else [path])
    return list(found)


def plain_path(path: str | Path) -> Path:
    """Absolute and without "..", so that one file has one path."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path.absolute() keeps ".."


def _in_folder(folder: Path, out: Path) -> Iterator[Path]:
    closed: list[OSError] = []
    for place, names, files in os.walk(folder, onerror=closed.append):
        here = Path(place)
        names[:] = sorted(n for n in names if not n.startswith(".") and here / n != out)
        written = (ANNOTATED,) if _owner(here) else ()  # results of an earlier run
        for name in sorted(files):
            if not name.startswith(".") and name not in written and Path(name).suffix.lower() in SUFFIXES:
                yield here / name
    yield from (Path(error.filename) for error in closed)


def plan(inputs: Iterable[Path], out: Path) -> list[Task]:
    """A task for every input. Films of the same name get folders of their own, the same ones in every run."""
    taken: dict[Path, Path] = {}
    return [_task(path, out, taken) for path in inputs]


def _task(path: Path, out: Path, taken: dict[Path, Path]) -> Task:
    error = _why_not(path)
    if error:
        return Task(path, "broken", out, error)
    if is_picture(path):
        name = hashlib.sha256(os.fsencode(path)).hexdigest()[:24]
        return Task(path, "picture", out / PICTURES_FOLDER / CACHE / f"{name}.json")
    number = 1
    while True:
        unusable = path.stem.lower() == PICTURES_FOLDER or not path.stem.strip(". ")
        stem = f"{path.stem}-film" if unusable else path.stem
        folder = out / (stem if number == 1 else f"{stem}-{number}")
        if _owner(folder) in (None, str(path)) and taken.setdefault(folder, path) == path:
            return Task(path, "film", folder)
        number += 1


def _why_not(path: Path) -> str:
    try:
        if path.is_dir():
            return f"The folder {path.name} may not be searched. Check its permissions."
        if not path.is_file():
            return f"{path.name} is not there, or is no file. Check the path."
        if path.stat().st_size == 0:
            return words_for_empty(path.name)
        with path.open("rb"):
            return ""
    except OSError as error:
        return f"{path.name} cannot be read: {error.strerror}. Check its name and its permissions."


def _owner(folder: Path) -> str | None:
    """The path of the film whose results are in a folder, or None."""
    file = (_read_json(folder / MANIFEST) or {}).get("input")
    return file.get("path") if isinstance(file, dict) else None


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
        return analyse_film(task.path, task.place, self._judge, self._settings, key=key, about=self._about, watch=watch)

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
    memory = _read_json(place)
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


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None  # not there, or from a run that was killed before files were whole
    return value if isinstance(value, dict) else None


def write_pictures(lines: Sequence[Line], out: Path, settings: Settings, about: About) -> Path:
    """One table, one JSON file and one report about all pictures; returns their folder."""
    lines = told_apart(lines)
    folder = out / PICTURES_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    remove_parts(folder)
    plain = [{key: value for key, value in line.items() if key != "thumbnail"} for line in lines]
    with (
        whole_file(folder / PICTURES_TABLE) as part,
        part.open("w", newline="", **{**TEXT, "encoding": "utf-8-sig"}) as file,
    ):
        write_picture_table(file, lines)
    with whole_file(folder / PICTURES_DATA) as part:
        data = {"version": VERSION, "settings": asdict(settings), "pictures": plain}
        part.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", **TEXT)
    with whole_file(folder / REPORT) as part:
        page = pictures_report(lines, settings=asdict(settings), about=about)
        part.write_text(page, **TEXT)
    return folder


def told_apart(lines: Sequence[Line]) -> list[Line]:
    """The lines; whose name another one has, too, is called by as many of its folders as tell them apart."""
    folders = [Path(line["input"]).parts[:-1][::-1] for line in lines]  # the nearest first
    names = [line["name"] for line in lines]
    for level in range(max(map(len, folders), default=0)):
        counts = Counter(names)
        names = [
            f"{path[level]}/{name}" if counts[name] > 1 and level < len(path) else name
            for name, path in zip(names, folders, strict=True)
        ]
    return [{**line, "name": name} for line, name in zip(lines, names, strict=True)]


def write_picture_table(file: TextIO, lines: Iterable[Line]) -> None:
    """One row per face, and one for a picture without any or one that could not be read."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(PICTURE_COLUMNS)
    for line in lines:
        name = _harmless(line["name"])
        for face in line.get("faces", ()):
            scores = [face["scores"][emotion] for emotion in EMOTIONS]
            what = (face["emotion"], face["confidence"], *scores, face["valence"], face["arousal"])
            writer.writerow([name, face["person"], *face["box"], *what, face["quality"]])
        if not line.get("faces"):
            state = "not readable" if "error" in line else NO_FACE
            writer.writerow([name, *[""] * (len(PICTURE_COLUMNS) - 2), state])


def _harmless(name: str) -> str:
    """A spreadsheet takes a name that begins like this for a formula and runs it."""
    return f"./{name}" if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name


def check_out(out: Path) -> None:
    """Refuse early where nothing can be written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with whole_file(out / ".try") as part:
            part.write_bytes(b"")
        (out / ".try").unlink()
    except OSError as error:
        raise SettingsError(f"Nothing can be written to {out}: {error.strerror}. Choose another --out.") from error
