"""All pictures of a run together: one table, one JSON file, one report."""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from analysis.about import About
from analysis.layout import PICTURES_DATA, PICTURES_FOLDER, PICTURES_TABLE, REPORT
from analysis.report import pictures_report
from analysis.stills import VERSION
from analysis.video_run import Settings
from analysis.worker import Line
from faces.emotions import EMOTIONS
from faces.files import TEXT, remove_parts, whole_file
from timeline.export import COLUMNS, NO_FACE

PICTURE_COLUMNS = ("file", *COLUMNS[2:])


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
