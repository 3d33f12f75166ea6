"""Who is found in single photographs, against boxes that people have looked through."""

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from benchmarks.report import ReportRow, Section
from faces.detect import Detector, available_detectors, make_detector
from faces.errors import InputError
from faces.records import Box, Image

NEAR = 0.5
"""A face counts as found when a box's middle lies within so much of its size from its own ..."""

LIKE = 2.5
"""... and their sizes differ by less than this factor."""

SMALLEST = 20
"""Pixels: narrower faces count neither as found nor as missed, and a box upon one is not false."""


@dataclass(frozen=True, slots=True)
class Score:
    """What one detector found in some photographs."""

    faces: int
    found: int
    photographs: int  # with a face that counts
    seen: int  # of these, with a face found
    false: int  # boxes where no face is
    ms: float  # processor time for each photograph
    ms_per_megapixel: float


def found(folder: Path) -> Section:
    """Every detector that can be used, on the photographs of a folder and its boxes.json.

    boxes.json: {file name: [[x, y, width, height], ...]} in pixels.
    """
    truth = read_boxes(folder)
    rows, notes = list[ReportRow](), [f"{len(truth)} photographs of {folder.name}, single pictures, one thread"]
    usable = [name for name, _, problem in available_detectors() if problem is None]
    scores = {name: score(make_detector(name, thorough=True), folder, truth) for name in usable}
    for name, got in scores.items():
        other = None if name == "haar" else scores["haar"]
        rows += _rows(name, got, other)
    return Section("Found in photographs", rows, compared="haar", notes=notes)


def _rows(name: str, got: Score, other: Score | None) -> list[ReportRow]:
    def row(
        title: str, unit: str, value: Callable[[Score], float], better: Literal["less", "more"] = "less"
    ) -> ReportRow:
        return ReportRow(f"{name}: {title}", unit, value(got), None if other is None else value(other), better)

    return [
        row(f"of {got.faces} faces found", "%", lambda score: 100 * score.found / score.faces, "more"),
        row(f"of {got.photographs} pictures a face found in", "", lambda score: score.seen, "more"),
        row("boxes where none is marked", "", lambda score: score.false),
        row("processor time per picture", "ms", lambda score: score.ms),
        row("processor time per megapixel", "ms", lambda score: score.ms_per_megapixel),
    ]


def read_boxes(folder: Path) -> dict[str, list[Box]]:
    """The faces of every photograph; InputError where boxes.json is missing or not of that shape."""
    file = folder / "boxes.json"
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        return {str(name): [Box(*map(int, box)) for box in boxes] for name, boxes in values.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise InputError(
            f"{file} cannot be read ({error}). It holds {{name: [[x, y, width, height], ...]}}."
        ) from error


def score(detector: Detector, folder: Path, truth: dict[str, list[Box]]) -> Score:
    """Search every photograph and count."""
    counts, seconds, megapixels = list[tuple[int, int, int]](), 0.0, 0.0
    for name, faces in truth.items():
        image = _read(folder / name)
        megapixels += image.shape[0] * image.shape[1] / 1e6
        began = time.process_time()
        boxes = detector.find(image)
        seconds += time.process_time() - began
        counts.append(counted(boxes, faces))
    faces, hits, false = (sum(column) for column in zip(*counts, strict=True))
    asked = [hit for wanted, hit, _ in counts if wanted]
    return Score(
        faces=faces,
        found=hits,
        photographs=len(asked),
        seen=sum(hit > 0 for hit in asked),
        false=false,
        ms=1000 * seconds / len(truth),
        ms_per_megapixel=1000 * seconds / megapixels,
    )


def counted(boxes: Sequence[Box], faces: Sequence[Box]) -> tuple[int, int, int]:
    """(faces that count, of these found, false boxes)."""
    large = [face for face in faces if face.width >= SMALLEST]
    hits = sum(any(_meant(box, face) for box in boxes) for face in large)
    return len(large), hits, sum(not any(_meant(box, face) for face in faces) for box in boxes)


def _meant(box: Box, face: Box) -> bool:
    size, other = max(face.width, face.height), max(box.width, box.height, 1)
    across = box.x + box.width / 2 - face.x - face.width / 2
    down = box.y + box.height / 2 - face.y - face.height / 2
    return math.hypot(across, down) <= NEAR * size and 1 / LIKE < other / size < LIKE


def _read(path: Path) -> Image:
    image = cv2.imread(str(path))
    if image is None:
        raise InputError(f"{path} cannot be read as a picture; boxes.json names it.")
    return np.asarray(image, np.uint8)
