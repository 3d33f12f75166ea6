"""Which inputs there are, and where the results of each one go."""

import glob
import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from analysis.earlier import read_json
from analysis.layout import ANNOTATED, CACHE, MANIFEST, PICTURES_FOLDER
from faces.errors import SettingsError
from faces.files import whole_file
from faces.suffixes import PICTURE_SUFFIXES, VIDEO_SUFFIXES
from sources.pictures import is_picture, words_for_empty

SUFFIXES = PICTURE_SUFFIXES | VIDEO_SUFFIXES
"""What a folder is searched for. A file named on the command line is tried whatever its suffix."""


LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class Task:
    """One input, and where its results go."""

    path: Path  # absolute
    kind: str  # "video", "picture", or "broken"
    place: Path  # a video's folder, or the file that remembers a picture's result
    error: str = ""  # why it is broken
    shown: str = ""  # as it is called before a person, where that is not the file's name

    @property
    def name(self) -> str:
        """As it is called before a person."""
        return self.shown or self.path.name


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
    """The absolute path without "..", so that one file has one path."""
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
    """A task for every input. Videos with the same name get separate folders, the same ones in every run."""
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
        stem = f"{path.stem}-video" if unusable else path.stem
        folder = out / (stem if number == 1 else f"{stem}-{number}")
        if _owner(folder) in (None, str(path)) and taken.setdefault(folder, path) == path:
            return Task(path, "video", folder)
        number += 1


def _why_not(path: Path) -> str:
    try:
        if path.is_dir():
            return f"The folder {path.name} cannot be read. Check its permissions."
        if not path.is_file():
            return f"{path.name} does not exist, or is not a file. Check the path."
        if path.stat().st_size == 0:
            return words_for_empty(path.name)
        with path.open("rb"):
            return ""
    except OSError as error:
        return f"{path.name} cannot be read: {error.strerror}. Check its name and its permissions."


def _owner(folder: Path) -> str | None:
    """The path of the video whose results are in a folder, or None."""
    file = (read_json(folder / MANIFEST) or {}).get("input")
    return file.get("path") if isinstance(file, dict) else None


@contextmanager
def only_run(out: Path) -> Iterator[None]:
    """Hold a folder of results: two runs at once would write over each other's. Raises SettingsError."""
    try:
        with FileLock(out / LOCK, blocking=False):
            yield
    except Timeout as error:
        raise SettingsError(
            f"Another run is writing to {out}. Wait until it has ended, or choose another --out."
        ) from error


def check_out(out: Path) -> None:
    """Raise SettingsError early where nothing can be written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with whole_file(out / ".try") as part:
            part.write_bytes(b"")
        (out / ".try").unlink()
    except OSError as error:
        raise SettingsError(f"Nothing can be written to {out}: {error.strerror}. Choose another --out.") from error
