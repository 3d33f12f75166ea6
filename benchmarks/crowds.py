"""How many people of a crowd are shown live, and what they cost: photographs that move gently before the camera."""

import math
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from benchmarks.found import SMALLEST, read_boxes
from benchmarks.report import ReportRow, Section
from faces.errors import InputError
from faces.pipeline import Classifier, make_pipeline
from faces.records import Box, Frame, Image

WIDTH, HEIGHT = 1280, 720

FEWEST = 12
"""Faces of SMALLEST pixels in a photograph, for it to count as a crowd."""

SWAY = 12.0
"""Pixels to either side, in four seconds there and back: people who hold the camera by hand."""

FPS = 30

DETECTORS = ("auto", "haar")


def crowds(folder: Path, network: Classifier, seconds: float) -> Section:
    """The default detector beside the cascade, on every crowd among the photographs of a folder and its boxes.json."""
    rows = list[ReportRow]()
    for name, faces in read_boxes(folder).items():
        image, count = _fitted(folder / name, faces)
        if count < FEWEST:
            continue
        ours, other = (_shown(image, detector, network, seconds) for detector in DETECTORS)
        rows += [
            ReportRow(f"{name}, {count} faces: shown after 1 s", "", ours[0], other[0], "more"),
            ReportRow(f"{name}: shown after {seconds:.0f} s", "", ours[1], other[1], "more"),
            ReportRow(f"{name}: processor time at {FPS} pictures a second", "cores", ours[2], other[2], goal=1.0),
        ]
    if not rows:
        raise InputError(f"No photograph in {folder} has {FEWEST} faces of {SMALLEST} pixels at {WIDTH}x{HEIGHT}.")
    note = f"{WIDTH}x{HEIGHT}, swaying by {SWAY:.0f} pixels; find, follow, classify and smooth, one thread"
    return Section("Crowds, live", rows, compared="haar", notes=[note])


def _fitted(file: Path, faces: list[Box]) -> tuple[Image, int]:
    """The photograph within the size of the camera, and how many of its faces are large enough there."""
    image = cv2.imread(str(file))
    if image is None:
        raise InputError(f"{file} cannot be read as a picture; boxes.json names it.")
    scale = min((WIDTH - 2 * SWAY) / image.shape[1], (HEIGHT - 2 * SWAY) / image.shape[0])
    image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    return np.asarray(image, np.uint8), sum(face.width * scale >= SMALLEST for face in faces)


def _shown(image: Image, detector: str, network: Classifier, seconds: float) -> tuple[float, float, float]:
    """(faces shown after one second, and at the end, cores that all of it takes at FPS)."""
    pipeline, counts, spent = make_pipeline(network, detector=detector), list[int](), 0.0
    for index, picture in enumerate(_swaying(image, round(seconds * FPS))):
        began = time.process_time()
        shot = pipeline.process(Frame(picture, index / FPS, 0.0, index))
        spent += time.process_time() - began
        counts.append(len(shot.faces))
    return counts[FPS - 1], counts[-1], spent * FPS / len(counts)


def _swaying(image: Image, count: int) -> Iterator[Image]:
    left, top = (WIDTH - image.shape[1]) / 2, (HEIGHT - image.shape[0]) / 2
    for index in range(count):
        along = 2 * math.pi * index / (4 * FPS)
        shift = np.array([[1, 0, left + SWAY * math.sin(along)], [0, 1, top + SWAY / 2 * math.sin(2 * along)]])
        yield np.asarray(cv2.warpAffine(image, shift, (WIDTH, HEIGHT)), np.uint8)
