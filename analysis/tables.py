"""All pictures of a run together: one table, one JSON file, one report."""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TextIO

from analysis.about import Provenance
from analysis.layout import PICTURES_DATA, PICTURES_FOLDER, PICTURES_TABLE, REPORT
from analysis.report import pictures_report
from analysis.results import VERSION, PictureResult, Result, Unusable, result_values
from analysis.settings import Settings
from faces.cells import text_cell
from faces.files import TEXT, remove_parts, whole_file
from faces.shapes import face_values
from timeline.export import COLUMNS, NO_FACE

PICTURE_COLUMNS = ("file", *COLUMNS[2:])


def write_pictures(results: Sequence[Result], out: Path, settings: Settings, about: Provenance) -> Path:
    """One table, one JSON file and one report about all pictures; returns their folder."""
    results = told_apart(results)
    folder = out / PICTURES_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    remove_parts(folder)
    with (
        whole_file(folder / PICTURES_TABLE) as part,
        part.open("w", newline="", **{**TEXT, "encoding": "utf-8-sig"}) as file,
    ):
        write_picture_table(file, results)
    with whole_file(folder / PICTURES_DATA) as part:
        told = [result_values(result) for result in results]
        data = {"version": VERSION, "settings": asdict(settings), "pictures": told}
        part.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", **TEXT)
    with whole_file(folder / REPORT) as part:
        page = pictures_report(results, settings=asdict(settings), about=about)
        part.write_text(page, **TEXT)
    return folder


def told_apart(results: Sequence[Result]) -> list[Result]:
    """The results; where several share a name, each gets as many of its folders as tell them apart."""
    folders = [Path(result.input).parts[:-1][::-1] for result in results]  # the nearest first
    names = [result.name for result in results]
    for level in range(max(map(len, folders), default=0)):
        counts = Counter(names)
        names = [
            f"{path[level]}/{name}" if counts[name] > 1 and level < len(path) else name
            for name, path in zip(names, folders, strict=True)
        ]
    return [replace(result, name=name) for result, name in zip(results, names, strict=True)]


def write_picture_table(file: TextIO, results: Iterable[Result]) -> None:
    """One row per face, and one for each picture that has none or could not be read."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(PICTURE_COLUMNS)
    for result in results:
        name = text_cell(result.name)
        faces = result.faces if isinstance(result, PictureResult) else ()
        for face in map(face_values, faces):
            what = (face["emotion"], face["confidence"], *face["scores"].values(), face["valence"], face["arousal"])
            writer.writerow([name, face["person"], *face["box"], *what, face["quality"]])
        if not faces:
            state = "not readable" if isinstance(result, Unusable) else NO_FACE
            writer.writerow([name, *[""] * (len(PICTURE_COLUMNS) - 2), state])
